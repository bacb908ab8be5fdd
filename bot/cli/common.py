"""What the sub-commands share: finding the configuration, reaching the database or the daemon, failing in one line."""

from __future__ import annotations

import argparse
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.config import Settings
from bot.config_file import ConfigError, read_settings
from channels.control import ControlError, NoDaemon, ask

if TYPE_CHECKING:
    from storage.tickets import Ticket

T = TypeVar("T")
Parsers = argparse._SubParsersAction  # noqa: SLF001  -- argparse has no public name for it
CONFIG = "config.toml"


class CliError(Exception):
    """One line for the user, and the exit status: 1 for "not possible", 2 for a wrong configuration or call."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


def settings_of(path: str | None, *, starting: bool = False) -> Settings:
    """The configuration: the named file, `config.toml` here, or the built-in defaults. Its folders are seen from it."""
    try:
        return read_again(path, starting=starting)
    except ConfigError as error:
        raise CliError(str(error), 2) from error


def read_again(path: str | None, *, starting: bool = True) -> Settings:
    """`settings_of` for a running daemon. Raises ConfigError."""
    file = Path(path) if path else Path(CONFIG)
    settings = read_settings(file_of(path), starting=starting)
    folder = settings.data.folder
    if file.exists() and not folder.is_absolute():
        data = settings.data.model_copy(update={"folder": file.absolute().parent / folder})
        settings = settings.model_copy(update={"data": data})
    if not settings.desk.model_fields_set:
        desk = settings.desk.model_copy(update={"locale": terminal_locale()})
        settings = settings.model_copy(update={"desk": desk})
    return settings


def file_of(path: str | None) -> Path | None:
    """The configuration file that holds: the named one, `config.toml` here, or none."""
    file = Path(path) if path else Path(CONFIG)
    return file if path or file.exists() else None


def terminal_locale() -> str:
    """The language of this terminal by LC_ALL, LC_MESSAGES or LANG: zh or en."""
    name = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if name.startswith("zh") else "en"


def read(settings: Settings, work: Callable[[Connection], T]) -> T:
    """Reads the database beside a running daemon, all of one moment. Raises CliError where that is not possible."""
    from bot.starting import database_url  # noqa: PLC0415  -- the daemon's parts only for those who need them
    from storage.engine import begin_reading, explain, reading_engine  # noqa: PLC0415

    _must_exist(settings)
    url = database_url(settings)
    engine = reading_engine(url)
    try:
        with engine.connect() as db:
            begin_reading(db)
            _must_fit(db)
            return work(db)
    except SQLAlchemyError as error:
        raise CliError(f"the database cannot be read: {explain(error, url)}") from error
    finally:
        engine.dispose()


def _must_exist(settings: Settings) -> None:
    from bot.starting import database_url  # noqa: PLC0415
    from storage.engine import sqlite_path  # noqa: PLC0415

    path = sqlite_path(database_url(settings))
    if path is not None and not path.exists():
        raise CliError(f"there is no database at {path}: start Faultdesk once with `faultdesk run`")


def _must_fit(db: Connection) -> None:
    """Raises CliError unless the database has this code's schema."""
    from storage.migrate import version_of  # noqa: PLC0415
    from storage.migrations import HEAD  # noqa: PLC0415

    version = version_of(db)
    if version is None:
        raise CliError("the database is empty: start Faultdesk once with `faultdesk run`")
    if version > HEAD:
        raise CliError(f"the database is of a newer Faultdesk (schema {version}, this one knows {HEAD}): use that one")
    if version < HEAD:
        raise CliError(f"the database has the old schema {version}: `faultdesk run` backs it up and renews it")


def write(settings: Settings, work: Callable[[Connection], T]) -> T:
    """Writes to the database where no daemon runs, with its lock held for that moment. Raises CliError."""
    from bot.clock import RealClock  # noqa: PLC0415
    from bot.starting import StartError, database_url, open_store  # noqa: PLC0415
    from storage.engine import explain  # noqa: PLC0415
    from storage.lock import Lock, TakenError  # noqa: PLC0415

    _must_exist(settings)
    try:
        lock = Lock(settings.data.folder / "faultdesk.lock")
    except TakenError as error:
        raise CliError(f"the daemon (process {error}) is busy and does not answer: try again in a moment") from error
    try:
        store = open_store(settings, RealClock())
        try:
            return store.write_now(work)
        finally:
            store.close()
    except StartError as error:
        raise CliError(str(error)) from error
    except SQLAlchemyError as error:
        raise CliError(f"the database cannot be written: {explain(error, database_url(settings))}") from error
    finally:
        lock.close()


def through_daemon(settings: Settings, request: dict[str, Any], alone: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The running daemon's answer, or what `alone` does where none runs. Raises CliError with what either refuses."""
    try:
        answer = ask(settings.data.folder / "faultdesk.sock", request)
    except NoDaemon:
        answer = alone()
    except ControlError as error:
        raise CliError(str(error)) from error
    if "error" in answer:
        raise CliError(str(answer["error"]))
    return answer


def is_running(settings: Settings) -> bool:
    """Whether a daemon works in this folder and answers."""
    try:
        ask(settings.data.folder / "faultdesk.sock", {"op": "now"}, 10)
    except NoDaemon:
        return False
    except ControlError:
        return True  # it is there, and busy
    return True


def number_of(text: str) -> int:
    """The number in FD-7 or 7. Raises CliError."""
    digits = unicodedata.normalize("NFKC", text).rpartition("-")[2]
    if not digits.isdecimal():
        raise CliError(f"{text!r} is no ticket; write it like FD-1", 2)
    return int(digits)


def ticket_of(db: Connection, number: int) -> Ticket:
    """The ticket with this number. Raises CliError."""
    from storage import tickets  # noqa: PLC0415

    ticket = tickets.by_number(db, number)
    if ticket is None:
        raise CliError(f"there is no ticket {number}; all of them: faultdesk tickets --all")
    return ticket
