"""What is forecast comes true, to the minute and the person, if nobody does anything."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.desk.forecast import forecast
from storage.models import alarm, clock, person, ticket
from tests.stories.story import Story, instant

Begin = Callable[..., Story]
Told = tuple[datetime, str, str, str, str]
BOB = "Bob Miller <bob@customer.example>"


def given(db: Connection) -> list[Told]:
    """The alarms as they were decided."""
    rows = (
        select(alarm.c.decided_at, ticket.c.number, clock.c.target, alarm.c.rung, person.c.name)
        .join(clock, clock.c.id == alarm.c.clock_id)
        .join(ticket, ticket.c.id == clock.c.ticket_id)
        .join(person, person.c.id == alarm.c.person_id)
    )
    return [(row[0], f"FD-{row[1]}", *row[2:]) for row in db.execute(rows)]


def foreseen(alarms: list[dict[str, Any]]) -> list[Told]:
    return [
        (datetime.fromisoformat(one["at"]), one["number"], one["target"], one["rung"], name)
        for one in alarms
        if not one["unacknowledged"] and not one.get("given")
        for name in one["people"]
    ]


async def test_what_is_forecast_comes_true(story: Begin) -> None:
    """Over a night, for tickets that go to somebody by themselves and one that is taken and left alone."""
    async with story(start="2026-11-23 15:00", desk={"assign_minutes": 9}) as desk:
        await desk.mail(BOB, "Printer jam", "Jammed.")
        await desk.mail(BOB, "No network", "Since now.")
        await desk.says("ben", "take 2")
        await desk.mail(BOB, "No sound", "Mute.")
        until = instant("2026-11-24 18:00")
        before = await desk.app.store.read(given)
        ahead = await desk.app.store.read(lambda db: forecast(desk.app.work(db), until))
        await desk.at("2026-11-24 18:00")
        desk.forget()
        after = await desk.app.store.read(given)
        assert len(ahead) > 20
        assert sorted(foreseen(ahead)) == sorted(set(after) - set(before))


async def test_the_command_shows_it(story: Begin) -> None:
    async with story(start="2026-11-23 15:00") as desk:
        await desk.mail(BOB, "Printer jam", "Jammed.")
        await desk.mail(BOB, "No network", "Since now.")
        await desk.says("ben", "take 2")
        desk.forget()
        await desk.says("ben", "forecast until 16:00")
        said = desk.hears(
            "group", "forecast", "until Mon 23 Nov, 16:00", "FD-2 response: half of the time is gone → Ben"
        )
        assert "FD-1" not in said.words
        await desk.says("ben", "预测 FD-1 至 15:06")
        desk.hears("group", "forecast", "(1)", "FD-1 dispatch: half of the time is gone → Dora")
        await desk.says("ben", "forecast until tomorrow")
        desk.hears("group", "phrase", "“tomorrow”", "2026-11-27 18:00")
