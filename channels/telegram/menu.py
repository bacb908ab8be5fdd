"""The menu of commands that Telegram offers beside the field for words, by kind of chat and language."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from telegram import Bot, BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats
from telegram.error import TelegramError

from bot.domain.messages import Menu
from channels.telegram.line import failure

log = logging.getLogger("faultdesk.telegram")
LONGEST_TEXT = 256


async def hang(bot: Bot, menus: Iterable[Menu]) -> None:
    """Puts the menus in the place of those before. If Telegram does not take one, the words work all the same."""
    try:
        for menu in menus:
            scope = BotCommandScopeAllPrivateChats() if menu.private else BotCommandScopeAllGroupChats()
            commands = [BotCommand(name, text[:LONGEST_TEXT]) for name, text in menu.commands]
            await bot.set_my_commands(commands, scope=scope, language_code=menu.language or None)
    except TelegramError as error:
        log.warning("the menu of commands is not renewed: %s", failure(error).text)
