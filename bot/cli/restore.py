"""`faultdesk restore`: puts a backup in the place of the database; its messages are held until they are released."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from bot.cli.common import CliError, Parsers, settings_of
from bot.cli.printing import local
from bot.config import Settings
from bot.domain.text import shown


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "restore",
        help="put a backup in the place of the database, while the daemon does not run",
        epilog="example: faultdesk restore var/backups/faultdesk-20261123-030000-daily.db",
    )
    parser.add_argument("file", help="a backup that faultdesk made")
    parser.set_defaults(do=restore)


def restore(arguments: argparse.Namespace) -> int:
    """Looks at the backup on a copy first; the old database is kept beside the backups."""
    os.umask(0o077)
    settings = settings_of(arguments.config)
    from bot import faults  # noqa: PLC0415  -- what only this command needs
    from bot.starting import database_url  # noqa: PLC0415
    from storage.engine import sqlite_path  # noqa: PLC0415
    from storage.lock import Lock, TakenError  # noqa: PLC0415

    faults.arm()
    target = sqlite_path(database_url(settings))
    if target is None:
        raise CliError("a PostgreSQL database is restored by its own means: pg_restore, or its continuous archive")
    settings.data.folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = Lock(settings.data.folder / "faultdesk.lock")
    except TakenError as error:
        raise CliError(f"the daemon (process {error}) runs: stop it first, then restore") from error
    try:
        _restore(settings, Path(arguments.file), target)
    finally:
        lock.close()
    return 0


def _restore(settings: Settings, file: Path, target: Path) -> None:
    from storage.restore import RestoreError, examine, mark, put_in_place  # noqa: PLC0415

    now, copy = datetime.now(UTC), target.with_name(target.name + ".restoring")
    aside = settings.data.folder / "backups" / f"faultdesk-{now:%Y%m%d-%H%M%S}-replaced.db"
    try:
        version = examine(file, copy)
        marked = mark(copy, now, target)
        _give_to_owner(settings.data.folder, copy)
        kept = put_in_place(copy, target, aside)
    except RestoreError as error:
        raise CliError(shown(str(error))) from error
    finally:
        with suppress(FileNotFoundError):
            copy.unlink()
    zone = settings.desk.timezone
    made = f", made {local(marked.backed_up_at, zone)}" if marked.backed_up_at else ""
    print(f"restored: {file} (schema {version}{made})")
    if kept:
        print(f"the database that was there is kept: {kept}")
    print(f"{marked.held} messages that waited in it are held; new tickets are numbered from {marked.number + 1} on")
    if not (settings.data.folder / "faultdesk.key").exists():
        print("faultdesk.key is not here: without it, replies to older mails open new tickets; copy it from the backup")
    print("next: faultdesk fsck, faultdesk run, faultdesk outbox --held, faultdesk release")


def _give_to_owner(folder: Path, copy: Path) -> None:
    """What root restores belongs to the user who runs the daemon."""
    if os.geteuid() == 0:
        owner = folder.stat()
        for path in (copy, folder / "faultdesk.lock"):
            os.chown(path, owner.st_uid, owner.st_gid)
