"""The loops that make something of what came in: mails by way of the parser's children, chat words at once."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.clock import Bell, Clock
from bot.commands.by_mail import take_in
from bot.commands.files import is_brought
from bot.commands.run import obey
from bot.desk.mailroom import take_in_unreadable
from bot.desk.work import House, Work
from bot.domain.digest import header_of, mail_digest
from bot.domain.failpoints import reach
from bot.domain.messages import Incoming, IncomingMail, ParsedMail
from bot.files import Files
from bot.loops import where
from bot.parsing.pool import ParseFailed, ParserPool
from channels.base import NotNow
from storage import inbox
from storage.store import Store

log = logging.getLogger("faultdesk.intake")
Unit = Callable[[Connection], object]
MOST_AT_ONCE = 16
MOST_DEATHS = 2
MOST_FAILURES = 3
MOST_ENDS = 5
"""A mail that was in hand each time this process ended, so often, is read no more: it is what ends it (P4).

It is: since from the third time on it was alone in hand (`inbox.SUSPECT`).
"""
FRESH = timedelta(minutes=10)
"""A mail this young goes before those that have waited anyway: else a fault of now would be confirmed only once ten
thousand mails of a new mailbox, or of an outage, are tickets. And only one that is not LARGE does, the smallest first:
what takes long to read, or was made to, is hardly ever small. Only the order hangs on it; a restart forgets it."""
ALONE_FROM = 256 * 1024
"""Bytes above which mails are stored one at a time, lest a commit for which others wait holds many of them. One with a
photo is below: a commit of its own for each would halve their rate."""
AGE_COUNTS_EACH = 8
"""Each eighth claim is by age alone, so that nothing waits for ever."""
FULL = ("disk is full", "No space left on device")
"""How SQLite and PostgreSQL say so."""
SAFETY = 5.0
"""Seconds after which a loop looks by itself, should a bell have been missed."""


class Intake:
    """Takes in what the channels have stored."""

    def __init__(
        self,
        store: Store,
        pool: ParserPool,
        house: Callable[[], House],
        clock: Clock,
        done: Callable[[], None],
        *,
        files: Files,
    ) -> None:
        self.store, self.pool, self.house, self.clock, self._done = store, pool, house, clock, done
        self.mails, self.chats = Bell(), Bell()
        self._files = files
        self._bringing: set[asyncio.Task[None]] = set()
        self._turns: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._running: set[asyncio.Task[None]] = set()
        # one large mail at a time is stored and read: to save memory, and to leave a child process for the others
        self._storing, self._large = asyncio.Semaphore(1), asyncio.Semaphore(1)
        self._alone = False  # whether the mail in hand is a suspect: nothing else starts, lest it be blamed
        self._others_wait = True  # whether LARGE or old (not FRESH) mails may be waiting; unknown at the start
        self._fresh: list[tuple[int, int]] = []  # size and id of newer mails, which go before those
        self._claims = 0
        self._patient = 0  # large mails that wait for their turn; they do not count as in hand

    async def receive(self, incoming: Incoming) -> None:
        """Commits what a channel brings: only then may it say "accepted" (P1). Raises NotNow when it cannot (P13)."""
        try:
            if isinstance(incoming, IncomingMail):
                async with self._storing if len(incoming.raw) > ALONE_FROM else nullcontext():
                    digest = await _digest(incoming.raw)
                    new = await self.store.write(lambda db: inbox.keep_mail(db, incoming, digest))
                self._note(new, incoming)
                reach("inbox.mail_stored")
                self.mails.ring()
            else:
                await self.store.write(lambda db: inbox.keep_chat(db, incoming), first=True)
                reach("inbox.chat_stored")
                self.chats.ring()
        except DBAPIError as error:
            full = any(words in str(error.orig) for words in FULL)
            raise NotNow("the disk is full" if full else "the database cannot write") from error

    # ---- mails ----

    def _note(self, new: int | None, mail: IncomingMail) -> None:
        """A mail was stored (its row's id, if it is new): it goes before others, or others before it."""
        if len(mail.raw) > inbox.LARGE or self.clock.now() - mail.received_at > FRESH:
            self._others_wait = True
        elif self._others_wait and new is not None:
            self._fresh.append((len(mail.raw), new))

    async def mail_cycle(self) -> None:
        """Claims waiting mails and starts on them; waits when there are none or when enough are in hand."""
        room = MOST_AT_ONCE - len(self._running) + self._patient
        self._claims = (self._claims + 1) % AGE_COUNTS_EACH
        self._fresh.sort()
        first = [new for _, new in self._fresh[:room]] if self._claims else []
        rows = await self.store.write(lambda db: self._claim(db, room, first)) if room else []
        if not self._alone:
            del self._fresh[: len(first)]
            self._others_wait = self._others_wait and len(rows) >= room
        for row in rows:
            task = asyncio.create_task(self._one_mail(row))
            self._running.add(task)
            task.add_done_callback(self._ended)
        if len(rows) < room or not room:
            await self.clock.wait(self.mails, None, SAFETY)

    def _claim(self, db: Connection, room: int, first: Sequence[int]) -> list[Any]:
        """What was in hand at two ends of the process is taken alone: the next end is its own."""
        if self._alone and self._running:
            return []
        self._alone = inbox.suspect_waits(db)
        if not self._alone:
            return inbox.claim(db, room, first)
        return [] if self._running else inbox.claim_suspect(db)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self.mails.ring()

    async def close(self) -> None:
        """Lets the mails in hand end. Files that are being brought are brought again at the next start."""
        for task in self._bringing:
            task.cancel()
        if self._running or self._bringing:
            await asyncio.wait(self._running | self._bringing, timeout=5)

    async def _one_mail(self, row: Any) -> None:
        await self._one(row, self._read(row))

    async def _read(self, row: Any) -> None:
        reach("inbox.claimed")
        await self.store.write(await (self._found_large(row) if row.raw is None else self._found(row, row.raw)))

    async def _found_large(self, row: Any) -> Unit:
        """Its turn ends once it has been read: the next one is, while this one waits for its commit."""
        self._patient += 1
        self.mails.ring()
        async with self._large:
            self._patient -= 1
            raw = await self.store.read(lambda db: inbox.raw_of(db, row.id))
            return await self._found(row, raw or b"")

    async def _found(self, row: Any, raw: bytes) -> Unit:
        """What is to be written about a mail, now that it has been read."""
        if row.attempts > MOST_ENDS:
            return await self._unread(row, raw, f"Faultdesk ended {MOST_ENDS} times over it")
        try:
            mail = await self.pool.parse(raw)
        except ParseFailed as failure:
            return await self._unread(row, raw, str(failure))
        reach("inbox.parsed")
        return lambda db: take_in(self._work(db), row, mail)

    async def _unread(self, row: Any, raw: bytes, reason: str) -> Unit:
        log.warning("a mail could not be read", extra={"inbox": row.id, "attempt": row.attempts})
        if row.attempts < MOST_DEATHS:
            return lambda db: inbox.release(db, row.id)
        head = await self._head(raw)
        return lambda db: take_in_unreadable(self._work(db), row, reason, head)

    async def _head(self, raw: bytes) -> ParsedMail | None:
        """Who wrote a mail that cannot be read, and about what, if at least its header can be."""
        try:
            return await self.pool.parse(header_of(raw))
        except ParseFailed:
            return None

    # ---- chat ----

    async def chat_cycle(self) -> None:
        """Obeys waiting chat messages one after the other, in the order in which they came."""
        rows = await self.store.write(lambda db: inbox.claim_said(db, MOST_AT_ONCE), first=True)
        for row in rows:
            if row.chat.get("file"):  # it takes a while: what others say meanwhile does not wait for it
                task = asyncio.create_task(self._one(row, self._with_its_file(row)))
                self._bringing.add(task)
                task.add_done_callback(self._bringing.discard)
            else:
                await self._one(row, self._obeyed(row))
        if not rows:
            await self.clock.wait(self.chats, None, SAFETY)

    async def _obeyed(self, row: Any) -> None:
        if row.attempts > MOST_ENDS:  # it was alone in hand when the process ended, again and again
            log.error("a chat message is given up", extra={"inbox": row.id, "attempt": row.attempts})
            reason = f"Faultdesk ended {MOST_ENDS} times over it"
            await self.store.write(lambda db: inbox.quarantine(db, row.id, reason, self.clock.now()))
        else:
            await self.store.write(lambda db: obey(self._work(db), row), first=True)

    async def _with_its_file(self, row: Any) -> None:
        """A message with a file: obeyed once the file is here, or given up. In one chat they stay in their order."""
        async with self._turns[row.channel, row.chat["chat"]]:
            if await self.store.read(lambda db: is_brought(self._work(db), row)):
                row = await self._files.bring(row)
            await self._obeyed(row)
        self.chats.ring()  # others of its album may wait again

    # ---- both ----

    async def _one(self, row: Any, work: Awaitable[Any]) -> None:
        """One row's work. What breaks the program is tried again, then parked; it never stops the loop (P4)."""
        try:
            await work
            reach("inbox.done")
        except (OSError, OperationalError) as error:  # no child, no disk, no database: the item is not to blame
            log.error("an item has to wait: %s", where(error), extra={"inbox": row.id})  # noqa: TRY400
            await asyncio.sleep(1)
            await self._surely(lambda db: inbox.release(db, row.id, uncount=True))
        except Exception as error:  # noqa: BLE001  -- the scope of one item: a mistake of ours about it
            await self._park(row, error)
        self._done()

    async def _park(self, row: Any, error: Exception) -> None:
        log.error("an item failed: %s", where(error), extra={"inbox": row.id, "attempt": row.attempts})
        if row.attempts < MOST_FAILURES:
            await self._surely(lambda db: inbox.release(db, row.id))
        else:
            await self._surely(lambda db: inbox.quarantine(db, row.id, where(error), self.clock.now()))

    async def _surely(self, unit: Callable[[Connection], None]) -> None:
        """Writes, however long the database cannot: else the item would stay in hand until the next start."""
        while True:
            try:
                return await self.store.write(unit)
            except DBAPIError as error:
                log.error("cannot write: %s", where(error))  # noqa: TRY400
                await asyncio.sleep(1)

    def _work(self, db: Connection) -> Work:
        return Work(db, self.house(), self.clock.now())


async def _digest(raw: bytes) -> str:
    """In a thread for a large mail: that of 35 MB would hold up everything for a tenth of a second."""
    return await asyncio.to_thread(mail_digest, raw) if len(raw) > inbox.LARGE else mail_digest(raw)
