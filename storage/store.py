"""The one door to the database: `await store.write(unit)` runs `unit(connection)` in a transaction, in a thread.

Units that wait at the same time share one commit (group commit), each in its own savepoint: one that fails leaves the
others alone, and nobody is told "done" before the commit is on disk. What somebody at a chat waits for goes first.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.domain.failpoints import reach
from storage.engine import begin_reading, begin_writing, reading_engine, session_of, settle, writing_engine
from storage.lock import TakenError

T = TypeVar("T")
log = logging.getLogger("faultdesk.store")
MOST_IN_A_COMMIT = 64
IO_ERROR = "disk I/O error"
BETWEEN_TRIES = 0.25  # seconds
WRITER_FAILED, DISK_FAILED, TAKEN_OVER = 70, 74, 75
"""Exit statuses of a process that must not go on: see docs/operating.md."""


class AwayError(OperationalError):
    """The database server does not answer, and nothing of the unit is kept: it may be tried again."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of work that waits for the writer, and where its result goes."""

    work: Callable[[Connection], Any]
    result: Future[Any]
    first: bool = False


class Waiting:
    """The units that wait for the writer: those that shall go first before the others, else as they came."""

    def __init__(self) -> None:
        self._places: queue.SimpleQueue[None] = queue.SimpleQueue()  # as many as there are units, and one for the end
        self._first: deque[Unit] = deque()
        self._others: deque[Unit | None] = deque()

    def put(self, unit: Unit | None) -> None:
        """Lets a unit wait; None ends the line."""
        if unit is not None and unit.first:
            self._first.append(unit)
        else:
            self._others.append(unit)
        self._places.put(None)

    def get(self, timeout: float | None = None) -> Unit | None:
        """The next one, once there is one. Raises queue.Empty where there is none within so many seconds."""
        self._places.get(timeout=timeout)
        return self._taken()

    def get_nowait(self) -> Unit | None:
        """The next one. Raises queue.Empty."""
        self._places.get_nowait()
        return self._taken()

    def has_first(self) -> bool:
        """Whether somebody waits who shall go first."""
        return bool(self._first)

    def _taken(self) -> Unit | None:
        return self._first.popleft() if self._first else self._others.popleft()


@dataclass(slots=True)
class Group:
    """The units of one commit."""

    begun: list[Unit]
    done: list[tuple[Unit, Any]] = field(default_factory=list)
    at_commit: bool = False  # all units have run and COMMIT has been sent
    last: bool = False  # the store is to be closed after this commit

    def fail(self, error: Exception) -> None:
        """Tells everybody who has not heard of a failure of her own."""
        for unit in self.begun:
            if not unit.result.done():
                unit.result.set_exception(error)


