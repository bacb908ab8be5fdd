"""Looks at the bot without using it: `faultdesk check`."""

from __future__ import annotations

from telegram.error import EndPointNotFound, InvalidToken, TelegramError

from channels.base import Finding
from channels.telegram.line import failure, make_bot
from channels.telegram.settings import TelegramSettings


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
