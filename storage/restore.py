"""Putting a backup in the place of the database (P14): looked at on a copy, put in place at once, marked as restored.

A database that was restored holds its outbox until somebody releases it: what was waiting in the backup may have been
sent since. The marks are rows of `meta`, so that a daemon of any version finds them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_, select, text, update

from bot.domain.failpoints import reach
from storage.engine import sqlite_module
from storage.migrate import BACKED_UP_AT, known_versions, schema_of, tables_of
from storage.models import meta, outbox, payload, ticket

RESTORED_AT, FED_FROM, EPOCH = "restored_at", "fed_from", "epoch"
MARGIN = timedelta(minutes=10)
"""How much earlier than the backup the mails are looked at again: one may have been on its way into both."""
GAP = 1000
"""Ticket numbers that are left out where nobody can say which ones were given since the backup."""
HEADER = b"SQLite format 3\0"
SPARE = 64 * 2**20
OPEN = ("pending", "sending")
ASIDE = "faultdesk_replaced_"
"""Begins the names of the schemas, on PostgreSQL, that hold desks which a backup has taken the place of."""
_ASIDE = text(
    "select nspname as name, coalesce(sum(pg_total_relation_size(pg_class.oid)), 0) as size from pg_namespace"
    " left join pg_class on relnamespace = pg_namespace.oid and relkind = 'r'"
    " where starts_with(nspname, :begin) group by nspname order by nspname"
)


class RestoreError(Exception):
    """The file cannot take the database's place; the text is one line that says why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restored database says of itself: when that was done, and from when on mails are missing in it."""

    at: datetime
    fed_from: datetime | None
    epoch: str


@dataclass(frozen=True, slots=True)
class Marked:
    """What the marks of a restore said: the backup's time, the messages that are held, the last number left out."""

    backed_up_at: datetime | None
    held: int
    number: int


def kept_aside(db: Connection) -> list[tuple[str, int]]:
    """The schemas that hold replaced desks, each with its size in bytes; none on SQLite."""
    if db.dialect.name != "postgresql":
        return []
    return [(row.name, int(row.size)) for row in db.execute(_ASIDE, {"begin": ASIDE})]


# ---- looking at a backup, on a copy ----


def examine(file: Path, copy: Path) -> str:
    """Copies a backup and looks whether it is whole and ours. Gives its schema's version.

    Raises RestoreError for a file that is torn, foreign, newer, or built to do harm; the copy is gone then.
    """
    try:
        _copied(file, copy)
        return _looked_at(copy)
    except sqlite_module().Error as error:
        copy.unlink(missing_ok=True)
        raise RestoreError(f"{file} is not whole: {error}") from error
    except RestoreError:
        copy.unlink(missing_ok=True)
        raise


def _copied(file: Path, copy: Path) -> None:
    if not file.is_file():
        raise RestoreError(f"{file} is no file")
    if not _begins_as_sqlite(file):
        raise RestoreError(f"{file} is no SQLite database")
    if not _has_its_length(file):
        raise RestoreError(f"{file} is torn: it is shorter or longer than it says itself")
    wal = file.with_name(file.name + "-wal")
    if wal.exists() and wal.stat().st_size:
        raise RestoreError(f"{file} is a database in use, not a backup: make one with faultdesk backup")
    size, room = file.stat().st_size, shutil.disk_usage(copy.parent).free
    if size + SPARE > room:
        raise RestoreError(
            f"there is no room in {copy.parent}: {(size + SPARE - room) // 2**20 + 1} MiB more are needed"
        )
    for old in _with_journals(copy):
        old.unlink(missing_ok=True)
    shutil.copyfile(file, copy)
    copy.chmod(0o600)


def _begins_as_sqlite(file: Path) -> bool:
    with file.open("rb") as head:
        return head.read(len(HEADER)) == HEADER


def _has_its_length(file: Path) -> bool:
    """Whether the file ends with its last page (SQLite itself overlooks a torn last page).

    The header holds the page's size (1 stands for 65536) and their number: https://sqlite.org/fileformat2.html 1.3.
    """
    with file.open("rb") as head:
        raw = head.read(100)
    page, pages = int.from_bytes(raw[16:18]), int.from_bytes(raw[28:32])
    return file.stat().st_size == pages * (2**16 if page == 1 else page)


def _looked_at(copy: Path) -> str:
    with closing(sqlite_module().connect(copy, isolation_level=None)) as db:
        for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "journal_mode=DELETE"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        odd = db.execute("select name from sqlite_master where type not in ('table', 'index')").fetchall()
        if odd:
            raise RestoreError(f"the file holds {odd[0][0]!r}, which is none of ours: it is not restored")
        version = _version(db)
        if tables_of(db) != schema_of(version):
            raise RestoreError(f"its tables are not those of schema {version}: it is not restored")
        answers = [str(row[0]) for row in db.execute("PRAGMA integrity_check(3)")]
        if answers != ["ok"]:
            raise RestoreError(f"the file is damaged: {'; '.join(answers)[:200]}")
        if orphan := db.execute("PRAGMA foreign_key_check").fetchone():
            raise RestoreError(f"the file is not whole: table {orphan[0]} names rows that are not there")
    return version


