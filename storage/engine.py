"""How a database is opened: SQLite with one writing connection and read-only readers, or PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.pool import QueuePool, StaticPool

try:  # a current SQLite where a wheel brings one: the system's may have the WAL-reset bug
    import pysqlite3.dbapi2 as sqlite
except ImportError:  # pragma: no cover -- other platforms
    import sqlite3 as sqlite

BUSY_SECONDS = 5


def sqlite_module() -> ModuleType:
    """The SQLite driver in use."""
    return sqlite  # type: ignore[no-any-return]


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite URL; None for another database."""
    parts = make_url(url)
    return Path(parts.database or "") if parts.get_backend_name() == "sqlite" else None


def writing_engine(url: str, *, connections: int = 1) -> Engine:
    """An engine whose transactions write. On SQLite it is one connection, and each transaction begins IMMEDIATE:
    a deferred one that turns to writing fails at once, whatever the busy timeout.
    """
    path = sqlite_path(url)
    if path is None:
        return create_engine(url, pool_size=connections, max_overflow=0, pool_pre_ping=True)
    return _sqlite_engine(f"file:{path}", "BEGIN IMMEDIATE", poolclass=StaticPool)


def reading_engine(url: str, *, connections: int = 2) -> Engine:
    """An engine that only reads. On SQLite the file is opened read-only, so that it never checkpoints (the rule that
    keeps old SQLite libraries safe in WAL mode).
    """
    path = sqlite_path(url)
    if path is None:
        return create_engine(url, pool_size=connections, max_overflow=2, pool_pre_ping=True)
    return _sqlite_engine(f"file:{path}?mode=ro", "BEGIN", poolclass=QueuePool, pool_size=connections, max_overflow=2)


def _sqlite_engine(target: str, begin: str, **pool: Any) -> Engine:
    def connect() -> Any:
        connection = sqlite.connect(
            target, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        if "mode=ro" not in target:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-16000")
        return connection

    engine = create_engine("sqlite://", module=sqlite, creator=connect, **pool)

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
