"""Promises in working days: warned of at openings, breached at closing, repeated at the openings that follow (R18)."""

from collections.abc import Callable

from sqlalchemy import Connection

from bot.desk.journal import record, settle
from storage import tickets
from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"


async def solved(desk: Story) -> None:
    """Bob's fault of a Thursday, taken and solved: no other clock runs."""
    await desk.mail(BOB, "Printer jam")
    await desk.says("anna", "/take 1")
    await desk.says("anna", "/solve 1 Paper out.")
    desk.forget()


async def happens(desk: Story, kind: str) -> None:
    """An event of the journal, as what is yet to be built will write it."""

    def unit(db: Connection) -> None:
        work, ticket = desk.app.work(db), tickets.by_number(db, 1)
        assert ticket is not None
        record(work, ticket, (kind, {}))
        settle(work, ticket)

    await desk.app.store.write(unit)


async def test_a_sheet_that_nobody_checks_is_repeated_at_the_next_openings(story: Begin) -> None:
    """SP-3.8: finished on Thursday, due at closing on Friday; Saturday is made up for, Sunday is free."""
    async with story(start="2026-02-12 16:00") as desk:
        await solved(desk)
        await desk.at("2026-02-13 08:59")
        desk.nobody_hears_anything()
        await desk.at("2026-02-13 09:00")
        told = desk.hears("pm", "alert", "service sheet checked: due today", "Due Fri 13 Feb, 18:00")
        assert told.row.silent
        await desk.at("2026-02-13 18:00")
        for who in ("pm", "sam"):
            desk.hears(who, "alert", "service sheet checked: missed")
        await desk.at("2026-02-13 18:16")
        desk.hears("pm@example.com", "alert")
        await desk.at("2026-02-14 08:59")
        desk.nobody_hears_anything()
        await desk.at("2026-02-14 09:00")
        for who in ("pm", "sam"):
            desk.hears(who, "alert", "reminder 1")
        await desk.says("pm", "/ack 1")
        desk.forget()
        await desk.at("2026-02-14 23:00")
        desk.nobody_hears_anything()


async def test_a_repair_is_warned_of_three_days_and_a_day_ahead(story: Begin) -> None:
    """SP-5.3: sent on a Monday, to be back by the Friday of the next week: engineer and desk on Tuesday, PM on Thursday."""
    async with story(start="2026-11-23 10:00") as desk:
        await solved(desk)
        await happens(desk, "sent_to_shop")
        await desk.at("2026-12-01 09:00")
        desk.forget()
        rows = await desk.clocks()
        assert (rows["vendor-weekend"], rows["vendor-15"]) == ("running", "running")
        await desk.at("2026-12-03 08:59")
        desk.nobody_hears_anything()
        await desk.at("2026-12-03 09:00")
        desk.hears("pm", "alert", "back at the user's site", "Fri 4 Dec, 18:00", "/repair FD-1 returned")
        await happens(desk, "delivered")
        await desk.at("2026-12-04 19:00")
        desk.nobody_hears_anything()


async def test_what_the_requester_was_not_promised_is_not_told_to_her_as_broken(story: Begin) -> None:
    """SP-5.4 lapses: written progress; her mail would speak of a solution."""
    async with story(start="2026-11-23 10:00") as desk:
        await solved(desk)
        await happens(desk, "sent_to_maker")
        await desk.at("2026-11-26 17:59")
        desk.forget()
        await desk.at("2026-11-26 18:00")
        for who in ("pm", "sam"):
            desk.hears(who, "alert", "written progress: missed")
        desk.nobody_hears_anything()
        await happens(desk, "delivered")
