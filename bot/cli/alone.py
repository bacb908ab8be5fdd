"""What the command line does by itself where no daemon runs: the house as the daemon would build it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection

from bot.cli.common import CliError, write
from bot.config import Settings
from bot.desk.work import House
from bot.domain.calendar import CalendarError
from bot.house import build_house, calendars_of, enter, read_secret, taken_over

T = TypeVar("T")


def in_house(settings: Settings, work: Callable[[Connection, House, datetime], T]) -> T:
    """Does the work in one transaction, under the daemon's lock. Raises CliError."""
    now = datetime.now(UTC)
    try:
        calendars = calendars_of(settings, now.year)
    except CalendarError as error:
        raise CliError(f"configuration: calendars.{error}", 2) from error

    def unit(db: Connection) -> T:
        for line in taken_over(db, settings):
            print(f"faultdesk: {line}", file=sys.stderr)
        secret = read_secret(settings.data.folder / "faultdesk.key")
        return work(db, build_house(settings, enter(db, settings), secret, calendars), now)

    return write(settings, unit)
