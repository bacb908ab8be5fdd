"""Where stories are told: on which database, and through how much of the real outside, always in the same words.

A place is written `postgres+mailbox+telegram`: a database (sqlite, unless said), then what is real. `mailbox`: mails lie in a
folder of a real Dovecot. `telegram`: people talk at Telegram's stand-in. `relay`: mails leave through a real Postfix.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from bot.config import SAMPLE_STAFF
from bot.domain.messages import Outgoing, OutgoingChat, OutgoingMail, Receipt
from bot.reload import Reloaded
from channels.base import ChannelError
from channels.smtp_out import SmtpOut, SmtpOutSettings
from tests.parts.dovecot import PASSWORD, USER, Dovecot
from tests.parts.memory import MemoryOutlet
from tests.parts.patience import PATIENCE
from tests.parts.postfix import Relay
from tests.stories.story import Heard, Story
from tests.stories.telegram import GROUP, TelegramStory

EVERYBODY = [{"key": "default", "locale": "en", "domains": ["*"]}]
"""The one customer of a story that names none."""
FIRST = 501
"""The number at Telegram of the first of the staff; those of the others follow."""


class Overheard(MemoryOutlet):
    """Fails when it is told to, and hands on to the real way out what arrives; keeps what it looked like there."""

    def __init__(self, name: str, hand_on: Callable[[Outgoing], Awaitable[tuple[Receipt, Outgoing]]]) -> None:
        super().__init__(name)
        self._hand_on = hand_on

    async def send(self, message: Outgoing) -> Receipt:
        told: ChannelError | None = None
        try:
            await super().send(message)
        except ChannelError as error:
            if not self.sent or self.sent[-1] is not message:
                raise
            told = error
        self.sent.pop()
        receipt, seen = await self._hand_on(message)
        self.sent.append(seen)
        if told:
            raise told
        return receipt


class MailboxStory(Story):
    """Mails are laid into a folder at `server`, stamped by the story's clock, and read from there."""

    server: ClassVar[Dovecot]

    def __init__(self, folder: Path, **how: Any) -> None:
        self.box = f"story {uuid.uuid4().hex[:8]}"
        super().__init__(folder, **how)

    def sections(self, **asked: Any) -> dict[str, Any]:
        login = {"host": "localhost", "port": self.server.imap, "username": USER, "password": PASSWORD}
        box = {**login, "security": "none", "allow_plaintext": True}
        box |= {"folder": self.box, "processed": f"{self.box} done"}
        mail = asked.pop("mail", {})
        return super().sections(mail={**mail, "imap": [box, *mail.get("imap", [])]}, **asked)

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.server.make, self.box)
        return await super().__aenter__()

    async def _bring(self, raw: bytes, envelope_from: str) -> None:
        await asyncio.to_thread(self._lay, raw, envelope_from)

    def _lay(self, raw: bytes, envelope_from: str) -> None:
        """As a server delivers: the sender of the envelope stands in a header. Returns once the daemon has moved it."""
        whole = f"Return-Path: <{envelope_from.strip('<>')}>\n".encode() + raw.replace(b"\r\n", b"\n")
        name, until = self.server.drop(whole, self.box, self.clock.now()), time.monotonic() + PATIENCE
        while self.server.holds(name, self.box):
            assert time.monotonic() < until, self.app.state()
            time.sleep(0.005)


class RelayStory(Story):
    """Mails leave through a real relay; in the end each must have come out of it as it was given."""

    relay: ClassVar[Relay]

    def _make_outlets(self) -> None:
        super()._make_outlets()
        settings = SmtpOutSettings.model_validate({"host": "127.0.0.1", "port": self.relay.port, "security": "none"})
        self.out = SmtpOut(settings)
        self.given: list[bytes] = []
        self.mails = Overheard("mail", self._give)

    async def _give(self, message: Outgoing) -> tuple[Receipt, Outgoing]:
        assert isinstance(message, OutgoingMail)
        self.given.append(message.raw)
        return await self.out.send(message), message

    async def _end(self) -> None:
        await super()._end()
        await self.out.close()
        await asyncio.to_thread(self.relay.must_have_brought, self.given, PATIENCE)


def as_written(section: Any) -> dict[str, Any]:
    """A section of the configuration, whether a story gives it as it stands in the file or made already."""
    return dict(section) if isinstance(section, dict) else section.model_dump(exclude_unset=True)


