"""What an update of Telegram means to us: words, a press, something that happened to a chat, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.messages import ChatFile, IncomingChat
from bot.domain.nearest import nearest
from bot.domain.text import safe_text, with_slash

Json = Mapping[str, Any]

ALLOWED = ["message", "callback_query", "my_chat_member", "chat_member"]
"""The kinds of updates that we ask for. An edited message is none: it is never a command (reliability 3 C 63)."""

NOBODY = frozenset({136817688, 1087968824, 777000})
"""Ids that stand for no person: posted as a channel, anonymous administrator, the linked channel's own posts."""

GONE = frozenset({"left", "kicked"})
MEDIA = ("photo", "document", "voice", "audio", "video", "video_note", "animation", "sticker", "poll", "location",
         "contact", "dice", "story", "venue")  # fmt: skip
SUFFIXES = {"photo": ".jpg", "voice": ".ogg", "video_note": ".mp4", "animation": ".mp4", "audio": ".mp3",
            "video": ".mp4", "document": ""}  # fmt: skip
"""Media that are files, and how their names end where they have none."""
_NAMED = re.compile(r"\s*/([^\s@/]+)@(\w+)(.*)", re.DOTALL)
_PLAIN = re.compile(r"([^\s\d@/#＃:：,，、]+?)[\s:：,，、]*(?:[A-Za-z]{1,10}-|[#＃])?\s*\d")
_ALONE = re.compile(r"([^\s\d@/#＃:：,，、]{2,20}?)[\s:：,，、]*(?:[A-Za-z]{1,10}-|[#＃])?\s*\d{1,18}")
_SLASHED = re.compile(r"/\s*[^\s/]")
MOST_ID, MOST_NAME, MOST_TYPE = 512, 300, 100
MOST_TEXT = 8192  # twice what Telegram lets a person say at once


@dataclass(frozen=True, slots=True)
class Ears:
    """Who we are, and the names of commands: in a group nothing is ours but what is said to us."""

    id: int
    username: str
    names: Callable[[], Collection[str]]
    now: Callable[[], datetime]


def understand(update: Json, ears: Ears) -> IncomingChat | None:
    """What the update is to us; None for what is not our business. Never raises, whatever it holds."""
    try:
        return _understood(update, ears)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):  # not as the Bot API says
        return None


def _understood(update: Json, ears: Ears) -> IncomingChat | None:
    source = str(int(update["update_id"]))
    if message := update.get("message"):
        return _message(source, message, ears)
    if query := update.get("callback_query"):
        return _press(source, query, ears)
    if change := update.get("my_chat_member"):
        return _about_us(source, change, ears)
    if change := update.get("chat_member"):
        left = change["new_chat_member"]["status"] in GONE
        who = change["new_chat_member"]["user"]["id"]
        return _heard(source, change["chat"], who, ears.now(), event="left") if left else None
    return None


def _topic(message: Json) -> str:
    """The topic of a forum in which it stands; "" for the general one, and elsewhere."""
    return str(int(message["message_thread_id"])) if message.get("is_topic_message") else ""


def _heard(source: str, chat: Json, sender: Any, at: datetime, **what: Any) -> IncomingChat:
    return IncomingChat("telegram", source, str(int(sender)), str(int(chat["id"])), at, **what)


def is_group(chat: Json) -> bool:
    """Whether it is anything but a private chat."""
    return bool(chat["type"] != "private")


# ---- words ----


def _message(source: str, message: Json, ears: Ears) -> IncomingChat | None:
    happened = _service_message(source, message, ears)
    if happened or not is_by_a_person(message):
        return happened
    chat, at = message["chat"], _said_at(message, ears)
    answered = _answered(message, ears)
    words = safe_text(str(message.get("text") or message.get("caption") or ""))[:MOST_TEXT]
    said = _for_us(with_slash(words), ears)
    is_media = any(kind in message for kind in MEDIA)
    to_us = not is_group(chat) or answered or (said is not None and speaks_to_us(said, ears))
    if said is None or not (to_us or (not is_media and _is_perhaps_a_command(said, ears))):
        return None
    sender = message["from"]["id"]
    if is_media:
        album = str(message.get("media_group_id") or "")
        to_be_done = answered or not is_group(chat) or speaks_to_us(said, ears)
        below = {"text": said.strip(), "reply_to": answered} if to_be_done else {}
        seen = _heard(source, chat, sender, at, event="media", about=album, **below)
        return replace(seen, file=_file(message), topic=_topic(message))
    number = str(int(message["message_id"]))
    heard = _heard(source, chat, sender, at, text=said, reply_to=answered, topic=_topic(message), about=number)
    return heard if said.strip() else None


