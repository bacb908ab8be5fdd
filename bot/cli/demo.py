"""`faultdesk demo`: a working day in about a minute."""

from __future__ import annotations

import argparse
import sys

from bot.cli.common import CliError, terminal_locale
from bot.cli.show import Parsers


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser("demo", help="watch a working day in a minute: faults, engineers, a deadline, a crash")
    parser.add_argument("--fast", action="store_true", help="without pauses for reading")
    parser.add_argument("--lang", choices=("zh", "en"), default=None, help="language (default: by LANG)")
    parser.set_defaults(do=demo)


def demo(arguments: argparse.Namespace) -> int:
    """0 when everything that the demo promises has held."""
    from bot.demo.day import DemoFailedError, play  # noqa: PLC0415
    from bot.demo.timeline import Timeline  # noqa: PLC0415

    timeline = Timeline(arguments.lang or terminal_locale(), fast=arguments.fast, colour=sys.stdout.isatty())
    try:
        play(timeline)
    except DemoFailedError as error:
        raise CliError(f"the demo failed: {error}") from error
    except KeyboardInterrupt:
        return 130
    return 0
