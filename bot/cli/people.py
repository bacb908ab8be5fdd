"""`faultdesk people`: the directory of requesters, listed and imported from a CSV file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bot.cli.common import CliError, Parsers, read, settings_of
from bot.cli.importing import import_file
from bot.cli.printing import print_json, table
from bot.config import Settings
from bot.domain.directory import read_directory
from storage import people

COLUMNS = ("address", "name", "phone", "customer", "place", "vip", "language")


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "people",
        help="the directory of requesters: list, import",
        epilog=f"example: faultdesk people import staff.csv --dry-run. The file's first line names its columns: "
        f"{', '.join(COLUMNS)} (only address is needed); also in Chinese.",
    )
    parser.add_argument("what", choices=("list", "import"))
    parser.add_argument("file", nargs="?", type=Path, help="CSV or Excel file to import")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
    parser.add_argument("--json", action="store_true", help="for scripts (list only)")
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> int:
    """Lists the directory, or imports a file."""
    settings = settings_of(arguments.config)
    if arguments.what == "list":
        return _list(settings, as_json=arguments.json)
    if arguments.file is None:
        raise CliError("which file? For example: faultdesk people import staff.csv --dry-run", 2)
    return _import(settings, arguments.file, dry_run=arguments.dry_run)


def _list(settings: Settings, *, as_json: bool) -> int:
    rows = read(settings, people.requesters)
    if as_json:
        print_json(rows)
    elif rows:
        table(rows, COLUMNS, settings.desk.timezone)
    else:
        print("the directory is empty; fill it with: faultdesk people import FILE.csv")
    return 0


def _import(settings: Settings, file: Path, *, dry_run: bool) -> int:
    def alone(request: dict[str, Any]) -> dict[str, Any]:
        from bot.cli.alone import in_house  # noqa: PLC0415  -- the daemon's parts only when there is no daemon
        from bot.control import import_people  # noqa: PLC0415

        return in_house(settings, lambda db, house, now: import_people(db, house, now, request))

    return import_file(settings, file, ("people", read_directory, alone), dry_run=dry_run)
