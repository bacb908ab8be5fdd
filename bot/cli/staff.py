"""`faultdesk staff`: who works here, somebody new, and the end of somebody's rights; with a daemon or without one."""

from __future__ import annotations

import argparse

from bot.cli.common import CliError, Parsers, read, settings_of, terminal_locale
from bot.cli.printing import print_json, table
from bot.cli.say import say_line
from bot.domain.staff import LABEL, LANGUAGES, PREFERENCES, ROLES

COLUMNS = ("handle", "name", "roles", "mail", "phone", "language", "accounts", "from", "open_tickets")
OPTIONS = ("name", "role", "mail", "phone", "language", "prefers")


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command, with the help of the desk's command that it says."""
    from bot.commands.base import REGISTRY  # noqa: PLC0415
    from bot.commands.staff import staff  # noqa: F401, PLC0415  -- importing it declares the command

    command, locale = REGISTRY.by_name["staff"], terminal_locale()
    parser = parsers.add_parser(
        command.name,
        aliases=command.names[1:],
        help=command.help[locale],
        description=command.help[locale],
        epilog="example: faultdesk staff add li --name 'Li Wei' --role resident --role desk --mail li@example.com",
    )
    parser.add_argument("what", choices=("list", "add", "end"))
    parser.add_argument("handle", nargs="?", help="short name for commands, like li")
    parser.add_argument("--name", help="name that requesters read (default: the handle)")
    parser.add_argument(
        "--role", action="append", help=f"{', '.join(ROLES)}; may be repeated (default: resident, an engineer)"
    )
    parser.add_argument("--mail", metavar="ADDRESS", help="another way to reach her, and to give commands from")
    parser.add_argument("--phone", metavar="NUMBER", help="telephone")
    parser.add_argument("--language", choices=LANGUAGES, help="of what she reads (default: as the group)")
    parser.add_argument("--prefers", choices=PREFERENCES, help="the way that is tried first (default: chat)")
    parser.add_argument("--json", action="store_true", help="for scripts (list only)")
    parser.set_defaults(do=do)


def do(arguments: argparse.Namespace) -> int:
    """Lists, adds or ends; 1 when it was refused."""
    if arguments.what == "list":
        return _list(arguments)
    if not arguments.handle:
        raise CliError(f"who? For example: faultdesk staff {arguments.what} li", 2)
    return say_line(settings_of(arguments.config), _line(arguments))


def _list(arguments: argparse.Namespace) -> int:
    from bot.desk.staff import listed  # noqa: PLC0415

    settings = settings_of(arguments.config)
    rows = read(settings, listed)
    if arguments.json:
        print_json(rows)
    elif rows:
        table(rows, COLUMNS, settings.desk.timezone)
    else:
        print("nobody is staff; add somebody with: faultdesk staff add HANDLE --name NAME --role manager")
    return 0


def _line(arguments: argparse.Namespace) -> str:
    """The same in the words of the chat. Raises CliError for what those would take for something else."""
    said = {name: getattr(arguments, name) for name in OPTIONS if getattr(arguments, name)}
    if arguments.what == "end" and said:
        raise CliError("end takes a handle and nothing else", 2)
    words = []
    for name, value in said.items():
        text = ",".join(value) if isinstance(value, list) else str(value)
        if LABEL.search(text) or not text.isprintable():
            raise CliError(f"--{name}: {text!r} cannot be; write plain words in one line", 2)
        words.append(f"{name}={text}")
    if " " in arguments.handle.strip():
        raise CliError(f"{arguments.handle!r} cannot be a handle; write a name with --name", 2)
    return " ".join(["staff", arguments.what, arguments.handle.strip(), *words])
