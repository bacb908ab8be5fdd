"""`faultdesk outbox` and `faultdesk inbox`: every message out and in, and what became of it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

from sqlalchemy import Connection

from bot.cli.common import CliError, Parsers, number_of, read, settings_of, ticket_of
from bot.cli.printing import Row, print_json_list, table
from bot.config import Settings
from storage import inbox, outbox, restore

LAST = 50
OUT = ("id", "ticket", "created_at", "event", "kind", "audience", "channel", "address", "state", "outcome")
IN = ("id", "ticket", "received_at", "channel", "kind", "state", "outcome", "copies", "attempts", "reasons")


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-commands."""
    out = parsers.add_parser(
        "outbox",
        help="messages that were decided, and what became of them",
        epilog="example: faultdesk outbox --ticket FD-1 --json",
    )
    out.add_argument("--ticket", metavar="FD-1", help="only this ticket's")
    out.add_argument("--held", action="store_true", help="only what is held after a restore, until faultdesk release")
    come_in = parsers.add_parser(
        "inbox",
        help="mails and chat messages that came in, and what became of them",
        epilog="example: faultdesk inbox --last 10",
    )
    for parser, work in ((out, show_outbox), (come_in, show_inbox)):
        parser.add_argument("--json", action="store_true", help="for scripts: all of them")
        parser.add_argument("--last", metavar="N", type=int, help=f"only the newest N (without --json: {LAST})")
        parser.set_defaults(do=work)


def show_outbox(arguments: argparse.Namespace) -> int:
    """Messages out, the newest at the end."""
    settings = settings_of(arguments.config)
    number = number_of(arguments.ticket) if arguments.ticket else None

    def rows(db: Connection, most: int | None) -> Iterator[Row]:
        if arguments.held:
            held = [sent(row, settings) for row in restore.held_rows(db)] if restore.restored(db) else []
            return iter(held[-most:] if most else held)
        ticket = ticket_of(db, number).id if number is not None else None
        return (sent(row, settings) for row in outbox.everything(db, ticket, most=most))

    return _show(settings, arguments, OUT, rows)


def show_inbox(arguments: argparse.Namespace) -> int:
    """Messages in, the newest at the end."""
    settings = settings_of(arguments.config)

    def rows(db: Connection, most: int | None) -> Iterator[Row]:
        return (received(row, settings) for row in inbox.everything(db, most=most))

    return _show(settings, arguments, IN, rows)


def _show(
    settings: Settings,
    arguments: argparse.Namespace,
    columns: tuple[str, ...],
    rows: Callable[[Connection, int | None], Iterator[Row]],
) -> int:
    if arguments.last is not None and arguments.last < 1:
        raise CliError("--last takes a number from 1 on", 2)
    if arguments.json:
        read(settings, lambda db: print_json_list(rows(db, arguments.last)))
        return 0
    found = read(settings, lambda db: list(rows(db, arguments.last or LAST)))
    if not found:
        print("nothing yet")
        return 0
    table(found, columns, settings.desk.timezone)
    if len(found) == LAST and arguments.last is None:
        print(f"(the newest {LAST}; more with --last N)")
    return 0


def sent(row: Any, settings: Settings) -> Row:
    """A message out, as plain values, with its words once they are written."""
    return {
        "id": row.id,
        "ticket": f"{settings.desk.prefix}-{row.number}" if row.number else None,
        **_values(row, "event kind audience channel address state outcome attempts created_at ended_at"),
        **_values(row, "message_id silent"),
        "carried_by": row.carried_by_id,
        **_words(row),
    }


def _words(row: Any) -> Row:
    if row.raw is None:
        return {"subject": "", "text": ""}
    if row.channel != "mail":
        return {"subject": "", "text": bytes(row.raw).decode()}
    mail = message_from_bytes(bytes(row.raw), policy=default)
    body = mail.get_body(("plain",))
    return {"subject": str(mail["Subject"]), "text": body.get_content().replace("\r\n", "\n") if body else ""}


def received(row: Any, settings: Settings) -> Row:
    """A message in, as plain values."""
    return {
        "id": row.id,
        "ticket": f"{settings.desk.prefix}-{row.number}" if row.number else None,
        **_values(row, "channel kind received_at state outcome reasons copies attempts message_id"),
        **_values(row, "envelope_from done_at"),
    }


def _values(row: Any, names: str) -> Row:
    return {name: getattr(row, name) for name in names.split()}
