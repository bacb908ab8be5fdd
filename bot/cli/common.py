"""What the sub-commands share: finding the configuration, talking to the daemon, printing, failing in one line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.config import Settings
from bot.config_file import ConfigError, read_settings

T = TypeVar("T")
CONFIG = "config.toml"


class CliError(Exception):
    """One line for the user, and the exit status: 1 for "not possible", 2 for a wrong configuration or call."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


def settings_of(path: str | None) -> Settings:
    """The configuration: the named file, `config.toml` here, or the built-in defaults. Its folders are seen from it."""
    file = Path(path) if path else Path(CONFIG)
    try:
        settings = read_settings(file if path or file.exists() else None)
    except ConfigError as error:
        raise CliError(str(error), 2) from error
    folder = settings.data.folder
    if file.exists() and not folder.is_absolute():
        data = settings.data.model_copy(update={"folder": file.absolute().parent / folder})
        settings = settings.model_copy(update={"data": data})
    if "desk" not in settings.model_fields_set:
        desk = settings.desk.model_copy(update={"locale": terminal_locale()})
        settings = settings.model_copy(update={"desk": desk})
    return settings


def terminal_locale() -> str:
    """The language of this terminal by LC_ALL, LC_MESSAGES or LANG: zh or en."""
    name = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if name.startswith("zh") else "en"


def read(settings: Settings, work: Callable[[Connection], T]) -> T:
    """Reads the database beside a running daemon. Raises CliError where there is none yet."""
    from bot.app import database_url  # noqa: PLC0415  -- the daemon's parts only for those who need them
    from storage.engine import reading_engine, sqlite_path  # noqa: PLC0415

    url = database_url(settings)
    path = sqlite_path(url)
    if path is not None and not path.exists():
        raise CliError(f"there is no database at {path}: start Faultdesk once with `faultdesk run`")
    engine = reading_engine(url)
    try:
        with engine.connect() as db:
            return work(db)
    except SQLAlchemyError as error:
        raise CliError(f"the database cannot be read: {type(error).__name__}; see `faultdesk fsck`") from error
    finally:
        engine.dispose()


def write(settings: Settings, work: Callable[[Connection], T]) -> T:
    """Writes to the database where no daemon runs, with its lock held for that moment. Raises CliError."""
    from bot.app import StartError, database_url, open_store  # noqa: PLC0415
    from bot.clock import RealClock  # noqa: PLC0415
    from storage.engine import sqlite_path  # noqa: PLC0415
    from storage.lock import Lock, TakenError  # noqa: PLC0415

    path = sqlite_path(database_url(settings))
    if path is not None and not path.exists():
        raise CliError(f"there is no database at {path}: start Faultdesk once with `faultdesk run`")
    try:
        lock = Lock(settings.data.folder / "faultdesk.lock")
        store = open_store(settings, RealClock())
    except TakenError as error:
        raise CliError(f"the daemon (process {error}) is busy and does not answer: try again in a moment") from error
    except StartError as error:
        raise CliError(str(error)) from error
    try:
        return store.write_now(work)
    finally:
        store.close()
        lock.close()


def socket_of(settings: Settings) -> Path:
    """Where the daemon listens for the command line."""
    return settings.data.folder / "faultdesk.sock"


def print_json(value: Any) -> None:
    """Prints for scripts."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def shown(text: str) -> str:
    """A stranger's words made safe for a terminal (reliability 3 A 42)."""
    return "".join(one if one in "\n\t" or one.isprintable() else f"\\x{ord(one):02x}" for one in text)


def fail(error: CliError) -> NoReturn:
    """Ends with the error's line and status."""
    print(f"faultdesk: {error}", file=sys.stderr)
    sys.exit(error.status)
