"""The same fault reported twice: one ticket goes on from the earlier start, and everybody knows its number (R21)."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from bot.cli.tickets import whole
from storage import clocks, models
from tests.stories.story import OUTSIDE, SHANGHAI, TELEGRAM, Heard, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
LI = "李雷 <li@customer.example>"
EVE = "Eve <eve@elsewhere.example>"
ACME = {"key": "acme", "locale": "en", "domains": ["customer.example"]}


async def reported(desk: Story, sender: str = BOB, subject: str = "No network") -> Heard:
    """A fault; gives its confirmation."""
    await desk.mail(sender, subject)
    confirmation = desk.hears("requester", "confirmation")
    desk.forget()
    return confirmation


async def dues(desk: Story, number: int) -> dict[str, str]:
    rows = await desk.app.store.read(lambda db: clocks.of_ticket(db, number))
    return {row.target: f"{row.due_at.astimezone(SHANGHAI):%H:%M}" for row in rows if row.due_at}


@OUTSIDE
async def test_the_other_ticket_ends_and_its_user_is_told_the_number_once_in_her_language(story: Begin) -> None:
    async with story() as desk:
        await reported(desk)
        await desk.says("anna", "/take 1")
        await desk.passes(3)
        await reported(desk, LI, "三楼没有网络")
        desk.forget()
        await desk.says("desk", "/merge FD-2 into FD-1")
        desk.hears("group", "phrase", "FD-2 is merged into FD-1", "Its user has been told", "No deadline moves")
        told = desk.hears(
            "li@customer.example", "merged", "[FD-1] 您的 FD-2 改用此工单号", "Anna", "今后请使用工单号 FD-1"
        )
        assert told.mail["In-Reply-To"] is not None
        desk.hears("anna", "absorbed", "FD-2 is the same fault as your FD-1", "三楼没有网络")
        [gone] = [one for one in (desk.sees_card("FD-1"), desk.sees_card("FD-1")) if "FD-2" in one.words.split("\n")[0]]
        assert "→ merged into FD-1" in gone.words
        assert "merged" in gone.words
        assert gone.chat is not None
        assert not [button for line in gone.chat.buttons for button in line]
        desk.nobody_hears_anything()
        assert set((await desk.clocks(2)).values()) == {"cancelled"}
        await desk.at("09:29")
        desk.nobody_hears_anything()


async def test_everybody_hears_what_becomes_of_it_each_in_her_own_thread(story: Begin) -> None:
    async with story() as desk:
        first = await reported(desk)
        second = await reported(desk, LI, "三楼没有网络")
        await desk.says("anna", "/take 1")
        await desk.says("desk", "/merge 2 into 1")
        desk.forget()
        await desk.says("anna", "/reply 1 We look at the switch.")
        desk.hears("bob@customer.example", "reply", "We look at the switch.")
        reply = desk.hears("li@customer.example", "reply", "[FD-1]", "We look at the switch.")
        assert reply.mail["In-Reply-To"] == second.mail["In-Reply-To"]
        assert reply.mail["In-Reply-To"] != first.mail["In-Reply-To"]
        await desk.mail(LI, "Re: reply", "好的，谢谢告知进展情况", answers=reply)
        desk.hears("anna", "answer", "李雷 wrote", "好的")
        desk.forget()
        await desk.says("anna", "/solve 1 A new switch.")
        desk.hears("bob@customer.example", "solution", "A new switch.")
        solution = desk.hears("li@customer.example", "solution", "[FD-1]", "A new switch.")
        desk.forget()
        await desk.mail(LI, "Re: solution", "还是没有网络", answers=solution)
        desk.hears("anna", "reopened", "FD-1")
        assert (await desk.ticket(1)).state == "accepted"
        desk.forget()


async def test_mail_to_the_merged_ticket_goes_to_the_one_that_goes_on_through_any_chain(story: Begin) -> None:
    """Its token acts; its tag alone is kept and marked; a stranger with its token is held."""
    async with story() as desk:
        for sender in (BOB, LI, "Cy <cy@customer.example>"):
            await reported(desk, sender)
        await desk.mail(LI, "Fourth")
        fourth = desk.hears("li@customer.example", "confirmation", "FD-4")
        await desk.says("anna", "/take 1")
        await desk.says("desk", "/merge 4 into 3")
        await desk.says("desk", "/merge 3 into 2")
        await desk.says("desk", "合并 2 到 1")
        desk.forget()
        await desk.mail(LI, "Re: Fourth", "It is the left one.", answers=fourth)
        heard = desk.hears("anna", "answer", "FD-1: 李雷 wrote", "It is the left one.")
        assert "not verified" not in heard.words
        desk.hears("group", "answer_group", "FD-1")
        await desk.mail(LI, "[FD-4] And again", "The right one, too.")
        desk.hears("anna", "answer", "FD-1", "The right one, too.", "not verified")
        desk.hears("group", "answer_group", "FD-1")
        await desk.mail(LI, "Now as well", "The middle one.", headers={"In-Reply-To": fourth.mail["In-Reply-To"]})
        desk.hears("anna", "answer", "FD-1", "The middle one.", "not verified")
        desk.hears("group", "answer_group", "FD-1")
        await desk.mail(EVE, "Re: Fourth", "Me too.", answers=fourth)
        desk.hears("desk", "held", "FD-1")
        await desk.says("desk", "/ticket 4", where="desk")
        desk.hears("desk", "details", "Merged into FD-1")
        await desk.says("desk", "/ticket 1", where="desk")
        desk.hears("desk", "details", "FD-2 was merged into it (李雷")
        assert [(await desk.ticket(number)).state for number in (1, 2, 3, 4)] == ["accepted", *["merged"] * 3]


async def test_the_earlier_start_counts_and_what_was_told_is_not_told_again(story: Begin) -> None:
    """R21: FD-1 of 09:00 goes into FD-2 of 09:30, which Ben has: its response is due at 10:00 and not at 10:30."""
    async with story() as desk:
        await reported(desk)
        await desk.says("anna", "/take 1")
        await desk.at("09:30")
        desk.hears("anna", "alert", "FD-1 response", "half of the time is gone")
        await reported(desk, LI, "三楼没有网络")
        await desk.says("ben", "/take 2")
        desk.forget()
        await desk.says("desk", "/merge 1 into 2")
        answer = desk.hears("group", "phrase", "Response: Mon 23 Nov, 10:30 → Mon 23 Nov, 10:00")
        assert "Solution: Mon 23 Nov, 14:30 → Mon 23 Nov, 14:00" in answer.words
        desk.hears("anna", "merged_away", "FD-1 is the same fault as FD-2", "with Ben")
        desk.hears("bob@customer.example", "merged", "[FD-2]", "We will contact you by: Mon 23 Nov, 10:00")
        desk.hears("ben", "absorbed", "FD-1 is the same fault as your FD-2")
        desk.forget()
        assert (await dues(desk, 2))["response"] == "10:00"
        await desk.at("09:44")
        desk.nobody_hears_anything()
        await desk.at("09:45")
        desk.hears("ben", "alert", "FD-2", "75%")
        desk.hears("desk", "alert", "FD-2")
        await desk.says("ben", "/why 2 response")
        desk.hears("group", "why", "FD-1, received Mon 23 Nov, 09:00, was merged into it", "10:00")
        await desk.says("ben", "/why 1")
        desk.hears("group", "why", "Merged into FD-2")
        desk.nobody_hears_anything()
        await desk.restarts()
        await desk.at("09:54")
        desk.hears("pm", "alert", "FD-2", "10:00")


async def test_a_breach_that_was_told_and_seen_is_neither_told_nor_repeated(story: Begin) -> None:
    """R10, R21: dispatch of 09:00 lapsed at 09:10 unassigned; it is late in the ticket that goes on, too."""
    async with story() as desk:
        await reported(desk)
        await desk.at("09:11")
        await desk.says("pm", "/ack 1")
        await desk.at("09:12")
        await reported(desk, LI)
        await desk.says("desk", "/merge 1 into 2")
        desk.forget()
        await desk.at("09:45")
        assert not [one for one in desk._unheard if "dispatch" in one.words]
        desk.forget()
        await desk.says("anna", "/take 2")
        desk.forget()
        assert (await desk.clocks(2))["dispatch"] == "late"


async def test_a_breach_that_nobody_has_seen_is_repeated_at_its_time(story: Begin) -> None:
    async with story() as desk:
        await reported(desk)
        await desk.at("09:12")
        await reported(desk, LI)
        await desk.says("desk", "/merge 1 into 2")
        desk.forget()
        await desk.at("09:39")
        assert not [one for one in desk._unheard if "dispatch" in one.words]
        desk.forget()
        await desk.at("09:40")
        desk.hears("pm", "alert", "FD-2", "reminder 1")
        desk.forget()


async def test_a_tighter_promise_goes_over_and_a_correction_takes_it_back(story: Begin) -> None:
    """What was promised to somebody is kept: VIP has its solution by 11:05, however long the other may take."""
    async with story() as desk:
        await reported(desk)
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 We look at it.")
        await desk.at("09:05")
        await reported(desk, LI)
        await desk.says("desk", "/level 2 vip correction The director.")
        desk.forget()
        await desk.says("desk", "/merge 2 into 1")
        desk.hears("group", "phrase", "Solution: Mon 23 Nov, 14:00 → Mon 23 Nov, 11:05")
        desk.forget()
        await desk.says("desk", "/level 1 advanced correction She is none.")
        desk.hears("group", "phrase", "Solution: Mon 23 Nov, 11:05 → Mon 23 Nov, 14:00")
        desk.forget()


async def test_a_promise_that_was_never_made_here_comes_over_and_goes_again(story: Begin) -> None:
    """R21: on site by 11:05, of which a rung was told; who undoes the merge has it where it was."""
    async with story() as desk:
        await reported(desk)
        await desk.says("anna", "/take 1")
        await desk.at("09:05")
        await reported(desk, LI)
        await desk.says("desk", "/level 2 warranty-critical correction A server.")
        desk.hears("group", "phrase", "Arrival on site: Mon 23 Nov, 11:05")
        await desk.at("10:06")
        desk.forget()
        await desk.says("desk", "/merge 2 into 1")
        desk.hears("group", "phrase", "Arrival on site: Mon 23 Nov, 11:05")
        desk.hears("li@customer.example", "merged", "We will be on site by: Mon 23 Nov, 11:05")
        desk.forget()
        await desk.at("10:34")
        assert not [one for one in desk._unheard if "arrival" in one.words]
        await desk.at("10:35")
        desk.hears("anna", "alert", "FD-1 arrival on site", "75%")
        assert (await dues(desk, 1))["arrival"] == "11:05"
        await desk.says("desk", "/merge 2 undo")
        assert [(await desk.clocks(number))["arrival"] for number in (1, 2)] == ["cancelled", "running"]
        desk.forget()


async def test_a_wait_before_the_other_ticket_came_gives_its_time_back(story: Begin) -> None:
    """R6, R21: FD-1 of 09:00 waits from 09:30; FD-2 comes at 10:30: an hour of the four stood still."""
    async with story() as desk:
        await reported(desk)
        await desk.says("anna", "/take 1")
        await desk.at("09:30")
        await desk.says("anna", "/wait 1 Which floor?")
        await desk.at("10:30")
        await reported(desk, LI)
        await desk.says("ben", "/take 2")
        await desk.at("11:00")
        await desk.says("desk", "/merge 1 into 2")
        assert (await dues(desk, 2))["resolve"] == "15:00"
        desk.forget()


async def test_what_cannot_be_merged_is_refused_with_what_to_do(story: Begin) -> None:
    other = {"key": "rival", "locale": "en", "domains": ["rival.example"]}
    async with story(customers=[ACME, other]) as desk:
        for sender in (BOB, LI, "Rick <rick@rival.example>", EVE):
            await desk.mail(sender, "No network")
        await desk.mail(BOB, "Another")
        await desk.says("anna", "/take 5", where="anna")
        await desk.says("anna", "/solve 5 Done.", where="anna")
        desk.forget()
        for words, answer in (
            ("/merge 1 into 1", "FD-1 cannot be merged into itself"),
            ("/merge 1 into 3", "FD-3 belongs to another customer"),
            ("/merge 1 into 5", "FD-5 is “solved”. Please reopen it first"),
            ("/merge 5 into 1", "FD-5 is “solved”: only an open ticket"),
            ("/merge 1 into 4", "FD-4 was reported from an address that belongs to no customer"),
            ("/merge 1 into 99", "There is no FD-99"),
            ("/merge 1 into the other", "/merge <ticket> into <ticket>, or <ticket> undo"),
            ("/merge 1 undo", "The ticket is “new”"),
        ):
            await desk.says("desk", words, where="desk")
            desk.hears("desk", "phrase", answer)
            desk.nobody_hears_anything()
        await desk.says("anna", "/merge 1 into 2", where="anna")
        desk.hears("anna", "phrase", "You may not do this")
        await desk.says("desk", "/merge 2 1", where="desk")
        desk.forget()
        for words, answer in (
            ("/merge 2 into 1", "FD-2 is already merged into FD-1"),
            ("/merge 1 into 2", "FD-2 is itself merged into FD-1"),
            ("/take 2", "FD-2 is merged into FD-1. Please use that number."),
            ("/reply 2 Hello", "Please use that number"),
        ):
            await desk.says("desk", words, where="desk")
            desk.hears("desk", "phrase", answer)
            desk.nobody_hears_anything()


async def test_a_complaint_is_not_lost_in_another_ticket(story: Begin) -> None:
    """SP-4.4: it is answered and settled for itself, so the other one goes into its ticket."""
    async with story() as desk:
        await reported(desk)
        second = await reported(desk, LI)
        await desk.mail(LI, "Re: yours", "投诉：一直没有人来", answers=second)
        assert (await desk.clocks(2))["complaint-answer"] == "running"
        desk.forget()
        await desk.says("desk", "/merge 2 into 1")
        desk.hears(
            "group",
            "phrase",
            "FD-2 has a deadline of its own, such as for a complaint, a loan or a repair, which would be lost",
        )
        await desk.says("desk", "/merge 1 into 2")
        desk.hears("group", "phrase", "FD-1 is merged into FD-2")
        desk.forget()


async def test_one_of_several_users_cannot_end_what_is_the_others_too(story: Begin) -> None:
    """Reliability 4: a requester closes nobody else's; her word reaches the engineer, and she is told so."""
    async with story() as desk:
        first = await reported(desk)
        second = await reported(desk, LI)
        await desk.says("anna", "/take 1")
        await desk.says("desk", "/merge 2 into 1")
        desk.forget()
        for sender, words, mail in ((LI, "已解决", second), (BOB, "Cancel", first)):
            await desk.mail(sender, "Re: yours", words, answers=mail)
            desk.hears("anna", "wish", words, "the ticket stays open")
            echo = desk.hears(sender.partition("<")[2].strip("<>"), "wish_answer", "FD-1")
            assert ("it works again for you" if sender == LI else "you no longer need it") in echo.words
            desk.nobody_hears_anything()
        assert (await desk.ticket(1)).state == "accepted"


