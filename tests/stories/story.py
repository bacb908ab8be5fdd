"""The vocabulary of the stories: mail arrives, time passes, somebody says something; any unexpected message fails.

So does every text in a group that holds anything personal of a mail (tests/stories/canaries.py).

A story runs the real daemon in this process on a real database, takes mail by SMTP, reads it in the real parser's
children, and stands on a fake clock. Only the two ways out are replaced, by outlets that keep what is sent.
Each story is told in two places or more, in the same words (tests/stories/places.py).
"""

from __future__ import annotations

import asyncio
import smtplib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.app import App
from bot.clock import FakeClock
from bot.config import Settings
from bot.config_file import ConfigError
from bot.domain.messages import IncomingChat, OutgoingChat, OutgoingMail
from bot.fsck import check
from bot.reload import Reloaded
from storage import restore
from storage.models import outbox
from tests.parts.memory import MemoryOutlet
from tests.parts.patience import PATIENCE
from tests.parts.tables import tables_at
from tests.stories import canaries

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = "2026-11-23 09:00"
PRODUCED: set[tuple[str, str, str, str, bool]] = set()
"""(event, audience, kind, mail or chat, with sound) of every message that any story has produced."""


MAILBOX = pytest.mark.told_at("mailbox")
"""The second time the story is told with its mails in a real mailbox."""
TELEGRAM = pytest.mark.told_at("telegram")
"""The second time the story is told with its people at Telegram."""
AT_TERMINAL = pytest.mark.only_at("sqlite", "postgres", "mailbox", "relay")
"""The story is about the terminal, or about accounts that are linked nowhere."""
OUTSIDE = pytest.mark.told_at("mailbox", "relay", "telegram")
"""The second time the story is told with all of the outside real."""


@dataclass
class Heard:
    """A message that went out: who got it, what it was, and its words."""

    row: Any
    to: str
    words: str
    raw: bytes = b""
    chat: OutgoingChat | None = None

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)

    def __str__(self) -> str:
        return f"[{self.row.event}/{self.row.kind} to {self.row.audience} {self.to}]\n{self.words}"


def instant(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)


def settings_for(folder: Path, **sections: Any) -> Settings:
    mail = {"mailbox": "fault@desk.example", "host": "desk.example", **sections.pop("mail", {})}
    mail["smtp_in"] = {"port": 0, "addresses": [mail["mailbox"]]}
    desk = {
        "hotline": "400-800-1234",
        "locale": "en",
        "digests": False,
        "assign_minutes": 0,
        "handover": False,
        "reply_seconds": 0,
        **sections.pop("desk", {}),
    }
    data = {"folder": folder, **sections.pop("data", {})}
    health = {"port": 0, **sections.pop("health", {})}
    return Settings(desk=desk, mail=mail, data=data, health=health, **sections)


