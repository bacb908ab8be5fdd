"""Somebody is ordered on site out of hours: what remains of dispatch and resolve runs round the clock (SP-2.7)."""

from collections.abc import Callable

import pytest

from bot.config import Customer
from tests.stories.story import SHANGHAI, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
SATURDAY = "2026-11-28 10:00"
OURS = [Customer(key="c", name="C", locale="en", domains=["customer.example"])]


async def dues(desk: Story, number: int = 1) -> dict[str, str]:
    from storage import clocks

    rows = await desk.app.store.read(lambda db: clocks.of_ticket(db, number))
    return {row.target: f"{row.due_at.astimezone(SHANGHAI):%a %H:%M}" for row in rows if row.due_at}


async def test_an_order_on_a_saturday_runs_from_then_on(story: Begin) -> None:
    """10 and 240 minutes from the order; the response keeps its Monday (decisions, Clocks)."""
    async with story(start=SATURDAY) as desk:
        await desk.mail(BOB, "Server is down")
        desk.hears("requester", "confirmation", "We are closed", "on-site visit needed")
        desk.forget()
        assert await dues(desk) == {"dispatch": "Mon 09:10", "response": "Mon 10:00", "resolve": "Mon 14:00"}
        await desk.at("10:30")
        await desk.says("desk", "/onsite 1 Mr Wang of the IT department, by telephone")
        desk.hears("requester", "onsite", "round the clock", "solve it by: Sat 28 Nov, 14:30")
        desk.sees_card("Sat 28 Nov, 10:40")
        for who in ("anna", "ben", "mo"):
            desk.hears(who, "onsite_call", "Sat 28 Nov, 14:30", "Mr Wang of the IT department", "ordered by Dora")
        desk.hears("group", "phrase", "Dispatch: Sat 28 Nov, 10:40", "Solution: Sat 28 Nov, 14:30")
        assert await dues(desk) == {"dispatch": "Sat 10:40", "response": "Mon 10:00", "resolve": "Sat 14:30"}
        await desk.at("10:35")
        desk.hears("desk", "alert", "FD-1")
        await desk.says("anna", "/take 1")
        assert await desk.clocks() == {"dispatch": "met", "confirm": "met", "response": "running", "resolve": "running"}
        desk.forget()
        await desk.at("12:30")
        desk.hears("anna", "alert", "FD-1", "Sat 28 Nov, 14:30")
        await desk.says("anna", "/why 1 resolve")
        desk.hears("group", "why", "closed, rest day", "Sat 28 Nov, 10:30 – 14:30  4 h, counted, ordered on site")
        await desk.says("anna", "/solve 1 New power supply.")
        desk.forget()


async def test_what_was_used_before_the_order_counts(story: Begin) -> None:
    """Two hours used until 18:00, one hour of the evening lost; two hours remain from 19:00, and rungs move with them."""
    async with story(start="2026-11-23 16:00") as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 I come.")
        await desk.at("18:00")
        desk.forget()  # half of the four hours
        await desk.at("19:00")
        await desk.says("pm", "现场 1 信息中心要求")
        desk.hears("anna", "onsite_call", "Mon 23 Nov, 21:00")
        desk.hears("ben", "onsite_call")
        desk.hears("mo", "onsite_call")
        desk.hears("requester", "onsite", "Mon 23 Nov, 21:00")
        desk.forget()
        await desk.at("20:00")
        desk.hears("anna", "alert", "75%")
        desk.hears("desk", "alert")
        await desk.at("20:36")
        desk.hears("pm", "alert")
        await desk.at("21:00")
        for who in ("pm", "sam"):
            desk.hears(who, "alert", "missed")
        desk.hears("requester", "breach")
        desk.sees_card()
        await desk.at("21:30")
        for who in ("pm", "sam"):
            desk.hears(who, "alert", "still missed")  # half an hour of its own calendar, at night (R10)
        desk.forget()
        await desk.says("pm", "/ack 1")
        desk.forget()