async def test_a_stranger_hears_the_number_and_does_not_take_part(story: Begin) -> None:
    """P17, reliability 4: what is written to the customer is not written to an address that is not the customer's."""
    async with story(customers=[ACME]) as desk:
        await desk.mail(BOB, "No network")
        await desk.mail(EVE, "No network here")
        confirmation = desk.hears("eve@elsewhere.example", "confirmation")
        await desk.says("desk", "/merge 2 into 1", where="desk")
        desk.hears("eve@elsewhere.example", "merged", "FD-1")
        desk.forget()
        await desk.says("desk", "/reply 1 The switch on floor 3 is dead.", where="desk")
        desk.hears("bob@customer.example", "reply")
        desk.hears("desk", "phrase")
        desk.nobody_hears_anything()
        await desk.mail(EVE, "Re: confirmation", "And?", answers=confirmation)
        desk.hears("desk", "held", "FD-1")


async def test_a_held_mail_is_let_onto_the_ticket_that_goes_on(story: Begin) -> None:
    async with story() as desk:
        await reported(desk)
        second = await reported(desk, LI)
        await desk.says("anna", "/take 1")
        await desk.mail(EVE, "Re: yours", "I am her colleague.", answers=second)
        await desk.says("desk", "/merge 2 into 1")
        desk.forget()
        await desk.says("desk", "/approve 2")
        desk.hears("group", "phrase", "Approved")
        desk.hears("anna", "answer", "FD-1", "I am her colleague.")
        desk.hears("group", "answer_group", "FD-1")


