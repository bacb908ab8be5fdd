"""How a message is said at Telegram: plain text whose first line is bold, buttons, files, edits in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest, TelegramError

from bot.domain.messages import Button, File, OutgoingChat, Receipt
from channels.base import ChannelError
from channels.telegram.line import failure, says
from channels.telegram.presses import Presses
from channels.telegram.topics import GONE, Topics

MOST_TEXT = 4096  # UTF-16 units, as Telegram counts
MOST_IN_A_ROW = 3  # buttons; more of them are cut on a phone
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
UNCHANGED = ("message is not modified",)
LOST = ("message to edit not found", "message can't be edited", "message id invalid", "message identifier is not")
PICTURES, MOST_PICTURE, MOST_CAPTION = frozenset({"image/jpeg", "image/png"}), 10 * 2**20, 1024
"""What `sendPhoto` takes: types, bytes, and characters of the words below it."""
NO_PICTURE = ("photo invalid dimensions", "image process failed", "photo ext invalid", "wrong type of", "too big")
"""How it refuses a file of such a type that it cannot show."""
UNREADABLE = ("can't parse entities", "entity")


class Speech:
    """Says messages through a bot. What goes wrong is raised as Telegram's library raises it.

    `more` is told of a chat that another message has arrived there than the one for which there was room.
    """

    def __init__(self, bot: Bot, more: Callable[[str], None], presses: Presses) -> None:
        self._bot, self._topics, self._more, self._presses = bot, Topics(bot, more), more, presses

    async def say(self, message: OutgoingChat) -> Receipt:
        """The text with its buttons, then the files. The receipt names the text's message, for later edits.

        A short text stands below the first picture. What is fleeting is shown to whoever pressed and leaves no message.
        """
        if message.fleeting and not message.buttons and await self._presses.shows(message):
            return Receipt(text="shown to whoever pressed")
        self._presses.ends(message.press)
        if message.topic and not message.topic.id:
            return await self._without(message, wanted=self._topics.takes(message))
        try:
            said = await self._said(message)
        except BadRequest as error:
            if message.topic is None or not says(error, *GONE):
                raise
            return await self._without(message, wanted=bool(message.topic.title))
        topic = await self._topics.turned(message) if message.topic else None
        return Receipt(external_id=str(said), topic=topic)

    async def _without(self, message: OutgoingChat, *, wanted: bool) -> Receipt:
        """Its topic is not there, or not any more: one is made if it is `wanted`, else it is said in the group itself.

        What was made is told before anything is said in it, so that a crash in between leaves no second one.
        """
        topic, trouble = await self._topics.made(message) if wanted else (None, "")
        if topic:
            return Receipt(text="its topic is made", topic=topic, said=False)
        said = await self._said(replace(message, topic=None))
        return Receipt(external_id=str(said), trouble=trouble)

    async def _said(self, message: OutgoingChat) -> int:
        text, files = fitted(message.text, message.when_cut), message.files
        said = None
        if files and not message.edits and units(text) <= MOST_CAPTION:
            said = await self._picture(message, files[0], text)
        if said:
            files = files[1:]
        else:
            said = await self._text(message, text)
        for file in files:
            await self._file(message, file)
        return said

    async def _text(self, message: OutgoingChat, text: str) -> int:
        try:
            return await self._placed(message, text, headline(text))
        except BadRequest as error:
            if not says(error, *UNREADABLE):
                raise
        return await self._placed(message, text, ())  # the words matter, not their looks

    async def _placed(self, message: OutgoingChat, text: str, entities: tuple[MessageEntity, ...]) -> int:
        """In the place of what was said before if that is still there, else as a new message. Gives its id."""
        if message.edits.isdecimal():
            try:
                await self._bot.edit_message_text(
                    text,
                    int(message.to),
                    int(message.edits),
                    entities=entities,
                    reply_markup=keyboard(message.buttons),
                    link_preview_options=NO_PREVIEW,
                )
            except BadRequest as error:
                if says(error, *UNCHANGED):
                    return int(message.edits)
                if not says(error, *LOST):
                    raise
            else:
                return int(message.edits)
        said = await self._bot.send_message(
            int(message.to),
            text,
            entities=entities,
            reply_markup=keyboard(message.buttons),
            disable_notification=message.silent,
            link_preview_options=NO_PREVIEW,
            reply_parameters=below(message.answers),
            message_thread_id=thread(message),
        )
        return said.message_id

    async def _file(self, message: OutgoingChat, file: File) -> None:
        """A file after its text. Whatever becomes of it, the text has been said: that is not unsent any more."""
        try:
            if not await self._picture(message, file, ""):
                sent = InputFile(file.data, filename=file.name)
                await self._bot.send_document(
                    int(message.to), sent, disable_notification=True, message_thread_id=thread(message)
                )
            self._more(message.to)
        except TelegramError as error:
            why = failure(error)
            raise ChannelError(
                why.text, code=why.code, permanent=why.permanent, unsent=False, retry_after=why.retry_after
            ) from error

    async def _picture(self, message: OutgoingChat, file: File, text: str) -> int | None:
        """Shows a picture as one, above the message's text or else its own name; gives the id of what was said.

        None where Telegram takes it as a file only.
        """
        if file.media_type not in PICTURES or len(file.data) > MOST_PICTURE:
            return None
        try:
            said = await self._bot.send_photo(
                int(message.to),
                InputFile(file.data, filename=file.name),
                caption=text or file.name[:MOST_CAPTION],
                caption_entities=headline(text),
                reply_markup=keyboard(message.buttons) if text else None,
                disable_notification=message.silent or not text,
                message_thread_id=thread(message),
            )
        except BadRequest as error:
            if not says(error, *NO_PICTURE):
                raise
            return None
        return said.message_id


def thread(message: OutgoingChat) -> int | None:
    """The topic in which it is said."""
    return int(message.topic.id) if message.topic and message.topic.id else None


def below(answered: str) -> ReplyParameters | None:
    """The message that is answered; if that is gone, the words are said all the same."""
    if not answered.isdecimal():
        return None
    return ReplyParameters(int(answered), allow_sending_without_reply=True)


def headline(text: str) -> tuple[MessageEntity, ...]:
    """The first line in bold, where there are more."""
    first, more, _ = text.partition("\n")
    return (MessageEntity(MessageEntity.BOLD, 0, units(first)),) if more and first.strip() else ()


def keyboard(rows: Iterable[Iterable[Button]]) -> InlineKeyboardMarkup | None:
    """The buttons, a few in a row; what each does is known to the server only, by its id."""
    cells = [InlineKeyboardButton(one.label, callback_data=one.action) for row in rows for one in row]
    width = MOST_IN_A_ROW if len(cells) != MOST_IN_A_ROW + 1 else 2
    lines = [cells[start : start + width] for start in range(0, len(cells), width)]
    return InlineKeyboardMarkup(lines) if lines else None


def units(text: str) -> int:
    """The length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def fitted(text: str, when_cut: str) -> str:
    """The text as Telegram takes it: without blanks around it, and cut with a word where it is too long."""
    text = text.strip() or "…"
    if units(text) <= MOST_TEXT:
        return text
    ending = f"\n{when_cut}"
    room = (MOST_TEXT - units(ending)) * 2
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore").rstrip() + ending
