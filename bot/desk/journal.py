"""Writing down what happened, and bringing the clocks in line with it: always together, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from bot.desk.work import Work
from bot.domain.calendar import WorkingCalendar
from bot.domain.clocks import CANCELLED, Clock, Event, derive
from bot.domain.day_targets import next_opening
from bot.domain.ladder import MINUTES, OF_THE_FAULT, REPEAT_MINUTES, next_repeat, read_rungs
from bot.domain.longer_hours import written
from bot.domain.targets import KINDS, UNITS
from bot.domain.ticket import NEW
from storage import clocks, dispatch, journal
from storage.tickets import Ticket

Happening = tuple[str, dict[str, Any]]
UNDONE = "undone"
"""A command was taken back at once: its rows of the journal, whose ids `events` names, count for nothing."""
CLOCKED = KINDS | {UNDONE}
"""Kinds of the journal that clocks are derived from."""


def record(work: Work, ticket: Ticket | None, *happenings: Happening, at: datetime | None = None) -> None:
    """Adds to the journal. `at` is when it counts from (R1); when it was written down is kept beside it."""
    journal.append(work.db, [row(work, ticket.id if ticket else None, kind, facts, at) for kind, facts in happenings])


def row(work: Work, ticket_id: int | None, kind: str, facts: Mapping[str, Any], at: datetime | None = None) -> Any:
    """One journal row: ids and facts only; what people wrote lies in entries."""
    return {
        "ticket_id": ticket_id,
        "at": at or work.now,
        "recorded_at": work.now,
        "actor_id": work.actor.id,
        "actor": work.actor.kind,
        "channel": work.actor.channel,
        "kind": kind,
        "facts": dict(facts),
    }


def standing(rows: Iterable[Any]) -> list[Any]:
    """A ticket's journal without what was taken back."""
    rows = list(rows)
    void = {one for row in rows if row.kind == UNDONE for one in row.facts["events"]}
    return [row for row in rows if row.id not in void]


def as_events(rows: Iterable[Any]) -> list[Event]:
    """A ticket's journal as the clocks read it: by the time from which each event counts, without what was undone."""
    return sorted((Event(row.kind, row.at, row.facts) for row in standing(rows)), key=attrgetter("at"))


def history(work: Work, ticket: Ticket) -> list[Event]:
    """The ticket's journal as events."""
    return as_events(journal.of_ticket(work.db, ticket.id))


def settle(work: Work, ticket: Ticket, events: list[Event] | None = None) -> list[Clock]:
    """Derives the ticket's clocks anew and writes those that changed. `events` spares the look-up for a new ticket."""
    known = {} if events else {(one.target, one.arming): one for one in clocks.of_ticket(work.db, ticket.id)}
    derived = derive(events or history(work, ticket), ticket.policy, work.house.calendars)
    fresh = []
    for clock in derived:
        stored = known.pop((clock.target, clock.arming), None)
        if stored is None:
            fresh.append({"ticket_id": ticket.id, "target": clock.target, "arming": clock.arming, **columns(clock)})
        elif differs(clock, stored):
            facts = renewed(work, clock, stored)
            if stored.ended_at is not None and facts["next_alarm_at"] is None:  # it had ended, and runs again
                facts["next_alarm_at"] = _told_again(work, clock, stored)
            clocks.change(work.db, stored.id, **facts)
    clocks.add(work.db, fresh)
    _call_off(work, known.values())
    if ticket.state == NEW and (at := _given_at(work, derived)):
        dispatch.plan(work.db, ticket.id, at)
    return derived


def _call_off(work: Work, rows: Iterable[Any]) -> None:
    """Cancels clocks that nothing in the journal promises any more; their rows stay, since people were told of them."""
    for row in rows:
        if row.state != CANCELLED:
            ended = row.ended_at or work.now
            clocks.change(work.db, row.id, state=CANCELLED, ended_at=ended, next_alarm_at=None)
            clocks.call_off_second_way(work.db, row.id, row.passed)


def _given_at(work: Work, derived: Sequence[Clock]) -> datetime | None:
    """When a ticket that nobody takes is assigned automatically; None for never."""
    clock = next((one for one in derived if one.target == "dispatch" and one.state == "running"), None)
    if clock is None or not work.house.assign_minutes:
        return None
    return _hours(work, clock).add(clock.started_at, work.house.assign_minutes)


