"""A slow reckoning of working time that is obviously right: it looks at every minute, and shares no code with ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

OFFICE_HOURS = [["09:00", "12:00"], ["13:00", "18:00"]]
WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), OFFICE_HOURS)
MAKE_UP = {
    2025: ("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
    2026: ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
}
"""The worked weekends of the State Council's notices of November 2024 and November 2025."""
DAYS_OFF = {
    2025: ("01-01 01-01", "01-28 02-04", "04-04 04-06", "05-01 05-05", "05-31 06-02", "10-01 10-08"),
    2026: ("01-01 01-03", "02-15 02-23", "04-04 04-06", "05-01 05-05", "06-19 06-21", "09-25 09-27", "10-01 10-07"),
}
"""First and last day off of each holiday in those notices, weekends included."""

LIMIT = 14 * 24 * 60  # minutes that the minute-by-minute reckoning looks at, at most

Span = tuple[int, int | None]
"""Seconds since 1970 UTC, from and until; None while it lasts."""


def days_off(year: int) -> list[str]:
    days = []
    for span in DAYS_OFF[year]:
        first, last = (date.fromisoformat(f"{year}-{end}") for end in span.split())
        days += [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]
    return days


def office() -> dict[str, Any]:
    """The contract's calendar O with the official arrangement of both years."""
    return {
        "timezone": "Asia/Shanghai",
        "weekly": WEEK,
        "holidays": [*days_off(2025), *days_off(2026)],
        "extra": [{"date": day, "hours": OFFICE_HOURS} for year in MAKE_UP for day in MAKE_UP[year]],
    }


def is_worked(day: date) -> bool:
    """The day-level reckoning of the office's two years."""
    if day.isoformat() in MAKE_UP[day.year]:
        return True
    return day.weekday() < 5 and day.isoformat() not in days_off(day.year)


def minute_of(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


class Oracle:
    """Answers for one calendar's mapping, in whole seconds since 1970 UTC; every zone must change on a quarter."""

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self.zone = ZoneInfo(mapping["timezone"])
        self.weekly = mapping["weekly"]
        self.holidays = set(mapping.get("holidays", ()))
        self.extra = {item["date"]: item["hours"] for item in mapping.get("extra", ())}
        self.painted: dict[date, bytearray] = {}
        self.local: dict[int, tuple[date, int]] = {}

    def hours(self, day: date) -> Sequence[Sequence[str]]:
        if day.isoformat() in self.holidays:
            return ()
        name = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()]
        hours: Sequence[Sequence[str]] = self.extra.get(day.isoformat(), self.weekly.get(name, ()))
        return hours

    def paint(self, day: date) -> bytearray:
        """One byte for each minute of a local date: 1 where it is open."""
        minutes = bytearray(24 * 60)
        if day.isoformat() in self.holidays:
            return minutes
        for begin, end in self.hours(day):
            night = minute_of(end) < minute_of(begin)
            for minute in range(minute_of(begin), 24 * 60 if night else minute_of(end)):
                minutes[minute] = 1
        for begin, end in self.hours(day - timedelta(days=1)):
            if minute_of(end) < minute_of(begin):
                for minute in range(minute_of(end)):
                    minutes[minute] = 1
        return minutes

    def is_open(self, minute: int) -> bool:
        """Whether a minute since 1970 UTC is open."""
        quarter = minute // 15
        if quarter not in self.local:
            at = datetime.fromtimestamp(quarter * 15 * 60, UTC).astimezone(self.zone)
            self.local[quarter] = (at.date(), at.hour * 60 + at.minute)
        day, first = self.local[quarter]
        if day not in self.painted:
            self.painted[day] = self.paint(day)
        return bool(self.painted[day][first + minute % 15])

    def counting(self, first: int, last: int, start: int, pauses: Sequence[Span]) -> Iterator[Sequence[int]]:
        """The seconds that count of each open minute: not before the start, not in a pause.

        A minute in which nothing begins or ends counts as its first second does; after a lasting pause nothing counts.
        """
        pauses = [(since, until) for since, until in pauses if until is None or until > since]
        edges = {start // 60, *(second // 60 for pause in pauses for second in pause if second is not None)}

        def counts(second: int) -> bool:
            return second >= start and not any(
                since <= second and (until is None or second < until) for since, until in pauses
            )

        ends = min((since // 60 + 1 for since, until in pauses if until is None), default=last)
        for minute in range(first, min(last, ends)):
            if not self.is_open(minute):
                continue
            seconds = range(minute * 60, minute * 60 + 60)
            if minute in edges:
                yield [second for second in seconds if counts(second)]
            elif counts(seconds[0]):
                yield seconds

    def add(self, start: int, amount: int, pauses: Sequence[Span] = ()) -> int | None:
        """The second at which the amount is used up; None if that is not within LIMIT minutes."""
        if amount == 0:
            return start
        left = amount
        for seconds in self.counting(start // 60, start // 60 + LIMIT, start, pauses):
            if len(seconds) >= left:
                return seconds[left - 1] + 1
            left -= len(seconds)
        return None

    def elapsed(self, start: int, end: int, pauses: Sequence[Span] = ()) -> int:
        """Open seconds from start to end, less pauses."""
        spans = [*pauses, (end, None)]
        return sum(len(seconds) for seconds in self.counting(start // 60, end // 60 + 1, start, spans))

    def subtract(self, end: int, amount: int) -> int | None:
        """The latest second with the amount of open time until the end."""
        if amount == 0:
            return end
        left = amount
        for minute in range(end // 60, end // 60 - LIMIT, -1):
            count = min(60, max(0, end - minute * 60)) * self.is_open(minute)
            if count >= left:
                return minute * 60 + count - left
            left -= count
        return None

    def next_open(self, at: int) -> int | None:
        for minute in range(at // 60, at // 60 + LIMIT):
            if self.is_open(minute):
                return max(at, minute * 60)
        return None


def add_by_days(start: datetime, minutes: int) -> datetime:
    """The day-level reckoning: an office deadline, date by date and interval by interval, for whole minutes."""
    if minutes == 0:
        return start
    zone, left = ZoneInfo("Asia/Shanghai"), timedelta(minutes=minutes)
    day = start.astimezone(zone).date()
    while True:
        for begin, end in OFFICE_HOURS if is_worked(day) else ():
            opens = datetime.combine(day, datetime.strptime(begin, "%H:%M").time(), zone)  # noqa: DTZ007  -- a clock time
            closes = datetime.combine(day, datetime.strptime(end, "%H:%M").time(), zone)  # noqa: DTZ007  -- a clock time
            opens = max(opens, start)
            if opens < closes:
                if closes - opens >= left:
                    return opens + left
                left -= closes - opens
        day += timedelta(days=1)


def working_day_after(day: date, count: int) -> date:
    """The count-th worked date of the office after a day."""
    while count:
        day += timedelta(days=1)
        count -= is_worked(day)
    return day