class ChatStory(TelegramStory):
    """The group and the private chats are Telegram's: what is heard is what the bot's messages look like there."""

    def __init__(self, folder: Path, **how: Any) -> None:
        staff = [as_written(one) for one in how.pop("people", SAMPLE_STAFF)]
        self._known = {str(one["handle"]): FIRST + place for place, one in enumerate(staff)}
        self.numbers = self._known
        super().__init__(folder, linked=tuple(self.numbers), people=staff, **{"customers": EVERYBODY, **how})
        self._shown: dict[str, tuple[int, int]] = {}  # where each message hangs: its chat and its number there

    def sections(self, **asked: Any) -> dict[str, Any]:
        """The group belongs to the first customer, as the terminal's does."""
        first, *others = asked.pop("customers", None) or EVERYBODY
        group = {"locale": "en", **as_written(first), "groups": [{"chat": GROUP}]}
        chat = asked.pop("chat", None) or self.settings.chat
        return super().sections(chat=chat, customers=[group, *others], **asked)

    def _make_outlets(self) -> None:
        super()._make_outlets()
        self.chats = Overheard("telegram", self._show)

    async def _start(self) -> None:
        await super()._start()
        telegram: Any = self.app.outlets["telegram"]
        await self.telegram.until(lambda: not telegram.problem)

    async def _opened(self) -> None:
        await super()._opened()
        telegram: Any = self.app.outlets["telegram"]
        self._send, telegram.send = telegram.send, self.chats.send

    async def _show(self, message: Outgoing) -> tuple[Receipt, Outgoing]:
        assert isinstance(message, OutgoingChat)
        receipt: Receipt = await self._send(message)
        names = {str(GROUP): "group", **{str(number): name for name, number in self.numbers.items()}}
        if not receipt.external_id:  # it is no message
            return receipt, replace(message, to=names[message.to], text=self.telegram.popups[-1][1])
        self._shown[message.key] = chat, number = int(message.to), int(receipt.external_id)
        seen = self.telegram.messages[chat][number]
        text = seen.get("text") or seen["caption"]
        return receipt, replace(message, to=names[message.to], text=text)

    def _number(self, who: str) -> int:
        """Who is no staff is somebody all the same."""
        if who not in self._known:
            self._known[who] = self.telegram.user(FIRST + len(self._known), who.title())
        return self._known[who]

    async def says(self, who: str, words: str, *, where: str = "group") -> None:
        """In a group a command begins with a slash, since people talk there."""
        if where == "group":
            await self.writes(self._number(who), f"/{words.removeprefix('/')}")
        else:
            await self.writes(self._number(who), words, self._number(where))

    async def presses(self, who: str, card: Heard, label: str, *, where: str = "group") -> None:
        """Presses a button as it was when the message was heard, although the message may look otherwise by now."""
        assert card.chat is not None
        buttons = {one.label: one.action for line in card.chat.buttons for one in line}
        assert label in buttons, f"no button {label} in {sorted(buttons)}"
        chat, number = self._shown[card.chat.key]
        self.telegram.press(chat, number, buttons[label], self._number(who))
        await self._settled()

    async def reloads(self, **sections: Any) -> Reloaded:
        """Who is new in the configuration links her account at once."""
        result = await super().reloads(**sections)
        staff = [str(as_written(one)["handle"]) for one in sections.get("people", ())]
        self.linked = tuple(one for one in staff if one not in self._known)
        for one in self.linked:
            self.telegram.joins(GROUP, self._number(one))
        await self.app.store.write(self._link_all)
        return result


# ---- places by their names ----

DATABASES = ("sqlite", "postgres")
REAL: dict[str, type[Story]] = {"mailbox": MailboxStory, "relay": RelayStory, "telegram": ChatStory}
EVERYWHERE = ("sqlite", "postgres", "mailbox", "relay", "telegram", "postgres+mailbox+relay+telegram")
"""The places of a long run."""


@dataclass(frozen=True)
class Place:
    """One of them, as it is written."""

    name: str

    @property
    def database(self) -> str:
        return next((one for one in DATABASES if one in self.name.split("+")), DATABASES[0])

    @property
    def real(self) -> tuple[str, ...]:
        """What of the outside is real there, in the order of REAL. Raises ValueError for an unknown word."""
        words = set(self.name.split("+")) - set(DATABASES)
        if unknown := words - set(REAL):
            raise ValueError(f"no place is called {' '.join(sorted(unknown))}: {', '.join((*DATABASES, *REAL))}")
        return tuple(one for one in REAL if one in words)

    def story(self) -> type[Story]:
        """The kind of story that is told there."""
        kinds = tuple(REAL[one] for one in self.real)
        return type("PlacedStory", kinds, {}) if len(kinds) > 1 else (*kinds, Story)[0]