async def test_quiet_hours_hold_the_early_warnings_of_an_order_and_nothing_else(story: Begin) -> None:
    """R17: from the order its target is one on W: W75 at 22:00 is held and untrue by seven; W90 and BREACH ring."""
    async with story(start="2026-11-23 16:00") as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 I come.")
        await desk.at("21:00")
        await desk.says("desk", "/onsite 1 By telephone")
        desk.forget()
        await desk.at("22:30")
        desk.nobody_hears_anything()
        await desk.at("22:36")
        desk.hears("pm", "alert", "Mon 23 Nov, 23:00")
        await desk.says("pm", "/ack 1")
        await desk.at("23:00")
        for who in ("pm", "sam"):
            desk.hears(who, "alert", "missed")
        await desk.says("sam", "/ack 1")
        desk.forget()
        await desk.at("2026-11-24 08:00")
        desk.nobody_hears_anything()


async def test_an_order_stands_when_the_level_changes_and_when_it_is_reopened(story: Begin) -> None:
    async with story(start=SATURDAY) as desk:
        await desk.mail(BOB, "Server is down")
        await desk.says("desk", "/onsite 1 By telephone")
        await desk.says("desk", "/level 1 vip correction The board's")
        assert (await dues(desk))["resolve"] == "Sat 12:00"
        await desk.says("anna", "/take 1")
        await desk.at("10:20")
        await desk.says("anna", "/solve 1 Mended.")
        await desk.at("11:00")
        await desk.says("desk", "/reopen 1")
        assert (await dues(desk))["resolve"] == "Sat 12:40"
        desk.forget()


async def test_what_needs_no_order_is_refused_with_words(story: Begin) -> None:
    async with story(start="2026-11-23 17:00", places={"hq": {"words": ["HQ"], "calendar": "always"}}) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.mail(BOB, "Printer jam at HQ")
        desk.forget()
        for words, answer in (
            ("/onsite 1 Please", "hours run until Mon 23 Nov, 18:00"),
            ("/onsite 2 Please", "it runs round the clock"),
            ("/onsite 1", "Please add the words"),
        ):
            await desk.says("desk", words)
            desk.hears("group", "phrase", answer)
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/solve 1 Done.")
        await desk.at("18:30")
        await desk.says("desk", "/onsite 1 Please")
        desk.forget()
        await desk.says("desk", "/onsite 2 Please")
        desk.hears("group", "phrase", "round the clock")
        await desk.mail(BOB, "Another one")
        await desk.says("desk", "/onsite 3 Please")
        desk.forget()
        await desk.says("pm", "/onsite 3 Please")
        desk.hears("group", "phrase", "ordered since Mon 23 Nov, 18:30")


@pytest.mark.parametrize("known", [True, False])
async def test_a_requester_of_ours_orders_by_mail(story: Begin, known: bool) -> None:
    """需要现场 in her first mail (then the confirmation says it) or in an answer; a stranger's words do nothing."""
    sender = BOB if known else "Eve <eve@elsewhere.example>"
    async with story(start=SATURDAY, customers=OURS) as desk:
        await desk.mail(sender, "服务器宕机，需要现场")
        confirmation = desk.hears("requester", "confirmation")
        assert ("全天候计时" in confirmation.words) == known
        assert ((await dues(desk))["resolve"] == "Sat 14:00") == known
        if known:
            desk.hears("anna", "onsite_call")
        desk.forget()
        await desk.mail(sender, "Mail is down")
        second = desk.hears("requester", "confirmation") if known else None
        desk.forget()
        if second:
            await desk.at("10:10")
            await desk.mail(BOB, "Re: Mail is down", "On-site visit needed, please", answers=second)
            desk.hears("requester", "onsite", "Sat 28 Nov, 14:10")
            assert (await dues(desk, 2))["resolve"] == "Sat 14:10"
            desk.forget()


