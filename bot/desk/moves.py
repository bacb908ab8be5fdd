"""What people do to a ticket. `move` is the only door through which a ticket's state changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.desk import call_backs, majors, repair_mails
from bot.desk import facts as about
from bot.desk.announce import announce
from bot.desk.authorizations import lacking, must_be_authorized
from bot.desk.delays import reason_of
from bot.desk.eta import call_off, called_off
from bot.desk.journal import Happening, record, ring_again, settle, silence
from bot.desk.sheet_facts import silent_from
from bot.desk.work import Work
from bot.domain.plain_words import COMPLAINT, QUESTION, SUGGESTION
from bot.domain.secrecy import SECURITY
from bot.domain.sheet import BY_SILENCE
from bot.domain.targets import COVERED, TO_REQUESTER
from bot.domain.ticket import DISPATCHED, ELSEWHERE, ENDED, OPEN, SOLVED, WAITING, after
from storage import people, tickets
from storage.people import Person
from storage.tickets import Ticket

ANSWERED = frozenset({QUESTION, SUGGESTION, SECURITY})
"""Kinds that end with an answer: nobody was sent, so nobody's sheet is checked (SP-4.5)."""
BEGINNING = frozenset({"accept", "set out", "arrive"})
"""Actions by which work begins (SP-10.2)."""


def move(
    work: Work,
    ticket: Ticket,
    action: str,
    *happenings: Happening,
    at: datetime | None = None,
    **changes: Any,
) -> Ticket:
    """Moves the ticket to where the action leads, writes down what happened and renews its clocks.

    Raises MoveRefusedError when the ticket's state does not allow it, NotAuthorizedError when work may not begin (then
    nothing has changed).
    """
    if action in BEGINNING:
        must_be_authorized(work, ticket)
    assigned = changes.get("assignee_id", ticket.assignee_id) is not None
    state = after(ticket.state, action, assigned=assigned)
    if ticket.state == WAITING and action == "assign":  # assigning it means that work goes on, and so does the clock
        happenings = (*happenings, ("resumed", {}))
    if action in ELSEWHERE and ticket.whereabouts:
        changes["whereabouts"] = ""
    ticket = tickets.change(work.db, ticket.id, state=state, **changes)
    record(work, ticket, *happenings, at=at)
    settle(work, ticket)
    return ticket


def promised(work: Work, ticket: Ticket) -> dict[str, Any]:
    """When the ticket's response, arrival and solution are due, as texts say it."""
    dues = {row["target"]: row for row in about.open_clocks(work, ticket)}
    facts: dict[str, Any] = {"provisional": any(row["provisional"] for row in dues.values())}
    for target in TO_REQUESTER:
        facts[f"{target}_due"] = dues[target]["due"] if target in dues else None
    return facts


def take(work: Work, ticket: Ticket, person: Person) -> Ticket:
    """An engineer takes the ticket, also over from another one: dispatched and confirmed in one step."""
    if ticket.assignee_id == person.id:
        return accept(work, ticket, person)
    former = ticket.assignee_id
    assigned = ("assigned", {"assignee": person.id, "by": person.id, "former": former})
    first: dict[str, Any] = {"assignee_id": person.id, "contact_id": ticket.contact_id or person.id}
    ticket = move(work, ticket, "assign", assigned, **first)
    if not lacking(work, [ticket]):  # otherwise it is hers, and she confirms once work is authorised
        ticket = move(work, ticket, "accept", ("accepted", {"assignee": person.id}))
    _cover_linked(work, ticket, former)
    _tell_dispatch(work, ticket, "taken", former, {})
    return ticket


def accept(work: Work, ticket: Ticket, person: Person) -> Ticket:
    """The assigned engineer confirms that she is on it (SP-3.4). Raises NotAuthorizedError (SP-10.2)."""
    ticket = move(work, ticket, "accept", ("accepted", {"assignee": person.id}))
    announce(work, ticket, "accepted")
    return ticket


def assign(work: Work, ticket: Ticket, person: Person, why: Mapping[str, Any] | None = None) -> Ticket:
    """The desk gives the ticket to an engineer (SP-3.3); again to another one is a re-dispatch (R11).

    `why`: what speaks for her, where the ticket went to her by itself.
    """
    former = ticket.assignee_id
    assigned = ("assigned", {"assignee": person.id, "by": work.actor.id, "former": former, **(why or {})})
    first: dict[str, Any] = {"assignee_id": person.id, "contact_id": ticket.contact_id or person.id}
    ticket = move(work, ticket, "assign", assigned, **first)
    _cover_linked(work, ticket, former)
    _tell_dispatch(work, ticket, "assigned", former, why or {})
    return ticket


def cover(work: Work, child: Ticket) -> None:
    """Meets the dispatch of a linked ticket: its master's engineer works on both (R16)."""
    record(work, child, (COVERED, {"master": child.master_id}))
    settle(work, child)


