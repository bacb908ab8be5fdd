"""The canary (P11): a mail from ourselves through the relay that must come back in; if not, people hear of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection

from bot.clock import Bell, Clock
from bot.config import Health
from bot.desk.announce import TABLE
from bot.desk.notices import notify
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
        lost = bool(newest) and self._is_lost(work, newest[0])
        if not lost:
            self.problem = ""
        return self._is_due(work, newest) or (lost and not self.problem)

    def turn(self, db: Connection) -> None:
        """Sends the next canary if it is time, and tells of the last one if it is lost."""
        work = self.work(db)
        newest = canaries.newest(db, work.house.mailbox)
        if newest and self._is_lost(work, newest[0]):
            self.problem = f"the canary mail of {newest[0].created_at:%Y-%m-%d %H:%M} UTC has not come back"
            if len(newest) == 1 or newest[1].back:  # else they know already
                log.error("%s", self.problem)
                facts = {"at": newest[0].created_at.isoformat(), "minutes": round(self._within.total_seconds() / 60)}
                notify(work, "canary lost", facts, key=newest[0].message_id, every_way=True)
        if self._is_due(work, newest):
            send_canary(work)

    def _is_due(self, work: Work, newest: list[Canary]) -> bool:
        return not newest or work.now >= newest[0].created_at + self._every

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
