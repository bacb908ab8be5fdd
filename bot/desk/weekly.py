"""The week in figures, for the project manager: as the first working day of the next one opens, or when he asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from bot.desk import facts as about
from bot.desk.documents import WEEK as PICTURE
from bot.desk.documents import order
from bot.desk.notices import common, notices
from bot.desk.work import Work
from bot.domain.calendar import WorkingCalendar
from storage import figures as stored
from storage import marks

MARK = "weekly"
DAY = timedelta(days=1)
WEEK = 7
LONGEST_BAR = 12
HOUR = 60
LONGEST_CLOSED = 21 * DAY
"""An hour of working time that begins earlier than that before a week is over before the week."""
TARGETS = ("response", "arrival", "resolve", "dispatch", "confirm")
"""The promises of which the share that was kept is told, those to the customer first."""


def monday_of(day: date) -> date:
    """The first day of a date's week."""
    return day - day.weekday() * DAY


@lru_cache(maxsize=16)  # asked at every turn of the alarm loop, with the same week
def _opening(office: WorkingCalendar, monday: date) -> datetime:
    """When the office opens for the first time in the week that begins then, or after it."""
    return office.opening(office.working_date(monday - DAY, 1))


def next_at(work: Work) -> datetime | None:
    """When the figures of a week are told next (in the past: they are overdue); None where none are wished."""
    if not work.house.digests:
        return None
    told = marks.get(work.db, MARK)
    return _opening(work.house.office, date.fromisoformat(told) + WEEK * DAY) if told else work.now


def give(work: Work) -> int:
    """Tells the figures of the week that is over, once; of weeks in which the daemon stood still only the last.

    A week in which nothing happened is not told. Gives how many were looked at.
    """
    coming = next_at(work)
    if coming is None or coming > work.now:
        return 0
    told, monday = marks.get(work.db, MARK), monday_of(work.house.office.local_date(work.now))
    if told is not None and _opening(work.house.office, monday) > work.now:
        monday -= WEEK * DAY
    marks.put(work.db, MARK, monday.isoformat())
    if told is not None:  # a new desk begins with its first whole week
        week = figures(work, monday - WEEK * DAY)
        if week["opened"] or week["solved"] or week["promises"] or week["open"]:
            order(work, None, {**week, **common(work)}, notices(work, "weekly", week, key=monday.isoformat()))
    return 1


def figures(work: Work, monday: date) -> dict[str, Any]:
    """What came and was solved each day of a week, which promises due in it were kept, and what is open now."""
    zone = work.house.office.zone
    days = [monday + number * DAY for number in range(WEEK)]
    since, until = (datetime.combine(day, time(), zone) for day in (monday, monday + WEEK * DAY))
    came = _by_day(stored.opened(work.db, since, until), zone)
    done = _by_day(stored.solved(work.db, since, until), zone)
    most = max([1, *came.values(), *done.values()])
    kept = stored.verdicts(work.db, since, until, work.now)
    first_line = stored.first_line(work.db, since, until)
    return {
        "paper": PICTURE,
        "since": about.iso(since),
        "until": about.iso(until - DAY),
        "days": [
            {
                "at": about.iso(datetime.combine(day, time(), zone)),
                "opened": came[day],
                "solved": done[day],
                "bar": _bar(came[day], most),
            }
            for day in days
        ],
        "opened": sum(came.values()),
        "solved": sum(done.values()),
        "promises": [{"target": name, "kept": kept[name][0], "all": kept[name][1]} for name in TARGETS if name in kept],
        "hour": _within_the_hour(work, since, until),
        "first_line": dict(zip(("desk", "all"), first_line, strict=True)),
        **stored.open_now(work.db, work.now),
    }


def _within_the_hour(work: Work, since: datetime, until: datetime) -> dict[str, int]:
    """Of those to be answered then by the general promise of one hour, whatever the level, how many were (SP-2.10).

    The hour is one of working time, the office's where the level's own promise runs round the clock.
    """
    rules, calendars = work.house.rules, work.house.calendars
    kept = whole = 0
    for row in stored.responses(work.db, since - LONGEST_CLOSED, until):
        hours = work.house.office if row.calendar == rules.wall else calendars.get(row.calendar, work.house.office)
        due = hours.add(row.started_at, HOUR)
        if since <= due < until and due <= work.now:
            whole += 1
            kept += row.ended_at is not None and row.ended_at <= due
    return {"kept": kept, "all": whole}


def _by_day(instants: Sequence[datetime], zone: Any) -> Counter[date]:
    return Counter(at.astimezone(zone).date() for at in instants)


def _bar(count: int, most: int) -> str:
    """A bar as long as its share of the largest; whatever is there at all is seen."""
    return "█" * (max(1, round(count * LONGEST_BAR / most)) if count else 0)