def _cover_linked(work: Work, ticket: Ticket, former: int | None) -> None:
    if ticket.is_master and former is None:
        for child in tickets.linked_to(work.db, ticket.id):
            if child.state in OPEN and child.assignee_id is None:
                cover(work, child)


def _tell_dispatch(work: Work, ticket: Ticket, event: str, former: int | None, why: Mapping[str, Any]) -> None:
    person = people.by_id(work.db, ticket.assignee_id)
    assert person is not None  # noqa: S101  -- it has just been dispatched
    again = former if former != person.id else None
    facts = {
        **promised(work, ticket),
        "engineer": person.name or person.handle,
        "clocks": about.open_clocks(work, ticket),
        "by": work.actor.name,
        "reason": reason_of(work, ticket, again) if again else "",
        "traits": [],
        "unauthorized": bool(lacking(work, [ticket])),
        **(called_off(work, ticket) if again else {}),
        **why,
    }
    announce(work, ticket, "reassigned" if again else event, facts, person=person.id, former=former)


def reply(work: Work, ticket: Ticket, text: str, *, after: timedelta = timedelta()) -> None:
    """A person's words to the requester, by mail `after` a while: the contact that the response clock asks for (R5)."""
    entry = _write(work, ticket, "reply", text)
    record(work, ticket, ("contacted", {"entry": entry}), ("replied", {"entry": entry}))
    settle(work, ticket)
    words = {**_signed(work, text), "entry": entry}
    announce(work, tickets.get(work.db, ticket.id), "replied", words, key=str(entry), after=after)


def called(work: Work, ticket: Ticket, text: str, at: datetime) -> Ticket:
    """Somebody has spoken with the requester on the telephone at this time, and what was said: a contact (R5)."""
    entry = _write(work, ticket, "note", text)
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, ("contacted", {}), ("called", {"entry": entry}), at=at)
    settle(work, ticket)
    announce(work, ticket, "called")
    return ticket


def replied_directly(work: Work, ticket: Ticket, entry: Any) -> None:
    """An engineer's own mail to the requester, which she says is hers: the contact was when it came (R5)."""
    tickets.change_entry(work.db, entry.id, kind="reply")
    ticket = tickets.change(work.db, ticket.id)
    for happened in (("contacted", {}), ("replied", {"entry": entry.id})):
        record(work, ticket, happened, at=entry.created_at)
    settle(work, ticket)


def note(work: Work, ticket: Ticket, text: str) -> int:
    """Words for colleagues, which never leave the house; gives the entry. Without words it is for a file."""
    entry = _write(work, ticket, "note", text)
    record(work, ticket, ("noted", {"entry": entry}))
    return entry


def wait(work: Work, ticket: Ticket, question: str) -> Ticket:
    """Asks the requester by mail and stops the resolve clock until she answers (R6).

    The engineer to whom it was assigned also confirms by that (SP-3.4).
    """
    entry = _write(work, ticket, "question", question)
    hers = ticket.state == DISPATCHED and ticket.assignee_id == work.actor.id and not lacking(work, [ticket])
    confirmed = (("accepted", {"assignee": ticket.assignee_id}),) if hers else ()
    ticket = move(work, ticket, "wait", *confirmed, ("contacted", {"entry": entry}), ("waiting", {"entry": entry}))
    announce(work, ticket, "asked", {**_signed(work, question), "entry": entry})
    return ticket


def solve(work: Work, ticket: Ticket, text: str) -> Ticket:
    """The engineer's word that it works again; the requester is told what was done and may reopen by a reply.

    Raises NotAuthorizedError for work that nobody has authorised (SP-10.2).
    """
    must_be_authorized(work, ticket)
    entry = _write(work, ticket, "solution", text)
    happened, changes = ending(work, ticket, work.now)
    contact = ticket.contact_id or work.actor.id
    ticket = move(work, ticket, "solve", ("solved", {"entry": entry}), *happened, contact_id=contact, **changes)
    told = {**_signed(work, text), "reopen_days": work.house.reopen_days, **called_off(work, ticket)}
    announce(work, ticket, "solved", told)
    majors.solved(work, ticket)
    repair_mails.solved(work, ticket)
    return tickets.get(work.db, ticket.id)


def ending(
    work: Work, ticket: Ticket, at: datetime, *, by_user: bool = False
) -> tuple[tuple[Happening, ...], dict[str, Any]]:
    """What goes with a solution: its sheet is handed in, and closing waits for the desk's check of it (SP-3.8).

    For what is linked to an outage the master's sheet stands, and what was only answered has none to be checked (A): it
    closes when its requester may reopen it no more.
    """
    if ticket.master_id is None and ticket.kind not in ANSWERED:
        return (("sheet_finished", {"by_user": True} if by_user else {}),), {"solved_at": at, "close_at": None}
    return (), {"solved_at": at, "close_at": work.house.office.add_working_days(work.now, work.house.reopen_days)}


