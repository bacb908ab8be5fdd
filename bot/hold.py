"""The hold after a restore (P14): nothing on a ticket is sent until it is released; lost mails are fed in again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from bot.desk.notices import notify
from bot.desk.work import Work
from bot.domain.failpoints import reach
from channels.base import NotNow, Recalling
from storage import journal, restore
from storage.restore import Restored

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger("faultdesk.hold")
PAUSE = 1.0
"""Seconds until the next try, when the disk or the database could not be read or written."""


class Hold:
    """Whether the outbox is held, and since when."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._restored: Restored | None = None
        self._wait_for_mails = False

    def since(self) -> datetime | None:
        """When the database was restored, while it is held; else None."""
        return self._restored.at if self._restored else None

    @property
    def is_fed(self) -> bool:
        """Whether all mails since the backup are back."""
        return not self._wait_for_mails

    @property
    def problem(self) -> str:
        """What /healthz says of it."""
        if self._wait_for_mails:
            return "restored from a backup: mails since then are being fed in, messages are held"
        return "restored from a backup: messages are held until `faultdesk release`" if self._restored else ""

    def begin(self, work: Work) -> None:
        """At the start: looks whether the database was restored, and says so to desk and project manager, once."""
        self._restored = restore.restored(work.db)
        if self._restored is None:
            return
        self._wait_for_mails = self._restored.fed_from is not None
        held = restore.held_count(work.db)
        log.warning("restored from a backup: messages are held until `faultdesk release`", extra={"count": held})
        facts = {"at": self._restored.at.isoformat(), "held": held}
        notify(work, "database restored", facts, key=self._restored.at.isoformat())

    async def feed(self, sources: Sequence[object]) -> None:
        """Brings back the mails since the backup, with the time at which they came; one that is known stays one."""
        if self._restored is None or self._restored.fed_from is None:
            return
        count = 0
        for source in sources:
            if isinstance(source, Recalling):
                count += await self._feed_from(source, self._restored.fed_from)
        reach("hold.fed")
        await self._app.store.write(restore.fed)
        self._wait_for_mails = False
        log.warning("mails since the backup are back", extra={"count": count})

    async def _feed_from(self, source: Recalling, since: datetime) -> int:
        while True:
            try:
                return await source.recall(since, self._app.intake.receive)
            except (NotNow, OSError) as error:
                log.error("mails cannot be fed in yet: %s", type(error).__name__)  # noqa: TRY400
                await asyncio.sleep(PAUSE)

    async def release(self, *, drop: bool) -> dict[str, Any]:
        """Ends the hold: what was held goes out, or is ended with `drop`. Gives the answer for the administrator."""
        if self._wait_for_mails:
            return {"error": "mails since the backup are still being fed in: try again in a moment"}
        answer = await self._app.store.write(lambda db: ended(db, self._app.clock.now(), drop=drop))
        self._restored = None
        return answer


def ended(db: Connection, now: datetime, *, drop: bool) -> dict[str, Any]:
    """Ends the hold, in the journal too. Gives the answer for the administrator."""
    if restore.restored(db) is None:
        return {"error": "nothing is held"}
    count = restore.release(db, now, drop=drop)
    facts = {"messages": count, "dropped": drop}
    entry = {"ticket_id": None, "actor_id": None, "actor": "admin", "channel": "cli", "kind": "released"}
    journal.append(db, [{**entry, "at": now, "recorded_at": now, "facts": facts}])
    return {"count": count}
