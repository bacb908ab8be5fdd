"""A story whose engineers talk at Telegram: the real channel over HTTP against the stand-in; requesters mail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from storage import links, people
from tests.parts.memory import MemoryOutlet
from tests.parts.telegram import FakeTelegram, Message
from tests.stories.story import Story

GROUP = -1001000000017
ANNA, BEN, DESK, PM, LEO = 501, 502, 503, 504, 599
"""Numbers of people at Telegram; Leo is nobody's staff."""

HANDLES = {"anna": ANNA, "ben": BEN, "desk": DESK, "pm": PM}
CUSTOMERS = [{"key": "acme", "locale": "en", "domains": ["*"], "groups": [{"chat": GROUP}]}]
UNBOUND = {"per_second": 1e6, "chat_per_second": 1e6, "group_per_minute": 1e6}
"""Rates without an end: time stands still in a story, so nothing would ever have room again."""


def people_with_mail() -> list[dict[str, Any]]:
    roles = {"anna": "resident", "ben": "resident", "desk": "desk", "pm": "manager"}
    return [
        {"handle": one, "name": one.title(), "roles": [role], "language": "en", "mail": f"{one}@desk.example"}
        for one, role in roles.items()
    ]


class TelegramStory(Story):
    """The people of HANDLES are linked from the start, unless `linked` says who is."""

    numbers: Mapping[str, int] = HANDLES
    at_terminal = False

    def __init__(self, folder: Path, *, linked: tuple[str, ...] = tuple(HANDLES), **how: Any) -> None:
        self.telegram = FakeTelegram()
        self.telegram.group(GROUP)
        for name, number in self.numbers.items():
            self.telegram.joins(GROUP, self.telegram.user(number, name.title()))
        self.telegram.joins(GROUP, self.telegram.user(LEO, "Leo", started=False))
        self.linked = linked
        self._how = {"customers": CUSTOMERS, "people": people_with_mail(), **how}
        self._folder = folder

    async def __aenter__(self) -> Self:
        await self.telegram.start()
        settings = {"token": self.telegram.token, "base_url": self.telegram.base_url, "poll_seconds": 2, **UNBOUND}
        chat = {"telegram": settings | self._how.pop("telegram", {})}
        super().__init__(self._folder, chat=chat, **self._how)
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        finally:
            await self.telegram.stop()

    def _outlets(self) -> tuple[MemoryOutlet, ...]:
        return (self.mails,)

    async def _opened(self) -> None:
        self.telegram.clock = lambda: self.clock.now().timestamp()
        await self.app.store.write(self._link_all)

    def _link_all(self, db: Any) -> None:
        for handle in self.linked:
            person = people.by_handle(db, handle)
            assert person is not None
            links.link(db, person.id, "telegram", str(self.numbers[handle]))
        self.linked = ()

    async def _settled(self) -> None:
        """Nothing that people did is left unread, and nothing that follows from it undone."""
        await self.telegram.until(lambda: not self.telegram.updates)
        await super()._settled()

    # ---- what people do at Telegram ----

    async def writes(self, who: int, text: str, chat: int = GROUP, **more: Any) -> Message:
        """Somebody writes in the group, or in another chat."""
        message = self.telegram.say(chat, who, text, **more)
        await self._settled()
        return message

    async def taps(self, who: int, message: Message, label: str) -> None:
        """Somebody presses a button."""
        self.telegram.press(message["chat"]["id"], message["message_id"], label, who)
        await self._settled()

    # ---- what they see ----

    def screen(self, chat: int = GROUP) -> list[str]:
        """What the bot has said there, as it looks now."""
        return [one.get("text", "") for one in self.telegram.sent(chat)]

    def is_shown(self, who: int, *words: str) -> str:
        """What her newest press was answered with, beside no message; it must hold the words."""
        text = next((text for number, text in reversed(self.telegram.popups) if number == who), "nothing")
        assert all(one in text for one in words), text
        return text

    def card(self, number: int = 1, chat: int = GROUP) -> Message:
        """The ticket's card; there must be exactly one."""
        head = re.compile(rf"\W+ FD-{number} .* · ")  # a symbol, the number, state and level
        found = [one for one in self.telegram.sent(chat) if head.match(one.get("text", ""))]
        assert len(found) == 1, self.screen(chat)
        return found[0]

    async def outcomes(self) -> list[str]:
        """What became of each thing that somebody did, in order."""
        from storage import inbox

        return await self.app.store.read(lambda db: [one.outcome for one in inbox.everything(db) if one.kind == "chat"])

    def reads(self, chat: int, *words: str) -> str:
        """The newest message of the bot there; it must hold the words."""
        text = self.screen(chat)[-1]
        assert all(one in text for one in words), text
        return text
