"""Which alarms a ticket's journal calls for, reckoned once more without any code of ours: whom, which rung, at which instant.

It knows the contract's office hours as a list of open stretches, and the rules R2 to R15 for the events that the
simulated desk produces. Instants are microseconds since 1970 UTC.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.domain.calendar_oracle import MAKE_UP, days_off

MINUTE = 60_000_000
NEVER = 1 << 62
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
Piece = tuple[int, int]
Alarm = tuple[int, str, int, str, int, int, str]
"""Ticket's number, target, arming, rung, the rung's instant, the instant of its decision, handle."""

RESPONSE = {"standard": 120, "advanced": 60, "vip": 60}
RESOLVE = {"standard": 240, "advanced": 240, "vip": 120}
LONG = (("W50", 50, "E"), ("W75", 75, "ED"), ("W90", 90, "P"), ("BREACH", 100, "PS"))
SHORT = (("W50", 50, "ED"), ("W80", 80, "P"), ("BREACH", 100, "PS"))
ABNORMAL = (("NOTICE", 0, "P"), ("W50", 50, "P"), ("W80", 80, "S"), ("BREACH", 100, "PS"))
TECHNICAL = (("TECHNICAL", 0, "PS"), *ABNORMAL[1:])
WHO = {"D": "desk", "P": "pm", "S": "sam"}


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def stamped(text: str) -> int:
    """An instant as SQLite holds it."""
    return micros(datetime.fromisoformat(text).replace(tzinfo=UTC))


def _office(first: date, last: date) -> list[Piece]:
    off, extra, pieces = set(days_off(first.year)), set(MAKE_UP[first.year]), []
    day = first
    while day <= last:
        worked = day.isoformat() in extra or (day.weekday() < 5 and day.isoformat() not in off)
        for begins, ends in ((9, 12), (13, 18)) if worked else ():
            edges = (datetime(day.year, day.month, day.day, hour, tzinfo=ZONE) for hour in (begins, ends))
            begin, end = map(micros, edges)
            pieces.append((begin, end))
        day += timedelta(days=1)
    return pieces


OFFICE = _office(date(2026, 9, 1), date(2026, 12, 31))
ENDS = [end for _, end in OFFICE]
OPENINGS, CLOSINGS = [begin for begin, _ in OFFICE[::2]], ENDS[1::2]
"""Of each working day: it begins in the morning, and ends in the evening."""


def office_after(start: int) -> Iterator[Piece]:
    for begin, end in OFFICE[bisect_right(ENDS, start) :]:
        yield max(begin, start), end


def around_the_clock(start: int) -> Iterator[Piece]:
    yield start, NEVER


def ordered(at: int) -> Callable[[int], Iterator[Piece]]:
    """Office hours until an order on site, and round the clock from then on."""

    def hours(start: int) -> Iterator[Piece]:
        if start < at:
            yield from ((begin, min(end, at)) for begin, end in office_after(start) if begin < at)
        yield max(start, at), NEVER

    return hours


@dataclass
class Clock:
    """One arming: it rings from `active` to `end`, its time counts from `since` in its hours, less its pauses."""

    target: str
    arming: int
    since: int
    active: int
    amount: int
    steps: tuple[tuple[str, int, str], ...]
    hours: Callable[[int], Iterator[Piece]]
    pauses: list[list[int]] = field(default_factory=list)
    end: int = NEVER

    def add(self, start: int, amount: int, *, paused: bool = True) -> int:
        """When so much open time is used up; NEVER while a wait lasts."""
        if not amount:
            return start
        for begin, end in self.hours(start):
            at = begin
            for stops, resumes in sorted(self.pauses) if paused else ():
                if resumes <= at or stops >= end:
                    continue
                if stops > at:
                    if stops - at >= amount:
                        return at + amount
                    amount -= stops - at
                at = resumes
            if at < end:
                if end - at >= amount:
                    return at + amount
                amount -= end - at
        return NEVER

    def rungs(self) -> list[tuple[int, str, str]]:
        return [(self.add(self.since, self.amount * share // 100), name, roles) for name, share, roles in self.steps]

    def again(self, at: int) -> int:
        """When a breach is repeated that was told then."""
        return self.add(at, 30 * MINUTE, paused=False)


class DayClock(Clock):
    """The next working day: rings as the day before begins (unless that is over), as it begins, and as it ends (R18)."""

    def rungs(self) -> list[tuple[int, str, str]]:
        midnight = (EPOCH + timedelta(microseconds=self.since)).astimezone(ZONE).replace(hour=0, minute=0, second=0)
        last = bisect_right(OPENINGS, micros(midnight.replace(microsecond=0) + timedelta(days=1)))
        rungs = ((OPENINGS[last - 1], "W-1d", "ED"), (OPENINGS[last], "W-0d", "P"), (CLOSINGS[last], "BREACH", "PS"))
        return [one for one in rungs if one[0] > self.since]

    def again(self, at: int) -> int:
        return OPENINGS[bisect_right(OPENINGS, at)]


class Ticket:
    """A ticket's journal played for its clocks."""

    def __init__(self, number: int, level: str, events: list[tuple[int, str, dict[str, Any]]]) -> None:
        self.number, self.events = number, events
        self.clocks: list[Clock] = []
        self.assigned: list[tuple[int, int]] = []
        self.acknowledged: list[int] = []
        self.needs: set[str] = set()
        order = [at for at, kind, _ in events if kind == "onsite"]
        self.work_hours = ordered(order[0]) if order else office_after
        self.amounts = {
            "response": RESPONSE[level],
            "resolve": RESOLVE[level],
            "dispatch": 10,
            "confirm": 30,
            "delay": 10,
        }
        for at, kind, facts in events:
            self._play(at, kind, facts)

    def _start(self, target: str, at: int, **more: Any) -> None:
        arming = 1 + sum(one.target == target for one in self.clocks)
        minutes = self.amounts.get(target, 20)
        hours = more.pop("hours", office_after if target == "response" else self.work_hours)
        steps = more.pop("steps", LONG if minutes > 30 else SHORT)
        since, kind = more.pop("since", at), more.pop("kind", Clock)
        self.clocks.append(kind(target, arming, since, at, minutes * MINUTE, steps, hours, **more))

    def _end(self, at: int, *targets: str) -> None:
        for one in self.clocks:
            if one.end == NEVER and (one.target in targets or not targets):
                one.end = at
                for pause in one.pauses:
                    pause[1] = min(pause[1], at)

    def _open(self, target: str) -> Clock | None:
        return next((one for one in self.clocks if one.target == target and one.end == NEVER), None)

    def _play(self, at: int, kind: str, facts: dict[str, Any]) -> None:
        if kind in ("contacted", "assigned") and kind in self.needs:
            self.needs.discard(kind)
            if not self.needs:
                self._end(at, "delay")
        getattr(self, f"_{kind.replace(' ', '_')}", lambda _at, _facts: None)(at, facts)

    def _opened(self, at: int, _facts: dict[str, Any]) -> None:
        for target in ("dispatch", "response", "resolve"):
            self._start(target, at)

    def _assigned(self, at: int, facts: dict[str, Any]) -> None:
        self.assigned.append((at, facts["assignee"]))
        self._end(at, "dispatch", "confirm")
        self._start("confirm", at)

    def _accepted(self, at: int, _facts: dict[str, Any]) -> None:
        self._end(at, "confirm")

    def _contacted(self, at: int, _facts: dict[str, Any]) -> None:
        self._end(at, "response")

    def _solved(self, at: int, _facts: dict[str, Any]) -> None:
        self.needs.clear()
        self._end(at, "dispatch", "confirm", "response", "resolve", "delay")

    def _sheet_finished(self, at: int, _facts: dict[str, Any]) -> None:
        self._end(at, "sheet-check")
        self._start("sheet-check", at, kind=DayClock)

    def _sheet_checked(self, at: int, _facts: dict[str, Any]) -> None:
        self._end(at, "sheet-check")

    _sheet_returned = _sheet_checked

    def _reopened(self, at: int, _facts: dict[str, Any]) -> None:
        self._end(at, "sheet-check")
        last = [one for one in self.clocks if one.target == "resolve"][-1]
        pauses = [*map(list, last.pauses), [last.end, at]]
        self._start("resolve", at, since=last.since, pauses=pauses)

    def _waiting(self, at: int, _facts: dict[str, Any]) -> None:
        clock = self._open("resolve")
        if clock:
            clock.pauses.append([at, NEVER])

    def _resumed(self, at: int, _facts: dict[str, Any]) -> None:
        clock = self._open("resolve")
        if clock and clock.pauses:
            clock.pauses[-1][1] = min(clock.pauses[-1][1], at)

    def _late(self, at: int, _facts: dict[str, Any]) -> None:
        if not self._open("delay"):
            self._start("delay", at)
            self.needs = {"contacted", "assigned"}

    def _escalated(self, at: int, facts: dict[str, Any]) -> None:
        self._end(at, "abnormal")
        self._start("abnormal", at, hours=around_the_clock, steps=TECHNICAL if facts["technical"] else ABNORMAL)

    def _informed(self, at: int, _facts: dict[str, Any]) -> None:
        self._end(at, "abnormal")

    def _junked(self, at: int, _facts: dict[str, Any]) -> None:
        self.needs.clear()
        self._end(at)

    def _acknowledged(self, at: int, _facts: dict[str, Any]) -> None:
        self.acknowledged.append(at)

    def alarms(self, handles: dict[int, str], horizon: int) -> Iterator[Alarm]:
        for clock in self.clocks:
            for rung, due, decided, roles in self._rings(clock, min(clock.end, horizon + 1)):
                for handle in {self._who(role, decided, handles) for role in roles}:
                    yield (self.number, clock.target, clock.arming, rung, due, decided, handle)

    def _rings(self, clock: Clock, end: int) -> Iterator[tuple[str, int, int, str]]:
        rungs = clock.rungs()
        behind = [one for one in rungs if one[0] <= clock.active]
        told = [(*one, clock.active) for one in behind[-1:]]
        told += [(*one, one[0]) for one in rungs if clock.active < one[0] < end]
        for due, name, roles, decided in told:
            if decided < end:
                yield name, due, decided, roles
                if name == "BREACH":
                    yield from self._repeats(clock, due, decided, end)

    def _repeats(self, clock: Clock, due: int, decided: int, end: int) -> Iterator[tuple[str, int, int, str]]:
        at = decided if decided - due > MINUTE else due
        for number in (1, 2, 3):
            at = clock.again(at)
            if at >= end or any(decided < seen < at for seen in self.acknowledged):
                return
            yield f"REPEAT{number}", at, at, "PS"

    def _who(self, role: str, at: int, handles: dict[int, str]) -> str:
        if role != "E":
            return WHO[role]
        holders = [person for since, person in self.assigned if since <= at]
        return handles[holders[-1]] if holders else WHO["D"]


def expected(path: Path, horizon: int) -> Counter[Alarm]:
    """What the journal of a database calls for until an instant."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        handles = dict(db.execute("select id, handle from person where handle is not null"))
        journal: dict[int, list[tuple[int, str, dict[str, Any]]]] = {}
        rows = db.execute("select ticket_id, at, kind, facts from event where ticket_id is not null order by id")
        for ticket, at, kind, facts in rows:
            journal.setdefault(ticket, []).append((stamped(at), kind, json.loads(facts)))
        found: Counter[Alarm] = Counter()
        for ticket, number, level in db.execute("select id, number, level from ticket"):
            events = sorted(journal[ticket], key=lambda event: event[0])
            found.update(Ticket(number, level, events).alarms(handles, horizon))
    return found


def given(path: Path) -> Counter[Alarm]:
    """The alarms that were decided, a line each."""
    question = (
        "select t.number, c.target, c.arming, a.rung, a.due_at, a.decided_at, p.handle from alarm a "
        "join clock c on c.id = a.clock_id join ticket t on t.id = c.ticket_id join person p on p.id = a.person_id"
    )
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return Counter((*row[:4], stamped(row[4]), stamped(row[5]), row[6]) for row in db.execute(question))
