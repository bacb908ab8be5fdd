"""Waiting for the user has an end: she is reminded, then people are asked what shall become of it (R6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.desk import facts as about
from bot.desk import needs
from bot.desk.announce import announce
from bot.desk.journal import record
from bot.desk.needs import MARK, opening_after
from bot.desk.work import Work
from bot.domain.ticket import WAITING
from storage import journal, marks, tickets
from storage.tickets import Ticket

ASKED, REMINDED, OVER = "waiting", "wait_reminded", "wait_over"
KINDS = frozenset({ASKED, REMINDED, OVER})
EVENTS = {REMINDED: "asked again", OVER: "wait over"}
"""What happened in the journal → its event in the message table."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait that lasts: since when, for the answer to which question (an entry's id), and what was done about it.

    `until`: when people are asked what to do; None where that is not wished.
    """

    since: datetime
    question: int
    until: datetime | None
    done: frozenset[str]


def of_tickets(work: Work, found: Sequence[Ticket]) -> dict[int, Wait]:
    """Ticket id → its wait, of those that wait for their users."""
    events = journal.of_tickets(work.db, [one.id for one in found if one.state == WAITING], KINDS)
    return {ticket_id: _read(work, happened) for ticket_id, happened in events.items()}


def _read(work: Work, happened: Sequence[Any]) -> Wait:
    start = max(place for place, event in enumerate(happened) if event.kind == ASKED)
    asked, done = happened[start], frozenset(event.kind for event in happened[start + 1 :])
    days = work.house.wait_days
    until = opening_after(work.house.office, work.house.office.local_date(asked.at), days) if days else None
    return Wait(asked.at, asked.facts["entry"], until, done)


def shown(work: Work, found: Sequence[Ticket]) -> dict[int, list[dict[str, Any]]]:
    """Ticket id → what it waits for: its user, a part, a vendor; since when, until when, in whose words (`entry`)."""
    rows: dict[int, list[dict[str, Any]]] = {}
    for ticket_id, wait in of_tickets(work, found).items():
        told = {"need": "user", "since": about.iso(wait.since), "until": about.iso(wait.until), "entry": wait.question}
        rows.setdefault(ticket_id, []).append(told)
    for ticket_id, some in needs.of_tickets(work, found).items():
        for one in some:
            told = {"need": one.what, "since": about.iso(one.since), "until": None, "entry": one.entry}
            rows.setdefault(ticket_id, []).append(told)
    return rows


def next_at(work: Work) -> datetime | None:
    """When the waits are looked at next: as the office opens (in the past: overdue); None before the first wait."""
    done = marks.get(work.db, MARK)
    if done:
        return opening_after(work.house.office, date.fromisoformat(done), 1)
    return work.now if tickets.anything_waits(work.db) else None


def remind(work: Work) -> int:
    """Reminds users of what they were asked, and asks people about waits that are over; each once a wait.

    If both are due, people alone are asked. Gives how many openings of the office were looked at.
    """
    coming = next_at(work)
    if coming is None or coming > work.now:
        return 0
    marks.put(work.db, MARK, work.house.office.local_date(work.now).isoformat())
    found = {one.id: one for one in tickets.find(work.db, secret=True)}
    needs.remind(work, list(found.values()))
    for ticket_id, wait in of_tickets(work, list(found.values())).items():
        _look_at(work, found[ticket_id], wait)
    return 1


def _look_at(work: Work, ticket: Ticket, wait: Wait) -> None:
    office, days = work.house.office, work.house.wait_reminder
    if wait.until is not None and wait.until <= work.now:
        if OVER not in wait.done:
            _tell(work, ticket, wait, OVER)
    elif days and opening_after(office, office.local_date(wait.since), days) <= work.now and REMINDED not in wait.done:
        _tell(work, ticket, wait, REMINDED)


def _tell(work: Work, ticket: Ticket, wait: Wait, what: str) -> None:
    """Writes it down and says it, the question with it unless that was erased."""
    record(work, ticket, (what, {}))
    question = tickets.get_entry(work.db, wait.question)
    facts = {"since": about.iso(wait.since), "text": question.text if question else ""}
    facts |= {"author": question.author if question else "", "reminded": REMINDED in wait.done}
    facts |= {"assignee": about.name_of_person(work, ticket.assignee_id)}
    announce(work, ticket, EVENTS[what], facts, key=wait.since.isoformat())
