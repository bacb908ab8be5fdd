"""A mailbox inlet under test: what it hands over is kept in memory, and what it reports is written down."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.digest import mail_digest
from bot.domain.mailboxes import MailboxState
from bot.domain.messages import Incoming, IncomingMail
from bot.domain.uids import UidSet
from channels.base import NotNow
from channels.imap import Imap
from channels.imap_rules import ImapSettings
from tests.parts.dovecot import PASSWORD, USER, subject_of
from tests.parts.patience import PATIENCE

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Desk:
    """Where the mails go: the keeper and the receiver of a mailbox, as a database would be, over all its starts."""

    def __init__(self) -> None:
        self.states: dict[str, tuple[int, str, datetime | None]] = {}
        self.mails: dict[str, IncomingMail] = {}  # by digest, as the inbox table has them
        self.sources: set[str] = set()
        self.copies = 0
        self.reports: list[tuple[str, str]] = []
        self.shown: list[tuple[int, int]] = []
        self.full = False

    async def receive(self, incoming: Incoming) -> None:
        assert isinstance(incoming, IncomingMail)
        if self.full:
            raise NotNow("the disk is full")
        await asyncio.sleep(0)
        digest = mail_digest(incoming.raw)
        if digest in self.mails:
            self.copies += 1
        else:
            self.mails[digest] = incoming
            self.sources.add(incoming.source)

    async def load(self, mailbox: str) -> MailboxState | None:
        known = self.states.get(mailbox)
        return MailboxState(known[0], UidSet(known[1]), known[2]) if known else None

    async def keep(self, mailbox: str, state: MailboxState) -> None:
        self.states[mailbox] = (state.uidvalidity, str(state.left), state.start_at)

    async def stored(self, sources: Any) -> set[str]:
        return self.sources & set(sources)

    async def report(self, mailbox: str, kind: str, text: str) -> None:
        self.reports.append((kind, text))

    def progress(self, mailbox: str, done: int, total: int) -> None:
        self.shown.append((done, total))

    def subjects(self) -> list[str]:
        """The subjects of all mails that were handed over, sorted."""
        return sorted(subject_of(mail.raw) for mail in list(self.mails.values()))  # asked in a thread

    @contextlib.asynccontextmanager
    async def reading(self, settings: ImapSettings, *, patience: float = 0.01) -> AsyncIterator[Imap]:
        """The inlet at work."""
        inlet = Imap(settings, self, lambda: datetime.now(UTC), SHANGHAI, patience=patience)
        running = asyncio.create_task(inlet.run(self.receive))
        try:
            yield inlet
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


def settings_for(port: int, **more: Any) -> ImapSettings:
    """A mailbox on this machine, in clear unless told otherwise."""
    how: dict[str, Any] = {"security": "none", "allow_plaintext": True, "password": PASSWORD, "timeout": 10}
    return ImapSettings(host="localhost", port=port, username=USER, **{**how, **more})


def securely(folder: Path, **more: Any) -> dict[str, Any]:
    """Options for a line that is encrypted and checked."""
    return {"security": "tls", "allow_plaintext": False, "ca_file": folder / "tls" / "cert.pem", **more}


async def until(holds: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Waits until it holds. A blocking question is asked in a thread."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(holds):  # noqa: ASYNC110  -- it asks a server
            await asyncio.sleep(0.02)
