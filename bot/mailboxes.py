"""What the mailboxes are remembered by, and how the desk hears when one cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.desk.mailboxes import tell_trouble
from bot.desk.work import House, Work
from bot.domain.mailboxes import MailboxState
from bot.render import Renderer
from channels.base import NotNow
from storage import mailboxes
from storage.store import Store

T = TypeVar("T")
Shown = Callable[[str, int, int], None]


def progress_of(renderer: Renderer, locale: str, say: Callable[[str], None] | None) -> Shown:
    """Says how far a long import has come, where there is somebody to say it to."""

    def show(mailbox: str, count: int, total: int) -> None:
        if say:
            say(renderer.phrase(locale, "mailbox_progress", mailbox=mailbox, count=count, total=total))

    return show


class MailboxKeeper:
    """The memory of all mailboxes.

    Args:
        store: where it lies.
        house: the rules as they are now.
        clock: now.
        done: called when somebody is to be told something.
        shown: called with mailbox, mails done and mails in all while a long import goes on.
    """

    def __init__(
        self, store: Store, house: Callable[[], House], clock: Clock, done: Callable[[], None], shown: Shown
    ) -> None:
        self.store, self.house, self.clock, self._done, self.progress = store, house, clock, done, shown

    async def load(self, mailbox: str) -> MailboxState | None:
        """What is known of a mailbox; None before its first start."""
        return await self.store.read(lambda db: mailboxes.load(db, mailbox))

    async def keep(self, mailbox: str, state: MailboxState) -> None:
        """Remembers it. Raises NotNow while the database cannot write."""
        await self._write(lambda db: mailboxes.keep(db, mailbox, state))

    async def stored(self, sources: Sequence[str]) -> set[str]:
        """Those of the sources whose mails are stored."""
        return await self.store.read(lambda db: mailboxes.stored(db, sources))

    async def report(self, mailbox: str, kind: str, text: str) -> None:
        """Tells the desk, once a day for each kind of trouble. Raises NotNow while the database cannot write."""
        await self._write(lambda db: tell_trouble(Work(db, self.house(), self.clock.now()), mailbox, kind, text))
        self._done()

    async def _write(self, unit: Callable[[Connection], T]) -> T:
        try:
            return await self.store.write(unit)
        except DBAPIError as error:
            raise NotNow("the database cannot write") from error
