"""`faultdesk tickets|ticket|outbox|inbox`: what is there, for people and for scripts, also while the daemon runs."""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Sequence
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.cli.common import CliError, print_json, read, settings_of, shown
from bot.config import Settings
from storage import clocks, inbox, journal, outbox, people, tickets
from storage.tickets import Ticket

Parsers = argparse._SubParsersAction  # noqa: SLF001  -- argparse has no public name for it


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-commands."""
    several = parsers.add_parser("tickets", help="list the tickets that are not closed")
    several.add_argument("--all", action="store_true", help="closed ones and junk too")
    one = parsers.add_parser(
        "ticket", help="everything about one ticket", epilog="example: faultdesk ticket FD-1 --save ."
    )
    one.add_argument("number", help="FD-1 or 1")
    one.add_argument("--save", metavar="DIR", type=Path, help="also save its files and original mails there")
    out = parsers.add_parser("outbox", help="messages that were decided, and what became of them")
    out.add_argument("--ticket", metavar="FD-1", help="only this ticket's")
    come_in = parsers.add_parser("inbox", help="mails and chat messages that came in, and what became of them")
    for parser, work in ((several, show_tickets), (one, show_ticket), (out, show_outbox), (come_in, show_inbox)):
        parser.add_argument("--json", action="store_true", help="for scripts")
        parser.set_defaults(do=work)


def show_tickets(arguments: argparse.Namespace) -> int:
    """The list."""
    settings = settings_of(arguments.config)
    rows = read(settings, lambda db: listed(db, settings, tickets.find(db, ended=arguments.all)))
    if arguments.json:
        print_json(rows)
    else:
        table(rows, ("number", "state", "level", "due", "assignee", "requester", "subject"))
    return 0


def listed(db: Connection, settings: Settings, found: Sequence[Ticket]) -> list[dict[str, Any]]:
    """Tickets as scripts read them."""
    running = clocks.open_of(db, [one.id for one in found])
    names = {one.id: one.handle for one in people.staff(db)}
    return [
        {
            "number": f"{settings.desk.prefix}-{one.number}",
            "subject": one.subject,
            "requester": one.requester_address or one.requester_name,
            "state": one.state,
            "level": one.level,
            "assignee": names.get(one.assignee_id) if one.assignee_id else None,
            "opened_at": one.opened_at.isoformat(),
            "due": next((row.due_at.isoformat() for row in running.get(one.id, []) if row.due_at), None),
        }
        for one in found
    ]


def show_ticket(arguments: argparse.Namespace) -> int:
    """One ticket, and its files if asked for."""
    settings = settings_of(arguments.config)
    number = number_of(arguments.number)
    facts = read(settings, lambda db: whole(db, settings, number))
    if arguments.save:
        facts["saved"] = read(settings, lambda db: save(db, number, arguments.save))
    if arguments.json:
        print_json(facts)
        return 0
    for name in ("number", "state", "level", "item", "place", "requester", "subject", "opened_at", "assignee", "due"):
        print(f"{name:12} {shown(str(facts[name] or ''))}")
    for name in ("clocks", "entries", "attachments", "history", "messages"):
        print(f"\n{name}")
        for row in facts[name]:
            print("  " + shown("  ".join(str(value).replace("\n", "\n    ") for value in row.values() if value)))
    for path in facts.get("saved", ()):
        print(f"saved {path}")
    return 0


def number_of(text: str) -> int:
    """The number in FD-7 or 7. Raises CliError."""
    digits = unicodedata.normalize("NFKC", text).rpartition("-")[2]
    if not digits.isdecimal():
        raise CliError(f"{text!r} is no ticket; write it like FD-1", 2)
    return int(digits)


def _ticket(db: Connection, number: int) -> Ticket:
    ticket = tickets.by_number(db, number)
    if ticket is None:
        raise CliError(f"there is no ticket {number}; see `faultdesk tickets --all`")
    return ticket


def whole(db: Connection, settings: Settings, number: int) -> dict[str, Any]:
    """Everything about a ticket, as plain values."""
    ticket = _ticket(db, number)
    names = {one.id: one.handle for one in people.staff(db)}
    facts = listed(db, settings, [ticket])[0]
    facts |= {"item": ticket.item, "place": ticket.place, "requester_name": ticket.requester_name}
    facts["clocks"] = [
        {"target": row.target, "arming": row.arming, "state": row.state, "due": row.due_at, "ended_at": row.ended_at,
         "passed": row.passed} for row in clocks.of_ticket(db, ticket.id)
    ]  # fmt: skip
    facts["entries"] = [
        {
            "id": row.id,
            "kind": row.kind,
            "at": row.created_at,
            "author": row.author,
            "text": row.text,
            "notes": row.notes,
        }
        for row in tickets.entries(db, ticket.id)
    ]
    facts["attachments"] = [
        {"name": row.name, "type": row.media_type, "size": row.size, "sha256": row.sha256, "state": row.state}
        for row in tickets.files(db, ticket.id)
    ]
    facts["history"] = [
        {
            "at": row.at,
            "kind": row.kind,
            "who": names.get(row.actor_id, row.actor),
            "channel": row.channel,
            "facts": row.facts,
        }
        for row in journal.of_ticket(db, ticket.id)
    ]
    facts["messages"] = [sent(row) for row in outbox.everything(db, ticket.id)]
    return facts


def save(db: Connection, number: int, folder: Path) -> list[str]:
    """Writes the ticket's files and original mails into a folder; nothing there is overwritten. Gives the paths."""
    from bot.parsing.parse import extract  # noqa: PLC0415  -- only who saves needs the parser

    ticket = _ticket(db, number)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for row in tickets.files(db, ticket.id):
        raw = inbox.raw_of(db, row.inbox_id)
        if raw is not None:
            paths.append(_write(folder, row.name, extract(raw, row.part)))
    for entry in tickets.entries(db, ticket.id):
        raw = inbox.raw_of(db, entry.inbox_id) if entry.inbox_id else None
        if raw is not None:
            paths.append(_write(folder, f"mail-{entry.inbox_id}.eml", raw))
    return paths


