"""An engineer is late or cannot come: the requester knows at once, the desk talks to her and sends somebody else."""

from __future__ import annotations

from datetime import datetime

from bot.desk import facts as about
from bot.desk.announce import announce
from bot.desk.eta import called_off, moved
from bot.desk.journal import record, settle
from bot.desk.work import Work
from bot.domain.ticket import ACCEPTED, DISPATCHED, ON_THE_WAY, WAITING, MoveRefusedError
from storage import clocks, journal, tickets
from storage.tickets import Ticket

LATE, CANNOT = "late", "cannot"


def is_news(work: Work, ticket: Ticket, reason: str, eta: datetime | None) -> bool:
    """Whether it adds to an earlier delay that is not dealt with yet: another engineer's, another
    time, or that she cannot come who was only late.
    """
    said = journal.newest_facts(work.db, "late", [ticket.id]).get(ticket.id, {})
    same = said.get("engineer") == ticket.assignee_id and said.get("reason") in {reason, CANNOT} and eta is None
    return not same or all(row.target != "delay" for row in clocks.open_of(work.db, [ticket.id]).get(ticket.id, []))


def notice(work: Work, ticket: Ticket, why: str, reason: str, eta: datetime | None = None) -> datetime | None:
    """The delay is noticed (SP-3.5, R11): gives until when the requester is contacted and somebody else sent, None if
    that is over. What comes while one is being dealt with gives no second ten minutes.

    `eta` is when she thinks to be there then; of who cannot come the visit is called off in the requester's calendar.
    Raises MoveRefusedError while no engineer is on the ticket.
    """
    if ticket.assignee_id is None or ticket.state not in {DISPATCHED, ACCEPTED, WAITING}:
        raise MoveRefusedError("late", ticket.state)
    who = {"author_id": work.actor.id, "author": work.actor.name}
    entry = tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", text=why, created_at=work.now, **who)
    stays = reason == CANNOT and ticket.whereabouts == ON_THE_WAY
    ticket = tickets.change(work.db, ticket.id, **({"whereabouts": ""} if stays else {}))
    record(work, ticket, ("late", {"entry": entry, "engineer": ticket.assignee_id, "reason": reason}))
    dues = {clock.target: clock.due for clock in settle(work, ticket) if clock.is_open}
    due = dues.get("delay")
    due = due if due and due > work.now else None
    facts = {
        "engineer": about.name_of_person(work, ticket.assignee_id),
        "reason": reason,
        "text": why,
        "due": about.iso(due),
        "resolve_due": about.iso(dues.get("resolve")),
        "eta": None,
    }
    if eta:
        facts |= moved(work, ticket, eta)
    elif reason == CANNOT:
        facts |= called_off(work, ticket)
    announce(work, ticket, "late", facts)
    return due


def reason_of(work: Work, ticket: Ticket, former: int) -> str:
    """Why a ticket goes to somebody else: its engineer was late, could not come, or "" for nothing of the kind."""
    late = journal.newest_facts(work.db, "late", [ticket.id]).get(ticket.id, {})
    return str(late["reason"]) if late.get("engineer") == former else ""
