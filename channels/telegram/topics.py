"""Topics of forum groups: made for a ticket's first card, closed and opened again with the ticket."""

from __future__ import annotations

import logging
import time
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
    """What is known of the topics of one run: those made whose card has not arrived, and groups that take none."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._made: dict[tuple[str, str], str] = {}
        self._refused: dict[str, float] = {}

    async def placed(self, message: OutgoingChat) -> tuple[OutgoingChat, str]:
        """The message in its topic, which is made where it has none yet; and why a group takes none, said now and then.

        What stands in the group itself already stays there.
        """
        topic = message.topic
        if topic is None or topic.id:
            return message, ""
        if message.edits or self._refused.get(message.to, 0.0) > time.monotonic():
            return replace(message, topic=None), ""
        return await self.anew(message, topic)

    async def anew(self, message: OutgoingChat, topic: Topic) -> tuple[OutgoingChat, str]:
        """The message in a topic that is made now, unless one was made whose message never arrived."""
        place = (message.to, topic.title)
        try:
            if place not in self._made:
                made = await self._bot.create_forum_topic(int(message.to), topic.title[:LONGEST_TITLE])
                self._made[place] = str(made.message_thread_id)
        except (BadRequest, Forbidden) as error:
            self._refused[message.to] = time.monotonic() + ASK_AGAIN
            return replace(message, topic=None), failure(error).text
        return replace(message, topic=Topic(self._made[place], topic.title, topic.is_open)), ""

    async def arrived(self, message: OutgoingChat) -> Topic:
        """The card is there: its topic is closed or opened as the ticket is; gives how the topic stands."""
        topic = message.topic or Topic()
        self._made.pop((message.to, topic.title), None)
        if not topic.id or topic.is_open == topic.was_open:
            return topic
        change = self._bot.reopen_forum_topic if topic.is_open else self._bot.close_forum_topic
        try:
            await change(int(message.to), int(topic.id))
        except TelegramError as error:  # it is tried again with the card's next face
            if not says(error, *UNCHANGED):
                log.warning("a topic stays as it was: %s", failure(error).text, extra={"to": message.to})
                return topic
        return replace(topic, was_open=topic.is_open)
