"""`faultdesk check`: tries every connection, template and calendar, and says what is right or what to change."""

from __future__ import annotations

import argparse
import asyncio

from bot.cli.common import Parsers, is_running, settings_of
from bot.cli.printing import print_json, shown
from bot.config import Settings

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
    rows = asyncio.run(_check(settings, as_json=arguments.json))
    if arguments.json:
        print_json(rows)
    return 1 if any(row["level"] == "wrong" for row in rows) else 0


async def _check(settings: Settings, *, as_json: bool) -> list[dict[str, str]]:
    """The findings; said as they are made, for a connection may take its time."""
    from bot.app import database_url, renderer_of  # noqa: PLC0415  -- the daemon's parts only for those who need them
    from bot.checkup import check_all  # noqa: PLC0415

    rows = []
    found = check_all(settings, database_url(settings), renderer_of(settings), running=is_running(settings))
    async for part, finding in found:
        rows.append({"part": part, "level": finding.level, "text": finding.text})
        if not as_json:
            print(f"{MARKS[finding.level]}  {part}: {shown(' '.join(finding.text.split()))}", flush=True)
    return rows
