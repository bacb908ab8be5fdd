"""The daemon dies again and again while people talk to it at Telegram: each command counts once, none is lost (P10)."""

from __future__ import annotations

import asyncio
import json
import random
import re
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE
from tests.parts.places import OF_FILES, OF_TELEGRAM
from tests.parts.telegram import TOKEN, FakeTelegram

GROUP, ANNA = -1001000000001, 501
NINE, WARNED = "2026-11-23T09:00:00+08:00", "2026-11-23T09:07:00+08:00"
PLACES = (*OF_TELEGRAM, "inbox.chat_stored", "inbox.done", "outbox.claimed", "outbox.sent")


class Desk(Daemon):
    """A daemon of its own process with Anna as its staff, at the stand-in."""

    def __init__(self, folder: Path, telegram: FakeTelegram, *arguments: str) -> None:
        rates = {"per_second": 1500, "chat_per_second": 1000, "group_per_minute": 60000}
        settings = {"token": TOKEN, "base_url": telegram.base_url, "poll_seconds": 1, **rates}
        roles = ["resident", "desk", "manager"]
        super().__init__(
            folder,
            arguments=arguments,
            FAULTDESK_CHAT__TELEGRAM=json.dumps(settings),
            FAULTDESK_CUSTOMERS=json.dumps(
                [{"key": "acme", "locale": "en", "domains": ["*"], "groups": [{"chat": GROUP}]}]
            ),
            FAULTDESK_PEOPLE=json.dumps([{"handle": "anna", "name": "Anna", "roles": roles, "language": "en"}]),
            FAULTDESK_DESK__LOCALE="en",
        )
        self.telegram = telegram
        self.deaths = 0

    async def alive(self) -> None:
        """Starts it again if it has died."""
        if self.process.poll() is not None:
            self.deaths += 1
            await asyncio.to_thread(self.start)

    async def until(self, holds: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        """Waits until something holds, starting it again whenever it dies."""
        async with asyncio.timeout(seconds):
            while not (found := holds()):
                await self.alive()
                await asyncio.sleep(0.05)
            return found

    async def settles(self) -> None:
        """Waits until everything said is read, done and answered."""

        def quiet() -> bool:
            waiting = "select (select count(*) from inbox where state in ('waiting', 'working')) + "
            waiting += "(select count(*) from outbox where state in ('pending', 'sending'))"
            return not self.telegram.updates and self.ask(waiting) == [(0,)]

        await self.until(quiet)

    async def link(self) -> None:
        self.telegram.joins(GROUP, ANNA)
        said = await asyncio.to_thread(self.run, "link", "anna")
        found = re.search(r"/link ([0-9A-Z-]{15})", said.stdout)
        assert found, said
        self.telegram.say(ANNA, ANNA, f"/link {found[1]}")
        await self.until(lambda: any("Welcome" in one.get("text", "") for one in self.telegram.sent(ANNA)))

    def mail(self) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "bob@customer.example", "fault@localhost", "Printer jam"
        mail.set_content("It jams.")
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=PATIENCE) as line:
            line.send_message(mail)

    def events(self) -> dict[str, int]:
        return dict(self.ask("select kind, count(*) from event where ticket_id = 1 group by kind"))


@asynccontextmanager
async def a_desk(folder: Path, *arguments: str, **environment: str) -> AsyncIterator[Desk]:
    async with FakeTelegram() as telegram:
        telegram.group(GROUP)
        telegram.user(ANNA, "Anna")
        desk = Desk(folder / "desk", telegram, *arguments)
        with desk.ended():
            await asyncio.to_thread(lambda: desk.start(**environment))
            yield desk
        said = [path.read_text(errors="replace") for path in (desk.folder / "log").iterdir()] + [desk.errors()]
        assert not [one for one in said if TOKEN.partition(":")[2] in one], "the token is in a log"


