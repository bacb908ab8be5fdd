"""The menu of commands that Telegram offers beside the field for words, by kind of chat, person and language."""

from __future__ import annotations

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)

from bot.domain.messages import EVERYBODY, GROUPS, Menu

LONGEST_TEXT, MOST_COMMANDS = 256, 100


async def hang(bot: Bot, menu: Menu) -> None:
    """Puts the menu in the place of the one before, or takes that away. Raises what the library raises."""
    scope, language = _scope(menu.place), menu.language or None
    if not menu.commands:
        await bot.delete_my_commands(scope=scope, language_code=language)
        return
    commands = [BotCommand(name, text[:LONGEST_TEXT]) for name, text in menu.commands[:MOST_COMMANDS]]
    await bot.set_my_commands(commands, scope=scope, language_code=language)


def _scope(place: str) -> BotCommandScope:
    if place == EVERYBODY:
        return BotCommandScopeDefault()
    return BotCommandScopeAllGroupChats() if place == GROUPS else BotCommandScopeChat(int(place))
