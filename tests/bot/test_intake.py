"""bot.intake: which waiting mail is begun first, so that one that takes long does not hold up the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot import intake
from bot.clock import RealClock
from bot.domain.messages import IncomingMail
from storage import inbox
from storage.migrate import bring_up
from storage.store import Store

HEADERS = b"Subject: x\r\n\r\n"
LARGE = HEADERS + b"words\r\n" * 12_000
HUGE = HEADERS + b"words\r\n" * 40_000


class Begun(intake.Intake):
    """Only notes in which order mails are begun."""

    def __init__(self, store: Store) -> None:
        super().__init__(
            store, cast("Any", None), cast("Any", None), RealClock(), lambda: None, files=cast("Any", None)
        )
        self.order: list[int] = []

    async def _one_mail(self, row: Any) -> None:
        self.order.append(row.id)

    async def step(self) -> None:
        """Begins what there is room for, once what was begun before has ended."""
        await self.mail_cycle()
        await self.close()


@pytest.fixture
async def begun(tmp_path: Path) -> AsyncIterator[Begun]:
    store = Store(f"sqlite:///{tmp_path / 'desk.db'}")
    await asyncio.to_thread(bring_up, store.writing)
    yield Begun(store)
    store.close()


def mail_of(begun: Begun, raw: bytes, age: timedelta = timedelta(0)) -> IncomingMail:
    return IncomingMail("smtp", raw, begun.clock.now() - age, "a@b.example", ("fault@localhost",))


async def wait_large(begun: Begun) -> int:
    """More than can be in hand; gives how many."""
    for number in range(intake.MOST_AT_ONCE + 2):
        await begun.receive(mail_of(begun, LARGE + str(number).encode()))
    return intake.MOST_AT_ONCE + 2


@pytest.mark.parametrize(("age", "small_first"), [(timedelta(0), True), (timedelta(hours=1), False)])
async def test_a_small_mail_of_now_goes_before_large_ones_and_nothing_waits_for_ever(
    begun: Begun, age: timedelta, *, small_first: bool
) -> None:
    last = await wait_large(begun) + 1
    await begun.receive(mail_of(begun, HEADERS, age))
    await begun.step()
    assert (last in begun.order) == small_first
    while len(begun.order) < last:
        await begun.step()
    assert sorted(begun.order) == list(range(1, last + 1))


async def test_of_those_the_smallest_goes_first(begun: Begun) -> None:
    large = await wait_large(begun)
    for number in range(intake.MOST_AT_ONCE + 1):
        await begun.receive(mail_of(begun, HEADERS + b"x" * (100 - number)))
    await begun.step()
    assert begun.order == list(range(large + 2, large + intake.MOST_AT_ONCE + 2))


@pytest.mark.parametrize(("raw", "at_once"), [(HEADERS, 5), (LARGE, 5), (HUGE, 1)])
async def test_large_mails_are_stored_one_at_a_time(
    begun: Begun, monkeypatch: pytest.MonkeyPatch, raw: bytes, at_once: int
) -> None:
    writes, under_way, seen = begun.store.write, set[object](), []

    async def counted(work: object) -> Any:
        under_way.add(work)
        seen.append(len(under_way))
        try:
            return await writes(cast("Any", work))
        finally:
            under_way.remove(work)

    monkeypatch.setattr(begun.store, "write", counted)
    await asyncio.gather(*(begun.receive(mail_of(begun, raw + bytes([number]))) for number in range(5)))
    assert max(seen) == at_once
    assert begun.store.read_now(inbox.waiting_count) == 5
