"""What the command line may ask of the running daemon over its local socket: commands, and the fake clock's advance."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bot.clock import NEVER, FakeClock
from bot.commands.base import REGISTRY, Answer, Call, say
from bot.commands.run import answered, run_line
from bot.desk import directory, inventory, upcoming
from bot.desk.work import Actor, House, Work
from bot.domain.devices import Device
from bot.domain.directory import Entry
from bot.domain.failpoints import reach
from bot.outgoing import Scribe, in_words, with_sections
from bot.render import Renderer
from storage import inbox, people
from storage.idle import is_idle, next_message
from storage.store import AwayError

if TYPE_CHECKING:
    from bot.app import App


class Control:
    """Answers requests. A request is {"op": …}; an answer holds "text", or "error" with what to do instead."""

    def __init__(self, app: App, scribe: Scribe) -> None:
        self._app, self.scribe = app, scribe
        self._numbers: list[tuple[str, str]] = []

    async def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request's answer."""
        try:
            return await self._do(request)
        except AwayError:
            return {"error": "not saved: the database does not answer; try again in a moment"}

    async def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        match request.get("op"):
            case "say":
                return await self._say(request)
            case "advance":
                return await self._advance(datetime.fromisoformat(str(request.get("to"))))
            case "now":
                return {"now": self._app.clock.now().isoformat()}
            case "people" | "devices" as what:
                house, now, take = self._app.house, self._app.clock.now(), IMPORTS[what]
                return await self._app.store.write(lambda db: take(db, house, now, request))
            case "replay":
                return await self._replay(int(request.get("inbox", 0)))
            case other:
                done = await self._app.operations.answer(request)
                return {"error": f"unknown request {other!r}"} if done is None else done

    async def _say(self, request: dict[str, Any]) -> dict[str, Any]:
        handle, line = request.get("as") or "", str(request.get("text", ""))
        locale = str(request.get("locale") or self._app.settings.desk.locale)
        try:
            answer = await self._app.store.write(
                lambda db: command(db, self._app.house, self._app.clock.now(), (handle, line, locale))
            )
        except OperationalError:  # the disk is full, or the database away: said, and not done (P13)
            answer = _facts(say("not_saved"), ok=False)
        reach("command.done")
        self._app._ring_all()  # noqa: SLF001  -- the two are one, split for length
        renderer = self.scribe.renderer
        choices = [(in_words(renderer, locale, label), said) for label, said in answer["choices"]]
        return answer | {"choices": choices, "text": spoken(renderer, locale, answer)}

    async def _replay(self, number: int) -> dict[str, Any]:
        if not await self._app.store.write(lambda db: inbox.replay(db, number)):
            return {"error": f"there is no item {number} in quarantine"}
        self._app.intake.mails.ring()
        self._app.intake.chats.ring()
        return {"text": "replayed"}

    async def _advance(self, to: datetime) -> dict[str, Any]:
        """Lets the fake time go on to an instant, stopping at each alarm on the way; the queues are idle at the end."""
        time = self._app.clock
        if not isinstance(time, FakeClock):
            return {"error": "the clock is the real one: it cannot be advanced"}
        while (coming := await self._idle_until()) <= to:
            time.set(coming)
            troubled = [sender.bell for sender in self._app.senders if sender.problem]
            for bell in (self._app.alarms.bell, *troubled):  # not all that these do has an instant to wait for
                bell.ring()
        time.set(max(to, time.now()))
        self._app._ring_all()  # noqa: SLF001
        await self._idle_until()
        return {"now": time.now().isoformat()}

    async def _idle_until(self) -> datetime:
        """Waits until nothing is left to do; gives the next instant at which something will be."""
        pause = 0.002
        while (coming := await self._app.idle_until()) is None:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.02)  # what takes longer, a page in print say, is not asked for all the time
        return coming

    def idle_until(self, db: Connection, now: datetime, *, held: bool = False) -> datetime | None:
        """When something is to be done next; None while something waits: a mail, an alarm, a message but a held one."""
        if not is_idle(db, now, held=held):
            return None
        instants = (upcoming.next_at(self._app.work(db)), None if held else next_message(db))
        coming = min((one for one in instants if one), default=NEVER)
        return coming if coming > now else None

    def words(self) -> list[tuple[str, str]]:
        """What the terminal completes: the commands."""
        locale = self._app.settings.desk.locale
        return [(f"/{name}", one.help[locale]) for one in REGISTRY.commands for name in one.names]


def command(db: Connection, house: House, now: datetime, said: tuple[str, str, str]) -> dict[str, Any]:
    """Does what somebody (a handle, or "" for the administrator) says, in a locale. Gives the answer's facts."""
    handle, line, locale = said
    person = people.by_handle(db, handle) if handle else None
    if handle and person is None:
        return _facts(say("nobody_called", name=handle), ok=False)
    actor = Actor("person", "console", person, person.name) if person else Actor("admin", "cli", None, "admin")
    call = Call(Work(db, house, now, actor), person, None, locale)
    answer, outcome = answered(call, lambda: run_line(call, line))
    return _facts(answer, ok=outcome == "command")


def _facts(answer: Answer, *, ok: bool) -> dict[str, Any]:
    return {"ok": ok, "kind": answer.kind, "facts": answer.facts, "choices": answer.choices}


def import_people(db: Connection, house: House, now: datetime, request: dict[str, Any]) -> dict[str, Any]:
    """Takes the administrator's entries into the directory, all or none; gives the counts and the mistakes."""
    work = Work(db, house, now, Actor("admin", "cli", None, "admin"))
    entries = [Entry(**one) for one in request["entries"]]
    counts, mistakes = directory.import_people(work, entries, dry_run=bool(request["dry_run"]))
    return {"counts": counts, "mistakes": mistakes}


def import_devices(db: Connection, house: House, now: datetime, request: dict[str, Any]) -> dict[str, Any]:
    """The same for devices."""
    work = Work(db, house, now, Actor("admin", "cli", None, "admin"))
    entries = [Device(**one) for one in request["entries"]]
    counts, mistakes = inventory.import_devices(work, entries, dry_run=bool(request["dry_run"]))
    return {"counts": counts, "mistakes": mistakes}


IMPORTS = {"people": import_people, "devices": import_devices}


def spoken(renderer: Renderer, locale: str, answer: dict[str, Any]) -> str:
    """The answer in words."""
    facts = answer["facts"]
    if answer["kind"] == "phrase":
        return renderer.phrase(locale, facts["phrase"], **{k: v for k, v in facts.items() if k != "phrase"})
    return renderer.chat(locale, answer["kind"], facts | with_sections(renderer, locale, facts))
