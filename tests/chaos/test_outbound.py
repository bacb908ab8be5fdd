"""P5, P6, G5: everything decided is delivered through a bad network; what arrives twice is known and the same."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.clock import RealClock
from bot.desk.work import House
from bot.house import build_house, calendars_of, enter
from bot.loops import Heart, keep_running
from bot.outgoing import Scribe
from bot.samples import samples
from bot.sender import Sender
from bot.starting import open_store, renderer_of
from channels.base import Outlet
from channels.smtp_out import SmtpOut, SmtpOutSettings
from channels.telegram.channel import Telegram
from channels.telegram.settings import TelegramSettings
from storage import outbox
from storage.models import outbox as rows
from storage.store import Store
from tests.channels.smtp_sink import Fault, Sink
from tests.parts import telegram
from tests.parts.telegram import TOKEN, FakeTelegram
from tests.stories.story import settings_for

SCALE = 50
"""Pauses are so many times shorter than in earnest."""
BUSY, WAIT, CUT, LATE = 0.20, 0.10, 0.05, 0.05
TIMEOUT = 5.0
REFUSALS = (
    ("mail", "451 4.3.0 Try later"),
    ("mail", "421 4.3.2 Shutting down"),
    ("rcpt", "450 4.2.0 Greylisted"),
    ("rcpt", "452 4.2.2 Mailbox full"),
    ("data", "451 4.3.0 Try later"),
    ("dot", "451 4.3.0 Try later"),
    ("dot", "452 4.3.1 No space"),
)


BEFORE: tuple[dict[str, Any], ...] = ({"cut": "before"}, {"status": 500}, {"status": 502}, {"garbage": True})
"""How Telegram fails without an effect."""
MARK = b"(Sent again: we cannot tell whether the first copy arrived.)\n"


class World(Protocol):
    """The outside of one channel: a server in which things go wrong by chance."""

    async def start(self) -> Outlet:
        """Begins to listen; gives what sends there."""

    def row(self, number: int) -> dict[str, Any]:
        """The message to somebody: what the outbox is told of it."""

    def arrived(self) -> list[tuple[str, bytes]]:
        """(address, what came), in order and with repeats."""

    def windows(self) -> Counter[str]:
        """By address, how often a message was taken and its sender could not know."""

    def is_repeat(self, first: bytes, again: bytes) -> bool:
        """Whether whoever reads the second can tell that it is the first once more."""

    def judge(self) -> None:
        """What else must hold of what was seen there."""

    async def stop(self) -> None:
        """Ends the server."""


@dataclass
class Relay:
    """A mail relay: 20 % refused for now, 5 % cut after the dot, 5 % answered later than anybody waits."""

    chance: random.Random

    async def start(self) -> Outlet:
        self.sink = await Sink(fate=self.fate).start()
        settings = SmtpOutSettings(
            host="127.0.0.1", port=self.sink.port, security="none", final_timeout=TIMEOUT, connections=30
        )
        return SmtpOut(settings)

    def fate(self) -> tuple[str, Fault] | None:
        dice = self.chance.random()
        if dice < BUSY:
            stage, reply = self.chance.choice(REFUSALS)
            return stage, Fault(reply.encode())
        if dice < BUSY + CUT:
            return "dot", Fault(cut=True, taken=True)
        if dice < BUSY + CUT + LATE:
            return "dot", Fault(delay=2 * TIMEOUT, taken=True)
        return None

    def row(self, number: int) -> dict[str, Any]:
        address = f"a{number}@customer.example"
        return {
            "kind": "confirmation",
            "channel": "mail",
            "address": address,
            "message_id": f"<m{number}@desk.example>",
        }

    def arrived(self) -> list[tuple[str, bytes]]:
        return [(mail.recipients[0], mail.raw) for mail in self.sink.mails]

    def windows(self) -> Counter[str]:
        return Counter(mail.recipients[0] for mail in self.sink.mails if not mail.answered)

    def is_repeat(self, first: bytes, again: bytes) -> bool:
        """The same Message-ID, Date and everything else."""
        return again == first

    def judge(self) -> None:
        assert any(not mail.answered for mail in self.sink.mails)

    async def stop(self) -> None:
        await self.sink.stop()


@dataclass
class Chats:
    """Telegram: 20 % fail before the effect, 10 % are told to wait, 5 % are cut and 5 % answered late after it.

    Its 4xx are refusals for good, so that what fails for now is a 5xx or a line cut too early: the sender cannot know
    that nothing was said, and must mark what it says next.
    """

    chance: random.Random
    said: list[tuple[str, bytes]] = field(default_factory=list)
    unanswered: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
    closed_until: dict[str, float] = field(default_factory=dict)
    too_early: list[str] = field(default_factory=list)

    async def start(self) -> Outlet:
        self.service = await FakeTelegram().start()
        self._fault, self._message = self.service._fault, self.service._message
        self.service._fault, self.service._message = self.fate, self.keep  # type: ignore[method-assign]
        rates = {"per_second": 1e6, "chat_per_second": 1e6}
        settings = TelegramSettings(
            token=SecretStr(TOKEN), base_url=self.service.base_url, timeout=TIMEOUT, **rates
        )  # fmt: skip
        return Telegram(settings, names=frozenset, ours=Nobody(), clock=RealClock().now)

    def fate(self, method: str, args: dict[str, Any]) -> telegram.Fault:
        """What becomes of a call, by chance."""
        chat, now, dice = str(args.get("chat_id")), time.monotonic(), self.chance.random()
        if now < self.closed_until.get(chat, 0.0):
            self.too_early.append(chat)
        kinds = (("refused", BUSY), ("wait", WAIT), ("cut", CUT), ("late", LATE))
        edges = itertools.accumulate(share for _, share in kinds)
        kind = next((name for (name, _), edge in zip(kinds, edges, strict=True) if dice < edge), "")
        self.injected[kind] += 1
        if kind in {"cut", "late"}:
            self.unanswered[chat] += 1
        if kind == "wait":
            self.closed_until[chat] = now + 1
        faults: dict[str, dict[str, Any]] = {
            "refused": self.chance.choice(BEFORE), "wait": {"retry_after": 1}, "cut": {"cut": "after"},
            "late": {"delay": 2 * TIMEOUT},
        }  # fmt: skip
        return telegram.Fault(method, **faults.get(kind, {}))

    def keep(self, chat: int, sender: dict[str, Any], body: dict[str, Any], reply_to: int = 0) -> telegram.Message:
        self.said.append((str(chat), body["text"].encode()))
        return self._message(chat, sender, body, reply_to)

    def row(self, number: int) -> dict[str, Any]:
        """To a member of staff with one way only: there is nothing but to try again."""
        self.service.user(1000 + number, f"N{number}")
        place = {"channel": "telegram", "address": str(1000 + number)}
        return {"event": "held", "kind": "held", "audience": "desk", **place}

    def arrived(self) -> list[tuple[str, bytes]]:
        return self.said

    def windows(self) -> Counter[str]:
        return self.unanswered

    def is_repeat(self, first: bytes, again: bytes) -> bool:
        """It says that it may be one."""
        return again.startswith(MARK) and again.removeprefix(MARK) == first.removeprefix(MARK)

    def judge(self) -> None:
        print(f"{dict(self.injected)}")
        assert self.too_early == [], "written to before the time that Telegram asked for"
        assert all(self.injected[kind] for kind in ("refused", "wait", "cut", "late")), self.injected

    async def stop(self) -> None:
        await self.service.stop()


class Nobody:
    """No records of groups: the channel only sends here."""

    async def is_ours(self, _: str) -> bool:
        return False

    async def groups(self) -> dict[str, str]:
        return {}

    async def elsewhere(self, _: str, __: str) -> list[str]:
        return []

    async def accounts(self) -> list[str]:
        return []


WORLDS: dict[str, Callable[[random.Random], World]] = {"mail": Relay, "telegram": Chats}


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """All pauses are SCALE times shorter."""
    from bot import sender
    from bot.domain import backoff

    monkeypatch.setattr(backoff, "FIRST", {name: seconds / SCALE for name, seconds in backoff.FIRST.items()})
    for module, name in (
        (backoff, "FIRST_CHAT"),
        (backoff, "LONGEST"),
        (sender, "FIRST_REST"),
        (sender, "LONGEST_REST"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name) / SCALE)


def sender_to(outlet: Outlet, store: Store, folder: Path) -> tuple[Sender, House]:
    """The real sender, of a desk of whom nothing else runs."""
    settings, clock = settings_for(folder), RealClock()
    with store.writing.begin() as db:
        house = build_house(settings, enter(db, settings), b"secret", calendars_of(settings, clock.now().year))
    mailbox = settings.mail.mailbox
    scribe = Scribe(renderer_of(settings), settings.desk.organisation, mailbox, mailbox)
    return Sender(store, outlet, scribe, lambda: house, clock), house


def decide(db: Any, world: World, count: int) -> None:
    """Puts the messages into the outbox."""
    facts = samples("en")
    common = {"event": "opened", "audience": "requester", "locale": "en"}
    decided = [{"dedup_key": f"m{number}", **common, **world.row(number)} for number in range(count)]
    outbox.put(db, [{**row, "facts": facts[row["kind"]]} for row in decided], RealClock().now())


async def storm(world: World, count: int, folder: Path) -> Store:
    """Sends everything through the world until nothing is left to send. Gives the desk's database, open."""
    store = open_store(settings_for(folder), RealClock())
    outlet = await world.start()
    sender, _ = sender_to(outlet, store, folder)
    await store.write(lambda db: decide(db, world, count))
    begin = time.monotonic()
    sending = asyncio.create_task(keep_running("send", sender.cycle, Heart()))
    while await store.read(outbox.open_counts):
        assert not sending.done()
        await asyncio.sleep(0.2)
    sending.cancel()
    await asyncio.wait([sending])
    await sender.close()
    await world.stop()
    print(f"\n{count} messages in {time.monotonic() - begin:.0f} s")
    return store