def _file(message: Json) -> ChatFile | None:
    """The file of the message, of a picture its largest copy; None for what is no file."""
    kind = next((one for one in SUFFIXES if message.get(one)), "")
    found = message[kind][-1] if kind == "photo" else message.get(kind)
    if not found or not found.get("file_id"):
        return None
    name = safe_text(str(found.get("file_name") or f"{kind}-{int(message['message_id'])}{SUFFIXES[kind]}"))
    media_type = safe_text(str(found.get("mime_type") or ""))[:MOST_TYPE]
    return ChatFile(
        str(found["file_id"])[:MOST_ID], name[:MOST_NAME], media_type, max(int(found.get("file_size") or 0), 0)
    )


def _service_message(source: str, message: Json, ears: Ears) -> IncomingChat | None:
    """What happened to the group, told as a message in it."""
    chat, at = message["chat"], _said_at(message, ears)
    gone = message.get("left_chat_member")
    if gone and gone["id"] != ears.id:
        return _heard(source, chat, gone["id"], at, event="left")
    if new := message.get("migrate_to_chat_id"):
        return _heard(source, chat, chat["id"], at, event="moved", about=str(int(new)))
    if old := message.get("migrate_from_chat_id"):
        return _heard(source, {"id": old}, old, at, event="moved", about=str(int(chat["id"])))
    return None


def is_by_a_person(message: Json) -> bool:
    """Whether a person said it here and now: no channel, no bot, nothing forwarded or edited (3 C 62 to 64)."""
    sender = message.get("from") or {"is_bot": True}
    return (
        not sender.get("is_bot")
        and sender["id"] not in NOBODY
        and not any(key in message for key in ("sender_chat", "forward_origin", "forward_date", "via_bot"))
        and not message.get("is_automatic_forward")
        and "edit_date" not in message
    )


def _answered(message: Json, ears: Ears) -> str:
    """The id of our own message that this one answers, or "".

    In a forum each message that answers nothing "answers" the service message that opened its topic.
    """
    answered = message.get("reply_to_message") or {}
    ours = (answered.get("from") or {}).get("id") == ears.id and "forum_topic_created" not in answered
    return str(int(answered["message_id"])) if ours else ""


def _for_us(words: str, ears: Ears) -> str | None:
    """The words without our name; None for a command that names another bot (3 C 65)."""
    named = _NAMED.fullmatch(words)
    if named is None:
        return words
    return f"/{named[1]}{named[3]}" if named[2].casefold() == ears.username.casefold() else None


def speaks_to_us(words: str, ears: Ears) -> bool:
    """Whether words in a group are a command: a slash, or a command's name and a number, as in 接单 17."""
    words = words.strip()
    plain = _PLAIN.match(words)
    return _SLASHED.match(words) is not None or (plain is not None and plain[1].casefold() in ears.names())


def _is_perhaps_a_command(words: str, ears: Ears) -> bool:
    """Whether words in a group are nothing but a number after a name with a typing mistake, as in 接但 17."""
    alone = _ALONE.fullmatch(words.strip())
    return alone is not None and nearest(alone[1].casefold(), ears.names()) != ""


def _said_at(message: Json, ears: Ears) -> datetime:
    return min(datetime.fromtimestamp(int(message["date"]), UTC), ears.now())


# ---- presses and what happens to chats ----


def _press(source: str, query: Json, ears: Ears) -> IncomingChat | None:
    message, sender = query.get("message"), query["from"]
    if not message or not query.get("data") or sender.get("is_bot") or sender["id"] in NOBODY:
        return None
    press = {"action": str(query["data"])[:64], "about": str(query["id"])[:MOST_ID], "topic": _topic(message)}
    press["reply_to"] = str(int(message["message_id"]))
    return _heard(source, message["chat"], sender["id"], ears.now(), **press)


def _about_us(source: str, change: Json, ears: Ears) -> IncomingChat | None:
    """What happened to us in a group: put out, muted, no longer administrator, let in again.

    Private chats: blocking is no event.
    """
    if not is_group(change["chat"]):
        return None
    old, new = change["old_chat_member"], change["new_chat_member"]
    who, trouble = change["from"]["id"], ""
    if _may_write(new) and not _may_write(old):
        return _heard(source, change["chat"], who, ears.now(), event="back")
    if new["status"] in GONE:
        trouble = "removed"
    elif not _may_write(new):
        trouble = "muted"
    elif old["status"] == "administrator" != new["status"]:
        trouble = "demoted"
    return _heard(source, change["chat"], who, ears.now(), event="trouble", about=trouble) if trouble else None


def _may_write(member: Json) -> bool:
    """Whether we are in the group and may say something there."""
    muted = member["status"] == "restricted" and not member.get("can_send_messages", False)
    return member["status"] not in GONE and not muted
