"""What hot reads give is what SQLAlchemy would give, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, bindparam, select, text
from sqlalchemy.exc import DBAPIError

from storage import outbox
from storage.models import outbox as rows
from storage.sql import SHORT, _asked, ask, fetch, fetch_value
from storage.store import Store

NOW = datetime(2026, 11, 23, 1, 2, 3, 4, tzinfo=UTC)
MANY = SHORT + 3
NAMED = select(rows, rows.c.dedup_key.label("count")).where(
    rows.c.state.in_(("pending", "dead")),
    rows.c.next_try_at <= bindparam("now"),
    rows.c.id.in_(bindparam("ids", expanding=True)),
)
NAMED = NAMED.order_by(rows.c.id).limit(bindparam("most"))


def put(db: Connection) -> list[int]:
    row = {"event": "alarm", "kind": "alert", "audience": "manager", "channel": "mail", "address": "pm@example.com",
           "locale": "en", "urgent": True, "facts": {"words": ["假"], "none": None}}  # fmt: skip
    keys = [str(number) for number in range(MANY)]
    outbox.put(db, [{**row, "dedup_key": key} for key in keys], NOW)
    return sorted(outbox.ids_of(db, keys).values())


def test_rows_are_those_of_execute(any_store: Store) -> None:
    def both(db: Connection) -> None:
        ids = put(db)
        for length in (0, 1, 2, SHORT, MANY):
            values = {"ids": ids[:length], "now": NOW, "most": MANY}
            found = fetch(db, NAMED, values)
            assert [tuple(row) for row in found] == [tuple(row) for row in db.execute(NAMED, values)]
            assert len(found) == length
            for row in found[:1]:
                assert (row.created_at, row.urgent, row.count) == (NOW, True, "0")
                assert row.facts == {"words": ["假"], "none": None}
        wanted = select(rows.c.created_at).where(rows.c.id == bindparam("id"))
        assert fetch_value(db, wanted, {"id": ids[0]}) == NOW
        assert fetch_value(db, wanted, {"id": 0}) is None

    any_store.write_now(both)


def test_mistakes_are_those_of_execute_and_say_no_value(any_store: Store) -> None:
    wanted = select(text("nothing_of_that_name"))
    with pytest.raises(DBAPIError) as plain:
        any_store.read_now(lambda db: db.execute(wanted))
    with pytest.raises(type(plain.value)):
        any_store.read_now(lambda db: fetch(db, wanted))
    place = "%s::text" if any_store.writing.dialect.name == "postgresql" else "?"
    with pytest.raises(type(plain.value)) as told:
        any_store.read_now(lambda db: ask(db, f"SELECT nothing_of_that_name, {place}", ["a secret"]))
    assert "a secret" not in str(told.value)


def test_a_question_is_put_into_words_once_for_all_who_ask_the_same_database(any_store: Store) -> None:
    wanted = select(rows.c.created_at).where(rows.c.id == bindparam("id"))
    before = _asked.cache_info().misses
    for _ in range(2):
        any_store.read_now(lambda db: fetch_value(db, wanted, {"id": 0}))
        any_store.write_now(lambda db: fetch_value(db, wanted, {"id": 0}))
    assert _asked.cache_info().misses == before + 1
