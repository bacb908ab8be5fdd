"""The loop that sends: a turn is one transaction (note what ended, claim, fix the bytes), then comes the dialling."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from bot.clock import Bell, Clock
from bot.compose import ComposeError
from bot.desk import outages
from bot.desk.announce import REQUESTER
from bot.desk.cards import Face, faces, one_by_one
from bot.desk.delivery import (
    GATHERED,
    REACHED_WITHIN,
    Result,
    give_up,
    go_another_way,
    note_results,
    put_off,
    reroute_alerts,
    wanted,
)
from bot.desk.work import House, Work
from bot.domain.failpoints import reach
from bot.domain.messages import Outgoing, OutgoingChat
from bot.files import Files
from bot.logs import redact
from bot.loops import where
from bot.outgoing import Job, Scribe
from bot.render import FAILURES
from channels.base import ChannelError, Outlet, Paced, Probing
from storage import links, outbox, waiting
from storage.store import AwayError, Store

log = logging.getLogger("faultdesk.sender")
UNWRITABLE = (*FAILURES, ComposeError, KeyError, ValueError)
"""How the words of one message can fail: a template, a fact, a header."""
MOST_AT_ONCE = 32
FIRST_REST, LONGEST_REST, REST_SPREAD = 5.0, 300.0, 0.2
"""Seconds for which a channel that is unwell is left alone, doubled each time, ±20 %; then one message tries it."""
SAFETY = 5.0
"""Seconds after which the loop looks by itself, should the bell have been missed or the clock have jumped."""
PATIENCE = 45.0
"""Seconds after its decision in which a message to staff is out: no server's silence keeps it from another way (P9)."""
HOUR, SHARE_USED_UP = timedelta(hours=1), "the hour's share of messages is used up"
BUSY, SHORT_REST = 4, 0.004
"""With so many messages in hand, a rest of 4 ms lets results gather: fewer, larger transactions."""


