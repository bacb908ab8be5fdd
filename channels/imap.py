"""Reads a mailbox by IMAP and hands its mails over; touches nothing there before a mail is committed (P1)."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.domain.failpoints import reach
from bot.domain.mailboxes import AWAY, GRANT, ISSUER, LOGIN, MOVE, START, TOKEN, UNREADABLE, MailboxState, received
from bot.domain.messages import IncomingMail
from bot.domain.uids import UidSet
from channels.base import NotNow, Receive
from channels.imap_again import recall
from channels.imap_line import Head, Line
from channels.imap_login import connect
from channels.imap_rules import ImapSettings, Keeper, Trouble
from channels.imap_setbacks import CUT_SHORT, TRIES, Setbacks
from channels.imap_threads import in_thread
from channels.oauth import AccessTokens

__all__ = ["Imap", "ImapSettings"]

log = logging.getLogger("faultdesk.imap")
T = TypeVar("T")

AT_ONCE = 200
"""Mails that are asked about in one command."""
BYTES_AT_ONCE = 4 * 2**20
"""Bytes of mails that are fetched in one command; a larger mail comes alone."""
MOVED_AT_ONCE = 500
FEW = 50
"""Waiting mails that a first start takes without being told to."""
SHOWN_FROM, SHOWN_EVERY = 200, 3.0
"""Waiting mails from which on the progress is shown, and the seconds between."""
WHOLE_LOOK = 600.0
"""Seconds after which what could not be moved is tried again."""
UNHEARD = 300.0
"""Seconds that a server may be away before people are told."""
PATIENT = (AWAY, ISSUER)
"""Troubles that pass by themselves as a rule."""
PAUSES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys((LOGIN, TOKEN, GRANT), (60, 1800)),
    AWAY: (0.5, 60),
    ISSUER: (5, 60),
}
OTHER_PAUSES = (10.0, 300.0)
"""Seconds to wait after a failure: the first time, doubled each time, at most. Repeated logins lock accounts."""


class Imap:
    """The inlet for one mailbox.

    Args:
        settings: where it is and how it is read.
        keeper: who remembers it, and who is told when it cannot be read.
        clock: now, in UTC.
        zone: in which a `start` that is a date begins.
        tokens: who gives access tokens, where it is opened by these.
        patience: what every pause is multiplied by (tests).
    """

    def __init__(
        self,
        settings: ImapSettings,
        keeper: Keeper,
        clock: Callable[[], datetime],
        zone: ZoneInfo,
        *,
        tokens: AccessTokens | None = None,
        patience: float = 1.0,
    ) -> None:
        self.settings, self.keeper, self.clock, self.zone = settings, keeper, clock, zone
        self.name, self._tokens = settings.key, tokens
        self.read = asyncio.Event()  # set once all that lay there has been read
        self._doubts: dict[str, str] = {}  # what is wrong with single mails
        self._trouble = ""
        self._patience = patience
        self._line: Line | None = None
        self._state: MailboxState
        self._setbacks = Setbacks(patience)
        self._stuck: set[int] = set()  # stored, and the server did not move them
        self._places: dict[str, str] = {}
        self._looked_at = -WHOLE_LOOK
        self._troubled: tuple[str, float, int, bool] = ("", 0.0, 0, False)  # kind, since when, how often, told

    async def begin(self, seconds: float = 10) -> None:
        """Before the daemon starts: lets the server say whether a choice is needed. Raises Trouble (START) alone."""
        if self.settings.start or await self.keeper.load(self.name):
            return
        try:
            async with asyncio.timeout(seconds):
                await self._open()
        except Trouble as trouble:
            if trouble.kind == START:
                raise
        except (TimeoutError, NotNow):
            pass  # it is told when `run` finds the same
        finally:
            self._cut()

    async def run(self, receive: Receive) -> None:
        """Brings in mails until cancelled, however often the server goes away."""
        while True:
            try:
                await self._session(receive)
            except Trouble as trouble:
                pause = await self._note(trouble)
            except NotNow as reason:
                self._trouble = str(reason)
                pause = 2.0
            finally:
                self._cut()
            await asyncio.sleep(pause * self._patience * random.uniform(0.8, 1.2))  # noqa: S311  -- spreads the load

    async def _session(self, receive: Receive) -> None:
        await self._open()
        while True:
            await self._look(receive)
            self.read.set()
            await self._well()
            await self._wait()

    async def _open(self) -> None:
        self._line = line = await connect(self.settings, self._tokens, self._hold)
        state = await self.keeper.load(self.name)
        if state is None or state.uidvalidity != line.uidvalidity:
            state = await self._first_look(state)
            await self.keeper.keep(self.name, state)
        self._state = state

    async def _first_look(self, before: MailboxState | None) -> MailboxState:
        """What is ours in a folder that we have never seen, or whose UIDs mean something new (digests tell, P2).

        A start from now on remembers the stamp of the newest mail that lay there, by the server's own clock: should the
        UIDs be lost, a mail of that same second may come too much, but none is missed.
        """
        line = self._connected()
        self._setbacks.clear()
        self._stuck.clear()
        uids = await in_thread(line.uids)
        left = UidSet()
        if before is None and self.settings.start == "now":
            if uids:
                left.add_span(1, uids[-1])
            newest = [head.stamp for head in (await in_thread(line.heads, uids[-AT_ONCE:])).values() if head.stamp]
            return MailboxState(line.uidvalidity, left, min(max(newest), self.clock()) if newest else None)
        if before:
            log.warning("mailbox %s: its UIDVALIDITY changed, all of it is compared", self.name)
        start_at = before.start_at if before else self._start(len(uids))
        for some in chunks(uids, AT_ONCE) if start_at else ():
            heads = await in_thread(line.heads, some)
            left.add(uid for uid, head in heads.items() if start_at and head.stamp and head.stamp < start_at)
        return MailboxState(line.uidvalidity, left, start_at)

    def _start(self, waiting: int) -> datetime | None:
        """From when on mails are ours; None: all. Raises Trouble when many wait and nobody has said what to do."""
        choice = self.settings.start
        if isinstance(choice, date):
            return datetime.combine(choice, time(), self.zone)
        if not choice and waiting > FEW:
            raise Trouble(START, f"{waiting} mails wait in {self.name}")
        return None

    # ---- a look into the folder ----

    async def _look(self, receive: Receive) -> None:
        """Takes in all that waits. The mails that went wrong come last, so that they hold up nobody (P4).

        What comes meanwhile goes before what lay there, lest a fault of now wait for ten thousand old ones.
        """
        line, state = self._connected(), self._state
        now = asyncio.get_running_loop().time()
        if now - self._looked_at >= WHOLE_LOOK:
            self._stuck.clear()
            self._doubts.clear()
            self._looked_at = now
        uids = [uid for uid in await in_thread(line.uids, state.left.floor) if uid not in state.left]
        waiting = [uid for uid in uids if uid not in self._stuck and self._setbacks.may_try(uid, now)]
        waiting.sort(key=lambda uid: (self._setbacks.count(uid), uid))
        shown = Progress(self, len(waiting))
        put_away: dict[str, list[int]] = {self.settings.processed: [], self.settings.oversize: []}
        newest = uids[-1] if uids else 0
        while waiting:
            some, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            for uid, head in (await self._take(some, receive)).items():
                put_away[self._place(head)].append(uid)
            shown.step(len(some))
            if sum(map(len, put_away.values())) >= MOVED_AT_ONCE:
                await self._put_away(put_away)
            if waiting and (fresh := await in_thread(line.uids, newest)):
                newest = fresh[-1]
                waiting = fresh + waiting
                shown.grow(len(fresh))
        await self._put_away(put_away)
        shown.end()

    async def _take(self, uids: Sequence[int], receive: Receive) -> dict[int, Head]:
        """Stores these mails, as far as they are there and are not yet. Gives those that are stored now."""
        sources = {uid: self._source(uid) for uid in uids}
        stored = await self.keeper.stored(list(sources.values()))
        heads = await in_thread(self._connected().heads, uids)
        done = {uid: head for uid, head in heads.items() if sources[uid] in stored}
        new = {uid: heads[uid] for uid in uids if uid in heads and uid not in done}
        for some in self._portions(new):
            raws = await self._fetch(some, new)
            if empty := [uid for uid, raw in raws.items() if not raw]:
                self._setbacks.note(empty, asyncio.get_running_loop().time(), at_least=TRIES)
                await self._doubt(UNREADABLE, f"UID {empty[0]}: the server gives no content")
            mails = {uid: self._mail(uid, raw, new[uid]) for uid, raw in raws.items() if raw}
            await asyncio.gather(*map(receive, mails.values()))
            for uid in mails:
                self._setbacks.forget(uid)
                done[uid] = new[uid]
        return done

    def _portions(self, heads: Mapping[int, Head]) -> Iterator[list[int]]:
        """What is fetched together: few bytes at once; alone what is large or went wrong before."""
        together: list[int] = []
        size = 0
        for uid, head in heads.items():
            if self._setbacks.count(uid) or self._is_oversize(head):
                yield [uid]
                continue
            if together and size + head.size > BYTES_AT_ONCE:
                yield together
                together, size = [], 0
            together.append(uid)
            size += head.size
        if together:
            yield together

    async def _fetch(self, uids: Sequence[int], heads: Mapping[int, Head]) -> Mapping[int, bytes]:
        line = self._connected()
        try:
            if self._is_oversize(heads[uids[0]]) or self._setbacks.count(uids[0]) >= CUT_SHORT:
                return await in_thread(line.beginning, uids[0])
            return await in_thread(line.bodies, uids, sum(heads[uid].size for uid in uids))
        except Trouble:
            self._setbacks.note(uids, asyncio.get_running_loop().time())
            if len(uids) == 1 and self._setbacks.count(uids[0]) == TRIES:
                await self._doubt(UNREADABLE, f"UID {uids[0]} ends the connection")
            raise

    def _mail(self, uid: int, raw: bytes, head: Head) -> IncomingMail:
        at = received(head.stamp, self.clock())
        if head.stamp is not None and at < head.stamp:
            log.warning("mailbox %s: its clock runs ahead of ours, a mail counts from now", self.name)
        is_cut = (self._is_oversize(head) or self._setbacks.count(uid) >= CUT_SHORT) and len(raw) < head.size
        return IncomingMail(
            channel="imap",
            raw=raw,
            received_at=at,
            source=self._source(uid),
            whole_size=head.size if is_cut else 0,
        )

    def _source(self, uid: int) -> str:
        return f"{self.name}/{self._state.uidvalidity}/{uid}"

    def _is_oversize(self, head: Head) -> bool:
        return head.size > self.settings.max_size

    def _place(self, head: Head) -> str:
        return self.settings.oversize if self._is_oversize(head) else self.settings.processed

    async def _put_away(self, places: Mapping[str, list[int]]) -> None:
        """Moves what is stored; what the server cannot move is remembered, or tried again with the next whole look."""
        line = self._connected()
        for folder, uids in places.items():
            if not uids:
                continue
            if not folder or not line.can_move:
                self._state.left.add(uids)
                await self.keeper.keep(self.name, self._state)
            elif reason := await self._move(line, uids, folder):
                self._stuck.update(uids)
                await self._doubt(MOVE, reason)
            uids.clear()

    async def _move(self, line: Line, uids: Sequence[int], folder: str) -> str:
        place = self._places.get(folder) or await in_thread(line.ensure, folder)
        if not place:
            return f"the folder {folder} is not there and cannot be made"
        self._places[folder] = place
        reason = await in_thread(line.move, uids, place)
        reach("imap.moved")
        if reason:
            del self._places[folder]
        return reason

    async def _wait(self) -> None:
        """Until there may be new mail."""
        line, seconds = self._connected(), self.settings.poll_seconds
        if self.settings.idle and line.can_idle:
            await in_thread(line.idle, seconds)
        else:
            await asyncio.sleep(seconds)

    async def recall(self, since: datetime, receive: Receive) -> int:
        """Brings in again what was stored and put away since then (P14). Raises OSError, NotNow."""
        return await recall(self.settings, (since, self.clock()), receive, self._tokens)

    # ---- when it is not well ----

    async def _note(self, trouble: Trouble) -> float:
        """Remembers what is wrong, tells people once, and gives the seconds to wait."""
        now = asyncio.get_running_loop().time()
        kind, since, times, told = self._troubled
        if kind != trouble.kind:
            since, times, told = now, 0, False
        self._trouble = f"{trouble.kind}: {trouble.text}"
        log.warning("mailbox %s cannot be read: %s", self.name, trouble.kind, extra={"attempt": times + 1})
        if not told and (trouble.kind not in PATIENT or now - since >= UNHEARD):
            told = True
            await self._report(trouble.kind, trouble.text)
        self._troubled = (trouble.kind, since, times + 1, told)
        first, most = PAUSES.get(trouble.kind, OTHER_PAUSES)
        return min(first * 2.0 ** min(times, 20), most)

    async def _well(self) -> None:
        _, _, _, told = self._troubled
        self._troubled, self._trouble = ("", 0.0, 0, False), ""
        if told:
            await self._report("", "")

    @property
    def problem(self) -> str:
        """What is not well; "" when all is."""
        wrong = [self._trouble, *(f"{kind}: {text}" for kind, text in self._doubts.items())]
        return "; ".join(f"mailbox {self.name}: {one}" for one in wrong if one)

    async def _doubt(self, kind: str, text: str) -> None:
        """Something is wrong with single mails; the mailbox is read."""
        if kind not in self._doubts:
            log.warning("mailbox %s: %s", self.name, kind)
            await self._report(kind, text)
        self._doubts[kind] = text

    async def _report(self, kind: str, text: str) -> None:
        try:
            await self.keeper.report(self.name, kind, text)
        except NotNow:
            log.error("nobody could be told about mailbox %s", self.name)  # noqa: TRY400  -- the disk is full

    # ---- the connection ----

    def _connected(self) -> Line:
        assert self._line is not None  # noqa: S101  -- only asked while there is one
        return self._line

    def _hold(self, line: Line) -> None:
        self._line = line

    def _cut(self) -> None:
        if self._line is not None:
            self._line.cut()
        self._line = None


class Progress:
    """Tells how far a long look has come, every few seconds."""

    def __init__(self, mailbox: Imap, total: int) -> None:
        self._mailbox, self._total, self._done = mailbox, total, 0
        self._next = 0.0

    def step(self, count: int) -> None:
        self._done += count
        now = asyncio.get_running_loop().time()
        if self._total >= SHOWN_FROM and now >= self._next:
            self._next = now + SHOWN_EVERY
            self._tell()

    def grow(self, count: int) -> None:
        self._total += count

    def end(self) -> None:
        if self._next:
            self._tell()

    def _tell(self) -> None:
        log.info("mailbox %s: %s of %s mails read", self._mailbox.name, self._done, self._total)
        self._mailbox.keeper.progress(self._mailbox.name, self._done, self._total)


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in pieces of at most this size."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
