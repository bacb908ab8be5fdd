"""Working time: when an amount of it is used up, how much of it passed, when it opens, and which dates are worked.

The rules are R1 to R4, R8 and R18 and sections 3 and 4 of the clock rules. There is one measure, the open instants;
deadlines, warnings and repeats are all reckoned with it:

    due = the first instant at which (open time since the start, less pauses) reaches the amount

So an amount used up exactly at closing is due at closing, and no amount at all is due at the start itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import NoReturn, overload
from zoneinfo import ZoneInfo

from bot.domain.calendar_days import BLOCK, BLOCK_DAYS, EPOCH, MICRO, Block, OpenDays, WidenedDays, offset_at, open_days
from bot.domain.calendar_rules import (
    DAY,
    WEEKDAYS,
    CalendarError,
    Kind,
    Rules,
    date_of,
    day_number,
    joined,
    read_rules,
    write_rules,
)

__all__ = ["ALWAYS", "HORIZON_DAYS", "CalendarError", "Minutes", "Pause", "WorkingCalendar"]

Minutes = int | float | Fraction
Pause = tuple[datetime, datetime | None]
"""From, until; until is None while the pause lasts."""

HORIZON_DAYS = 800  # a calendar closed for longer than this is an error, not a search without end
DECREED_BY = (11, 15)  # month and day
FARTHEST_DAYS = 36_525  # a century: what lies farther away is a slip, and not worth the search
_MINUTE = 60 * MICRO
_DAY = DAY * MICRO
_NEVER = 1 << 62
_INSTANT = timedelta(microseconds=1)
_AROUND_NEW_YEAR = {(12, 30), (12, 31), (1, 1), (1, 2)}  # on no other date do zones decide about the year


class WorkingCalendar:
    """Open time in one time zone: weekly hours, holidays, extra days, and years that are not yet known for certain.

    Every instant taken must be aware (CalendarError otherwise) and every instant given is in UTC. Amounts are minutes;
    parts of a minute are kept to the microsecond. A calendar never changes; equal contents are equal calendars.
    """

    __slots__ = ("_days", "_rules")

    def __init__(self, rules: Rules, days: OpenDays | None = None) -> None:
        self._rules = rules
        self._days = days or open_days(rules)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> WorkingCalendar:
        """Reads `timezone`, `weekly`, `holidays`, `extra`, `provisional_years` and `known_years`.

        `known_years` = [first, last]: years outside are provisional too. CalendarError names the field and the date of
        the first thing refused: unknown zone or key, malformed time or date, an interval without length, a date that
        is both holiday and extra, never open.
        """
        return cls(read_rules(mapping))

    @classmethod
    def round_the_clock(cls, timezone: str) -> WorkingCalendar:
        """24x7: nothing is ever closed; the zone decides what a date is."""
        return cls.from_mapping({"timezone": timezone, "weekly": {name: [["00:00", "24:00"]] for name in WEEKDAYS}})

    def widened(self, windows: Iterable[Pause]) -> WorkingCalendar:
        """The same dates and hours, and open throughout these windows, too (until None: from then on for good)."""
        return WorkingCalendar(self._rules, WidenedDays(self._rules, self._days, _breaks(windows)))

    def to_mapping(self) -> dict[str, object]:
        """The mapping that makes an equal calendar: plain JSON, in an order that allows it to be hashed."""
        return write_rules(self._rules)

    @property
    def zone(self) -> ZoneInfo:
        return self._rules.zone

    def zone_digest(self, years: range) -> str:
        """Differs when the zone's rules in these years do: an update of the zones moves deadlines, too."""
        first, last = (day_number(date(year, 1, 1)) for year in (years[0], years[-1] + 1))
        offsets = [offset_at(self._rules.zone, day * DAY) for day in range(first, last)]
        return sha256(repr(offsets).encode()).hexdigest()[:16]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WorkingCalendar) and self._rules == other._rules

    def __hash__(self) -> int:
        return hash(self._rules)

    def __repr__(self) -> str:
        return f"WorkingCalendar({self._rules.timezone})"

    # ---- amounts of working time ----

    @overload
    def add(self, start: datetime, minutes: Minutes) -> datetime: ...
    @overload
    def add(self, start: datetime, minutes: Minutes, pauses: Iterable[Pause]) -> datetime | None: ...
    def add(self, start: datetime, minutes: Minutes, pauses: Iterable[Pause] = ()) -> datetime | None:
        """When `minutes` of open time after `start` are used up (R2, R3); None while a lasting pause prevents it.

        Only open time inside a pause counts as paused, overlapping pauses count once, and a pause that begins when all
        is used up changes nothing (R6). CalendarError if nothing opens for HORIZON_DAYS.
        """
        return self.add_each(start, (minutes,), pauses)[0]

    def add_each(
        self, start: datetime, minutes: Sequence[Minutes], pauses: Iterable[Pause] = ()
    ) -> list[datetime | None]:
        """What `add` gives for each of several amounts, in one walk; they stand in rising order."""
        begin, breaks = _micros("start", start), _breaks(pauses)
        if breaks:
            return self._add_around(begin, breaks, [_amount(one) for one in minutes])
        blocks = self._blocks(begin)
        block = next(blocks)
        used, found = -block.before(begin), list[datetime | None]()
        for amount in map(_amount, minutes):
            while amount - used > block.total:
                used += block.total
                block = next(blocks, None) or _never_open("after", start)
            found.append(_moment(block.used_up(amount - used) if amount else begin))
        return found

    def _add_around(self, begin: int, breaks: Sequence[tuple[int, int]], amounts: list[int]) -> list[datetime | None]:
        """The same piece by piece, without what lies in the breaks."""
        pieces, used = _less(self._from(begin), breaks), 0
        opens, closes, found = begin, begin, list[datetime | None]()
        for amount in amounts:
            while amount - used > closes - opens:
                used += closes - opens
                piece = next(pieces, None)
                if piece:
                    opens, closes = piece
                elif breaks[-1][1] == _NEVER:
                    return [*found, *[None] * (len(amounts) - len(found))]
                else:
                    _never_open("after", _moment(begin))
            found.append(_moment(opens + amount - used))
        return found

    def subtract(self, end: datetime, minutes: Minutes) -> datetime:
        """The last instant from which `minutes` of open time pass until `end`; `end` itself for no minutes.

        CalendarError if nothing was open for HORIZON_DAYS.
        """
        finish, left = _micros("end", end), _amount(minutes)
        if not left:
            return _moment(finish)
        for opens, closes in self._back_from(finish):
            if closes - opens >= left:
                return _moment(closes - left)
            left -= closes - opens
        return _never_open("before", end)

    def elapsed(self, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> float:
        """Minutes of open time from `start` to `end`, less pauses; 0 for a reversed span.

        The nearest float to the exact time: what `add` makes of it is exact again. Never judge a promise as met by it
        (R4): compare instants.
        """
        pieces = _less(self._between(_micros("start", start), _micros("end", end)), _breaks(pauses))
        return sum(closes - opens for opens, closes in pieces) / _MINUTE

    def is_open(self, at: datetime) -> bool:
        """Whether `at` is open: opening times are, closing times are not."""
        micros = _micros("at", at)
        return any(self._between(micros, micros + 1))

    def next_open(self, at: datetime) -> datetime:
        """`at` itself where it is open, else the next opening (so at closing time too)."""
        piece = next(self._from(_micros("at", at)), None) or _never_open("after", at)
        return _moment(piece[0])

    # ---- working dates ----

    def local_date(self, at: datetime) -> date:
        """The date of an instant in the calendar's zone."""
        second = _micros("at", at) // MICRO
        return date_of((second + offset_at(self._rules.zone, second)) // DAY)

    def is_working_date(self, day: date) -> bool:
        """Whether hours begin on this date; the end of a night before it does not make it one."""
        return bool(self._rules.own(day_number(day)))

    def working_date(self, day: date, count: int) -> date:
        """The `count`-th working date after `day`, or before it for a negative count; `day` itself is not counted."""
        number, step = day_number(day), 1 if count > 0 else -1
        idle, left = 0, _days(abs(count))
        while left:
            number += step
            idle = 0 if self._rules.own(number) else idle + 1
            left -= not idle
            if idle > HORIZON_DAYS:
                _never_open("after" if step > 0 else "before", day)
        return date_of(number)

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """Closing of the `days`-th working date after the local date of `start`, which is not counted (R18).

        The time of day plays no part; make-up days count. `start` itself for 0 days.
        """
        if _days(days) == 0:
            return _moment(_micros("start", start))
        return self.closing(self.working_date(self.local_date(start), days))

    def subtract_working_days(self, day: date, days: int) -> datetime:
        """Opening of the `days`-th working date before `day` (the rungs W-1d, W-3d of R18); of `day` itself for 0."""
        return self.opening(self.working_date(day, -_days(days)))

    def opening(self, day: date) -> datetime:
        """When the first hours of a working date begin; CalendarError for another date."""
        return _moment(self._shift(day)[0][0])

    def closing(self, day: date) -> datetime:
        """When the last hours that begin on a working date end, a night's on the next morning; else CalendarError."""
        return _moment(self._shift(day)[-1][1])

    # ---- for people ----

    def kind(self, day: date) -> Kind:
        """Whether the date is a holiday, an extra day (make-up or half), an ordinary working day or closed."""
        return self._rules.kind(day_number(day))

    def open_between(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The open pieces from `start` to `end`, in order, apart from each other."""
        pieces = self._between(_micros("start", start), _micros("end", end))
        return [(_moment(opens), _moment(closes)) for opens, closes in joined(pieces)]

    def is_provisional(self, at: datetime) -> bool:
        """Whether the instant lies in a year whose official holidays are not known yet, in the calendar's zone."""
        plain = at.tzinfo and (at.month, at.day) not in _AROUND_NEW_YEAR
        return self.year_is_provisional(at.year if plain else self.local_date(at).year)

    def year_is_provisional(self, year: int) -> bool:
        """Whether the official holidays of a year are not known yet: deadlines in it must say so."""
        known = self._rules.known_years
        return year in self._rules.provisional_years or (known is not None and not known[0] <= year <= known[1])

    def unknown_years(self, today: date) -> list[int]:
        """Of the years whose official holidays should be known on a date, those that are not.

        The notice about the next year comes in November: from the 15th on it is missed (decisions, Clocks).
        """
        late = (today.month, today.day) >= DECREED_BY
        return [year for year in (today.year, *([today.year + 1] if late else [])) if self.year_is_provisional(year)]

    # ---- open pieces, in microseconds ----

    def _blocks(self, begin: int) -> Iterator[Block]:
        """The blocks from an instant on; they end when nothing opened for HORIZON_DAYS, or after a century."""
        first, last = begin // BLOCK, begin // _DAY + HORIZON_DAYS
        for number in range(first, first + FARTHEST_DAYS // BLOCK_DAYS):
            block = self._days.block(number)
            if (block.pieces[0][0] // _DAY if block.pieces else number * BLOCK_DAYS) > last:
                return
            if block.pieces and block.closes[-1] > begin:
                last = block.closes[-1] // _DAY + HORIZON_DAYS
            yield block

    def _from(self, begin: int) -> Iterator[tuple[int, int]]:
        """The open pieces from an instant on; ends as `_blocks` does."""
        for block in self._blocks(begin):
            for opens, closes in block.pieces:
                if closes > begin:
                    yield (opens, closes) if opens > begin else (begin, closes)

    def _back_from(self, finish: int) -> Iterator[tuple[int, int]]:
        """The open pieces before an instant, latest first; ends as `_blocks` does."""
        first, last = finish // BLOCK, finish // _DAY - HORIZON_DAYS
        for number in range(first, first - FARTHEST_DAYS // BLOCK_DAYS, -1):
            pieces = self._days.block(number).pieces
            if (pieces[-1][1] // _DAY if pieces else number * BLOCK_DAYS) < last:
                return
            for opens, closes in reversed(pieces):
                if opens < finish:
                    last = opens // _DAY - HORIZON_DAYS
                    yield opens, min(closes, finish)

    def _between(self, begin: int, finish: int) -> Iterator[tuple[int, int]]:
        for number in range(begin // BLOCK, finish // BLOCK + 1):
            for opens, closes in self._days.block(number).pieces:
                if closes > begin and opens < finish:
                    yield max(opens, begin), min(closes, finish)

    def _shift(self, day: date) -> tuple[tuple[int, int], ...]:
        pieces = self._days.of_shift(day_number(day))
        if not pieces:
            raise CalendarError("day", f"{day} is not a working date")
        return pieces


def _less(pieces: Iterable[tuple[int, int]], breaks: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The pieces without the breaks; ends where a break never does."""
    for opens, closes in pieces:
        begin = opens
        for pauses, resumes in breaks:
            if resumes <= begin:
                continue
            if pauses >= closes:
                break
            if pauses > begin:
                yield begin, pauses
            begin = resumes
        if begin == _NEVER:
            return
        if begin < closes:
            yield begin, closes


def _breaks(pauses: Iterable[Pause]) -> Sequence[tuple[int, int]]:
    if not pauses:
        return ()
    return joined(
        (_micros("pause", since), _NEVER if until is None else _micros("pause", until)) for since, until in pauses
    )


def _micros(field: str, at: datetime) -> int:
    try:
        delta = at - EPOCH
    except TypeError as error:
        raise CalendarError(field, f"{at!r} is not an instant with a time zone") from error
    return (delta.days * DAY + delta.seconds) * MICRO + delta.microseconds


def _moment(micros: int) -> datetime:
    return EPOCH + micros * _INSTANT  # half of what timedelta(microseconds=…) costs


def _amount(minutes: Minutes) -> int:
    """Minutes as microseconds: 0.1 and 54.00000000000001 mean the second they stand for."""
    if not 0 <= minutes <= FARTHEST_DAYS * 24 * 60:
        raise CalendarError("minutes", f"{minutes} is not an amount of time that can be promised")
    return round(minutes * _MINUTE)


def _days(days: int) -> int:
    if not 0 <= days <= FARTHEST_DAYS:
        raise CalendarError("days", f"{days} is not a number of days that can be promised")
    return days


def _never_open(where: str, at: date) -> NoReturn:
    text = f"nothing is open for {HORIZON_DAYS} days, or too little for a century, {where} {at.isoformat()}"
    raise CalendarError("calendar", text)


ALWAYS = WorkingCalendar.round_the_clock("UTC")
"""24x7 where the zone does not matter."""
