"""Statements made once, since building one costs more than running it, and those that databases spell differently."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table, Update, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite


@cache
def _insert_new(dialect: str, table: Table, returning: tuple[str, ...]) -> Insert:
    statement: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table).on_conflict_do_nothing()
    return statement.returning(*(table.c[name] for name in returning)) if returning else statement  # type: ignore[no-any-return]


def insert_new(db: Connection, table: Table, *returning: str) -> Insert:
    """An INSERT that leaves a row alone which is already there by one of its unique keys."""
    return _insert_new(db.dialect.name, table, returning)


@cache
def insert_and_give(table: Table, *returning: str) -> Insert:
    """An INSERT that gives columns of the new row."""
    return insert(table).returning(*(table.c[name] for name in returning))


def insert_or_update(db: Connection, table: Table, keys: tuple[str, ...], changed: tuple[str, ...]) -> Insert:
    """An INSERT that renews the columns `changed` of the row that is already there by `keys`."""
    return _insert_or_update(db.dialect.name, table, keys, changed)


@cache
def _insert_or_update(dialect: str, table: Table, keys: tuple[str, ...], changed: tuple[str, ...]) -> Insert:
    statement: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    values = {name: statement.excluded[name] for name in changed}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=values)  # type: ignore[no-any-return]


def change_row(db: Connection, table: Table, row_id: int, values: Mapping[str, Any]) -> None:
    """Renews columns of the row with this id."""
    named: dict[str, Any] = {f"new_{name}": value for name, value in values.items()}
    db.execute(_change(table, tuple(values)), {"row_id": row_id, **named})


@cache
def _change(table: Table, names: tuple[str, ...]) -> Update:
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    return update(table).where(table.c.id == bindparam("row_id")).values(values)
