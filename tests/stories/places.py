"""Other places where stories are told, in the same words: mail lies in a real mailbox, engineers talk at Telegram."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

from bot.config import SAMPLE_STAFF
from bot.domain.messages import Outgoing, OutgoingChat, Receipt
from tests.parts.dovecot import PASSWORD, USER, Dovecot
from tests.stories.canaries import secrets_of
from tests.stories.story import Heard, Story
from tests.stories.telegram import GROUP, HANDLES, LEO, TelegramStory

PATIENCE = 60  # seconds until a mail has left its mailbox


class MailboxStory(Story):
    """Mails are laid into a folder at `server`, stamped by the story's clock, and read from there."""

    server: ClassVar[Dovecot]

    def __init__(self, folder: Path, **how: Any) -> None:
        self.box = f"story {uuid.uuid4().hex[:8]}"
        login = {"host": "localhost", "port": self.server.imap, "username": USER, "password": PASSWORD}
        box = {**login, "security": "none", "allow_plaintext": True}
        box |= {"folder": self.box, "processed": f"{self.box} done"}
        super().__init__(folder, mail={**how.pop("mail", {}), "imap": [box]}, **how)

    async def __aenter__(self) -> Self:
        with await asyncio.to_thread(self.server.client) as client:
            await asyncio.to_thread(client.create_folder, self.box)
        return await super().__aenter__()

    async def raw_mail(self, raw: bytes, envelope_from: str) -> None:
        self._secrets |= secrets_of(raw) - {"fault@desk.example"}
        await asyncio.to_thread(self._lay, raw, envelope_from)
        await self._settled()

    def _lay(self, raw: bytes, envelope_from: str) -> None:
        """As a server delivers: the sender of the envelope stands in a header. Returns once the daemon has moved it."""
        until = time.monotonic() + PATIENCE
        whole = f"Return-Path: <{envelope_from.strip('<>')}>\r\n".encode() + raw
        with self.server.client() as client:
            client.append(self.box, whole, msg_time=self.clock.now())
            while client.folder_status(self.box, ["MESSAGES"])[b"MESSAGES"]:
                assert time.monotonic() < until, self.app.state()
                time.sleep(0.02)


class ChatStory(TelegramStory):
    """The group and the private chats are Telegram's: what is heard is what the bot's messages look like there."""

    numbers: Mapping[str, int] = {**HANDLES, "mo": 505, "sam": 506}

    def __init__(self, folder: Path, **how: Any) -> None:
        people = [one.model_dump() for one in SAMPLE_STAFF]
        super().__init__(folder, linked=tuple(self.numbers), **{"people": people, **how})
        self._names = {str(GROUP): "group", **{str(number): name for name, number in self.numbers.items()}}
        self._shown: dict[str, tuple[int, int]] = {}  # where each message hangs: its chat and its number there

    async def _opened(self) -> None:
        await super()._opened()
        telegram: Any = self.app.outlets["telegram"]
        send = telegram.send

        async def overheard(message: Outgoing) -> Receipt:
            receipt: Receipt = await send(message)
            assert isinstance(message, OutgoingChat)
            self._shown[message.key] = chat, number = int(message.to), int(receipt.external_id)
            text = self.telegram.messages[chat][number]["text"]
            self.chats.sent.append(replace(message, to=self._names[message.to], text=text))
            return receipt

        telegram.send = overheard

    async def says(self, who: str, words: str, *, where: str = "group") -> None:
        number = self.numbers.get(who, LEO)
        await self.writes(number, words, GROUP if where == "group" else number)

    async def presses(self, who: str, card: Heard, label: str, *, where: str = "group") -> None:
        """Presses a button as it was when the message was heard, although the message may look otherwise by now."""
        assert card.chat is not None
        buttons = {one.label: one.action for line in card.chat.buttons for one in line}
        chat, number = self._shown[card.chat.key]
        self.telegram.press(chat, number, buttons[label], self.numbers[who])
        await self._settled()
