"""Sends mail through one SMTP server: one recipient a time, over a few lines that stay open."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self

import aiosmtplib
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from bot.domain.headers import clean_address, clean_header
from bot.domain.messages import Outgoing, OutgoingMail, Receipt
from channels.base import ChannelError, Finding
from channels.oauth import AccessTokens, OAuthSettings, TokenError, tokens_for

IDLE = 60.0
"""Seconds after which an open line is not trusted any more: firewalls forget it without telling us."""
QUEUE_ID = re.compile(r"(?:queued as|id=)\s*([\w.-]+)")
AUTH_WANTED = (530, 534, 535, 538)
LOGIN, NO_TOKEN = "the relay refuses our login", "no access token for the relay is to be had"


class SmtpOutSettings(BaseModel):
    """How the daemon sends mail by SMTP."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(description="The relay's name.", min_length=1)
    port: int = Field(587, ge=1, le=65535, description="The relay's port; usually 587 with starttls, 465 with tls.")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="How the connection is encrypted.")
    allow_plaintext: bool = Field(default=False, description='Allows security = "none" to another machine.')
    ca_file: Path | None = Field(None, description="Certificates (PEM) to trust instead of the system's.")
    username: str = Field("", description="Name to log in with; empty: no login.")
    password: SecretStr = Field(SecretStr(""), description="Password to log in with.")
    oauth: OAuthSettings | None = Field(
        None, description="Instead of a password: an application at the provider that gets access tokens (XOAUTH2)."
    )
    hostname: str = Field("", description="Name that we say in EHLO; empty: this machine's own.")
    timeout: float = Field(30, gt=0, description="Seconds to connect, and again to announce a mail.")
    final_timeout: float = Field(600, gt=0, description="Seconds to hand over a mail's bytes (RFC 5321 4.5.3.2.6).")
    max_per_hour: int = Field(0, ge=0, description="Mails an hour that the relay allows; 0: as many as there are.")
    connections: int = Field(4, ge=1, le=50, description="Connections to the relay at a time.")

    @model_validator(mode="after")
    def _plaintext_stays_here(self) -> Self:
        if self.security == "none" and not (self.allow_plaintext or is_this_machine(self.host)):
            raise ValueError('security = "none" sends mail and password readable for all; set allow_plaintext to do so')
        return self

    async def check(self, *, running: bool) -> list[Finding]:  # noqa: ARG002  -- a relay takes several lines
        """Connects, encrypts and logs in as for a mail, and sends none."""
        tokens = tokens_for([], self, None).get(self.oauth)
        outlet, place = SmtpOut(self, tokens), f"{self.host}:{self.port}"
        try:
            line = await outlet.connect()
        except ChannelError as error:
            return [Finding("wrong", f"{place}: {advice(error)}")]
        secure = {"none": "the line is not encrypted"}.get(self.security, "the line is encrypted, its certificate good")
        login = f"the login as {self.username} is accepted" if self.username else "no login is configured"
        try:
            await line.quit(timeout=5)
        except aiosmtplib.SMTPException:
            line.close()
        return [Finding("ok", f"{place} answers, {secure}, {login}; no mail was sent")]


