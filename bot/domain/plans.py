"""Emergency plans: who does what, in which order, when a kind of event happens (SP-4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

BEGUN, TICKED, UNTICKED, ENDED = "plan_begun", "plan_ticked", "plan_unticked", "plan_ended"


@dataclass(frozen=True, slots=True)
class Plan:
    """A check-list as the configuration has it: when it applies, and its steps in words, in their order."""

    key: str
    name: str
    when: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """A plan on a ticket, with its steps as they were when it began.

    `done` holds for each step that is done its number (from 1), when that was noted, and by whom (a person's id).
    """

    key: str
    name: str
    steps: tuple[str, ...]
    begun_at: datetime
    ended_at: datetime | None = None
    done: dict[int, tuple[datetime, int | None]] = field(default_factory=dict)

    @property
    def open(self) -> list[int]:
        """The numbers of the steps that are not done."""
        return [number for number in range(1, len(self.steps) + 1) if number not in self.done]


def checklist(rows: Iterable[Any]) -> Checklist | None:
    """The newest plan of a ticket by the standing rows of its journal; None where none was begun."""
    found: Checklist | None = None
    for row in rows:
        if row.kind == BEGUN:
            found = Checklist(row.facts["plan"], row.facts["name"], tuple(row.facts["steps"]), row.at)
        elif found:
            found = _after(found, row)
    return found


def _after(found: Checklist, row: Any) -> Checklist:
    if row.kind == TICKED:
        return replace(found, done={**found.done, row.facts["step"]: (row.at, row.actor_id)})
    if row.kind == UNTICKED:
        return replace(found, done={number: tick for number, tick in found.done.items() if number != row.facts["step"]})
    return replace(found, ended_at=row.at) if row.kind == ENDED else found


def named(plans: Sequence[Plan], words: str) -> Plan | None:
    """The plan that words mean: by its key, its name, or the beginning of either where only one begins so."""
    wanted = words.strip().casefold()
    exact = [one for one in plans if wanted in {one.key, one.name.casefold()}]
    begins = [one for one in plans if one.key.startswith(wanted) or one.name.casefold().startswith(wanted)]
    found = exact or begins
    return found[0] if wanted and len(found) == 1 else None