def reopen(work: Work, ticket: Ticket, why: str, *, at: datetime | None = None, with_linked: bool = False) -> Ticket:
    """The ticket is not solved after all: used time is kept, the solved gap does not count (R15). A complaint is to be
    answered and settled anew, and the project manager knows (SP-4.4).

    What was solved with a master stays solved, which its engineer reads, unless the caller reopens it `with_linked`.
    What is linked to an outage that lasts stays part of it.
    """
    master, solved_at = ticket.master_id, ticket.solved_at
    lasts = master is not None and tickets.get(work.db, master).state in OPEN
    facts = {"solved_at": about.iso(solved_at), "close_at": about.iso(ticket.close_at), "master": master}
    happened: Happening = ("reopened", facts | ({"entry": _write(work, ticket, "note", why)} if why else {}))
    kept = master if lasts else None
    anew: tuple[Happening, ...] = (("complained", {}),) if ticket.kind == COMPLAINT else ()
    ticket = move(work, ticket, "reopen", happened, *anew, at=at, solved_at=None, close_at=None, master_id=kept)
    if lasts:
        silence(work, ticket)
    elif master is not None:  # the outage is over, but hers is not: it becomes separate
        record(work, ticket, ("parted", {"master": master}))
        settle(work, ticket)
        ring_again(work, ticket)
    call_backs.called_off(work, ticket)
    linked = [] if with_linked or not ticket.is_master else tickets.linked_to(work.db, ticket.id)
    stay = sum(one.state == SOLVED and one.solved_at == solved_at for one in linked)
    told = {"clocks": about.open_clocks(work, ticket), "linked_solved": stay, "undo": not with_linked}
    announce(work, ticket, "reopened", told)
    if anew:
        announce(work, ticket, "complaint reopened", told)
    return ticket


def close(work: Work, ticket: Ticket) -> Ticket:
    """The reopen window is over, and the sheet is checked. Who has said nothing until now has confirmed by that.

    Not she whom no mail about the solution reached: she will be called, as everybody who has not rated.
    """
    silent = () if silent_from(work, ticket) is None else (("confirmed", {"how": BY_SILENCE}),)
    ticket = move(work, ticket, "close", ("closed", {}), *silent, closed_at=work.now, close_at=None)
    call_backs.on_close(work, ticket)
    announce(work, ticket, "closed")
    return ticket


def junk(work: Work, ticket: Ticket) -> Ticket:
    """Spam: all clocks are called off and in no statistic (R21); `restore` undoes it."""
    ticket = move(work, ticket, "junk", ("junked", {}))
    announce(work, ticket, "junked")
    call_off(work, ticket)
    return ticket


def restore(work: Work, ticket: Ticket) -> Ticket:
    """It was no spam: the clocks go on as if it never had been."""
    ticket = move(work, ticket, "restore", ("restored", {}))
    announce(work, ticket, "restored", {})
    return ticket


def escalate(work: Work, ticket: Ticket, why: str, *, technical: bool = False, slips: bool = False) -> None:
    """An abnormal event: the project manager is told at once, of a technical one the senior too (SP-3.7, R12).

    `slips`: what is abnormal is that it cannot be solved in time.
    """
    entry = _write(work, ticket, "note", why)
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, ("escalated", {"entry": entry, "technical": technical, "slips": slips}))
    settle(work, ticket)
    announce(work, ticket, "escalated")


def informed(work: Work, ticket: Ticket, how: str) -> bool:
    """Somebody logs that the project manager knows of the abnormal event: by telephone, face to face (R12).

    Gives whether an abnormal event waited for that.
    """
    waited = any(row["target"] == "abnormal" for row in about.open_clocks(work, ticket))
    record(work, ticket, ("informed", {"entry": _write(work, ticket, "note", how)}))
    settle(work, ticket)
    return waited


def _write(work: Work, ticket: Ticket, kind: str, text: str) -> int:
    who = {"author_id": work.actor.id, "author": work.actor.name}
    return tickets.add_entry(work.db, ticket_id=ticket.id, kind=kind, text=text, created_at=work.now, **who)


def _signed(work: Work, text: str) -> dict[str, str]:
    return {"text": text, "author": work.actor.name}


def is_over(ticket: Ticket) -> bool:
    """Whether mail to this ticket opens a new, linked one."""
    return ticket.state in ENDED


def answers(work: Work, ticket: Ticket, entry: int, at: datetime, *, reopens: bool) -> Ticket:
    """The requester's own words came in: they end a wait, and reopen what was solved if they are such words."""
    record(work, ticket, ("answered", {"entry": entry}), at=at)
    if ticket.state == WAITING:
        ticket = move(work, ticket, "resume", ("resumed", {"entry": entry}), at=at)
        announce(work, ticket, "resumed")
    elif ticket.state == SOLVED and reopens:
        return reopen(work, ticket, "", at=at)
    return ticket
