"""P5: whatever was decided is taken by the relay, or is a dead letter that its ticket and the desk know of."""

import asyncio
import random
import re
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from tests.channels.smtp_sink import Sink
from tests.parts.daemon import Daemon
from tests.parts.faulty import received
from tests.promises.post import count, posted, written

NINE = datetime.fromisoformat("2026-11-23T09:00:00+08:00")

TROUBLE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("greeting", "421 4.3.2 Closing", {}),
    ("greeting", "", {"cut": True}),
    ("mail", "451 4.3.0 Later", {}),
    ("rcpt", "450 4.2.1 Greylisted", {}),
    ("rcpt", "452 4.5.3 Too many", {}),
    ("rcpt", "550 5.1.1 No such user", {}),
    ("data", "421 4.7.0 Busy", {}),
    ("body", "", {"cut": True}),
    ("dot", "451 4.3.0 Try again", {}),
    ("dot", "554 5.7.1 Rejected", {}),
    ("dot", "", {"cut": True}),
    ("dot", "", {"cut": True, "taken": True}),
    ("dot", "451 4.4.2 Timed out", {"taken": True}),
    ("dot", "", {"delay": 0.5}),
)
"""Stage, reply and how: refused, cut, greylisted, taken without an answer, answered late."""


class Relay:
    """A daemon that sends through a relay in trouble."""

    def __init__(self, folder: Path, sink: Sink) -> None:
        self.sink = sink
        self.daemon = Daemon(folder, relay=sink.port, arguments=("--fake-clock", NINE.isoformat()))
        self.daemon.program = "tests.parts.faulty"

    async def worked_with(self, mails: int) -> None:
        """Faults come in; some are taken, asked about, solved: mails of several kinds go out."""
        await asyncio.to_thread(self.daemon.start)
        raws = [written(f"user{n}@customer.example", f"Fault {n}") for n in range(mails)]
        assert await asyncio.to_thread(posted, self.daemon, *raws) == mails
        await self.advance(timedelta(0))
        for number in range(1, mails + 1):
            words = ("take {}", "reply {} We come.", "wait {} Which one?", "solve {} Mended.")
            for line in words[: 1 + number % 4]:
                answer = await asyncio.to_thread(self.daemon.say, "anna", line.format(number))
                assert answer["ok"]

    async def advance(self, by: timedelta) -> None:
        """In steps that each are done within the time that one answer may take."""
        now = datetime.fromisoformat(self.daemon.control({"op": "now"})["now"])
        for _ in range(max(1, round(by / timedelta(hours=6)))):
            now += min(by, timedelta(hours=6))
            while not await asyncio.to_thread(self.daemon.advance, now.isoformat()):
                assert self.daemon.process.poll() is None, self.daemon.errors()[-2000:]

    async def killed(self) -> None:
        self.daemon.kill()
        await asyncio.to_thread(self.daemon.start)

    def check(self) -> int:
        """Every decided mail is in the relay's books or visibly dead. Gives how many are dead."""
        rows = self.daemon.ask(
            "select o.id, o.kind, o.state, o.message_id, o.address, o.ticket_id, o.outcome from outbox o "
            "where o.channel = 'mail'"
        )
        taken: dict[str, set[bytes]] = {}
        for mail in self.sink.mails:
            name = str(message_from_bytes(mail.raw, policy=default)["Message-ID"])
            taken.setdefault(name, set()).add(mail.raw)
            assert len(mail.recipients) == 1
        told = "".join(one["text"] for one in received(self.daemon.folder) if one["to"] == "desk")
        dead = [row for row in rows if row[2] == "dead"]
        late = "select count(*) from outbox where state in ('pending', 'sending') and julianday(next_try_at) - julianday(created_at) > 5.1"
        assert count(self.daemon, late) == 0
        assert all(row[6] for row in rows if row[2] == "dropped")
        for _, kind, state, name, address, *_ in rows:
            assert state != "sent" or name in taken, (kind, address)
        for row, kind, _, name, _, ticket, reason in dead:
            if reason.startswith("another way"):
                continue
            noted = f"select count(*) from event where kind = 'undelivered' and json_extract(facts, '$.outbox') = {row}"
            assert count(self.daemon, noted) == 1, (kind, name)
            assert re.search(rf"FD-{ticket}\b", told), f"the desk heard nothing of FD-{ticket}"
        assert all(len(copies) == 1 for copies in taken.values()), "a repeat has the same bytes (P6)"
        return len(dead)


async def trouble(folder: Path, mails: int, kills: int) -> None:
    chance = random.Random(mails)
    sink = await Sink().start()
    relay = Relay(folder, sink)
    for stage, reply, how in chance.sample(TROUBLE * mails, mails * 3):
        sink.fail(stage, reply, **how)
    with relay.daemon.ended():
        await relay.worked_with(mails)
        for _ in range(kills):
            await relay.advance(timedelta(minutes=10))
            await relay.killed()
        await relay.advance(timedelta(days=2))
        assert relay.check() > 0
        assert count(relay.daemon, "select count(*) from outbox where state in ('pending', 'sending')") == 0
        assert await asyncio.to_thread(relay.daemon.stop) == 0
    assert relay.daemon.fsck() == []
    await sink.stop()


async def test_a_relay_in_trouble(tmp_path: Path) -> None:
    await trouble(tmp_path, 16, 2)


@pytest.mark.long
async def test_a_relay_in_trouble_for_long(tmp_path: Path) -> None:
    await trouble(tmp_path, 400, 20)


@pytest.mark.long
async def test_a_relay_that_is_away_for_more_than_five_days(tmp_path: Path) -> None:
    """RFC 5321, 4.5.4.1: then it is given up, and said."""
    sink = await Sink().start()
    relay = Relay(tmp_path, sink)
    await sink.stop()
    with relay.daemon.ended():
        await relay.worked_with(2)
        await relay.advance(timedelta(days=4))
        assert count(relay.daemon, "select count(*) from outbox where kind = 'confirmation' and state = 'dead'") == 0
        await relay.advance(timedelta(days=2))
        assert relay.check() >= 4
        first = "select distinct state from outbox where kind in ('confirmation', 'assigned')"
        assert relay.daemon.ask(first) == [("dead",)]
        assert await asyncio.to_thread(relay.daemon.stop) == 0
    assert relay.daemon.fsck() == []
