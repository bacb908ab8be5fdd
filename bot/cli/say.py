"""Every desk command from the command line: `faultdesk take 17 --as anna`, `faultdesk 接单 17 --as anna`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from bot.cli.common import CliError, settings_of, shown, socket_of, terminal_locale, write
from bot.cli.show import Parsers
from bot.config import Settings
from channels.control import NoDaemon, ask

TAKEN = frozenset({"ticket", "help"})
"""Names that mean something of their own here."""


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares a sub-command for each desk command, with its own help."""
    from bot.commands import lists, tickets  # noqa: F401, PLC0415  -- importing them declares the commands
    from bot.commands.base import REGISTRY  # noqa: PLC0415

    locale = terminal_locale()
    for one in REGISTRY.commands:
        if one.name in TAKEN:
            continue
        example = f"faultdesk {one.name} {one.usage[locale]} --as HANDLE".replace("  ", " ")
        aliases = [name for name in one.names[1:] if name not in TAKEN]
        parser = parsers.add_parser(one.name, aliases=aliases, help=one.help[locale], epilog=f"usage: {example}")
        parser.add_argument("words", nargs="*", help=one.usage[locale] or None)
        parser.add_argument(
            "--as", dest="speaker", metavar="HANDLE", default="", help="who says it (default: administrator)"
        )
        parser.set_defaults(do=say, desk_command=one.name)


def say(arguments: argparse.Namespace) -> int:
    """Says it through the running daemon, or does it here and now when there is none. 1 when it was refused."""
    settings = settings_of(arguments.config)
    line = " ".join([arguments.desk_command, *arguments.words])
    locale = terminal_locale()
    request = {"op": "say", "as": arguments.speaker, "text": line, "locale": locale}
    try:
        answer = ask(socket_of(settings), request)
    except NoDaemon:
        answer = _alone(settings, (arguments.speaker, line, locale))
    if "error" in answer:
        raise CliError(str(answer["error"]))
    print(shown(str(answer["text"])))
    return 0 if answer["ok"] else 1


def _alone(settings: Settings, said: tuple[str, str, str]) -> dict[str, Any]:
    from bot.app import renderer_of  # noqa: PLC0415  -- the daemon's parts only when there is no daemon
    from bot.control import command, spoken  # noqa: PLC0415
    from bot.house import build_house, calendars_of, enter, read_secret  # noqa: PLC0415

    now = datetime.now(UTC)
    secret = read_secret(settings.data.folder / "faultdesk.key")
    calendars = calendars_of(settings, now.year)
    answer = write(
        settings, lambda db: command(db, build_house(settings, enter(db, settings), secret, calendars), now, said)
    )
    return answer | {"text": spoken(renderer_of(settings), said[2], answer)}
