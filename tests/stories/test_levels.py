"""Changing the level: a correction holds from the start, an upgrade from now on; nothing is told twice (R13, R14)."""

from collections.abc import Callable

from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
HQ = {"hq": {"words": ["HQ building"], "immediate_for": ["general"]}}


async def under_way(desk: Story) -> None:
    """Bob's fault of 09:00, Advanced (60 and 240 minutes), taken at once; who heard of it is not the matter here."""
    await desk.mail(BOB, "Printer jam")
    await desk.says("anna", "/take 1")
    desk.forget()


async def dues(desk: Story) -> dict[str, str]:
    from storage import clocks
    from tests.stories.story import SHANGHAI

    rows = await desk.app.store.read(lambda db: clocks.of_ticket(db, 1))
    return {row.target: f"{row.due_at.astimezone(SHANGHAI):%H:%M}" for row in rows if row.due_at}


async def test_an_upgrade_counts_from_now_on_and_shows_what_it_moves(story: Begin) -> None:
    """SP-2.3, R13: VIP is 60 and 120 minutes; asked for at 10:30 the solution is due at 13:30, not at 11:00."""
    async with story() as desk:
        await under_way(desk)
        await desk.says("anna", "/reply 1 I come.")
        await desk.at("10:30")
        desk.forget()
        await desk.says("desk", "/level 1 vip now The director waits for it.")
        answer = desk.hears("group", "phrase", "Advanced → VIP", "Solution: Mon 23 Nov, 14:00 → Mon 23 Nov, 13:30")
        assert "Response" not in answer.words
        desk.sees_card("VIP", "Solution due Mon 23 Nov, 13:30 (was Mon 23 Nov, 14:00)")
        await desk.at("11:29")
        desk.nobody_hears_anything()
        await desk.at("11:30")
        desk.hears("anna", "alert", "13:30")  # half of the two hours since half past ten
        await desk.at("12:59")
        desk.hears("anna", "alert")
        desk.hears("desk", "alert")  # 75 % is at noon
        await desk.at("13:18")
        desk.hears("pm", "alert", "13:30")


async def test_a_downgrade_from_now_on_gives_nobody_more_time(story: Begin) -> None:
    async with story() as desk:
        await under_way(desk)
        await desk.says("pm", "/level 1 standard now They agree.")
        desk.hears("group", "phrase", "Advanced → Standard", "No deadline moves")
        assert "was" not in desk.sees_card("Standard").words
        assert await dues(desk) == {"dispatch": "09:10", "confirm": "09:30", "response": "10:00", "resolve": "14:00"}


async def test_a_correction_judges_anew_and_tells_the_highest_rung_alone_marked_late(story: Begin) -> None:
    """R13, R14: an hour and 50 minutes on the clock of two hours: W50 and W75 count as skipped, W90 comes late."""
    async with story() as desk:
        await under_way(desk)
        await desk.says("anna", "/reply 1 I come.")
        await desk.at("10:50")
        desk.forget()
        await desk.says("desk", "级别 1 VIP 更正：人员登记有误")
        desk.hears("group", "phrase", "Solution: Mon 23 Nov, 14:00 → Mon 23 Nov, 11:00")
        desk.sees_card("11:00")
        await desk.passes(0.1)
        desk.hears("pm", "alert", "11:00", "late")
        desk.nobody_hears_anything()
        await desk.at("11:00")
        for who in ("pm", "sam"):
            desk.hears(who, "alert")
        desk.hears("requester", "breach")
        desk.sees_card()


async def test_a_breach_that_a_correction_undoes_is_not_repeated_until_it_is_true(story: Begin) -> None:
    """R10, R13: VIP by mistake; acknowledged as breached at 11:00; the true promise lapses at 14:00."""
    async with story() as desk:
        await under_way(desk)
        await desk.says("anna", "/reply 1 I come.")
        await desk.says("desk", "/level 1 vip correction So they said.")
        await desk.at("11:00")
        await desk.says("pm", "/ack 1")
        await desk.at("11:10")
        desk.forget()
        await desk.says("desk", "/level 1 advanced correction It was another one.")
        desk.hears("group", "phrase", "11:00 → Mon 23 Nov, 14:00")
        desk.sees_card("was Mon 23 Nov, 11:00")
        await desk.at("13:59")
        desk.nobody_hears_anything()
        await desk.at("14:00")
        for who in ("pm", "sam"):
            desk.hears(who, "alert", "still missed")
        desk.nobody_hears_anything()


