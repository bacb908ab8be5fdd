"""The loop that keeps the deadlines: wakes when one is due, raises what has come, ends what is over, gives digests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.clock import Bell, Clock
from bot.desk import assignment, digests, duty, handover, loans, moves, reachability, repairs, upcoming, waits, weekly
from bot.desk.alarms import raise_due, take_second_way
from bot.desk.work import House, Work
from bot.domain.failpoints import reach
from storage import tickets
from storage.store import Store

MOST_AT_ONCE = 1000
READY_WITHIN = timedelta(seconds=10)


class Alarms:
    """Raises alarms. `settled` is set while nothing overdue is left to decide: one message can then tell all of it."""

    def __init__(self, store: Store, house: Callable[[], House], clock: Clock, done: Callable[[], None]) -> None:
        self.store, self.house, self.clock, self._done = store, house, clock, done
        self.bell = Bell()
        self.settled = asyncio.Event()
        self.mailboxes_read = asyncio.Event()
        self._started_at = clock.now()

    async def cycle(self) -> None:
        """One sweep; then sleeps to the next alarm, at most a second (a longer sleep would miss a clock jump)."""
        if not self._may_begin():
            await self.clock.wait(self.bell, None, 0.1)
            return
        unread = not self.mailboxes_read.is_set()
        looked_at, coming = await self.store.write(lambda db: self.sweep(db, unread=unread))
        if looked_at:
            reach("alarms.raised")
            self._done()
        if looked_at >= MOST_AT_ONCE:
            self.settled.clear()
            return
        self.settled.set()
        await self.clock.wait(self.bell, coming, 1.0)

    def sweep(self, db: Connection, *, unread: bool = False) -> tuple[int, datetime | None]:
        """Everything whose time has come, in one transaction. Gives how much that was, and when more comes.

        None: nothing, or what is overdue and could not be done yet. That is looked at again in a second, not at once.
        """
        work = Work(db, self.house(), self.clock.now())
        coming = upcoming.next_at(work)
        if coming is None or coming > work.now:  # mostly: it is looked at each second
            return 0, coming
        looked_at = raise_due(work, MOST_AT_ONCE, mailbox_not_read=unread)
        looked_at += take_second_way(work) + digests.give(work) + duty.remind(work)
        looked_at += handover.check(work) + reachability.check(work) + weekly.give(work)
        looked_at += assignment.assign_due(work)
        looked_at += loans.remind(work) + repairs.remind(work) + waits.remind(work)
        over = tickets.to_close(db, work.now)
        for ticket in over:
            moves.close(work, ticket)
        coming = upcoming.next_at(work)
        return looked_at + len(over), coming if coming and coming > work.now else None

    def _may_begin(self) -> bool:
        """After a start the mailboxes are read first: the answer may lie there (decisions, Clocks)."""
        return self.mailboxes_read.is_set() or self.clock.now() - self._started_at >= READY_WITHIN
