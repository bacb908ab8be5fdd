"""`faultdesk assets`: the devices, listed and imported from a CSV or Excel file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.cli.common import CliError, Parsers, read, settings_of
from bot.cli.importing import import_file
from bot.cli.printing import print_json, table
from bot.config import Settings
from bot.domain.devices import NAMES, read_devices
from storage import hardware, people

COLUMNS = ("tag", "state", "kind", "model", "serial", "place", "user", "accepted_on", "warranty_until")


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "assets",
        help="the devices: list, import",
        epilog=f"example: faultdesk assets import devices.xlsx --dry-run. The file's first line names its columns: "
        f"{', '.join(NAMES)} (only tag is needed); also in Chinese. State stock makes it a device that can be lent.",
    )
    parser.add_argument("what", choices=("list", "import"))
    parser.add_argument("file", nargs="?", type=Path, help="CSV or Excel file to import")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")
    parser.add_argument("--json", action="store_true", help="for scripts (list only)")
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> int:
    """Lists the devices, or imports a file."""
    settings = settings_of(arguments.config)
    if arguments.what == "list":
        return _list(settings, as_json=arguments.json)
    if arguments.file is None:
        raise CliError("which file? For example: faultdesk assets import devices.csv --dry-run", 2)
    return _import(settings, arguments.file, dry_run=arguments.dry_run)


def _list(settings: Settings, *, as_json: bool) -> int:
    rows = read(settings, _rows)
    if as_json:
        print_json(rows)
    elif rows:
        table(rows, COLUMNS, settings.desk.timezone)
    else:
        print("there are no devices; enter some with: faultdesk assets import FILE.csv")
    return 0


def _rows(db: Connection) -> list[dict[str, Any]]:
    users = {one["id"]: one["address"] for one in people.addresses(db)}
    return [
        {name: str(getattr(row, name) or "") for name in COLUMNS if name != "user"}
        | {"user": users.get(row.user_id, "")}
        for row in hardware.assets(db)
    ]


def _import(settings: Settings, file: Path, *, dry_run: bool) -> int:
    def alone(request: dict[str, Any]) -> dict[str, Any]:
        from bot.cli.alone import in_house  # noqa: PLC0415  -- the daemon's parts only when there is no daemon
        from bot.control import import_devices  # noqa: PLC0415

        return in_house(settings, lambda db, house, now: import_devices(db, house, now, request))

    return import_file(settings, file, ("devices", read_devices, alone), dry_run=dry_run)
