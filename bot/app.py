"""Builds everything from the settings and runs the loops in one TaskGroup; the only file that knows every channel."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.alarms import Alarms
from bot.clock import Clock
from bot.config import Settings
from bot.control import Control
from bot.desk.delivery import recover
from bot.desk.work import House, Work
from bot.domain.failpoints import reach
from bot.duties import Duties
from bot.house import build_house, calendars_of, enter, read_secret
from bot.intake import Intake
from bot.loops import Heart, keep_running
from bot.mailboxes import MailboxKeeper, Shown
from bot.outgoing import Scribe
from bot.parsing.pool import ParserPool
from bot.render import Renderer
from bot.sender import Sender
from channels.base import Inlet, Outlet
from channels.console import Console, ConsoleSettings
from channels.control import ControlServer
from channels.health import HealthServer
from channels.imap import Imap
from channels.imap_rules import Trouble
from channels.log_chat import LogChat
from channels.mail_files import MailFiles
from channels.smtp_in import SmtpIn
from channels.smtp_out import SmtpOut
from channels.spool import Spool
from storage import inbox
from storage.engine import sqlite_path
from storage.lock import Lock, TakenError
from storage.migrate import SchemaError, backup, bring_up
from storage.store import Store

log = logging.getLogger("faultdesk")


class StartError(Exception):
    """The daemon cannot start; the text is one line that says what to do."""


def database_url(settings: Settings) -> str:
    """The database of these settings."""
    return settings.data.database or f"sqlite:///{settings.data.folder.absolute() / 'faultdesk.db'}"


def renderer_of(settings: Settings) -> Renderer:
    """What speaks for these settings."""
    desk = settings.desk
    return Renderer(desk.organisation, desk.hotline, settings.mail.mailbox, desk.timezone)


def open_store(settings: Settings, clock: Clock) -> Store:
    """The database, at this code's schema; an older one is backed up first. Raises StartError."""
    url, folder = database_url(settings), settings.data.folder
    store = Store(url)
    try:
        bring_up(store.writing, before=lambda version: keep_backup(url, folder, clock, version))
    except SchemaError as error:
        store.close()
        raise StartError(str(error)) from error
    except SQLAlchemyError as error:
        store.close()
        reason = getattr(error, "orig", None) or error
        raise StartError(f"the database cannot be used: {reason} ({sqlite_path(url) or 'PostgreSQL'})") from error
    return store


def keep_backup(url: str, folder: Path, clock: Clock, label: str) -> None:
    """A backup before a migration."""
    backup(url, folder / "backups", clock.now(), f"before-{label}")


def phrase_of(renderer: Renderer, locale: str) -> Callable[[Path, str, str], str]:
    """What the terminal says of a mail that was kept as a file."""
    return lambda path, to, subject: renderer.phrase(locale, "mail_kept", path=str(path), to=to, subject=subject)


def progress_of(renderer: Renderer, console: Console | None, terminal: ConsoleSettings | None) -> Shown:
    """Shows the progress of a long import at the terminal, where there is one."""

    def show(mailbox: str, count: int, total: int) -> None:
        if console and terminal:
            console.announce(
                renderer.phrase(terminal.locale, "mailbox_progress", mailbox=mailbox, count=count, total=total)
            )

    return show


