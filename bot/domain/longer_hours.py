"""Further hours of one ticket's promises: round the clock from an order on site, and the hours of booked support."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

ONSITE, OFFSITE, BOOKED, UNBOOKED = "onsite", "offsite", "booked", "unbooked"
"""Events of a ticket: somebody is ordered on site out of hours; no longer so; support is booked for its place; no
longer so (SP-2.7).

An order that never was meant (`void`) leaves nothing behind; of one that is wanted no more, what has passed stands.

A booking's facts are its id as `booking`, and as ISO instants `since` and `until`; one called off because it never was
meant for this ticket is `void`, else what has passed of it stands.
"""
LENGTHENING = frozenset({ONSITE, OFFSITE, BOOKED, UNBOOKED})

Window = tuple[datetime, datetime | None]
"""Open from, until; until is None where it stays open."""
Windows = dict[str, Window]
"""By what opens them: an order, or a booking's id."""


def played(windows: Windows, kind: str, at: datetime, facts: Mapping[str, Any]) -> Windows:
    """The windows after an event. A second order changes nothing."""
    if kind == ONSITE:
        return {ONSITE: (at, None), **windows}
    if kind == OFFSITE:
        return _ended(windows, ONSITE, f"{ONSITE} until {at.isoformat()}", at, void=bool(facts.get("void")))
    key = str(facts["booking"])
    if kind == BOOKED:
        return windows | {key: (datetime.fromisoformat(facts["since"]), datetime.fromisoformat(facts["until"]))}
    return _ended(windows, key, key, at, void=bool(facts.get("void")))


def _ended(windows: Windows, key: str, left: str, at: datetime, *, void: bool) -> Windows:
    """What has passed of a window stands under the name `left`; of an order so that another one may follow."""
    rest = {name: window for name, window in windows.items() if name != key}
    since, until = windows.get(key, (at, at))
    return rest if void or since >= at else rest | {left: (since, min(until or at, at))}


def orders(windows: Windows) -> list[Window]:
    """Those of the windows that an order on site opens, or has opened."""
    return [window for name, window in windows.items() if name.startswith(ONSITE)]


def is_ordered(windows: Iterable[Window], at: datetime) -> bool:
    """Whether an order holds at an instant: from then on it is round the clock."""
    return any(until is None and since <= at for since, until in windows)


def written(windows: Windows) -> list[list[str | None]]:
    """The windows as a clock's row holds them, without what opens them."""
    return [[since.isoformat(), until.isoformat() if until else None] for since, until in windows.values()]


def read(rows: list[list[str | None]]) -> tuple[Window, ...]:
    """The windows of a clock's row."""
    return tuple((datetime.fromisoformat(str(since)), datetime.fromisoformat(until) if until else None)
                 for since, until in rows)  # fmt: skip
