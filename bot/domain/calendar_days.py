"""When a calendar is open in real time: its local hours laid on UTC, day by day, through changes of the clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.domain.calendar_rules import DAY, CalendarError, Hours, Rules, joined

MICRO = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REMEMBERED = 4000  # UTC days, about eleven years and 2 MB: more than any promise spans

Pieces = tuple[tuple[int, int], ...]
"""Open stretches in order, apart from each other, half-open, in microseconds since 1970 UTC."""


class OpenDays:
    """What is open on each UTC day, reckoned once and remembered.

    UTC days follow each other without gap or repetition, so nothing above this class needs to know of changes of the
    clock. Open are the local minutes that exist: none in a gap, both passes of a repeated hour.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._hours_on = rules.open_on if rules.has_nights else rules.own
        self._days: dict[int, Pieces] = {}

    def on(self, day: int) -> Pieces:
        """The open pieces within one UTC day, counted from 1970-01-01."""
        pieces = self._days.get(day)
        if pieces is None:
            if len(self._days) >= REMEMBERED:
                self._days.clear()
            pieces = self._days[day] = _laid(self._rules.zone, day, self._hours_on)
        return pieces

    def of_shift(self, day: int) -> Pieces:
        """The pieces that begin on one local date, with the end of its night."""
        hours = self._rules.shift(day)
        around = range(day - 1, day + 3)  # the two local dates lie within these UTC days in every zone
        return joined(piece for utc in around for piece in _laid(self._rules.zone, utc, lambda d: hours.get(d, ())))


@lru_cache(maxsize=64)
def open_days(rules: Rules) -> OpenDays:
    """One memory for all calendars that say the same: versions are read again and again, and customers share hours."""
    return OpenDays(rules)


class WidenedDays(OpenDays):
    """The days of a calendar, and what lies in further windows (in microseconds, apart from each other)."""

    def __init__(self, rules: Rules, days: OpenDays, windows: Sequence[tuple[int, int]]) -> None:
        super().__init__(rules)
        self._narrow, self._windows = days, windows

    def on(self, day: int) -> Pieces:
        """The open pieces within one UTC day."""
        begin, end = day * DAY * MICRO, (day + 1) * DAY * MICRO
        within = [(max(since, begin), min(until, end)) for since, until in self._windows]
        return joined([*self._narrow.on(day), *within])


def _laid(zone: ZoneInfo, day: int, hours_on: Callable[[int], Hours]) -> Pieces:
    """Lays the hours of the local dates onto one UTC day."""
    pieces = []
    for start, stop, offset in _stretches(zone, day):
        for local in range((start + offset) // DAY, (stop - 1 + offset) // DAY + 1):
            midnight = local * DAY - offset
            for begin, end in hours_on(local):
                opens, closes = midnight + begin, midnight + end
                if opens < stop and closes > start:
                    pieces.append((max(opens, start) * MICRO, min(closes, stop) * MICRO))
    return joined(pieces)


def _stretches(zone: ZoneInfo, day: int) -> list[tuple[int, int, int]]:
    """One UTC day as (start, stop, seconds ahead of UTC), cut where the zone changes (at most once a day)."""
    start, stop = day * DAY, (day + 1) * DAY
    before, after = _at_midnight(zone, day), _at_midnight(zone, day + 1)
    if before == after:
        return [(start, stop, before)]
    low, high = start, stop  # `after` holds at `high`, be that the end of the day itself
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset_at(zone, middle) == before else (low, middle)
    return [(start, high, before), (high, stop, after)] if high < stop else [(start, stop, before)]


@lru_cache(maxsize=4 * REMEMBERED)
def _at_midnight(zone: ZoneInfo, day: int) -> int:
    """Remembered for all calendars of a zone: half of what a day costs."""
    return offset_at(zone, day * DAY)


def offset_at(zone: ZoneInfo, second: int) -> int:
    """Seconds that the zone's clocks are ahead of UTC at a second since 1970 UTC."""
    try:
        ahead = (EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
    except (OverflowError, ValueError) as error:
        raise CalendarError("at", "outside of the years 1 to 9999") from error
    return int((ahead or timedelta()).total_seconds())
