"""Duty beyond the configuration: support booked ahead for a place (SP-2.7), and absences by command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.desk import facts as about
from bot.desk.announce import announce
from bot.desk.journal import Happening, record, settle
from bot.desk.notices import tell_person
from bot.desk.rota import rota
from bot.desk.work import Work
from bot.domain.clocks import Event
from bot.domain.longer_hours import BOOKED, UNBOOKED
from bot.domain.spans import Span
from storage import duty, people, tickets
from storage.people import Person
from storage.tickets import Ticket

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
EVENING_BEFORE, MORNING = time(17), time(7)
"""When a booked engineer is reminded, in the desk's zone: the day before, and in the morning or an hour ahead."""


class DutyError(Exception):
    """It is not done; `key` names the phrase that says why, with its facts."""

    def __init__(self, key: str, **facts: Any) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


# ---- bookings ----


def book(work: Work, person: Person, place: str, spans: Sequence[Span]) -> list[int]:
    """Books somebody's support at a place; gives the bookings' numbers. Raises DutyError where it cannot be.

    The hours are working hours of that place's tickets, also of those that are open (R2, R20).
    """
    for span in spans:
        _bookable(work, person, span)
    numbers = []
    for since, until in spans:
        row = {"person_id": person.id, "place": place, "starts_at": since, "ends_at": until, "created_at": work.now}
        number = duty.book(work.db, {**row, "remind_at": following_reminder(work, since, work.now)})
        record(work, None, (BOOKED, {"booking": number, "person": person.id, "place": place, **_window(since, until)}))
        numbers.append(number)
    happened = [(BOOKED, {"booking": one, **_window(*span)}) for one, span in zip(numbers, spans, strict=True)]
    _reckon(work, place, happened)
    told = {"spans": [_window(*span) for span in spans], "numbers": numbers, "place": place, "what": "booked"}
    tell_person(work, person.id, "booked", told | {"by": work.actor.name}, key=f"{numbers[0]}")
    return numbers


def _bookable(work: Work, person: Person, span: Span) -> None:
    """Raises DutyError for what is over, and for somebody who is away or somewhere else at that time."""
    since, until = span
    name = person.name or str(person.handle)
    if until <= work.now:
        raise DutyError("book_past", since=about.iso(since))
    for away in rota(work).absences:
        if away.person == person.handle and away.since < until and since < away.until:
            raise DutyError("book_absent", name=name, since=about.iso(away.since), until=about.iso(away.until))
    for other in duty.bookings(work.db, work.now):
        if other.person_id == person.id and other.starts_at < until and since < other.ends_at:
            taken = {"booking": other.id, "place": other.place, "since": about.iso(other.starts_at)}
            raise DutyError("book_twice", name=name, **taken)


def cancel(work: Work, booking_id: int) -> Any:
    """Cancels a booking; time already passed stands. Gives its row. Raises DutyError if there is none."""
    row = duty.get_booking(work.db, booking_id)
    if row is None or row.ends_at <= work.now:
        raise DutyError("book_none", booking=booking_id)
    duty.cancel_booking(work.db, row.id, work.now)
    record(work, None, (UNBOOKED, {"booking": row.id, "person": row.person_id, "place": row.place}))
    _reckon(work, row.place, [(UNBOOKED, {"booking": row.id})])
    spans = [_window(row.starts_at, row.ends_at)]
    told = {"spans": spans, "numbers": [row.id], "place": row.place, "what": "cancelled", "by": work.actor.name}
    tell_person(work, row.person_id, "booking cancelled", told, key=str(row.id))
    return row


def _reckon(work: Work, place: str, happened: Sequence[Happening]) -> None:
    """Lets what happened hold for the tickets of a place; cards show which deadlines it moved (R20)."""
    kind, facts = happened[0]
    for ticket in tickets.find(work.db):
        if ticket.place == place:
            before = {row["target"]: row["due"] for row in about.open_clocks(work, ticket)}
            record(work, ticket, *happened)
            settle(work, ticket)
            if before != {row["target"]: row["due"] for row in about.open_clocks(work, ticket)}:
                announce(work, ticket, "rescheduled", key=f"{kind}:{facts['booking']}")


def support_for(work: Work, place: str, since: datetime) -> list[Happening]:
    """What a ticket of a place is told of its bookings, from an instant on."""
    rows = duty.bookings(work.db, since, place) if place else []
    return [(BOOKED, {"booking": row.id, **_window(row.starts_at, row.ends_at)}) for row in rows]


def moved_to(work: Work, ticket: Ticket, place: str) -> list[Happening]:
    """What bookings mean for a ticket whose place is corrected: those of the former place never counted."""
    if place == ticket.place:
        return []
    former = [(UNBOOKED, {**facts, "void": True}) for _, facts in support_for(work, ticket.place, ticket.opened_at)]
    return [*former, *support_for(work, place, ticket.opened_at)]


def as_events(happened: Iterable[Happening], at: datetime) -> list[Event]:
    """What happened, as the clocks read it."""
    return [Event(kind, at, facts) for kind, facts in happened]


def booked(work: Work, until: datetime | None = None) -> list[dict[str, Any]]:
    """The bookings to come as texts tell them: all, or those that begin before an instant."""
    names = {one.id: one.name or one.handle for one in people.ever_staff(work.db)}
    rows = [row for row in duty.bookings(work.db, work.now) if until is None or row.starts_at < until]
    return [
        {"booking": row.id, "place": row.place, "name": names.get(row.person_id, ""),
         **_window(row.starts_at, row.ends_at)}
        for row in rows
    ]  # fmt: skip


def _window(since: datetime, until: datetime) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat()}


# ---- reminders ----


def following_reminder(work: Work, starts_at: datetime, after: datetime) -> datetime | None:
    """The next instant at which a booking's engineer is reminded; None when there is none any more."""
    zone = ZoneInfo(work.house.zone)
    day = starts_at.astimezone(zone).date()
    evening = datetime.combine(day - DAY, EVENING_BEFORE, zone)
    morning = min(datetime.combine(day, MORNING, zone), starts_at - HOUR)
    return next((at for at in sorted((evening, morning)) if at > after), None)


def remind(work: Work) -> int:
    """Reminds the engineers of bookings that come soon; what a stopped daemon missed is told late. Gives how many."""
    rows = duty.to_remind(work.db, work.now)
    for row in rows:
        duty.reminded(work.db, row.id, following_reminder(work, row.starts_at, work.now))
        if row.ends_at > work.now:
            spans = [_window(row.starts_at, row.ends_at)]
            told = {"spans": spans, "numbers": [row.id], "place": row.place, "what": "soon", "by": ""}
            tell_person(work, row.person_id, "booking soon", told, key=f"{row.id}:{row.remind_at.isoformat()}")
    return len(rows)
