"""One SMTP connection that brings mail in: aiosmtpd's command loop with our own DATA, recipients and refusals."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Any, AnyStr, Protocol

from aiosmtpd.proxy_protocol import V2_CMD
from aiosmtpd.smtp import SMTP, TLSSetupException

from bot.domain.messages import IncomingMail
from channels.base import NotNow
from channels.smtp_data import Data
from channels.smtp_rules import Budget, OwnAddresses, SmtpInSettings, bare_address

log = logging.getLogger("faultdesk.smtp")
for name in ("mail.log", "mail.debug"):  # aiosmtpd's: it would write addresses and commands (P17)
    logging.getLogger(name).setLevel(logging.ERROR)

CHUNK = 2**20
WHO_COMES = 5.0
"""Seconds in which a balancer must have said who comes."""
STEP = 64 * 1024
"""Bytes of DATA that must come within `idle_timeout`: what is slower is not a mail server but a held connection."""
TOO_FAR = 4
"""Times the size limit after which an oversize mail is no longer read to its end."""
CALLS = {**dict.fromkeys(("EHLO", "HELO", "LHLO"), 20), "STARTTLS": 2, "NOOP": 200, "RSET": 2000, "*": 1_000_000}
CLEAN_LINE = re.compile(rb"[\x20-\x7e]*\r\n")
TEMPORARY = "451 4.3.0 Temporary failure, please try again later"


class House(Protocol):
    """What a connection needs of the listener that it belongs to."""

    settings: SmtpInSettings
    own: OwnAddresses
    budget: Budget
    tls: ssl.SSLContext | None
    clock: Callable[[], datetime]

    async def accept(self, mail: IncomingMail) -> None:
        """Commits the mail. Raises NotNow."""

    def admit(self, session: Session, host: str) -> str:
        """Learns from a balancer who comes ("": itself). Gives why that connection is not taken; "" when it is."""

    def left(self, session: Session) -> None:
        """Hears that the connection is over."""


class CommandReader(asyncio.StreamReader):
    """Hands out command lines; one with a bare LF or CR, 8-bit or control characters comes as an empty line.

    aiosmtpd answers an empty line with "500 Error: bad syntax" and never sees the bytes, so that it cannot echo them.
    """

    async def readuntil(self, separator: Any = b"\n") -> bytes:
        line = await super().readuntil(separator)
        return line if CLEAN_LINE.fullmatch(line) else b"\r\n"


class Hooks:
    """aiosmtpd's hooks: our own addresses only, not too many of them, and who comes by way of a balancer."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._own = house.own
        self._most = house.settings.max_recipients

    async def handle_PROXY(self, server: Session, *_and: Any) -> bool:  # noqa: N802  -- aiosmtpd's name
        """Whether the connection of which a balancer tells is taken; it may be its own, to see whether we live."""
        data = _and[-1]
        itself = data.command == V2_CMD.LOCAL or isinstance(data.src_addr, bytes | None)
        refusal = self._house.admit(server, "" if itself else str(data.src_addr))
        if refusal:
            await server.push(refusal)
        return not refusal

    async def handle_RCPT(self, _server: SMTP, _session: object, *words: Any) -> str:  # noqa: N802  -- aiosmtpd's name
        envelope, address, _options = words
        if address not in self._own:
            return "550 5.7.1 No such address here, and no relaying"
        if len(envelope.rcpt_tos) >= self._most:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"


