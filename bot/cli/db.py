"""`faultdesk db copy`: moves a desk from SQLite to an empty PostgreSQL."""

from __future__ import annotations

import argparse
import sys
import time

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.cli.common import CliError, Parsers, settings_of
from bot.config import Settings

BETWEEN_LINES = 2.0  # seconds
TOLD = {"ticket": "tickets", "event": "events of the journal", "inbox": "items of the inbox", "outbox": "messages"}


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "db",
        help="move the desk from SQLite to PostgreSQL: db copy",
        description="Copies the SQLite desk of the data folder into an empty PostgreSQL database, in one transaction, "
        "and compares the two. The original stays as it is. No daemon may run.",
        epilog="example: PGPASSWORD=… faultdesk db copy postgresql+psycopg://faultdesk@db.example.com/faultdesk",
    )
    parser.add_argument("what", choices=("copy",))
    parser.add_argument(
        "target", metavar="TARGET_URL", nargs="?", help="where to (default: data.database of the configuration)"
    )
    parser.add_argument(
        "--from", dest="source", metavar="URL", help="where from (default: faultdesk.db in the data folder)"
    )
    parser.set_defaults(do=copy)


def copy(arguments: argparse.Namespace) -> int:
    """0 when the copy is there and the same."""
    from storage.lock import Lock, TakenError  # noqa: PLC0415

    settings = settings_of(arguments.config)
    source, target = _source(settings, arguments.source), _target(settings, arguments.target)
    try:
        lock = Lock(settings.data.folder / "faultdesk.lock")
    except TakenError as error:
        raise CliError(f"the daemon (process {error}) runs: stop it first") from error
    try:
        counts = _copy(source, target)
    finally:
        lock.close()
    told = ", ".join(f"{counts[name]} {words}" for name, words in TOLD.items())
    print(f"copied and compared: {told}")
    print("Next: write the address into data.database, then `faultdesk run`. The data folder and its key stay in use.")
    return 0


def _source(settings: Settings, given: str | None) -> str:
    from storage.engine import sqlite_path  # noqa: PLC0415

    url = given or f"sqlite:///{settings.data.folder.absolute() / 'faultdesk.db'}"
    path = sqlite_path(url) if url.startswith("sqlite:///") else None
    if path is None:
        raise CliError("--from takes an SQLite database, like sqlite:////srv/faultdesk/var/faultdesk.db", 2)
    if not path.exists():
        raise CliError(f"there is no database at {path}")
    return url


def _target(settings: Settings, given: str | None) -> str:
    url = given or settings.data.database
    if not url.startswith("postgresql+psycopg://"):
        raise CliError("where to? faultdesk db copy postgresql+psycopg://user@host/name, or set data.database", 2)
    if given and _password_of(given):
        raise CliError(
            "a password on the command line can be read by others: leave it out, and set PGPASSWORD or data.database", 2
        )
    return url


def _password_of(url: str) -> str:
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise CliError("this is no address; write postgresql+psycopg://user@host/name", 2) from None
    return str(parts.password or parts.query.get("password") or "")


def _copy(source: str, target: str) -> dict[str, int]:
    from bot.starting import why_not  # noqa: PLC0415
    from storage.copying import CopyError  # noqa: PLC0415
    from storage.engine import UnfitError, reading_engine, sqlite_path, writing_engine  # noqa: PLC0415
    from storage.lock import TakenError  # noqa: PLC0415
    from storage.migrate import SchemaError  # noqa: PLC0415

    reading, writing = reading_engine(source), writing_engine(target)
    try:
        with _opened(reading, f"the database {sqlite_path(source)}") as old:
            return _copy_from(old, writing)
    except CopyError as error:
        raise CliError(f"{error}; nothing was copied") from error
    except (SchemaError, UnfitError, TakenError, SQLAlchemyError) as error:
        raise CliError(f"{why_not(error, target)}; nothing was copied") from error
    finally:
        reading.dispose()
        writing.dispose()


def _opened(reading: Engine, name: str) -> Connection:
    """The old desk, of one moment, if this code knows its schema."""
    from storage.engine import begin_reading  # noqa: PLC0415
    from storage.migrate import version_of  # noqa: PLC0415
    from storage.migrations import HEAD  # noqa: PLC0415

    try:
        old = reading.connect()
        begin_reading(old)
        version = version_of(old)
    except SQLAlchemyError as error:
        raise CliError(f"{name} cannot be read: {getattr(error, 'orig', None) or error}") from error
    if version != HEAD:
        raise CliError(f"{name} has schema {version}, not {HEAD}: start this Faultdesk once on it with `faultdesk run`")
    return old


def _copy_from(old: Connection, writing: Engine) -> dict[str, int]:
    from storage.copying import copy_all, filled, strangers  # noqa: PLC0415
    from storage.migrate import bring_up  # noqa: PLC0415

    with writing.connect() as new:
        there = strangers(new) + filled(new)
    if there:
        raise CliError(f"the target is not empty (table {there[0]}): create a database of its own for Faultdesk")
    bring_up(writing)
    with writing.begin() as new:
        return copy_all(old, new, Told())


class Told:
    """Says how far the copy is: a line when a table is done, and one now and then."""

    def __init__(self) -> None:
        self._next = time.monotonic() + BETWEEN_LINES

    def __call__(self, table: str, done: int, whole: int) -> None:
        """A line, if it is time for one."""
        if done == whole or time.monotonic() > self._next:
            print(f"{table:12} {done} of {whole}", file=sys.stderr, flush=True)
            self._next = time.monotonic() + BETWEEN_LINES
