"""P1: the daemon is killed again and again under load; every mail that it acknowledged is in its books, exactly once.

P2, P5 and P6 with it: nothing is doubled, every ticket is confirmed, and a repeat has the same bytes.
"""

from __future__ import annotations

import asyncio
import random
import smtplib
import threading
import time
from collections import Counter, defaultdict
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.benchmarks.intake_speed import one_mail
from tests.channels.smtp_sink import Sink
from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE
from tests.promises.post import ends, id_of, sender_of, written


class Peer(threading.Thread):
    """Another mail server: sends mail after mail, and one whose acknowledgement it did not hear again, as they do."""

    def __init__(self, port: int, name: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.port, self.name, self.chance = port, name, random.Random(seed)
        self.acknowledged: dict[str, set[str]] = {}
        """Message-ID → what may have become of it."""
        self.stop = threading.Event()
        self.last = b""

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            sender, raw, allowed = self.next_mail(number)
            while not self.deliver(sender, raw):
                time.sleep(0.05)
            self.acknowledged[id_of(raw)] = allowed
            time.sleep(self.chance.uniform(0, 0.05))

    def next_mail(self, number: int) -> tuple[str, bytes, set[str]]:
        """Mostly faults; answers, which are comments unless they are read before what they answer; and automatic ones."""
        kinds = ("fault", "fault", "fault", "answer", "automatic")
        kind = self.chance.choice(kinds) if number > len(kinds) else kinds[number - 1]
        if kind == "automatic":
            sender = f"user{number}@{self.name}.example"
            return sender, written(sender, "Away", "I am away.", Auto_Submitted="auto-replied"), {"automatic"}
        if kind == "answer" and self.last:
            sender = sender_of(self.last)
            raw = written(sender, f"Re: {number}", f"More, {number}.", In_Reply_To=id_of(self.last))
            return sender, raw, {"comment", "ticket"}
        sender, self.last = one_mail(self.chance, number, f"{self.name}.example")
        return sender, self.last, {"ticket"}

    def deliver(self, sender: str, raw: bytes) -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE) as line:
                line.sendmail(sender, ["fault@localhost"], raw)
        except (OSError, smtplib.SMTPException):
            return False
        return True


async def all_stop(peers: list[Peer]) -> None:
    """Once each has had so many acknowledged that they prove something."""
    async with asyncio.timeout(PATIENCE):
        while any(len(peer.acknowledged) < 15 for peer in peers):  # noqa: ASYNC110  -- they are threads
            await asyncio.sleep(0.05)
    for peer in peers:
        peer.stop.set()
    for peer in peers:
        await asyncio.to_thread(peer.join, PATIENCE)


async def chaos(folder: Path, cycles: int, seed: int) -> None:
    chance = random.Random(seed)
    sink = await Sink().start()
    daemon = Daemon(folder, relay=sink.port)
    await asyncio.to_thread(daemon.start)
    peers = [Peer(daemon.smtp, f"peer{number}", seed + number) for number in range(3)]
    for peer in peers:
        peer.start()
    for _ in range(cycles):
        await asyncio.sleep(chance.uniform(0.02, 0.9))
        await asyncio.to_thread(daemon.say, "anna", f"take {chance.randint(1, 20)}")
        daemon.kill()
        await asyncio.to_thread(daemon.start)
    await all_stop(peers)
    await asyncio.to_thread(daemon.drain)
    await asyncio.to_thread(daemon.stop)
    assert daemon.fsck() == []
    acknowledged = {name: allowed for peer in peers for name, allowed in peer.acknowledged.items()}
    check_ledger(daemon, sink, acknowledged)
    await sink.stop()


def check_ledger(daemon: Daemon, sink: Sink, acknowledged: dict[str, set[str]]) -> None:
    found = ends(daemon, acknowledged)
    assert len(acknowledged) > 20
    assert [name for name, books in found.items() if not books] == [], "acknowledged and lost"
    wrong = {name: books for name, books in found.items() if books.total() > 1 or not set(books) <= acknowledged[name]}
    assert wrong == {}
    assert {book for books in found.values() for book in books} == {"ticket", "comment", "automatic"}
    kept = Counter(
        row[0] for row in daemon.ask("select message_id from inbox where kind = 'mail' and outcome = 'ticket'")
    )
    assert [one for one, count in kept.items() if count > 1] == [], "doubled"
    entries = daemon.ask("select inbox_id from entry where kind = 'mail' group by inbox_id having count(*) > 1")
    assert entries == [], "a comment twice"
    tickets = daemon.ask("select first_message_id from ticket")
    assert Counter(row[0] for row in tickets) == kept
    unconfirmed = daemon.ask(
        "select ticket_id, state, outcome from outbox where kind = 'confirmation' and state <> 'sent'"
    )
    assert unconfirmed == []
    copies = defaultdict(list)
    for mail in sink.mails:
        if b"Auto-Submitted: auto-replied" in mail.raw:
            copies[str(message_from_bytes(mail.raw)["In-Reply-To"])].append(mail.raw)
    assert set(copies) == set(kept), "every ticket is confirmed, and nothing else is"
    assert all(len(set(raws)) == 1 for raws in copies.values()), "a repeat has the same bytes"


async def test_twenty_five_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    await chaos(tmp_path, 25, seed=random.Random().randrange(10**6))


@pytest.mark.long
async def test_two_hundred_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    await chaos(tmp_path, 200, seed=random.Random().randrange(10**6))