class App:
    """The daemon. `open` takes everything it needs, or raises StartError; `run` works until `stop` is called.

    `outlets` (mail, chat) take the place of those that the settings name: for tests.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        terminal: ConsoleSettings | None = None,
        outlets: tuple[Outlet, Outlet] | None = None,
    ) -> None:
        self.settings, self.clock, self._terminal, self._outlets = settings, clock, terminal, outlets
        self.heart = Heart()
        self._stop = asyncio.Event()
        self.inlets: list[Inlet] = []
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
        self.house = await self.store.write(self._enter)
        await self._open_channels(folder)
        self.pool = ParserPool()
        self._wire()
        await self.pool.start()

    def _enter(self, db: Connection) -> House:
        """Writes the configuration into the database, and takes up what a dead process left in hand."""
        customers = enter(db, self.settings)
        secret = read_secret(self.settings.data.folder / "faultdesk.key")
        house = build_house(self.settings, customers, secret, calendars_of(self.settings, self.clock.now().year))
        inbox.release_all(db)
        recover(Work(db, house, self.clock.now()))
        return house

    async def _open_channels(self, folder: Path) -> None:
        mail = self.settings.mail
        self.spool = Spool(folder / "spool")
        try:
            if mail.smtp_in:
                smtp_in = SmtpIn(mail.smtp_in, self.clock.now, self.spool)
                await smtp_in.open()
                self.inlets.append(smtp_in)
            self.health = HealthServer(self.settings.health.host, self.settings.health.port, self.state)
            self.health.open()
        except OSError as error:
            raise StartError(f"{error.strerror or error}; stop what uses it or choose another port") from error
        self.chat: Outlet = LogChat()
        announce: Callable[[Path, str, str], None] | None = None
        console: Console | None = None
        if self._terminal:
            console = Console(self._terminal, words=self.words, clock=self.clock.now, leave=self.stop)
            self.chat = console
            self.inlets.append(console)
            kept = phrase_of(renderer_of(self.settings), self._terminal.locale)
            announce = lambda path, to, subject: console.announce(kept(path, to, subject))  # noqa: E731
        await self._open_mailboxes(console)
        self.mail: Outlet = SmtpOut(mail.relay) if mail.relay else MailFiles(folder / "mail", announce)
        if self._outlets:
            self.mail, self.chat = self._outlets

    async def _open_mailboxes(self, console: Console | None) -> None:
        """Mailboxes that have many mails and no `start` are refused now, while somebody looks."""
        shown = progress_of(renderer_of(self.settings), console, self._terminal)
        keeper = MailboxKeeper(self.store, lambda: self.house, self.clock, self._ring_senders, shown)
        zone = ZoneInfo(self.settings.desk.timezone)
        self.mailboxes = [Imap(one, keeper, self.clock.now, zone) for one in self.settings.mail.imap]
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

        mail = self.settings.mail
        scribe = Scribe(renderer_of(self.settings), self.settings.desk.organisation, mail.mailbox, mail.mailbox)
        self.alarms = Alarms(self.store, house, self.clock, self._ring_senders)
        self.intake = Intake(self.store, self.pool, house, self.clock, self._ring_all)
        ready = self.alarms.settled.is_set
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
                ring_all=self._ring_senders,
            )
            for outlet in (self.mail, self.chat)
        ]
        self.duties = Duties(self.store, self.settings.data, self.clock, self.spool.prune)
        self.control = Control(self, scribe)
        self.door = ControlServer(self.settings.data.folder / "faultdesk.sock", self.control.answer)
        self.door.open()

    def _ring_senders(self) -> None:
        for sender in self.senders:
            sender.bell.ring()

    def _ring_all(self) -> None:
        self._ring_senders()
        self.alarms.bell.ring()

    def words(self) -> list[tuple[str, str]]:
        """What the terminal completes."""
        return self.control.words()

    # ---- running ----

    async def run(self) -> None:
        """Works until stopped. Raises LoopDiedError (in a group) when a loop cannot be kept alive."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        gc.collect()
        gc.freeze()  # what is there now stays: the collector need not look at it again and again
        gc.set_threshold(50_000, 20, 50)
        log.info("started")
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one) for one in self._everything()]
                await self._stop.wait()
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
            "alarms": self.alarms.cycle,
            "duties": self.duties.cycle,
            **{f"send {sender.outlet.name}": sender.cycle for sender in self.senders},
        }
        running += [keep_running(name, cycle, self.heart) for name, cycle in cycles.items()]
        return [*running, self.health.run(), self.door.run(), self._mailboxes_are_read()]

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
        problems = [problem for one in (*self.inlets, *self.senders) if (problem := getattr(one, "problem", ""))]
        return {"status": "stale" if stale else "ok", "stale": stale, "problems": problems,
                "loops": sorted(self.heart.beats)}  # fmt: skip

    async def idle(self) -> bool:
        """Whether nothing is left to do at this instant of the clock (for the demo and for simulations)."""
        now = self.clock.now() + timedelta(milliseconds=1)
        return await self.store.read(lambda db: self.control.idle(db, now))
