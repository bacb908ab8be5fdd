"""A calendar's year at a glance: what sort of day each date is, and the same for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import zip_longest

from bot.cli.printing import width
from bot.domain.calendar import WorkingCalendar
from bot.domain.calendar_rules import WEEKDAYS
from bot.wording import Words

WORKING, CLOSED, HOLIDAY, MAKE_UP, OTHER = "working", "closed", "holiday", "make_up", "other"
SIGNS = {WORKING: " ", CLOSED: " ", HOLIDAY: "*", MAKE_UP: "+", OTHER: "~"}
"""What stands behind the day's number, so that it can be read without colours too."""
COLOURS = {WORKING: "", CLOSED: "2", HOLIDAY: "31", MAKE_UP: "1;32", OTHER: "36"}
PROVISIONAL = "33"
SCREEN, MONTHS_IN_A_ROW, MONTH_WIDTH = 80, 3, 21


@dataclass(frozen=True)
class Year:
    """One year of a named calendar."""

    name: str
    year: int
    calendar: WorkingCalendar

    @property
    def provisional(self) -> bool:
        return self.calendar.year_is_provisional(self.year)

    def sort(self, day: date) -> str:
        """What sort of day it is: an extra day is a make-up day where the week has none, else its hours are others."""
        kind = self.calendar.kind(day)
        if kind == "holiday":
            return HOLIDAY
        if kind != "extra":
            return WORKING if kind == "working" else CLOSED
        weekday = WEEKDAYS[day.weekday()]
        if weekday not in self._weekly:
            return MAKE_UP if self._extra[day.isoformat()] in self._weekly.values() else OTHER
        return WORKING if self._extra[day.isoformat()] == self._weekly[weekday] else OTHER

    @cached_property
    def _weekly(self) -> dict[str, object]:
        weekly = self.calendar.to_mapping()["weekly"]
        return dict(weekly) if isinstance(weekly, dict) else {}

    @cached_property
    def _extra(self) -> dict[str, object]:
        extra = self.calendar.to_mapping()["extra"]
        return {item["date"]: item["hours"] for item in extra} if isinstance(extra, list) else {}

    def days(self) -> list[date]:
        """All its dates."""
        first = date(self.year, 1, 1)
        return [first + timedelta(days=number) for number in range((date(self.year, 12, 31) - first).days + 1)]

    def month(self, month: int) -> list[date | None]:
        """The dates of a month from a Monday on; None before the first."""
        days = [day for day in self.days() if day.month == month]
        return [*[None] * days[0].weekday(), *days]

    def working_days(self) -> int:
        """How many dates are worked."""
        return sum(self.calendar.is_working_date(day) for day in self.days())

    def working_minutes(self) -> float:
        """How much is open from the first midnight to the last, in the calendar's zone."""
        begin, end = (datetime(year, 1, 1, tzinfo=self.calendar.zone).astimezone(UTC) for year in self._edges())
        return self.calendar.elapsed(begin, end)

    def _edges(self) -> tuple[int, int]:
        return self.year, self.year + 1

    def stretches(self, *sorts: str) -> list[tuple[date, date]]:
        """The first and last dates of what is of these sorts without a gap."""
        spans: list[tuple[date, date]] = []
        for day in (day for day in self.days() if self.sort(day) in sorts):
            if spans and day - spans[-1][1] == timedelta(days=1):
                spans[-1] = (spans[-1][0], day)
            else:
                spans.append((day, day))
        return spans

    def holidays(self) -> list[tuple[date, date]]:
        """The public holidays, each with the closed days beside it: as people and the official notice speak of them."""
        closed = self.stretches(HOLIDAY, CLOSED)
        holidays = [day for day in self.days() if self.sort(day) == HOLIDAY]
        return [span for span in closed if any(span[0] <= day <= span[1] for day in holidays)]


# ---- words ----


def title_of(year: Year, words: Words) -> str:
    """Year, calendar and zone."""
    return words.phrases["pattern.year_title"].format(year=year.year, name=year.name, zone=year.calendar.zone.key)


