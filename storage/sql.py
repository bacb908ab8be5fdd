"""The few statements that the two databases spell differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(db: Connection, table: Table) -> Insert:
    """An INSERT that leaves a row alone which is already there by one of its unique keys."""
    if db.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def insert_or_update(db: Connection, table: Table, keys: Sequence[str], changed: Sequence[str]) -> Insert:
    """An INSERT that renews the columns `changed` of the row that is already there by `keys`."""
    make: Any = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    return statement.on_conflict_do_update(  # type: ignore[no-any-return]
        index_elements=list(keys), set_={name: statement.excluded[name] for name in changed}
    )
