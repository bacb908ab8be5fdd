"""The alarm loop: it looks each second, and no more often at what it cannot do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from bot.alarms import Alarms
from bot.clock import FakeClock
from bot.config import Settings
from bot.desk.opening import Report, open_ticket, tell_opened
from bot.desk.work import House, Work
from bot.house import build_house, calendars_of, enter
from storage.models import alarm
from storage.store import Store
from tests.parts.tables import tables_at

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tables_at(tmp_path / "desk.db"))
    yield made
    made.close()


def test_what_is_overdue_and_cannot_be_done_does_not_keep_the_loop_awake(store: Store, tmp_path: Path) -> None:
    """An alarm whose message is gone has nobody to be told another way; others are still seen in time."""
    settings = Settings(data={"folder": Path("unused")}, desk={"digests": False, "assign_minutes": 0})
    house: House = store.write_now(
        lambda db: build_house(settings, enter(db, settings), b"k" * 32, calendars_of(settings, 2026))
    )
    report = Report("a@b.example", "", "x", "", "en", NOW)
    store.write_now(lambda db: tell_opened(Work(db, house, NOW), open_ticket(Work(db, house, NOW), report), report))
    clock = FakeClock(tmp_path / "clock", NOW)
    alarms = Alarms(store, lambda: house, clock, lambda: None)

    def swept() -> tuple[int, datetime | None]:
        return store.write_now(alarms.sweep)

    assert swept() == (0, NOW + timedelta(minutes=5))
    clock.set(NOW + timedelta(minutes=5))
    assert swept()[0] == 1

    def lost(db: Connection) -> None:
        assert db.execute(update(alarm).values(outbox_id=None, second_way_at=NOW)).rowcount

    store.write_now(lost)
    assert swept() == (0, None)
    clock.set(NOW + timedelta(minutes=8))
    assert swept()[0] == 1
