"""bot.intake: which waiting mail is begun first, so that one that takes long does not hold up the others."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot import intake
from bot.clock import RealClock
from bot.domain.messages import IncomingMail
from storage.migrate import bring_up
from storage.store import Store

HEADERS = b"Subject: x\r\n\r\n"
LARGE = HEADERS + b"words\r\n" * 12_000


class Begun(intake.Intake):
    """Only notes in which order mails are begun."""

    def __init__(self, store: Store) -> None:
        super().__init__(
            store, cast("Any", None), cast("Any", None), RealClock(), lambda: None, files=cast("Any", None)
        )
        self.order: list[int] = []

    async def _one_mail(self, row: Any) -> None:
        self.order.append(row.id)


@pytest.mark.parametrize(("age", "small_first"), [(timedelta(0), True), (timedelta(hours=1), False)])
async def test_a_small_mail_of_now_goes_before_large_ones_and_nothing_waits_for_ever(
    tmp_path: Path, age: timedelta, *, small_first: bool
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'desk.db'}")
    await asyncio.to_thread(bring_up, store.writing)
    begun = Begun(store)
    mail = IncomingMail("smtp", b"", begun.clock.now(), "a@b.example", ("fault@localhost",))
    for number in range(intake.MOST_AT_ONCE + 2):
        await begun.receive(replace(mail, raw=LARGE + str(number).encode()))
    last = intake.MOST_AT_ONCE + 3
    await begun.receive(replace(mail, raw=HEADERS, received_at=mail.received_at - age))
    await begun.mail_cycle()
    await begun.close()
    assert (last in begun.order) == small_first
    while len(begun.order) < last:
        await begun.mail_cycle()
        await begun.close()
    assert sorted(begun.order) == list(range(1, last + 1))
    store.close()
