"""The one door to the database: `await store.write(unit)` runs `unit(connection)` in a transaction, in a thread.

Units that wait at the same time share one commit (group commit), each in its own savepoint: one that fails leaves the
others alone, and nobody is told "done" before the commit is on disk.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.domain.failpoints import reach
from storage.engine import begin_reading, begin_writing, reading_engine, writing_engine

T = TypeVar("T")
log = logging.getLogger("faultdesk.store")
MOST_IN_A_COMMIT = 64
IO_ERROR = "disk I/O error"


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of work that waits for the writer, and where its result goes."""

    work: Callable[[Connection], Any]
    result: Future[Any]


class Store:
    """Reads and writes of one database. Every write is durable when it returns.

    A cancelled wait does not cancel the unit: it runs to its end, so each unit must be safe to repeat by its keys.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.writing = writing_engine(url)
        self.reading = reading_engine(url)
        self._units: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="reader")
        self._writer = threading.Thread(target=self._write_forever, name="writer", daemon=True)
        self._writer.start()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs the unit in a transaction and returns its result once that is committed.

        Raises whatever the unit raises (then nothing of it is kept), or a DBAPIError when the commit fails.
        """
        return await asyncio.wrap_future(self._submit(work))

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """`write` for code without an event loop: the command line and tests."""
        return self._submit(work).result()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs a function that only reads, beside the writer."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """`read` for code without an event loop."""
        with self.reading.connect() as connection:
            begin_reading(connection)
            return work(connection)

    def close(self) -> None:
        """Finishes the units that wait, then lets go of the database."""
        self._units.put(None)
        self._writer.join()
        self._readers.shutdown()
        self.writing.dispose()
        self.reading.dispose()

    def _submit(self, work: Callable[[Connection], T]) -> Future[T]:
        result: Future[T] = Future()
        result.set_running_or_notify_cancel()  # from here on nobody can cancel it
        self._units.put(Unit(work, result))
        return result

    # ---- the writer thread ----

    def _write_forever(self) -> None:
        while (first := self._units.get()) is not None:
            if not self._write_together(first):
                return

    def _write_together(self, first: Unit) -> bool:
        """One commit for the unit and for those that come while it runs; gives False when asked to end."""
        done: list[tuple[Unit, Any]] = []
        goes_on = True
        try:
            with self.writing.connect() as connection, _transaction(connection):
                unit: Unit | None = first
                while unit is not None:
                    self._run(connection, unit, done)
                    unit, goes_on = self._next(len(done))
                reach("store.before_commit")
        except DBAPIError as error:  # the commit itself, or a transaction that the database has given up
            log.warning("commit failed: %s", type(error.orig).__name__)
            if IO_ERROR in str(error.orig):
                self._die()
            for unit, _ in done:
                unit.result.set_exception(error)
            if not first.result.done():
                first.result.set_exception(error)
            return goes_on
        reach("store.after_commit")
        for unit, value in done:
            unit.result.set_result(value)
        return goes_on

    @staticmethod
    def _die() -> None:
        """After a failed fsync nobody knows what is on disk: end at once, and recover at the next start."""
        log.critical("the disk fails: ending at once")
        os._exit(74)

    def _next(self, so_far: int) -> tuple[Unit | None, bool]:
        """The next waiting unit of this commit (None: commit now), and whether the writer goes on after it."""
        if so_far >= MOST_IN_A_COMMIT:
            return None, True
        try:
            unit = self._units.get_nowait()
        except queue.Empty:
            return None, True
        return unit, unit is not None

    @staticmethod
    def _run(connection: Connection, unit: Unit, done: list[tuple[Unit, Any]]) -> None:
        driver: Any = connection.connection.driver_connection  # straight to the driver: twice a unit, every unit
        driver.execute("SAVEPOINT unit")
        try:
            value = unit.work(connection)
        except BaseException as error:  # noqa: BLE001  -- it is handed to whoever waits for this unit
            try:
                driver.execute("ROLLBACK TO unit")
            finally:
                unit.result.set_exception(error)
            return
        driver.execute("RELEASE unit")
        done.append((unit, value))


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    with connection.begin():
        begin_writing(connection)
        yield