class SmtpOut:
    """The outlet for mail by SMTP.

    Mails that wait for a line while the relay proves unwell fail with the first, so that it sees few refused logins.

    What `send` raises: *broken* where the relay itself is unwell (no connection, login refused, our sender refused,
    "too many"); *permanent* where it refuses this recipient or mail with 5xx; *unsent* false where the line was lost
    or silent after DATA, since the relay may have the mail.
    """

    name = "mail"

    def __init__(self, settings: SmtpOutSettings, tokens: AccessTokens | None = None) -> None:
        self._settings, self._tokens = settings, tokens
        self._room = asyncio.Semaphore(settings.connections)
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []
        self._unwell: tuple[float, ChannelError] | None = None

    async def send(self, message: Outgoing) -> Receipt:
        """Hands the mail over. Raises ChannelError."""
        mail = check_mail(message)
        asked_at = asyncio.get_running_loop().time()
        async with self._room:
            if self._unwell and self._unwell[0] > asked_at:
                known = self._unwell[1]
                raise ChannelError(known.text, code=known.code, broken=True, trouble=known.trouble)
            try:
                receipt = await self._send(mail)
            except ChannelError as error:
                if error.broken:
                    self._unwell = asyncio.get_running_loop().time(), error
                raise
            self._unwell = None
            return receipt

    async def _send(self, mail: OutgoingMail) -> Receipt:
        line = self._take_idle()
        if line is not None:
            try:
                return await self._hand_over(line, mail)
            except ChannelError as error:
                if not (error.unsent and error.code in ("", "421")):
                    raise  # else: the relay had enough of this line, which it may at any time
        return await self._hand_over(await self.connect(), mail)

    async def probe(self, sender: str) -> None:
        """Connects, logs in and names the sender, as for a mail, and takes that back. Raises ChannelError."""
        async with self._room:
            line, usable = await self.connect(), False
            try:
                async with asyncio.timeout(self._settings.timeout):
                    await line.mail(sender, timeout=None)
                usable = await reset(line)
            except aiosmtplib.SMTPResponseException as error:
                raise refused(error) from error
            except (aiosmtplib.SMTPException, OSError) as error:
                raise ChannelError(words(error), broken=True, trouble=trouble_of(error)) from error
            finally:
                self._put_back(line, usable=usable)
            self._unwell = None

    async def close(self) -> None:
        """Says goodbye on the open lines."""
        for line, _ in self._idle:
            try:
                await line.quit(timeout=1)
            except aiosmtplib.SMTPException:
                line.close()
        self._idle.clear()

    def _take_idle(self) -> aiosmtplib.SMTP | None:
        now = asyncio.get_running_loop().time()
        while self._idle:
            line, since = self._idle.pop()
            if line.is_connected and now - since < IDLE:
                return line
            line.close()
        return None

    async def connect(self) -> aiosmtplib.SMTP:
        """A line that is ready for a mail. Raises ChannelError.

        A token that is refused may have been taken back before its time: a new one is tried, once.
        """
        tokens = self._tokens
        if tokens is None:
            return await self._dial(self._settings.password.get_secret_value())
        try:
            token = await tokens.token()
            try:
                return await self._dial(token)
            except ChannelError as error:
                fresh = await tokens.instead_of(token) if error.trouble == LOGIN else token
                if fresh == token:
                    raise
            return await self._dial(fresh)
        except TokenError as error:
            raise ChannelError(error.text, broken=True, trouble=NO_TOKEN) from error

    async def _dial(self, secret: str) -> aiosmtplib.SMTP:
        settings = self._settings

        async def token() -> str:
            return secret

        line = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username or None,
            password=secret if settings.username and not settings.oauth else None,
            oauth_token_generator=token if settings.oauth else None,
            local_hostname=settings.hostname or None,
            timeout=settings.timeout,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            cert_bundle=str(settings.ca_file) if settings.ca_file else None,
        )
        try:
            async with asyncio.timeout(settings.timeout):
                await line.connect()
                await greet(line)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            line.close()
            code = str(error.code) if isinstance(error, aiosmtplib.SMTPResponseException) else ""
            said = without_password(words(error), settings.username, secret)
            raise ChannelError(said, code=code, broken=True, trouble=trouble_of(error)) from error
        return line

    async def _hand_over(self, line: aiosmtplib.SMTP, mail: OutgoingMail) -> Receipt:
        """One transaction. The line stays open if the relay answered to all of it, and is closed otherwise."""
        begun = usable = False
        try:
            async with asyncio.timeout(self._settings.timeout):
                await line.mail(mail.envelope_from, options=mail_options(line, mail.raw), timeout=None)
                await line.rcpt(mail.recipient, timeout=None)
            begun = True
            async with asyncio.timeout(self._settings.final_timeout):
                reply = await line.data(mail.raw, timeout=None)
            usable = True
        except aiosmtplib.SMTPResponseException as error:
            if error.code < 0:  # aiosmtplib's number for what is no reply at all
                raise ChannelError(words(error), unsent=not begun, broken=True, trouble=trouble_of(error)) from error
            usable = await reset(line)
            raise refused(error) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            trouble = "" if begun else trouble_of(error)
            raise ChannelError(words(error), unsent=not begun, broken=not begun, trouble=trouble) from error
        finally:
            self._put_back(line, usable=usable)
        text = clean_header(reply.message)
        queued = QUEUE_ID.search(text)
        return Receipt(queued[1] if queued else "", text)

    def _put_back(self, line: aiosmtplib.SMTP, *, usable: bool) -> None:
        if usable:
            self._idle.append((line, asyncio.get_running_loop().time()))
        else:
            line.close()


