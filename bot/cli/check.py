"""`faultdesk check`: tries every connection, template and calendar, and says what is right or what to change."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.cli.common import Parsers, is_running, settings_of
from bot.cli.printing import print_json
from bot.config import Settings
from bot.domain.text import shown

if TYPE_CHECKING:
    from bot.checkup import Checked

MARKS = {"ok": "ok    ", "advice": "advice", "wrong": "WRONG "}


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "check",
        help="try every connection and template, and say what is right or what to change; 1 if something is wrong",
        epilog="example: faultdesk --config config.toml check",
    )
    parser.add_argument("--json", action="store_true", help="for scripts")
    parser.set_defaults(do=check)


def check(arguments: argparse.Namespace) -> int:
    """0 when nothing is wrong; advice alone is no error."""
    settings = settings_of(arguments.config, starting=True)
    return asyncio.run(_check(settings, as_json=arguments.json))


async def _check(settings: Settings, *, as_json: bool) -> int:
    """The findings; said as they are made, for a connection may take its time."""
    from bot.checkup import check_all  # noqa: PLC0415
    from bot.starting import database_url, renderer_of  # noqa: PLC0415  -- the daemon's parts only for those who need them

    made = []
    async for one in check_all(settings, database_url(settings), renderer_of(settings), running=is_running(settings)):
        made.append(one)
        if not as_json:
            tell_finding(one)
    return tell_findings(made, as_json=True) if as_json else status_of(made)


def tell_findings(found: Sequence[Checked], *, as_json: bool) -> int:
    """Says them all; gives the exit status."""
    if as_json:
        print_json([{"part": part, "level": finding.level, "text": finding.text} for part, finding in found])
    else:
        for one in found:
            tell_finding(one)
    return status_of(found)


def tell_finding(one: Checked) -> None:
    """One line."""
    print(f"{MARKS[one.finding.level]}  {one.part}: {shown(' '.join(one.finding.text.split()))}", flush=True)


def status_of(found: Sequence[Checked]) -> int:
    """1 if something is wrong; advice alone is no error."""
    return 1 if any(one.finding.level == "wrong" for one in found) else 0
