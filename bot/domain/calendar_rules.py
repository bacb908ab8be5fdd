"""What a working calendar says, read strictly: weekly hours, holidays, extra days, and what they open on a date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

DAY = 86_400
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_NIGHT = 16 * 3600  # 13:00-12:00 is a slip of the pen, not a shift of 23 hours

Hours = tuple[tuple[int, int], ...]
"""Intervals in seconds after the date's local midnight, half-open; an end beyond DAY lies on the next date."""

Kind = Literal["working", "closed", "holiday", "extra"]

_EPOCH = date(1970, 1, 1).toordinal()  # a Thursday
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KEYS = {"timezone", "weekly", "holidays", "extra", "provisional_years", "known_years"}


class CalendarError(ValueError):
    """What a calendar cannot be told or asked. `field` names the place; the text adds the value or date, and why."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Rules:
    """The contents of a calendar. Dates are numbers of days since 1970-01-01; `weekly` has seven days, Monday first."""

    timezone: str
    zone: ZoneInfo = field(compare=False)
    weekly: tuple[Hours, ...]
    holidays: frozenset[int]
    extra: Mapping[int, Hours] = field(hash=False)
    provisional_years: frozenset[int]
    known_years: tuple[int, int] | None

    @property
    def has_nights(self) -> bool:
        """Whether any hours end on the date after."""
        return any(end > DAY for hours in (*self.weekly, *self.extra.values()) for _, end in hours)

    def own(self, day: int) -> Hours:
        """The hours that begin on this date: none on a holiday; an extra day's replace those of its weekday."""
        if day in self.holidays:
            return ()
        return self.extra.get(day) or self.weekly[(day + 3) % 7]

    def open_on(self, day: int) -> Hours:
        """What is open between this date's midnights: the end of the night before and its own hours, maybe overlapping.

        A holiday cuts that end off at 00:00, and its own evening does not begin (section 4 of the clock rules).
        """
        if day in self.holidays:
            return ()
        night = [(0, end - DAY) for _, end in self.own(day - 1) if end > DAY]
        return (*night, *[(begin, min(end, DAY)) for begin, end in self.own(day)])

    def shift(self, day: int) -> dict[int, Hours]:
        """The hours that begin on this date, by the date on which they lie: a night's end belongs to the shift."""
        own = self.own(day)
        night = () if day + 1 in self.holidays else tuple((0, end - DAY) for _, end in own if end > DAY)
        return {day: tuple((begin, min(end, DAY)) for begin, end in own), day + 1: night}

    def kind(self, day: int) -> Kind:
        """What sort of date this is."""
        if day in self.holidays:
            return "holiday"
        if day in self.extra:
            return "extra"
        return "working" if self.weekly[(day + 3) % 7] else "closed"


def day_number(day: date) -> int:
    return day.toordinal() - _EPOCH


def date_of(day: int) -> date:
    """The date of a day number; a CalendarError outside of the years 1 to 9999."""
    try:
        return date.fromordinal(day + _EPOCH)
    except (ValueError, OverflowError) as error:
        raise CalendarError("date", f"outside of the years {MINYEAR} to {MAXYEAR}") from error


