"""Further hours of one ticket's promises: round the clock from an order on site, and the hours of booked support."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

ONSITE, BOOKED, UNBOOKED = "onsite", "booked", "unbooked"
"""Events of a ticket: somebody is ordered on site out of hours; support is booked for its place; no longer so (SP-2.7).

A booking's facts are its id as `booking`, and as ISO instants `since` and `until`; one called off because it never was
meant for this ticket is `void`, else what has passed of it stands.
"""
LENGTHENING = frozenset({ONSITE, BOOKED, UNBOOKED})

Window = tuple[datetime, datetime | None]
"""Open from, until; until is None where it stays open."""
Windows = dict[str, Window]
"""By what opens them: the order, or a booking's id."""


def played(windows: Windows, kind: str, at: datetime, facts: Mapping[str, Any]) -> Windows:
    """The windows after an event. A second order changes nothing."""
    if kind == ONSITE:
        return {ONSITE: (at, None), **windows}
    key = str(facts["booking"])
    if kind == BOOKED:
        return windows | {key: (datetime.fromisoformat(facts["since"]), datetime.fromisoformat(facts["until"]))}
    rest = {name: window for name, window in windows.items() if name != key}
    since, until = windows.get(key, (at, at))
    if facts.get("void") or since >= at:
        return rest
    return rest | {key: (since, min(until or at, at))}


def is_ordered(windows: Windows | tuple[Window, ...], at: datetime) -> bool:
    """Whether an order holds at an instant: from then on it is round the clock."""
    these = windows.values() if isinstance(windows, dict) else windows
    return any(until is None and since <= at for since, until in these)


def written(windows: tuple[Window, ...]) -> list[list[str | None]]:
    """The windows as a clock's row holds them."""
    return [[since.isoformat(), until.isoformat() if until else None] for since, until in windows]


def read(rows: list[list[str | None]]) -> tuple[Window, ...]:
    """The windows of a clock's row."""
    return tuple((datetime.fromisoformat(str(since)), datetime.fromisoformat(until) if until else None)
                 for since, until in rows)  # fmt: skip
