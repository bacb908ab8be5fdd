"""`faultdesk fsck` and `faultdesk quarantine`: is everything as it must be, and what broke the program."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from bot.cli.common import CliError, Parsers, read, settings_of, through_daemon, write
from bot.cli.printing import print_json, table
from bot.config import Settings
from bot.domain.text import shown
from storage import inbox, tickets


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-commands."""
    check = parsers.add_parser("fsck", help="check every invariant of the database; exit status 1 if one does not hold")
    check.add_argument("--json", action="store_true", help="for scripts")
    check.set_defaults(do=fsck)
    parked = parsers.add_parser(
        "quarantine",
        help="what broke the program: list, show, replay",
        epilog="example: faultdesk quarantine list, then: faultdesk quarantine replay 12",
    )
    parked.add_argument("what", choices=("list", "show", "replay"))
    parked.add_argument("id", nargs="?", type=int, help="of the item; any mail of the inbox can be shown")
    parked.add_argument("--json", action="store_true", help="for scripts (list only)")
    parked.set_defaults(do=quarantine)


def fsck(arguments: argparse.Namespace) -> int:
    """0 when all is well, else 1 and a line for each finding."""
    from bot.fsck import check  # noqa: PLC0415  -- calendars cost time
    from bot.house import calendars_of  # noqa: PLC0415

    settings = settings_of(arguments.config)
    year = datetime.now(UTC).year

    def work(db: Connection) -> list[str]:
        first = tickets.first_opened_at(db)
        return list(check(db, calendars_of(settings, year, since=first.year if first else None)))

    findings = read(settings, work)
    if arguments.json:
        print_json(findings)
    else:
        print("\n".join(map(shown, findings)) or "fsck: clean")
    return 1 if findings else 0


def quarantine(arguments: argparse.Namespace) -> int:
    """Lists what is parked, shows one original, or puts one back into the queue."""
    settings = settings_of(arguments.config)
    if arguments.what == "list":
        return _list(settings, as_json=arguments.json)
    if arguments.id is None:
        what = arguments.what
        raise CliError(f"which item? See `faultdesk quarantine list`, then `faultdesk quarantine {what} ID`", 2)
    return (_show if arguments.what == "show" else _replay)(settings, arguments.id)


def _list(settings: Settings, *, as_json: bool) -> int:
    names = ("id", "received_at", "channel", "kind", "attempts", "reasons")
    rows = [{name: getattr(row, name) for name in names} for row in read(settings, inbox.quarantined)]
    if as_json:
        print_json(rows)
    elif rows:
        table(rows, names, settings.desk.timezone)
    else:
        print("nothing is in quarantine")
    return 0


def _show(settings: Settings, number: int) -> int:
    raw = read(settings, lambda db: inbox.raw_of(db, number))
    if raw is None:
        raise CliError(f"there is no mail {number} in the inbox")
    print(shown(raw.decode(errors="backslashreplace")))
    return 0


def _replay(settings: Settings, number: int) -> int:
    def alone() -> dict[str, Any]:
        found = write(settings, lambda db: inbox.replay(db, number))
        return {} if found else {"error": f"there is no item {number} in quarantine"}

    through_daemon(settings, {"op": "replay", "inbox": number}, alone)
    print(f"{number} is in the queue again")
    return 0
