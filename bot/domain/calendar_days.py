"""When a calendar is open in real time: its local hours laid on UTC, block by block, through changes of the clock."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from bot.domain.calendar_rules import DAY, CalendarError, Hours, Rules, joined

MICRO = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BLOCK_DAYS = 16  # few enough that a first question is cheap, and many enough that a year is a short walk
BLOCK = BLOCK_DAYS * DAY * MICRO
REMEMBERED = 250  # blocks, about eleven years and 2 MB: more than any promise spans

Pieces = tuple[tuple[int, int], ...]
"""Open stretches in order, apart from each other, half-open, in microseconds since 1970 UTC."""


class Block:
    """What is open on some UTC days that follow each other, and how much of it has passed at the end of each piece."""

    __slots__ = ("closes", "pieces", "total", "used")

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces
        self.closes = [closes for _, closes in pieces]
        self.used = list(accumulate(closes - opens for opens, closes in pieces))
        self.total = self.used[-1] if self.used else 0

    def before(self, at: int) -> int:
        """How much open time of the block lies before an instant."""
        place = bisect_right(self.closes, at)
        passed = self.used[place - 1] if place else 0
        return passed + max(0, at - self.pieces[place][0]) if place < len(self.pieces) else passed

    def used_up(self, amount: int) -> int:
        """The first instant at which so much of the block's open time (more than none, at most all) has passed."""
        place = bisect_left(self.used, amount)
        return self.closes[place] - (self.used[place] - amount)


class OpenDays:
    """What is open in each block of UTC days, reckoned once and remembered.

    UTC days follow each other without gap or repetition, so nothing above this class needs to know of changes of the
    clock. Open are the local minutes that exist: none in a gap, both passes of a repeated hour.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._hours_on = rules.open_on if rules.has_nights else rules.own
        self._blocks: dict[int, Block] = {}

    def block(self, number: int) -> Block:
        """The open pieces of one block, counted from 1970-01-01."""
        block = self._blocks.get(number)
        if block is None:
            if len(self._blocks) >= REMEMBERED:
                self._blocks.clear()
            block = self._blocks[number] = Block(self._pieces(number))
        return block

    def _pieces(self, number: int) -> Pieces:
        days = range(number * BLOCK_DAYS, (number + 1) * BLOCK_DAYS)
        return joined(_laid(self._rules.zone, days, self._hours_on))

    def of_shift(self, day: int) -> Pieces:
        """The pieces that begin on one local date, with the end of its night."""
        hours = self._rules.shift(day)
        around = range(day - 1, day + 3)  # the two local dates lie within these UTC days in every zone
        return joined(_laid(self._rules.zone, around, lambda date: hours.get(date, ())))


@lru_cache(maxsize=64)
def open_days(rules: Rules) -> OpenDays:
    """One memory for all calendars that say the same: versions are read again and again, and customers share hours."""
    return OpenDays(rules)


class WidenedDays(OpenDays):
    """The days of a calendar, and what lies in further windows (in microseconds, apart from each other)."""

    def __init__(self, rules: Rules, days: OpenDays, windows: Sequence[tuple[int, int]]) -> None:
        super().__init__(rules)
        self._narrow, self._windows = days, windows

    def _pieces(self, number: int) -> Pieces:
        begin, end = number * BLOCK, (number + 1) * BLOCK
        within = [(max(since, begin), min(until, end)) for since, until in self._windows]
        return joined([*self._narrow.block(number).pieces, *within])


def _laid(zone: ZoneInfo, days: range, hours_on: Callable[[int], Hours]) -> Iterable[tuple[int, int]]:
    """Lays the hours of the local dates onto UTC days that follow each other."""
    for start, stop, offset in _stretches(zone, days):
        for local in range((start + offset) // DAY, (stop - 1 + offset) // DAY + 1):
            midnight = local * DAY - offset
            for begin, end in hours_on(local):
                opens, closes = midnight + begin, midnight + end
                if start <= opens and closes <= stop:  # nearly all of them
                    yield opens * MICRO, closes * MICRO
                elif opens < stop and closes > start:
                    yield max(opens, start) * MICRO, min(closes, stop) * MICRO


def _stretches(zone: ZoneInfo, days: range) -> Iterator[tuple[int, int, int]]:
    """The days as (start, stop, seconds ahead of UTC), cut where the zone changes (at most once a day)."""
    start, ahead = days.start * DAY, _at_midnight(zone, days.start)
    for day in days:
        after = _at_midnight(zone, day + 1)
        if after != ahead:
            change = _change(zone, day, ahead)
            yield start, change, ahead
            start, ahead = change, after
    yield start, days.stop * DAY, ahead


def _change(zone: ZoneInfo, day: int, before: int) -> int:
    """The second of a day at which the zone's clocks change; maybe its end itself."""
    low, high = day * DAY, (day + 1) * DAY
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset_at(zone, middle) == before else (low, middle)
    return high


@lru_cache(maxsize=4 * REMEMBERED * BLOCK_DAYS)
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
