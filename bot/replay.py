"""Stored mails and chat words once more through the real daemon, with a fake clock and nobody at the other end.

To try a configuration: what would have been said, and who would have been warned when. Nothing leaves the machine, and
nothing of the desk's own data is touched: the database lies in a scratch folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from bot.app import App
from bot.clock import FakeClock
from bot.config import Mail, Settings
from bot.domain.digest import header_of
from bot.domain.messages import IncomingChat, IncomingMail, Outgoing, OutgoingMail, Receipt
from storage.models import outbox

CHAT_FILE = "chat.jsonl"
AFTERWARDS = timedelta(days=1)
"""So long after the last item the clock still runs."""


class ReplayError(Exception):
    """What cannot be replayed, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Item:
    """A mail (its file's bytes) or words of somebody (handle, text), and when it came."""

    at: datetime
    name: str
    raw: bytes = b""
    who: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A message that left, as the timeline tells it."""

    at: datetime
    event: str
    kind: str
    channel: str
    to: str
    message: Outgoing


def read_items(folder: Path, zone: ZoneInfo, handles: Collection[str]) -> list[Item]:
    """What lies in the folder, in the order of time: `*.eml`, and lines {"at", "who", "text"} in chat.jsonl.

    A mail came when its topmost Received header says; without one its Date header counts, and at last the file's time.
    Times without a zone are those of `zone`. Raises ReplayError, also for words of somebody who is not staff.
    """
    items = [Item(_received(raw := path.read_bytes(), path), path.name, raw) for path in sorted(folder.glob("*.eml"))]
    words = folder / CHAT_FILE
    for number, line in enumerate(words.read_text("utf-8").splitlines() if words.exists() else (), start=1):
        try:
            one = json.loads(line)
            at, who, text = datetime.fromisoformat(one["at"]), str(one["who"]), str(one["text"])
        except (ValueError, KeyError, TypeError) as error:
            example = '{"at": "2026-11-23T09:05:00+08:00", "who": "anna", "text": "take 1"}'
            raise ReplayError(f"{words}:{number}: write it like {example}") from error
        if who not in handles:
            raise ReplayError(
                f"{words}:{number}: nobody has the handle {who!r}; there are {', '.join(sorted(handles))}"
            )
        items.append(Item(at if at.tzinfo else at.replace(tzinfo=zone), f"{CHAT_FILE}:{number}", who=who, text=text))
    if not items:
        raise ReplayError(f"there is no .eml file and no {CHAT_FILE} in {folder}")
    return sorted(items, key=lambda item: item.at)


def _received(raw: bytes, path: Path) -> datetime:
    head = message_from_bytes(header_of(raw), policy=policy.compat32)
    for text in (str(head.get("Received", "")).rpartition(";")[2], str(head.get("Date", ""))):
        with contextlib.suppress(ValueError, TypeError, IndexError):
            at = parsedate_to_datetime(text.strip())
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def shifted(items: Sequence[Item], start: datetime | None) -> list[Item]:
    """The items as if the first had come at `start`."""
    by = start - items[0].at if start else timedelta()
    return [Item(one.at + by, one.name, one.raw, one.who, one.text) for one in items]


def apart(settings: Settings, folder: Path) -> Settings:
    """The configuration without what reaches the outside or the desk's own data."""
    smtp = settings.mail.smtp_in or Mail().smtp_in
    assert smtp is not None  # noqa: S101  -- the default is there
    door = smtp.model_copy(update={"host": "127.0.0.1", "port": 0})
    mail = settings.mail.model_copy(update={"imap": [], "relay": None, "smtp_in": door})
    health = settings.health.model_copy(update={"port": 0, "canary_minutes": 0, "heartbeat_url": ""})
    data = settings.data.model_copy(update={"folder": folder, "database": ""})
    chat = settings.chat.model_copy(update={"telegram": None})
    return settings.model_copy(update={"mail": mail, "health": health, "data": data, "chat": chat})


class _Recorder:
    """An outlet at whose other end nobody is."""

    def __init__(self, name: str, clock: FakeClock) -> None:
        self.name, self.clock = name, clock
        self.sent: list[tuple[datetime, Outgoing]] = []

    async def send(self, message: Outgoing) -> Receipt:
        self.sent.append((self.clock.now(), message))
        return Receipt(external_id=message.key)

    async def close(self) -> None:
        """Nothing is held open."""


class Replay:
    """One run: `play` feeds the items and tells `tell` what came of them."""

    def __init__(self, settings: Settings, folder: Path, start: datetime) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.clock = FakeClock(folder / "clock", start)
        self._outlets = tuple(_Recorder(name, self.clock) for name in ("mail", "console"))
        self.app = App(apart(settings, folder), self.clock, outlets=self._outlets)

    async def play(
        self, items: Sequence[Item], until: datetime, come: Callable[[Item], None], tell: Callable[[Said], None]
    ) -> None:
        """Feeds all of it, then lets the time go on until an instant."""
        async with self._running():
            for item in items:
                await self._advance(max(item.at, self.clock.now()), tell)
                come(item)
                await self.app.intake.receive(self._incoming(item))
                await self._advance(self.clock.now(), tell)
            await self._advance(max(until, self.clock.now()), tell)

    @contextlib.asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        await self.app.open()
        running = asyncio.create_task(self.app.run())
        try:
            yield
        finally:
            self.app.stop()
            await running

    def _incoming(self, item: Item) -> IncomingMail | IncomingChat:
        now = self.clock.now()
        if item.who:
            return IncomingChat("console", item.name, item.who, item.who, now, item.text)
        return IncomingMail("imap", item.raw, now, source=item.name)

    async def _advance(self, to: datetime, tell: Callable[[Said], None]) -> None:
        await self.app.control.answer({"op": "advance", "to": to.isoformat()})
        sent = [one for outlet in self._outlets for one in outlet.sent]
        for outlet in self._outlets:
            outlet.sent.clear()
        rows = await self.app.store.read(lambda db: _rows(db, [int(message.key) for _, message in sent]))
        for at, message in sorted(sent, key=lambda one: (one[0], int(one[1].key))):
            row = rows[int(message.key)]
            to_whom = message.recipient if isinstance(message, OutgoingMail) else message.to
            tell(Said(at, row.event, row.kind, row.channel, to_whom, message))


def _rows(db: Connection, ids: list[int]) -> dict[int, Any]:
    asked = select(outbox.c.id, outbox.c.event, outbox.c.kind, outbox.c.channel).where(outbox.c.id.in_(ids))
    return {row.id: row for row in db.execute(asked)}
