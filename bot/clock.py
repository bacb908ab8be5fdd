"""The one place where the daemon looks at the time; a fake clock takes its place in the demo and in simulations."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

NEVER = datetime.max.replace(tzinfo=UTC)


class Bell:
    """Wakes a loop before its time is up: there may be something to do."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wakes the loop, or lets its next wait return at once."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Waits for the bell, at most so many seconds."""
        try:
            async with asyncio.timeout(max(seconds, 0)):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()


class Clock(Protocol):
    """Tells the time (UTC) and waits."""

    def now(self) -> datetime:
        """The present instant."""

    async def wait(self, bell: Bell, until: datetime | None, most: float) -> None:
        """Waits for the bell, or until the instant, at most so many real seconds."""


class RealClock:
    """The machine's wall clock, read anew at each call: a long sleep would be wrong by every jump of it."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait(self, bell: Bell, until: datetime | None, most: float) -> None:
        left = most if until is None else (until - self.now()).total_seconds()
        await bell.wait(min(left, most))


class FakeClock:
    """A clock that stands still until it is told to go on, kept in a file so that it survives a kill."""

    def __init__(self, path: Path, start: datetime) -> None:
        self._path = path
        self._waiting: dict[Bell, datetime] = {}
        self._now = datetime.fromisoformat(path.read_text()) if path.exists() else start
        self.set(self._now)

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        """Puts the clock to an instant, and wakes who waits for it."""
        self._now = now.astimezone(UTC)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(now.isoformat())
        os.replace(fresh, self._path)  # noqa: PTH105  -- the atomic one
        for bell, until in self._waiting.items():
            if until <= self._now:
                bell.ring()

    async def wait(self, bell: Bell, until: datetime | None, most: float) -> None:
        self._waiting[bell] = until or NEVER
        try:
            await bell.wait(most if self._waiting[bell] > self._now else 0)
        finally:
            del self._waiting[bell]
