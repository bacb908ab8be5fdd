"""The promises on a ticket, derived from its journal: one table of targets says what starts and ends each of them.

A clock is one running promise. Nothing here is stored state: the same journal, policy and calendars always give the
same clocks, so that `fsck` can compare, and a later edit of either recomputes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.calendar import WorkingCalendar
from bot.domain.calendar_versions import in_force
from bot.domain.ladder import amounts

Pause = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the table: which events start the clock, which satisfy it, which put it off, and which call it off.

    `again`: each further start begins a new arming and calls off the one before (re-dispatch, R11).
    `resumes`: reopening arms it anew with the used time kept (R15). `waits`: waiting for the user stops it (R6).
    """

    name: str
    type: str
    starts: frozenset[str]
    met_by: frozenset[str]
    again: bool = False
    resumes: bool = False
    waits: bool = False


SOLVED, REOPENED, WAITING, RESUMED = "solved", "reopened", "waiting", "resumed"
CALLED_OFF = frozenset({"junked", "merged", "listed"})
"""`listed`: a mail of the backlog, which was too old when it came for any promise to be kept."""
BROUGHT_BACK = "restored"


def _row(name: str, kind: str, starts: str, met_by: str, **flags: bool) -> Target:
    return Target(name, kind, frozenset(starts.split()), frozenset(met_by.split()), **flags)


TARGETS: tuple[Target, ...] = (
    _row("dispatch", "OLA", "opened", "assigned solved"),
    _row("confirm", "OLA", "assigned", "accepted solved", again=True),
    _row("response", "SLA", "opened", "contacted arrived solved"),
    _row("resolve", "SLA", "opened", "solved", resumes=True, waits=True),
    _row("abnormal", "OLA", "escalated", "informed", again=True),
)
"""R5, R6, R11, R12, R15, R21 as a table. A new clock is a new row; its amount and calendar come with the policy."""


@dataclass(frozen=True, slots=True)
class Event:
    """What the clocks read of a journal row: what happened, and when it counts from."""

    kind: str
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise as it stands. `due` is None while an open wait stops it; `rungs` are (name, instant or None).

    `state`: running, paused, met (at or before due, R4), late (satisfied after due) or cancelled (in no statistic).
    """

    target: str
    type: str
    arming: int
    calendar: str
    minutes: float
    started_at: datetime
    due: datetime | None
    state: str
    ended_at: datetime | None
    rungs: tuple[tuple[str, datetime | None], ...]
    provisional: bool = False
    pauses: tuple[Pause, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


@dataclass(slots=True)
class _Arming:
    start: datetime
    pauses: list[Pause] = field(default_factory=list)
    ended_at: datetime | None = None
    cancelled: bool = False
    technical: bool = False


def derive(
    journal: Iterable[Event], policy: Mapping[str, Sequence[Any]], calendars: Mapping[str, WorkingCalendar]
) -> list[Clock]:
    """All clocks of a ticket from its journal, in the order of the table, each arming in its turn."""
    events = list(journal)
    clocks = []
    for target in TARGETS:
        for number, arming in enumerate(_armings(target, events), start=1):
            minutes, name = float(policy[target.name][0]), str(policy[target.name][1])
            calendar = in_force(calendars, name, arming.ended_at)
            clocks.append(_clock(target, number, arming, (minutes, name), calendar))
    return clocks


def _armings(target: Target, events: list[Event]) -> list[_Arming]:
    """Plays the journal for one target: when it started, stood still, and ended."""
    armings: list[_Arming] = []
    for event in events:
        last = armings[-1] if armings else None
        if event.kind in target.starts and (last is None or target.again):
            _end(last, event.at, cancelled=True)
            armings.append(_Arming(event.at, technical=bool(event.facts.get("technical"))))
        elif last is not None:
            _play(target, armings, last, event)
    return armings


def _play(target: Target, armings: list[_Arming], last: _Arming, event: Event) -> None:
    if event.kind in target.met_by:
        _end(last, event.at)
    elif event.kind in CALLED_OFF:
        _end(last, event.at, cancelled=True)
    elif event.kind == BROUGHT_BACK and last.cancelled:
        last.cancelled, last.ended_at = False, None
    elif event.kind == REOPENED and target.resumes and last.ended_at is not None:
        armings.append(_Arming(last.start, [*last.pauses, (last.ended_at, event.at)]))
    elif event.kind == WAITING and target.waits and last.ended_at is None:
        last.pauses.append((event.at, None))
    elif event.kind == RESUMED and target.waits:
        _end_wait(last, event.at)


def _end(arming: _Arming | None, at: datetime, *, cancelled: bool = False) -> None:
    if arming is not None and arming.ended_at is None:
        arming.ended_at, arming.cancelled = at, cancelled
        _end_wait(arming, at)


def _end_wait(arming: _Arming, at: datetime) -> None:
    if arming.pauses and arming.pauses[-1][1] is None:
        arming.pauses[-1] = (arming.pauses[-1][0], at)


def _clock(
    target: Target, number: int, arming: _Arming, promise: tuple[float, str], calendar: WorkingCalendar
) -> Clock:
    minutes, name = promise
    due = calendar.add(arming.start, minutes, arming.pauses)
    rungs = tuple(
        (rung, due if amount == minutes else calendar.add(arming.start, amount, arming.pauses))
        for rung, amount in amounts(target.name, minutes, technical=arming.technical)
    )
    return Clock(
        target=target.name,
        type=target.type,
        arming=number,
        calendar=name,
        minutes=minutes,
        started_at=arming.start,
        due=due,
        state=_state(arming, due),
        ended_at=arming.ended_at,
        rungs=rungs,
        provisional=due is not None and calendar.is_provisional(due),
        pauses=tuple(arming.pauses),
    )


def _state(arming: _Arming, due: datetime | None) -> str:
    if arming.cancelled:
        return "cancelled"
    if arming.ended_at is None:
        return "paused" if due is None else "running"
    return "late" if due is not None and arming.ended_at > due else "met"
