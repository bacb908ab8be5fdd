"""Who is told how long before a deadline lapses, and how often after it (R7 to R10, R12, R14, R17 to R19)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

Amount = int | float | Fraction
ENGINEER, DESK, MANAGER, SENIOR = "engineer", "desk", "manager", "senior"
MINUTES, DAYS, WEEKENDS, MONTHLY = "minutes", "days", "weekends", "monthly"
"""What a target is counted in: open minutes, working days, weekends, or the day of the month (R18, R19)."""
FEW_DAYS = 5
MINUTES_OF_DAY = 1440
LONG_FROM = 30
"""Minutes: what is longer has the long ladder (R7), and its early warnings keep the quiet hours (R17)."""
REPEAT_MINUTES = 30
MOST_REPEATS = 3
NEVER_WAIT = frozenset({"W80", "W90", "NOTICE", "TECHNICAL", "BREACH", "REPEAT1", "REPEAT2", "REPEAT3"})
"""Rungs that no digest and no quiet hour holds back."""

OF_THE_FAULT = frozenset({"dispatch", "confirm", "response", "arrival", "resolve", "delay", "help"})
"""Targets about the fault itself: a master speaks for those of what is linked to it (R16). What somebody has reported
or complained of beside it rings for itself."""

NEXT_HIGHER = {ENGINEER: DESK, DESK: MANAGER, SENIOR: MANAGER}
"""Who stands in when a role has nobody (sla-semantics section 6)."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A step: at this share of the target these roles are told.

    Of a target in days: at the opening so many working days before the due date (`days_before`), None for at due.
    """

    name: str
    share: Fraction
    roles: tuple[str, ...]
    days_before: int | None = None


def _rung(name: str, percent: int, *roles: str) -> Rung:
    return Rung(name, Fraction(percent, 100), roles)


def _ahead(days: int, *roles: str) -> Rung:
    return Rung(f"W-{days}d", Fraction(0), roles, days)


BREACH = _rung("BREACH", 100, MANAGER, SENIOR)
LONG = (
    _rung("W50", 50, ENGINEER),
    _rung("W75", 75, ENGINEER, DESK),
    _rung("W90", 90, MANAGER),
    BREACH,
)
SHORT = (
    _rung("W50", 50, ENGINEER, DESK),
    _rung("W80", 80, MANAGER),
    BREACH,
)
ABNORMAL = (
    _rung("NOTICE", 0, MANAGER),
    _rung("W50", 50, MANAGER),
    _rung("W80", 80, SENIOR),
    BREACH,
)
TECHNICAL = (_rung("TECHNICAL", 0, MANAGER, SENIOR), *ABNORMAL[1:])
"""An abnormal event that is technical: the senior engineer hears of it in the same instant (R12)."""

DAYS_FEW = (_ahead(1, ENGINEER, DESK), _ahead(0, MANAGER), BREACH)
DAYS_MANY = (_ahead(3, ENGINEER, DESK), _ahead(1, MANAGER), BREACH)
REPORT = (_ahead(3, DESK), _ahead(1, MANAGER), BREACH)


def ladder(target: str, minutes: float, unit: str = MINUTES, *, technical: bool = False) -> tuple[Rung, ...]:
    """The rungs of a target, lowest first: by its own ladder, or by how long it is (R7, R12, R18, R19).

    A target in days counts as 1440 minutes a day here.
    """
    if target == "abnormal":
        return TECHNICAL if technical else ABNORMAL
    if unit == MONTHLY:
        return REPORT
    if unit == MINUTES:
        return LONG if minutes > LONG_FROM else SHORT
    return DAYS_FEW if unit == DAYS and minutes <= FEW_DAYS * MINUTES_OF_DAY else DAYS_MANY


@cache
def amounts(target: str, minutes: float, *, technical: bool = False) -> tuple[tuple[str, ...], tuple[Amount, ...]]:
    """The rungs' names, and the minutes after which each comes (R8), the breach last: exact, and as plain as can be."""
    steps = ladder(target, minutes, technical=technical)
    return tuple(step.name for step in steps), tuple(_plain(Fraction(minutes) * step.share) for step in steps)


def _plain(amount: Fraction) -> Amount:
    """The same amount as a number that is reckoned with ten times as fast."""
    if amount.denominator == 1:
        return amount.numerator
    return float(amount) if Fraction(float(amount)) == amount else amount


def roles_of(target: str, minutes: float, rung: str, unit: str = MINUTES) -> tuple[str, ...]:
    """Who hears of a rung; a repeat goes to the people of the breach (R10)."""
    name = "BREACH" if rung.startswith("REPEAT") else rung
    steps = ladder(target, minutes, unit, technical=name == TECHNICAL[0].name)
    return next(step.roles for step in steps if step.name == name)


QUIET_FROM, QUIET_UNTIL = time(22), time(7)
HELD_WHILE_QUIET = frozenset({"W50", "W75"})


def quiet_until(rung: str, minutes: float, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Until when (UTC) quiet hours hold a rung of a round-the-clock target back; None if it may ring now (R17).

    Quiet are 22:00 to 07:00 in the zone, for the early warnings of long targets alone.
    """
    if rung not in HELD_WHILE_QUIET or minutes <= LONG_FROM:
        return None
    local = at.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    morning = local.date() + timedelta(days=local.time() >= QUIET_FROM)
    return datetime.combine(morning, QUIET_UNTIL, zone).astimezone(UTC)


def read_rungs(rows: Iterable[Sequence[Any]]) -> tuple[tuple[str, datetime | None], ...]:
    """The rungs of a clock's row: name, and when it comes (None where it cannot be said yet)."""
    return tuple([(name, datetime.fromisoformat(at) if at else None) for name, at in rows])


def passed_rungs(
    rungs: Iterable[Sequence[object]], already: Collection[str], now: datetime
) -> list[tuple[str, datetime]]:
    """The rungs whose time has come and that are neither sent nor skipped yet, lowest first."""
    return [
        (str(name), at) for name, at in rungs if isinstance(at, datetime) and at <= now and name not in already
    ]  # fmt: skip


def repeats() -> tuple[str, ...]:
    """The names of all repeats of a breach."""
    return tuple(f"REPEAT{number}" for number in range(1, MOST_REPEATS + 1))


def next_repeat(already: Collection[str]) -> str:
    """The repeat that follows: REPEAT1 to REPEAT3 once the breach is told, "" when there is none (any more)."""
    if "BREACH" not in already:
        return ""
    done = sum(name.startswith("REPEAT") for name in already)
    return f"REPEAT{done + 1}" if done < MOST_REPEATS else ""


def minutes_left(due: datetime, now: datetime) -> int:
    """Minutes from `now` to a deadline as they are told: at least 1 while any time is left, negative after it."""
    left = (due - now).total_seconds() / 60
    return max(1, round(left)) if left > 0 else round(left)
