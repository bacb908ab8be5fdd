"""Every desk command from the command line: `faultdesk take 17 --as anna`, `faultdesk 接单 17 --as anna`."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import Any

from bot.cli.common import Parsers, settings_of, terminal_locale, through_daemon
from bot.config import Settings
from bot.domain.text import shown

OWN = frozenset({"ticket", "help", "staff", "sheet"})
"""Desk commands that have a fuller sub-command of their own here."""

TAKEN = frozenset({"check"})
"""Names of desk commands that mean something else here: these commands go by their next name."""

OPTIONS = {
    "list": (("--all", "all", "closed ones too"),),
    "due": (("--all", "all", "everybody's"),),
    "forecast": (("--all", "all", "everybody's"), ("--until", "until", "18:00, or 2026-11-27 18:00")),
}
"""Desk command → (option, the word that means the same in chat, help): what people expect of a command line."""


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares a sub-command for each desk command, with its own help."""
    from bot.commands import catalogue  # noqa: F401, PLC0415  -- this declares the commands
    from bot.commands.base import REGISTRY  # noqa: PLC0415

    locale = terminal_locale()
    for one in REGISTRY.commands:
        if one.name in OWN:
            continue
        words = one.example.get(locale) or one.usage[locale]
        usage = f"faultdesk {next(each for each in one.names if each not in TAKEN)} {words}".rstrip() + " --as HANDLE"
        name, *aliases = (each for each in one.names if each not in TAKEN)
        parser = parsers.add_parser(
            name, aliases=aliases, help=one.help[locale], description=one.help[locale], epilog=_example(usage)
        )
        parser.add_argument("words", nargs="*", help=one.usage[locale] or argparse.SUPPRESS)
        parser.add_argument(
            "--as", dest="speaker", metavar="HANDLE", default="", help="who says it (default: the administrator)"
        )
        for option, word, text in OPTIONS.get(one.name, ()):
            if option == "--all":
                parser.add_argument(option, action="store_const", const=word, help=text)
            else:
                parser.add_argument(option, metavar="TIME", help=text)
        parser.set_defaults(do=say, desk_command=one.name)


def _example(usage: str) -> str:
    samples = {"<ticket>": "FD-1", "<工单>": "FD-1", "<who>": "ben", "<工程师>": "ben", "HANDLE": "anna"}
    for name, sample in samples.items():
        usage = usage.replace(name, sample)
    needed = re.sub(r" ?\[[^\]]*\]", "", usage)
    return f"example: {needed}"


def say(arguments: argparse.Namespace) -> int:
    """Says it through the running daemon, or does it here and now when there is none. 1 when it was refused."""
    words = [*arguments.words, *_options(arguments)]
    line = " ".join([arguments.desk_command, *map(_typed, words)])
    return say_line(settings_of(arguments.config), line, _typed(arguments.speaker))


def say_line(settings: Settings, line: str, speaker: str = "") -> int:
    """Says a line as somebody, or as the administrator, and prints the answer; 1 when it was refused."""
    said = (speaker, line, terminal_locale())
    request = {"op": "say", "as": said[0], "text": said[1], "locale": said[2]}
    answer = through_daemon(settings, request, lambda: _alone(settings, said))
    text = shown(str(answer["text"]))
    for label, command in answer.get("choices", ()):
        text += f"\n  {shown(label)}: faultdesk {command}" + (f" --as {said[0]}" if said[0] else "")
    print(text, file=sys.stdout if answer["ok"] else sys.stderr)
    return 0 if answer["ok"] else 1


def _options(arguments: argparse.Namespace) -> list[str]:
    """Options as the words that mean the same."""
    found = []
    for option, word, _ in OPTIONS.get(arguments.desk_command, ()):
        value = getattr(arguments, option.removeprefix("--"))
        found += [] if value is None else [word] if value == word else [word, value]
    return found


def _typed(word: str) -> str:
    """What was typed, as UTF-8, whatever the locale says of the terminal."""
    return os.fsencode(word).decode(errors="replace")


def _alone(settings: Settings, said: tuple[str, str, str]) -> dict[str, Any]:
    from bot.cli.alone import in_house  # noqa: PLC0415
    from bot.control import command, spoken  # noqa: PLC0415
    from bot.starting import renderer_of  # noqa: PLC0415  -- the daemon's parts only when there is no daemon

    answer = in_house(settings, lambda db, house, now: command(db, house, now, said))
    return answer | {"text": spoken(renderer_of(settings), said[2], answer)}
