"""Looks whether the last hour's mails were as usual, and tells desk and project manager if far too few came (P11)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.desk.notices import notify
from bot.desk.work import Work
from bot.domain.usual import HOUR, same_hours, shortfall
from storage import inbox

MINUTES = 60


def judge_hour(work: Work, hour: datetime, least: int) -> bool:
    """Judges the hour that began then (UTC). Gives whether it was far below what is usual; that is told once a day.

    Only hours of work count, whole ones of the office, and of earlier weeks only those since our first mail.
    """
    zone, calendar = ZoneInfo(work.house.zone), work.house.office
    hours = [one for one in same_hours(hour, zone) if calendar.elapsed(one, one + HOUR) == MINUTES]
    if not hours or hours[0] != hour:
        return False
    first, counts = inbox.mails_in(work.db, [(one, one + HOUR) for one in hours])
    known = [count for begins, count in zip(hours, counts, strict=True) if first and begins >= first]
    found = shortfall(known[0], known[1:], least) if known else None
    if found is None:
        return False
    facts = {**found._asdict(), "since": hour.isoformat(), "until": (hour + HOUR).isoformat()}
    notify(work, "mails missing", facts, key=f"{hour.astimezone(zone):%Y-%m-%d}", every_way=True)
    return True
