"""storage.journal: append-only, and tampering shows (P18)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from storage import journal
from storage.store import Store

NOW = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)


def row(kind: str, **facts: Any) -> dict[str, Any]:
    return {"ticket_id": None, "at": NOW, "recorded_at": NOW, "actor_id": None, "actor": "system", "channel": "daemon",
            "kind": kind, "facts": facts}  # fmt: skip


@pytest.fixture
def written(any_store: Store) -> Store:
    any_store.write_now(lambda db: journal.append(db, [row("one", zh="卡纸"), row("two", n=1.5)]))
    any_store.write_now(lambda db: journal.append(db, [row("three", nothing=None)]))
    return any_store


def test_an_untouched_journal_holds(written: Store) -> None:
    assert list(written.read_now(lambda db: list(journal.broken_links(db)))) == []


@pytest.mark.parametrize(
    "tampering",
    [
        "update event set kind = 'else' where kind = 'two'",
        "update event set facts = '{\"zh\": \"x\"}' where kind = 'one'",
        "delete from event where kind = 'two'",
        "update event set previous_hash = hash where kind = 'three'",
        "update event set at = '2026-11-23 01:02:03.000000' where kind = 'one'",
    ],
)
def test_a_changed_or_missing_row_shows(written: Store, tampering: str) -> None:
    """SP-4.3."""
    written.write_now(lambda db: db.execute(text(tampering)))
    assert written.read_now(lambda db: list(journal.broken_links(db)))
