"""Takes up a changed configuration without a restart, all or nothing (SIGHUP, `faultdesk reload`)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot import service
from bot.clock import Bell
from bot.config import Settings
from bot.config_file import ConfigError
from bot.desk.calendars import Unreachable, line_of, recompute, remembered
from bot.desk.journal import record
from bot.desk.notices import notify
from bot.desk.staff import tell_left_behind
from bot.desk.work import House, Work
from bot.domain.calendar import CalendarError
from bot.house import build_house, calendars_of, enter, first_year, taken_over

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger("faultdesk.reload")
AT_RUN_TIME = frozenset(
    {"desk", "calendars", "levels", "targets", "items", "places", "customers", "people", "budgets"}
)  # fmt: skip
"""The sections that hold from a reload on; of [mail], what says whose mails are ours. All else needs a restart."""
OF_MAIL = ("own_addresses", "monitoring")
SHOWN = 5
"""Mistakes that a chat message names; the log has all of them."""

Reread = Callable[[], Settings]


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What came of it: options that hold now, options that hold from the next start, or why nothing was changed.

    `moved` has a line for each open deadline that a changed calendar has moved (R20).
    `said` is what else is to be known: whom the configuration has taken over from a command.
    """

    changed: list[str] = field(default_factory=list)
    restart: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


class Reloader:
    """Reads the configuration again when asked. A mistake keeps the old one in force, and is said."""

    def __init__(self, app: App, reread: Reread | None) -> None:
        self._app, self._reread = app, reread
        self._bell, self._asked = Bell(), False
        self.problem = ""

    def ask(self) -> None:
        """From a signal: reads it again soon."""
        self._asked = True
        self._bell.ring()

    async def cycle(self) -> None:
        """The loop that answers signals."""
        if self._asked:
            self._asked = False
            await self.reload()
        await self._bell.wait(1.0)

    async def reload(self) -> Reloaded:
        """Takes up what the file says now, or nothing of it; a service manager is told."""
        service.tell(service.reloading())
        try:
            return await self._reload()
        finally:
            service.tell("READY=1")

    async def _reload(self) -> Reloaded:
        if self._reread is None:
            return Reloaded(refused=["this daemon was started without a configuration that it could read again"])
        try:
            found = await asyncio.to_thread(self._reread)
            old = self._app.settings
            effective, result = merged(old, found)
            since, year = await self._app.store.read(first_year), self._app.clock.now().year
            calendars = await asyncio.to_thread(calendars_of, effective, year, since=since)
            house = await self._app.store.write(lambda db: self._enter(db, effective, calendars, result))
        except ConfigError as error:
            return await self._refuse(error.lines)
        except CalendarError as error:
            return await self._refuse([f"calendars.{error}"])
        except DBAPIError:
            return await self._refuse(["the database cannot write: nothing was changed, try again"])
        self.problem = ""
        self._app.take_up(effective, house)
        log.info("configuration read again", extra={"count": len(result.changed)})
        for line in result.said:
            log.warning(line)
        for name in result.restart:
            log.warning("%s holds from the next start", name)
        return result

    def _enter(self, db: Connection, settings: Settings, calendars: Any, result: Reloaded) -> House:
        before, now = self._app.house, self._app.clock.now()
        result.said[:] = taken_over(db, settings)
        known = remembered(db, calendars, now)
        house = build_house(settings, enter(db, settings), before.secret, known, epoch=before.epoch)
        house = replace(house, ways=before.ways, chats=before.chats, bot=before.bot)  # these are taken at the start
        work = Work(db, house, now)
        record(work, None, ("reconfigured", {"options": result.changed}))
        moved, lost = recompute(work)
        if lost:
            raise ConfigError([_unreachable(house, one) for one in lost])
        tell_left_behind(work)
        result.moved[:] = [line_of(house, one) for one in moved]
        return house

    async def _refuse(self, lines: list[str]) -> Reloaded:
        for line in lines:
            log.error("configuration not taken up: %s", line)
        self.problem = f"the configuration is wrong, the old one holds: {lines[0]}"
        facts = {"lines": lines[:SHOWN], "rest": max(0, len(lines) - SHOWN)}
        try:
            await self._app.store.write(lambda db: notify(self._app.work(db), "reload refused", facts))
        except DBAPIError:
            log.error("nobody could be told of it")  # noqa: TRY400  -- the log has said why
        self._app._ring_all()  # noqa: SLF001  -- the two are one, split for length
        return Reloaded(refused=lines)


def _unreachable(house: House, lost: Unreachable) -> str:
    return f"calendars: the promises of {house.name_of(lost.number)} cannot be kept with them: {lost.reason}"


def merged(old: Settings, new: Settings) -> tuple[Settings, Reloaded]:
    """The settings that hold from now on, with the names of the options that hold now and at the next start."""
    taken = {name: getattr(new, name) for name in AT_RUN_TIME}
    taken["mail"] = old.mail.model_copy(update={name: getattr(new.mail, name) for name in OF_MAIL})
    effective = old.model_copy(update=taken)
    return effective, Reloaded(list(differences(old, effective)), list(differences(effective, new)))


def differences(old: Any, new: Any, name: str = "") -> Iterator[str]:
    """The options that differ, by name: a table by its options, a list as a whole."""
    if isinstance(old, BaseModel) and type(old) is type(new):
        for key in type(old).model_fields:
            yield from differences(getattr(old, key), getattr(new, key), f"{name}.{key}".lstrip("."))
    elif old != new:
        yield name