async def test_a_level_by_hand_stands_when_item_and_place_change(story: Begin) -> None:
    """SP-2.4, SP-2.5: the place makes it immediate all the same; without a level by hand, the item decides."""
    async with story(places=HQ) as desk:
        await under_way(desk)
        await desk.says("desk", "/item 1 antivirus")
        desk.hears("group", "phrase", "anti-virus, level Standard (was Advanced)", "Response: Mon 23 Nov, 10:00 → ")
        await desk.says("desk", "/level 1 vip now The director's.")
        await desk.says("desk", "/item 1 general")
        assert (await desk.ticket()).level == "vip"
        await desk.passes(1)
        await desk.says("desk", "/place 1 HQ building")
        ticket = await desk.ticket()
        assert (ticket.level, ticket.place, ticket.level_reason) == ("vip", "hq", "hand+place:hq")
        assert (await dues(desk))["response"] == "09:05"
        desk.forget()
        await desk.says("desk", "/place 1 none")
        desk.hears("group", "phrase", "no place, level VIP", "Response: Mon 23 Nov, 09:05 → Mon 23 Nov, 10:00")
        desk.sees_card()


async def test_what_turns_out_to_be_at_a_place_served_at_once_pings_the_duty(story: Begin) -> None:
    """SP-2.5: nobody has taken it yet."""
    async with story(places=HQ) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.says("desk", "/place 1 hq")
        for handle in ("anna", "ben", "mo"):
            desk.hears(handle, "urgent", "FD-1")
        desk.forget()


async def test_words_that_name_nothing_are_told_with_what_there_is(story: Begin) -> None:
    async with story(places=HQ) as desk:
        await under_way(desk)
        for words, answer in (
            ("/level 1 gold now Why not", "standard, advanced, vip"),
            ("/level 1", "There is no level “”"),
            ("/level 1 vip", "“correction” if the level was wrong from the start"),
            ("/level 1 vip because", "/level <ticket> <level> correction/now <why>"),
            ("/level 1 vip now", "Please add the words"),
            ("/item 1 coffee", "general, antivirus"),
            ("/place 1 moon", "hq, none"),
        ):
            await desk.says("desk", words)
            desk.hears("group", "phrase", answer)
        assert (await desk.ticket()).level == "advanced"


async def test_a_solved_ticket_can_be_corrected_but_not_upgraded(story: Begin) -> None:
    """R13: the verdict is judged anew: answered after 50 minutes it was in time, at a place served at once it was not."""
    async with story(places=HQ) as desk:
        await under_way(desk)
        await desk.at("09:50")
        await desk.says("anna", "/solve 1 Paper out.")
        desk.forget()
        await desk.says("desk", "/level 1 vip now Please")
        desk.hears("group", "phrase", "“solved”")
        await desk.says("desk", "/place 1 hq")
        desk.hears("group", "phrase", "Response: Mon 23 Nov, 10:00 → Mon 23 Nov, 09:05 (late)")
        desk.sees_card()
        assert (await desk.clocks())["response"] == "late"


async def test_another_level_keeps_the_calendar_of_the_customer(story: Begin) -> None:
    night = {"weekly": {day: [["20:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}, "country": ""}
    customer = [{"key": "c", "locale": "en", "domains": ["customer.example"], "calendar": "night"}]
    async with story(calendars={"office": {}, "night": night}, customers=customer) as desk:
        await under_way(desk)
        await desk.says("desk", "/level 1 vip now The director's.")
        assert (await dues(desk))["resolve"] == "22:00"
        desk.forget()
