"""Dates and hours as people write them in a command: 2026-10-01, 2026-10-01..2026-10-03, 09:00-18:00."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MOST_DAYS = 366
_DATE = r"\d{4}-\d\d?-\d\d?"
_DATES = re.compile(rf"({_DATE})(?:\s*(?:\.\.+|…|~|至|到)\s*({_DATE}))?(?=\s|$)")
_HOURS = re.compile(r"(\d\d?):(\d\d)\s*(?:-|–|~|至|到)\s*(\d\d?):(\d\d)(?=\s|$)")

Span = tuple[datetime, datetime]
"""From, until (UTC)."""


def plain(words: str) -> str:
    """The words with the digits and signs that a Chinese keyboard makes as the plain ones."""
    return unicodedata.normalize("NFKC", words).strip()


def read_dates(words: str) -> tuple[date, date, str]:
    """The first and last date that words begin with, and the rest. Raises ValueError."""
    found = _DATES.match(words)
    if found is None:
        raise ValueError("no date")
    first, last = (_date(one) for one in (found[1], found[2] or found[1]))
    if not first <= last < first + MOST_DAYS * DAY:
        raise ValueError("dates in the wrong order, or too many")
    return first, last, words[found.end() :].strip()


def _date(text: str) -> date:
    year, month, day = map(int, text.split("-"))
    return date(year, month, day)


def read_hours(words: str) -> tuple[tuple[time, time] | None, str]:
    """The hours that words begin with (None where they do not), and the rest. Raises ValueError for 25:00."""
    found = _HOURS.match(words)
    if found is None:
        return None, words
    begins, ends = _time(found[1], found[2]), _time(found[3], found[4])
    return (begins, ends), words[found.end() :].strip()


def _time(hour: str, minute: str) -> time:
    return time() if (hour, minute) == ("24", "00") else time(int(hour), int(minute))


def on(day: date, hours: tuple[time, time], zone: ZoneInfo) -> Span:
    """The hours of a date; those that do not end after they begin end on the next one."""
    begins, ends = hours
    last = day if ends > begins else day + DAY
    return _at(day, begins, zone), _at(last, ends, zone)


def days(first: date, last: date) -> list[date]:
    """Every date from the first to the last."""
    return [first + number * DAY for number in range((last - first).days + 1)]


def whole(first: date, last: date, zone: ZoneInfo) -> Span:
    """From the beginning of the first date to the end of the last."""
    return _at(first, time(), zone), _at(last + DAY, time(), zone)


def _at(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
