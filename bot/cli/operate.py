"""`faultdesk reload`, `backup` and `release`: what an administrator asks of the running daemon."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.cli.common import CliError, Parsers, read, settings_of, through_daemon, write
from bot.config import Settings
from bot.domain.text import shown

MOST_MOVED = 20
"""Moved deadlines that a reload shows."""


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-commands."""
    parser = parsers.add_parser(
        "reload", help="let the running daemon take up the changed configuration, all or nothing"
    )
    parser.set_defaults(do=reload)
    parser = parsers.add_parser(
        "backup",
        help="make a checked copy of the database, also while the daemon runs",
        epilog="example: faultdesk backup --to /mnt/backup",
    )
    parser.add_argument("--to", metavar="DIR", help="folder for the copy (default: backups in the data folder)")
    parser.set_defaults(do=backup)
    parser = parsers.add_parser(
        "release",
        help="after a restore: send what is held",
        epilog="example: faultdesk outbox --held, then: faultdesk release",
    )
    parser.add_argument("--drop", action="store_true", help="end what is held instead: none of it is sent")
    parser.set_defaults(do=release)


def reload(arguments: argparse.Namespace) -> int:
    """0 when it was taken up, 2 when the configuration is wrong: then the old one holds."""
    settings = settings_of(arguments.config)
    none = {"error": "no daemon runs: the configuration holds from its next start; try it with faultdesk check"}
    answer = through_daemon(settings, {"op": "reload"}, lambda: none)
    if answer["refused"]:
        raise CliError("\n".join([*answer["refused"], "nothing was changed: the old configuration holds"]), 2)
    for line in answer["said"]:
        print(shown(line))
    for name in answer["changed"]:
        print(f"{shown(name)} holds now")
    for name in answer["restart"]:
        print(f"{shown(name)} holds from the next start")
    for line in answer["moved"][:MOST_MOVED]:
        print(shown(line))
    if (rest := len(answer["moved"]) - MOST_MOVED) > 0:
        print(f"… and {rest} more deadlines have moved")
    if not answer["changed"] and not answer["restart"]:
        print("nothing has changed")
    return 0


def backup(arguments: argparse.Namespace) -> int:
    """Prints where the copy lies."""
    settings = settings_of(arguments.config)
    folder = Path(arguments.to).absolute() if arguments.to else settings.data.folder.absolute() / "backups"
    answer: dict[str, Any] = {"wait": True}
    while answer.get("wait"):  # a large database takes longer than one answer may
        answer = through_daemon(settings, {"op": "backup", "to": str(folder)}, lambda: _backup_alone(settings, folder))
    print(shown(answer["path"]))
    return 0


def _backup_alone(settings: Settings, folder: Path) -> dict[str, Any]:
    from bot.operations import NO_SQLITE  # noqa: PLC0415
    from bot.starting import database_url  # noqa: PLC0415  -- the daemon's parts only when there is no daemon
    from storage import migrate  # noqa: PLC0415

    read(settings, lambda _db: None)  # says what is wrong with it, if anything
    try:
        path = migrate.backup(database_url(settings), folder, datetime.now(UTC), "manual")
    except OSError as error:
        raise CliError(f"no backup was made: {error.strerror or error}") from error
    return {"path": str(path)} if path else {"error": NO_SQLITE}


def release(arguments: argparse.Namespace) -> int:
    """Says how many messages were released or ended."""
    settings = settings_of(arguments.config)
    answer = through_daemon(
        settings, {"op": "release", "drop": arguments.drop}, lambda: _release_alone(settings, drop=arguments.drop)
    )
    count = answer["count"]
    print(f"{count} messages are ended, none of them is sent" if arguments.drop else f"{count} messages are released")
    return 0


def _release_alone(settings: Settings, *, drop: bool) -> dict[str, Any]:
    from bot.hold import ended  # noqa: PLC0415

    def work(db: Connection) -> dict[str, Any]:
        return ended(db, datetime.now(UTC), drop=drop)

    return write(settings, work)
