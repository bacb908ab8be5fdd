"""An outlet for tests: it keeps what is sent, and fails when it is told to."""

from __future__ import annotations

import asyncio
from collections import deque

from bot.domain.messages import Outgoing, Receipt
from channels.base import ChannelError


class MemoryOutlet:
    """Keeps messages in `sent`, in order and with repeats, as a real receiver would see them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sent: list[Outgoing] = []
        self.closed = False
        self.silent = False
        self._failures: deque[tuple[ChannelError, bool]] = deque()

    def fail(self, error: ChannelError, *, times: int = 1, delivered: bool = False) -> None:
        """Lets the next sends fail; with `delivered` the message arrives all the same and only the answer is lost."""
        self._failures.extend([(error, delivered)] * times)

    def recover(self) -> None:
        """No more failures."""
        self._failures.clear()

    async def send(self, message: Outgoing) -> Receipt:
        """Keeps the message, or raises what was asked for; gives no answer at all while `silent`."""
        if self.silent:
            await asyncio.Event().wait()
        error, delivered = self._failures.popleft() if self._failures else (None, True)
        if delivered:
            self.sent.append(message)
        if error:
            raise error
        return Receipt(external_id=str(len(self.sent)), text="kept")

    async def probe(self, sender: str) -> None:
        """Says how the next send would end."""
        del sender
        if self._failures:
            raise self._failures[0][0]

    async def close(self) -> None:
        self.closed = True
