"""Security incidents: reported in private, told at once to the insiders, never to whom they concern (SP-10.4)."""

from __future__ import annotations

from typing import Any

from bot.desk import facts as about
from bot.desk import majors
from bot.desk.announce import IT_DEPARTMENT, announce
from bot.desk.journal import Happening, record, settle
from bot.desk.opening import Report, open_ticket
from bot.desk.work import Work
from bot.domain.language import language_of
from bot.domain.secrecy import INCIDENTS, SECURITY, may_see
from bot.domain.targets import SUGGESTED
from bot.domain.ticket import OPEN, MoveRefusedError
from storage import journal, tickets
from storage.people import Person
from storage.tickets import Ticket

INCIDENT = "incident"
LONGEST_SUBJECT = 100
OTHER = next(reversed(INCIDENTS))


def report(work: Work, text: str, what: str, concerned: Person | None) -> Ticket:
    """Staff reports an incident: its ticket, of which the insiders hear at once."""
    subject = text.partition("\n")[0][:LONGEST_SUBJECT]
    said = Report("", work.actor.name, subject, text, language_of(text), work.now, quiet=True, kind=SECURITY)
    ticket = open_ticket(work, said).ticket
    who = {"author_id": work.actor.id, "author": work.actor.name}
    entry = tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", text=text, created_at=work.now, **who)
    return tell(work, ticket, {"entry": entry, "what": what or OTHER}, concerned)


def tell(work: Work, ticket: Ticket, facts: dict[str, Any], concerned: Person | None = None) -> Ticket:
    """Records the kind of incident (`facts`: what, entry) and whom it concerns, and tells the insiders."""
    concerns = concerned.id if concerned else ticket.concerns_id
    ticket = tickets.change(work.db, ticket.id, concerns_id=concerns)
    happened: list[Happening] = [(INCIDENT, {**facts, "concerns": concerns})]
    if not majors.state_of(work, ticket):
        happened.append((majors.DECLARED, {"by": majors.SECURITY}))
    before = journal.newest_facts(work.db, INCIDENT, [ticket.id]).get(ticket.id, {})
    record(work, ticket, *happened)
    same = frozenset(
        {IT_DEPARTMENT} if before.get("what") == facts["what"] else ()
    )  # its notice says no more than that
    announce(work, ticket, "security", shown(work, ticket), unheard=same)
    return ticket


def make(work: Work, ticket: Ticket, what: str, concerned: Person | None) -> Ticket:
    """A ticket turns out to be an incident, or more is known of one: from now on insiders alone see it."""
    if ticket.state not in OPEN:
        raise MoveRefusedError("security", ticket.state)
    new = ticket.kind != SECURITY
    known = journal.newest_facts(work.db, INCIDENT, [ticket.id]).get(ticket.id, {})
    if new:
        ticket = tickets.change(work.db, ticket.id, kind=SECURITY, master_id=None)
        record(work, ticket, (SUGGESTED, {}))
        settle(work, ticket)
    return tell(work, ticket, {"what": what or known.get("what", OTHER)}, concerned)


def shown(work: Work, ticket: Ticket) -> dict[str, Any]:
    """What insiders read of an incident beside the ticket's own facts."""
    known = journal.newest_facts(work.db, INCIDENT, [ticket.id]).get(ticket.id, {})
    concerned = about.name_of_person(work, ticket.concerns_id)
    return {"incident": known.get("what", OTHER), "concerned": concerned, "opened_at": about.iso(ticket.opened_at)}


def open_ones(work: Work, person: Person | None) -> list[Ticket]:
    """The incidents that are not closed and that somebody may know of; the administrator (None) sees all."""
    found = [one for one in tickets.find(work.db, secret=True) if one.kind == SECURITY]
    if person is None:
        return found
    return [one for one in found if may_see(one.kind, one.concerns_id, person.id, person.roles)]
