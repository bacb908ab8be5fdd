"""Looks at the bot without using it: `faultdesk check`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from telegram import Bot
from telegram.error import EndPointNotFound, InvalidToken, TelegramError

from bot.domain.headers import clean_header
from channels.base import Finding
from channels.telegram.line import failure, make_bot
from channels.telegram.settings import TelegramSettings
from channels.telegram.watch import exposure

OPENED = {
    "public": "it is public, so that strangers can read it: nothing is said there until its type is private",
    "channel": "it belongs to a channel, whose readers can read it: nothing is said there until they are parted",
}


async def look(settings: TelegramSettings) -> list[Finding]:
    """Whether the token is good, and what would keep the bot from its work."""
    try:
        bot = make_bot(settings)
    except (OSError, ValueError) as error:
        return [Finding("wrong", f"token_file: {getattr(error, 'strerror', None) or error}")]
    try:
        await bot.initialize()
        hook = await bot.get_webhook_info()
    except (EndPointNotFound, InvalidToken):  # the library takes a refused token for the former
        return [Finding("wrong", "the bot's token is refused (401): get the right one from @BotFather")]
    except TelegramError as error:
        text = failure(error).text
        return [
            Finding("wrong", f"{settings.base_url} does not answer: {text}; is a proxy needed, or another base_url?")
        ]
    finally:
        await bot.shutdown()
    found = [Finding("ok", f"the token is good: the bot is @{bot.username}")]
    if hook.url:
        text = "a webhook is set, so that its news goes elsewhere: remove it (deleteWebhook), or use a bot of our own"
        found.append(Finding("wrong", text))
    if not bot.bot.can_join_groups:
        found.append(Finding("wrong", "the bot may not join groups: allow it with /setjoingroups at @BotFather"))
    return found


async def groups(settings: TelegramSettings) -> list[tuple[int, str]]:
    """The groups of the news that wait for the bot, (id, title), the newest last; the news goes on waiting."""
    found: dict[int, str] = {}
    try:
        bot = make_bot(settings)
        try:
            await bot.initialize()
            waiting = await bot.get_updates(timeout=0, allowed_updates=["message", "my_chat_member"])
        finally:
            await bot.shutdown()
    except TelegramError as error:
        raise failure(error) from error
    for update in waiting:
        chat = update.effective_chat
        if chat and chat.type in {"group", "supergroup"}:
            found.pop(chat.id, None)
            found[chat.id] = chat.title or ""
    return list(found.items())


async def look_at_groups(settings: TelegramSettings, chats: Iterable[int]) -> list[Finding]:
    """Whether the bot is in these groups as it should be, and whether strangers can read them."""
    try:
        bot = make_bot(settings)
    except (OSError, ValueError):
        return []  # `look` has said so
    try:
        await bot.initialize()
        return [await _group(bot, chat) for chat in chats]
    except TelegramError:
        return []  # as above
    finally:
        await bot.shutdown()


async def _group(bot: Bot, chat: int) -> Finding:
    try:
        facts: Any = await bot.do_api_request("getchat", api_kwargs={"chat_id": chat})
        asked = {"chat_id": chat, "user_id": bot.id}
        ours: Any = await bot.do_api_request("getchatmember", api_kwargs=asked)
    except TelegramError as error:
        return Finding("wrong", f"{chat}: {failure(error).text}; is the number right, and the bot in the group?")
    place = f"{chat} ({clean_header(str(facts.get('title', '')), 60)})"
    if reason := exposure(facts):
        return Finding("wrong", f"{place}: {OPENED[reason]}")
    if ours.get("status") not in {"administrator", "creator"}:
        return Finding("advice", f"{place}: the bot is no administrator there, so that it cannot see who leaves")
    return Finding("ok", f"{place}: closed to strangers, and the bot is administrator there")
