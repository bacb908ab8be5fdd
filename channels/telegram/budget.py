"""How much may be said: Telegram's limits a chat and in all, with room kept free for what is urgent."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable

from channels.telegram.settings import TelegramSettings

CHATTER_SHARE = 0.8
"""What is not urgent leaves a fifth of each budget free, so that an alert never waits behind a row of cards."""


class Budget:
    """Sliding windows over what was said. `now` gives seconds. Asked from any thread."""

    def __init__(self, settings: TelegramSettings, now: Callable[[], float]) -> None:
        self._settings, self._now = settings, now
        self._said: defaultdict[str, deque[float]] = defaultdict(deque)
        self._blocked: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait_for(self, chat: str, *, urgent: bool) -> float:
        """Seconds until a message may go to the chat; 0 for now, and then its place is taken."""
        with self._lock:
            return self._wait_for(chat, urgent=urgent)

    def _wait_for(self, chat: str, *, urgent: bool) -> float:
        now = self._now()
        windows = self._windows(chat)
        wait = max(self._until_free(key, limit, span, urgent=urgent) for key, limit, span in windows)
        begun, until = self._blocked.get(chat, (0.0, 0.0))
        wait = max(wait, until - now if begun <= now else 0.0)
        if wait > 0:
            return wait
        self._blocked.pop(chat, None)
        for key, _, _ in windows:
            self._said[key].append(now)
        return 0.0

    def block(self, chat: str, seconds: float) -> None:
        """Telegram asked us to leave this chat alone for so long."""
        with self._lock:
            self._blocked[chat] = (self._now(), self._now() + seconds)

    def _windows(self, chat: str) -> list[tuple[str, float, float]]:
        """(key, most, within seconds) of the budgets that a message to the chat draws on. Groups have negative ids."""
        limits = self._settings
        windows = [("", limits.per_second, 1.0), (chat, limits.chat_per_second, 1.0)]
        return [*windows, (f"{chat}/minute", limits.group_per_minute, 60.0)] if chat.startswith("-") else windows

    def _until_free(self, key: str, limit: float, span: float, *, urgent: bool) -> float:
        if limit < 1:  # less than one a second: one in a longer time
            limit, span = 1.0, span / limit
        most = max(1, int(limit if urgent else limit * CHATTER_SHARE))
        said, now = self._said[key], self._now()
        while said and not now - span < said[0] <= now:  # over, or the clock was put back
            said.popleft()
        if not said:
            del self._said[key]
            return 0.0
        return said[-most] + span - now if len(said) >= most else 0.0
