"""Why a deadline lies where it lies: the time, or the dates, from start to due in stretches, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby, pairwise

from bot.domain.calendar import Pause, WorkingCalendar
from bot.domain.longer_hours import Window, Windows, orders

COUNTED, EXTRA, PAUSED = "counted", "extra", "paused"
ORDERED, SUPPORT = "ordered", "support"
STARTED = "started"
BREAK, NIGHT, REST, HOLIDAY = "break", "night", "rest", "holiday"
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time and what it does to a deadline. `minutes` is the working time that lies in it.

    `kind`: counted, extra (counted on a make-up day), ordered and support (counted although the calendar is closed:
    somebody is ordered on site, or booked), paused (open, but a wait stops the clock), break (closed between two hours
    of one date), night (closed between two dates), rest (with a weekly rest day in it) or holiday.
    """

    since: datetime
    until: datetime
    kind: str
    minutes: float = 0.0

    @property
    def counts(self) -> bool:
        return self.kind in {COUNTED, EXTRA, ORDERED, SUPPORT}


@dataclass(frozen=True, slots=True)
class Days:
    """Dates in a row, both ends included, and what they do to a promise in working days.

    `kind`: started (that of the start, which is not counted, R18), counted, extra (a make-up day), rest or holiday.
    """

    first: date
    last: date
    kind: str

    @property
    def counted(self) -> int:
        return (self.last - self.first).days + 1 if self.kind in {COUNTED, EXTRA} else 0


def days(calendar: WorkingCalendar, first: date, last: date) -> list[Days]:
    """All dates from that of the start to that of the deadline, in order; the counted ones add up to the amount."""
    found = [Days(first, first, STARTED)]
    for kind, some in groupby(_dates(first + timedelta(days=1), last), key=partial(_of_date, calendar)):
        dates = list(some)
        found.append(Days(dates[0], dates[-1], kind))
    return found


def _of_date(calendar: WorkingCalendar, day: date) -> str:
    kind = calendar.kind(day)
    if calendar.is_working_date(day):
        return EXTRA if kind == EXTRA else COUNTED
    return HOLIDAY if kind == HOLIDAY else REST


def segments(
    calendar: WorkingCalendar,
    start: datetime,
    end: datetime,
    pauses: Sequence[Pause] = (),
    windows: Windows | None = None,
) -> list[Segment]:
    """All of the time from `start` to `end`, in order and without gaps; the counted minutes add up to the amount.

    `windows` are the ticket's further hours, beside those of the calendar.
    """
    found: list[Segment] = []
    at = start
    for opens, closes, kind in _pieces(calendar, (start, end), windows or {}):
        if opens > at:
            found.append(Segment(at, opens, _why_closed(calendar, at, opens)))
        found += _open((opens, closes), kind, pauses)
        at = closes
    if at < end:
        found.append(Segment(at, end, _why_closed(calendar, at, end)))
    return found


def _pieces(
    calendar: WorkingCalendar, span: tuple[datetime, datetime], windows: Windows
) -> list[tuple[datetime, datetime, str]]:
    """The open pieces, and why each is open: by the calendar, or else by an order or a booking."""
    own, ordered = calendar.open_between(*span), orders(windows)
    found = [(opens, closes, _counted(calendar, opens)) for opens, closes in own]
    edges = [edge for piece in (*own, *ordered) for edge in piece if edge]
    for opens, closes in calendar.widened(windows.values()).open_between(*span) if windows else ():
        cuts = {opens, *(edge for edge in edges if opens < edge < closes), closes}
        found += [
            (since, until, ORDERED if any(_holds(one, since) for one in ordered) else SUPPORT)
            for since, until in pairwise(sorted(cuts))
            if not calendar.is_open(since)
        ]
    return sorted(found)


def _holds(window: Window, at: datetime) -> bool:
    since, until = window
    return since <= at and (until is None or at < until)


def _counted(calendar: WorkingCalendar, opens: datetime) -> str:
    return EXTRA if calendar.kind(calendar.local_date(opens)) == EXTRA else COUNTED


def _open(piece: tuple[datetime, datetime], counted: str, pauses: Sequence[Pause]) -> Iterator[Segment]:
    """One open piece, cut where waits begin and end."""
    opens, closes = piece
    edges = {opens, closes}
    for since, until in pauses:
        edges |= {edge for edge in (since, until) if edge is not None and opens < edge < closes}
    places = sorted(edges)
    for since, until in pairwise(places):
        waits = any(begin <= since and (end is None or until <= end) for begin, end in pauses)
        yield Segment(since, until, PAUSED if waits else counted, (until - since).total_seconds() / 60)


def _why_closed(calendar: WorkingCalendar, since: datetime, until: datetime) -> str:
    """The weightiest reason for which nothing is open in a stretch."""
    first, last = calendar.local_date(since), calendar.local_date(until - INSTANT)
    idle = [day for day in _dates(first, last) if not calendar.is_working_date(day)]
    if any(calendar.kind(day) == HOLIDAY for day in idle):
        return HOLIDAY
    if idle:
        return REST
    between = first == last and calendar.opening(first) <= since and until <= calendar.closing(first)
    return BREAK if between else NIGHT


def _dates(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
