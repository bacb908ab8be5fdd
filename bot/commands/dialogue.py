"""Short dialogues: a button that needs words asks for them, and her next words complete the command.

They are kept in the database, one a person and chat, and are over after ten minutes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.commands.authorize import authorize
from bot.commands.base import REGISTRY, Answer, Call, RefusedError, number_and_rest, ticket_of
from bot.desk.buttons import WORDS_FOLLOW
from storage import dialogues, outbox, people

TALK = ("reply", "called", "helped", "extend")
TIMEOUT, REMEMBERED = timedelta(minutes=10), timedelta(hours=1)
"""How long her words are waited for, and how long it is said to her that they come too late."""


def needs_words(call: Call, line: str) -> bool:
    """Whether the command behind a button waits for words."""
    return call.chat is not None and bool(call.chat.action) and line.endswith(WORDS_FOLLOW)


def is_talk(line: str) -> bool:
    """Whether the words that a button asks for are only said to somebody, however the ticket stands by now."""
    return line.endswith(WORDS_FOLLOW) and line.startswith(TALK)


def begin(call: Call, line: str) -> Answer:
    """Asks for the words that the command behind a button needs. Raises RefusedError where she may not use it."""
    line = line.removesuffix(WORDS_FOLLOW)
    command, words = REGISTRY.find(line)
    call = replace(call, words=words)
    ticket, rest = ticket_of(call)
    authorize(call, command, ticket)
    return ask(call, line, rest.partition(" ")[0] or command.name, number=call.work.house.name_of(ticket.number))


def ask(call: Call, line: str, topic: str, **facts: Any) -> Answer:
    """Asks one question about the topic; what she says next is put behind the line and carried out."""
    assert call.chat is not None  # noqa: S101  -- only a chat asks
    person, place = call.speaker(), _place(call)
    expires_at = call.work.now + TIMEOUT
    dialogues.begin(call.work.db, place, person.id, line=line, topic=topic, expires_at=expires_at)
    private = place[1] == call.chat.sender != call.chat.chat
    return Answer("phrase", {"phrase": f"ask.{topic}", **facts}, private=private)


def completed(call: Call) -> str:
    """The command that her words complete, or "". Raises RefusedError for words that come too late.

    A command is one in a dialogue, too: with a slash, or with the number of a ticket. So is an answer to one of our
    messages about a ticket.
    """
    chat = call.chat
    if chat is None or chat.action or not chat.text.strip() or _speaks_of_else(call):
        return ""
    place, person = (chat.channel, chat.chat), call.speaker()
    row = dialogues.of_person(call.work.db, place, person.id)
    if row is None or row.expires_at + REMEMBERED < call.work.now:
        return ""
    if row.expires_at < call.work.now:
        raise RefusedError("dialogue_over")
    dialogues.end(call.work.db, place, person.id)
    return f"{row.line} {chat.text.strip()}"


def _speaks_of_else(call: Call) -> bool:
    assert call.chat is not None  # noqa: S101  -- see completed
    chat = call.chat
    if chat.text.lstrip().startswith("/"):
        return True
    if chat.reply_to and outbox.ticket_of_message(call.work.db, chat.channel, chat.chat, chat.reply_to) is not None:
        return True
    try:
        command, words = REGISTRY.find(chat.text)
    except RefusedError:
        return False
    return command.on_ticket and number_and_rest(words) is not None


def _place(call: Call) -> tuple[str, str]:
    """Where she is asked: in private, but at a terminal where she is."""
    assert call.chat is not None  # noqa: S101  -- only a chat asks
    chat = call.chat
    return chat.channel, chat.chat if chat.channel in people.CONFIGURED else chat.sender