async def test_an_order_goes_with_its_ticket_into_another_one(story: Begin) -> None:
    """R21: two reports of one fault; what was ordered for the first holds for the one that goes on, until they part."""
    async with story(start=SATURDAY) as desk:
        await desk.mail(BOB, "Server is down")
        await desk.mail(BOB, "The server does not answer")
        await desk.says("desk", "/onsite 1 By telephone")
        await desk.says("desk", "/merge 1 into 2")
        assert (await dues(desk, 2))["resolve"] == "Sat 14:00"
        desk.forget()
        await desk.says("desk", "/onsite 2 Please")
        desk.hears("group", "phrase", "ordered since Sat 28 Nov, 10:00")
        await desk.says("desk", "/merge 1 undo")
        assert (await dues(desk, 2))["resolve"] == "Mon 14:00"
        assert (await dues(desk, 1))["resolve"] == "Sat 14:00"
        desk.forget()


async def test_an_order_ends_and_a_mistaken_one_is_undone(story: Begin) -> None:
    """What has passed of an order that is wanted no more stands; a mistake leaves nothing behind, not even a breach."""
    async with story(start="2026-11-23 16:00") as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 I come.")
        desk.forget()
        await desk.says("desk", "/onsite 1 undo")
        desk.hears("group", "phrase", "no visit on site is ordered")
        await desk.at("19:00")
        await desk.says("desk", "/onsite 1 By telephone")
        desk.forget()
        await desk.at("19:30")
        await desk.says("desk", "/onsite 1 end The user went home")
        desk.hears("group", "phrase", "time already used counts", "Solution: Tue 24 Nov, 10:30")
        desk.hears("requester", "onsite", "is cancelled", "Tue 24 Nov, 10:30")
        desk.sees_card("Tue 24 Nov, 10:30")
        for who in ("anna", "ben", "mo"):
            desk.hears(who, "onsite_call", "the visit on site is cancelled", "The user went home")
        desk.forget()
        await desk.says("anna", "/why 1 resolve")
        desk.hears("group", "why", "19:00 – 19:30  30 min, counted, ordered on site")
        await desk.says("desk", "/onsite 1 By telephone, again")
        desk.forget()
        await desk.at("21:00")  # lapsed, and the manager has not said that he knows
        desk.hears("requester", "breach")
        desk.forget()
        await desk.says("desk", "现场 1 撤销 这张派错了")
        desk.hears("group", "phrase", "as if it had never been", "Tue 24 Nov, 10:30")
        assert (await dues(desk))["resolve"] == "Tue 10:30"
        assert (await desk.clocks())["resolve"] == "running"
        desk.hears("requester", "onsite", "is cancelled")
        desk.forget()
        await desk.at("22:00")
        desk.nobody_hears_anything()  # neither the deputy nor a repeat of what is true no more


async def test_the_it_department_orders_by_a_mail_that_is_proved_to_be_its_own(story: Begin) -> None:
    """SP-2.7: its address, the border's `dmarc=pass` and the ticket's number; a forged one is a fault like any other."""
    department = "IT <it@holding.example>"
    customers = [OURS[0].model_copy(update={"it_department": ["it@holding.example"]})]
    proof = {"Authentication-Results": "mx.desk.example; dmarc=pass header.from=holding.example"}
    async with story(start=SATURDAY, mail={"authserv_id": "mx.desk.example"}, customers=customers) as desk:
        await desk.mail(BOB, "Server is down")
        desk.forget()
        await desk.mail(department, "[FD-1] On-site visit needed")
        desk.hears("it@holding.example", "confirmation", "FD-2")
        desk.sees_card("FD-2")
        desk.nobody_hears_anything()
        await desk.mail(department, "[FD-1] urgent", "On-site visit needed, the board meets at noon.", headers=proof)
        desk.hears("bob@customer.example", "onsite", "Sat 28 Nov, 14:00")
        desk.sees_card("FD-1")
        for who in ("anna", "ben", "mo"):
            desk.hears(who, "onsite_call", "ordered by IT", "the board meets at noon")
        assert (await dues(desk))["resolve"] == "Sat 14:00"
        desk.nobody_hears_anything()