class Session(SMTP):
    """The server's side of one connection."""

    greets_as = "ESMTP"
    line_length_limit = STEP  # aiosmtpd makes its reader's buffer of this size; DATA knows no line length

    def __init__(self, house: House, loop: asyncio.AbstractEventLoop, *, proxied: bool = False) -> None:
        self.house = house
        self._proxied = proxied
        super().__init__(
            Hooks(house),
            data_size_limit=house.settings.max_size,
            hostname=house.settings.hostname,
            ident=self.greets_as,
            tls_context=house.tls,
            timeout=house.settings.idle_timeout,
            command_call_limit=CALLS,
            proxy_protocol_timeout=WHO_COMES if proxied else None,
            loop=loop,
        )
        # Once more with our reader: aiosmtpd makes its own and offers no place to give one.
        reader = CommandReader(limit=self.line_length_limit, loop=loop)
        asyncio.StreamReaderProtocol.__init__(self, reader, self._cb_client_connected, loop)
        self._smtp_methods = {name: getattr(self, f"smtp_{name}") for name in self._offered()}
        self._smtp_methods.update(dict.fromkeys(("AUTH", "EXPN", "HELP", "VRFY"), self._not_offered))
        self._heard = loop.time()
        self._errors = 0
        self._stopping = False
        self._committing = False
        self._receiving = False
        self._owed = 1  # replies to a mail
        self._deadline: asyncio.TimerHandle | None = None

    def __dir__(self) -> list[str]:
        """Nothing: aiosmtpd looks for commands by name here, at 0.3 ms a connection; ours are named in `_offered`."""
        return []

    def _offered(self) -> tuple[str, ...]:
        commands = ("HELO", "EHLO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT")
        return (*commands, "STARTTLS") if self.house.tls else commands

    async def _not_offered(self, _arg: str | None) -> None:
        await self.push("502 5.5.1 Command not implemented")

    # ---- the connection ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Starts the session, or (second time) goes on inside TLS."""
        super().connection_made(transport)
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.house.settings.session_timeout, self._last_call)
            self.task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Leaves the house. Not `connection_lost`: asyncio never calls it for a line closed in the TLS handshake."""
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ConnectionError):
            level = (
                logging.INFO if self._is_unknown else logging.ERROR
            )  # it only looked whether we live, or spoke nonsense
            log.log(level, "smtp: session ended by %s", type(error).__name__)
            if isinstance(self.transport, asyncio.WriteTransport):
                self.transport.abort()
        if self._deadline is not None:
            self._deadline.cancel()
        self.house.left(self)

    @property
    def _is_unknown(self) -> bool:
        """A balancer that has not said who comes."""
        return self._proxied and (self.session is None or not self.session.proxy_data)

    @property
    def task(self) -> asyncio.Task[None]:
        """The session's own task; done when the connection is over."""
        assert self._handler_coroutine is not None  # noqa: S101  -- set by connection_made, before anybody asks
        return self._handler_coroutine

    @property
    def silence(self) -> float:
        """Seconds since the last command, or the last 64 KiB of a mail; none while the peer waits for us."""
        return 0.0 if self._committing else self.loop.time() - self._heard

    def _reset_timeout(self, duration: float | None = None) -> None:
        super()._reset_timeout(duration)
        self._heard = self.loop.time()

    def finish(self) -> None:
        """Ends the session: at once when it is idle, else after the answer to the mail under way."""
        self._stopping = True
        if not (self._receiving or self._committing):
            self.hang_up("421 4.3.2 Closing down, please try again later")

    def hang_up(self, reply: str) -> None:
        """Says why and closes, whatever is under way; does not wait for a peer that no longer reads."""
        if isinstance(self.transport, asyncio.WriteTransport) and not self.transport.is_closing():
            self.transport.write(reply.encode() + b"\r\n")
            self.transport.close()
            self.loop.call_later(5, self.transport.abort)
        self.task.cancel()

    def _timeout_cb(self) -> None:
        if self._committing:
            self._reset_timeout()  # the mail is complete: it is our answer that is slow
        else:
            self.hang_up("421 4.4.2 Too slow, closing the connection")

    def _last_call(self) -> None:
        self._stopping = True
        if not self._committing:
            self.hang_up("421 4.4.2 Connected for too long, please come again")

    async def push(self, status: AnyStr) -> None:
        """Sends one reply; closes after too many refusals."""
        await super().push(status)
        if status[:1] in ("4", "5", b"4", b"5"):
            self._errors += 1
            if self._errors >= self.house.settings.max_errors:
                self.hang_up("421 4.7.0 Too many errors")

    async def handle_exception(self, error: Exception) -> str:
        """Our own failure: the sender comes again, and learns nothing about us."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        level = logging.INFO if isinstance(error, TLSSetupException) else logging.ERROR  # a scanner's, not ours
        log.log(level, "smtp: %s at %s:%s", type(error).__name__, frame.filename, frame.lineno)
        if self._receiving:
            self.hang_up(TEMPORARY)  # else the rest of the mail would be read as commands
        reply, self._owed = self._said(TEMPORARY), 1
        return reply

    # ---- the commands ----

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802  -- aiosmtpd's name
        if not hostname:
            await self.push("501 Syntax: EHLO hostname")
            return
        self.envelope = self._create_envelope()
        assert self.session is not None  # noqa: S101  -- set by connection_made
        self.session.extended_smtp = True
        self.session.host_name = hostname
        offers = [self.hostname, "PIPELINING", "8BITMIME", f"SIZE {self.house.settings.max_size}"]
        if self.house.tls and self.session.ssl is None:
            offers.append("STARTTLS")
        await self.push("\r\n".join([*(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}"]))

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802  -- aiosmtpd's name
        """Goes over to TLS; aiosmtpd forgets what was said before, and what came behind the command (RFC 3207 4.2)."""
        assert self.session is not None  # noqa: S101  -- set by connection_made
        if self.session.ssl is not None:
            await self.push("503 5.5.1 TLS is on already")
        else:
            await super().smtp_STARTTLS(arg)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address and the parameters behind it: (None, None) when malformed. Linear, unlike the original."""
        path, _, parameters = arg.partition(">")
        if parameters or arg.endswith(">"):
            return bare_address(path + ">"), parameters
        path, _, parameters = arg.partition(" ")
        return bare_address(path), parameters

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802  -- aiosmtpd's name
        """Receives one mail and commits it; "250" only after that (P1)."""
        if refusal := self._data_refusal(arg):
            await self.push(refusal)
            return
        data = Data(self.house.settings.max_size, self.house.budget)
        self._receiving = True
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._collect(data)
            self._owed = self._replies()
            await self.push(self._said(data.refusal or await self._commit(data.take())))
            self._owed = 1
        finally:
            data.release()
            self.envelope = self._create_envelope()
        if self._stopping:
            self.hang_up("421 4.3.2 Closing the connection, please come again")

    def _data_refusal(self, arg: str | None) -> str:
        assert self.envelope is not None  # noqa: S101  -- set by connection_made
        if arg:
            return "501 5.5.4 Syntax: DATA"
        if not self.envelope.rcpt_tos:
            return "503 5.5.1 Need MAIL and RCPT first"
        budget = self.house.budget
        return "" if budget.used < budget.size else "451 4.3.1 Too much mail at once, please try again later"

    async def _collect(self, data: Data) -> None:
        """Reads to the end of the mail; what follows it goes back to the command loop."""
        marked = 0
        rest = None
        while rest is None:
            chunk = await self._reader.read(CHUNK)
            if not chunk:
                raise ConnectionResetError
            rest = data.feed(chunk)
            if data.seen > TOO_FAR * self.house.settings.max_size:
                self.hang_up("421 4.3.4 Far too much data, closing the connection")
                await asyncio.sleep(0)  # the cancellation arrives here
            if data.seen - marked >= STEP:
                marked = data.seen
                self._reset_timeout()
        self._receiving = False
        if rest:
            self._reader.feed_data(rest)

    async def _commit(self, raw: bytes) -> str:
        """Has the mail stored; the reply to give."""
        assert self.envelope is not None  # noqa: S101  -- set by connection_made
        sender = self.envelope.mail_from or ""
        mail = IncomingMail(
            channel="smtp",
            raw=raw,
            received_at=self.house.clock(),
            envelope_from="" if sender == "<>" else sender,
            envelope_to=tuple(dict.fromkeys(self.envelope.rcpt_tos)),
        )
        self._committing = True
        try:
            await self.house.accept(mail)
        except NotNow as reason:
            log.warning("smtp: mail put off: %s", reason)
            return "452 4.3.1 Not enough room" if "full" in str(reason) else "451 4.3.1 Please try again later"
        finally:
            self._committing = False
        return "250 2.0.0 OK"

    def _replies(self) -> int:
        """How many replies a mail gets: one for all of its recipients."""
        return 1

    def _said(self, reply: str) -> str:
        return "\r\n".join([reply] * self._owed)
