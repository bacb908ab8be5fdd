"""When whoever is on duty is asked whether she can be reached: as her shift begins, and never in the quiet hours."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.domain.ladder import QUIET_FROM, QUIET_UNTIL
from bot.domain.rota import Rota

DAY = timedelta(days=1)
LOOKS_AHEAD = 10 * DAY
"""Farther ahead no check is looked for at once: every shift of a week begins within that."""
BEFORE_QUIET = timedelta(minutes=30)

Check = tuple[datetime, str, str, datetime, datetime]
"""When to ask, whom (a handle), in which role, and the shift's beginning and end; instants in UTC."""


def asked_at(begin: datetime, zone: ZoneInfo) -> datetime:
    """When to ask of a shift that begins then: at once, or half an hour before the quiet hours in which it begins."""
    local = begin.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return begin
    evening = local.date() - DAY * (local.time() < QUIET_UNTIL)
    return datetime.combine(evening, QUIET_FROM, zone).astimezone(begin.tzinfo) - BEFORE_QUIET


def checks(rota: Rota, roles: Collection[str], after: datetime, until: datetime) -> list[Check]:
    """The checks that fall into (after, until], in order: one for each beginning of a shift in one of the roles."""
    found = []
    for shift in rota.shifts:
        if shift.role in roles:
            for begin, end in rota.occurrences(shift, after, until + DAY):
                at = asked_at(begin, rota.zone)
                if after < at <= until:
                    found.append((at, rota.keeper(shift, begin), shift.role, begin, end))
    return sorted(found)


def daily(at: time, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """The instants in (after, until] at which a daily check falls."""
    first, last = after.astimezone(zone).date(), until.astimezone(zone).date()
    days = (first + number * DAY for number in range((last - first).days + 1))
    instants = (datetime.combine(day, at, zone).astimezone(after.tzinfo) for day in days)
    return [one for one in instants if after < one <= until]


@lru_cache(maxsize=16)  # asked at every turn of the alarm loop, nearly always with the same values
def following(rota: Rota, roles: tuple[str, ...], at: time | None, after: datetime) -> datetime | None:
    """The next instant after another at which somebody is asked; None where none comes soon."""
    if at is not None:
        return next(iter(daily(at, rota.zone, after, after + 2 * DAY)), None)
    return next((one[0] for one in checks(rota, roles, after, after + LOOKS_AHEAD)), None)
