"""Checks every invariant: the tables among themselves, the journal's chain, and the clocks against the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from bot.desk.journal import differs
from bot.domain.calendar import WorkingCalendar
from bot.domain.clocks import Event, derive
from storage import checks, clocks, journal, tickets
from storage.tickets import Ticket


def check(db: Connection, calendars: Mapping[str, WorkingCalendar]) -> Iterator[str]:
    """One line for each thing that is wrong; none when all is well."""
    yield from checks.findings(db)
    yield from journal.broken_links(db)
    for ticket in tickets.find(db, ended=True):
        yield from _clocks_of(db, ticket, calendars)


def _clocks_of(db: Connection, ticket: Ticket, calendars: Mapping[str, WorkingCalendar]) -> Iterator[str]:
    """Where a ticket's stored clocks say something else than its journal does."""
    events = [Event(row.kind, row.at, row.facts) for row in journal.of_ticket(db, ticket.id)]
    derived = derive(sorted(events, key=lambda one: one.at), ticket.policy, calendars)
    stored = {(row.target, row.arming): row for row in clocks.of_ticket(db, ticket.id)}
    for clock in derived:
        row = stored.pop((clock.target, clock.arming), None)
        if row is None:
            yield f"ticket {ticket.number}: the {clock.target} clock {clock.arming} is missing"
        elif differs(clock, row):
            yield f"ticket {ticket.number}: the {clock.target} clock {clock.arming} is not what its journal says"
    for target, arming in stored:
        yield f"ticket {ticket.number}: nothing in the journal started the {target} clock {arming}"
