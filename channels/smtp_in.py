"""Receives mail by SMTP or LMTP in the daemon's event loop and hands it over; says "250" only when it is committed."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import socket
import ssl
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.domain.failpoints import reach
from bot.domain.messages import IncomingMail
from channels.base import Receive
from channels.lmtp_session import LmtpSession
from channels.smtp_rules import Budget, OwnAddresses, SmtpInSettings
from channels.smtp_session import Session
from channels.spool import Spool

__all__ = ["SmtpIn", "SmtpInSettings"]

LOCAL = "127.0.0.1"
"""Where whoever comes by a Unix socket is."""
WAITING = 256
"""Connections that the kernel keeps for us."""
PATIENCE = 1.0
"""Seconds of silence after which a connection may have to make room for another one."""


class SmtpIn:
    """The inlet for mail by SMTP or LMTP.

    Args:
        settings: where to listen, for whom, and how much.
        clock: now, in UTC: the receive stamp of each mail (rule R1).
        spool: where each accepted mail is kept a second time (P14), or None.
    """

    name = "smtp"

    def __init__(self, settings: SmtpInSettings, clock: Callable[[], datetime], spool: Spool | None = None) -> None:
        self.settings = settings
        self.clock = clock
        self.own = OwnAddresses(settings.addresses)
        spare = settings.data_in_flight - settings.max_size  # one mail of the largest size always has room
        self.budget = Budget(settings.data_in_flight, max(0, min(settings.data_in_flight // 8, spare)))
        self.tls: ssl.SSLContext | None = None
        self._balancers = [ipaddress.ip_network(one) for one in settings.proxy_from]
        self._spool = spool
        self._sessions: dict[Session, str] = {}
        self._server: asyncio.Server | None = None
        self._receive: Receive | None = None

    @property
    def port(self) -> int:
        """The port that is really listened on, once open."""
        assert self._server is not None  # noqa: S101  -- only asked after `open`
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def problem(self) -> str:
        """What is not well though mail still comes in; "" when all is."""
        return self._spool.problem if self._spool else ""

    async def open(self) -> None:
        """Binds port or socket. Raises OSError with one readable line (taken, not allowed, no such host or folder)."""
        settings = self.settings
        if settings.tls_cert:
            self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.tls.load_cert_chain(settings.tls_cert, settings.tls_key)
        try:
            self._server = await (self._bind_socket(settings.socket) if settings.socket else self._bind_port())
        except OSError as error:
            place = str(settings.socket or f"{settings.host}:{settings.port}")
            raise OSError(error.errno, f"cannot receive mail on {place}: {error.strerror or error}") from error

    async def _bind_port(self) -> asyncio.Server:
        loop, settings = asyncio.get_running_loop(), self.settings
        return await loop.create_server(
            lambda: Door(self), settings.host, settings.port, backlog=WAITING, start_serving=False
        )

    async def _bind_socket(self, path: Path) -> asyncio.Server:
        loop, door = asyncio.get_running_loop(), bound_socket(path)
        return await loop.create_unix_server(lambda: Door(self), sock=door, backlog=WAITING, start_serving=False)

    async def run(self, receive: Receive) -> None:
        """Takes mail until cancelled; then lets what is under way arrive for `stop_timeout` seconds."""
        if self._server is None:
            await self.open()
        assert self._server is not None  # noqa: S101  -- set by `open`
        self._receive = receive
        try:
            await self._server.start_serving()
            await asyncio.get_running_loop().create_future()
        finally:
            await self._stop(self._server)

    async def _stop(self, server: asyncio.Server) -> None:
        server.close()
        if self.settings.socket:
            self.settings.socket.unlink(missing_ok=True)
        sessions = list(self._sessions)
        for session in sessions:
            session.finish()
        tasks = [session.task for session in sessions]
        if tasks:
            await asyncio.wait(tasks, timeout=self.settings.stop_timeout)
            for session in self._sessions:
                session.hang_up("421 4.3.2 Closing down, please try again later")
            await asyncio.wait(tasks)
        self._server = None
        if self._spool:
            self._spool.close()

    # ---- what a session asks of its house ----

    async def accept(self, mail: IncomingMail) -> None:
        """Commits the mail, then spools it.

        In this order, since a mail that was not committed is sent again by its server, and the spool shall hold what
        was taken. Before the 250, since a mail that was cut off between the two is also sent again, and spooled then.
        The spool's own trouble never refuses a mail.
        """
        assert self._receive is not None  # noqa: S101  -- nobody is served before `run`
        await self._receive(mail)
        if self._spool:
            await self._spool.keep(mail)
        reach("inbox.spooled")

    def refusal(self, host: str, others: int | None = None) -> str:
        """Why a connection from that address is not taken beside the `others`, as a reply; "" when it is."""
        others = len(self._sessions) if others is None else others
        if others >= self.settings.max_connections and not self._make_room():
            return "421 4.7.0 Too many connections"
        here = list(self._sessions.values()).count(host)
        if host and here >= self.settings.max_per_ip and not is_loopback(host):
            return "421 4.7.0 Too many connections from your address"
        return ""

    def _make_room(self) -> bool:
        """Sends away who has been silent the longest, so that lines held open for nothing keep nobody out."""
        silent = max(self._sessions, key=lambda session: session.silence)
        if silent.silence < PATIENCE:
            return False
        silent.hang_up("421 4.3.2 Others are waiting, please come again")
        self.left(silent)
        return True

    def is_balancer(self, host: str) -> bool:
        """Whether that address may say by the PROXY protocol who comes; what others say so is a wrong command."""
        address = address_of(host)
        return address is not None and any(address in one for one in self._balancers)

    def admit(self, session: Session, host: str) -> str:
        """Learns from a balancer who comes ("": itself). Gives why that connection is not taken; "" when it is."""
        refusal = self.refusal(host, len(self._sessions) - 1) if host else ""
        self._sessions[session] = host
        return refusal

    def welcome(self, transport: asyncio.Transport, host: str, *, proxied: bool) -> None:
        """Opens a session on the connection."""
        kind = LmtpSession if self.settings.protocol == "lmtp" else Session
        session = kind(self, asyncio.get_running_loop(), proxied=proxied)
        self._sessions[session] = "" if proxied else host
        transport.set_protocol(session)
        session.connection_made(transport)

    def left(self, session: Session) -> None:
        self._sessions.pop(session, None)


class Door(asyncio.Protocol):
    """Looks at who comes, so that a session is built only for those who may come in."""

    def __init__(self, house: SmtpIn) -> None:
        self._house = house

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  -- what create_server gives
        host = LOCAL if self._house.settings.socket else str((transport.get_extra_info("peername") or ("",))[0])
        proxied = self._house.is_balancer(host)
        refusal = self._house.refusal("" if proxied else host)
        if refusal:
            transport.write(refusal.encode() + b"\r\n")
            transport.close()
        else:
            self._house.welcome(transport, host, proxied=proxied)


def bound_socket(path: Path) -> socket.socket:
    """A Unix socket at that path, in the place of one that a killed daemon has left. Raises OSError.

    Everybody here may use it, as he might a port of this machine; the folder's rights may say otherwise.
    """
    if path.is_socket():
        with socket.socket(socket.AF_UNIX) as caller:
            if caller.connect_ex(os.fspath(path)) == 0:
                raise OSError(errno.EADDRINUSE, "another program listens there")
        path.unlink()
    door = socket.socket(socket.AF_UNIX)
    try:
        door.bind(os.fspath(path))
        path.chmod(0o666)
    except OSError:
        door.close()
        raise
    return door


def is_loopback(host: str) -> bool:
    """Whether the peer is this machine: a relay or a load test here may open as many connections as there are."""
    address = address_of(host)
    return address is not None and address.is_loopback


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The peer's address, IPv4 also where it comes in the clothes of IPv6; None where it is none."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