def total_of(year: Year, words: Words) -> str:
    """How much is worked in it."""
    hours = year.working_minutes() / 60
    return words.phrases["pattern.year_total"].format(days=year.working_days(), hours=f"{hours:,.6g}")


def month_name(month: int, words: Words) -> str:
    """The month as a heading."""
    return words.phrases["pattern.month_title"].format(month=words.name("month", month))


def lists_of(year: Year, words: Words) -> Iterator[str]:
    """A line each for what is not as every week: the dates of holidays, make-up days and other hours."""
    found = {
        "holidays": year.holidays(),
        MAKE_UP: [(day, day) for day in year.days() if year.sort(day) == MAKE_UP],
        OTHER: year.stretches(OTHER),
    }
    for name, spans in found.items():
        if spans:
            told = words.listed(_span(first, last, words) for first, last in spans)
            yield words.label(words.name("day", name)) + told


def _span(first: date, last: date, words: Words) -> str:
    def told(day: date) -> str:
        return words.phrases["pattern.date"].format(month=words.name("month", day.month), day=day.day)

    return told(first) if first == last else f"{told(first)} – {told(last)}"


# ---- the terminal ----


def shown_year(year: Year, words: Words, *, colour: bool) -> Iterator[str]:
    """The lines for a terminal. Without colours, signs alone tell the days apart."""
    yield _painted(title_of(year, words), "1" if colour else "")
    if year.provisional:
        yield _painted(words.phrases["pattern.year_provisional"], PROVISIONAL if colour else "")
    for first in range(1, 13, MONTHS_IN_A_ROW):
        yield ""
        blocks = [list(_block(year, month, words, colour=colour)) for month in range(first, first + MONTHS_IN_A_ROW)]
        for line in zip_longest(*blocks, fillvalue=" " * MONTH_WIDTH):
            yield "   ".join(line).rstrip()
    yield ""
    yield from _legend(words, colour=colour)
    yield total_of(year, words)
    for told in lists_of(year, words):
        yield from _wrapped(told, words)


def _block(year: Year, month: int, words: Words, *, colour: bool) -> Iterator[str]:
    heading = month_name(month, words) + (" ?" if year.provisional else "")
    yield _painted(_padded(heading), (PROVISIONAL if year.provisional else "1") if colour else "")
    yield "".join(_padded(head, 3) for head in week_heads(words))
    cells = [_cell(year, day, colour=colour) for day in year.month(month)]
    cells += ["   "] * (-len(cells) % 7)
    for start in range(0, len(cells), 7):
        yield "".join(cells[start : start + 7])


def _cell(year: Year, day: date | None, *, colour: bool) -> str:
    if day is None:
        return "   "
    sort = year.sort(day)
    return _painted(f"{day.day:2}{SIGNS[sort]}", COLOURS[sort] if colour else "")


def _legend(words: Words, *, colour: bool) -> Iterator[str]:
    signs = [(sort, f"12{SIGNS[sort]}".rstrip()) for sort in (HOLIDAY, MAKE_UP, OTHER)]
    parts = [f"{_painted(sign, COLOURS[sort] if colour else '')} {words.name('day', sort)}" for sort, sign in signs]
    if colour:
        parts.append(f"{_painted('12', COLOURS[CLOSED])} {words.name('day', CLOSED)}")
    yield "   ".join(parts)


def _wrapped(line: str, words: Words) -> Iterator[str]:
    """The line in pieces that fit the screen, broken at commas."""
    comma = words.phrases["pattern.comma"]
    kept = ""
    for part in line.split(comma):
        longer = f"{kept}{comma}{part}" if kept else part
        if width(longer + comma) > SCREEN and kept:
            yield (kept + comma).rstrip()
            longer = f"  {part}"
        kept = longer
    yield kept


def _padded(text: str, places: int = MONTH_WIDTH) -> str:
    return text + " " * (places - width(text))


def _painted(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def week_heads(words: Words) -> Sequence[str]:
    """The days of the week, short, Monday first."""
    return [words.name("weekday_short", number) for number in range(1, 8)]
