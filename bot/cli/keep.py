"""`faultdesk fsck|quarantine`: is everything as it must be, and what broke the program."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from bot.cli.common import CliError, print_json, read, settings_of, shown, socket_of, write
from bot.cli.show import Parsers
from channels.control import NoDaemon, ask
from storage import inbox


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-commands."""
    check = parsers.add_parser("fsck", help="check every invariant of the database; exit status 1 if one does not hold")
    check.add_argument("--json", action="store_true", help="for scripts")
    check.set_defaults(do=fsck)
    parked = parsers.add_parser("quarantine", help="what broke the program: list, show, replay")
    parked.add_argument("what", choices=("list", "show", "replay"))
    parked.add_argument("id", nargs="?", type=int, help="of the item")
    parked.set_defaults(do=quarantine)


def fsck(arguments: argparse.Namespace) -> int:
    """0 when all is well, else 1 and a line for each finding."""
    from bot.fsck import check  # noqa: PLC0415  -- calendars cost time
    from bot.house import calendars_of  # noqa: PLC0415

    settings = settings_of(arguments.config)
    calendars = calendars_of(settings, datetime.now(UTC).year)
    findings = read(settings, lambda db: list(check(db, calendars)))
    if arguments.json:
        print_json(findings)
    else:
        print("\n".join(findings) or "fsck: clean")
    return 1 if findings else 0


def quarantine(arguments: argparse.Namespace) -> int:
    """Lists what is parked, shows one original, or puts one back into the queue."""
    settings = settings_of(arguments.config)
    if arguments.what == "list":
        rows = read(settings, inbox.quarantined)
        for row in rows:
            print(f"{row.id}  {row.received_at:%Y-%m-%d %H:%M}  {row.kind}  {shown(', '.join(row.reasons))}")
        print(f"{len(rows)} in quarantine")
        return 0
    if arguments.id is None:
        raise CliError(
            f"which item? see `faultdesk quarantine list`, then `faultdesk quarantine {arguments.what} ID`", 2
        )
    if arguments.what == "show":
        raw = read(settings, lambda db: inbox.raw_of(db, arguments.id))
        if raw is None:
            raise CliError(f"there is no mail {arguments.id} in the inbox")
        print(shown(raw.decode(errors="backslashreplace")))
        return 0
    try:
        answer = ask(socket_of(settings), {"op": "replay", "inbox": arguments.id})
    except NoDaemon:
        answer = (
            {} if write(settings, lambda db: inbox.replay(db, arguments.id)) else {"error": "there is no such item"}
        )
    if "error" in answer:
        raise CliError(str(answer["error"]))
    print(f"{arguments.id} is in the queue again")
    return 0