class Sender:
    """Sends what waits for one channel."""

    def __init__(
        self,
        store: Store,
        outlet: Outlet,
        scribe: Scribe,
        house: Callable[[], House],
        clock: Clock,
        *,
        alerts_ready: Callable[[], bool] = lambda: True,
        max_per_hour: int | None = None,
        held_since: Callable[[], datetime | None] = lambda: None,
        ring_all: Callable[[], None] = lambda: None,
        files: Files | None = None,
    ) -> None:
        self.store, self.outlet, self.scribe, self.house, self.clock = store, outlet, scribe, house, clock
        self.bell = Bell()
        self._alerts_ready, self._max_per_hour, self._held_since = alerts_ready, max_per_hour, held_since
        self._ring_all, self._files = ring_all, files
        self._wait_for = outlet.wait_for if isinstance(outlet, Paced) else None
        self._results: list[Result] = []
        self._turning = False
        self._running: set[asyncio.Task[None]] = set()
        self.ended: Counter[str] = (
            Counter()
        )  # how messages ended since the start: sent, failed for now, refused for good
        self._started_at = self._rest_until = clock.now()
        self._rest_seconds = 0.0
        self._trouble, self._detail = "", ""  # what is wrong with the channel, in our words and in its own
        self._unsettled: bool | None = None  # whether people may have to be told; None: as the last run knew
        self._moved = False  # whether the last turn may have moved messages to other channels

    @property
    def problem(self) -> str:
        """What is wrong with the channel, since it was last seen well; for /healthz."""
        return redact(f"{self.outlet.name}: {self._said}") if self._said else ""

    @property
    def is_settled(self) -> bool:
        """Whether nothing is under way that the database does not show: a turn, a probe, what is to be told of it."""
        troubled = bool(self._said or getattr(self.outlet, "away", ""))
        return not self._turning and not self._running and troubled == bool(self._unsettled)

    @property
    def _said(self) -> str:
        return ": ".join(filter(None, (self._trouble, self._detail)))

    async def cycle(self) -> None:
        """One turn, then a wait for something to do."""
        if len(self._running) >= BUSY:
            await asyncio.sleep(SHORT_REST)
        results = tuple(self._results)
        self._turning = True
        try:
            chat = self._wait_for is not None  # somebody waits there for her answer
            jobs, next_try_at = await self.store.write(lambda db: self.turn(db, results), first=chat)
        finally:
            self._turning = False
        del self._results[: len(results)]  # only now: what could not be written down is noted in the next turn
        if self._moved:
            self._ring_all()
        for job in jobs:
            self._begin(self._deliver(job))
        now = self.clock.now()
        nothing_soon = next_try_at is None or next_try_at > now + timedelta(seconds=LONGEST_REST)
        if self._said and nothing_soon and not self._running and now >= self._rest_until:
            self._begin(self._probe())
        if not self._results:
            room = len(self._running) < MOST_AT_ONCE
            await self.clock.wait(self.bell, next_try_at if room else None, SAFETY)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """Lets what is being sent end, and writes down how."""
        if self._running:
            await asyncio.wait(self._running, timeout=5)
        try:
            await self.store.write(lambda db: note_results(self._work(db), self._results))
        except AwayError:  # the next start takes what was being sent for perhaps delivered
            log.error("how the last messages ended cannot be written down")  # noqa: TRY400
        await self.outlet.close()

    def turn(self, db: Connection, results: Sequence[Result]) -> tuple[list[Job], datetime | None]:
        """Notes the results, then takes what is due: drops what is not wanted, gathers alerts, fixes the bytes.

        Gives the messages to send, and when the next one after them is due.
        """
        work = self._work(db)
        note_results(work, results)
        self._moved = any(result.receipt is None for result in results)
        self._tell(work)
        held_since = self._held_since()
        if work.now < self._rest_until:
            if held_since:
                return [], self._rest_until
            reason = f"the channel is unwell: {self._said}"[:200]
            self._moved |= put_off(work, self.outlet.name, self._rest_until, reason)
            return [], outbox.next_try_at(db, self.outlet.name)
        coming = outbox.next_try_at(db, self.outlet.name)
        if coming is None or coming > work.now:  # the usual case: whoever adds a message rings the bell
            return [], None if held_since else coming
        rows = one_by_one(work, self.outlet.name, self._unexposed(work, self._due(work, held_since)))
        cards = [row.ticket_id for row in rows if row.kind == "card"]
        newest = outbox.newest_faces(db, self.outlet.name, cards)
        rows = self._with_room(work, rows, newest)
        groups = [group for one in _together(rows) if (group := self._still_wanted(work, one, newest))]
        fresh = faces(work, [group[0] for group in groups if group[0].kind == "card"])
        jobs = [job for group in groups if (job := self._prepare_or_give_up(work, group, fresh))]
        outbox.begin_attempts(db, [job.row for job in jobs], work.now)
        outbox.keep_payloads(db, {job.row.id: job.raw for job in jobs})
        return jobs, None if held_since else outbox.next_try_at(db, self.outlet.name)

    def _tell(self, work: Work) -> None:
        """People hear of a channel that stays unwell, by another one, and of its recovery (P9)."""
        name = self.outlet.name
        asked = self._unsettled is None and isinstance(self.outlet, Probing)
        if asked and (known := outages.facts_of(work.db, name)):
            self._trouble, self._detail = known["trouble"], known["detail"]  # assume that it lasts
        trouble = self._trouble or getattr(self.outlet, "away", "")
        told = False
        if trouble or self._detail:
            facts = {"outlet": name, "trouble": trouble, "detail": redact(self._detail)}
            facts["waiting"] = waiting.count(work.db, name)
            told = outages.goes_on(work, outages.Outage(name, "channel down", "channel well", facts, sick=name))
        elif self._unsettled is not False:
            told = outages.is_over(work, name)
        self._moved |= told
        self._unsettled = bool(trouble or self._detail or told)  # again after telling: it may not be committed

    def _due(self, work: Work, held_since: datetime | None) -> list[Any]:
        """Takes what is due; while the outbox is held after a restore, only what is on no ticket (P14)."""
        if held_since:
            room = MOST_AT_ONCE - len(self._running)
            return outbox.claim_free(work.db, self.outlet.name, work.now, room, held_since) if room else []
        room = self._room(work)
        return outbox.claim(work.db, self.outlet.name, work.now, room, alerts=self._alerts_ready()) if room else []

    def _unexposed(self, work: Work, rows: list[Any]) -> list[Any]:
        """Without what was to be said in a group that strangers can read by now (P17)."""
        closed = links.exposed(work.db, self.outlet.name) if rows else {}
        gone = [row.id for row in rows if row.address in closed]
        outbox.drop(work.db, gone, "strangers can read the group", work.now)
        return [row for row in rows if row.address not in closed]

    def _room(self, work: Work) -> int:
        """How many messages may go out now. When the hour's share is used up, what is due is put off."""
        room = (1 if self._rest_seconds else MOST_AT_ONCE) - len(self._running)
        if room <= 0 and work.now - self._started_at >= REACHED_WITHIN:
            self._moved |= reroute_alerts(work, self.outlet.name, "the channel is slow")
        if room <= 0 or not self._max_per_hour:
            return max(room, 0)
        tried = outbox.newest_attempts(work.db, self.outlet.name, self._max_per_hour)
        left = self._max_per_hour - sum(at > work.now - HOUR for at in tried)
        if left > 0:
            return min(room, left)
        self._moved |= put_off(work, self.outlet.name, tried[-1] + HOUR, SHARE_USED_UP)
        return 0

    def _with_room(self, work: Work, rows: list[Any], newest: set[int]) -> list[Any]:
        """Those for which the other side has room now; the others wait, and what is urgent does not wait long."""
        if not self._wait_for:
            return rows
        waits: dict[tuple[str, str], float] = {}  # alerts to one address are one message
        now: list[Any] = []
        later: list[tuple[Any, float]] = []
        for row in rows:
            key = (row.address, row.kind if row.kind in GATHERED else str(row.id))
            if key not in waits:
                waits[key] = 0.0 if wanted(row, newest) else self._wait_for(row.address, urgent=row.urgent)
            if waits[key] > 0:
                later.append((row, waits[key]))
            else:
                now.append(row)
        self._put_back(work, later)
        return now

    def _put_back(self, work: Work, later: list[tuple[Any, float]]) -> None:
        """What has no room waits, and with it whatever else is due there, lest it be asked about one by one."""
        waits: dict[tuple[str, bool], float] = {}
        for row, wait in later:
            too_long = row.urgent and row.person_id and wait >= REACHED_WITHIN.total_seconds()
            if not (too_long and go_another_way(work, row, "the channel has no room")):
                outbox.put_back(work.db, [row.id], work.now + timedelta(seconds=wait))
            waits[row.address, row.urgent] = wait
        for (address, urgent), wait in waits.items():
            until = work.now + timedelta(seconds=wait)
            waiting.hold(work.db, (self.outlet.name, address), work.now, until, urgent=urgent)

    def _still_wanted(self, work: Work, rows: list[Any], newest: set[int]) -> list[Any]:
        """Looks once more: what nobody wants any more is dropped; what is GATHERED for the same person joins (R16).

        One that was not tried yet carries the others: a mail that may have arrived is never repeated with other words.
        """
        if rows[0].kind in GATHERED:
            rows = [*rows, *outbox.claim_bundle(work.db, rows[0].kind, rows[0].channel, rows[0].address)]
        reasons = {row.id: wanted(row, newest) for row in rows}
        for reason in set(reasons.values()) - {""}:
            outbox.drop(work.db, [row for row, why in reasons.items() if why == reason], reason, work.now)
        rows = sorted((row for row in rows if not reasons[row.id]), key=lambda row: row.attempts > 1)
        if len(rows) > 1 and rows[0].channel == "mail" and rows[0].attempts > 1:
            for row in rows[1:]:
                outbox.retry(work.db, row.id, work.now, row.outcome, unsure=False)
            return rows[:1]
        if len(rows) > 1:
            outbox.carry(work.db, [row.id for row in rows[1:]], rows[0].id, work.now)
        return rows

    def _prepare_or_give_up(self, work: Work, rows: list[Any], fresh: dict[int, Face]) -> Job | None:
        """The message; None for one whose words cannot be made: it must not hold up the others, and the desk hears."""
        try:
            return replace(self._prepare(work, rows, fresh), since=min(row.created_at for row in rows))
        except UNWRITABLE as error:
            log.error("cannot be written: %s", where(error), extra={"outbox": rows[0].id, "kind": rows[0].kind})  # noqa: TRY400
            give_up(work, rows[0], "", f"cannot be written: {type(error).__name__}")
            return None

    def _prepare(self, work: Work, rows: list[Any], fresh: dict[int, Face]) -> Job:
        """The message: for a repeat of a mail the bytes of the first attempt."""
        first = rows[0]
        if first.attempts > 1 and first.channel == "mail" and len(rows) == 1:
            known = outbox.payloads(work.db, [first.id]).get(first.id)
            if known:
                return self.scribe.posted(work, first, known)
        if first.kind in GATHERED and (first.attempts > 1 or len(rows) > 1):
            rows = [first, *outbox.carried_by(work.db, first.id)]
        return self.scribe.write(work, rows, fresh.get(first.id))

    def _work(self, db: Connection) -> Work:
        return Work(db, self.house(), self.clock.now())

    async def _deliver(self, job: Job) -> None:
        try:
            reach("outbox.claimed")
            async with asyncio.timeout(self._patience(job)):
                receipt = await self.outlet.send(await self._with_files(job))
            reach("outbox.sent")
        except ChannelError as error:
            self._failed(job, error)
        except TimeoutError:
            self._failed(job, ChannelError(f"no answer within {PATIENCE:g} s", unsent=False))
        except Exception as error:  # noqa: BLE001  -- the scope of one message: a mistake of ours must not strand it
            log.error("a channel failed: %s", where(error), extra={"outbox": job.row.id})  # noqa: TRY400
            self._failed(job, ChannelError(type(error).__name__, unsent=False))
        else:
            self._well()
            self.ended["sent"] += 1
            self._results.append(Result(job.row, receipt))
        self.bell.ring()

    async def _with_files(self, job: Job) -> Outgoing:
        """A chat message with the files that its facts name; a mail has them in its bytes."""
        named = job.row.facts.get("attached")
        if not (named and self._files and isinstance(job.message, OutgoingChat)):
            return job.message
        return replace(job.message, files=(*job.message.files, *await self._files.load(named)))

    async def _probe(self) -> None:
        """Nothing is to be sent that would show whether the channel is well again: it is asked."""
        if not isinstance(self.outlet, Probing):
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self.outlet.probe(self.scribe.envelope_from)
        except TimeoutError:
            self._rest(ChannelError(f"no answer within {PATIENCE:g} s"))
        except ChannelError as error:
            if error.broken:
                self._rest(error)
            else:
                self._well()
        else:
            self._well()
        self.bell.ring()

    def _patience(self, job: Job) -> float | None:
        """Seconds that this message may take. A requester has no other way; whoever of staff has one leaves in time."""
        if job.row.audience == REQUESTER:
            return None
        age = (self.clock.now() - (job.since or job.row.created_at)).total_seconds()
        return PATIENCE if age >= REACHED_WITHIN.total_seconds() else max(PATIENCE - age, PATIENCE / 3)

    def _failed(self, job: Job, error: ChannelError) -> None:
        place = {"ticket": job.row.facts.get("number", ""), "kind": job.row.kind, "channel": self.outlet.name}
        log.warning("not sent: %s", error.code or "no answer", extra=place)
        self.ended["refused" if error.permanent else "failed"] += 1
        if error.broken:
            self._rest(error)
        elif error.code and error.unsent:
            self._well()  # it answers: only this message is refused
        self._results.append(
            Result(
                job.row,
                None,
                error.code,
                error.text,
                permanent=error.permanent,
                unsent=error.unsent,
                retry_after=self._rest_left() if error.broken else error.retry_after,
                moved_to=error.moved_to,
                chance=random.random(),  # noqa: S311  -- it only spreads the retries
            )
        )

    def _rest(self, error: ChannelError) -> None:
        """The channel is unwell: it is left alone for a while. What failed together with the first is one failure."""
        if not self._said:
            log.error("the channel is unwell: %s", error.trouble or "broken", extra={"channel": self.outlet.name})
        self._trouble, self._detail = error.trouble, error.text
        if self.clock.now() < self._rest_until:
            return
        self._rest_seconds = min(max(FIRST_REST, self._rest_seconds * 2), LONGEST_REST)
        spread = 1 - REST_SPREAD + 2 * REST_SPREAD * random.random()  # noqa: S311
        self._rest_until = self.clock.now() + timedelta(seconds=self._rest_seconds * spread)

    def _rest_left(self) -> float:
        return max((self._rest_until - self.clock.now()).total_seconds(), 0.0)

    def _well(self) -> None:
        if self._said:
            log.warning("the channel is well again", extra={"channel": self.outlet.name})
            self._unsettled = True
        self._rest_seconds, self._trouble, self._detail = 0.0, "", ""


def _together(rows: Sequence[Any]) -> list[list[Any]]:
    """What is GATHERED for one address as one group, every other row by itself, the urgent in front as they came."""

    def place(row: Any) -> tuple[bool, bool, str, str]:
        gathered = row.kind in GATHERED
        return (not row.urgent, not gathered, *((row.kind, row.address) if gathered else ("", "")))

    groups = groupby(sorted(rows, key=place), key=lambda row: place(row) if row.kind in GATHERED else row.id)
    return [list(group) for _, group in groups]
