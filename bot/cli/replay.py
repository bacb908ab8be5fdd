"""`faultdesk replay DIR`: what stored mails and words would have caused under this configuration."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.cli.common import CliError, Parsers, settings_of
from bot.cli.printing import cut, padded
from bot.domain.text import shown

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.replay import Item, Said

ALERTS = frozenset({"alert", "breach"})


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "replay",
        help="play stored mails and words with fake time: who would have been told what, and when",
        description='Feeds every *.eml of a folder, and the lines {"at", "who", "text"} of its chat.jsonl, to the real '
        "daemon with fake time. Nothing is sent, and the desk's own data is not touched.",
        epilog='example: faultdesk --config new.toml replay mails --clock "2026-11-23 09:00" --alerts',
    )
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--clock", metavar="TIME", help="when the first of them comes (default: when it came)")
    parser.add_argument(
        "--until",
        metavar="TIME",
        help="how far the clock runs; what comes later is left out (default: a day after the last)",
    )
    parser.add_argument("--alerts", action="store_true", help="show the alerts only")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each message")
    parser.set_defaults(do=replay)


def replay(arguments: argparse.Namespace) -> int:
    """0 when all of it could be played."""
    from bot.replay import AFTERWARDS, Replay, ReplayError, read_items, shifted  # noqa: PLC0415

    settings = settings_of(arguments.config)
    zone = ZoneInfo(settings.desk.timezone)
    logging.getLogger("faultdesk").setLevel(logging.ERROR)
    start, until = _instant(arguments.clock, zone), _instant(arguments.until, zone)
    try:
        items = shifted(read_items(arguments.folder, zone, [one.handle for one in settings.people]), start)
    except ReplayError as error:
        raise CliError(str(error), 2) from error
    until = until or items[-1].at + AFTERWARDS
    played = [item for item in items if item.at <= until]
    if not played:
        raise CliError(
            f"nothing comes until then; the first is {items[0].name} at {items[0].at.astimezone(zone):%Y-%m-%d %H:%M}"
        )
    screen = Screen(settings, alerts=arguments.alerts, as_json=arguments.json)
    with tempfile.TemporaryDirectory(prefix="faultdesk-replay-") as scratch:
        run = Replay(settings, Path(scratch), played[0].at)
        asyncio.run(run.play(played, until, screen.come, screen.tell))
    screen.end()
    return 0


def _instant(text: str | None, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CliError(f"{text!r} is no time; write it like 2026-11-23 09:00", 2) from error
    return at if at.tzinfo else at.replace(tzinfo=zone)


class Screen:
    """Prints what happens, a line each."""

    def __init__(self, settings: Settings, *, alerts: bool, as_json: bool) -> None:
        self.zone, self.alerts, self.json = ZoneInfo(settings.desk.timezone), alerts, as_json
        self.names = {one.handle: one.name or one.handle for one in settings.people}
        self.mails = self.told = self.warned = 0

    def come(self, item: Item) -> None:
        """Something comes in."""
        self.mails += bool(item.raw)
        if not self.alerts:
            self._line(item.at, "in", item.who or "mail", item.text or item.name)

    def tell(self, said: Said) -> None:
        """A message goes out."""
        from bot.demo.desk import in_short  # noqa: PLC0415
        from bot.domain.messages import OutgoingMail  # noqa: PLC0415

        self.told += 1
        self.warned += said.kind in ALERTS
        if self.alerts and said.kind not in ALERTS:
            return
        message = said.message
        words = in_short(message.raw) if isinstance(message, OutgoingMail) else message.text
        self._line(said.at, said.kind, self.names.get(said.to, said.to), words)

    def end(self) -> None:
        """The sums."""
        if not self.json:
            print(f"\nmails in: {self.mails}; messages out: {self.told}, of which alerts: {self.warned}")

    def _line(self, at: datetime, kind: str, who: str, words: str) -> None:
        local = at.astimezone(self.zone)
        if self.json:
            row = {"at": local.isoformat(), "kind": kind, "who": who, "text": words}
            print(json.dumps(row, ensure_ascii=False))
            return
        text = " · ".join(line.strip() for line in shown(words).splitlines() if line.strip())
        print(f"{local:%a %Y-%m-%d %H:%M}  {kind:13} {padded(who, 24)} {cut(text, 110)}")
