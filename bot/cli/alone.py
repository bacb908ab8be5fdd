"""What the command line does by itself where no daemon runs: the house as the daemon would build it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection

from bot.cli.common import CliError, write
from bot.config import Settings
from bot.desk.calendars import recompute
from bot.desk.work import House, Work
from bot.domain.calendar import CalendarError
from bot.house import build_house, enter, keep_calendars, read_secret, taken_over

T = TypeVar("T")


def in_house(settings: Settings, work: Callable[[Connection, House, datetime], T]) -> T:
    """Does the work in one transaction, under the daemon's lock. Raises CliError."""
    now = datetime.now(UTC)

    def unit(db: Connection) -> T:
        for line in taken_over(db, settings):
            print(f"faultdesk: {line}", file=sys.stderr)
        secret = read_secret(settings.data.folder / "faultdesk.key")
        house = build_house(settings, enter(db, settings), secret, keep_calendars(db, settings, now))
        recompute(Work(db, house, now))
        return work(db, house, now)

    try:
        return write(settings, unit)
    except CalendarError as error:
        raise CliError(f"configuration: calendars.{error}", 2) from error
