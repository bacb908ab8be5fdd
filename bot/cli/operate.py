"""`faultdesk reload`: what an administrator asks of the running daemon."""

from __future__ import annotations

import argparse

from bot.cli.common import CliError, Parsers, settings_of, through_daemon
from bot.cli.printing import shown


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-commands."""
    parser = parsers.add_parser(
        "reload", help="let the running daemon take up the changed configuration, all or nothing"
    )
    parser.set_defaults(do=reload)


def reload(arguments: argparse.Namespace) -> int:
    """0 when it was taken up, 2 when the configuration is wrong: then the old one holds."""
    settings = settings_of(arguments.config)
    none = {"error": "no daemon runs: the configuration holds from its next start; try it with faultdesk check"}
    answer = through_daemon(settings, {"op": "reload"}, lambda: none)
    if answer["refused"]:
        raise CliError("\n".join([*answer["refused"], "nothing was changed: the old configuration holds"]), 2)
    for name in answer["changed"]:
        print(f"{shown(name)} holds now")
    for name in answer["restart"]:
        print(f"{shown(name)} holds from the next start")
    if not answer["changed"] and not answer["restart"]:
        print("nothing has changed")
    return 0
