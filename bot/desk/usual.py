"""Looks whether the last hour's mails were as usual, and tells desk and project manager if far too few came (P11)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.desk.notices import notify
from bot.desk.work import Work
from bot.domain.usual import HOUR, Shortfall, same_hours, shortfall
from storage import inbox

MINUTES = 60


def judge_hour(work: Work, hour: datetime, least: int) -> Shortfall | None:
    """Whether the hour that began then (UTC) had far fewer mails than is usual; only reads.

    Only hours of work count, whole ones of the office, and of earlier weeks only those since our first mail.
    """
    zone, calendar = ZoneInfo(work.house.zone), work.house.office
    hours = [one for one in same_hours(hour, zone) if calendar.elapsed(one, one + HOUR) == MINUTES]
    if not hours or hours[0] != hour:
        return None
    first, counts = inbox.mails_in(work.db, [(one, one + HOUR) for one in hours])
    known = [count for begins, count in zip(hours, counts, strict=True) if first and begins >= first]
    return shortfall(known[0], known[1:], least) if known else None


def tell_shortfall(work: Work, hour: datetime, found: Shortfall) -> None:
    """Tells of it, once a day, by all ways: one of them may be what is broken."""
    facts = {**found._asdict(), "since": hour.isoformat(), "until": (hour + HOUR).isoformat()}
    day = hour.astimezone(ZoneInfo(work.house.zone))
    notify(work, "mails missing", facts, key=f"{day:%Y-%m-%d}", every_way=True)