async def test_who_reported_it_twice_is_told_and_hears_everything_once(story: Begin) -> None:
    async with story() as desk:
        await reported(desk)
        await reported(desk)
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.says("desk", "/merge 2 into 1")
        desk.hears("bob@customer.example", "merged", "Your FD-2 continues under this number")
        desk.forget()
        await desk.says("anna", "/solve 1 Done.")
        desk.hears("bob@customer.example", "solution")
        desk.sees_card()
        desk.hears("group", "phrase")
        desk.nobody_hears_anything()


async def test_who_has_two_addresses_hears_everything_at_one_of_them(story: Begin) -> None:
    async with story() as desk:
        rows = [{"channel": "mail", "value": f"bob@{where}.example"} for where in ("customer", "home")]

        def enter(db: Connection) -> None:
            bob = {"customer_id": 1, "name": "Bob Miller", "roles": []}
            person = db.execute(models.person.insert().returning(models.person.c.id), bob).scalar_one()
            db.execute(models.contact.insert(), [{"person_id": person, **row} for row in rows])

        await desk.app.store.write(enter)
        await reported(desk)
        await reported(desk, "bob@home.example")
        await desk.says("desk", "/merge 2 into 1")
        desk.hears("bob@home.example", "merged", "FD-1")
        desk.forget()
        await desk.says("desk", "/reply 1 We come.")
        reply = desk.hears("bob@customer.example", "reply")
        desk.hears("group", "phrase")
        desk.nobody_hears_anything()
        await desk.mail("bob@home.example", "Re: reply", "The left door, please.", answers=reply)
        assert "not verified" not in desk.hears("desk", "answer", "FD-1").words
        desk.hears("group", "answer_group")


