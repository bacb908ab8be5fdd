"""Why a deadline lies where it lies: the time between start and due as segments, each with the reason that rules it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from bot.domain.calendar import Pause, WorkingCalendar
from bot.domain.longer_hours import Window, Windows, orders

COUNTED, EXTRA, PAUSED = "counted", "extra", "paused"
ORDERED, SUPPORT = "ordered", "support"
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
    return EXTRA if calendar.kind(calendar.local_date(opens)) == "extra" else COUNTED


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