def _version(db: Any) -> str:
    if not db.execute("select 1 from sqlite_master where name = 'alembic_version'").fetchone():
        raise RestoreError("the file is no database of Faultdesk")
    row = db.execute("select version_num from alembic_version").fetchone()
    version, known = str(row[0]) if row else "", known_versions()
    if version not in known:
        raise RestoreError(
            f"the file is of another, perhaps newer Faultdesk (schema {version}; known: up to {known[-1]})"
        )
    return version


# ---- marking it ----


def mark(copy: Path, now: datetime, current: Path) -> Marked:
    """Marks the copy as restored: its outbox is held, its numbers go on behind those of the current database."""
    last = _last_number(current)
    with closing(sqlite_module().connect(copy, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous=FULL")
        db.execute("BEGIN IMMEDIATE")
        known = dict(db.execute("select key, value from meta"))
        backed_up_at = _instant(known.get(BACKED_UP_AT))
        since = backed_up_at - MARGIN if backed_up_at else datetime.fromtimestamp(0, UTC)
        epoch = str(int(known.get(EPOCH, "0")) + 1)
        for key, value in ((RESTORED_AT, now.isoformat()), (FED_FROM, since.isoformat()), (EPOCH, epoch)):
            db.execute(
                "insert into meta values (?, ?) on conflict (key) do update set value = excluded.value", (key, value)
            )
        (number,) = db.execute("select coalesce(max(value), 0) from counter where name = 'ticket'").fetchone()
        number = max(number, last) if last is not None else number + GAP
        db.execute("insert or replace into counter values ('ticket', ?)", (number,))
        (held,) = db.execute("select count(*) from outbox where state in ('pending', 'sending')").fetchone()
        db.execute("COMMIT")
    return Marked(backed_up_at, held, number)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _last_number(current: Path) -> int | None:
    """The last ticket number that the current database has given; 0 where there is none, None if it cannot be read."""
    if not current.exists():
        return None
    try:
        with closing(sqlite_module().connect(f"file:{current}?mode=ro", uri=True)) as db:
            row = db.execute("select value from counter where name = 'ticket'").fetchone()
    except sqlite_module().Error:
        return None
    return int(row[0]) if row else 0


# ---- putting it in place ----


def put_in_place(copy: Path, target: Path, aside: Path) -> Path | None:
    """Gives the copy the database's name, at once; the database that was there is kept (None: none was).

    It is kept as `aside`, or with a number after that: of two restores within a second neither overwrites the other's.
    """
    kept = None
    if target.exists():
        aside = _unused(aside)
        _settle(target, aside)
        aside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _keep(target, aside)
        kept = aside
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    reach("restore.prepared")
    copy.replace(target)
    reach("restore.replaced")
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return kept


def _settle(target: Path, aside: Path) -> None:
    """Brings the write-ahead log of the old database into it; a log must never meet another database."""
    if _begins_as_sqlite(target):  # else SQLite would take the log of another file for waste
        with suppress(sqlite_module().Error), closing(sqlite_module().connect(target, isolation_level=None)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for path in _with_journals(target)[1:]:
        if path.exists():  # it is too damaged to be settled: kept beside what it belongs to
            aside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.replace(aside.with_name(aside.name + path.name.removeprefix(target.name)))


def _unused(path: Path) -> Path:
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return next(one for one in chain([path], numbered) if not one.exists())


def _keep(target: Path, aside: Path) -> None:
    try:
        os.link(target, aside)
    except OSError:  # another file system, or one without links
        shutil.copyfile(target, aside)


def _with_journals(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))]


# ---- while it is held ----


def restored(db: Connection) -> Restored | None:
    """Whether the database is held after a restore."""
    known = _marks(db)
    at = _instant(known.get(RESTORED_AT))
    return Restored(at, _instant(known.get(FED_FROM)), known.get(EPOCH, "")) if at else None


def epoch(db: Connection) -> str:
    """How often the database was restored: "" for never."""
    return _marks(db).get(EPOCH, "")


def _marks(db: Connection) -> dict[str, str]:
    rows = db.execute(select(meta).where(meta.c.key.in_((RESTORED_AT, FED_FROM, EPOCH))))
    return {row.key: row.value for row in rows}


def fed(db: Connection) -> None:
    """All mails since the backup are in the inbox."""
    db.execute(delete(meta).where(meta.c.key == FED_FROM))


def held_rows(db: Connection) -> Iterator[Any]:
    """The messages that are held, with their tickets' numbers and the bytes that were made of them, oldest first."""
    rows = select(outbox, ticket.c.number, payload.c.raw).outerjoin(ticket).outerjoin(payload)
    yield from db.execute(rows.where(outbox.c.state.in_(OPEN)).order_by(outbox.c.id))


def held_count(db: Connection) -> int:
    """How many they are."""
    return db.execute(select(func.count()).where(outbox.c.state.in_(OPEN))).scalar_one()


def release(db: Connection, now: datetime, *, drop: bool) -> int:
    """Ends the hold: what was held is due, or is ended with `drop`. Gives how many messages that were."""
    found = restored(db)
    held = held_count(db)
    if found and drop:
        earlier = or_(outbox.c.ticket_id.is_not(None), outbox.c.created_at < found.at)
        values = {"state": "dropped", "outcome": "dropped at the release after a restore", "ended_at": now}
        ended = update(outbox).where(and_(outbox.c.state.in_(OPEN), earlier))
        held = db.execute(ended.values(**values, next_try_at=None)).rowcount
    db.execute(delete(meta).where(meta.c.key == RESTORED_AT))
    return held
