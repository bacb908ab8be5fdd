"""The command line: `faultdesk …`."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.metadata import version

from bot.cli import demo, keep, run, say, show
from bot.cli.common import CliError, fail


def parser() -> argparse.ArgumentParser:
    """All sub-commands."""
    whole = argparse.ArgumentParser(prog="faultdesk", description="Turns fault mails into tickets and keeps deadlines.")
    whole.add_argument("--config", metavar="FILE", help="configuration file (default: config.toml here, else defaults)")
    whole.add_argument("--version", action="version", version=f"faultdesk {version('faultdesk')}")
    parsers = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (run, demo, show, keep, say):
        module.add(parsers)
    return whole


def main() -> None:
    """Does what was typed. Errors are one line; no traceback for what a user can mend."""
    arguments = parser().parse_args()
    try:
        sys.exit(arguments.do(arguments))
    except CliError as error:
        fail(error)
    except BrokenPipeError:  # the reader of our output has gone: nothing to tell anybody
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
