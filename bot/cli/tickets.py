"""`faultdesk tickets` and `faultdesk ticket FD-1`: what there is, also while the daemon runs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.cli.boxes import sent
from bot.cli.common import Parsers, number_of, read, settings_of, ticket_of
from bot.cli.printing import Row, local, print_json, print_json_list, table
from bot.config import Settings
from bot.domain.text import shown
from storage import clocks, journal, outbox, participants, people, tickets
from storage.outbox import batched
from storage.tickets import Ticket


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-commands."""
    several = parsers.add_parser(
        "tickets", help="list the tickets that are not closed", epilog="example: faultdesk tickets --all --json"
    )
    several.add_argument("--all", action="store_true", help="closed ones and junk too")
    one = parsers.add_parser(
        "ticket",
        aliases=["t", "详情"],
        help="everything about one ticket",
        epilog="example: faultdesk ticket FD-1 --save files",
    )
    one.add_argument("number", help="FD-1 or 1")
    one.add_argument("--full", action="store_true", help="mails whole, with what they quote and their signatures")
    one.add_argument("--save", metavar="DIR", type=Path, help="also save its files and original mails there")
    for parser, work in ((several, show_tickets), (one, show_ticket)):
        parser.add_argument("--json", action="store_true", help="for scripts")
        parser.set_defaults(do=work)


def show_tickets(arguments: argparse.Namespace) -> int:
    """The list."""
    settings = settings_of(arguments.config)

    def work(db: Connection) -> None:
        rows = listed(db, settings, tickets.find(db, ended=arguments.all))
        if arguments.json:
            print_json_list(rows)
        elif found := list(rows):
            columns = ("number", "state", "level", "due", "assignee", "requester", "subject")
            table(found, columns, settings.desk.timezone)
        else:
            print("no tickets" if arguments.all else "no open tickets; closed ones too: faultdesk tickets --all")

    read(settings, work)
    return 0


def listed(db: Connection, settings: Settings, found: Sequence[Ticket]) -> Iterator[Row]:
    """Tickets as scripts read them. `due`: when the next of its running clocks lapses."""
    names = {one.id: one.handle for one in people.staff(db)}
    for some in batched(found):
        running = clocks.open_of(db, [one.id for one in some])
        for one in some:
            yield {
                "number": f"{settings.desk.prefix}-{one.number}",
                "subject": one.subject,
                "requester": one.requester_address or one.requester_name,
                "state": one.state,
                "level": one.level,
                "assignee": names.get(one.assignee_id) if one.assignee_id else None,
                "opened_at": one.opened_at,
                "due": next((row.due_at for row in running.get(one.id, []) if row.due_at), None),
            }


def show_ticket(arguments: argparse.Namespace) -> int:
    """One ticket, and its files if asked for."""
    from bot.cli.files import save  # noqa: PLC0415  -- only who saves needs the parser

    settings = settings_of(arguments.config)
    number = number_of(arguments.number)

    def work(db: Connection) -> dict[str, Any]:
        ticket = ticket_of(db, number)
        facts = whole(db, settings, ticket)
        return facts | ({"saved": save(db, ticket, arguments.save)} if arguments.save else {})

    facts = read(settings, work)
    if arguments.json:
        print_json(facts)
    else:
        _print(facts, settings.desk.timezone, "full_text" if arguments.full else "text")
    return 0


def whole(db: Connection, settings: Settings, ticket: Ticket) -> dict[str, Any]:
    """Everything about a ticket, as plain values."""
    names = {one.id: one.handle for one in people.ever_staff(db)}
    return {
        **next(listed(db, settings, [ticket])),
        **_values(ticket, "level_reason item place requester_name locale solved_at closed_at"),
        **_related(db, settings, ticket),
        "clocks": [
            {**_values(row, "target arming state started_at"), "due": row.due_at, **_values(row, "ended_at passed")}
            for row in clocks.of_ticket(db, ticket.id)
        ],
        "entries": [
            {**_values(row, "id kind"), "at": row.created_at, **_values(row, "author text full_text notes")}
            for row in tickets.entries(db, ticket.id)
        ],
        "attachments": [_values(row, "name media_type size sha256 state") for row in tickets.files(db, ticket.id)],
        "history": [
            {**_values(row, "at kind channel"), "who": names.get(row.actor_id, row.actor), "facts": row.facts}
            for row in journal.of_ticket(db, ticket.id)
        ],
        "messages": [sent(row, settings) for row in outbox.everything(db, ticket.id)],
    }


def _related(db: Connection, settings: Settings, ticket: Ticket) -> Row:
    """The tickets that it went into or that went into it, and who takes part beside its requester."""

    def name(one: Ticket) -> str:
        return f"{settings.desk.prefix}-{one.number}"

    return {
        "merged_into": name(tickets.surviving(db, ticket)) if ticket.merged_into_id else None,
        "absorbed": [name(one) for one in tickets.absorbed_by(db, ticket.id)],
        "is_master": ticket.is_master,
        "master": name(tickets.get(db, ticket.master_id)) if ticket.master_id is not None else None,
        "linked": [name(one) for one in tickets.linked_to(db, ticket.id)],
        "participants": [one.address for one in participants.of_ticket(db, ticket.id)],
    }


def _values(row: Any, names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names.split()}


SHOWN = (
    *("state", "merged_into", "assignee", "level", "item", "place", "requester", "opened_at", "due", "solved_at"),
    *("absorbed", "participants", "master", "linked"),
)
TABLES = {
    "clocks": ("target", "arming", "state", "due", "ended_at", "passed"),
    "attachments": ("name", "media_type", "size", "state"),
    "history": ("at", "kind", "who", "channel", "facts"),
    "messages": ("created_at", "kind", "channel", "address", "state", "subject"),
}


def _print(facts: dict[str, Any], zone: str, words: str) -> None:
    print(f"{facts['number']}  {shown(facts['subject'])}\n")
    facts["requester"] = " ".join(filter(None, (facts["requester_name"], f"<{facts['requester']}>")))
    for name in ("absorbed", "participants", "linked"):
        facts[name] = ", ".join(facts[name])
    for name in SHOWN:
        if value := facts[name]:
            print(f"  {name:12}  {local(value, zone) if name.endswith(('_at', 'due')) else shown(value)}")
    if facts["entries"]:
        print("\nentries")
    for row in facts["entries"]:
        print(f"  {local(row['at'], zone)}  {row['kind']}  {shown(row['author'])}  {', '.join(row['notes'])}".rstrip())
        print("\n".join(f"    {line}" for line in shown(row[words] or row["text"]).splitlines()))
    for name, columns in TABLES.items():
        if facts[name]:
            print(f"\n{name}")
            table(facts[name], columns, zone, indent="  ")
    if saved := facts.get("saved"):
        print("\nsaved\n" + "\n".join(f"  {path}" for path in saved))