class Store:
    """Reads and writes of one database. Every write is durable when it returns.

    A cancelled wait does not cancel the unit: it runs to its end, so each unit must be safe to repeat by its keys.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = session_of(url)
        self.writing = writing_engine(url, self._session)
        self.reading = reading_engine(url)
        self._driver_error: type[Exception] = self.writing.dialect.loaded_dbapi.Error
        self._units = Waiting()
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="reader")
        self._writer = threading.Thread(target=self._write_forever, name="writer", daemon=True)
        self._writer.start()

    async def write(self, work: Callable[[Connection], T], *, first: bool = False) -> T:
        """Runs the unit in a transaction and returns its result once that is committed; `first`: before all others.

        Raises whatever the unit raises, a DBAPIError when the commit fails, AwayError when the server is not there:
        then nothing of it is kept. When the answer to the commit is lost, it waits until the server can be asked again.
        """
        return await asyncio.wrap_future(self._submit(work, first=first))

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """`write` for code without an event loop: the command line and tests."""
        return self._submit(work).result()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs a function that only reads, beside the writer."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """`read` for code without an event loop. Raises AwayError when the server is not there."""
        try:
            with self.reading.connect() as connection:
                begin_reading(connection)
                return work(connection)
        except OperationalError as error:
            if not self._session:
                raise
            raise AwayError(None, None, error.orig or error) from error

    def doubts(self) -> list[str]:
        """How the server is set up so that a crash of its machine may lose what was acknowledged: a line each."""
        if not self._session:
            return []
        from storage.postgres import risks  # noqa: PLC0415

        with self.writing.connect() as connection:
            return risks(connection.connection.driver_connection)

    def close(self) -> None:
        """Finishes the units that wait, then lets go of the database."""
        self._units.put(None)
        self._writer.join()
        self._readers.shutdown()
        self.reading.dispose()
        settle(self.writing)
        self.writing.dispose()

    def _submit(self, work: Callable[[Connection], T], *, first: bool = False) -> Future[T]:
        result: Future[T] = Future()
        result.set_running_or_notify_cancel()  # from here on nobody can cancel it
        self._units.put(Unit(work, result, first))
        return result

    # ---- the writer thread ----

    def _write_forever(self) -> None:
        in_order = False
        try:
            while (first := self._units.get()) is not None:
                group = Group([first])
                self._write_together(group)
                if group.last:
                    break
            in_order = True
        except TakenError as error:
            self._die(TAKEN_OVER, f"another Faultdesk works on the database ({error})")
        finally:
            if not in_order:  # nobody would ever be answered again
                self._die(WRITER_FAILED, f"the writer failed ({sys.exc_info()[0]})")

    def _write_together(self, group: Group) -> None:
        """One commit for the first unit and for those that come while it runs."""
        try:
            with self._transaction() as connection:
                self._run_all(connection, group)
                if self._session and group.done:
                    self._session.mark(connection.connection.driver_connection)
                reach("store.before_commit")
                group.at_commit = True
        except (DBAPIError, self._driver_error) as error:
            if not self._is_kept_after(error, group):
                return
        if self._session:
            self._session.committed()
        reach("store.after_commit")
        for unit, value in group.done:
            unit.result.set_result(value)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self.writing.connect() as connection:
            try:
                with connection.begin():
                    begin_writing(connection)
                    yield connection
            finally:
                if self._session and self._session.is_lost():
                    connection.invalidate()  # what was said straight to the driver has told SQLAlchemy nothing

    def _run_all(self, connection: Connection, group: Group) -> None:
        self._run(connection, group.begun[0], group)
        if not group.done:
            return
        while len(group.begun) < MOST_IN_A_COMMIT:
            if group.begun[-1].first and not self._units.has_first():
                return  # a `first` unit does not wait for others
            try:
                unit = self._units.get_nowait()
            except queue.Empty:
                return
            if unit is None:
                group.last = True
                return
            group.begun.append(unit)
            self._run(connection, unit, group)

    def _run(self, connection: Connection, unit: Unit, group: Group) -> None:
        """The first, mostly the only one, needs no savepoint: when it fails, nothing else is in the transaction."""
        driver: Any = connection.connection.driver_connection  # straight to the driver, since it runs twice per unit
        is_first = unit is group.begun[0]
        if not is_first:
            driver.execute("SAVEPOINT unit")
        try:
            value = unit.work(connection)
        except BaseException as error:  # noqa: BLE001  -- it is handed to whoever waits for this unit
            # where this fails, the whole transaction is gone
            driver.rollback() if is_first else driver.execute("ROLLBACK TO unit")
            unit.result.set_exception(error)
            return
        if not is_first and not self._session:  # PostgreSQL: a way to the server for nothing, they end with the commit
            driver.execute("RELEASE unit")
        group.done.append((unit, value))

    # ---- when it fails ----

    def _is_kept_after(self, error: Exception, group: Group) -> bool:
        """Whether the commit is in the database although an error came; where it is not, its units hear so."""
        log.warning("commit failed: %s", type(getattr(error, "orig", error)).__name__)
        if IO_ERROR in str(error):
            self._die(DISK_FAILED, "the disk fails")
        if not self._session or not self._session.is_lost():
            group.fail(error if isinstance(error, DBAPIError) else OperationalError(None, None, error))
            return False
        away = AwayError(None, None, getattr(error, "orig", None) or error)
        if group.at_commit:
            return self._ask_again(group, away)
        group.fail(away)
        self._refuse_waiting(away, group)
        return False

    def _ask_again(self, group: Group, away: AwayError) -> bool:
        """Waits for the server, and asks it what became of the commit. Whoever comes meanwhile is sent away."""
        assert self._session  # noqa: S101
        while not group.last:
            try:
                with self.writing.connect():
                    kept = self._session.was_committed()
            except (DBAPIError, self._driver_error):
                self._refuse_waiting(away, group, BETWEEN_TRIES)
                continue
            log.warning("the answer to a commit was lost: it %s", "is kept" if kept else "is not kept")
            break
        else:
            kept = False  # closing: the next start finds out
        if not kept:
            group.fail(away)
        return kept

    def _refuse_waiting(self, away: AwayError, group: Group, seconds: float = 0) -> None:
        """Sends away who waits, and who comes within so many seconds."""
        until = time.monotonic() + seconds
        while not group.last:
            try:
                unit = self._units.get(timeout=max(until - time.monotonic(), 0.001))
            except queue.Empty:
                return
            if unit is None:
                group.last = True
            else:
                unit.result.set_exception(away)

    @staticmethod
    def _die(status: int, reason: str) -> None:
        """When nobody knows what is on disk, or who writes there: end at once, and recover at the next start."""
        log.critical("%s: ending at once", reason)
        os._exit(status)
