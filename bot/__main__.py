"""The command line: `faultdesk …`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from bot.cli import (
    assets,
    boxes,
    calendar,
    check,
    db,
    demo,
    doctor,
    init,
    keep,
    operate,
    parse,
    people,
    policy,
    preview,
    replay,
    restore,
    run,
    say,
    sheet,
    staff,
    tickets,
)
from bot.cli.common import CliError

INTERRUPTED = 130
CONFIG: dict[str, Any] = {"metavar": "FILE", "help": "configuration file (default: config.toml here, else defaults)"}


class _Command(argparse.ArgumentParser):
    """A sub-command, or one of its own: the configuration may be named before it or behind it."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.add_argument("--config", default=argparse.SUPPRESS, **CONFIG)


def parser() -> argparse.ArgumentParser:
    """All sub-commands."""
    whole = argparse.ArgumentParser(
        prog="faultdesk",
        description="Turns fault mails into tickets and keeps the deadlines of a service contract.",
        epilog="To begin: faultdesk run. To see what it does: faultdesk demo.",
    )
    whole.add_argument("--config", **CONFIG)
    whole.add_argument("--version", action=_Version, nargs=0, help="show the version")
    kind: type[argparse.ArgumentParser] = _Command
    parsers = whole.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=kind)
    for module in (
        run,
        init,
        check,
        demo,
        tickets,
        sheet,
        boxes,
        people.DIRECTORY,
        assets.DEVICES,
        staff,
        calendar,
        policy,
        preview,
        keep,
        operate,
        restore,
        db,
        doctor,
        parse,
        replay,
        say,
    ):
        module.add(parsers)
    helper = parsers.add_parser("help", aliases=["帮助"], help="show this, or how one command is used")
    helper.add_argument("command", nargs="?")
    helper.set_defaults(do=lambda arguments: whole.parse_args([*filter(None, [arguments.command]), "--help"]))
    return whole


class _Version(argparse.Action):
    """Looks the version up only when asked: that takes longer than reading all the options."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version  # noqa: PLC0415

        sys.stdout.write(f"faultdesk {version('faultdesk')}\n")
        parser.exit()


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Does what was typed, and exits. Errors are one line; no traceback for what a user can mend."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without Chinese still shows the rest
    try:
        status = _do(words)
        sys.stdout.flush()
    except CliError as error:
        status = complain(str(error), error.status)
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone: nothing to tell anybody
        status = silence()
    except OSError as error:
        silence()
        place = f"{error.filename}: " if error.filename else ""
        status = complain(f"{place}{error.strerror or error}", 1)
    sys.exit(status)


def _do(words: Sequence[str] | None) -> int:
    try:
        arguments = parser().parse_args(words)
        return int(arguments.do(arguments))
    except SystemExit as left:  # so does argparse after a help text or a wrong call
        return int(left.code or 0)


def complain(text: str, status: int) -> int:
    """Says what is wrong; gives the exit status."""
    sys.stderr.write(f"faultdesk: {text}\n")
    return status


def silence() -> int:
    """What is still to be printed goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    main()
