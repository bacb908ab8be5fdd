"""The canary (P11): a mail from ourselves through the relay that must come back in; if not, people hear of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection

from bot.clock import Bell, Clock
from bot.config import Health
from bot.desk import outages
from bot.desk.announce import TABLE
from bot.desk.work import Work
from bot.domain.mail import canary_id
from storage import canaries, outbox
from storage.canaries import KIND, Canary
from storage.store import Store

log = logging.getLogger("faultdesk.canary")
LOOK = 5.0
"""Seconds between two looks."""


class CanaryLoop:
    """Sends a canary every `canary_minutes` and misses it after `canary_within` minutes.

    The time that the daemon was stopped does not count: a mail that came meanwhile arrives when its server tries again.
    """

    def __init__(
        self,
        store: Store,
        work: Callable[[Connection], Work],
        clock: Clock,
        settings: Health,
        done: Callable[[], None],
    ) -> None:
        self.store, self.work, self.clock, self._done = store, work, clock, done
        self._every = timedelta(minutes=settings.canary_minutes)
        self._within = timedelta(minutes=settings.canary_within)
        self._started_at, self._bell = clock.now(), Bell()
        self.problem = ""

    def look(self) -> None:
        """Looks now, not at its own time."""
        self._bell.ring()

    async def cycle(self) -> None:
        """One look, and what follows from it."""
        if await self.store.read(self._something_to_do):
            await self.store.write(self.turn)
            self._done()
        await self.clock.wait(self._bell, None, LOOK)

    def _something_to_do(self, db: Connection) -> bool:
        work = self.work(db)
        newest = canaries.newest(db, work.house.mailbox)
        return self._is_due(work, newest) or self._has_news(work, newest)

    def _has_news(self, work: Work, newest: Canary | None) -> bool:
        """A new one that may yet come back says neither that mail arrives nor that it does not."""
        if newest is None or not (newest.back or self._is_lost(work, newest)):
            return False
        if newest.back:
            self.problem = ""
        elif not self.problem:
            self.problem = f"the canary mail of {newest.created_at:%Y-%m-%d %H:%M} UTC has not come back"
            log.error("%s", self.problem)
        return outages.has_news(work.db, KIND, work.now, well=newest.back)

    def turn(self, db: Connection) -> None:
        """Sends the next canary if it is time; tells when the last one is lost, again and again until one is back."""
        work = self.work(db)
        newest = canaries.newest(db, work.house.mailbox)
        if newest and self._has_news(work, newest):
            self._tell(work, newest)
        if self._is_due(work, newest):
            send_canary(work)

    def _tell(self, work: Work, newest: Canary) -> None:
        if newest.back:
            outages.is_over(work, KIND)
            return
        facts = {"at": newest.created_at.isoformat(), "minutes": round(self._within.total_seconds() / 60)}
        lost = outages.Outage(KIND, "canary lost", "canary back", facts, every_way=True, patience=timedelta())
        outages.goes_on(work, lost)

    def _is_due(self, work: Work, newest: Canary | None) -> bool:
        return not newest or work.now >= newest.created_at + max(self._every, self._within)

    def _is_lost(self, work: Work, canary: Canary) -> bool:
        return not canary.back and work.now >= max(canary.created_at, self._started_at) + self._within


def send_canary(work: Work) -> None:
    """Puts a canary into the outbox, in the place of one that has not even left."""
    [line] = TABLE["canary"]
    stamp, mailbox = int(work.now.timestamp()), work.house.mailbox
    message_id = canary_id(work.house.secret, stamp, work.house.host)
    row = {"dedup_key": f"canary:{stamp}{work.house.epoch}", "event": "canary", "kind": KIND, "audience": line.audience,
           "channel": "mail", "address": mailbox, "locale": work.house.customers[0].locale, "facts": {},
           "message_id": message_id}  # fmt: skip
    canaries.drop_waiting(work.db, mailbox, work.now)
    outbox.put(work.db, [row], work.now)
