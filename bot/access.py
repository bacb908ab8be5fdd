"""Renews access tokens ahead of their end, and sees to it that people hear while there is still time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from bot.clock import Bell, Clock
from bot.desk.access import outage_of, tell_token, token_is_well
from bot.desk.work import Work
from channels.base import Doubt, Refreshing
from storage import outages
from storage.store import Store

log = logging.getLogger("faultdesk.access")
LOOK, PAUSE = 5.0, 0.5
"""Seconds from one look to the next, and at least between the two."""


class AccessWatch:
    """Looks after all that must be renewed; each call has its own deadline."""

    def __init__(
        self,
        store: Store,
        work: Callable[[Connection], Work],
        clock: Clock,
        sources: Sequence[Refreshing],
        done: Callable[[], None],
    ) -> None:
        self.store, self.work, self.clock, self.sources, self._done = store, work, clock, sources, done
        self._bell = Bell()
        self._doubts: dict[str, Doubt] = {}

    @property
    def problem(self) -> str:
        """What will fail soon; "" when all is well."""
        return "; ".join(
            f"the access token of {name} is not renewed and ends {doubt.until:%Y-%m-%d %H:%M} UTC: {doubt.text}"
            for name, doubt in self._doubts.items()
        )

    def look(self) -> None:
        """Looks now, not at its own time."""
        self._bell.ring()

    async def cycle(self) -> None:
        """One look at all."""
        begun = asyncio.get_running_loop().time()
        doubts = await asyncio.gather(*(source.keep_fresh() for source in self.sources))
        for source, doubt in zip(self.sources, doubts, strict=True):
            await (self._is_in_doubt(source, doubt) if doubt else self._is_well(source.name))
        taken = asyncio.get_running_loop().time() - begun
        await self.clock.wait(self._bell, None, max(LOOK - taken, PAUSE))

    async def _is_in_doubt(self, source: Refreshing, doubt: Doubt) -> None:
        if source.name not in self._doubts:
            log.warning("an access token is not renewed: %s", doubt.text)
        self._doubts[source.name] = doubt
        await self._write(lambda work: tell(work, source, doubt))

    async def _is_well(self, name: str) -> None:
        self._doubts.pop(name, None)
        if await self.store.read(lambda db: outages.load(db, outage_of(name))):
            await self._write(lambda work: token_is_well(work, name))

    async def _write(self, unit: Callable[[Work], None]) -> None:
        await self.store.write(lambda db: unit(self.work(db)))
        self._done()


def tell(work: Work, source: Refreshing, doubt: Doubt) -> None:
    """Tells people what is wrong with one token, if it is time to."""
    tell_token(work, source.name, doubt.kind, doubt.text, doubt.until, sick=source.sick, passing=doubt.passing)