async def test_the_story_undisturbed(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        left = await told(desk)
        assert desk.deaths == 0
    assert left == {"opened": 1, "assigned": 1, "accepted": 1, "noted": 2, "solved": 1}


@pytest.mark.parametrize("place", PLACES)
async def test_a_death_there_loses_and_doubles_no_command(tmp_path: Path, place: str) -> None:
    """The same things have happened, each once; at most the message in hand is seen twice."""
    async with a_desk(tmp_path, FAULTDESK_FAILPOINT=f"{place}:kill@4") as desk:
        left = await told(desk)
        assert desk.deaths == 1
        cards = [one for one in desk.telegram.sent(GROUP) if re.match(r"\W+ FD-1 .* · ", one.get("text", ""))]
        assert 1 <= len(cards) <= 2
        assert "solved" in cards[-1]["text"]
    assert left == {"opened": 1, "assigned": 1, "accepted": 1, "noted": 2, "solved": 1}


@pytest.mark.long
@pytest.mark.parametrize("place", [*OF_FILES, *OF_TELEGRAM, "inbox.chat_stored"])
async def test_a_death_there_loses_and_doubles_no_file(tmp_path: Path, place: str) -> None:
    async with a_desk(tmp_path) as desk:
        await desk.link()
        await desk.until(lambda: mailed(desk))
        await desk.until(lambda: desk.ask("select count(*) from ticket") == [(1,)])
        await desk.settles()
        await asyncio.to_thread(desk.kill)
        await asyncio.to_thread(lambda: desk.start(FAULTDESK_FAILPOINT=f"{place}:kill@1"))
        desk.telegram.say(ANNA, ANNA, document=desk.telegram.holds(b"as it was"), caption="/note 1 the log")
        await desk.settles()
        desk.telegram.replay()
        await desk.settles()
        assert desk.deaths == 1
        assert desk.ask("select name, size from attachment") == [
            (f"document-{desk.telegram.log[-1]['message']['message_id']}", 9)
        ]
        assert desk.ask("select raw from raw_mail order by inbox_id desc limit 1") == [(b"as it was",)]
        assert desk.events()["noted"] == 1
        assert desk.fsck() == []


async def told(desk: Desk) -> dict[str, int]:
    """A fault is mailed, Anna takes it by the button, writes two notes and solves it; then the whole log comes again."""
    await desk.link()
    await desk.until(lambda: mailed(desk))
    card = await desk.until(lambda: next((one for one in desk.telegram.sent(GROUP) if "FD-1" in one["text"]), None))
    desk.telegram.press(GROUP, card["message_id"], "Take", ANNA)
    await desk.until(lambda: desk.events().get("accepted"))
    for words in ("/note 1 one", "/note 1 two", "/solve 1 done"):
        desk.telegram.say(GROUP, ANNA, words)
    await desk.settles()
    desk.telegram.replay()
    await desk.settles()
    assert desk.fsck() == []
    happened = desk.events()
    return {name: happened.get(name, 0) for name in ("opened", "assigned", "accepted", "noted", "solved")}


def mailed(desk: Desk) -> bool:
    try:
        desk.mail()
    except (OSError, smtplib.SMTPException):
        return False
    return True


async def chaos(folder: Path, kills: int, seed: int) -> None:
    """Notes are said one after the other while the daemon is killed; each is there once, in the order they were said."""
    chance = random.Random(seed)
    async with a_desk(folder) as desk:
        await desk.link()
        desk.mail()
        await desk.until(lambda: desk.ask("select count(*) from ticket") == [(1,)])
        said: list[str] = []
        for _ in range(kills):
            for _ in range(chance.randint(1, 12)):
                said.append(f"number {len(said)}")
                desk.telegram.say(GROUP, ANNA, f"/note 1 {said[-1]}")
                await asyncio.sleep(chance.uniform(0, 0.03))
            if chance.random() < 0.3:
                desk.telegram.replay()
            if chance.random() < 0.3:
                desk.telegram.fault("*", cut=chance.choice(("before", "after")), times=2)
            await asyncio.sleep(chance.uniform(0, 0.3))
            desk.kill()
            await desk.alive()
        await desk.settles()
        assert [text for (text,) in desk.ask("select text from entry where kind = 'note' order by id")] == said
        assert desk.fsck() == []


async def test_commands_through_kills(tmp_path: Path) -> None:
    await chaos(tmp_path, kills=5, seed=20261123)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
async def test_commands_through_a_hundred_kills(tmp_path: Path, seed: int) -> None:
    await chaos(tmp_path, kills=25, seed=seed)
