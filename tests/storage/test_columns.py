"""storage.columns: what goes into a column comes out of it, on either database."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import StatementError

from storage import tickets
from storage.models import customer, mailbox, ticket
from storage.store import Store

WHOLE = datetime(2026, 11, 23, 9, 45, tzinfo=timezone(timedelta(hours=8)))


def kept(at: datetime | None) -> Any:
    def unit(db: Connection) -> Any:
        db.execute(insert(mailbox).values(key="box", uidvalidity=1, left="", start_at=at))
        return db.execute(select(mailbox.c.start_at)).scalar_one()

    return unit


@pytest.mark.parametrize("at", [WHOLE, WHOLE + timedelta(microseconds=7), datetime(999, 1, 1, tzinfo=UTC), None])
def test_an_instant_comes_back_as_the_same_in_utc(any_store: Store, at: datetime | None) -> None:
    read = any_store.write_now(kept(at))
    assert read == at
    assert read is None or read.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused(any_store: Store) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        any_store.write_now(kept(WHOLE.replace(tzinfo=None)))


def test_sqlite_holds_text_that_sorts_and_reads_what_a_hand_wrote(store: Store) -> None:
    store.write_now(kept(WHOLE))

    def by_hand(db: Connection, text: str) -> Any:
        db.exec_driver_sql("update mailbox set start_at = ?", (text,))
        return db.execute(select(mailbox.c.start_at)).scalar_one()

    held = store.read_now(lambda db: db.exec_driver_sql("select start_at from mailbox").scalar_one())
    assert held == "2026-11-23 01:45:00.000000"
    assert store.write_now(lambda db: by_hand(db, "2026-11-23 01:45")) == WHOLE
    assert store.write_now(lambda db: by_hand(db, "2026-11-23")) == datetime(2026, 11, 23, tzinfo=UTC)


def test_policies_are_those_of_their_tickets(any_store: Store) -> None:
    def unit(db: Connection) -> Any:
        db.execute(insert(customer).values(id=1, key="a", name="A", locale="zh"))
        for number, minutes in enumerate((60, 60, 240), start=1):
            values = {"state": "new", "level": "basic", "opened_at": WHOLE, "policy": {"resolve": [minutes, "工时"]}}
            db.execute(insert(ticket).values(id=number, customer_id=1, number=number, **values))
        return tickets.policies(db, [1, 3, 2]), tickets.get(db, 3)

    found, third = any_store.write_now(unit)
    assert found == {1: {"resolve": [60, "工时"]}, 2: {"resolve": [60, "工时"]}, 3: third.policy}
    assert third.policy == {"resolve": [240, "工时"]}
