"""What can be wrong about the calendars of a configuration: their contents, who names them, what they let be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise, product

from bot.config import Settings
from bot.config_places import Key
from bot.domain.calendar import CalendarError, WorkingCalendar
from bot.domain.levels import Choice, Rules, Situation, promises

ALWAYS = "always"
"""The calendar that is built in: round the clock."""
Problem = tuple[Key, str]


def contents(settings: Settings) -> Iterator[Problem]:
    """What the lists of a calendar say; the holidays library and the ICS file are asked when the daemon starts."""
    for name, one in settings.calendars.items():
        try:
            WorkingCalendar.from_mapping(
                {"timezone": one.timezone, "weekly": one.weekly, "holidays": one.holidays, "extra": one.extra}
            )
        except CalendarError as error:
            yield place_of(name, error)


def place_of(name: str, error: CalendarError) -> Problem:
    """The key of a calendar's error: `extra[0].hours of 2026-02-14` stands in calendars.NAME.extra."""
    parts = error.field.split(" ")[0].replace("[", ".").replace("]", "").split(".")
    return ("calendars", name, *(int(part) if part.isdecimal() else part for part in parts)), error.problem


def names(settings: Settings) -> Iterator[Problem]:
    """Who names a calendar that is not there."""
    if ALWAYS in settings.calendars:
        yield ("calendars", ALWAYS), "is the name of round the clock; choose another name"
    known = sorted({*settings.calendars, ALWAYS})
    for key, name in _named(settings):
        if name and name not in known:
            yield key, f"there is no calendar {name!r}; write one of {', '.join(known)}"


def _named(settings: Settings) -> Iterator[tuple[Key, str]]:
    for name, level in settings.levels.items():
        yield ("levels", name, "calendar"), level.calendar
        yield ("levels", name, "resolve_calendar"), level.resolve_calendar
    for name, place in settings.places.items():
        yield ("places", name, "calendar"), place.calendar
    for number, one in enumerate(settings.customers):
        yield ("customers", number, "calendar"), one.calendar
    for target, calendar in settings.targets.calendars.items():
        yield ("targets", "calendars", target), calendar


def unreachable(
    settings: Settings, rules: Rules, calendars: Mapping[str, WorkingCalendar], now: datetime
) -> Iterator[Problem]:
    """Promises that their calendar never gives time for, whatever customer, place and level come together."""
    said: dict[Key, str] = {}
    customers = {one.calendar: one.key for one in settings.customers} | {"": ""}
    places = {(one.calendar, bool(one.immediate_for)): name for name, one in settings.places.items()}
    for level, customer, place in product(settings.levels, customers.values(), {*places.values(), ""}):
        for immediate in {False, bool(rules.immediate_places.get(place))}:
            choice, facts = Choice(level, immediate, ""), Situation(customer=customer, place=place)
            for target, promise in promises(choice, rules, facts).items():
                if target in rules.days:  # in working days, of a calendar that must be open for the others anyway
                    continue
                try:
                    calendars[promise.calendar].add(now, promise.amount)
                except CalendarError as error:
                    said[_amount(settings, target, level, immediate=immediate)] = f"{promise.calendar}: {error.problem}"
    for key, reason in said.items():
        yield key, f"can never be kept on the calendar {reason}"


def _amount(settings: Settings, target: str, level: str, *, immediate: bool) -> Key:
    """Where the minutes of a promise stand."""
    if immediate and f"immediate_{target}" in type(settings.targets).model_fields:
        return ("targets", f"immediate_{target}")
    return ("levels", level, target) if target in {"response", "arrival", "resolve"} else ("targets", target)


def overlaps(settings: Settings) -> Iterator[Problem]:
    """Days whose hours overlap: allowed, but probably not intended."""
    for name, calendar in settings.calendars.items():
        for day in (day for day, hours in calendar.weekly.items() if _overlap(hours)):
            yield ("calendars", name, "weekly", day), "hours overlap; what is covered twice counts once"


def _overlap(hours: list[list[str]]) -> bool:
    """Whether intervals of one day lie over each other; one that ends before it starts lasts until the next day."""
    ends = ((begin, end if end > begin else "24:00") for begin, end in sorted(hours))
    return any(later[0] < earlier[1] for earlier, later in pairwise(ends))
