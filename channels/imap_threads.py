"""Work in threads that nobody has to wait for when the daemon ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from channels.imap_rules import Trouble

T = TypeVar("T")


async def in_thread(work: Callable[..., T], *arguments: object) -> T:
    """Waits for what a thread does."""
    return await asyncio.wrap_future(start(work, *arguments))


def start(work: Callable[..., T], *arguments: object) -> Future[T]:
    """Does it in a thread of its own, for which the end of the process does not wait."""
    result: Future[T] = Future()
    result.set_running_or_notify_cancel()  # nobody can cancel it from here on

    def do() -> None:
        try:
            result.set_result(work(*arguments))
        except Trouble as trouble:
            result.set_exception(trouble)
        finally:
            if not result.done():  # a mistake of ours: the thread itself tells its trace
                result.set_exception(RuntimeError(f"{work.__name__} broke"))

    threading.Thread(target=do, name="imap", daemon=True).start()
    return result
