"""Where the answer to a command goes: to the chat that asked, to the speaker alone, or into a message that tells it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.commands import files
from bot.commands.base import Answer, Call
from bot.desk import documents
from bot.desk.announce import TABLE
from bot.desk.buttons import keep_buttons, keep_commands
from bot.desk.work import Work
from bot.domain.messages import IncomingChat
from storage import outbox, people, waiting

ASIDE = frozenset({"phrase", "proposals"})
"""What a press in a group gets for an answer aside; a check-list, say, is the group's as before."""
TOLD = "another message says the same and more"


def put(call: Call, row: Any, chat: IncomingChat, answer: Answer, *, refused: bool = False) -> None:
    """The answer goes where the question came from; private ones to the speaker's own chat, and so does the answer to a
    press in a group: what it did stands on the card, and why it did nothing is for nobody else to read.
    """
    line = TABLE["command"][0]
    closed = bool(call.group and call.group.exposed)
    terminal = chat.channel in people.CONFIGURED
    aside = bool(chat.action and call.group) and not terminal and answer.kind in ASIDE
    address = chat.sender if answer.private or closed or aside else chat.chat
    told = answer.told_by and _told(call, answer, (chat.channel, address), chat)
    if told:
        answer = replace(answer, about=None)
    pressed = aside and not answer.private and answer.kind == "phrase"
    facts = {**answer.facts, "buttons": [], "action": "", **_place(call, chat, here=address == chat.chat)}
    if pressed:
        facts |= {"pressed": True, "fleeting": answer.about is None}
    elif call.group and address == chat.sender and not closed:
        facts["asked_in"] = chat.chat
    if shown := answer.choices or answer.presses:
        commands = [line for _, line in shown]
        facts["action"] = keep_commands(call.work, answer.ticket, (chat.channel, address), commands)
        facts["labels" if answer.choices else "buttons"] = [label for label, _ in shown]
    elif answer.about and (address == chat.sender or terminal):  # in a group the card has them
        offered = (*answer.offers, answer.undo) if answer.undo else answer.offers
        facts |= keep_buttons(call.work, answer.about, (chat.channel, address), offered)
    ticket = answer.ticket or (answer.about if pressed else None)
    message: dict[str, Any] = {
        "dedup_key": _key(row, chat),
        "ticket_id": ticket.id if ticket else None,
        "event": "command",
        "kind": answer.kind,
        "audience": line.audience,
        "person_id": call.speaker().id,
        "channel": chat.channel,
        "address": address,
        "locale": call.locale,
        "facts": facts,
        "silent": call.group is not None and not (pressed and refused),
    }
    if files.is_question(chat, answer):
        message |= {"dedup_key": files.question_key(chat), "next_try_at": call.work.now + files.ALBUM}
    send(call.work, answer, message)
    if told:
        said = outbox.ids_of(call.work.db, [message["dedup_key"]])
        outbox.drop(call.work.db, list(said.values()), TOLD, call.work.now)


def _place(call: Call, chat: IncomingChat, *, here: bool) -> dict[str, Any]:
    """What the answer hangs on: the press; in the group, where many talk, the words that it answers; their topic."""
    facts = {"press": chat.about} if chat.action and chat.about else {}
    if here and chat.topic:
        facts["topic"] = chat.topic
    if here and call.group and not chat.action and chat.event != "media" and chat.about:
        facts["answers"] = chat.about
    return facts


def _told(call: Call, answer: Answer, place: tuple[str, str], chat: IncomingChat) -> bool:
    """Whether a message that tells her the same and more follows in this chat: it is the answer, with the button."""
    twin = waiting.untried(call.work.db, answer.ticket.id, answer.told_by, place) if answer.ticket else None
    if twin is None:
        return False
    facts = {**twin.facts, "press": chat.about if chat.action else ""}
    if answer.about and answer.undo:
        names = (*twin.facts["buttons"], answer.undo)
        facts |= keep_buttons(call.work, answer.about, place, names)
    waiting.reword(call.work.db, twin.id, facts)
    return True


def send(work: Work, answer: Answer, message: dict[str, Any]) -> None:
    """The answer goes out, with what is to be printed for it as soon as that is there."""
    if answer.printed:
        documents.order(work, answer.ticket, answer.facts.get("sheet", answer.facts), [message])
    else:
        outbox.put(work.db, [message], work.now)


def _key(row: Any, chat: IncomingChat) -> str:
    """That an album is not kept is said once; what its words ask for has an answer of its own."""
    if chat.event != "media" or chat.text:
        return f"command:{row.id}"
    return f"album:{chat.channel}:{chat.about}" if chat.about else f"media:{row.id}"
