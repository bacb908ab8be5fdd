"""A daemon's chat without a network and without a process: the real loops on a real database, at the stand-in.

Each step is made by the test, so the same steps lead to the same things; a death is an exception at a chosen write or
call, after which everything that was in memory is gone and a new daemon begins on the same file.
"""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, select
from telegram import Bot
from telegram.request import BaseRequest, RequestData

from bot.app import App
from bot.clock import Bell
from bot.config import Settings
from bot.files import Files
from bot.intake import Intake
from bot.outgoing import Scribe
from bot.parsing.pool import ParserPool
from bot.sender import Sender
from bot.starting import scribe_of
from channels.telegram.channel import Telegram
from storage import inbox
from storage.models import outbox
from storage.store import Store
from tests.parts.telegram import TOKEN, ApiError, FakeTelegram

T = TypeVar("T")
BEFORE, AFTER = "before", "after"
"""Where a write or a call may be the last thing: nothing of it is there, or all of it and nobody was told."""

MAY_BE_THE_LAST = {"getupdates", "sendmessage", "editmessagetext"}
"""Calls whose effect people see, or that tell Telegram what we have."""

UNBOUND = {"per_second": 1e6, "chat_per_second": 1e6, "group_per_minute": 1e6}
MOST_TURNS = 100
COMPILED: dict[Any, Any] = {}
"""The statements that any of the databases has had: making them takes longer than they do."""


class Death(BaseException):
    """The process ends here. No `except Exception` hears of it."""


class Fuse:
    """Burns with each write and call; what comes when it is burnt down is the last thing that the process does."""

    def __init__(self) -> None:
        self._left, self._side = 0, ""

    def light(self, others: int, side: str) -> None:
        """The one after so many others shall be the last: before it has its effect, or after it."""
        self._left, self._side = others + 1, side

    def burns(self) -> str:
        """Counts one, and gives on which side of it the process ends; mostly neither."""
        self._left -= 1
        return self._side if self._left == 0 else ""


class DyingStore(Store):
    """A store whose process may end just before a commit, or just after it."""

    fuse: Fuse

    async def write(self, work: Callable[[Connection], T], *, first: bool = False) -> T:
        last = self.fuse.burns()

        def unit(db: Connection) -> T:
            value = work(db)
            if last == BEFORE:
                raise Death
            return value

        value = await super().write(unit, first=first)
        if last == AFTER:
            raise Death
        return value


class Direct(BaseRequest):
    """The line of the real library, straight into the stand-in."""

    read_timeout = 5.0

    def __init__(self, telegram: FakeTelegram, fuse: Fuse) -> None:
        self._telegram, self._fuse = telegram, fuse

    async def initialize(self) -> None:
        """There is nothing to open."""

    async def shutdown(self) -> None:
        """There is nothing to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **_more: Any
    ) -> tuple[int, bytes]:
        """One call. What reaches the stand-in has its effect, whether we live to hear of it or not."""
        del method
        name = url.rpartition("/")[2].lower()
        last = self._fuse.burns() if name in MAY_BE_THE_LAST else ""
        if last == BEFORE:
            raise Death
        try:
            args = {**(request_data.parameters if request_data else {}), "timeout": 0}  # nobody waits for news
            answer: dict[str, Any] = {"ok": True, "result": await self._telegram.does(name, args)}
            status = 200
        except ApiError as error:
            answer, status = {"ok": False, "error_code": error.code, "description": error.text}, error.code
        if last == AFTER:
            raise Death
        return status, json.dumps(answer).encode()


class Ticking:
    """A clock of its own that goes on when it is told to, and never waits."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def tick(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    async def wait(self, bell: Bell, until: datetime | None, most: float) -> None:
        """Nobody waits."""


@functools.cache
def known_scribe() -> Scribe:
    """What makes messages: for all desks, since reading the texts takes longer than most sequences."""
    return scribe_of(settings_of(Path("unused")))


class Desk:
    """The chat of a daemon on the file of its folder; `lives` from one death to the next."""

    def __init__(self, settings: Settings, telegram: FakeTelegram, clock: Ticking) -> None:
        self.settings, self.telegram, self.clock, self.fuse = settings, telegram, clock, Fuse()
        self.scribe = known_scribe()
        self.deaths = 0

    async def begin(self) -> None:
        """A process begins: on the files alone."""
        app = App(self.settings, self.clock)
        self.store = app.store = DyingStore(f"sqlite:///{self.settings.data.folder / 'faultdesk.db'}")
        self.store.fuse = Fuse()  # a start is not what dies here
        for engine in (self.store.writing, self.store.reading):
            engine.update_execution_options(compiled_cache=COMPILED)
        house = app.house = await self.store.write(app._enter)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("channels.telegram.channel.make_bot", lambda _settings: self._bot())
            app._open_telegram()
        self.store.fuse = self.fuse
        self.app, channel = app, app.outlets["telegram"]
        assert isinstance(channel, Telegram)
        self.channel = channel
        pool = ParserPool()  # never started: there is no mail
        files = Files(self.store, pool, {})
        self.intake = Intake(self.store, pool, lambda: house, self.clock, lambda: None, files=files)
        self.sender = Sender(self.store, channel, self.scribe, lambda: house, self.clock)

    def _bot(self) -> Bot:
        line = Direct(self.telegram, self.fuse)
        return Bot(TOKEN, request=line, get_updates_request=line)

    async def survives(self, step: Callable[[], Any]) -> None:
        """Makes a step; where the process dies over it, another one begins."""
        try:
            await step()
        except Death:
            self.deaths += 1
            await self.ends()
            await self.begin()

    async def ends(self) -> None:
        """What was under way is gone."""
        tasks = [*self.sender._running, *self.channel._presses._ending]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self.store.close()

    # ---- its loops, a turn each ----

    async def hears(self) -> None:
        """Asks for news once, if there is any."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("channels.telegram.channel.SHORTEST_POLL", 0)
            if self.telegram.updates:
                await self.channel._ask(self.intake.receive)

    async def obeys(self) -> None:
        """Carries out what waits."""
        await self.intake.chat_cycle()

    async def speaks(self) -> None:
        """A turn of the sender, and what it sends."""
        await self.sender.cycle()
        for task in list(self.sender._running):
            await task

    async def rests(self) -> None:
        """Until nothing is left to be heard, done or said."""
        self.fuse.light(0, "")
        for _ in range(MOST_TURNS):
            for step in (self.hears, self.obeys, self.speaks):
                await self.survives(step)
            if not self.telegram.updates and await self.store.read(self._is_quiet):
                return
            self.clock.tick(2)
        raise AssertionError("it does not come to rest")

    def _is_quiet(self, db: Connection) -> bool:
        to_say = select(outbox.c.id).where(outbox.c.channel == "telegram", outbox.c.state.in_(("pending", "sending")))
        return not inbox.waiting_count(db) and db.execute(to_say).first() is None and not self.sender._results


def settings_of(folder: Path, **sections: Any) -> Settings:
    """Its configuration: at Telegram alone, and no limits."""
    telegram = {"token": TOKEN, "base_url": "http://127.0.0.1:9", "poll_seconds": 1, **UNBOUND}
    desk = {"assign_minutes": 0, "locale": "en", "digests": False}
    return Settings.model_validate(
        {"data": {"folder": folder}, "chat": {"telegram": telegram}, "desk": desk, **sections}
    )
