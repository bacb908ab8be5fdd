"""Checks every invariant: the tables among themselves, the journal's chain, and the clocks against the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from bot.desk.calendars import as_journaled
from bot.desk.journal import as_events, differs
from bot.domain.calendar import WorkingCalendar
from bot.domain.clocks import CANCELLED, derive
from storage import checks, clocks, journal, tickets
from storage.tickets import Ticket

UNREADABLE = (LookupError, ValueError, TypeError, AttributeError)
"""How rows that somebody has tampered with fail to be understood."""


def check(db: Connection, calendars: Mapping[str, WorkingCalendar]) -> Iterator[str]:
    """One line for each thing that is wrong; none when all is well (reliability 2.3).

    Clocks are derived from their journal once more, by the calendars that are journaled there; the given ones, which
    must reach back to the oldest ticket, stand in for those that are not.
    """
    damage = list(checks.damage(db))
    yield from damage
    if damage:  # whatever else is asked of such a file has no meaning
        return
    yield from checks.findings(db)
    yield from _journal(db)
    try:
        known = as_journaled(db, calendars)
    except UNREADABLE as error:
        yield f"the journal's calendars cannot be read ({type(error).__name__})"
        return
    for ticket in tickets.find(db, ended=True, secret=True):
        try:
            yield from _clocks_of(db, ticket, known)
        except UNREADABLE as error:
            yield f"ticket {ticket.number}: its journal and its clocks cannot be compared ({type(error).__name__})"


def _journal(db: Connection) -> Iterator[str]:
    try:
        yield from journal.broken_links(db)
    except UNREADABLE as error:
        yield f"the journal cannot be read to its end ({type(error).__name__})"


def _clocks_of(db: Connection, ticket: Ticket, calendars: Mapping[str, WorkingCalendar]) -> Iterator[str]:
    """Where a ticket's stored clocks say something else than its journal does."""
    derived = derive(as_events(journal.of_ticket(db, ticket.id)), ticket.policy, calendars)
    stored = {(row.target, row.arming): row for row in clocks.of_ticket(db, ticket.id)}
    for clock in derived:
        row = stored.pop((clock.target, clock.arming), None)
        if row is None:
            yield f"ticket {ticket.number}: the {clock.target} clock {clock.arming} is missing"
        elif differs(clock, row):
            yield f"ticket {ticket.number}: the {clock.target} clock {clock.arming} is not what its journal says"
    for target, arming in (key for key, row in stored.items() if row.state != CANCELLED):  # it was promised once
        yield f"ticket {ticket.number}: nothing in the journal started the {target} clock {arming}"