async def all_delivered(world: World, store: Store, count: int) -> None:
    """Nothing is missing; what came more often than once came so in injected windows alone, and is the same."""
    states = await store.read(lambda db: Counter(db.execute(select(rows.c.state)).scalars()))
    assert states == {outbox.SENT: count}
    windows, copies = world.windows(), defaultdict(list)
    for address, what in world.arrived():
        copies[address].append(what)
    assert len(copies) == count
    outside = {address: len(some) for address, some in copies.items() if len(some) - 1 > windows[address]}
    assert outside == {}, "repeated outside the injected windows"
    repeats = sum(map(len, copies.values())) - count
    print(f"{repeats} repeats, {windows.total()} windows")
    assert repeats >= count // 50, "the storm was none"


async def check(name: str, count: int, seed: int, folder: Path) -> None:
    world = WORLDS[name](random.Random(seed))
    store = await storm(world, count, folder)
    try:
        await all_delivered(world, store, count)
        repeats_are_known(world)
        world.judge()
    finally:
        store.close()


def repeats_are_known(world: World) -> None:
    """Whoever gets a message twice can see that it is the same one."""
    first: dict[str, bytes] = {}
    for address, what in world.arrived():
        if address in first:
            assert world.is_repeat(first[address], what), (first[address], what)
        first.setdefault(address, what)


@pytest.mark.parametrize("name", WORLDS)
async def test_two_hundred_messages_through_a_storm(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    await check(name, 200, random.randrange(10**6), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("name", WORLDS)
async def test_five_thousand_messages_through_a_storm(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    await check(name, 5_000, random.randrange(10**6), tmp_path)
