"""What every channel is: it may bring messages in, it may send some out, and it fails in one way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.domain.messages import Incoming, Outgoing, Receipt

Receive = Callable[[Incoming], Awaitable[None]]
"""Commits what came in. A channel tells its server "accepted" only after this has returned (P1)."""


class ChannelError(Exception):
    """Why a message could not be handed over.

    Args:
        text: the other side's words, or ours; kept with the attempt.
        code: the other side's number, as text, or "".
        permanent: the same message to the same address will never work: no further try.
        unsent: it is certain that nothing was delivered. False means unknown: a repeat must be marked as one (P6).
        retry_after: seconds that the other side asked us to wait.
        broken: the channel itself is unwell, not this message: leave the others alone for a while (circuit breaker).
        trouble: what is wrong with a broken channel, in our own words, for the administrator.
    """

    def __init__(
        self,
        text: str,
        *,
        code: str = "",
        permanent: bool = False,
        unsent: bool = True,
        retry_after: float | None = None,
        broken: bool = False,
        trouble: str = "",
    ) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.permanent = permanent
        self.unsent = unsent
        self.retry_after = retry_after
        self.broken = broken
        self.trouble = trouble


class NotNow(Exception):  # noqa: N818  -- it is no error: the sender shall come again
    """`Receive` cannot take anything at present (disk full, database away): tell the server "later", lose nothing."""


class Inlet(Protocol):
    """A channel that brings messages in."""

    name: str

    async def run(self, receive: Receive) -> None:
        """Brings in messages until cancelled; the door is closed and the line is down when it returns."""


class Outlet(Protocol):
    """A channel that takes messages out."""

    name: str

    async def send(self, message: Outgoing) -> Receipt:
        """Hands the message over. Raises ChannelError; safe to call for several messages at once."""

    async def close(self) -> None:
        """Lets go of connections."""
