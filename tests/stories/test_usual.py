"""A mailbox that falls silent: after weeks of mail, an hour without any is told to desk and project manager (P11)."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.domain.digest import mail_digest
from bot.domain.messages import IncomingMail
from storage import inbox
from tests.parts.patience import PATIENCE
from tests.stories.story import Story, instant

Begin = Callable[..., Story]


def keep(db: Connection, local: str, count: int) -> None:
    """So many mails of an hour are in the inbox."""
    since = instant(local).astimezone(UTC)
    for number in range(count):
        at = since + timedelta(minutes=number)
        mail = IncomingMail("imap", f"Subject: {at} {number}\r\n\r\n".encode(), received_at=at)
        new = inbox.keep_mail(db, mail, mail_digest(mail.raw))
        assert new is not None
        inbox.finish(db, new, "automatic", at)


async def test_an_hour_of_work_without_mail_is_told_once_a_day_and_only_when_it_is_no_chance(story: Begin) -> None:
    people: list[dict[str, Any]] = [
        {"handle": "desk", "name": "Dora", "roles": ["desk"]},
        {"handle": "pm", "name": "Paul", "roles": ["manager"], "mail": "pm@example.com"},
    ]
    first = instant("2026-08-31 10:00")  # a Monday; five of the weeks since have a holiday on their Monday
    weeks = [f"{first + timedelta(weeks=week):%Y-%m-%d}" for week in range(12)]

    def fill(db: Connection) -> None:
        for day in weeks:
            for hour in (10, 11, 12, 14, 16, 17):
                keep(db, f"{day} {hour}:00", 14)
        keep(db, "2026-11-23 10:00", 8)

    async with story(start="2026-11-23 09:30", people=people, desk={"reachability": "off"}) as desk:

        async def it_is(local: str) -> None:
            """The loop has looked all the time until then."""
            while desk.clock.now() < instant(f"2026-11-23 {local}"):
                await looked_at(min(desk.clock.now() + timedelta(minutes=9), instant(f"2026-11-23 {local}")))
            await desk.settles()

        async def looked_at(now: datetime) -> None:
            desk.clock.set(now)
            for _ in range(2):  # the look that may be under way, and one that began since
                await beaten(desk.app.heart.beats["usual"])

        async def beaten(before: float) -> None:
            desk.app.usual.look()
            async with asyncio.timeout(PATIENCE):
                while desk.app.heart.beats["usual"] == before:  # noqa: ASYNC110
                    await asyncio.sleep(0.001)

        await desk.app.store.write(fill)
        await it_is("10:05")  # that hour began before the daemon
        await it_is("11:05")  # 8 of 14 may be chance
        await it_is("12:04")  # what came in that hour may not be fetched yet
        desk.nobody_hears_anything()
        await it_is("12:05")
        desk.hears("desk", "mails_missing", "11:00", "12:00", "only 0 mails", "at least 14", "last 8 comparable weeks")
        desk.hears("pm@example.com", "mails_missing")
        desk.hears("pm", "mails_missing")
        assert "far fewer mails than usual" in desk.app.state()["problems"][0]
        await it_is("13:05")  # lunch is no time of work
        assert desk.app.state()["problems"] == []
        await it_is("15:05")
        desk.nobody_hears_anything()  # they know
        assert desk.app.state()["problems"] != []
        await desk.app.store.write(lambda db: keep(db, "2026-11-23 15:00", 14))
        await it_is("16:05")
        assert desk.app.state()["problems"] == []
        await looked_at(instant("2026-11-23 17:05"))  # the machine slept: what was mailed may come yet
        assert desk.app.state()["problems"] == []
        await it_is("18:05")  # 17:00 began before it woke
        assert desk.app.state()["problems"] == []
