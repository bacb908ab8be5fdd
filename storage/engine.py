"""How a database is opened: SQLite with one writing connection and read-only readers, or PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool

from storage.sql import ask

try:  # a current SQLite where a wheel brings one: the system's may have the WAL-reset bug
    import pysqlite3.dbapi2 as sqlite
except ImportError:  # pragma: no cover -- other platforms
    import sqlite3 as sqlite

if TYPE_CHECKING:
    from storage.postgres import Session

BUSY_SECONDS = 5
LOG_LIMIT = 64 * 2**20
"""Bytes to which SQLite's log shrinks again, once it has grown beyond behind a long reader or a large mail."""


class UnfitError(Exception):
    """A server or database that Faultdesk cannot work on; the text is one line that says what to do."""


def sqlite_module() -> ModuleType:
    """The SQLite driver in use."""
    return sqlite  # type: ignore[no-any-return]


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite URL; None for another database."""
    parts = make_url(url)
    return Path(parts.database or "") if parts.get_backend_name() == "sqlite" else None


def session_of(url: str) -> Session | None:
    """What keeps the one writing session of a PostgreSQL database; None for SQLite."""
    if sqlite_path(url) is not None:
        return None
    from storage.postgres import Session  # noqa: PLC0415  -- its driver is loaded only where it is used

    return Session(url)


def writing_engine(url: str, session: Session | None = None) -> Engine:
    """An engine whose transactions write, with one connection. On SQLite each begins with `begin_writing`; on
    PostgreSQL the connection holds the desk's lock (`session`, or one of its own).
    """
    path = sqlite_path(url)
    if path is None:
        session = session or session_of(url)
        assert session  # noqa: S101
        return _postgres_engine(url, session.connect, pool_size=1, max_overflow=0)
    return _sqlite_engine(f"file:{path}", poolclass=StaticPool)


def reading_engine(url: str, *, connections: int = 2) -> Engine:
    """An engine that only reads. On SQLite the file is opened read-only, so that it never checkpoints (the rule that
    keeps old SQLite libraries safe in WAL mode).
    """
    path = sqlite_path(url)
    if path is None:
        from storage.postgres import open_reader  # noqa: PLC0415

        return _postgres_engine(url, lambda: open_reader(url), pool_size=connections, max_overflow=2)
    return _sqlite_engine(f"file:{path}?mode=ro", poolclass=QueuePool, pool_size=connections, max_overflow=2)


def memory_engine() -> Engine:
    """An SQLite database that lives as long as its one connection: for looking at a schema."""
    return _sqlite_engine("file::memory:", poolclass=StaticPool)


def begin_writing(db: Connection) -> None:
    """Takes SQLite's write lock at once: a transaction that turns to writing later fails, whatever the busy timeout.

    Said by hand, not by an event of the engine: with one, every statement pays for looking at the listeners.
    """
    if db.dialect.name == "sqlite":
        ask(db, "BEGIN IMMEDIATE")


def begin_reading(db: Connection) -> None:
    """All that is read until the connection is given back is of one moment."""
    if db.dialect.name == "sqlite":
        ask(db, "BEGIN")


def settle(writing: Engine) -> None:
    """At an orderly end: brings SQLite's log into the file, so that a bare copy of it holds everything.

    By the connection that writes, as ever. Where somebody still reads, it does what it can at once and leaves the rest.
    """
    if writing.dialect.name == "sqlite":
        with suppress(SQLAlchemyError), writing.connect() as db:
            db.exec_driver_sql("PRAGMA busy_timeout=0")
            db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def explain(error: BaseException, url: str) -> str:
    """Why a database cannot be used: one line that says what to do, without a password."""
    path = sqlite_path(url)
    if path is None:
        from storage import postgres  # noqa: PLC0415

        return postgres.explain(error, url)
    return f"{getattr(error, 'orig', None) or error} ({path})"


def _postgres_engine(url: str, connect: Callable[[], Any], **pool: Any) -> Engine:
    # parameters by position, as `storage.sql.run` hands them over
    return create_engine(url, creator=connect, paramstyle="format", pool_pre_ping=True, **pool)


def _sqlite_engine(target: str, **pool: Any) -> Engine:
    def connect() -> Any:
        connection = sqlite.connect(
            target, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        if "mode=ro" not in target:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(f"PRAGMA journal_size_limit={LOG_LIMIT}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-16000")
        return connection

    return create_engine("sqlite://", module=sqlite, creator=connect, json_deserializer=_read_json, **pool)


def _read_json(text: str) -> Any:
    """JSON of a column; most are empty, and those need no parser."""
    if text == "[]":
        return []
    return {} if text == "{}" else json.loads(text)
