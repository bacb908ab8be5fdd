"""Supervised loops: a cycle is retried with back-off, stamped when it completes, and given up loudly."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError

log = logging.getLogger("faultdesk.loops")
MOST_FAILURES = 5
WITHIN_SECONDS = 600.0
STALE_SECONDS = 10.0
DATABASE_REST = 1.0


class LoopDiedError(Exception):
    """A loop failed too often: the process ends, for the supervisor outside to start it again."""


@dataclass(slots=True)
class Heart:
    """When each loop last completed a cycle (monotonic seconds)."""

    beats: dict[str, float] = field(default_factory=dict)

    def beat(self, name: str) -> None:
        """Stamps a completed cycle."""
        self.beats[name] = time.monotonic()

    def stale(self) -> list[str]:
        """The loops that have not completed a cycle for too long."""
        now = time.monotonic()
        return sorted(name for name, beat in self.beats.items() if now - beat > STALE_SECONDS)


def where(error: BaseException) -> str:
    """The error's type and the place it came from: what may be logged of it, since its words may hold personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


async def keep_running(name: str, cycle: Callable[[], Awaitable[None]], heart: Heart) -> None:
    """Runs cycles for ever. A failure is retried after a pause; the fifth in ten minutes raises LoopDiedError.

    A database that cannot write (full disk, lost server) is no failure of the loop: it waits, however long, and the
    missing heartbeat says so (P13).
    """
    failures: deque[float] = deque(maxlen=MOST_FAILURES)
    heart.beat(name)
    while True:
        try:
            await cycle()
        except OperationalError as error:
            log.error("cannot write: %s", where(error), extra={"loop": name})  # noqa: TRY400  -- no words of strangers
            await asyncio.sleep(DATABASE_REST)
        except Exception as error:  # the one scope in which a loop survives what it did not expect
            failures.append(time.monotonic())
            log.error("loop failed: %s", where(error), extra={"loop": name})  # noqa: TRY400  -- no words of strangers
            if len(failures) == MOST_FAILURES and failures[-1] - failures[0] < WITHIN_SECONDS:
                raise LoopDiedError(
                    f"{name} failed {MOST_FAILURES} times in ten minutes, last: {where(error)}"
                ) from error
            await asyncio.sleep(min(0.1 * 2 ** len(failures), 5.0))
        else:
            heart.beat(name)