def _hours(work: Work, clock: Clock) -> WorkingCalendar:
    hours = work.house.calendars[clock.calendar]
    return hours.widened(clock.windows.values()) if clock.windows else hours


def dispatch_at(work: Work, ticket: Ticket) -> datetime | None:
    """When the ticket would be assigned automatically, by the calendars as they are now; None for never."""
    return _given_at(work, derive(history(work, ticket), ticket.policy, work.house.calendars))


def silence(work: Work, ticket: Ticket) -> None:
    """Its clocks run on, but those of the fault give no alerts of their own: its master alerts (R16)."""
    for row in clocks.open_of(work.db, [ticket.id]).get(ticket.id, []):
        if row.target in OF_THE_FAULT:
            clocks.change(work.db, row.id, next_alarm_at=None)
            clocks.call_off_second_way(work.db, row.id, row.passed)


def ring_again(work: Work, ticket: Ticket) -> None:
    """Its clocks give alerts again: of the rungs that have passed meanwhile, only the highest (R14)."""
    stored = {(row.target, row.arming): row for row in clocks.of_ticket(work.db, ticket.id)}
    for clock in derive(history(work, ticket), ticket.policy, work.house.calendars):
        row = stored[clock.target, clock.arming]
        if clock.is_open and row.next_alarm_at is None:
            at = renewed(work, clock, row)["next_alarm_at"] or _told_again(work, clock, row)
            clocks.change(work.db, row.id, next_alarm_at=at)


def _told_again(work: Work, clock: Clock, row: Any) -> datetime | None:
    """When a told breach is repeated, by the current hours; None if it was told often enough."""
    if clock.state != "running" or not next_repeat(row.passed):
        return None
    told = clocks.last_told(work.db, row.ticket_id, clock.target) or clock.due or work.now
    return repeat_at(_hours(work, clock), clock.target, told)


def repeat_at(calendar: WorkingCalendar, target: str, after: datetime) -> datetime:
    """When a breach is told again: after half an hour of its calendar, or with the day (R10, R18)."""
    return calendar.add(after, REPEAT_MINUTES) if UNITS[target] == MINUTES else next_opening(calendar, after)


_ALIKE = ("type", "calendar", "started_at", "provisional", "state", "ended_at")
_alike = attrgetter(*_ALIKE)


def columns(clock: Clock) -> dict[str, Any]:
    """A derived clock as its row holds it."""
    return {
        **{name: getattr(clock, name) for name in _ALIKE},
        "amount_seconds": round(clock.minutes * 60),
        "due_at": clock.due,
        "rungs": [[name, at.isoformat() if at else None] for name, at in clock.rungs],
        "windows": written(clock.windows),
        "next_alarm_at": _next_alarm(clock, ()),
    }


def differs(clock: Clock, stored: Any) -> bool:
    """Whether the row says something else than the journal does (alarms already given aside)."""
    return (
        _alike(stored) != _alike(clock)
        or stored.due_at != clock.due
        or stored.amount_seconds != round(clock.minutes * 60)
        or read_rungs(stored.rungs) != clock.rungs  # as instants: to write them costs ten times what reading does
        or stored.windows != written(clock.windows)
    )


def renewed(work: Work, clock: Clock, stored: Any) -> dict[str, Any]:
    """The changed row: rungs already given stay given (R13, R20), and repeats go on by the hours that hold now (R10).

    Where the breach was told and is none any more, the next repeat waits until the promise lapses in truth.
    """
    values = columns(clock)
    values["next_alarm_at"] = _next_alarm(clock, stored.passed)
    if clock.state == "running" and values["next_alarm_at"] is None and next_repeat(stored.passed):
        undone = clock.due is not None and clock.due > work.now
        values["next_alarm_at"] = clock.due if undone else stored.next_alarm_at and _told_again(work, clock, stored)
    return values


def _next_alarm(clock: Clock, passed: Any) -> datetime | None:
    if clock.state != "running":
        return None
    return next((at for name, at in clock.rungs if at is not None and name not in passed), None)
