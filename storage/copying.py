"""Copies a whole desk into an empty database: all rows in one transaction, then compared with where they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, Table, bindparam, func, inspect, select, update

from storage import journal
from storage.models import event

MANY, LARGE = 500, 8
"""Rows in one piece: of most tables, and of those that hold whole mails."""

Progress = Callable[[str, int, int], None]
"""Told again and again: table, rows copied so far, rows in all."""


class CopyError(Exception):
    """The copy is not made, and the target is as it was; the text is one line."""


def strangers(db: Connection) -> list[str]:
    """Tables in the database that are not ours."""
    return sorted(set(inspect(db).get_table_names()) - set(event.metadata.tables) - {"alembic_version"})


def filled(db: Connection) -> list[str]:
    """Our tables that hold rows."""
    there = set(inspect(db).get_table_names())
    ours = [table for table in event.metadata.sorted_tables if table.name in there]
    return [table.name for table in ours if db.execute(select(table).limit(1)).first()]


def copy_all(source: Connection, target: Connection, progress: Progress) -> dict[str, int]:
    """Copies every table into the target's transaction; gives the rows of each. Raises CopyError if they differ after.

    The caller commits. Rows come in the order of what they refer to; what refers to its own table is entered after.
    """
    counts = {table.name: _count(source, table) for table in event.metadata.sorted_tables}
    for table in event.metadata.sorted_tables:
        own = dict.fromkeys(_own_references(table))
        done = 0
        for piece in _pieces(source, table):
            target.execute(table.insert(), [{**row, **own} for row in piece])
            done += len(piece)
            progress(table.name, done, counts[table.name])
        for name in own:
            _enter_references(source, target, table.c[name])
        set_sequence(target, table)
    _compare(source, target, counts)
    return counts


def _count(db: Connection, table: Table) -> int:
    return int(db.execute(select(func.count()).select_from(table)).scalar_one())


def _pieces(db: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    large = any(isinstance(column.type, LargeBinary) for column in table.columns)
    rows = select(table).order_by(*table.primary_key.columns)
    found = db.execute(rows, execution_options={"yield_per": LARGE if large else MANY})
    for piece in found.mappings().partitions():
        yield [dict(row) for row in piece]


def _own_references(table: Table) -> list[str]:
    """The columns that refer to the table itself: the row they name may come later."""
    return [key.parent.name for key in table.foreign_keys if key.column.table is table]


def _enter_references(source: Connection, target: Connection, column: Column[Any]) -> None:
    table = column.table
    found = source.execute(select(table.c.id.label("row"), column.label("other")).where(column.is_not(None)))
    rows = [dict(row) for row in found.mappings()]
    if rows:
        enter = update(table).where(table.c.id == bindparam("row")).values({column.name: bindparam("other")})
        target.execute(enter, rows)


def set_sequence(db: Connection, table: Table) -> None:
    """The next row's id follows the last one copied."""
    key = table.autoincrement_column
    if db.dialect.name == "postgresql" and key is not None:
        highest = select(func.max(key)).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, key.name)
        db.execute(select(func.setval(sequence, highest)).where(highest.is_not(None)))


def _compare(source: Connection, target: Connection, counts: dict[str, int]) -> None:
    for table in event.metadata.sorted_tables:
        if _count(target, table) != counts[table.name]:
            raise CopyError(f"the copy of {table.name} has not as many rows as the original")
    for broken in journal.broken_links(target):
        raise CopyError(f"the copy of the journal does not hold: {broken}")
    last = select(event.c.hash).order_by(event.c.id.desc()).limit(1)
    if source.execute(last).scalar_one_or_none() != target.execute(last).scalar_one_or_none():
        raise CopyError("the copy of the journal ends with another hash than the original")
