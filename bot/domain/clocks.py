"""The promises on a ticket, derived from its journal by the table of targets.

A clock is one running promise. Nothing here is stored state: the same journal, policy and calendars always give the
same clocks, so that `fsck` can compare, and a later edit of either recomputes them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from bot.domain.calendar import WorkingCalendar
from bot.domain.calendar_versions import in_force
from bot.domain.day_targets import due_day, lapses_at, month_after, rung_times
from bot.domain.ladder import MINUTES, MINUTES_OF_DAY, MONTHLY, amounts, ladder
from bot.domain.longer_hours import LENGTHENING, ONSITE, Windows, played
from bot.domain.targets import (
    ABSORBED,
    BROUGHT_BACK,
    CALLED_OFF,
    CORRECTION,
    COVERED,
    HEARD,
    LEVEL,
    PARTED,
    RELEASED,
    RESUMED,
    RETOLD,
    SOLVED,
    SUGGESTED,
    TARGETS,
    WAITING,
    Target,
)

Pause = tuple[datetime, datetime | None]
CANCELLED = "cancelled"
Policy = Mapping[str, Sequence[Any]]
"""Target → amount (in the target's unit) and name of the calendar."""


class Event(NamedTuple):
    """What the clocks read of a journal row: what happened, and when it counts from."""

    kind: str
    at: datetime
    facts: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise as it stands. `due` is None while an open wait stops it; `rungs` are (name, instant or None).

    `state`: running, paused, met (at or before due, R4), late (satisfied after due) or cancelled (in no statistic).
    `minutes` is the amount, a working day or weekend or day of the month (see `unit`) standing for 1440 of them;
    `ruled_from` is the instant from which it counts: after an upgrade from now on another one than the start (R13).
    `windows` are further hours in which it runs, beside those of its calendar.
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
    ruled_from: datetime
    provisional: bool = False
    pauses: tuple[Pause, ...] = ()
    unit: str = MINUTES
    windows: Windows = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class _Limit:
    """An amount of a calendar, counted from an instant (for days: from a date, if it is not that of the instant)."""

    since: datetime
    amount: float
    calendar: str
    first: date | None = None


@dataclass(slots=True)
class _Arming:
    start: datetime
    limits: list[_Limit]
    pauses: list[Pause] = field(default_factory=list)
    ended_at: datetime | None = None
    cancelled_by: str = ""
    technical: bool = False
    still_needed: set[str] = field(default_factory=set)
    windows: Windows = field(default_factory=dict)


def derive(
    journal: Iterable[Event],
    policy: Policy,
    calendars: Mapping[str, WorkingCalendar],
    only_open: Collection[str] | None = None,
) -> list[Clock]:
    """All clocks of a ticket from its journal, in the order of the table, each arming in its turn.

    `only_open` spares all but these targets, and those of them that have ended.
    `policy` is what was stamped on the ticket when it opened. Raises KeyError for one that lacks a target or calendar.
    """
    events = list(journal)
    happened = {event.kind for event in events}
    if not happened.isdisjoint(RETOLD):
        events, policy = _as_corrected(_as_parted(_as_merged(events)), policy)
        happened = {event.kind for event in events}
    longer = not LENGTHENING.isdisjoint(happened)
    clocks = []
    for target in TARGETS:
        if target.starts.isdisjoint(happened) or (only_open is not None and target.name not in only_open):
            continue
        for number, arming in enumerate(_armings(target, events, policy, longer=longer), start=1):
            if only_open is None or arming.ended_at is None:
                clocks.append(_clock(target, number, arming, calendars))
    return clocks


def _as_corrected(events: list[Event], policy: Policy) -> tuple[list[Event], Policy]:
    """A correction holds from the start: what was said of the level before it is void (R13)."""
    for place in range(len(events) - 1, -1, -1):
        if events[place].kind == LEVEL and events[place].facts["how"] == CORRECTION:
            rest = [_without_limits(event) for event in events[:place] if event.kind != LEVEL]
            return rest + events[place + 1 :], events[place].facts["policy"]
    return events, policy


def _without_limits(event: Event) -> Event:
    return event._replace(facts={**event.facts, "corrected": True}) if event.kind == ABSORBED else event


def _as_merged(events: list[Event]) -> list[Event]:
    """Without the merges that were undone; what holds here of the others stands beside them."""
    undone: set[int] = set()
    standing = []
    for event in reversed(events):
        if event.kind == RELEASED:
            undone.add(event.facts["ticket"])
        elif event.kind == ABSORBED and event.facts["ticket"] in undone:
            undone.remove(event.facts["ticket"])
        else:
            standing.append(event)
            if event.kind == ABSORBED and "onsite" in event.facts:  # what was ordered there holds here
                standing.append(Event(ONSITE, datetime.fromisoformat(event.facts["onsite"])))
    return standing[::-1]


def _as_parted(events: list[Event]) -> list[Event]:
    """Without the hands of a master's engineer from which it was taken before it was solved there."""
    void: set[int] = set()
    held: list[int] = []
    for place, event in enumerate(events):
        if event.kind == COVERED:
            held.append(place)
        elif event.kind in {PARTED, SOLVED}:
            void.update(held if event.kind == PARTED else ())
            held.clear()
    return [event for place, event in enumerate(events) if place not in void] if void else events


def _armings(target: Target, events: list[Event], policy: Policy, *, longer: bool) -> list[_Arming]:
    """Plays the journal for one target: when it started, stood still, and ended."""
    armings: list[_Arming] = []
    windows: Windows = {}
    heard = HEARD[target.name]
    for place, event in enumerate(events):
        if event.kind not in heard:
            continue
        if event.kind in LENGTHENING:
            windows = played(windows, event.kind, event.at, event.facts) if event.kind in target.longer else windows
        elif event.kind == LEVEL:
            policy = event.facts["policy"]
            if armings and not target.own_amount:
                armings[-1].limits += _limits(target, event, policy)
            elif event.kind in target.starts and not _is_kept(target, events[:place]):  # newly promised
                _start(target, armings, event, policy)
        elif event.kind in target.starts and _may_start(target, armings):
            _start(target, armings, event, policy)
        elif armings:
            _play(target, armings, event, policy)
        else:
            armings += _adopted(target, event, events[:place])
        if longer and armings and armings[-1].ended_at is None:  # an ended arming keeps the hours of its end
            armings[-1].windows = windows
    return armings


def _is_kept(target: Target, events: list[Event]) -> bool:
    return any(event.kind in target.met_by or event.kind == "listed" for event in events)


def _may_start(target: Target, armings: list[_Arming]) -> bool:
    return not armings or target.again or (target.in_turn and armings[-1].ended_at is not None)


def _start(target: Target, armings: list[_Arming], event: Event, policy: Policy) -> None:
    limits = _limits(target, event, policy)
    if limits:
        if armings:
            _end(armings[-1], event, cancelled=True)
        technical = bool(event.facts.get("technical"))
        armings.append(_Arming(event.at, limits, technical=technical, still_needed=set(target.needs)))


def _limits(target: Target, event: Event, policy: Policy) -> list[_Limit]:
    """The promise that holds from this event on: one, or none where nothing is promised."""
    if target.newer and target.name not in policy:
        return []
    amount, calendar = policy[target.name]
    if target.own_amount:
        amount = event.facts.get("days")
    month = event.facts.get("month") if target.unit == MONTHLY else None  # the report's, like 2026-10
    first = month_after(date.fromisoformat(f"{month}-01")) if month else None
    return [_Limit(event.at, amount, str(calendar), first)] if amount else []


def _play(target: Target, armings: list[_Arming], event: Event, policy: Policy) -> None:
    last = armings[-1]
    last.still_needed.discard(event.kind)
    if event.kind in target.met_by or (event.kind in target.needs and not last.still_needed):
        _end(last, event)
    elif event.kind in target.renewed_by and last.ended_at is None:
        _end(last, event)
        armings.append(_Arming(event.at, _limits(target, event, policy)))
    elif event.kind in CALLED_OFF or event.kind in target.ended_by:
        _end(last, event, cancelled=True)
    elif last.cancelled_by and last.cancelled_by == BROUGHT_BACK.get(event.kind):
        last.cancelled_by, last.ended_at = "", None
    elif event.kind in target.resumed_by and last.ended_at is not None and last.cancelled_by != SUGGESTED:
        armings.append(_Arming(last.start, list(last.limits), [*last.pauses, (last.ended_at, event.at)]))
    elif event.kind == ABSORBED and target.name in event.facts["promised"]:
        _absorb(last, target.name, event)
    elif event.kind == WAITING and target.waits and last.ended_at is None and not _waits(last):
        last.pauses.append((event.at, None))
    elif event.kind == RESUMED and target.waits:
        _end_wait(last, event.at)


def _theirs(target: str, event: Event) -> _Arming:
    """An open promise of a merged ticket, as it stood there."""
    promised = event.facts["promised"][target]
    start, since = (datetime.fromisoformat(promised[name]) for name in ("start", "from"))
    pauses: list[Pause] = [(datetime.fromisoformat(at), datetime.fromisoformat(end)) for at, end in promised["pauses"]]
    return _Arming(start, [_Limit(since, promised["minutes"], promised["calendar"])], pauses)


def _absorb(arming: _Arming, target: str, event: Event) -> None:
    """Takes an open promise of a merged ticket over: the earlier start counts, and what lapses first rules (R21).

    What stopped the other clock before this one started gives its time back; later on its own waits count.
    """
    theirs, own = _theirs(target, event), arming.start
    if theirs.start < own:
        arming.pauses[:0] = [(since, until and min(until, own)) for since, until in theirs.pauses if since < own]
        arming.limits = [replace(one, since=theirs.start) if one.since == own else one for one in arming.limits]
        arming.start = theirs.start
    if not event.facts.get("corrected"):
        arming.limits += theirs.limits


def _adopted(target: Target, event: Event, past: list[Event]) -> list[_Arming]:
    """An open promise of a merged ticket that this one never made: it holds here as it did there (R21).

    What has kept it here since its start has kept it. None after a correction: then the level says what is promised.
    """
    if event.kind != ABSORBED or target.name not in event.facts["promised"] or event.facts.get("corrected"):
        return []
    arming = _theirs(target.name, event)
    for one in past:
        if one.kind in target.met_by and one.at >= arming.start:
            _end(arming, one)
    return [arming]


def _end(arming: _Arming, event: Event, *, cancelled: bool = False) -> None:
    if arming.ended_at is None:
        arming.ended_at, arming.cancelled_by = event.at, event.kind if cancelled else ""
        _end_wait(arming, event.at)


def _waits(arming: _Arming) -> bool:
    return bool(arming.pauses) and arming.pauses[-1][1] is None


def _end_wait(arming: _Arming, at: datetime) -> None:
    if _waits(arming):
        arming.pauses[-1] = (arming.pauses[-1][0], at)


def _clock(target: Target, number: int, arming: _Arming, calendars: Mapping[str, WorkingCalendar]) -> Clock:
    limit = _ruling(target, arming, calendars)
    calendar = _hours(arming, limit, calendars)
    due, rungs = _lapse(target, limit, calendar, arming.pauses, technical=arming.technical)
    return Clock(
        target=target.name,
        type=target.type,
        arming=number,
        calendar=limit.calendar,
        minutes=float(limit.amount) * (1 if target.unit == MINUTES else MINUTES_OF_DAY),
        started_at=arming.start,
        due=due,
        state=_state(arming, due),
        ended_at=arming.ended_at,
        rungs=rungs,
        ruled_from=limit.since,
        provisional=due is not None and calendar.is_provisional(due),
        pauses=tuple(arming.pauses),
        unit=target.unit,
        windows=arming.windows,
    )


def _hours(arming: _Arming, limit: _Limit, calendars: Mapping[str, WorkingCalendar]) -> WorkingCalendar:
    """The open time of a limit: its calendar's, with the ticket's further hours."""
    calendar = in_force(calendars, limit.calendar, arming.ended_at)
    return calendar.widened(arming.windows.values()) if arming.windows else calendar


def _ruling(target: Target, arming: _Arming, calendars: Mapping[str, WorkingCalendar]) -> _Limit:
    """The limit that lapses first: a level changed from now on only ever shortens, and not what has ended (R13)."""
    limits = arming.limits
    if len(limits) == 1:
        return limits[0]
    over = [pause for pause in arming.pauses if pause[1]]  # nothing lapses during an open wait: leave it out
    best, earliest = limits[0], None
    for limit in limits:
        due, _ = _lapse(target, limit, _hours(arming, limit, calendars), over)
        stands = arming.ended_at is None or limit.since < arming.ended_at
        if limit is best or (stands and earliest and due and due < earliest):
            best, earliest = limit, due
    return best


def _lapse(
    target: Target, limit: _Limit, calendar: WorkingCalendar, pauses: list[Pause], *, technical: bool = False
) -> tuple[datetime | None, tuple[tuple[str, datetime | None], ...]]:
    """When the promise lapses, and the rungs on the way there: of minutes both in one walk."""
    amount = float(limit.amount)
    if target.unit == MINUTES:
        names, steps = amounts(target.name, amount, technical=technical)
        times = calendar.add_each(limit.since, steps, pauses)
        return times[-1], tuple(zip(names, times, strict=True))
    day = due_day(target.unit, calendar, limit.first or calendar.local_date(limit.since), int(amount))
    due = lapses_at(target.unit, calendar, day)
    days = ladder(target.name, amount * MINUTES_OF_DAY, target.unit)
    return due, tuple(rung_times(days, calendar, day, due, limit.since))


def _state(arming: _Arming, due: datetime | None) -> str:
    if arming.cancelled_by:
        return CANCELLED
    if arming.ended_at is None:
        return "paused" if due is None else "running"
    return "late" if due is not None and arming.ended_at > due else "met"
