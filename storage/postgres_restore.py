"""Putting a backup by `pg_dump` in the place of a PostgreSQL database (P14): all of it in one transaction, or nothing.

Nothing that stands in the file is executed: the tables are made by our own migrations, only rows are taken from it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, func, inspect, select, text

from bot.domain.failpoints import reach
from storage import journal
from storage.copying import filled, set_sequence, strangers
from storage.engine import writing_engine
from storage.migrate import alembic_config, known_versions
from storage.models import counter, event, meta, outbox
from storage.postgres import dump
from storage.restore import ASIDE, EPOCH, FED_FROM, GAP, MARGIN, OPEN, RESTORED_AT, Marked, RestoreError
from storage.sql import insert_or_update

HEADER, VERSIONS = b"PGDMP", "alembic_version"
MADE = re.compile(r"^;\s+Archive created at (\d+-\d+-\d+ \d+:\d+:\d+) UTC", re.MULTILINE)
COPY = re.compile(rb'^COPY public\."?(?P<table>\w+)"? \((?P<columns>[\w", ]+)\) FROM stdin;$')
OURS = {*event.metadata.tables, VERSIONS}
KINDS = {"TABLE", "TABLE DATA", "SEQUENCE", "SEQUENCE OWNED BY", "SEQUENCE SET", "CONSTRAINT", "FK CONSTRAINT", "INDEX",
         "DEFAULT", "ACL", "COMMENT", "SCHEMA", "DEFAULT ACL", "DATABASE"}  # fmt: skip
ENTRY = re.compile(
    rf"^\d+; \d+ \d+ (?P<kind>{'|'.join(sorted(KINDS, key=len, reverse=True))}) (?P<schema>\S+) (?P<name>\S+)"
)
BLOCK = 2**20
STAMP = "%Y%m%d_%H%M%S"
KEPT = re.compile(ASIDE + r"\d{8}_\d{6}")
MAY_MAKE = text("select has_database_privilege(current_database(), 'create')")


@dataclass(frozen=True, slots=True)
class Archive:
    """A backup that was looked at: its file, its schema's version, when it was made, its tables.

    Or a desk that was replaced and is `kept` in a schema of the database: its name stands for the file's.
    """

    file: Path
    version: str
    made_at: datetime | None
    tables: frozenset[str]
    kept: bool = False


# ---- looking at a backup ----


def examine(file: Path) -> Archive:
    """Looks whether a backup is ours, by its list and version. Raises RestoreError for one that is foreign or newer.

    Whether each row can be read shows when all are put into the database, in one transaction; reading all of it here as
    well would add half to the time of a restore.
    """
    if not file.is_file():
        raise RestoreError(f"{file} is no file")
    with file.open("rb") as head:
        if head.read(len(HEADER)) != HEADER:
            raise RestoreError(f"{file} is no backup of PostgreSQL by faultdesk (pg_dump --format=custom)")
    if not shutil.which("pg_restore"):
        raise RestoreError("pg_restore is not installed here (Debian: postgresql-client)")
    listed = _list_of(file)
    made = MADE.search(listed)
    made_at = datetime.fromisoformat(made[1]).replace(tzinfo=UTC) if made else None
    tables = frozenset(_tables_in(file, listed))
    return Archive(file, _version(file, tables), made_at, tables)


def examine_kept(url: str, schema: str) -> Archive:
    """Looks at a desk that an earlier restore has put aside. Raises RestoreError where it is not there."""
    engine = writing_engine(url)
    try:
        with engine.connect() as db:
            tables = frozenset(inspect(db).get_table_names(schema))
            if not KEPT.fullmatch(schema) or VERSIONS not in tables:
                raise RestoreError(f"the database keeps no desk in {schema}")
            version = str(db.execute(text(f"select version_num from {schema}.{VERSIONS}")).scalar_one())  # noqa: S608
    finally:
        engine.dispose()
    until = datetime.strptime(schema.removeprefix(ASIDE), STAMP).replace(tzinfo=UTC)
    return Archive(Path(schema), version, until, tables, kept=True)


def _list_of(file: Path) -> str:
    command, environment = ["pg_restore", "--list", str(file)], {**os.environ, "TZ": "UTC", "LC_ALL": "C"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").splitlines()
        raise RestoreError(f"{file} is not whole: {said[0] if said else 'pg_restore failed'}")
    return done.stdout.decode(errors="replace")


def _tables_in(file: Path, listed: str) -> Iterator[str]:
    for line in listed.splitlines():
        if not line or line.startswith(";"):
            continue
        entry = ENTRY.match(line)
        of_table = entry is not None and entry["kind"].startswith("TABLE")
        if entry is None or (of_table and entry["name"] not in OURS):
            raise RestoreError(
                f"{file} holds {line.partition('; ')[2][:80]!r}, which is none of ours: it is not restored"
            )
        if entry["kind"] == "TABLE DATA":
            yield entry["name"]


def _version(file: Path, tables: frozenset[str]) -> str:
    if VERSIONS not in tables:
        raise RestoreError(f"{file} is no database of Faultdesk")
    with _rows_of(file, VERSIONS) as (_, rows):
        version, known = b"".join(rows).decode().strip(), known_versions()
    if version not in known:
        raise RestoreError(
            f"{file} is of another, perhaps newer Faultdesk (schema {version}; known: up to {known[-1]})"
        )
    return version


@contextmanager
def _rows_of(file: Path, table: str) -> Iterator[tuple[list[str], Iterator[bytes]]]:
    """A table's columns and its rows, as `COPY` writes them. Raises RestoreError where the file is torn."""
    command = ["pg_restore", "--data-only", f"--table={table}", "--file=-", str(file)]
    with subprocess.Popen(command, bufsize=BLOCK, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout  # noqa: S101
        found = next((match for line in process.stdout if (match := COPY.match(line.rstrip()))), None)
        if found is None or found["table"].decode() != table:
            process.kill()
            raise RestoreError(f"{file} is not whole: table {table} has no rows to be read")
        columns = [name.strip(' "') for name in found["columns"].decode().split(",")]
        yield columns, _until_end(process.stdout, f"{file} is not whole: table {table} ends in the middle")
        for _ in process.stdout:  # the end of the script
            pass
    if process.returncode:
        raise RestoreError(f"{file} is not whole: table {table} cannot be read to its end")


def _until_end(stream: IO[bytes], torn: str) -> Iterator[bytes]:
    while (row := stream.readline()) != b"\\.\n":
        if not row.endswith(b"\n"):
            raise RestoreError(torn)
        yield row


# ---- putting it in place ----


def is_filled(url: str) -> bool:
    """Whether the database holds a desk. Raises RestoreError where it holds tables of others."""
    engine = writing_engine(url)
    try:
        with engine.connect() as db:
            if foreign := strangers(db):
                raise RestoreError(f"the database holds table {foreign[0]}, which is none of ours: use one of its own")
            return bool(filled(db))
    finally:
        engine.dispose()


def put_in_place(url: str, archive: Archive, now: datetime, aside: Path) -> tuple[Marked, str]:
    """Gives the database the backup's rows, marked as restored; says where what was there is kept, or "".

    That is a schema of its own in the same database, which takes no time; where the role may make none, the old desk is
    dumped to `aside` first.

    Raises RestoreError (nothing was changed), TakenError where a daemon works on it, OSError where the dump fails.
    """
    engine = writing_engine(url)  # it holds the desk's lock until the end
    try:
        with engine.connect() as db:
            last, full, schema = _last_number(db), bool(filled(db)), _schema_aside(db, now)
            db.rollback()
            if full and not schema:
                aside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                dump(url, aside)
            reach("restore.prepared")
            with db.begin():
                if full and schema:
                    db.execute(text(f"create schema {schema}"))
                    _move_tables(db, schema)
                else:
                    _drop_tables(db)
                if archive.kept:
                    _move_tables(db, _own_schema(db), since=archive.file.name)
                else:
                    _make_tables(db, archive)
                    _fill(db, archive)
                marked = _mark(db, archive, now, last)
            reach("restore.replaced")
    except psycopg.Error as error:
        raise RestoreError(f"{archive.file} does not fit: {str(error).splitlines()[0]}") from error
    finally:
        engine.dispose()
    return marked, (f"schema {schema}" if schema else str(aside)) if full else ""


def _schema_aside(db: Connection, now: datetime) -> str:
    """The name of a schema for what is there; "" where the role may not make one."""
    allowed = db.execute(MAY_MAKE).scalar_one()
    return f"{ASIDE}{now.strftime(STAMP)}" if allowed else ""


def _own_schema(db: Connection) -> str:
    return str(db.execute(text("select quote_ident(current_schema())")).scalar_one())


def _move_tables(db: Connection, schema: str, *, since: str = "") -> None:
    """Our tables, with their indexes and sequences, are in that schema now. If out of `since`, that one goes."""
    for name in sorted(OURS & set(inspect(db).get_table_names(since or None))):
        db.execute(text(f'alter table {since or _own_schema(db)}."{name}" set schema {schema}'))
    if since:
        db.execute(text(f"drop schema {since}"))


def _drop_tables(db: Connection) -> None:
    for name in sorted(OURS & set(inspect(db).get_table_names())):
        db.execute(text(f'drop table "{name}" cascade'))


def _last_number(db: Connection) -> int | None:
    """The last ticket number that the current database has given; None where there is none."""
    if not inspect(db).has_table(counter.name):
        return None
    return int(db.execute(select(counter.c.value).where(counter.c.name == "ticket")).scalar_one_or_none() or 0)


def _make_tables(db: Connection, archive: Archive) -> None:
    """Our tables as the backup's version has them, empty. Inside our transaction Alembic begins none of its own."""
    from alembic import command  # noqa: PLC0415  -- as in storage.migrate

    config = alembic_config()
    config.attributes["connection"] = db
    command.upgrade(config, archive.version)
    made = set(inspect(db).get_table_names())
    if made != archive.tables:
        odd = ", ".join(sorted(made ^ archive.tables))
        raise RestoreError(f"{archive.file}: its tables are not those of schema {archive.version}: {odd}")


def _fill(db: Connection, archive: Archive) -> None:
    driver: Any = db.connection.driver_connection
    for table in event.metadata.sorted_tables:
        if table.name not in archive.tables:
            continue
        known = {column["name"] for column in inspect(db).get_columns(table.name)}
        with _rows_of(archive.file, table.name) as (columns, rows):
            if set(columns) != known:
                raise RestoreError(
                    f"{archive.file}: table {table.name} has not the columns of schema {archive.version}"
                )
            names = SQL(", ").join(map(Identifier, columns))
            statement = SQL("copy {} ({}) from stdin").format(Identifier(table.name), names)
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                for piece in _in_blocks(rows):
                    copy.write(piece)
        set_sequence(db, table)
    for broken in journal.broken_links(db):
        raise RestoreError(f"{archive.file}: the journal does not hold: {broken}")


def _in_blocks(rows: Iterator[bytes]) -> Iterator[bytes]:
    block = bytearray()
    for row in rows:
        block += row
        if len(block) > BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)


def _mark(db: Connection, archive: Archive, now: datetime, last: int | None) -> Marked:
    """Marks the database as restored, as `storage.restore.mark` does with a file."""
    known = {row.key: row.value for row in db.execute(select(meta))}
    since = archive.made_at - MARGIN if archive.made_at else datetime.fromtimestamp(0, UTC)
    marks = {RESTORED_AT: now.isoformat(), FED_FROM: since.isoformat(), EPOCH: str(int(known.get(EPOCH, "0")) + 1)}
    keep = insert_or_update(db, meta, ("key",), ("value",))
    db.execute(keep, [{"key": key, "value": value} for key, value in marks.items()])
    number = int(db.execute(select(counter.c.value).where(counter.c.name == "ticket")).scalar_one_or_none() or 0)
    number = max(number, last) if last is not None else number + GAP
    db.execute(insert_or_update(db, counter, ("name",), ("value",)), {"name": "ticket", "value": number})
    held = db.execute(select(func.count()).select_from(outbox).where(outbox.c.state.in_(OPEN))).scalar_one()
    return Marked(archive.made_at, held, number)
