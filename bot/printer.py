"""The loop that prints: one document at a time, in a child; then the messages that wait for it go out."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from bot.clock import Bell, Clock
from bot.desk.documents import BOARD, MOST_ATTEMPTS, WEEK, printed
from bot.desk.work import House, Work
from bot.domain.failpoints import reach
from bot.printing.board import board_picture
from bot.printing.chart import chart
from bot.printing.pages import page as sheet_page
from bot.printing.press import NEVER, PressError, press, redrawn
from bot.render import FAILURES, Renderer
from storage import attached, documents
from storage.store import Store

log = logging.getLogger("faultdesk.printer")
PAUSE = 5.0
PICTURES = {WEEK: chart, BOARD: board_picture}
"""Kind of document → what it shows; all others are pages."""
KEPT = timedelta(days=30)
"""How long printed bytes are kept: the mail has gone by then, and paper can be printed again from the journal."""


def with_pictures(db: Connection, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of a sheet with the bytes of its pictures as they were sent (`data`, base64)."""
    sent = [
        {**one, "data": base64.b64encode(attached.whole(db, one["id"])).decode()} for one in facts.get("pictures", ())
    ]
    return {**facts, "pictures": sent} if sent else facts


class Printer:
    """Prints what is ordered. A document that cannot be made is given up, and its messages say so."""

    def __init__(
        self,
        store: Store,
        renderer: Callable[[], Renderer],
        house: Callable[[], House],
        clock: Clock,
        done: Callable[[], None],
    ) -> None:
        self.store, self.renderer, self.house, self.clock, self._done = store, renderer, house, clock, done
        self.bell = Bell()
        self.problem = ""

    async def cycle(self) -> None:
        """One document, or a wait for one."""
        document = await self.store.read(documents.waiting)
        if document is None:
            await self.bell.wait(PAUSE)
            return
        await self.store.write(lambda db: documents.begin(db, document.id))
        reach("printer.begun")
        try:
            made = PICTURES.get(document.kind, sheet_page)
            facts = await redrawn(await self.store.read(lambda db: with_pictures(db, document.facts)))
            data = await press(made(self.renderer(), document.locale, facts))
        except PressError as error:
            await self._failed(document, error.reason)
        except (
            FAILURES
        ) as error:  # a customer's own words, a fact that is not there: the others are printed all the same
            await self._failed(document, type(error).__name__)
        else:
            self.problem = ""
            await self._ended(document, facts, data)

    async def _failed(self, document: Any, reason: str) -> None:
        log.error("cannot be printed: %s", reason, extra={"ticket": document.facts.get("number", "")})
        self.problem = f"documents cannot be printed: {reason}"
        if reason in NEVER or document.attempts + 1 >= MOST_ATTEMPTS:
            await self._ended(document, document.facts, None, reason)

    async def _ended(self, document: Any, facts: dict[str, Any], data: bytes | None, failure: str = "") -> None:
        def unit(db: Connection) -> None:
            work = Work(db, self.house(), self.clock.now())
            printed(work, document, facts, data, failure)
            documents.prune(db, work.now - KEPT)

        await self.store.write(unit)
        reach("printer.done")
        self._done()
