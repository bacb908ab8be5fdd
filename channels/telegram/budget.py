"""How much may be said: Telegram's limits a chat and in all, with room kept free for what is urgent."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from channels.telegram.settings import TelegramSettings

CHATTER_SHARE = 0.8
"""What is not urgent leaves a fifth of each budget free, so that an alert never waits behind a row of cards."""

UNDER_WAY = 3.0
"""Seconds for which a message that nobody has seen arrive counts as said just now; one that was never sent, too."""

MARGIN = 0.05
"""Seconds by which each window is longer than Telegram's: its clock is not ours."""


@dataclass(slots=True)
class Place:
    """One message's place in the budgets: when it was taken, and when the message had arrived."""

    taken: float
    arrived: float | None = None

    def at(self, now: float) -> float:
        """The latest instant at which Telegram may have counted it: on its way it may arrive at any moment."""
        if self.arrived is not None:
            return self.arrived
        return max(self.taken, min(now, self.taken + UNDER_WAY))


class Budget:
    """Sliding windows over what was said. `now` gives seconds. Asked from any thread.

    Telegram counts when a message arrives, and two that left a second apart may arrive closer together: so a message
    counts from when it has surely arrived.
    """

    def __init__(self, settings: TelegramSettings, now: Callable[[], float]) -> None:
        self._settings, self._now = settings, now
        self._said: dict[str, list[Place]] = {}
        self._under_way: defaultdict[str, deque[Place]] = defaultdict(deque)
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
        self._under_way[chat].append(self._take(chat, now))
        return 0.0

    def _take(self, chat: str, now: float) -> Place:
        place = Place(now)
        for key, _, _ in self._windows(chat):
            self._said.setdefault(key, []).append(place)
        return place

    def arrived(self, chat: str) -> None:
        """The oldest message under way to the chat is there, or was refused: its windows begin now."""
        with self._lock:
            now, places = self._now(), self._under_way[chat]
            while places and not now - UNDER_WAY < places[0].taken <= now:  # never sent, or slower than anybody waits
                places.popleft()
            place = places.popleft() if places else self._take(chat, now)
            place.arrived = now
            if not places:
                del self._under_way[chat]

    def more(self, chat: str) -> None:
        """Another message of the same turn has arrived there, as a file after its text: it counts, too.

        So does what is no message of ours and yet is shown as one: that a topic was made, closed or opened (its maker
        says so: "creating a forum topic is sending a message about its creation", tdlib/td issue 2592).
        """
        with self._lock:
            now = self._now()
            self._take(chat, now).arrived = now

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
        most, now, span = max(1, int(limit if urgent else limit * CHATTER_SHARE)), self._now(), span + MARGIN
        # what is over goes, and what is yet to come: the clock was put back
        places = [one for one in self._said.pop(key, ()) if now - span < one.at(now) <= now]
        if not places:
            return 0.0
        self._said[key] = places
        return sorted(one.at(now) for one in places)[-most] + span - now if len(places) >= most else 0.0
