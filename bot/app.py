"""Builds everything from the settings and runs the loops in one TaskGroup; the only file that knows every channel."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot import metrics, service
from bot.access import AccessWatch
from bot.alarms import Alarms
from bot.canary import CanaryLoop
from bot.clock import Clock
from bot.commands.base import REGISTRY
from bot.commands.menus import menus
from bot.config import Settings
from bot.control import Control
from bot.desk.access import remind_of_secrets
from bot.desk.calendars import recompute, remind_of_holidays
from bot.desk.delivery import leave_behind, recover
from bot.desk.staff import tell_left_behind
from bot.desk.work import House, Work
from bot.domain.failpoints import reach
from bot.duties import Duties
from bot.files import Files
from bot.groups import Groups
from bot.hold import Hold
from bot.house import TELEGRAM, build_house, enter, keep_calendars, read_secret, taken_over
from bot.intake import Intake
from bot.loops import Heart, keep_running
from bot.mailboxes import MailboxKeeper, progress_of
from bot.menus import Menus
from bot.operations import Operations
from bot.parsing.pool import ParserPool
from bot.printer import Printer
from bot.reload import Reloader, Reread
from bot.render import Renderer
from bot.sender import Sender
from bot.starting import StartError, open_store, renderer_of, scribe_of, spare_the_collector
from bot.usual import UsualLoop
from channels.base import Fetching, Hanging, Inlet, Outlet
from channels.console import Console, ConsoleSettings
from channels.control import ControlServer
from channels.health import HealthServer
from channels.heartbeat import Heartbeat
from channels.imap import Imap
from channels.imap_rules import Trouble
from channels.log_chat import LogChat
from channels.mail_files import MailFiles
from channels.oauth import tokens_for
from channels.smtp_in import SmtpIn
from channels.smtp_out import SmtpOut
from channels.spool import Spool
from storage import inbox, people
from storage.engine import explain
from storage.lock import Lock, TakenError
from storage.restore import epoch

log = logging.getLogger("faultdesk")


def phrase_of(renderer: Renderer, locale: str) -> Callable[[Path, str, str], str]:
    """What the terminal says of a mail that was kept as a file."""
    return lambda path, to, subject: renderer.phrase(locale, "mail_kept", path=str(path), to=to, subject=subject)


class App:
    """The daemon. `open` takes everything it needs, or raises StartError; `run` works until `stop` is called.

    `outlets` take the place of those with the same name that the settings ask for: for tests. `reread` gives the
    configuration as it is now, for a reload.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        terminal: ConsoleSettings | None = None,
        outlets: tuple[Outlet, ...] = (),
        reread: Reread | None = None,
    ) -> None:
        self.settings, self.clock, self._terminal, self._outlets = settings, clock, terminal, outlets
        self.heart, self.watchdog = Heart(), service.Watchdog()
        self.reloader, self.operations, self.hold = Reloader(self, reread), Operations(self), Hold(self)
        self._stop = asyncio.Event()
        self.inlets: list[Inlet] = []
        self.outlets: dict[str, Outlet] = {}
        self.house: House

    # ---- taking what is needed ----

    async def open(self) -> None:
        """Takes folder, lock, database, ports and children. Raises StartError in one line; nothing stays taken then."""
        folder = self.settings.data.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.lock = Lock(folder / "faultdesk.lock")
        except TakenError as error:
            raise StartError(f"another Faultdesk (process {error}) already works in {folder}: stop it first") from error
        except OSError as error:
            raise StartError(
                f"cannot write in {folder}: {error.strerror}; choose another folder or mend its rights"
            ) from error
        self.store = open_store(self.settings, self.clock)
        spare_the_collector()  # before the deadlines of a changed calendar are reckoned
        try:
            self.house = await self.store.write(self._enter)
            for line in self.store.doubts():
                log.warning(line)
        except SQLAlchemyError as error:
            raise StartError(f"the database cannot be written: {explain(error, self.store.url)}") from error
        await self._open_channels(folder)
        self.pool = ParserPool()
        self._wire()
        await self.pool.start()

    def _enter(self, db: Connection) -> House:
        """Writes the configuration into the database, and takes up what a dead process left in hand."""
        for line in taken_over(db, self.settings):
            log.warning(line)
        customers = enter(db, self.settings)
        secret = read_secret(self.settings.data.folder / "faultdesk.key")
        calendars = keep_calendars(db, self.settings, self.clock.now())
        house = build_house(self.settings, customers, secret, calendars, terminal=bool(self._terminal), epoch=epoch(db))
        inbox.release_all(db)
        work = Work(db, house, self.clock.now())
        self.hold.begin(work)
        recompute(work)
        recover(work)
        leave_behind(work, (*house.chats, "mail"))
        tell_left_behind(work)
        return house

    async def _open_channels(self, folder: Path) -> None:
        mail = self.settings.mail
        self.spool = Spool(folder / "spool")
        try:
            if mail.smtp_in:
                smtp_in = SmtpIn(mail.smtp_in, self.clock.now, self.spool)
                await smtp_in.open()
                self.inlets.append(smtp_in)
            self.health = HealthServer(self.settings.health.host, self.settings.health.port, self.state, self.metrics)
            self.health.open()
        except OSError as error:
            raise StartError(f"{error.strerror or error}; stop what uses it or choose another port") from error
        announce: Callable[[Path, str, str], None] | None = None
        console: Console | None = None
        if self._terminal:
            console = Console(self._terminal, words=self.words, clock=self.clock.now, leave=self.stop)
            self.inlets.append(console)
            self.outlets[console.name] = console
            kept = phrase_of(renderer_of(self.settings), self._terminal.locale)
            announce = lambda path, to, subject: console.announce(kept(path, to, subject))  # noqa: E731
        self.tokens = tokens_for(mail.imap, mail.relay, self.clock.now)
        await self._open_mailboxes(console)
        self._open_telegram()
        if not self.outlets:
            self.outlets[LogChat.name] = LogChat()
        self.outlets["mail"] = (
            SmtpOut(mail.relay, self.tokens.get(mail.relay.oauth))
            if mail.relay
            else MailFiles(folder / "mail", announce)
        )
        self.outlets |= {one.name: one for one in self._outlets}

    def _open_telegram(self) -> None:
        if self.settings.chat.telegram is None:
            return
        from channels.telegram.channel import Telegram  # noqa: PLC0415  -- half a second and 30 MiB for those who use it

        try:
            telegram = Telegram(
                self.settings.chat.telegram,
                names=lambda: REGISTRY.by_name,
                ours=Groups(self.store, TELEGRAM),
                clock=self.clock.now,
                introduced=self._introduced,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise StartError(f"chat.telegram.token_file: {reason}") from error
        self.inlets.append(telegram)
        self.outlets[telegram.name] = telegram

    def _introduced(self, name: str) -> None:
        self.house = replace(self.house, bot=name)

    async def _open_mailboxes(self, console: Console | None) -> None:
        """Mailboxes that have many mails and no `start` are refused now, while somebody looks."""
        locale = self._terminal.locale if self._terminal else ""
        shown = progress_of(renderer_of(self.settings), locale, console.announce if console else None)
        keeper = MailboxKeeper(self.store, lambda: self.house, self.clock, self._ring_senders, shown)
        zone = ZoneInfo(self.settings.desk.timezone)
        self.mailboxes = [
            Imap(one, keeper, self.clock.now, zone, tokens=self.tokens.get(one.oauth))
            for one in self.settings.mail.imap
        ]
        self.inlets += self.mailboxes
        try:
            await asyncio.gather(*(mailbox.begin() for mailbox in self.mailboxes))
        except Trouble as trouble:
            raise StartError(f'{trouble}; write start = "now", "all" or a date into its [[mail.imap]]') from trouble

    async def _mailboxes_are_read(self) -> None:
        """Alerts begin once all mailboxes are read: the answer may lie there (decisions, Clocks)."""
        for mailbox in self.mailboxes:
            await mailbox.read.wait()
        self.alarms.mailboxes_read.set()  # what comes by SMTP has been read when it is accepted

    def _wire(self) -> None:
        def house() -> House:
            return self.house

        scribe, mail = scribe_of(self.settings), self.settings.mail
        self.alarms = Alarms(self.store, house, self.clock, self._ring_senders)
        sources = {one.name: one for one in self.inlets if isinstance(one, Fetching)}
        files = Files(self.store, self.pool, sources)
        self.intake = Intake(self.store, self.pool, house, self.clock, self._ring_all, files=files)
        ready, since = self.alarms.settled.is_set, self.hold.since
        share = mail.relay.max_per_hour if mail.relay else None
        self.senders = [
            Sender(
                self.store,
                outlet,
                scribe,
                house,
                self.clock,
                alerts_ready=ready,
                max_per_hour=share if outlet.name == "mail" else None,
                held_since=since,
                ring_all=self._ring_senders,
                files=files,
            )
            for outlet in self.outlets.values()
        ]
        self.duties = Duties(self.store, self.settings, self.clock, self.spool.prune, self._remind)
        self.printer = Printer(self.store, lambda: self.control.scribe.renderer, house, self.clock, self._ring_senders)
        self.canary = CanaryLoop(self.store, self.work, self.clock, self.settings.health, self._ring_senders)
        self.usual = UsualLoop(self.store, self.work, self.clock, mail.usual_mails, self._ring_senders)
        self.access = AccessWatch(self.store, self.work, self.clock, [*self.tokens.values()], self._ring_senders)
        self.menus = [
            Menus(self.store, one, lambda db, channel: menus(self.work(db), channel))
            for one in self.inlets
            if isinstance(one, Hanging)
        ]
        self.heartbeat = Heartbeat(self.settings.health.heartbeat_url, lambda: self.state()["status"] == "ok")
        self.control = Control(self, scribe)
        self.door = ControlServer(self.settings.data.folder / "faultdesk.sock", self.control.answer)
        self.door.open()

    def _ring_senders(self) -> None:
        for sender in self.senders:
            sender.bell.ring()

    def _ring_all(self) -> None:
        self._ring_senders()
        for bell in (self.alarms.bell, self.printer.bell, *(one.bell for one in self.menus)):
            bell.ring()

    def _remind(self, db: Connection) -> None:
        work = self.work(db)
        remind_of_holidays(work, self.settings.calendars)
        remind_of_secrets(work, [(one.name, one.settings.secret_expires, one.sick) for one in self.tokens.values()])

    def work(self, db: Connection) -> Work:
        """The surroundings of a transaction of the daemon's own."""
        return Work(db, self.house, self.clock.now())

    def take_up(self, settings: Settings, house: House) -> None:
        """Lets a changed configuration hold from now on: for what is decided next and for the words of what is sent."""
        self.settings, self.house = settings, house
        scribe = scribe_of(settings)
        self.control.scribe = scribe
        for sender in self.senders:
            sender.scribe = scribe
        self._ring_all()

    def words(self) -> list[tuple[str, str]]:
        """What the terminal completes."""
        return self.control.words()

    # ---- running ----

    async def run(self) -> None:
        """Works until stopped. Raises LoopDiedError (in a group) when a loop cannot be kept alive."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.stop if self._terminal else self.reloader.ask)
        spare_the_collector()
        log.info("started")
        service.tell("READY=1")
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one) for one in self._everything()]
                await self._stop.wait()
                service.tell("STOPPING=1")
                for task in tasks[: len(self.inlets)]:
                    task.cancel()
                await asyncio.wait(tasks[: len(self.inlets)])
                await self.intake.close()
                reach("app.stopping")
                for task in tasks:
                    task.cancel()
        finally:
            await self.close()

    def _everything(self) -> list[Any]:
        running = [inlet.run(self.intake.receive) for inlet in self.inlets]
        cycles = {
            "mails": self.intake.mail_cycle,
            "chat": self.intake.chat_cycle,
            "alarms": self._alarm_cycle,
            "duties": self.duties.cycle,
            "printer": self.printer.cycle,
            "reload": self.reloader.cycle,
            **{f"menus {place}": one.cycle for place, one in enumerate(self.menus)},
            **({"canary": self.canary.cycle} if self.settings.health.canary_minutes else {}),
            **({"usual": self.usual.cycle} if self.settings.mail.usual_mails else {}),
            **({"access": self.access.cycle} if self.tokens else {}),
            **{f"send {sender.outlet.name}": sender.cycle for sender in self.senders},
        }
        running += [keep_running(name, cycle, self.heart) for name, cycle in cycles.items()]
        if self.settings.health.heartbeat_url:
            running.append(self.heartbeat.run())
        return [
            *running,
            self.health.run(),
            self.door.run(),
            self.hold.feed([self.spool, *self.inlets]),
            self._mailboxes_are_read(),
        ]

    async def _alarm_cycle(self) -> None:
        await self.alarms.cycle()
        if self._terminal:  # who can be played there: staff comes and goes by command, too
            staff = {str(one.handle): one.name for one in await self.store.read(people.staff)}
            self._terminal.people.clear()
            self._terminal.people.update(staff)
        self.watchdog.feed()

    def stop(self) -> None:
        """Asks the daemon to end in order."""
        self._stop.set()

    async def close(self) -> None:
        """Lets go of everything, in the order in which nothing is lost."""
        await self.door.close()
        for sender in self.senders:
            await sender.close()
        await self.pool.close()
        self.store.close()
        self.lock.close()
        log.info("stopped")

    def state(self) -> dict[str, Any]:
        """What /healthz says: ok, or which loop has not completed a cycle for too long."""
        stale = self.heart.stale()
        watched = (*self.inlets, *self.senders, self.reloader, self.hold, self.canary, self.printer, self.heartbeat)
        watched = (*watched, self.access, self.usual, self.control.scribe.renderer)
        problems = [text for one in watched if (text := getattr(one, "problem", ""))]
        return {"status": "stale" if stale else "ok", "stale": stale, "problems": problems,
                "loops": sorted(self.heart.beats)}  # fmt: skip

    async def metrics(self) -> str:
        """What /metrics says. Raises OSError when the database cannot be asked."""
        now, folder = self.clock.now(), self.settings.data.folder / "backups"
        try:
            counts = await self.store.read(lambda db: metrics.from_database(db, now))
        except DBAPIError as error:
            raise OSError("the database cannot be read") from error
        process = metrics.from_process(
            self.heart.beats, {one.outlet.name: one.ended for one in self.senders}, self.state()
        )
        return metrics.exposition([*process, *counts, *metrics.backup_age(folder, now)])

    async def idle_until(self) -> datetime | None:
        """When something is to be done next; None while something is left to do (for the demo and for simulations)."""
        now = self.clock.now()
        if not self.hold.is_fed or not all(sender.is_settled for sender in self.senders):
            return None
        held = self.hold.since() is not None
        return await self.store.read(lambda db: self.control.idle_until(db, now, held=held))
