"""What each calendar said at which time: open promises go by its newest version, ended ones by that of their end."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from bot.domain.calendar import WorkingCalendar

Versions = Mapping[str, Sequence[tuple[datetime, WorkingCalendar]]]
"""Name → (holds from, calendar), the oldest first."""


class Calendars(Mapping[str, WorkingCalendar]):
    """The calendars by name as they are now, and as they were (R20).

    One that was taken out of the configuration stays as it was last: tickets may still go by it.
    """

    def __init__(
        self, now: Mapping[str, WorkingCalendar], versions: Versions, fresh: Collection[str] | None = None
    ) -> None:
        """`fresh`: the calendars that say something else than they did; None: nobody knows, it may be any."""
        self.fresh = frozenset(now if fresh is None else fresh)
        self._now = {name: known[-1][1] for name, known in versions.items() if known} | dict(now)
        self._versions = versions

    def __getitem__(self, name: str) -> WorkingCalendar:
        return self._now[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    def at(self, name: str, instant: datetime) -> WorkingCalendar:
        """What the calendar said at an instant; before its first version, what that says. Raises KeyError.

        An event comes before the change of its instant, as it comes before the alerts of its instant (R4).
        """
        known = self._versions.get(name, ())
        if not known:
            return self._now[name]
        return next((one for since, one in reversed(known) if since < instant), known[0][1])


def in_force(calendars: Mapping[str, WorkingCalendar], name: str, ended_at: datetime | None) -> WorkingCalendar:
    """The version that a promise goes by: the newest while it is open, else that of its end. Raises KeyError."""
    if ended_at is None or not isinstance(calendars, Calendars):
        return calendars[name]
    return calendars.at(name, ended_at)
