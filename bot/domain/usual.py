"""Whether far fewer mails came within an hour than is usual at that hour of the week, as of a silent mailbox."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
MOST_WEEKS, LEAST_WEEKS, LOOKED_BACK = 8, 4, 16
"""So many comparable weeks are compared with at most and at least; further back than the last nobody looks."""
CHANCE = 0.001
"""As rarely as this so few mails may come by chance, before anybody is told."""


class Shortfall(NamedTuple):
    """So few mails came, though in all but one of so many weeks there were at least `fewest`."""

    came: int
    fewest: int
    weeks: int


def same_hours(hour: datetime, zone: ZoneInfo) -> list[datetime]:
    """The hour that begins then (UTC) and the same one by the zone's clock in the weeks before, newest first (UTC)."""
    local = hour.astimezone(zone)
    return [(local - timedelta(weeks=week)).astimezone(UTC) for week in range(LOOKED_BACK + 1)]


def shortfall(count: int, before: Sequence[int], least: int) -> Shortfall | None:
    """Whether so few came as never happens by chance, going by that hour of earlier weeks, newest first.

    One week may be out of the way, since a mailbox that was silent once shall not make the next time usual. Where
    that leaves fewer than `least` mails an hour, nothing can be told.
    """
    weeks = sorted(before[:MOST_WEEKS])
    if len(weeks) < LEAST_WEEKS or weeks[1] < max(least, 1):
        return None
    return Shortfall(count, weeks[1], len(weeks)) if chance_of(count, weeks[1]) < CHANCE else None


def chance_of(count: int, usual: int) -> float:
    """How probable so few or fewer are where so many come on the average, each by itself (Poisson)."""
    if count >= usual:
        return 1.0
    return sum(math.exp(number * math.log(usual) - usual - math.lgamma(number + 1)) for number in range(count + 1))
