"""What is made of the settings before the daemon runs: its voice and its database."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.config import Settings
from bot.desk.staff import listed
from bot.outgoing import Scribe
from bot.render import Renderer
from storage.engine import UnfitError, begin_reading, explain, reading_engine, sqlite_path
from storage.lock import TakenError
from storage.migrate import SchemaError, backup, bring_up, version_of
from storage.migrations import HEAD
from storage.store import Store

log = logging.getLogger("faultdesk.texts")


MMAP_THRESHOLD = -3
"""The name of that option in glibc's <malloc.h>."""


class StartError(Exception):
    """The daemon cannot start; the text is one line that says what to do."""


def spare_the_collector() -> None:
    """What is there now stays: the collector need not look at it again and again, nor at what comes so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def give_memory_back() -> None:
    """Blocks of over 1 MiB, as large mails fill them, go back to the system once freed.

    Else glibc, having freed one of 25 MB, puts the next ones onto the heap, where anything small behind holds them.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library: it has its own ways
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, 1 << 20)


def database_url(settings: Settings) -> str:
    """The database of these settings."""
    return settings.data.database or f"sqlite:///{settings.data.folder.absolute() / 'faultdesk.db'}"


def renderer_of(settings: Settings) -> Renderer:
    """What speaks for these settings."""
    desk = settings.desk
    who = (desk.organisation, desk.hotline, settings.mail.mailbox, desk.timezone)
    return Renderer(*who, desk.templates, report=_own_text_failed)


def _own_text_failed(where: str, why: str) -> None:
    log.error("a text of the folder desk.templates fails, ours is used: %s: %s", where, why)


def scribe_of(settings: Settings) -> Scribe:
    """What makes messages of rows for these settings."""
    return Scribe(renderer_of(settings), settings.desk.organisation, settings.mail.mailbox, settings.mail.mailbox)


def open_store(settings: Settings, clock: Clock) -> Store:
    """The database, at this code's schema; an older one is backed up first. Raises StartError."""
    url, folder = database_url(settings), settings.data.folder
    store = Store(url)
    try:
        bring_up(store.writing, before=lambda version: keep_backup(url, folder, clock, version))
    except (SchemaError, UnfitError, TakenError, OSError, SQLAlchemyError) as error:
        store.close()
        raise StartError(why_not(error, url)) from error
    return store


def added_staff(settings: Settings) -> list[dict[str, Any]]:
    """The staff that was added by command, as `faultdesk staff list` has it; none where the database says nothing."""
    url = database_url(settings)
    path = sqlite_path(url)
    if path and not path.exists():
        return []
    engine = reading_engine(url)
    try:
        with engine.connect() as db:
            begin_reading(db)
            return [one for one in listed(db) if one["from"] == "command"] if version_of(db) == HEAD else []
    except SQLAlchemyError:
        return []  # whoever needs the database says what is wrong with it
    finally:
        engine.dispose()


def why_not(error: Exception, url: str) -> str:
    """Why a database cannot be opened: one line that says what to do."""
    if isinstance(error, TakenError):
        return f"another Faultdesk (process {error}) already works on this database: stop it first"
    if isinstance(error, OSError):
        return f"nothing is renewed without a backup, and none could be made: {error}"
    if isinstance(error, SQLAlchemyError):
        return f"the database cannot be used: {explain(error, url)}"
    return str(error)


def keep_backup(url: str, folder: Path, clock: Clock, label: str) -> None:
    """A backup before a migration."""
    backup(url, folder / "backups", clock.now(), f"before-{label}")