def _write(folder: Path, name: str, data: bytes) -> str:
    safe = Path(name).name or "file"
    for number in range(1, 10_000):
        path = folder / (safe if number == 1 else f"{number}-{safe}")
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            continue
        return str(path)
    raise CliError(f"there are too many files called {safe} in {folder}")


def show_outbox(arguments: argparse.Namespace) -> int:
    """Messages out."""
    settings = settings_of(arguments.config)

    def work(db: Connection) -> list[dict[str, Any]]:
        ticket = _ticket(db, number_of(arguments.ticket)).id if arguments.ticket else None
        return [sent(row) for row in outbox.everything(db, ticket, most=100_000)]

    rows = read(settings, work)
    if arguments.json:
        print_json(rows)
    else:
        table(rows, ("id", "created_at", "event", "kind", "audience", "channel", "address", "state", "outcome"))
    return 0


def sent(row: Any) -> dict[str, Any]:
    """A message out, as plain values, with its words once they are written."""
    names = ("id", "ticket_id", "event", "kind", "audience", "channel", "address", "state", "outcome", "attempts")
    facts = {name: getattr(row, name) for name in names}
    facts |= {
        "created_at": row.created_at,
        "ended_at": row.ended_at,
        "message_id": row.message_id,
        "silent": row.silent,
    }
    return {**facts, "carried_by": row.carried_by_id, **_words(row)}


def _words(row: Any) -> dict[str, Any]:
    if row.raw is None:
        return {"subject": "", "text": ""}
    if row.channel != "mail":
        return {"subject": "", "text": bytes(row.raw).decode()}
    mail = message_from_bytes(bytes(row.raw), policy=default)
    body = mail.get_body(("plain",))
    return {"subject": str(mail["Subject"]), "text": body.get_content() if body else ""}


def show_inbox(arguments: argparse.Namespace) -> int:
    """Messages in."""
    settings = settings_of(arguments.config)
    rows = read(settings, lambda db: [received(row, settings) for row in inbox.everything(db)])
    if arguments.json:
        print_json(rows)
    else:
        table(rows, ("id", "received_at", "channel", "kind", "state", "outcome", "ticket", "copies", "reasons"))
    return 0


def received(row: Any, settings: Settings) -> dict[str, Any]:
    """A message in, as plain values."""
    names = (
        "id",
        "channel",
        "kind",
        "state",
        "outcome",
        "reasons",
        "copies",
        "attempts",
        "message_id",
        "envelope_from",
    )
    facts = {name: getattr(row, name) for name in names}
    ticket = f"{settings.desk.prefix}-{row.number}" if row.number else None
    return {**facts, "ticket": ticket, "received_at": row.received_at, "done_at": row.done_at}


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Prints rows in aligned columns; a Chinese character takes two places."""
    texts = [list(columns), *([_cell(row[name]) for name in columns] for row in rows)]
    widths = [max(width(text[place]) for text in texts) for place in range(len(columns))]
    for text in texts:
        cells = (cell + " " * (size - width(cell)) for cell, size in zip(text, widths, strict=True))
        print("  ".join(cells).rstrip())


def _cell(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    text = shown(str("" if value is None else value)).replace("\n", " ")
    return text if len(text) <= 60 else text[:59] + "…"  # noqa: PLR2004  -- a column that still fits a screen


def width(text: str) -> int:
    """How many places a text takes on a screen."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
