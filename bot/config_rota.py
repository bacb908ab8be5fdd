"""The duty rota from the configuration, what is wrong in it, and where it leaves a role without anybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain.rota import Absence, Rota, Shift

if TYPE_CHECKING:
    from bot.config import Settings

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AHEAD = timedelta(days=28)
"""So far ahead holes are looked for."""

Problem = tuple[tuple[str | int, ...], str]


def rota_of(settings: Settings) -> Rota:
    """The plan as the rules know it; local times are those of the desk's zone."""
    zone = ZoneInfo(settings.desk.timezone)
    shifts = []
    for one in settings.shifts:
        begins, ends = (time.fromisoformat(edge) for edge in one.hours.split("-"))
        days = frozenset(map(WEEKDAYS.index, one.days))
        shifts.append(Shift(one.role, one.person, days, begins, ends, one.first, one.last))
    absences = [
        Absence(one.person, _at(one.since, zone), _at(one.until, zone), one.stand_in) for one in settings.absences
    ]
    return Rota(zone, tuple(shifts), tuple(absences))


def _at(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def problems(settings: Settings) -> Iterator[Problem]:
    """Unknown names, roles that a person does not have, spans that end before they begin."""
    yield from _of_shifts(settings)
    roles = {one.handle for one in settings.people}
    zone = ZoneInfo(settings.desk.timezone)
    for place, away in enumerate(settings.absences):
        for key in ("person", "stand_in"):
            handle = getattr(away, key)
            if handle and handle not in roles:
                yield ("absences", place, key), f"nobody has the handle {handle!r}"
        if away.stand_in == away.person:
            yield ("absences", place, "stand_in"), "nobody can stand in for herself"
        if _at(away.until, zone) <= _at(away.since, zone):
            yield ("absences", place, "until"), "lies before the beginning"


def _of_shifts(settings: Settings) -> Iterator[Problem]:
    roles = {one.handle: one.roles for one in settings.people}
    for place, shift in enumerate(settings.shifts):
        if shift.by_command and shift.person in roles:
            yield ("shifts", place, "by_command"), f"{shift.person} is in [[people]]; leave it out"
        elif not shift.by_command and shift.person not in roles:
            yield ("shifts", place, "person"), f"nobody has the handle {shift.person!r}"
        elif not shift.by_command and shift.role not in roles[shift.person]:
            yield ("shifts", place, "role"), f"{shift.person} does not have the role {shift.role}"
        if shift.first and shift.last and shift.last < shift.first:
            yield ("shifts", place, "last"), f"lies before the first date ({shift.first})"


def doubts(settings: Settings, now: datetime) -> Iterator[Problem]:
    """The first hole of each planned role within the coming weeks."""
    rota = rota_of(settings)
    for role in dict.fromkeys(one.role for one in settings.shifts):
        hole = next(rota.holes(role, now, now + AHEAD), None)
        if hole:
            begin, end = (f"{edge.astimezone(rota.zone):%Y-%m-%d %H:%M}" for edge in hole)
            yield (
                ("shifts",),
                f"nobody is on duty as {role} from {begin} to {end}; the next higher role is told instead",
            )