def check_mail(message: Outgoing) -> OutgoingMail:
    """The mail, if both its addresses are plain ones: nothing else may stand in a command."""
    if not isinstance(message, OutgoingMail):
        raise ChannelError("not a mail", permanent=True)
    try:
        clean_address(message.recipient)
        clean_address(message.envelope_from)
    except ValueError as error:
        raise ChannelError(str(error), permanent=True) from error
    return message


async def greet(line: aiosmtplib.SMTP) -> None:
    """Says EHLO, or HELO to a relay that does not know it, unless connecting has done so."""
    if line.is_ehlo_or_helo_needed:
        try:
            await line.ehlo()
        except aiosmtplib.SMTPHeloError:
            await line.helo()


def mail_options(line: aiosmtplib.SMTP, raw: bytes) -> list[str]:
    """What we tell about the mail, as far as the relay wants to know."""
    options = [f"SIZE={len(raw)}"] if line.supports_extension("size") else []
    if not raw.isascii() and line.supports_extension("8bitmime"):
        options.append("BODY=8BITMIME")
    return options


async def reset(line: aiosmtplib.SMTP) -> bool:
    """Takes back a refused mail; whether the line can go on."""
    try:
        await line.rset(timeout=5)
    except aiosmtplib.SMTPException:
        return False
    return True


def refused(error: aiosmtplib.SMTPResponseException) -> ChannelError:
    """What a refusal means: it concerns this mail alone, or everything that we would send (reliability 2.2)."""
    final = error.code >= 500  # noqa: PLR2004  -- RFC 5321 4.2.1
    about_us = isinstance(error, aiosmtplib.SMTPSenderRefused) and final and error.code != 552  # noqa: PLR2004  -- size
    broken = about_us or error.code in (421, *AUTH_WANTED) or "too many" in error.message.lower()
    trouble = trouble_of(error) if broken else ""
    return ChannelError(
        words(error), code=str(error.code), permanent=final and not broken, broken=broken, trouble=trouble
    )


def trouble_of(error: Exception) -> str:
    """What is wrong between the relay and us, for the administrator (docs/operating.md says what to do)."""
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
    said = str(error).lower()
    if (
        isinstance(error, aiosmtplib.SMTPAuthenticationError)
        or code in AUTH_WANTED
        or "auth extension" in said
        or "xoauth2" in said
    ):
        return LOGIN
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError) or "starttls" in said:
        return "the line to the relay cannot be encrypted"
    if "too many" in said:
        return "the relay takes no more from us for now"
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        return "the relay refuses our sender address"
    return "the relay refuses us" if code > 0 else "the relay cannot be reached"


def without_password(text: str, user: str, password: str) -> str:
    """The text without our password, should the relay repeat it to us, plain or as AUTH has it."""
    bearer = f"user={user}\1auth=Bearer {password}\1\1"  # XOAUTH2
    for form in (f"\0{user}\0{password}", bearer, password) if password else ():
        text = text.replace(form, "[…]").replace(b64encode(form.encode()).decode(), "[…]")
    return text


def words(error: Exception) -> str:
    """The error in one clean line."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return clean_header(f"{error.code} {error.message}")
    return clean_header(str(error)) or "no answer in time"


def is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


# ---- what to change, for `faultdesk check` ----

ADVICE: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "no machine of this name is known; check host and this machine's DNS"),
    (ConnectionRefusedError, "nothing listens there; check port: usually 587 with starttls, 465 with tls"),
    (
        ssl.SSLCertVerificationError,
        "its certificate is not trusted; name its authority in ca_file, or write its full name as host",
    ),
    (
        aiosmtplib.SMTPAuthenticationError,
        "the login is refused; check username and password (some providers want an app password)",
    ),
    (ssl.SSLError, 'no encryption could be agreed on; try security = "starttls" with port 587, or "tls" with 465'),
    (TimeoutError, "no answer in time; check host, port, security, and the firewall between"),
)
WORDS_OF = (
    ("XOAUTH2", "it takes no access tokens (XOAUTH2) on this line; check host, port and security"),
    ("STARTTLS", 'it offers no STARTTLS on this port; try security = "tls" with port 465'),
    ("AUTH", "it offers no login on this line; check security, or take username and password away"),
)


def advice(failure: ChannelError) -> str:
    """Why no line could be had, and what to change."""
    causes = list(causes_of(failure))
    no_token = (one.remedy for one in causes if isinstance(one, TokenError))
    known = (text for kind, text in ADVICE if any(isinstance(one, kind) for one in causes))
    said = (text for word, text in WORDS_OF if word in failure.text.upper())
    return f"{next(no_token, next(known, next(said, 'it does not take us')))} ({failure.text})"


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
