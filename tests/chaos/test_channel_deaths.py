"""P9, G6: channels die in every way they can; each warning reaches its person by the other one within 60 s."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from bot import sender
from channels.base import ChannelError
from storage.models import outbox
from tests.parts.memory import MemoryOutlet
from tests.stories.story import Story

WITHIN = timedelta(seconds=60)
LONGER = 100_000  # failures: more than are tried
PEOPLE = [
    {"handle": "anna", "roles": ["resident"], "mail": "anna@desk.example.com"},
    {"handle": "dora", "roles": ["desk"], "mail": "dora@desk.example.com"},
    {"handle": "chatty", "roles": ["manager"], "mail": "chatty@desk.example.com"},
    {"handle": "lettered", "roles": ["manager"], "mail": "lettered@desk.example.com"},
]
DEATHS: dict[str, Callable[[random.Random], tuple[ChannelError, bool]]] = {
    "this person is refused": lambda _: (ChannelError("403 or 550", code="403", permanent=True), False),
    "our login is refused": lambda _: (ChannelError("401 or 535", code="535", broken=True), False),
    "nobody is there": lambda _: (ChannelError("connection refused", broken=True), False),
    "it is busy": lambda _: (ChannelError("451 later", code="451"), False),
    "wait": lambda chance: (ChannelError("429", code="429", retry_after=chance.choice([3, 29, 30, 120, 3600])), False),
    "no answer": lambda _: (ChannelError("no answer in time", unsent=False), False),
    "the answer is lost": lambda _: (ChannelError("no answer in time", unsent=False), True),
    "silence": lambda _: (ChannelError("unused"), False),
}
"""How a channel dies → what it raises, and whether the message arrives all the same."""


class Deaths:
    """A desk whose channels die one after the other."""

    def __init__(self, desk: Story, seed: int) -> None:
        self.desk, self.chance = desk, random.Random(seed)
        self.arrived: Counter[int] = Counter()
        self.doubtful: set[int] = set()
        self.happened: Counter[str] = Counter()
        self.victims: dict[str, str] = {}
        """By the ticket that was told about meanwhile: the channel that was dead."""

    async def many(self, count: int) -> None:
        victim = self.desk.chats
        for number in range(1, count + 1):
            if self.chance.random() < 0.3:
                victim = self.desk.mails if victim is self.desk.chats else self.desk.chats
                await self.desk.passes(6.1)  # until the other one is known to be well again
            kind = self.chance.choice(sorted(DEATHS))
            if kind == "silence" and victim is self.desk.mails:
                kind = "no answer"  # a mail to a requester is waited for as long as its relay may take
            await self.one(number, victim, kind)

    async def one(self, number: int, victim: MemoryOutlet, kind: str) -> None:
        """A channel dies, and some time later something is told; it lives again before another one may die."""
        self.happened[kind] += 1
        self.victims[f"FD-{number}"] = victim.name
        error, delivered = DEATHS[kind](self.chance)
        if kind == "silence":
            victim.silent = True
        else:
            victim.fail(error, times=LONGER, delivered=delivered)
        await self.desk.mail(f"u{number}@customer.example", f"Fault {number}")
        await self.desk.passes(self.chance.choice([0, 0.1, 0.6, 2, 5]))
        await self.say("anna", f"escalate {number} smoke")
        await self.desk.passes(1.1)
        if kind in {"no answer", "the answer is lost", "silence"}:
            self.doubtful |= await self.unsure()
        victim.recover()
        victim.silent = False
        if self.chance.random() < 0.5:
            await self.desk.passes(self.chance.choice([0.1, 1, 7]))
        for who in ("chatty", "lettered"):
            await self.say(who, f"ack {number}")
        await self.say("dora", f"junk {number}")
        self.count()

    async def say(self, who: str, words: str) -> None:
        answer = await self.desk.app.control.answer({"op": "say", "as": who, "text": words})
        assert answer.get("ok"), answer

    def count(self) -> None:
        """What really arrived: every message in whose stead or company a row travelled is one of its row."""
        for heard in self.desk._unheard:
            self.arrived[heard.row.id] += 1
        self.desk.forget()

    async def unsure(self) -> set[int]:
        rows = select(outbox.c.id).where(outbox.c.unsure)
        return set(await self.desk.app.store.read(lambda db: db.execute(rows).scalars().all()))

    # ---- judging ----

    async def judge(self) -> None:
        rows = await self.desk.app.store.read(lambda db: list(db.execute(select(outbox).order_by(outbox.c.id))))
        by_id = {row.id: row for row in rows}
        later = {row.dedup_key.rpartition(">")[0]: row for row in rows if ">" in row.dedup_key}
        told = [row for row in rows if row.person_id and ">" not in row.dedup_key and row.event != "command"]
        assert len([row for row in told if row.urgent]) >= 2 * sum(self.happened.values())
        late, saved = [], set()
        for row in told:
            end = self.end(row, later, by_id)
            if self.is_saved(row, end):
                saved.add(row.facts["number"])
            if end.state != "dropped" and (end.state != "sent" or end.ended_at - row.created_at > WITHIN):
                late.append(f"{row.dedup_key} of {row.created_at}: {end.state} at {end.ended_at} by {end.dedup_key}")
        assert "\n".join(late) == ""
        assert set(self.victims) - saved == set(), "nobody was reached otherwise"
        twice = {row: count for row, count in self.arrived.items() if count > 1 and row not in self.doubtful}
        assert {row: by_id[row].kind for row in twice} == {}, "told twice by the same way"

    def is_saved(self, row: Any, end: Any) -> bool:
        """Whether a warning that set out by the dead channel has reached its person by another one, in time."""
        dead = self.victims.get(row.facts.get("number", ""))
        in_time = end.state == "sent" and end.ended_at - row.created_at <= WITHIN
        return bool(row.urgent) and row.channel == dead != end.channel and in_time

    def end(self, row: Any, later: dict[str, Any], by_id: dict[int, Any]) -> Any:
        """The row that settled it: itself, the one on the other way, or the message in which it travelled."""
        while True:
            if row.state == "dead" and row.dedup_key in later:
                row = later[row.dedup_key]
            elif row.state == "carried":
                row = by_id[row.carried_by_id]
            else:
                return row


def mail_first(db: Any) -> None:
    db.execute(text("update contact set id = id + 1000 where channel = 'console' and value = 'lettered'"))


async def deaths(folder: Path, count: int, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert timedelta(seconds=sender.PATIENCE) < WITHIN
    random.seed(seed)  # the sender's chance
    monkeypatch.setattr("bot.sender.PATIENCE", 0.03)  # silence takes real time, the rest the fake clock's
    async with Story(folder / f"seed-{seed}", people=PEOPLE) as desk:
        await desk.app.store.write(mail_first)
        scenario = Deaths(desk, seed)
        await scenario.many(count)
        scenario.count()
        await scenario.judge()


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, 10))])
async def test_whoever_is_to_be_warned_is_warned_whichever_channel_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    """Fifty deaths each: five hundred in all of a long run."""
    await deaths(tmp_path, 50, part, monkeypatch)
