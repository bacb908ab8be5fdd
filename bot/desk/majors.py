"""Major events: declared by hand or by rule, and the report that is due when one is over (SP-4.7, SP-8.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import IT_DEPARTMENT, announce
from bot.desk.journal import UNDONE, record, settle, standing
from bot.desk.work import Work
from bot.domain.ticket import ENDED, OPEN, MoveRefusedError
from storage import clocks, journal, tickets
from storage.tickets import Ticket

DECLARED, OVER, REPORTED, VOID, REOPENED = "major", "major_over", "major_reported", "major_void", "reopened"
LASTS, IS_OVER = "lasts", "over"
HAND, VIP, CHILDREN, SECURITY = "hand", "vip", "children", "security"
"""What made it one: a person, a VIP's lapsed promise, many linked tickets, a security incident."""


class MajorError(Exception):
    """It is not done; `reason` is a short word: none, lasts, over, reported."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def states(work: Work, ticket_ids: Sequence[int]) -> dict[int, str]:
    """Of these tickets the major events: each lasts, is over (its report is due), or is reported."""
    kinds = {DECLARED: LASTS, OVER: IS_OVER, REPORTED: "reported", VOID: "", REOPENED: LASTS}
    found: dict[int, str] = {}
    for row in standing(journal.of_kinds(work.db, [*kinds, UNDONE], ticket_ids)):
        if row.kind == DECLARED or found.get(row.ticket_id):
            found[row.ticket_id] = kinds[row.kind]
    return {number: state for number, state in found.items() if state}


def state_of(work: Work, ticket: Ticket) -> str:
    """How the ticket stands as a major event; "" for none."""
    return states(work, [ticket.id]).get(ticket.id, "")


def declare(work: Work, ticket: Ticket, why: str) -> None:
    """A person says so: project manager and the customer's IT department hear of it at once.

    One that a rule has flagged is confirmed by that. Raises MoveRefusedError, MajorError.
    """
    if ticket.state in ENDED:
        raise MoveRefusedError("major", ticket.state)
    if _by(work, ticket) == HAND and state_of(work, ticket) == LASTS:
        raise MajorError(LASTS)
    who = {"author_id": work.actor.id, "author": work.actor.name}
    entry = tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", text=why, created_at=work.now, **who)
    _declare(work, ticket, HAND, {"entry": entry}, {"text": why, "author": work.actor.name})
    if ticket.state not in OPEN:
        finish(work, tickets.get(work.db, ticket.id))


def flag_outage(work: Work, master: Ticket) -> None:
    """Makes the master of many linked tickets a major event, unless it was one, or somebody has said that it is not."""
    most = work.house.major_children
    if most and tickets.linked_counts(work.db, [master.id])[master.id] >= most and not _by(work, master):
        _declare(work, master, CHILDREN, {}, {})


def is_by_breach(work: Work, target: str, level: str) -> bool:
    """Whether it makes a major event that this promise has lapsed: a VIP's answer or solution."""
    return work.house.major_vip and level == "vip" and target in {"response", "resolve"}


def flag_breach(work: Work, ticket: Ticket) -> None:
    """It is one by a lapsed promise: the project manager hears that from the alert itself (R16)."""
    if not _by(work, ticket):
        record(work, ticket, (DECLARED, {"by": VIP}))


def solved(work: Work, ticket: Ticket) -> None:
    """With the solution the event is over, too, if it was one."""
    if state_of(work, ticket) == LASTS:
        finish(work, ticket)


def finish(work: Work, ticket: Ticket) -> None:
    """The cause is removed: the report is due from now on (SP-8.3). Raises MajorError."""
    if state_of(work, ticket) != LASTS:
        raise MajorError(state_of(work, ticket) or "none")
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, (OVER, {}))
    settle(work, ticket)
    _tell(work, ticket, "major over", {"report_due": report_due(work, ticket)})


def reported(work: Work, ticket: Ticket, how: str) -> None:
    """The report has gone to those who are to have it. Raises MajorError unless one is due."""
    state = state_of(work, ticket)
    if state != IS_OVER:
        raise MajorError(state or "none")
    who = {"author_id": work.actor.id, "author": work.actor.name}
    entry = tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", text=how, created_at=work.now, **who)
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, (REPORTED, {"entry": entry}))
    settle(work, ticket)


def revoke(work: Work, ticket: Ticket) -> None:
    """It is none after all: no report is due, and who heard of it hears that. Raises MajorError."""
    if not state_of(work, ticket):
        raise MajorError("none")
    by_hand = _by(work, ticket) == HAND
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, (VOID, {}))
    settle(work, ticket)
    _tell(work, ticket, "major not", {"author": work.actor.name}, by_hand=by_hand)


def report_due(work: Work, ticket: Ticket) -> str | None:
    """Until when the report is due; None where none is."""
    rows = clocks.open_of(work.db, [ticket.id]).get(ticket.id, [])
    return next((about.iso(row.due_at) for row in rows if row.target == "major-report"), None)


def _by(work: Work, ticket: Ticket) -> str:
    """What made it one when that was said last; "" where it never was."""
    rows = standing(journal.of_kinds(work.db, [DECLARED, UNDONE], [ticket.id]))
    return str(rows[-1].facts["by"]) if rows else ""


def _declare(work: Work, ticket: Ticket, rule: str, written: dict[str, Any], said: dict[str, Any]) -> None:
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, (DECLARED, {"by": rule, **written}))
    settle(work, ticket)
    _tell(work, ticket, "major", {"rule": rule, **said}, by_hand=rule in {HAND, SECURITY})


def _tell(work: Work, ticket: Ticket, event: str, facts: dict[str, Any], *, by_hand: bool | None = None) -> None:
    """The IT department hears of what a person has confirmed."""
    confirmed = _by(work, ticket) in {HAND, SECURITY} if by_hand is None else by_hand
    base: dict[str, Any] = {
        "rule": "",
        "text": "",
        "author": "",
        "report_due": None,
        "opened_at": about.iso(ticket.opened_at),
    }
    base["linked"] = tickets.linked_counts(work.db, [ticket.id])[ticket.id] if ticket.is_master else 0
    unheard = frozenset[str]() if confirmed else frozenset({IT_DEPARTMENT})
    announce(work, ticket, event, {**base, **facts}, unheard=unheard)
