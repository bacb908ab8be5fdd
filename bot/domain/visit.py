"""When an engineer says she will be there, and what a calendar is told about it (RFC 5545, RFC 5546)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.sheet import Row

LASTS = timedelta(hours=1)
"""How long a visit takes in the requester's calendar."""
LATEST = timedelta(hours=12)
"""Nobody is on her way for longer."""
DAY = timedelta(days=1)
REQUEST, CANCEL = "REQUEST", "CANCEL"
_END = r"(?=$|[\s,，。;；:：])"
_MINUTES = re.compile(rf"(?:in\s+)?(\d{{1,3}})\s*(?:min(?:ute)?s?|分钟|分)后?到?{_END}", re.IGNORECASE)
_HOURS = re.compile(rf"(?:in\s+)?(\d{{1,2}})\s*(?:h|hours?|小时)后?到?{_END}", re.IGNORECASE)
_CLOCK = re.compile(r"(?:at\s+|by\s+)?(\d{1,3})[:：](\d\d)(?:到)?(?=$|[\s,，。;；])", re.IGNORECASE)


def read_eta(words: str, now: datetime, zone: ZoneInfo) -> tuple[datetime | None, str]:
    """When she will be there by the words' beginning (25 min, 1 h, 14:30; UTC), and the rest; None for none.

    A number alone is none: it may be a ticket's. Raises ValueError for an instant that is over, too far away, or none
    at all (25:99).
    """
    at = None
    if found := _CLOCK.match(words):
        if int(found[1]) >= 24 or int(found[2]) >= 60:  # noqa: PLR2004  -- hours and minutes
            raise ValueError(words[: found.end()])
        there = now.astimezone(zone).replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
        at = (there if there > now or there + DAY > now + LATEST else there + DAY).astimezone(UTC)
    elif found := _HOURS.match(words):
        at = now + timedelta(hours=int(found[1]))
    elif found := _MINUTES.match(words):
        at = now + timedelta(minutes=int(found[1]))
    if at is None or found is None:
        return None, words
    if not now < at <= now + LATEST:
        raise ValueError(words[: found.end()])
    return at, words[found.end() :].strip(" \t\n,，。;；:：")


@dataclass(frozen=True, slots=True)
class Plan:
    """A visit as the requester's calendar has it: which of the ticket's, its newest version, and when it begins.

    `eta` is None where there is none (any more): none was told, it was called off, or she has arrived.
    """

    visit: int = 0
    sequence: int = -1
    eta: datetime | None = None

    def moved(self, eta: datetime) -> Plan:
        """The same visit at another time; a new one where there is none."""
        return Plan(self.visit, self.sequence + 1, eta) if self.eta else Plan(self.visit + 1, 0, eta)


def read_plan(rows: Iterable[Row]) -> Plan:
    """The visit that a ticket's journal has planned, its rows in the order in which they were recorded.

    What was taken back plans nothing, but its version may be in her calendar: the next one is higher.
    """
    rows, plan = list(rows), Plan()
    void = {one for row in rows if row.kind == "undone" for one in row.facts["events"]}
    for row in rows:
        if row.kind == "eta":
            eta = datetime.fromisoformat(row.facts["eta"]) if row.facts["eta"] else None
            plan = Plan(row.facts["visit"], row.facts["sequence"], plan.eta if row.id in void else eta)
        elif row.kind == "arrived" and row.id not in void:
            plan = Plan(plan.visit, plan.sequence)
    return plan
