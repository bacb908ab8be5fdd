"""Statements made once, since building one costs more than running it, and those that databases spell differently."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Executable, Insert, Table, Update, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

Values = Mapping[str, Any]
NONE: Values = MappingProxyType({})
SHORT = 8
"""Items of a list for which `fetch` keeps a text of its own: more would be kept for every length."""
KEPT = 1_000
"""Texts that are kept: several times what a daemon asks, and an end to it where engines come and go."""


def run(db: Connection, statement: Executable, rows: Values | Sequence[Values]) -> CursorResult[Any]:
    """Executes a statement of the hot paths, made once, with one row of values or with many of the same names.

    Its text is kept and handed to the driver: half the cost of `execute`. What it returns comes as the driver
    gives it, so it may return numbers and texts, and it cannot hold lists (`in`).
    """
    many = [rows] if isinstance(rows, Mapping) else rows
    text, parameters = _spelled(statement, _speaker(db.dialect), tuple(many[0]))
    if len(many) == 1:
        return db.exec_driver_sql(text, _bound(parameters, many[0]))
    return db.exec_driver_sql(text, [_bound(parameters, row) for row in many])


def fetch(db: Connection, statement: Executable, values: Values = NONE) -> list[Any]:
    """What a SELECT of the hot paths, made once, finds: rows as `execute` gives them, for a fraction of its cost.

    The driver is asked directly. Raises what `execute` would. Only short lists (`in`) get a text of their own.
    """
    lists = {name: value for name, value in values.items() if isinstance(value, list)}
    if any(len(value) > SHORT for value in lists.values()):
        return list(db.execute(statement, values))
    question = _asked(statement, _speaker(db.dialect), tuple((name, len(value)) for name, value in lists.items()))
    single = {f"{name}_{place}": one for name, value in lists.items() for place, one in enumerate(value, 1)}
    found = ask(db, question.text, _bound(question.parameters, {**values, **single}))
    return [question.row(row) for row in found]


def fetch_value(db: Connection, statement: Executable, values: Values = NONE) -> Any:
    """The first value that `fetch` finds; None where it finds no row."""
    found = fetch(db, statement, values)
    return found[0][0] if found else None


def ask(db: Connection, text: str, parameters: Sequence[Any] = ()) -> list[Any]:
    """The driver's answer to a question in its own words."""
    driver: Any = db.connection.driver_connection
    failure = db.dialect.loaded_dbapi.Error
    try:
        found: list[Any] = driver.execute(text, parameters).fetchall()
    except failure as error:
        raise DBAPIError.instance(text, None, error, failure, hide_parameters=True, dialect=db.dialect) from error
    return found


class Question:
    """A SELECT in the driver's words: its parameters as `_spelled` gives them, and how a row is made of its answer."""

    def __init__(self, statement: Any, dialect: Dialect, lengths: Sequence[tuple[str, int]]) -> None:
        compiled = statement.compile(dialect=dialect)
        state = compiled.construct_expanded_state(
            {**compiled.params, **{name: [None] * size for name, size in lengths}}
        )
        processors = {**compiled._bind_processors, **state.processors}  # noqa: SLF001  -- as in `_spelled`
        constants = zip(state.positiontup, state.positional_parameters, strict=True)
        self.text = state.statement
        self.parameters = [(name, constant, processors.get(name)) for name, constant in constants]
        columns = compiled._result_columns  # noqa: SLF001  -- nor to what `execute` makes of a driver's row
        readers = [column.type._cached_result_processor(dialect, None) for column in columns]  # noqa: SLF001  -- the same
        self._readers = [(place, read) for place, read in enumerate(readers) if read]
        named: Any = namedtuple("row", [one.keyname for one in columns], rename=True)  # type: ignore[misc]  # noqa: PYI024  -- its columns are known when it runs
        self._make = named._make

    def row(self, answer: Sequence[Any]) -> Any:
        """The driver's answer as `execute` would give it."""
        if not self._readers:
            return self._make(answer)
        values = list(answer)
        for place, read in self._readers:
            values[place] = read(values[place])
        return self._make(values)


_speakers: dict[tuple[Any, ...], Dialect] = {}


@lru_cache(KEPT)
def _speaker(dialect: Dialect) -> Dialect:
    """The first dialect that spells SQL like this one: readers and writer have one each, and share compiled text."""
    return _speakers.setdefault((type(dialect), dialect.paramstyle, dialect.server_version_info), dialect)


@lru_cache(KEPT)
def _asked(statement: Any, dialect: Dialect, lengths: tuple[tuple[str, int], ...]) -> Question:
    return Question(statement, dialect, lengths)


def _bound(parameters: Sequence[tuple[str, Any, Any]], row: Values) -> tuple[Any, ...]:
    return tuple(
        to_driver(row.get(name, constant)) if to_driver else row.get(name, constant)
        for name, constant, to_driver in parameters
    )


@lru_cache(KEPT)
def _spelled(statement: Any, dialect: Dialect, names: tuple[str, ...]) -> tuple[str, list[tuple[str, Any, Any]]]:
    """The text, and of each parameter its name, its value when a row has none, and how the driver wants it."""
    compiled = statement.compile(dialect=dialect, column_keys=names)
    processors = compiled._bind_processors  # noqa: SLF001  -- there is no public way to them
    return str(compiled), [(name, compiled.params[name], processors.get(name)) for name in compiled.positiontup]


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
    run(db, _change(table, tuple(values)), {"row_id": row_id, **named})


def change_rows(db: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Renews the same columns of many rows; each names its `id`."""
    names = tuple(name for name in rows[0] if name != "id")
    run(
        db,
        _change(table, names),
        [{"row_id": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows],
    )


@cache
def _change(table: Table, names: tuple[str, ...]) -> Update:
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    return update(table).where(table.c.id == bindparam("row_id")).values(values)
