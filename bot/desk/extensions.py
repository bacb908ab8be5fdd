"""A new promised time, granted by the project manager: shown beside the verdict, it moves no clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import announce
from bot.desk.journal import record
from bot.desk.work import Work
from bot.domain.ticket import OPEN, MoveRefusedError
from storage import journal, tickets
from storage.tickets import Ticket

EXTENDED = "extended"


def extend(work: Work, ticket: Ticket, until: datetime, why: str) -> None:
    """The requester is promised a new time for the solution, with the reason in the project manager's words.

    Raises MoveRefusedError for a ticket on which nobody works any more.
    """
    if ticket.state not in OPEN:
        raise MoveRefusedError("extend", ticket.state)
    who = {"author_id": work.actor.id, "author": work.actor.name}
    entry = tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", text=why, created_at=work.now, **who)
    ticket = tickets.change(work.db, ticket.id)
    promise = {"until": about.iso(until)}
    record(work, ticket, (EXTENDED, {"entry": entry, **promise}))
    words = {"text": why, "author": work.actor.name, "engineer": about.name_of_person(work, ticket.assignee_id)}
    announce(work, ticket, EXTENDED, {**promise, **words}, key=str(entry))


def promises(work: Work, found: Sequence[Ticket]) -> dict[int, str]:
    """The newest new promise of each ticket that has one (an ISO instant), by the ticket's id."""
    changed = [one.id for one in found if one.version > 1]
    return {ticket: facts["until"] for ticket, facts in journal.newest_facts(work.db, EXTENDED, changed).items()}


def granted(work: Work, ticket: Ticket) -> list[dict[str, Any]]:
    """Every new promise of a ticket, the oldest first: until when, granted when."""
    rows = [row for row in journal.of_ticket(work.db, ticket.id) if row.kind == EXTENDED]
    return [{"until": row.facts["until"], "at": about.iso(row.at)} for row in rows]
