"""An engineer asks for help or for a part: the desk hears at once, and its answer goes back to her (SP-3.6, SP-5.1)."""

from __future__ import annotations

from typing import Any

from bot.desk import facts as about
from bot.desk.announce import announce
from bot.desk.journal import record, settle
from bot.desk.needs import begin_to_look
from bot.desk.work import Work
from bot.domain.ticket import OPEN, MoveRefusedError
from storage import clocks, journal, tickets
from storage.tickets import Ticket


def ask(work: Work, ticket: Ticket, text: str) -> None:
    """She asks for help: the desk has five minutes to answer or to bring somebody in. Raises MoveRefusedError."""
    facts = _written(work, ticket, text, "help", "helping")
    announce(work, ticket, "help wanted", facts, key=str(facts["entry"]))


def part(work: Work, ticket: Ticket, text: str) -> None:
    """She needs a part; no clock stands still for that (R6). Raises MoveRefusedError."""
    _needs(work, ticket, text, "part")


def vendor(work: Work, ticket: Ticket, text: str) -> None:
    """She waits for a maker, a carrier or another house; no clock stands still either. Raises MoveRefusedError."""
    _needs(work, ticket, text, "vendor")


def _needs(work: Work, ticket: Ticket, text: str, what: str) -> None:
    facts = _written(work, ticket, text, "part", f"{what}_wanted")
    begin_to_look(work)
    announce(work, ticket, f"{what} wanted", {**facts, "what": what}, key=str(facts["entry"]))


def answer(work: Work, ticket: Ticket, text: str) -> bool:
    """The desk's help, in words or by hand: the engineer reads it. Gives whether anybody waited for it."""
    waited = is_asked(work, ticket)
    entry = _write(work, ticket, text) if text else None
    record(work, ticket, ("helped", {"entry": entry} if entry else {}))
    settle(work, ticket)
    if entry:
        announce(work, ticket, "helped", {"text": text, "author": work.actor.name}, key=str(entry))
    return waited


def bring_in_senior(work: Work, ticket: Ticket) -> None:
    """The senior engineer helps instead of the desk (SP-3.6)."""
    asked = journal.newest_facts(work.db, "helping", [ticket.id]).get(ticket.id, {})
    entry = tickets.get_entry(work.db, asked["entry"]) if asked else None
    answer(work, ticket, "")
    facts = {
        "text": entry.text if entry else "",
        "engineer": about.name_of_person(work, ticket.assignee_id),
        "due": None,
    }
    announce(work, tickets.change(work.db, ticket.id), "senior asked", facts)


def is_asked(work: Work, ticket: Ticket) -> bool:
    """Whether somebody waits for help."""
    return any(row.target == "help" for row in clocks.open_of(work.db, [ticket.id]).get(ticket.id, []))


def _written(work: Work, ticket: Ticket, text: str, action: str, kind: str) -> dict[str, Any]:
    if ticket.state not in OPEN:
        raise MoveRefusedError(action, ticket.state)
    entry = _write(work, ticket, text)
    record(work, ticket, (kind, {"entry": entry}))
    settle(work, ticket)
    due = next((row["due"] for row in about.open_clocks(work, ticket) if row["target"] == "help"), None)
    return {"entry": entry, "text": text, "engineer": work.actor.name, "due": due}


def _write(work: Work, ticket: Ticket, text: str) -> int:
    who = {"author_id": work.actor.id, "author": work.actor.name}
    return tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", text=text, created_at=work.now, **who)
