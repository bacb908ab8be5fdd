"""The project manager's two looks at the day: what must be kept today, and what lapses when the office opens again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from bot.desk import facts as about
from bot.desk.desk_work import waiting
from bot.desk.duty import booked
from bot.desk.notices import notify
from bot.desk.prices import undecided
from bot.desk.work import Work
from bot.domain.calendar import WorkingCalendar
from bot.domain.ticket import NEW, OPEN
from storage import clocks, hardware, marks, people, tickets

MARK, RESTOCKED = "digest", "restocked"
BEFORE_CLOSING = timedelta(minutes=30)
AFTER_OPENING = 120
"""Working minutes after the next opening: what lapses then cannot be saved by whoever first looks in the morning."""
MOST = 10
"""Deadlines that a digest names; and so many breaches behind them that nobody has acknowledged."""

Slot = tuple[datetime, str]


def slots(office: WorkingCalendar, day: date) -> list[Slot]:
    """When digests of a date are due: at its opening ("morning") and half an hour before its closing ("evening")."""
    if not office.is_working_date(day):
        return []
    return [(office.opening(day), "morning"), (office.closing(day) - BEFORE_CLOSING, "evening")]


def latest(office: WorkingCalendar, now: datetime) -> Slot:
    """The newest slot that has come."""
    today = office.local_date(now)
    days = (today, office.working_date(today, -1))  # before today's opening it is that of the last working date
    return max(slot for day in days for slot in slots(office, day) if slot[0] <= now)


@lru_cache(maxsize=16)  # asked at every turn of the alarm loop, always with the same instant
def following(office: WorkingCalendar, now: datetime) -> Slot:
    """The next slot after an instant."""
    today = office.local_date(now)
    return min(slot for day in (today, office.working_date(today, 1)) for slot in slots(office, day) if slot[0] > now)


def next_at(work: Work) -> datetime | None:
    """When the next digest is due (in the past: it is overdue); None if digests are off."""
    if not work.house.digests:
        return None
    given = marks.get(work.db, MARK)
    return following(work.house.office, datetime.fromisoformat(given))[0] if given else work.now


def give(work: Work) -> int:
    """Tells the newest digest that is due, once; those that a stopped daemon missed are left out. Gives how many."""
    if not work.house.digests:
        return 0
    given = marks.get(work.db, MARK)
    if given and work.now < following(work.house.office, datetime.fromisoformat(given))[0]:
        return 0
    at, when = latest(work.house.office, work.now)
    marks.put(work.db, MARK, at.isoformat())
    if given is None:  # a new desk: its first day begins with the next slot
        return 0
    notify(work, when, digest(work, when), key=at.isoformat())
    if when == "morning":
        _tell_desk(work, at)
    return 1


def _tell_desk(work: Work, at: datetime) -> None:
    """What waits for the desk: sheets to check, users to call, and mails that are held (SP-3.8, SP-4.2)."""
    facts = waiting(work)
    if facts["sheets"] or facts["calls"] or facts["held"]:
        notify(work, "desk work", facts, key=at.isoformat())


def digest(work: Work, when: str) -> dict[str, Any]:
    """The facts: what has lapsed and is still open, what lapses until the horizon, and what waits for somebody."""
    office = work.house.office
    closes, reopens = _edges(office, work.now, when)
    until = closes if when == "morning" else office.add(reopens, AFTER_OPENING)
    whole = tickets.find(work.db)
    found = [one for one in whole if one.master_id is None or one.state not in OPEN]  # their masters stand for them
    rows = lapsing(work, found, until)
    unseen = [row for row in rows[MOST:] if row["unacknowledged"]]
    shown = rows[:MOST] + unseen[:MOST]
    return {
        "when": when,
        "closes": about.iso(closes),
        "reopens": about.iso(reopens),
        "rows": shown,
        "total": len(rows),
        "open": len(whole),
        "linked": len(whole) - len(found),
        "unassigned": sum(one.state == NEW for one in found),
        "bookings": booked(work, closes if when == "morning" else reopens),
        "short": _to_restock(work),
        "quotes": undecided(work),
    }


def _to_restock(work: Work) -> list[dict[str, Any]]:
    """Of which parts fewer are left than there should be: in each month's first digest (SP-5.1, SP-8.8)."""
    month = f"{work.house.office.local_date(work.now):%Y-%m}"
    if marks.get(work.db, RESTOCKED) == month:
        return []
    marks.put(work.db, RESTOCKED, month)
    low = [one for one in hardware.parts(work.db) if one.quantity < one.minimum]
    return [{"code": one.code, "name": one.name, "left": one.quantity, "minimum": one.minimum} for one in low]


def _edges(office: WorkingCalendar, now: datetime, when: str) -> tuple[datetime, datetime]:
    """The closing of today, or of the next working date, and the opening after it."""
    today = office.local_date(now)
    if not office.is_working_date(today) or (when == "morning" and now >= office.closing(today)):
        today = office.working_date(today, 1)
    return office.closing(today), office.opening(office.working_date(today, 1))


def lapsing(work: Work, found: list[tickets.Ticket], until: datetime) -> list[dict[str, Any]]:
    """The open deadlines of these tickets until then, as rows of a list: what can still be kept in front, by time."""
    by_ticket = clocks.running_of(work.db, [one.id for one in found])
    names = {one.id: one.name or one.handle for one in people.staff(work.db)}
    open_until = [
        (one, row) for one in found for row in by_ticket.get(one.id, []) if row.due_at and row.due_at <= until
    ]
    seen = clocks.breach_acknowledged(work.db, [row.id for _, row in open_until if "BREACH" in row.passed])
    linked = tickets.linked_counts(work.db, [one.id for one in found if one.is_master])
    rows = [
        {
            **about.clock_facts(row),
            "number": work.house.name_of(one.number),
            "level": one.level,
            "linked": linked.get(one.id, 0),
            "assignee": names.get(one.assignee_id, "") if one.assignee_id else "",
            "late": row.due_at <= work.now,
            "unacknowledged": "BREACH" in row.passed and row.id not in seen,
        }
        for one, row in open_until
    ]
    return sorted(rows, key=lambda row: (row["late"], row["due"]))
