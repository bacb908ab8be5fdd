"""bot.domain.why: the segments explain the deadline, whole and without gaps."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from bot.domain.calendar import WorkingCalendar
from bot.domain.why import Days, Segment, days, segments

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = [["09:00", "12:00"], ["13:00", "18:00"]]
CONTENTS: dict[str, Any] = {
    "timezone": "Asia/Shanghai",
    "weekly": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), HOURS),
    "holidays": [f"2026-02-{day}" for day in (16, 17, 18, 19, 20, 23)],
    "extra": [{"date": "2026-02-14", "hours": HOURS}],
}
OFFICE = WorkingCalendar.from_mapping(CONTENTS)


def at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)


def told(parts: list[Segment]) -> list[tuple[str, str, str, float]]:
    """Segments as people of Shanghai read them."""
    return [
        (
            f"{one.since.astimezone(SHANGHAI):%d %H:%M}",
            f"{one.until.astimezone(SHANGHAI):%d %H:%M}",
            one.kind,
            one.minutes,
        )
        for one in parts
    ]


def test_every_kind_of_segment_is_named() -> None:
    """From the Friday before the Spring Festival to the first day after it, by way of a make-up Saturday."""
    start = at("2026-02-12 17:00")
    due = OFFICE.add(start, 60 + 480 + 480 + 60)
    assert told(segments(OFFICE, start, due)) == [
        ("12 17:00", "12 18:00", "counted", 60),
        ("12 18:00", "13 09:00", "night", 0),
        ("13 09:00", "13 12:00", "counted", 180),
        ("13 12:00", "13 13:00", "break", 0),
        ("13 13:00", "13 18:00", "counted", 300),
        ("13 18:00", "14 09:00", "night", 0),
        ("14 09:00", "14 12:00", "extra", 180),
        ("14 12:00", "14 13:00", "break", 0),
        ("14 13:00", "14 18:00", "extra", 300),
        ("14 18:00", "24 09:00", "holiday", 0),
        ("24 09:00", "24 10:00", "counted", 60),
    ]


def test_an_ordinary_weekend_is_rest() -> None:
    start = at("2026-11-27 17:30")
    assert told(segments(OFFICE, start, OFFICE.add(start, 60)))[1] == ("27 18:00", "30 09:00", "rest", 0)


def test_before_opening_is_night_and_no_break() -> None:
    assert told(segments(OFFICE, at("2026-11-23 07:00"), at("2026-11-23 09:30")))[0] == (
        "23 07:00",
        "23 09:00",
        "night",
        0,
    )


def test_a_wait_that_lasts_counts_no_more() -> None:
    pauses = [(at("2026-11-23 10:00"), None)]
    assert told(segments(OFFICE, at("2026-11-23 09:00"), at("2026-11-23 14:00"), pauses)) == [
        ("23 09:00", "23 10:00", "counted", 60),
        ("23 10:00", "23 12:00", "paused", 120),
        ("23 12:00", "23 13:00", "break", 0),
        ("23 13:00", "23 14:00", "paused", 60),
    ]


def test_an_order_on_site_is_told_from_booked_support_also_when_it_is_over() -> None:
    """Support from 19:00 to 21:00 on a Monday, somebody ordered on site from 20:00 to 22:00, and again on Tuesday."""
    day, next_day = "2026-11-23", "2026-11-24"
    windows = {
        "7": (at(f"{day} 19:00"), at(f"{day} 21:00")),
        "onsite until then": (at(f"{day} 20:00"), at(f"{day} 22:00")),
        "onsite": (at(f"{next_day} 08:30"), None),
    }
    assert told(segments(OFFICE, at(f"{day} 17:30"), at(f"{next_day} 09:30"), (), windows)) == [
        ("23 17:30", "23 18:00", "counted", 30),
        ("23 18:00", "23 19:00", "night", 0),
        ("23 19:00", "23 20:00", "support", 60),
        ("23 20:00", "23 22:00", "ordered", 120),
        ("23 22:00", "24 08:30", "night", 0),
        ("24 08:30", "24 09:00", "ordered", 30),
        ("24 09:00", "24 09:30", "counted", 30),
    ]


def test_of_a_promise_in_working_days_the_dates_are_told_and_that_of_the_start_does_not_count() -> None:
    """Over the Spring Festival, by way of a make-up Saturday."""
    first, last = date(2026, 2, 12), OFFICE.working_date(date(2026, 2, 12), 4)
    found = days(OFFICE, first, last)
    assert [(one.first.day, one.last.day, one.kind, one.counted) for one in found] == [
        (12, 12, "started", 0),
        (13, 13, "counted", 1),
        (14, 14, "extra", 1),
        (15, 15, "rest", 0),
        (16, 20, "holiday", 0),
        (21, 22, "rest", 0),
        (23, 23, "holiday", 0),
        (24, 25, "counted", 2),
    ]
    assert days(OFFICE, last, last) == [Days(last, last, "started")]


seconds = some.integers(0, 20 * 86_400)
BEGIN = datetime(2026, 2, 9, tzinfo=UTC)


@given(some.integers(0, 14 * 86_400), some.integers(1, 3_000), some.lists(some.tuples(seconds, seconds), max_size=4))
def test_the_counted_segments_are_the_amount_and_nothing_is_left_out(
    start: int, minutes: int, waits: list[tuple[int, int]]
) -> None:
    begin = BEGIN + timedelta(seconds=start)
    pauses = [(BEGIN + timedelta(seconds=min(wait)), BEGIN + timedelta(seconds=max(wait))) for wait in waits]
    due = OFFICE.add(begin, minutes, pauses)
    assert due is not None
    parts = segments(OFFICE, begin, due, pauses)
    assert abs(sum(one.minutes for one in parts if one.counts) - minutes) < 1e-6
    assert (parts[0].since, parts[-1].until) == (begin, due)
    assert all(one.until == following.since for one, following in pairwise(parts))
    assert all(one.since < one.until for one in parts)
    assert date(2026, 2, 14) == OFFICE.local_date(due) or parts[-1].kind != "extra"
