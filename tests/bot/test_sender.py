"""The sender alone: when all its places are taken by mails that a relay does not answer."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import RealClock
from bot.samples import samples
from bot.sender import Sender
from bot.starting import open_store
from storage import outbox, people
from storage.models import outbox as rows
from storage.store import Store
from tests.chaos.test_outbound import sender_to
from tests.parts.memory import MemoryOutlet
from tests.stories.story import settings_for

SOON = timedelta(milliseconds=200)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(settings_for(tmp_path), RealClock())
    yield opened
    opened.close()


def two_ways(db: Any) -> int:
    """A project manager who prefers mail."""
    return people.keep_staff(db, "pm", {"roles": ["manager"]}, [("mail", "pm@example.com"), ("console", "pm")])


def decide(db: Any, kind: str, **more: Any) -> None:
    row = {"dedup_key": kind, "event": kind, "kind": kind, "audience": "desk", "channel": "mail", "locale": "en",
           "facts": samples("en")[kind], "message_id": f"<{kind}@desk.example>"}  # fmt: skip
    outbox.put(db, [{**row, **more}], RealClock().now())


async def ways_taken(sender: Sender, store: Store) -> dict[str, str]:
    """Turns of the sender; then on which channel each kind of message waits."""
    await sender.cycle()
    found = select(rows.c.kind, rows.c.channel).where(rows.c.state == outbox.PENDING)
    return await store.read(lambda db: {row.kind: row.channel for row in db.execute(found)})


async def test_what_staff_waits_for_leaves_a_channel_without_room(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P9: requesters' mails may be waited for as long as their relay needs, a warning may not wait behind them."""
    monkeypatch.setattr("bot.sender.MOST_AT_ONCE", 1)
    monkeypatch.setattr("bot.sender.SAFETY", 0.05)
    for module in ("bot.sender", "bot.desk.delivery"):
        monkeypatch.setattr(f"{module}.REACHED_WITHIN", SOON)
    outlet = MemoryOutlet("mail")
    outlet.silent = True
    sender, _ = sender_to(outlet, store, tmp_path)
    store.write_now(lambda db: decide(db, "confirmation", audience="requester", address="li@example.com"))
    await sender.cycle()
    person = store.write_now(two_ways)
    store.write_now(lambda db: decide(db, "undelivered", person_id=person, address="pm@example.com"))
    async with asyncio.timeout(60):
        while await ways_taken(sender, store) != {"undelivered": "console"}:
            pass
    for task in sender._running:
        task.cancel()
