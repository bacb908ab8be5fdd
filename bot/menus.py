"""The loop that keeps chats' menus of commands as accounts, roles and languages are, from the start and at changes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection

from bot.clock import Bell
from bot.domain.messages import Menu
from channels.base import ChannelError, Hanging
from storage import marks
from storage.store import Store

log = logging.getLogger("faultdesk.menus")
LOOK, PAUSE, REST = 5.0, 0.5, 60.0
"""Seconds between two looks, at least between two, and after a failure."""
AT_ONCE, TOGETHER = 10, 6.0
"""Menus hung in one cycle, and the seconds that they may take together."""


class Menus:
    """Compares what shall hang with what hangs, kept as digests in `meta` so that a restart hangs nothing anew."""

    def __init__(self, store: Store, channel: Hanging, wanted: Callable[[Connection, str], Iterable[Menu]]) -> None:
        self._store, self._channel, self._wanted = store, channel, wanted
        self._rests_until = 0.0
        self.bell = Bell()

    async def cycle(self) -> None:
        """One look, then a wait."""
        if self._channel.hangs_as and time.monotonic() >= self._rests_until:
            await self._renew(f"menus:{self._channel.name}:{self._channel.hangs_as}")
        await asyncio.sleep(PAUSE)
        await self.bell.wait(LOOK)

    async def _renew(self, key: str) -> None:
        """Hangs what has changed, and takes away what nobody shall see any more."""
        kept, asked = await self._store.read(
            lambda db: (marks.get(db, key), tuple(self._wanted(db, self._channel.name)))
        )
        hanging: dict[str, str] = json.loads(kept or "{}")
        wanted = {f"{one.place}/{one.language}": one for one in asked}
        gone = [Menu(*_place(name), ()) for name in hanging if name not in wanted]
        changed = [one for name, one in wanted.items() if hanging.get(name) != _digest(one)]
        done = await self._hang([*gone, *changed][:AT_ONCE])
        for one in done:
            hanging[f"{one.place}/{one.language}"] = _digest(one)
            if not one.commands:
                del hanging[f"{one.place}/{one.language}"]
        if done:
            await self._store.write(lambda db: marks.put(db, key, json.dumps(hanging)))
            self.bell.ring()

    async def _hang(self, menus: Sequence[Menu]) -> list[Menu]:
        """Gives those that hang now. One that is refused for good counts as hung: it would be refused for ever."""
        done: list[Menu] = []
        try:
            async with asyncio.timeout(TOGETHER):
                for one in menus:
                    try:
                        await self._channel.hang(one)
                    except ChannelError as error:
                        log.warning("a menu of commands is not renewed: %s", error.text)
                        if not error.permanent:
                            self._rests_until = time.monotonic() + max(REST, error.retry_after or 0.0)
                            break
                    done.append(one)
        except TimeoutError:
            log.warning("menus of commands take long to renew")
        return done


def _place(name: str) -> tuple[str, str]:
    place, _, language = name.rpartition("/")
    return place, language


def _digest(menu: Menu) -> str:
    return hashlib.sha256(json.dumps(menu.commands, ensure_ascii=False).encode()).hexdigest()[:16]
