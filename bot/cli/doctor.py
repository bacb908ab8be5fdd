"""`faultdesk doctor`: versions, room, clock, queues, backups, the daemon's own word, and what of it is not well."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from bot.cli.check import tell_findings
from bot.cli.common import CliError, Parsers, read, settings_of
from bot.config import Settings
from channels.control import ControlError, ask


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser("doctor", help="say how the installation is; 1 if something is not well")
    parser.add_argument("--json", action="store_true", help="for scripts")
    parser.set_defaults(do=doctor)


def doctor(arguments: argparse.Namespace) -> int:
    """0 when all is well."""
    from bot import doctor as look  # noqa: PLC0415  -- the daemon's parts only for those who need them
    from bot.checkup import Checked  # noqa: PLC0415
    from bot.starting import database_url  # noqa: PLC0415
    from channels.base import Finding  # noqa: PLC0415

    settings, now = settings_of(arguments.config), datetime.now(UTC)
    if not settings.data.folder.exists():
        raise CliError(f"there is nothing at {settings.data.folder}: start Faultdesk once with `faultdesk run`")
    found = [*look.installation(settings), *look.files(settings, database_url(settings), now)]
    try:
        found += read(settings, lambda db: list(look.database(db, now)))
    except CliError as error:
        found.append(Checked("database", Finding("wrong", str(error))))
    found += look.daemon(_state(settings))
    return tell_findings(found, as_json=arguments.json)


def _state(settings: Settings) -> dict[str, Any] | None:
    try:
        return ask(settings.data.folder / "faultdesk.sock", {"op": "state"}, 10)
    except ControlError:
        return None
