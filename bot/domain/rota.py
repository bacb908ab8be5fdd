"""Who is on duty: shifts by role and weekday, absences and stand-ins (R22). It decides nothing about rights.

A shift is half-open, [start, end): at a hand-over the incoming person holds it, in an overlap both do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
MOST_STAND_INS = 5
"""So many stand-ins of stand-ins are asked in turn; then nobody is there."""

Stretch = tuple[datetime, datetime, list[str]]
"""From, until, and the handles of those who hold a role meanwhile."""
HandOver = tuple[datetime, str, str]
"""When, in which role, and who takes over (a handle)."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Somebody is on duty in a role on these weekdays (Monday is 0), from `begins` to `ends` in local time.

    `ends` not after `begins` lies on the next date. `first` and `last` bound the dates on which it begins.
    """

    role: str
    person: str
    weekdays: frozenset[int]
    begins: time
    ends: time
    first: date | None = None
    last: date | None = None

    def begins_on(self, day: date) -> bool:
        return (
            day.weekday() in self.weekdays
            and (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
        )


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away in [since, until); `stand_in` (a handle, or "") takes her duty over."""

    person: str
    since: datetime
    until: datetime
    stand_in: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """Somebody's support is booked for a place in [since, until): she is on duty for it, whatever the shifts say."""

    person: str
    since: datetime
    until: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Swap:
    """Two people exchange duty in these roles: shifts of `person` that begin on `day`, of `other` on `other_day`."""

    person: str
    other: str
    day: date
    other_day: date
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rota:
    """The plan. A role without any shift is held by everybody who has it, at all times."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    shifts: tuple[Shift, ...] = ()
    absences: tuple[Absence, ...] = ()
    bookings: tuple[Booking, ...] = ()
    swaps: tuple[Swap, ...] = ()

    def holders(self, role: str, at: datetime, everybody: Sequence[str], place: str = "") -> list[str]:
        """The handles of those who hold a role at an instant; `everybody` are all who have it.

        For a `place`, those whose support is booked there are among them.
        """
        planned = [shift for shift in self.shifts if shift.role == role]
        names = [name for shift in planned for name in self._keepers(shift, at)] if planned else everybody
        booked = [name for name in self.booked(at, place) if name in everybody]
        present = (self.present(name, at) for name in (*booked, *names))
        return list(dict.fromkeys(name for name in present if name))

    def booked(self, at: datetime, place: str | None) -> list[str]:
        """Whose support is booked at an instant for a place; None stands for any place."""
        return [one.person for one in self.bookings if one.since <= at < one.until and place in {None, one.place}]

    def present(self, person: str, at: datetime) -> str:
        """The person, or whoever stands in for her at that instant; "" for nobody.

        Where her absences overlap, the last one that names a stand-in counts.
        """
        for _ in range(MOST_STAND_INS):
            away = [one for one in self.absences if one.person == person and one.since <= at < one.until]
            if not away:
                return person
            person = next((one.stand_in for one in reversed(away) if one.stand_in), "")
        return ""

    def holes(self, role: str, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The stretches in which a planned role has nobody."""
        planned = [shift for shift in self.shifts if shift.role == role]
        edges = sorted({since, until, *self._edges(planned, since, until)})
        at, empty_since = since, None
        for at in edges:
            held = at == until or bool(self.holders(role, at, ()))
            if held and empty_since is not None:
                yield empty_since, at
                empty_since = None
            elif not held and empty_since is None:
                empty_since = at

    def occurrences(self, shift: Shift, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Beginning and end of a shift (UTC), on each date from that of `since` to that of `until`."""
        first, last = since.astimezone(self.zone).date(), until.astimezone(self.zone).date()
        for number in range((last - first).days + 1):
            yield from self._on(shift, first + number * DAY)

    def keeper(self, shift: Shift, begin: datetime) -> str:
        """Who keeps the shift that begins then: its person, or whoever has exchanged it with her."""
        day = begin.astimezone(self.zone).date()
        for one in (one for one in self.swaps if shift.role in one.roles):
            if (shift.person, day) == (one.person, one.day):
                return one.other
            if (shift.person, day) == (one.other, one.other_day):
                return one.person
        return shift.person

    def stretches(self, role: str, since: datetime, until: datetime, everybody: Sequence[str]) -> list[Stretch]:
        """Who holds a role from when to when, one after the other; a stretch may have nobody."""
        planned = [shift for shift in self.shifts if shift.role == role]
        edges = sorted({since, until, *self._edges(planned, since, until)})
        found: list[Stretch] = []
        for begin, end in pairwise(edges):
            held = self.holders(role, begin, everybody)
            if found and found[-1][2] == held:
                found[-1] = (found[-1][0], end, held)
            else:
                found.append((begin, end, held))
        return found

    def hand_overs(self, after: datetime, until: datetime) -> list[HandOver]:
        """The shifts in (after, until] that begin with somebody who did not hold the role just before, in order."""
        found = []
        for shift in self.shifts:
            for begin, _ in self.occurrences(shift, after, until + DAY):
                keeper = self.keeper(shift, begin)
                if after < begin <= until and keeper not in self.holders(shift.role, begin - MOMENT, ()):
                    found.append((begin, shift.role, keeper))
        return sorted(set(found))

    def _keepers(self, shift: Shift, at: datetime) -> Iterator[str]:
        """Who keeps the shift at an instant, if it lasts then."""
        today = at.astimezone(self.zone).date()
        for day in (today - DAY, today):
            yield from (self.keeper(shift, begin) for begin, end in self._on(shift, day) if begin <= at < end)

    def _on(self, shift: Shift, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The shift of one date in UTC: differences of local times lie, where a zone changes its clock."""
        if shift.begins_on(day):
            last = day if shift.ends > shift.begins else day + DAY
            begin, end = datetime.combine(day, shift.begins, self.zone), datetime.combine(last, shift.ends, self.zone)
            yield begin.astimezone(UTC), end.astimezone(UTC)

    def _edges(self, shifts: Sequence[Shift], since: datetime, until: datetime) -> Iterator[datetime]:
        """The instants between which nobody comes or goes."""
        first, last = since.astimezone(self.zone).date() - DAY, until.astimezone(self.zone).date()
        for number in range((last - first).days + 1):
            for shift in shifts:
                yield from (
                    edge for span in self._on(shift, first + number * DAY) for edge in span if since < edge < until
                )
        for away in self.absences:
            yield from (edge for edge in (away.since, away.until) if since < edge < until)
