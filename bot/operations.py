"""What an administrator asks of the running daemon over its local socket: reload, backup, release, service sheets."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.desk.papers import paper_facts
from bot.desk.stock import StockError
from bot.desk.work import Work
from bot.domain.papers import REPAIR, SERVICE
from bot.printer import with_pictures
from storage import tickets
from storage.migrate import backup

if TYPE_CHECKING:
    from bot.app import App

PATIENCE = 5.0
"""Seconds that one answer about a backup waits for it."""
NO_SQLITE = "a PostgreSQL database is backed up by its own means: pg_dump, or its continuous archive"


class Operations:
    """Answers the administrator's requests."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._making: asyncio.Future[Path | None] | None = None

    async def answer(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """One request's answer; None for a request of another kind."""
        match request.get("op"):
            case "reload":
                return asdict(await self._app.reloader.reload())
            case "state":
                return {**self._app.state(), "process": os.getpid()}
            case "backup":
                return await self._backup(str(request.get("to") or ""))
            case "sheet":
                number, kind = int(request.get("number", 0)), str(request.get("kind", SERVICE))
                return await self._app.store.read(lambda db: sheet(self._app.work(db), number, kind))
            case "release":
                answer = await self._app.hold.release(drop=bool(request.get("drop")))
                self._app._ring_all()  # noqa: SLF001  -- the two are one, split for length
                return answer
        return None

    async def _backup(self, to: str) -> dict[str, Any]:
        """Makes a backup, or tells how one that takes long is getting on: the asker asks until it has its file."""
        if self._making is None:
            folder = Path(to) if to else self._app.settings.data.folder / "backups"
            made = asyncio.to_thread(backup, self._app.store.url, folder, self._app.clock.now(), "manual")
            self._making = asyncio.ensure_future(made)
        done, _ = await asyncio.wait([self._making], timeout=PATIENCE)
        if not done:
            return {"wait": True}
        making, self._making = self._making, None
        try:
            path = making.result()
        except OSError as error:
            return {"error": f"no backup was made: {error.strerror or error}"}
        return {"path": str(path)} if path else {"error": NO_SQLITE}


def sheet(work: Work, number: int, kind: str) -> dict[str, Any]:
    """The facts of a ticket's sheet of that kind."""
    ticket = tickets.by_number(work.db, number)
    if ticket is None:
        return {"error": f"there is no ticket {number}; all of them: faultdesk tickets --all"}
    try:
        return {"sheet": with_pictures(work.db, paper_facts(work, ticket, kind))}
    except StockError:
        done = "sent to be repaired" if kind == REPAIR else "taken out of stock"
        return {"error": f"nothing was {done} on ticket {number}; its service sheet: --kind {SERVICE}"}