def joined(pieces: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The union: in order, overlapping and touching pieces made one, empty ones left out."""
    union: list[tuple[int, int]] = []
    for begin, end in sorted(pieces):
        if begin >= end:
            continue
        if union and begin <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((begin, end))
    return tuple(union)


def read_rules(mapping: Mapping[str, object]) -> Rules:
    """Reads a calendar's mapping; whatever is malformed, contradictory or never open is a CalendarError."""
    if not isinstance(mapping, Mapping):
        raise CalendarError("calendar", "must be a table")
    if unknown := [key for key in mapping if key not in _KEYS]:
        raise CalendarError(str(unknown[0]), f"not a key of a calendar; those are {', '.join(sorted(_KEYS))}")
    zone = _zone(mapping.get("timezone"))
    rules = Rules(
        timezone=zone.key,
        zone=zone,
        weekly=_weekly(mapping.get("weekly")),
        holidays=_holidays(mapping.get("holidays", ())),
        extra=_extra(mapping.get("extra", ())),
        provisional_years=frozenset(_years("provisional_years", mapping.get("provisional_years", ()))),
        known_years=_known(mapping.get("known_years")),
    )
    _refuse_contradictions(rules)
    return rules


def write_rules(rules: Rules) -> dict[str, object]:
    """The mapping that `read_rules` reads as these rules: plain lists and strings, always in the same order."""
    mapping: dict[str, object] = {
        "timezone": rules.timezone,
        "weekly": {name: _written(hours) for name, hours in zip(WEEKDAYS, rules.weekly, strict=True) if hours},
        "holidays": [date_of(day).isoformat() for day in sorted(rules.holidays)],
        "extra": [
            {"date": date_of(day).isoformat(), "hours": _written(rules.extra[day])} for day in sorted(rules.extra)
        ],
        "provisional_years": sorted(rules.provisional_years),
    }
    return mapping | ({"known_years": list(rules.known_years)} if rules.known_years else {})


def _refuse_contradictions(rules: Rules) -> None:
    both = rules.holidays & rules.extra.keys()
    if both:
        raise CalendarError("extra", f"{date_of(min(both))} is both a holiday and an extra working day")
    if not any(rules.weekly) and not rules.extra:
        raise CalendarError("weekly", "never open: no weekday has hours and there is no extra day")


def _zone(value: object) -> ZoneInfo:
    if not isinstance(value, str) or not value:
        raise CalendarError("timezone", f'{value!r} is not the name of a time zone such as "Asia/Shanghai"')
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:  # a folder of zones or a path outside are no KeyError
        raise CalendarError("timezone", f"{value!r} is not a known time zone") from error


def _weekly(value: object) -> tuple[Hours, ...]:
    if not isinstance(value, Mapping):
        raise CalendarError("weekly", 'must be a table of hours such as {"mon": [["09:00", "18:00"]]}')
    if unknown := [key for key in value if key not in WEEKDAYS]:
        raise CalendarError(f"weekly.{unknown[0]}", f"not a weekday; those are {', '.join(WEEKDAYS)}")
    return tuple(_hours(f"weekly.{name}", value.get(name, ())) for name in WEEKDAYS)


def _holidays(value: object) -> frozenset[int]:
    return frozenset(_date(f"holidays[{place}]", item) for place, item in enumerate(_list("holidays", value)))


def _extra(value: object) -> dict[int, Hours]:
    extra: dict[int, Hours] = {}
    for place, item in enumerate(_list("extra", value)):
        name = f"extra[{place}]"
        if not isinstance(item, Mapping) or set(item) != {"date", "hours"}:
            raise CalendarError(name, 'must be {"date": "2026-02-14", "hours": [["09:00", "18:00"]]}')
        day = _date(f"{name}.date", item["date"])
        if day in extra:
            raise CalendarError(f"{name}.date", f"{date_of(day)} is given twice")
        hours = _hours(f"{name}.hours of {date_of(day)}", item["hours"])
        if not hours:
            raise CalendarError(f"{name}.hours of {date_of(day)}", "empty: a date without hours is a holiday")
        extra[day] = hours
    return extra


def _hours(name: str, value: object) -> Hours:
    items = (_interval(f"{name}[{place}]", item) for place, item in enumerate(_list(name, value)))
    return tuple(sorted(set(items)))


def _interval(name: str, value: object) -> tuple[int, int]:
    if not isinstance(value, list | tuple) or len(value) != 2:  # noqa: PLR2004  -- an interval is a pair
        raise CalendarError(name, f'{value!r} is not a pair of times such as ["09:00", "12:00"]')
    begin, end = _time(name, value[0]), DAY if value[1] == "24:00" else _time(name, value[1])
    if begin == end:
        raise CalendarError(name, f"{value[0]}-{value[1]} has no length; a whole day is 00:00-24:00")
    if end > begin:
        return begin, end
    if end + DAY - begin > LONGEST_NIGHT:
        raise CalendarError(name, f"{value[0]}-{value[1]} ends before it starts and is too long for a night (16 hours)")
    return begin, end + DAY


def _time(name: str, value: object) -> int:
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise CalendarError(name, f'{value!r} is not a time such as "09:00" (24:00 only as an end)')
    return int(found[1]) * 3600 + int(found[2]) * 60


def _date(name: str, value: object) -> int:
    if isinstance(value, date) and not isinstance(value, datetime):  # TOML has dates of its own
        return day_number(value)
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise CalendarError(name, f'{value!r} is not a date such as "2026-02-14"')
    try:
        return day_number(date.fromisoformat(value))
    except ValueError as error:
        raise CalendarError(name, f"{value} is not in the calendar") from error


def _years(name: str, value: object) -> Sequence[int]:
    years = _list(name, value)
    for year in years:
        if type(year) is not int or not MINYEAR <= year <= MAXYEAR:
            raise CalendarError(name, f"{year!r} is not a year")
    return [year for year in years if isinstance(year, int)]


def _known(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    years = _years("known_years", value)
    if len(years) != 2 or years[0] > years[1]:  # noqa: PLR2004  -- first and last
        raise CalendarError("known_years", f"{value!r} is not the first and the last year")
    return years[0], years[1]


def _list(name: str, value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise CalendarError(name, f"{value!r} is not a list")
    return value


def _written(hours: Hours) -> list[list[str]]:
    return [[_clock(begin), _clock(end if end <= DAY else end - DAY)] for begin, end in hours]


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second % 3600 // 60:02}"
