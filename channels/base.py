"""What every channel is: it may bring messages in, it may send some out, and it fails in one way."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from bot.domain.messages import Incoming, Menu, Outgoing, Receipt

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
        moved_to: the chat has this id now: the address is renewed, and the same message tried again.
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
        moved_to: str = "",
        trouble: str = "",
    ) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.permanent = permanent
        self.unsent = unsent
        self.retry_after = retry_after
        self.broken = broken
        self.moved_to = moved_to
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


@runtime_checkable
class Paced(Protocol):
    """An outlet whose other side bears only so much; the sender asks before it takes a message in hand."""

    def wait_for(self, to: str, *, urgent: bool) -> float:
        """Seconds until a message may go there; 0 for now, and then its place is taken."""


@runtime_checkable
class Fetching(Protocol):
    """A channel whose people send files; each is brought by the id that came with its message."""

    name: str

    async def fetch(self, file: str) -> bytes:
        """The file's bytes. Raises ChannelError; permanent where it is larger than the channel hands out."""


@runtime_checkable
class Hanging(Protocol):
    """A channel that offers people a menu of commands; `hangs_as` is who it is there, "" while it does not know yet."""

    name: str
    hangs_as: str

    async def hang(self, menu: Menu) -> None:
        """Puts the menu in the place of the one before; one without commands takes it away. Raises ChannelError."""


@runtime_checkable
class Probing(Protocol):
    """An outlet that can find out whether its other side takes messages, without sending one."""

    async def probe(self, sender: str) -> None:
        """Asks as far as one may for a mail from that address. Raises ChannelError, `broken` while it is unwell."""


@runtime_checkable
class Recalling(Protocol):
    """An inlet, or what it keeps, that can bring mails in once more after an old database was restored (P14)."""

    async def recall(self, since: datetime, receive: Receive) -> int:
        """Brings in again all mails that it still has and received since then, with their receive time.

        What is known already is counted as a copy by `receive`. Gives how many there were. Raises NotNow, OSError.
        """


class Doubt(NamedTuple):
    """Why what still holds will not be renewed: a kind, words, until when it holds (UTC); `passing`: it may pass."""

    kind: str
    text: str
    until: datetime
    passing: bool


class Refreshing(Protocol):
    """Something that must be renewed before it ends: the access token of a mail account.

    `name` is what people call it; by the channel `sick` nobody can be told that it fails.
    """

    name: str
    sick: str

    async def keep_fresh(self) -> Doubt | None:
        """Renews it where it is time. Gives what hinders that while the old one still holds."""


# ---- trying a channel out ----


class Finding(NamedTuple):
    """What `faultdesk check` says of one thing: right ("ok"), perhaps not meant ("advice"), or "wrong".

    The text says what is right, or what to change, in words that an administrator understands; no secret is in it.
    """

    level: Literal["ok", "advice", "wrong"]
    text: str


@runtime_checkable
class Checkable(Protocol):
    """Settings of a channel that can try it out. Any settings class below `Settings` may have this method."""

    async def check(self, *, running: bool) -> list[Finding]:
        """Tries what these settings name, and neither sends nor fetches anything.

        `running`: this desk's daemon works at present, so that its own ports and sessions are taken by itself. What
        can be expected to fail is a finding; `bot.checkup` puts an end to what takes longer than a minute.
        """


def try_port(host: str, port: int, *, running: bool) -> Finding:
    """Whether the daemon can listen there."""
    place = f"{host}:{port}"
    try:
        kind = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(kind[0], kind[1]) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(kind[4])
            door.listen(1)
    except socket.gaierror:
        return Finding("wrong", f"there is no address {host} on this machine: write 127.0.0.1, or 0.0.0.0 for all")
    except OSError as error:
        if running and error.errno == errno.EADDRINUSE:
            return Finding("ok", f"the running daemon listens on {place}")
        return Finding("wrong", f"cannot listen on {place}: {_port_advice(error)}")
    return Finding("ok", f"{place} is free")


def _port_advice(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "another program does so already: stop it, or choose another port"
        case errno.EACCES:
            return "ports below 1024 need a right that this user lacks: choose a higher one, or let systemd grant it"
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address: write 127.0.0.1, or 0.0.0.0 for all"
    return os.strerror(error.errno) if error.errno else str(error)
