"""Housekeeping by APScheduler: backups, pruning, reminders. No deadline hangs on it (those are rows)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.clock import Bell, Clock
from bot.config import Settings
from storage.actions import AT_ONCE, prune
from storage.migrate import BACKUPS, backup, prune_backups
from storage.store import Store

log = logging.getLogger("faultdesk.duties")
BACKUP_HOUR = 3
REMINDING_HOURS = "9,11,14,16"
"""In the desk's zone: whenever the machine is on during the day, one of them comes."""
BUTTONS_LIVE = timedelta(days=30)
"""After which a button may go that nobody can use any more."""
Remind = Callable[[Connection], None]


class Duties:
    """Runs the daily housekeeping. A backup that a stopped daemon missed is caught up once at the start."""

    def __init__(
        self, store: Store, settings: Settings, clock: Clock, prune_spool: Callable[[date], object], remind: Remind
    ) -> None:
        self.store, self.data, self.clock, self.prune_spool = store, settings.data, clock, prune_spool
        self._zone, self._remind = settings.desk.timezone, remind
        self._bell = Bell()
        self._scheduler: AsyncIOScheduler | None = None

    async def cycle(self) -> None:
        """Starts the scheduler once; afterwards only shows that the loop lives."""
        if self._scheduler is None:
            self._scheduler = AsyncIOScheduler(job_defaults={"misfire_grace_time": None, "coalesce": True})
            self._scheduler.add_job(self.daily, "cron", hour=BACKUP_HOUR, jitter=600)
            self._scheduler.add_job(self.remind, "cron", hour=REMINDING_HOURS, timezone=self._zone, jitter=600)
            self._scheduler.start()
            if self._missed():
                await self.daily()
        await self._bell.wait(1.0)

    async def remind(self) -> None:
        """Tells what people are to be reminded of at this time; the keys of the messages keep it to once."""
        try:
            await self.store.write(self._remind)
        except DBAPIError:
            log.error("nobody could be reminded: the database cannot write")  # noqa: TRY400  -- the log has said why

    def _missed(self) -> bool:
        """Whether there are backups, but none of the last day: a fresh desk has nothing to lose yet."""
        folder = self.data.folder / "backups"
        newest = max((path.stat().st_mtime for kind in BACKUPS for path in folder.glob(f"*-daily{kind}")), default=None)
        return newest is not None and self.clock.now().timestamp() - newest > timedelta(days=1).total_seconds()

    async def _prune(self, folder: Path) -> None:
        try:
            await asyncio.to_thread(prune_backups, folder, self.data.backups, self.data.old_backups)
        except OSError as error:
            log.critical("an old backup cannot be made smaller: %s", error.strerror or error)

    async def daily(self) -> None:
        """A checked backup of the database, and an end to the oldest ones, and to buttons past their use."""
        await self._back_up()
        self.prune_spool((self.clock.now() - timedelta(days=self.data.spool_days)).date())
        await self._prune_buttons()

    async def _back_up(self) -> None:
        folder = self.data.folder / "backups"
        try:
            path = await asyncio.to_thread(backup, self.store.url, folder, self.clock.now(), "daily")
        except OSError as error:
            log.critical("the daily backup failed: %s", error.strerror or error)
            return
        if path:
            log.info("backup made")
            await self._prune(folder)

    async def _prune_buttons(self) -> None:
        before = self.clock.now() - BUTTONS_LIVE
        try:
            while await self.store.write(lambda db: prune(db, before)) == AT_ONCE:
                pass
        except DBAPIError:
            log.error("old buttons stay: the database cannot write")  # noqa: TRY400  -- the log has said why