@TELEGRAM
async def test_two_at_once_the_second_hears_what_the_first_has_done(story: Begin) -> None:
    """Both look at the same tickets; the one who comes second is told, and nothing happens twice."""
    async with story() as desk:
        await reported(desk)
        await reported(desk, LI)
        await desk.says("desk", "/merge 2", where="desk")
        hers = desk.hears("desk", "phrase", "Into which ticket should FD-2 be merged?")
        await desk.says("pm", "/merge 1", where="pm")
        his = desk.hears("pm", "phrase", "Into which ticket should FD-1 be merged?")
        await desk.presses("desk", hers, "FD-1", where="desk")
        desk.hears("desk", "phrase", "FD-2 is merged into FD-1")
        desk.forget()
        await desk.presses("pm", his, "FD-2", where="pm")
        desk.hears("pm", "phrase", "FD-1 has changed since then")
        desk.forget()
        assert [(await desk.ticket(number)).state for number in (1, 2)] == ["new", "merged"]


async def test_a_wrong_merge_is_undone_and_both_go_on_as_before(story: Begin) -> None:
    async with story() as desk:
        first = await reported(desk)
        await desk.says("anna", "/take 1")
        await desk.at("09:20")
        await reported(desk, LI)
        await desk.says("ben", "/take 2")
        before = await dues(desk, 1), await dues(desk, 2)
        await desk.says("desk", "/merge 1 into 2")
        assert (await dues(desk, 2))["response"] == "10:00"
        desk.forget()
        await desk.says("desk", "/merge 1 undo")
        desk.hears("group", "phrase", "FD-1 is separate again")
        desk.hears("bob@customer.example", "unmerged", "[FD-1]", "by mistake", "Mon 23 Nov, 10:00")
        desk.hears("anna", "reopened", "FD-1")
        desk.sees_card("FD-1", "in progress")
        desk.sees_card("FD-2")
        assert (await dues(desk, 1), await dues(desk, 2)) == before
        await desk.says("ben", "/reply 2 I come.")
        desk.hears("li@customer.example", "reply")
        desk.hears("group", "phrase")
        desk.nobody_hears_anything()
        await desk.mail(BOB, "Re: confirmation", "Hello?", answers=first)
        desk.hears("anna", "answer", "FD-1")
        desk.hears("group", "answer_group", "FD-1")
        await desk.says("desk", "合并 FD-1 到 FD-2")
        await desk.says("ben", "/solve 2 Done.")
        desk.forget()
        await desk.says("desk", "/merge 1 undo")
        desk.hears("group", "phrase", "FD-2 is “solved”. Please reopen it first")


