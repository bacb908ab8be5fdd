"""`faultdesk restore`: puts a backup in the place of the database; its messages are held until they are released."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.common import CliError, Parsers, settings_of
from bot.cli.printing import local
from bot.config import Settings
from bot.domain.text import shown

if TYPE_CHECKING:
    from storage.restore import Marked

    Done = tuple[str, Marked, str]
    """The backup's version, what its marks said, and where the old database is kept."""


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "restore",
        help="put a backup in the place of the database, while the daemon does not run",
        epilog="example: faultdesk restore var/backups/faultdesk-20261123-030000-daily.db",
    )
    parser.add_argument("file", help="a backup that faultdesk made; PostgreSQL: or a desk that is kept, by its schema")
    parser.add_argument(
        "--replace", action="store_true", help="PostgreSQL: in the place of the desk that the database holds"
    )
    parser.set_defaults(do=restore)


def restore(arguments: argparse.Namespace) -> int:
    """Looks at the backup first, on a copy where it is a file; the old database is kept beside the backups."""
    os.umask(0o077)
    settings = settings_of(arguments.config)
    from bot import faults  # noqa: PLC0415  -- what only this command needs
    from storage.lock import Lock, TakenError  # noqa: PLC0415

    faults.arm()
    settings.data.folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = Lock(settings.data.folder / "faultdesk.lock")
    except TakenError as error:
        raise CliError(f"the daemon (process {error}) runs: stop it first, then restore") from error
    try:
        _restore(settings, Path(arguments.file), replace=arguments.replace)
    finally:
        lock.close()
    return 0


def _restore(settings: Settings, file: Path, *, replace: bool) -> None:
    from bot.starting import database_url  # noqa: PLC0415
    from storage.engine import sqlite_path  # noqa: PLC0415
    from storage.restore import RestoreError  # noqa: PLC0415

    now, url = datetime.now(UTC), database_url(settings)
    target = sqlite_path(url)
    aside = settings.data.folder / "backups" / f"faultdesk-{now:%Y%m%d-%H%M%S}-replaced"
    try:
        if target is None:
            version, marked, kept = _into_postgres(url, file, (now, aside.with_suffix(".dump")), replace=replace)
        else:
            version, marked, kept = _into_file(settings, file, target, (now, aside.with_suffix(".db")))
    except RestoreError as error:
        raise CliError(shown(str(error))) from error
    zone = settings.desk.timezone
    made = f", made {local(marked.backed_up_at, zone)}" if marked.backed_up_at else ""
    print(f"restored: {file} (schema {version}{made})")
    if kept:
        print(f"the database that was there is kept: {kept}")
    print(f"{marked.held} messages that waited in it are held; new tickets are numbered from {marked.number + 1} on")
    if not (settings.data.folder / "faultdesk.key").exists():
        print("faultdesk.key is not here: without it, replies to older mails open new tickets; copy it from the backup")
    print("next: faultdesk fsck, faultdesk run, faultdesk outbox --held, faultdesk release")


def _into_file(settings: Settings, file: Path, target: Path, when: tuple[datetime, Path]) -> Done:
    from storage.restore import examine, mark, put_in_place  # noqa: PLC0415

    copy = target.with_name(target.name + ".restoring")
    try:
        version = examine(file, copy)
        marked = mark(copy, when[0], target)
        _give_to_owner(settings.data.folder, copy)
        return version, marked, str(put_in_place(copy, target, when[1]) or "")
    finally:
        with suppress(FileNotFoundError):
            copy.unlink()


def _into_postgres(url: str, file: Path, when: tuple[datetime, Path], *, replace: bool) -> Done:
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from bot.starting import why_not  # noqa: PLC0415
    from storage.engine import UnfitError  # noqa: PLC0415
    from storage.lock import TakenError  # noqa: PLC0415
    from storage.postgres_restore import KEPT, examine, examine_kept, is_filled, put_in_place  # noqa: PLC0415

    try:
        archive = examine_kept(url, str(file)) if KEPT.fullmatch(str(file)) else examine(file)
        if is_filled(url) and not replace:
            raise CliError("the database holds a desk: add --replace to put the backup in its place (it is kept)")
        return archive.version, *put_in_place(url, archive, *when)
    except OSError as error:
        raise CliError(f"what is there cannot be kept, so nothing was changed: {shown(str(error))}") from error
    except (UnfitError, TakenError, SQLAlchemyError) as error:
        raise CliError(shown(why_not(error, url))) from error


def _give_to_owner(folder: Path, copy: Path) -> None:
    """What root restores belongs to the user who runs the daemon."""
    if os.geteuid() == 0:
        owner = folder.stat()
        for path in (copy, folder / "faultdesk.lock"):
            os.chown(path, owner.st_uid, owner.st_gid)
