"""After each hour: did far fewer mails come than usual? Then people hear of it, for the mailbox cannot tell (P11)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.clock import Bell, Clock
from bot.desk.usual import judge_hour, tell_shortfall
from bot.desk.work import Work
from bot.domain.usual import HOUR
from storage.store import Store

log = logging.getLogger("faultdesk.usual")
LOOK = 5.0
"""Seconds between two looks."""
GRACE = timedelta(minutes=5)
"""So long after its end an hour is judged: what came in it has been fetched by then."""


GAP = timedelta(minutes=10)
"""After so long without a look (a machine that slept) mail may be late, too: the hours until then are not judged."""


class UsualLoop:
    """Judges each hour once, if the daemon worked all of it: mail that waited for a stopped one is no sign."""

    def __init__(
        self, store: Store, work: Callable[[Connection], Work], clock: Clock, least: int, done: Callable[[], None]
    ) -> None:
        self.store, self.work, self.clock, self._least, self._done = store, work, clock, least, done
        self._bell = Bell()
        self._looked_at = self._judged = clock.now()  # hours that began before are none of ours
        self.problem = ""

    def look(self) -> None:
        """Looks now, not at its own time."""
        self._bell.ring()

    async def cycle(self) -> None:
        """One look."""
        now = self.clock.now()
        if not timedelta() <= now - self._looked_at <= GAP:
            self._judged = now
        self._looked_at = now
        hour = (now - GRACE).replace(minute=0, second=0, microsecond=0) - HOUR
        if hour >= self._judged:
            await self._judge(hour)
            self._judged = hour + HOUR
        await self.clock.wait(self._bell, None, LOOK)

    async def _judge(self, hour: datetime) -> None:
        found = await self.store.read(lambda db: judge_hour(self.work(db), hour, self._least))
        self.problem = f"far fewer mails than usual came in the hour from {hour:%Y-%m-%d %H:%M} UTC" if found else ""
        if found:
            log.warning("%s", self.problem)
            await self.store.write(lambda db: tell_shortfall(self.work(db), hour, found))
            self._done()
