"""Promises in whole days: the N-th working day, the day before the second weekend, the N-th of a month (R18, R19)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.calendar import WorkingCalendar
from bot.domain.ladder import DAYS, MONTHLY, WEEKENDS, Rung

SATURDAY = 5
WEEK = 7


def due_day(unit: str, calendar: WorkingCalendar, first: date, amount: int) -> date:
    """The date on which a promise lapses whose days are counted from `first`, a date in the calendar's zone.

    `first` itself is not counted. Weekends are counted whose Saturday lies after it. The N-th of a month is the next
    one from `first` on, and holidays do not move it.
    """
    if unit == DAYS:
        return calendar.working_date(first, amount)
    if unit == WEEKENDS:
        until_saturday = (SATURDAY - first.weekday() - 1) % WEEK + 1
        return calendar.working_date(first + timedelta(days=until_saturday + WEEK * (amount - 1)), -1)
    return first.replace(day=amount) if first.day <= amount else month_after(first).replace(day=amount)


def month_after(day: date) -> date:
    """The first of the month after the one in which `day` lies."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def lapses_at(unit: str, calendar: WorkingCalendar, day: date) -> datetime:
    """The instant at which a promise of this date lapses: closing time, of a report 24:00; in UTC."""
    if unit == MONTHLY:
        return datetime.combine(day + timedelta(days=1), time(), calendar.zone).astimezone(UTC)
    return calendar.closing(day)


def rung_times(
    steps: Sequence[Rung], calendar: WorkingCalendar, day: date, due: datetime, since: datetime
) -> list[tuple[str, datetime | None]]:
    """When each rung comes: at the opening so many working days before, the last at due; None for one until `since`.

    What would lie at or before the start of the clock is skipped in silence: it has only just begun.
    """
    found: list[tuple[str, datetime | None]] = []
    for step in steps:
        ahead = step.days_before
        at = due if ahead is None else calendar.subtract_working_days(day, ahead)
        found.append((step.name, at if at > since else None))
    return found


def next_opening(calendar: WorkingCalendar, after: datetime) -> datetime:
    """When the next working day begins: the repeats of a breach in days come then (R18)."""
    today = calendar.local_date(after)
    if calendar.is_working_date(today) and calendar.opening(today) > after:
        return calendar.opening(today)
    return calendar.opening(calendar.working_date(today, 1))
