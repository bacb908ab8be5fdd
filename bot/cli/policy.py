"""`faultdesk policy diff new.toml`: which open deadlines a changed configuration would move, before it takes effect."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from bot.cli.common import Parsers, read, settings_of
from bot.cli.printing import Row, local_with_weekday, print_json, span, table
from bot.config import Settings
from bot.domain.text import shown

if TYPE_CHECKING:
    from bot.desk.calendars import Move, Unreachable

COLUMNS = ("ticket", "target", "is due", "would be due", "moves", "then")


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "policy",
        help="say which open deadlines a changed configuration would move; 1 if a promise could not be kept at all",
        epilog="example: faultdesk policy diff new.toml, then put it in place and: faultdesk reload",
    )
    parser.add_argument("what", choices=("diff",))
    parser.add_argument("new", metavar="FILE", help="the changed configuration")
    parser.add_argument("--json", action="store_true", help="for scripts")
    parser.set_defaults(do=diff)


def diff(arguments: argparse.Namespace) -> int:
    """Reads the database beside a running daemon; changes nothing."""
    old, new = settings_of(arguments.config), settings_of(arguments.new, starting=True)
    now = datetime.now(UTC)
    gc.disable()  # all that is read stays until it is printed: it would be looked at again and again
    try:
        moves, lost = read(old, lambda db: _compared(db, new, now))
    finally:
        gc.enable()
    rows = [_row(one, old, now) for one in moves]
    if arguments.json:
        print_json({"moves": rows, "refused": [_refused(one, old) for one in lost]})
    else:
        _print(rows, [_refused(one, old) for one in lost], old)
        _print_options(old, new)
    return 1 if lost else 0


def _compared(db: Connection, new: Settings, now: datetime) -> tuple[list[Move], list[Unreachable]]:
    from bot.desk.calendars import Move, Unreachable, compared, next_first, versions_of  # noqa: PLC0415
    from bot.domain.calendar_versions import Calendars  # noqa: PLC0415
    from bot.house import calendars_of, first_year  # noqa: PLC0415  -- the daemon's parts only for those who need them

    calendars = Calendars(calendars_of(new, now.year, since=first_year(db)), versions_of(db))  # each may be another one
    found = list(compared(db, calendars))
    moves = [one for one in found if isinstance(one, Move) and one.is_later_or_earlier]
    return sorted(moves, key=next_first), [one for one in found if isinstance(one, Unreachable)]


def _row(move: Move, settings: Settings, now: datetime) -> Row:
    """One deadline as scripts read it. `then`: what would happen at once."""
    before, after = move.stored.due_at, move.clock.due
    come = [name for name, at in move.clock.rungs if at and at <= now and name not in move.stored.passed]
    return {
        "ticket": f"{settings.desk.prefix}-{move.number}",
        "target": move.clock.target,
        "calendar": move.clock.calendar,
        "from": before,
        "to": after,
        "minutes": (after - before).total_seconds() / 60 if before and after else None,
        "rings": come[-1] if come else "",
        "breached": bool(after and after <= now),
    }


def _refused(lost: Unreachable, settings: Settings) -> str:
    return f"{settings.desk.prefix}-{lost.number}: {lost.reason}"


def _print(rows: Sequence[Row], refused: Sequence[str], settings: Settings) -> None:
    for line in refused:
        print(f"WRONG   {shown(line)}: a reload would refuse this configuration")
    if not rows:
        print("no open deadline moves")
        return
    zone = settings.desk.timezone
    print(f"{len(rows)} open deadline{'s move' if len(rows) > 1 else ' moves'} (times of {zone}):\n")
    table([_told(row, zone) for row in rows], COLUMNS, zone)


def _told(row: Row, zone: str) -> dict[str, Any]:
    times = {"is due": row["from"], "would be due": row["to"]}
    moved = row["minutes"]
    return {
        "ticket": row["ticket"],
        "target": row["target"],
        **{name: local_with_weekday(at, zone) if at else "paused" for name, at in times.items()},
        "moves": f"{span(abs(moved))} {'later' if moved > 0 else 'earlier'}" if moved else "",
        "then": _at_once(row),
    }


def _at_once(row: Row) -> str:
    if row["breached"]:
        return f"breached{', told at once' if row['rings'] else ''}"
    return f"{row['rings']} rings at once" if row["rings"] else ""


def _print_options(old: Settings, new: Settings) -> None:
    """What else differs, and when it would hold: levels and targets are stamped on a ticket when it opens."""
    from bot.reload import merged  # noqa: PLC0415

    _, result = merged(old, new)
    for name in result.changed:
        stamped = name.split(".")[0] in {"levels", "targets", "items", "places", "customers"}
        print(f"{shown(name)} would hold from the reload on{', for new tickets' if stamped else ''}")
    for name in result.restart:
        print(f"{shown(name)} would hold from the next start")
