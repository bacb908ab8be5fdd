"""Topics of forum groups: made for a ticket's first card, closed and opened again with the ticket."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from telegram import Bot
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.domain.messages import OutgoingChat, Topic
from channels.telegram.line import failure, says

log = logging.getLogger("faultdesk.telegram")
LONGEST_TITLE = 128
ASK_AGAIN = 3600.0
"""Seconds for which a group that takes no topics is not asked again."""
GONE = ("message thread not found", "topic deleted", "topic id invalid")
UNCHANGED = ("topic not modified",)


class Topics:
    """Makes and turns topics; knows of one run which groups take none."""

    def __init__(self, bot: Bot, more: Callable[[str], None]) -> None:
        self._bot, self._more = bot, more
        self._refused: dict[str, float] = {}

    def takes(self, message: OutgoingChat) -> bool:
        """Whether a topic may be made for a message without one; what is in the group itself already stays there."""
        return not message.edits and self._refused.get(message.to, 0.0) <= time.monotonic()

    async def made(self, message: OutgoingChat) -> tuple[Topic | None, str]:
        """A new topic for the message; or None, and why the group takes none."""
        topic = message.topic or Topic()
        try:
            made = await self._bot.create_forum_topic(int(message.to), topic.title[:LONGEST_TITLE])
        except (BadRequest, Forbidden) as error:
            self._refused[message.to] = time.monotonic() + ASK_AGAIN
            return None, failure(error).text
        return Topic(str(made.message_thread_id), topic.title, topic.is_open), ""

    async def turned(self, message: OutgoingChat) -> Topic:
        """The card is there: its topic is closed or opened as the ticket is; gives how the topic stands."""
        topic = message.topic or Topic()
        if not topic.id or topic.is_open == topic.was_open:
            return topic
        change = self._bot.reopen_forum_topic if topic.is_open else self._bot.close_forum_topic
        try:
            await change(int(message.to), int(topic.id))
        except TelegramError as error:  # it is tried again with the card's next face
            if not says(error, *UNCHANGED):
                log.warning("a topic stays as it was: %s", failure(error).text, extra={"to": message.to})
                return topic
        else:
            self._more(message.to)
        return replace(topic, was_open=topic.is_open)