async def test_an_abnormal_event_that_the_manager_has_not_seen_goes_over(story: Begin) -> None:
    """R12: told at 09:00, again at 09:10, to the senior at 09:16: of the ticket that goes on, and nothing twice."""
    async with story() as desk:
        await reported(desk)
        await desk.says("anna", "/take 1")
        await reported(desk, LI)
        await desk.says("ben", "/take 2")
        await desk.says("ben", "/escalate 2 Smoke.")
        desk.hears("pm", "alert", "FD-2", "Smoke.")
        desk.forget()
        await desk.passes(5)
        await desk.says("desk", "/merge 2 into 1")
        desk.forget()
        await desk.at("09:09")
        desk.nobody_hears_anything()
        await desk.at("09:10")
        desk.hears("pm", "alert", "FD-1", "Smoke.")
        await desk.says("pm", "/ack 1")
        desk.hears("group", "phrase")
        await desk.at("09:29")
        desk.nobody_hears_anything()


async def test_nobody_loses_the_engineer_of_the_ticket_that_ends(story: Begin) -> None:
    async with story() as desk:
        await reported(desk)
        await reported(desk, LI)
        await desk.says("anna", "/take 2")
        desk.forget()
        await desk.says("desk", "/merge 2 into 1")
        answer = desk.hears("group", "phrase", "Nobody has FD-1 yet; Anna 安娜 had FD-2")
        desk.hears("anna", "merged_away", "nothing more for you to do on FD-2")
        desk.forget()
        await desk.presses("desk", answer, "Anna 安娜")
        desk.hears("anna", "assignment", "FD-1")
        desk.hears("bob@customer.example", "assigned")
        desk.hears("li@customer.example", "assigned", "[FD-1]")
        desk.forget()


