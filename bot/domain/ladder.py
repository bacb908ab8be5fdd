"""Who is told how long before a deadline lapses, and how often after it (R7 to R10, R12, R14)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cache

ENGINEER, DESK, MANAGER, SENIOR = "engineer", "desk", "manager", "senior"
REPEAT_MINUTES = 30
MOST_REPEATS = 3
NEVER_WAIT = frozenset({"W80", "W90", "NOTICE", "TECHNICAL", "BREACH", "REPEAT1", "REPEAT2", "REPEAT3"})
"""Rungs that no digest and no quiet hour holds back."""

NEXT_HIGHER = {ENGINEER: DESK, DESK: MANAGER, SENIOR: MANAGER}
"""Who stands in when a role has nobody (sla-semantics section 6)."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A step: at this share of the target these roles are told."""

    name: str
    share: Fraction
    roles: tuple[str, ...]


def _rung(name: str, percent: int, *roles: str) -> Rung:
    return Rung(name, Fraction(percent, 100), roles)


LONG = (
    _rung("W50", 50, ENGINEER),
    _rung("W75", 75, ENGINEER, DESK),
    _rung("W90", 90, MANAGER),
    _rung("BREACH", 100, MANAGER, SENIOR),
)
SHORT = (
    _rung("W50", 50, ENGINEER, DESK),
    _rung("W80", 80, MANAGER),
    _rung("BREACH", 100, MANAGER, SENIOR),
)
ABNORMAL = (
    _rung("NOTICE", 0, MANAGER),
    _rung("W50", 50, MANAGER),
    _rung("W80", 80, SENIOR),
    _rung("BREACH", 100, MANAGER, SENIOR),
)
TECHNICAL = (_rung("TECHNICAL", 0, MANAGER, SENIOR), *ABNORMAL[1:])
"""An abnormal event that is technical: the senior engineer hears of it in the same instant (R12)."""


def ladder(target: str, minutes: float, *, technical: bool = False) -> tuple[Rung, ...]:
    """The rungs of a target, lowest first: by its own ladder, or by whether it is longer than 30 minutes (R7, R12)."""
    if target == "abnormal":
        return TECHNICAL if technical else ABNORMAL
    return LONG if minutes > 30 else SHORT  # noqa: PLR2004  -- the number of R7


@cache
def amounts(target: str, minutes: float, *, technical: bool = False) -> tuple[tuple[str, int | float | Fraction], ...]:
    """Each rung's name and the minutes after which it comes (R8): exact, and as plain a number as can be."""
    steps = ladder(target, minutes, technical=technical)
    return tuple((step.name, _plain(Fraction(minutes) * step.share)) for step in steps)


def _plain(amount: Fraction) -> int | float | Fraction:
    """The same amount as a number that is reckoned with ten times as fast."""
    if amount.denominator == 1:
        return amount.numerator
    return float(amount) if Fraction(float(amount)) == amount else amount


def roles_of(target: str, minutes: float, rung: str) -> tuple[str, ...]:
    """Who hears of a rung; a repeat goes to the people of the breach (R10)."""
    name = "BREACH" if rung.startswith("REPEAT") else rung
    steps = ladder(target, minutes, technical=name == TECHNICAL[0].name)
    return next(step.roles for step in steps if step.name == name)


def passed_rungs(
    rungs: Iterable[Sequence[object]], already: Collection[str], now: datetime
) -> list[tuple[str, datetime]]:
    """The rungs whose time has come and that are neither sent nor skipped yet, lowest first."""
    return [
        (str(name), at) for name, at in rungs if isinstance(at, datetime) and at <= now and name not in already
    ]  # fmt: skip


def next_repeat(already: Collection[str]) -> str:
    """The repeat that follows: REPEAT1 to REPEAT3 once the breach is told, "" when there is none (any more)."""
    if "BREACH" not in already:
        return ""
    done = sum(name.startswith("REPEAT") for name in already)
    return f"REPEAT{done + 1}" if done < MOST_REPEATS else ""