class Story:
    """One story. Leaving it checks that every message was expected and that the database is sound."""

    database: ClassVar[Callable[[], str]] = staticmethod(str)
    """Makes the address of a database for the next story; empty: SQLite in its folder."""

    at_terminal: ClassVar[bool] = True
    """Whether people sit there, and not in another chat."""

    def __init__(self, folder: Path, start: str = MONDAY, **sections: Any) -> None:
        self.folder = folder
        data = {"database": Story.database(), **sections.pop("data", {})}
        self.settings = settings_for(folder, data=data, **self.sections(**sections))
        self.file: Settings | ConfigError = self.settings
        self.clock_start = instant(start)
        self._unheard: list[Heard] = []
        self.renewed: list[
            Heard
        ] = []  # cards that only show the time anew as a threshold passes: no message to anybody
        self._secrets: set[str] = set()

    def sections(self, **asked: Any) -> dict[str, Any]:
        """What the place adds to the configuration that a story asks for."""
        return asked

    def configured(self, **asked: Any) -> Settings:
        """Another configuration of the same desk."""
        data = {"database": self.settings.data.database}
        return settings_for(self.folder, data=data, **self.sections(**asked))

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.settings.data.folder / "faultdesk.db"
        if not self.settings.data.database and not file.exists():
            tables_at(file)
        await self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        findings = [] if kind else await self.app.store.read(lambda db: list(check(db, self.app.house.calendars)))
        leaked = await self.app.store.read(lambda db: canaries.leaks(db, self._secrets))
        await self._note_what_was_produced()
        await self._end()
        if kind is None:
            assert not leaked, "\n".join(leaked)
            assert not findings, "\n".join(findings)
            assert not self._unheard, "nobody expected:\n" + "\n".join(str(one) for one in self._unheard)

    async def _start(self) -> None:
        self._make_outlets()
        self.clock = FakeClock(self.folder / "clock", self.clock_start)
        self.app = App(self.settings, self.clock, outlets=self._outlets(), reread=self._read_again)
        await self.app.open()
        await self._opened()
        self.port = self.app.inlets[0].port  # type: ignore[attr-defined]
        self._running = asyncio.create_task(self.app.run())
        await self._settled()

    def _make_outlets(self) -> None:
        self.mails, self.chats = MemoryOutlet("mail"), MemoryOutlet("console")

    def _outlets(self) -> tuple[MemoryOutlet, ...]:
        """What takes the place of the ways out."""
        return self.mails, self.chats

    async def _opened(self) -> None:
        """Before anything happens."""

    def _read_again(self) -> Settings:
        if isinstance(self.file, Exception):
            raise self.file
        return self.file

    async def _end(self) -> None:
        self.app.stop()
        await self._running

    # ---- what happens ----

    async def mail(self, sender: str, subject: str, text: str = "", **more: Any) -> None:
        """A mail arrives by SMTP. `answers` is a Heard mail that it replies to; `headers` are further ones."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, "fault@desk.example", subject
        mail["Message-ID"] = more.get("message_id") or f"<{uuid.uuid4().hex}@customer.example>"
        if answers := more.get("answers"):
            mail["In-Reply-To"] = mail["References"] = answers.mail["Message-ID"]
        for name, value in more.get("headers", {}).items():
            mail[name] = value
        mail.set_content(text or subject)
        for name, data in more.get("files", {}).items():
            mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
        await self.raw_mail(mail.as_bytes(), more.get("envelope_from", sender.rpartition("<")[2].strip("<>")))

    async def raw_mail(self, raw: bytes, envelope_from: str) -> None:
        self._secrets |= canaries.secrets_of(raw) - {"fault@desk.example"}
        await self._bring(raw, envelope_from)
        await self._settled()

    async def _bring(self, raw: bytes, envelope_from: str) -> None:
        """Hands a mail over, by SMTP."""

        def send() -> None:
            with smtplib.SMTP("127.0.0.1", self.port) as line:
                line.sendmail(
                    envelope_from, ["fault@desk.example"], raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                )

        await asyncio.to_thread(send)

    async def says(self, who: str, words: str, *, where: str = "group") -> None:
        """Somebody says something in the group (or in another chat)."""
        await self._chat(IncomingChat("console", uuid.uuid4().hex, who, where, self.clock.now(), words))

    async def presses(self, who: str, card: Heard, label: str, *, where: str = "group") -> None:
        """Somebody presses a button of a message."""
        assert card.chat is not None
        buttons = {one.label: one.action for line in card.chat.buttons for one in line}
        assert label in buttons, f"no button {label} in {sorted(buttons)}"
        await self._chat(IncomingChat("console", uuid.uuid4().hex, who, where, self.clock.now(), action=buttons[label]))

    async def _chat(self, chat: IncomingChat) -> None:
        await self.app.intake.receive(chat)
        await self._settled()

    async def passes(self, minutes: float) -> None:
        """Time passes; every alarm on the way rings at its own instant."""
        await self._advance(self.clock.now() + timedelta(minutes=minutes))

    async def at(self, local: str) -> None:
        """Time passes until a local instant: "09:54" (today), or "2026-11-24 09:54"."""
        today = self.clock.now().astimezone(SHANGHAI)
        await self._advance(instant(local if len(local) > 5 else f"{today:%Y-%m-%d} {local}"))

    async def _advance(self, to: datetime) -> None:
        await self.app.control.answer({"op": "advance", "to": to.isoformat()})
        await self._settled()

    async def restarts(self, *, after_minutes: float = 0) -> None:
        """The daemon ends and starts again, later on the clock if so wished."""
        await self._collect()
        await self._note_what_was_produced()
        await self._end()
        self.clock.set(self.clock.now() + timedelta(minutes=after_minutes))
        await self._start()

    async def reloads(self, **sections: Any) -> Reloaded:
        """The configuration is changed and taken up, or refused with `mistakes`."""
        mistakes = sections.pop("mistakes", None)
        self.file = ConfigError(mistakes) if mistakes else self.configured(**sections)
        result = await self.app.reloader.reload()
        await self._settled()
        return result

    async def makes_a_backup(self) -> Path:
        answer = await self.app.control.answer({"op": "backup"})
        return Path(answer["path"])

    async def is_restored(self, made: Path) -> None:
        """The daemon ends, the backup takes the database's place, and it starts again."""
        await self._collect()
        await self._note_what_was_produced()
        await self._end()
        copy, target = self.folder / "copy", self.folder / "faultdesk.db"
        restore.examine(made, copy)
        restore.mark(copy, self.clock.now(), target)
        restore.put_in_place(copy, target, self.folder / "old.db")
        await self._start()

    async def is_released(self, *, drop: bool = False) -> None:
        await self.app.control.answer({"op": "release", "drop": drop})
        await self._settled()

    async def settles(self) -> None:
        """Whatever is due has been done."""
        await self._settled()

    async def _settled(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self.app.idle_until() is None:  # noqa: ASYNC110  -- it asks the database
                await asyncio.sleep(0.005)
        await self._collect()

    async def _collect(self) -> None:
        sent = [*self.mails.sent, *self.chats.sent]
        self.mails.sent.clear()
        self.chats.sent.clear()
        keys = [int(one.key) for one in sent]
        rows = await self.app.store.read(
            lambda db: {row.id: row for row in db.execute(select(outbox).where(outbox.c.id.in_(keys)))}
        )
        heard = [_heard(rows[int(one.key)], one) for one in sent]
        self.renewed += [one for one in heard if one.row.event == "threshold"]
        self._unheard += [one for one in heard if one.row.event != "threshold"]

    async def _note_what_was_produced(self) -> None:
        for row in await self.app.store.read(lambda db: list(db.execute(select(outbox)))):
            PRODUCED.add(
                (row.event, row.audience, row.kind, "mail" if row.channel == "mail" else "chat", not row.silent)
            )

    # ---- what people hear ----

    def hears(self, who: str, kind: str, *containing: str) -> Heard:
        """Takes one message to `who` (a role of the message table, a handle, "group", a mail address) of that kind."""
        for heard in self._unheard:
            if who in {heard.to, heard.row.audience} and heard.row.kind == kind:
                missing = [one for one in containing if one not in heard.words]
                assert not missing, f"{missing} is not in:\n{heard.words}"
                self._unheard.remove(heard)
                return heard
        raise AssertionError(f"no {kind} to {who}; there is:\n" + "\n".join(str(one) for one in self._unheard))

    async def hears_soon(self, who: str, kind: str, *containing: str) -> Heard:
        """`hears` for what comes of itself, by the real clock."""
        async with asyncio.timeout(PATIENCE):
            while not any(who in {one.to, one.row.audience} and one.row.kind == kind for one in self._unheard):
                await asyncio.sleep(0.02)
                await self._collect()
        return self.hears(who, kind, *containing)

    def gets_it(self, who: str, *containing: str) -> Heard:
        """She has pressed [Take] and reads all about the ticket; the terminal's group has an answer besides."""
        if self.at_terminal:
            self.hears("speaker", "phrase", "is yours")
        return self.hears(who, "assignment", *containing)

    def sees_card(self, *containing: str) -> Heard:
        return self.hears("group", "card", *containing)

    def nobody_hears_anything(self) -> None:
        assert not self._unheard, "\n".join(str(one) for one in self._unheard)

    def forget(self) -> None:
        """What was heard so far is not what this story is about."""
        self._unheard.clear()

    async def ticket(self, number: int = 1) -> Any:
        from storage import tickets

        return await self.app.store.read(lambda db: tickets.by_number(db, number))

    async def clocks(self, number: int = 1) -> dict[str, str]:
        from storage import clocks

        rows = await self.app.store.read(lambda db: clocks.of_ticket(db, number))
        return {f"{row.target}{row.arming if row.arming > 1 else ''}": row.state for row in rows}


def _heard(row: Any, message: Any) -> Heard:
    if isinstance(message, OutgoingMail):
        mail = message_from_bytes(message.raw, policy=default)
        body = mail.get_body(("plain",))
        assert body is not None
        return Heard(row, message.recipient, f"{mail['Subject']}\n{body.get_content()}", message.raw)
    return Heard(row, message.to, message.text, chat=message)