async def test_a_merge_at_the_command_line_says_and_shows_the_same(story: Begin) -> None:
    async with story() as desk:
        await reported(desk)
        await reported(desk, LI)
        answer: dict[str, Any] = await desk.app.control.answer({"op": "say", "text": "merge FD-2 FD-1", "locale": "zh"})
        assert answer["ok"]
        assert "FD-2 已并入 FD-1" in str(answer["text"])
        await desk.settles()
        one, two = await desk.ticket(1), await desk.ticket(2)
        kept = await desk.app.store.read(lambda db: whole(db, desk.settings, one))
        gone = await desk.app.store.read(lambda db: whole(db, desk.settings, two))
        assert (kept["absorbed"], kept["participants"]) == (["FD-2"], ["li@customer.example"])
        assert (gone["state"], gone["merged_into"]) == ("merged", "FD-1")
        desk.forget()


async def test_two_tickets_that_have_to_do_with_each_other_show_each_other(story: Begin) -> None:
    async with story() as desk:
        for subject in ("No network", "Slow network"):
            await desk.mail(BOB, subject)
        desk.forget()
        await desk.says("anna", "/related 2 1")
        desk.hears("group", "phrase", "FD-2 and FD-1 show each other", "/related FD-2 FD-1 undo")
        for number, other in ((1, 2), (2, 1)):
            await desk.says("anna", f"/ticket {number}")
            desk.hears("anna", "details", f"Related: FD-{other}")
        await desk.says("anna", "/related 1 1")
        desk.hears("group", "phrase", "Only two different tickets")
        await desk.says("anna", "/相关 1 2 撤销")
        desk.hears("group", "phrase", "no longer show each other")
        await desk.says("anna", "/ticket 2")
        assert "Related" not in desk.hears("anna", "details").words
