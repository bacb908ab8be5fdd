"""Presses on buttons that wait for their answer: until then Telegram shows whoever pressed that it is under way."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from telegram import Bot
from telegram.error import TelegramError

from bot.domain.messages import OutgoingChat

MOST_SHOWN = 200
"""UTF-16 units that an answer to a press may have, as Telegram counts."""

PATIENCE = 2.0
"""Seconds for which a press waits for words; then it ends without any. Telegram itself gives it up after some 15."""


class Presses:
    """Each press is answered once: with words that nobody but whoever pressed sees, or without.

    A second answer would be taken and shown to nobody, so only a press that is known here to wait gets words.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._waiting: dict[str, asyncio.Task[None] | None] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def came(self, press: str) -> None:
        """It is about to be stored; what follows from it may come before that is known here."""
        self._waiting.setdefault(press, None)

    def is_stored(self, press: str) -> None:
        """Its effect is certain: if nothing is said to it, it ends by itself."""
        if press in self._waiting and self._waiting[press] is None:
            self._waiting[press] = self._begin(press, PATIENCE)

    async def shows(self, message: OutgoingChat) -> bool:
        """Says a message to whoever pressed, in a window that she closes, or that goes by itself if it is silent.

        False where Telegram would not show it.
        """
        press, words = message.press, message.text.strip()
        if press not in self._waiting or len(words.encode("utf-16-le")) // 2 > MOST_SHOWN:
            return False
        self._forget(press)
        try:
            await self._bot.answer_callback_query(press, words, show_alert=not message.silent)
        except TelegramError:
            return False
        return True

    def ends(self, press: str) -> None:
        """What follows from it is seen elsewhere."""
        if press in self._waiting:
            self._forget(press)
            self._begin(press, 0.0)

    async def close(self) -> None:
        """Lets answers go, and ends what still waits."""
        for press in [*self._waiting]:
            self.ends(press)
        if self._ending:
            await asyncio.wait(self._ending, timeout=2)

    def _forget(self, press: str) -> None:
        timer = self._waiting.pop(press)
        if timer:
            timer.cancel()

    def _begin(self, press: str, pause: float) -> asyncio.Task[None]:
        task = asyncio.create_task(self._end(press, pause))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task

    async def _end(self, press: str, pause: float) -> None:
        await asyncio.sleep(pause)
        self._waiting.pop(press, None)
        with suppress(TelegramError):  # the effect is kept (reliability 3 D 78)
            await self._bot.answer_callback_query(press)
