"""A mailbox whose connections are cut, hundreds of times, at every phase of the protocol: nothing lost, nothing doubled.

Real Dovecot, real database; the pauses between two tries are scaled to a thousandth.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from bot.clock import RealClock
from bot.domain.mailboxes import UNREADABLE
from bot.intake import Intake
from bot.mailboxes import MailboxKeeper
from channels.imap import Imap
from storage.migrate import bring_up
from storage.models import inbox, raw_mail
from storage.store import Store
from tests.channels.mailbox import settings_for, until
from tests.parts.cutter import Cut, Cutter
from tests.parts.dovecot import Dovecot, mail, subject_of
from tests.parts.patience import PATIENCE

MAILS = 200
PHASES = {"greeting", "CAPABILITY", "AUTHENTICATE", "ID", "SELECT", "NOOP", "SEARCH", "FETCH", "MOVE", "IDLE"}


class Chaos:
    """Delivers mails one by one, while the connections to the mailbox are cut again and again."""

    def __init__(self, dovecot: Dovecot, cuts: int, seed: int) -> None:
        self.dovecot, self.most, self.random = dovecot, cuts, random.Random(seed)
        self.planned = self.delivered = 0
        self.phases: Counter[str] = Counter()

    def is_enough(self) -> bool:
        """So many cuts, and one at least in each phase."""
        return self.planned > self.most and set(self.phases) >= PHASES

    def plan(self) -> Cut:
        """Where the next connection ends: anywhere in what both sides usually say, or in the silence after it."""
        self.planned += 1
        if self.is_enough():
            return Cut()
        reset, place = self.random.random() < 0.5, self.random.random()
        if place < 0.6:
            return Cut(down=self.random.randrange(1, 2900), quiet=0.05, reset=reset)
        if place < 0.9:
            return Cut(up=self.random.randrange(1, 480), quiet=0.05, reset=reset)
        return Cut(quiet=0.05, reset=reset)

    async def deliver(self) -> None:
        """One more mail, now and then a large one, spread over the connections."""
        if self.delivered < min(MAILS, MAILS * self.planned // self.most + 1):
            self.delivered += 1
            size = 200_000 if self.delivered % 20 == 0 else 0
            await asyncio.to_thread(self.dovecot.deliver, mail(self.delivered, size))


class Keeper(MailboxKeeper):
    """The real memory; what is reported is written down."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, cast("Any", None), RealClock(), lambda: None, lambda *_: None)
        self.reports: Counter[str] = Counter()

    async def report(self, mailbox: str, kind: str, text: str) -> None:
        self.reports[kind] += 1


async def cut_again_and_again(folder: Path, cuts: int, seed: int) -> Counter[str]:
    """Gives how often the connection was cut in which phase, once all is well."""
    store = Store(f"sqlite:///{folder / 'faultdesk.db'}")
    bring_up(store.writing)
    clock = RealClock()
    intake = Intake(store, cast("Any", None), cast("Any", None), clock, lambda: None, files=cast("Any", None))
    keeper = Keeper(store)
    with Dovecot() as dovecot:
        chaos = Chaos(dovecot, cuts, seed)
        async with Cutter(dovecot.imap, chaos.plan, chaos.deliver) as proxy:
            chaos.phases = proxy.phases
            settings = settings_for(proxy.port, timeout=5, poll_seconds=1)
            inlet = Imap(settings, keeper, clock.now, ZoneInfo("UTC"), patience=0.001)
            running = asyncio.create_task(inlet.run(intake.receive))
            await until(lambda: chaos.is_enough() or running.done(), 2 * PATIENCE)
            while chaos.delivered < MAILS:
                await chaos.deliver()
            await until(lambda: not dovecot.subjects() or running.done())
            assert not running.done(), running.exception()
            running.cancel()
            await asyncio.wait([running])
        put_away = dovecot.subjects("Processed")
    raws = await store.read(lambda db: list(db.execute(select(raw_mail.c.raw)).scalars()))
    copies = await store.read(lambda db: db.execute(select(func.sum(inbox.c.copies))).scalar_one())
    store.close()
    stored = sorted(map(subject_of, raws))
    wanted = sorted(f"fault {number}" for number in itertools.islice(itertools.count(1), MAILS))
    assert stored == wanted, "each mail is stored once"
    assert put_away == wanted, "each mail is moved once"
    print(f"\n{cuts} cuts, {copies} mails fetched twice, told: {dict(keeper.reports)}; {dict(proxy.phases)}")
    assert set(keeper.reports) <= {UNREADABLE}, "a cut is not taken for a refusal"
    return proxy.phases


async def test_three_hundred_cuts_lose_and_double_nothing(tmp_path: Path) -> None:
    """Reliability G4."""
    phases = await cut_again_and_again(tmp_path, 300, seed=20261126)
    assert set(phases) >= PHASES, phases


@pytest.mark.long
async def test_a_thousand_cuts_lose_and_double_nothing(tmp_path: Path) -> None:
    """Reliability G4."""
    phases = await cut_again_and_again(tmp_path, 1000, seed=random.randrange(10**9))
    assert set(phases) >= PHASES, phases
