"""Two tickets that have to do with each other: each shows the other, and nothing else changes (service plan 4)."""

from __future__ import annotations

from bot.desk.journal import record
from bot.desk.linking import LinkRefusedError
from bot.desk.work import Work
from bot.domain.secrecy import SECURITY
from storage import journal, tickets
from storage.tickets import Ticket

RELATED, APART = "related", "unrelated"


def relate(work: Work, ticket: Ticket, other: Ticket, *, apart: bool = False) -> None:
    """They show each other, or no longer. Raises LinkRefusedError; an incident is named nowhere (SP-10.4)."""
    if ticket.id == other.id or ticket.customer_id != other.customer_id or SECURITY in {ticket.kind, other.kind}:
        raise LinkRefusedError("unrelated", ticket)
    for one, beside in ((ticket, other), (other, ticket)):
        record(work, tickets.change(work.db, one.id), (APART if apart else RELATED, {"other": beside.id}))


def shown(work: Work, ticket: Ticket) -> list[str]:
    """The names of related tickets, including the closed one that its first mail named."""
    found = dict.fromkeys([ticket.related_id] if ticket.related_id else [])
    for row in journal.of_kinds(work.db, {RELATED, APART}, [ticket.id]):
        found |= {row.facts["other"]: None}
        if row.kind == APART:
            del found[row.facts["other"]]
    others = [tickets.get(work.db, one) for one in found]
    return [work.house.name_of(one.number) for one in others if one.kind != SECURITY]
