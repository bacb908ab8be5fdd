"""P1, P2, P5, P6: the daemon is killed again and again under load; nothing acknowledged is lost, nothing is doubled."""

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


class Peer(threading.Thread):
    """Another mail server: sends mail after mail, and one whose acknowledgement it did not hear again, as they do."""

    def __init__(self, port: int, name: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.port, self.name, self.chance = port, name, random.Random(seed)
        self.acknowledged: list[str] = []
        self.stop = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            sender, raw = one_mail(self.chance, number, f"{self.name}.example")
            while not self.deliver(sender, raw):
                time.sleep(0.05)
            self.acknowledged.append(str(message_from_bytes(raw)["Message-ID"]))
            time.sleep(self.chance.uniform(0, 0.05))

    def deliver(self, sender: str, raw: bytes) -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as line:
                line.sendmail(sender, ["fault@localhost"], raw)
        except (OSError, smtplib.SMTPException):
            return False
        return True


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
    for peer in peers:
        peer.stop.set()
    for peer in peers:
        await asyncio.to_thread(peer.join, 30)
    await asyncio.to_thread(daemon.drain)
    await asyncio.to_thread(daemon.stop)
    assert daemon.fsck() == []
    check_ledger(daemon, sink, [one for peer in peers for one in peer.acknowledged])


def check_ledger(daemon: Daemon, sink: Sink, acknowledged: list[str]) -> None:
    kept = Counter(
        row[0] for row in daemon.ask("select message_id from inbox where kind = 'mail' and outcome = 'ticket'")
    )
    assert len(acknowledged) > 20
    assert set(acknowledged) - set(kept) == set(), "acknowledged and lost"
    assert [one for one, count in kept.items() if count > 1] == [], "doubled"
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
