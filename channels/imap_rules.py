"""How a mailbox is read by IMAP: its settings, what is remembered of it elsewhere, how it fails."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal, Protocol, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from bot.domain.mailboxes import MailboxState
from channels.base import Finding
from channels.oauth import OAuthSettings

MIB = 2**20
LONGEST_IDLE = 28 * 60
"""Seconds: a server may end an IDLE of half an hour (RFC 2177)."""
NAME = r"^[^\x00-\x1f\x7f]*$"


def start_of(value: object) -> object:
    """The choice, a date as it is written. Raises ValueError for anything else."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date) or (isinstance(value, str) and value in {"", "now", "all"}):
        return value
    with suppress(TypeError, ValueError):
        return date.fromisoformat(value)  # type: ignore[arg-type]
    raise ValueError('write "now", "all" or a date like 2026-11-01')


class ImapSettings(BaseModel):
    """How the daemon reads one mailbox."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(description="The mail server's name.", pattern=r"^[A-Za-z0-9.:-]{1,253}$")
    port: int = Field(993, ge=1, le=65535, description="Its port; usually 993 with tls, 143 with starttls.")
    security: Literal["tls", "starttls", "none"] = Field("tls", description="How the connection is encrypted.")
    allow_plaintext: bool = Field(
        default=False, description='Allows security = "none", which sends the password unencrypted.'
    )
    ca_file: Path | None = Field(None, description="Certificates (PEM) to trust instead of the system's.")
    username: str = Field(description="Name to log in with, often the address.", min_length=1, pattern=NAME)
    password: SecretStr = Field(
        SecretStr(""), description="Password to log in with; at 163 and 126 the authorisation code."
    )
    token_command: tuple[str, ...] = Field(
        (), description="Instead of a password: the command that prints an OAuth 2 access token (XOAUTH2)."
    )
    oauth: OAuthSettings | None = Field(
        None, description="Instead of a password: an application at the provider that gets access tokens (XOAUTH2)."
    )
    folder: str = Field("INBOX", description="Folder that is read.", min_length=1, pattern=NAME)
    processed: str = Field(
        "Processed", description="Folder that stored mails are moved to; empty: they stay.", pattern=NAME
    )
    oversize: str = Field(
        "Oversize", description="Folder of mails above max_size; of those only the beginning is read.", pattern=NAME
    )
    start: Annotated[Literal["", "now", "all"] | date, BeforeValidator(start_of)] = Field(
        "", description='What a first start takes: "now" (what comes from now on), "all", or what came since a date.'
    )
    poll_seconds: float = Field(
        60, ge=1, le=LONGEST_IDLE, description="Seconds between two checks for new mail, even with idle."
    )
    idle: bool = Field(default=True, description="Let the server announce new mail at once, where it can (IDLE).")
    max_size: int = Field(35 * MIB, ge=64 * 1024, description="Largest mail in bytes that is read whole.")
    timeout: float = Field(30, gt=0, description="Seconds that the server may take for an answer.")

    @model_validator(mode="after")
    def _password_stays_secret(self) -> Self:
        if self.security == "none" and not self.allow_plaintext:
            raise ValueError('security = "none" sends the password readable for all; set allow_plaintext to do so')
        return self

    async def check(self, *, running: bool) -> list[Finding]:  # noqa: ARG002  -- a mailbox takes several lines
        """Logs in and opens the folder, as for reading it, and touches nothing there."""
        from channels.imap_again import look  # noqa: PLC0415  -- which needs these settings

        return await look(self)

    @property
    def key(self) -> str:
        """What the mailbox is called, here and in the database: it stays the same when the server's port changes."""
        return f"{self.username}@{self.host}/{self.folder}"


class Trouble(Exception):  # noqa: N818  -- what it is says its kind
    """Why a mailbox cannot be read at present: a kind of `bot.domain.mailboxes`, and the words of the other side."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


class Keeper(Protocol):
    """What a mailbox needs from those who remember. Each may raise `NotNow` while the database cannot write."""

    async def load(self, mailbox: str) -> MailboxState | None:
        """What is known of a mailbox; None before its first start."""

    async def keep(self, mailbox: str, state: MailboxState) -> None:
        """Remembers it."""

    async def stored(self, sources: Sequence[str]) -> set[str]:
        """Those of the sources whose mails are stored."""

    async def report(self, mailbox: str, kind: str, text: str) -> None:
        """Tells the desk what is wrong with it (a kind of bot.domain.mailboxes), or with "" that all is well again."""

    def progress(self, mailbox: str, done: int, total: int) -> None:
        """Shows how far a long import has come."""
