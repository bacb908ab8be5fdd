"""`faultdesk people`: the directory of requesters, listed and imported from a CSV file."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.cli.common import CliError, Parsers, read, settings_of, through_daemon
from bot.cli.printing import print_json, table
from bot.config import Settings
from bot.domain.directory import MOST_BYTES, read_directory
from bot.domain.text import shown
from storage import people

COLUMNS = ("address", "name", "phone", "customer", "place", "vip", "language")
MOST_SHOWN = 20


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "people",
        help="the directory of requesters: list, import",
        epilog=f"example: faultdesk people import staff.csv --dry-run. The file's first line names its columns: "
        f"{', '.join(COLUMNS)} (only address is needed); also in Chinese.",
    )
    parser.add_argument("what", choices=("list", "import"))
    parser.add_argument("file", nargs="?", type=Path, help="CSV file to import")
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
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise CliError(f"{file}: {error.strerror}") from error
    customers = frozenset(one.key for one in settings.customers) or frozenset({"default"})
    entries, mistakes = read_directory(data, customers)
    if not mistakes:
        request = {"op": "people", "entries": [asdict(one) for one in entries], "dry_run": dry_run}
        answer = through_daemon(settings, request, lambda: _alone(settings, request))
        mistakes = answer["mistakes"]
    if mistakes:
        told = [shown(one) for one in mistakes[:MOST_SHOWN]]
        rest = len(mistakes) - len(told)
        more = f"\n… and {rest} more" if rest > 0 else ""
        raise CliError("nothing was imported:\n" + "\n".join(told) + more)
    counts = answer["counts"]
    done = "would be" if dry_run else "are"
    print(f"{counts['new']} {done} new, {counts['changed']} {done} changed, {counts['same']} stay as they were")
    return 0


def _alone(settings: Settings, request: dict[str, Any]) -> dict[str, Any]:
    from bot.cli.alone import in_house  # noqa: PLC0415  -- the daemon's parts only when there is no daemon
    from bot.control import import_people  # noqa: PLC0415

    return in_house(settings, lambda db, house, now: import_people(db, house, now, request))
