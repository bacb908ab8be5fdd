"""What an administrator asks of the running daemon over its local socket: reload, backup, release."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.app import App


class Operations:
    """Answers the administrator's requests."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def answer(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """One request's answer; None for a request of another kind."""
        match request.get("op"):
            case "reload":
                return asdict(await self._app.reloader.reload())
        return None
