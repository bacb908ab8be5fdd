"""`faultdesk demo`: a working day in about a minute."""

from __future__ import annotations

import argparse

from bot.cli.common import CliError, Parsers, terminal_locale


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "demo",
        help="watch a working day in a minute: faults, engineers, a missed deadline, a crash",
        description="Plays a working day with fake time on a real daemon in a scratch folder. Exit status 0 when "
        "everything that it promises has held.",
        epilog="example: faultdesk demo --lang zh",
    )
    parser.add_argument("--fast", action="store_true", help="without pauses for reading")
    parser.add_argument("--lang", choices=("zh", "en"), default=None, help="language (default: by LANG)")
    parser.set_defaults(do=demo)


def demo(arguments: argparse.Namespace) -> int:
    """0 when everything that the demo promises has held."""
    from bot.demo.day import DemoFailedError, play  # noqa: PLC0415
    from bot.demo.timeline import Timeline  # noqa: PLC0415

    try:
        play(Timeline(arguments.lang or terminal_locale(), fast=arguments.fast))
    except DemoFailedError as error:
        raise CliError(f"the demo failed: {error}") from error
    return 0
