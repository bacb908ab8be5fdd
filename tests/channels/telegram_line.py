"""A Telegram channel on a line to the stand-in, for the tests of this folder."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from bot.domain.messages import Button, Incoming, IncomingChat, OutgoingChat
from channels.telegram.channel import Telegram
from channels.telegram.settings import TelegramSettings
from tests.parts.telegram import FakeTelegram

GROUP, ANNA, BEN = -1001000000001, 501, 502


def settings_for(fake: FakeTelegram, **more: Any) -> TelegramSettings:
    values = {"token": fake.token, "base_url": fake.base_url, "poll_seconds": 1, "timeout": 10, **more}
    return TelegramSettings.model_validate(values)


def populate(fake: FakeTelegram) -> FakeTelegram:
    fake.group(GROUP)
    fake.joins(GROUP, fake.user(ANNA, "Anna"))
    fake.user(BEN, "Ben", started=False)
    return fake


class Desk:
    """The channel, and what it has brought in. `refuse` is raised instead of taking anything."""

    def __init__(self, fake: FakeTelegram, **more: Any) -> None:
        self.heard: list[IncomingChat] = []
        self.introduced = ""
        self.known: dict[str, str] = {str(GROUP): ""}
        self.linked: set[str] = set()
        self.unreadable: Exception | None = None
        self.refuse: Exception | None = None
        self.channel = Telegram(
            settings_for(fake, **more),
            names=lambda: {"take", "接单"},
            ours=self,
            clock=lambda: datetime.now(UTC),
            introduced=self._introduce,
        )

    async def is_ours(self, chat: str) -> bool:
        return chat in await self.groups()

    async def groups(self) -> dict[str, str]:
        if self.unreadable:
            raise self.unreadable
        return dict(self.known)

    async def elsewhere(self, chat: str, account: str) -> list[str]:
        return [one for one in self.known if one != chat] if account in self.linked else []

    async def accounts(self) -> list[str]:
        return sorted(self.linked)

    def _introduce(self, name: str) -> None:
        self.introduced = name

    async def receive(self, incoming: Incoming) -> None:
        assert isinstance(incoming, IncomingChat)
        if self.refuse:
            raise self.refuse
        self.heard.append(incoming)


@contextlib.asynccontextmanager
async def listening(fake: FakeTelegram, *, desk: Desk | None = None, **more: Any) -> AsyncIterator[Desk]:
    """A desk whose channel polls."""
    desk = desk or Desk(fake, **more)
    task = asyncio.create_task(desk.channel.run(desk.receive))
    try:
        yield desk
    finally:
        task.cancel()
        await asyncio.wait([task])
        await desk.channel.close()


def message(text: str = "Hello", to: int = GROUP, *, edits: str = "", labels: tuple[str, ...] = (), **more: Any) -> Any:
    buttons = (tuple(Button(one, f"token:{place}") for place, one in enumerate(labels)),) if labels else ()
    return OutgoingChat("1", str(to), text, buttons, edits=edits, **more)
