"""The working-time calendar: its odd cases by name, what it refuses, its laws, and a slow reckoning beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.calendar import ALWAYS, CalendarError, WorkingCalendar
from bot.domain.calendar_days import REMEMBERED
from tests.domain.calendar_oracle import (
    OFFICE_HOURS,
    WEEK,
    Oracle,
    Span,
    add_by_days,
    is_worked,
    office,
    working_day_after,
)

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
OFFICE = WorkingCalendar.from_mapping(office())
NIGHTS = {name: [["22:00", "06:00"]] for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def at(text: str, zone: ZoneInfo = SHANGHAI, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def shown(moment: datetime | None, zone: ZoneInfo = SHANGHAI) -> str:
    assert moment is not None
    assert moment.tzinfo is UTC
    return moment.astimezone(zone).strftime("%m-%d %H:%M:%S").removesuffix(":00")


def calendar(timezone: str = "Asia/Shanghai", **mapping: Any) -> WorkingCalendar:
    return WorkingCalendar.from_mapping({"timezone": timezone, "weekly": WEEK, **mapping})


# ---- deadlines ----


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-03-02 10:00", 60, "03-02 11:00"),
        ("2026-03-02 11:30", 60, "03-02 13:30"),  # over lunch
        ("2026-03-02 11:00", 60, "03-02 12:00"),  # used up where lunch begins
        ("2026-03-02 17:00", 60, "03-02 18:00"),  # used up exactly at closing: closing, not the next opening
        ("2026-03-02 17:00", Fraction(3601, 60), "03-03 09:00:01"),
        ("2026-03-02 12:20", 60, "03-02 14:00"),  # begun at lunch
        ("2026-03-02 18:00", 60, "03-03 10:00"),  # begun at closing
        ("2026-03-02 03:00", 60, "03-02 10:00"),  # begun at night
        ("2026-03-06 17:30", 60, "03-09 09:30"),  # Friday to Monday
        ("2026-02-13 16:00", 240, "02-14 11:00"),  # into a make-up Saturday
        ("2026-02-14 17:00", 120, "02-24 10:00"),  # over the Spring Festival
        ("2025-12-31 17:00", 120, "01-04 10:00"),  # over the turn of the year into a make-up Sunday
        ("2026-03-02 10:00", 248 * 480, "03-02 10:00"),  # a year of work: into a year without known holidays, below
        ("2026-03-02 10:00:30", 480, "03-03 10:00:30"),  # seconds are kept
    ],
)
def test_due(start: str, minutes: Any, due: str) -> None:
    result = OFFICE.add(at(start), minutes)
    if minutes == 248 * 480:
        assert OFFICE.elapsed(at(start), result) == minutes
    else:
        assert shown(result) == due


def test_no_minutes_leave_the_start_where_it_is() -> None:
    for start in ("2026-03-02 10:00:07", "2026-03-01 10:00", "2026-03-02 18:00"):
        assert OFFICE.add(at(start), 0) == at(start)
        assert OFFICE.subtract(at(start), 0) == at(start)


@pytest.mark.parametrize(
    ("amount", "due"),
    [
        (0.9 * 60, "03-02 10:54"),
        (0.5 * 5, "03-02 10:02:30"),
        (Fraction(5, 2), "03-02 10:02:30"),
        (Fraction(9, 10) * 10, "03-02 10:09"),
        (1.1 * 60, "03-02 11:06"),  # 66.00000000000001
        (0.1, "03-02 10:00:06"),
        (Fraction(1, 3), "03-02 10:00:20"),
    ],
)
def test_shares_of_a_target_are_exact(amount: float | Fraction, due: str) -> None:
    assert shown(OFFICE.add(at("2026-03-02 10:00"), amount)) == due


def test_parts_of_a_second_are_kept() -> None:
    start = at("2026-03-02 17:59:59.999999")
    assert shown(OFFICE.add(start, 60)) == "03-03 09:59:59"
    assert OFFICE.elapsed(start, OFFICE.add(start, 60)) == 60


def test_elapsed_counts_open_time_only() -> None:
    assert OFFICE.elapsed(at("2026-03-06 17:30"), at("2026-03-09 09:30")) == 60
    assert OFFICE.elapsed(at("2026-03-02 11:59:30"), at("2026-03-02 13:00:45")) == 1.25
    assert OFFICE.elapsed(at("2026-03-07 00:00"), at("2026-03-09 09:00")) == 0


def test_a_reversed_span_is_nothing() -> None:
    assert OFFICE.elapsed(at("2026-03-02 17:00"), at("2026-03-02 10:00")) == 0


def test_elapsed_spans_years() -> None:
    assert OFFICE.elapsed(at("2025-01-01 00:00"), at("2026-01-01 00:00")) == 119_040
    assert OFFICE.elapsed(at("2025-01-01 00:00"), at("2027-01-01 00:00")) == 2 * 119_040


def test_subtract_goes_back_over_closed_time() -> None:
    assert shown(OFFICE.subtract(at("2026-03-09 09:30"), 60)) == "03-06 17:30"
    assert shown(OFFICE.subtract(at("2026-03-02 13:30"), 60)) == "03-02 11:30"
    assert shown(OFFICE.subtract(at("2026-03-09 10:00"), 60)) == "03-09 09:00"  # the latest such instant
    assert shown(OFFICE.subtract(at("2026-03-08 12:00"), 60)) == "03-06 17:00"


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-03-02 10:00:01", "03-02 10:00:01"),
        ("2026-03-02 09:00", "03-02 09:00"),
        ("2026-03-02 08:59:59", "03-02 09:00"),
        ("2026-03-02 12:00", "03-02 13:00"),
        ("2026-03-06 18:00", "03-09 09:00"),
    ],
)
def test_next_open(moment: str, opening: str) -> None:
    assert shown(OFFICE.next_open(at(moment))) == opening


def test_open_from_opening_until_closing() -> None:
    opens, closes = at("2026-03-02 09:00"), at("2026-03-02 18:00")
    second = timedelta(seconds=1)
    assert [OFFICE.is_open(when) for when in (opens - second, opens, closes - second, closes)] == [
        False,
        True,
        True,
        False,
    ]


# ---- intervals, nights, half days ----


def test_overlapping_and_touching_intervals_are_their_union() -> None:
    messy = calendar(weekly={"mon": [["13:00", "18:00"], ["09:00", "11:00"], ["10:00", "12:00"], ["12:00", "13:00"]]})
    plain = calendar(weekly={"mon": [["09:00", "18:00"]]})
    start = at("2026-03-02 00:00")
    assert messy.elapsed(start, at("2026-03-03 00:00")) == 540
    assert [messy.add(start, n) for n in (0.5, 100, 540, 541)] == [plain.add(start, n) for n in (0.5, 100, 540, 541)]


def test_a_night_belongs_to_the_date_it_begins_on() -> None:
    friday = calendar(weekly={"fri": [["22:00", "06:00"]]})
    assert friday.elapsed(at("2026-03-06 00:00"), at("2026-03-09 00:00")) == 480
    assert shown(friday.add(at("2026-03-06 12:00"), 480)) == "03-07 06:00"
    assert friday.is_open(at("2026-03-07 05:59"))
    assert not friday.is_open(at("2026-03-06 05:59"))
    assert friday.is_working_date(date(2026, 3, 6))
    assert not friday.is_working_date(date(2026, 3, 7))
    assert shown(friday.closing(date(2026, 3, 6))) == "03-07 06:00"


def test_a_holiday_takes_its_evening_and_cuts_the_night_before() -> None:
    nights = calendar(weekly=NIGHTS, holidays=["2026-03-04"])
    assert shown(nights.add(at("2026-03-03 22:00"), 120)) == "03-04 00:00"
    assert shown(nights.next_open(at("2026-03-04 00:00"))) == "03-05 22:00"
    assert nights.elapsed(at("2026-03-03 12:00"), at("2026-03-06 12:00")) == 120 + 480
    assert shown(nights.closing(date(2026, 3, 3))) == "03-04 00:00"


def test_an_extra_day_replaces_its_hours_and_leaves_the_night_before() -> None:
    nights = calendar(weekly=NIGHTS, extra=[{"date": "2026-03-04", "hours": [["10:00", "11:00"]]}])
    assert nights.elapsed(at("2026-03-04 00:00"), at("2026-03-05 00:00")) == 360 + 60
    assert nights.elapsed(at("2026-03-05 00:00"), at("2026-03-05 12:00")) == 0


def test_a_night_over_the_turn_of_the_year() -> None:
    nights = calendar(weekly=NIGHTS)
    assert shown(nights.add(at("2026-12-31 23:00"), 180)) == "01-01 02:00"


def test_a_night_that_overlaps_the_morning_counts_once() -> None:
    both = calendar(weekly=NIGHTS | {"wed": [["05:00", "09:00"], ["22:00", "06:00"]]})
    assert both.elapsed(at("2026-03-04 00:00"), at("2026-03-04 12:00")) == 540


def test_half_days_are_extra_days() -> None:
    half = calendar(extra=[{"date": "2026-03-02", "hours": [["09:00", "12:00"]]}])
    assert shown(half.add(at("2026-03-02 11:00"), 120)) == "03-03 10:00"
    assert shown(half.closing(date(2026, 3, 2))) == "03-02 12:00"


def test_round_the_clock_loses_no_minute() -> None:
    wall = WorkingCalendar.round_the_clock("Asia/Shanghai")
    start = at("2026-02-13 23:59:59")
    for minutes in (1, 5, 1440, 525_600):
        assert wall.add(start, minutes) == start + timedelta(minutes=minutes) == ALWAYS.add(start, minutes)
    assert wall.next_open(start) == start
    assert shown(wall.closing(date(2026, 3, 2))) == "03-03 00:00"
    assert shown(wall.opening(date(2026, 3, 2))) == "03-02 00:00"


# ---- changes of the clock ----


def test_days_of_23_and_25_hours_are_measured_truly() -> None:
    wall = WorkingCalendar.round_the_clock("Europe/Berlin")
    assert wall.elapsed(at("2026-03-29 00:00", BERLIN), at("2026-03-30 00:00", BERLIN)) == 23 * 60
    assert wall.elapsed(at("2026-10-25 00:00", BERLIN), at("2026-10-26 00:00", BERLIN)) == 25 * 60
    assert shown(wall.add(at("2026-03-28 12:00", BERLIN), 1440), BERLIN) == "03-29 13:00"
    assert shown(wall.add(at("2026-10-24 12:00", BERLIN), 1440), BERLIN) == "10-25 11:00"
    assert shown(wall.subtract(at("2026-03-29 13:00", BERLIN), 1440), BERLIN) == "03-28 12:00"


@pytest.mark.parametrize(
    ("hours", "spring", "autumn"),
    [
        (["02:00", "03:00"], 0, 120),  # the hour that is left out, and passed twice
        (["02:30", "04:00"], 60, 120),  # its edge lies there: 03-04; 02:30-03 twice and 03-04
        (["01:00", "02:30"], 60, 120),  # 01-02; 01-02 and 02-02:30 twice
        (["00:00", "24:00"], 23 * 60, 25 * 60),
        (["09:00", "18:00"], 540, 540),
    ],
)
def test_open_are_the_local_minutes_that_exist(hours: list[str], spring: int, autumn: int) -> None:
    sunday = calendar("Europe/Berlin", weekly={"sun": [hours]})
    assert sunday.elapsed(at("2026-03-28 12:00", BERLIN), at("2026-03-30 12:00", BERLIN)) == spring
    assert sunday.elapsed(at("2026-10-24 12:00", BERLIN), at("2026-10-26 12:00", BERLIN)) == autumn


def test_both_passes_of_a_repeated_hour_are_told_apart() -> None:
    sunday = calendar("Europe/Berlin", weekly={"sun": [["02:15", "02:45"]]})
    first, second = at("2026-10-25 02:30", BERLIN), at("2026-10-25 02:30", BERLIN, fold=1)
    assert sunday.elapsed(first, second) == 30
    assert sunday.add(first, 16) == at("2026-10-25 02:16", BERLIN, fold=1).astimezone(UTC)
    assert sunday.closing(date(2026, 10, 25)) == at("2026-10-25 02:45", BERLIN, fold=1).astimezone(UTC)


def test_a_night_shift_over_a_change_of_the_clock() -> None:
    nights = calendar("Europe/Berlin", weekly=NIGHTS)
    assert nights.elapsed(at("2026-03-28 12:00", BERLIN), at("2026-03-29 12:00", BERLIN)) == 420
    assert shown(nights.closing(date(2026, 3, 28)), BERLIN) == "03-29 06:00"


def test_zones_with_odd_changes() -> None:
    """Half an hour (Lord Howe), one minute after midnight back into yesterday (St John's 2010), a date left out (Samoa)."""
    lord_howe, st_johns, samoa = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Apia")
    day = WorkingCalendar.round_the_clock("Australia/Lord_Howe")
    assert day.elapsed(at("2026-04-05 00:00", lord_howe), at("2026-04-06 00:00", lord_howe)) == 24.5 * 60
    day = WorkingCalendar.round_the_clock("America/St_Johns")
    start = at("2010-11-06 23:30", st_johns)
    assert day.add(start, 120) == start.astimezone(UTC) + timedelta(minutes=120)
    assert shown(day.add(start, 45), st_johns) == "11-06 23:15"
    assert day.elapsed(at("2010-11-06 00:00", st_johns), at("2010-11-07 00:00", st_johns, fold=1)) == 25 * 60
    friday = calendar("Pacific/Apia")
    assert shown(friday.add(at("2011-12-29 17:00", samoa), 120), samoa) == "01-02 10:00"
    with pytest.raises(CalendarError, match="2011-12-30 is not a working date"):
        friday.opening(date(2011, 12, 30))


# ---- pauses ----


def test_a_pause_gives_back_its_open_time_only() -> None:
    start = at("2026-03-06 16:00")
    assert shown(OFFICE.add(start, 240, [(at("2026-03-06 17:00"), at("2026-03-09 10:00"))])) == "03-09 14:00"
    assert shown(OFFICE.add(start, 240, [(at("2026-03-06 18:00"), at("2026-03-09 09:00"))])) == "03-09 11:00"


def test_pauses_are_a_union_within_the_span() -> None:
    start, end = at("2026-03-02 10:00"), at("2026-03-02 17:00")
    once = [(at("2026-03-02 10:30"), at("2026-03-02 11:30"))]
    twice = [*once, (at("2026-03-02 11:00"), at("2026-03-02 11:30")), (at("2026-03-01 10:00"), at("2026-03-02 10:00"))]
    assert OFFICE.elapsed(start, end, once) == OFFICE.elapsed(start, end, twice) == 300
    assert OFFICE.add(start, 120, once) == OFFICE.add(start, 120, twice) == at("2026-03-02 14:00")
    assert OFFICE.add(start, 120, iter(twice)) == at("2026-03-02 14:00")


def test_a_pause_from_due_on_changes_nothing() -> None:
    start, due = at("2026-03-02 10:00"), at("2026-03-02 12:00")
    assert OFFICE.add(start, 120, [(due, None)]) == due
    assert OFFICE.add(start, 120, [(due - timedelta(seconds=1), None)]) is None


def test_while_a_pause_lasts_nothing_is_due() -> None:
    start = at("2026-03-02 10:00")
    assert OFFICE.add(start, 120, [(at("2026-03-02 11:00"), None)]) is None
    assert OFFICE.add(start, 120, [(at("2026-03-01 11:00"), None)]) is None
    assert OFFICE.add(start, 0, [(at("2026-03-01 11:00"), None)]) == start
    assert OFFICE.elapsed(start, at("2026-03-05 10:00"), [(at("2026-03-02 11:00"), None)]) == 60


def test_a_pause_at_night_and_a_reversed_one_give_nothing() -> None:
    start = at("2026-03-02 17:00")
    night, reversed_ = (
        (at("2026-03-02 18:00"), at("2026-03-03 09:00")),
        (at("2026-03-03 09:30"), at("2026-03-03 09:10")),
    )
    assert OFFICE.add(start, 120, [night, reversed_]) == OFFICE.add(start, 120)


# ---- working days ----


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-03-02 10:00", 1, "03-03 18:00"),
        ("2026-03-02 00:00", 1, "03-03 18:00"),  # the time of day plays no part
        ("2026-03-02 23:59", 1, "03-03 18:00"),
        ("2026-03-06 10:00", 1, "03-09 18:00"),
        ("2026-03-07 10:00", 1, "03-09 18:00"),  # begun on a weekend: not rolled first
        ("2026-02-13 10:00", 1, "02-14 18:00"),  # a make-up Saturday counts
        ("2026-02-14 10:00", 1, "02-24 18:00"),
        ("2026-02-10 10:00", 15, "03-09 18:00"),
        ("2025-12-31 10:00", 3, "01-06 18:00"),
    ],
)
def test_working_days_end_at_closing(start: str, days: int, due: str) -> None:
    assert shown(OFFICE.add_working_days(at(start), days)) == due


def test_the_start_date_is_the_calendars() -> None:
    """23:30 in London is already the next date in Shanghai."""
    assert shown(OFFICE.add_working_days(at("2026-03-02 23:30", ZoneInfo("Europe/London")), 1)) == "03-04 18:00"


def test_no_working_days_are_the_start() -> None:
    assert OFFICE.add_working_days(at("2026-03-01 10:00"), 0) == at("2026-03-01 10:00")


def test_rungs_before_a_due_date() -> None:
    due = date(2026, 3, 9)
    assert shown(OFFICE.subtract_working_days(due, 0)) == "03-09 09:00"
    assert shown(OFFICE.subtract_working_days(due, 1)) == "03-06 09:00"
    assert shown(OFFICE.subtract_working_days(due, 3)) == "03-04 09:00"
    assert shown(OFFICE.subtract_working_days(date(2025, 10, 5), 3)) == "09-28 09:00"  # over the National Day
    with pytest.raises(CalendarError, match=r"2026-03-08 is not a working date"):
        OFFICE.subtract_working_days(date(2026, 3, 8), 0)


def test_working_dates_both_ways() -> None:
    assert OFFICE.working_date(date(2026, 2, 14), 1) == date(2026, 2, 24)
    assert OFFICE.working_date(date(2026, 2, 24), -1) == date(2026, 2, 14)
    assert OFFICE.working_date(date(2026, 2, 22), 0) == date(2026, 2, 22)


# ---- years not known, what people see ----


def test_provisional_years_are_those_of_the_zone() -> None:
    unsure = calendar(provisional_years=[2027])
    assert not unsure.is_provisional(at("2026-12-31 23:59:59"))
    assert unsure.is_provisional(at("2027-01-01 00:00"))
    assert unsure.is_provisional(datetime(2026, 12, 31, 16, tzinfo=UTC))
    assert not unsure.is_provisional(at("2028-01-01 00:00"))


def test_years_outside_the_known_ones_are_provisional() -> None:
    known = calendar(known_years=[2025, 2026])
    assert [year for year in range(2023, 2029) if known.year_is_provisional(year)] == [2023, 2024, 2027, 2028]
    assert not calendar().is_provisional(at("2050-01-01 00:00"))


def test_kinds_of_dates() -> None:
    days = [date(2026, 2, 13), date(2026, 2, 14), date(2026, 2, 17), date(2026, 3, 7)]
    assert [OFFICE.kind(day) for day in days] == ["working", "extra", "holiday", "closed"]


def test_open_pieces_for_a_timeline() -> None:
    pieces = OFFICE.open_between(at("2026-03-02 10:00"), at("2026-03-03 09:30"))
    assert [(shown(a), shown(b)) for a, b in pieces] == [
        ("03-02 10:00", "03-02 12:00"),
        ("03-02 13:00", "03-02 18:00"),
        ("03-03 09:00", "03-03 09:30"),
    ]
    assert len(ALWAYS.open_between(at("2026-03-02 10:00"), at("2026-04-03 09:30"))) == 1


# ---- what is asked wrongly ----


NAIVE = datetime(2026, 3, 2, 10)  # noqa: DTZ001  -- the point of the test


@pytest.mark.parametrize(
    "ask",
    [
        lambda: OFFICE.add(NAIVE, 5),
        lambda: OFFICE.add(at("2026-03-02 10:00"), 5, [(NAIVE, None)]),
        lambda: OFFICE.add(at("2026-03-02 10:00"), 5, [(at("2026-03-02 10:00"), NAIVE)]),
        lambda: OFFICE.subtract(NAIVE, 5),
        lambda: OFFICE.elapsed(NAIVE, at("2026-03-02 10:00")),
        lambda: OFFICE.elapsed(at("2026-03-02 10:00"), NAIVE),
        lambda: OFFICE.next_open(NAIVE),
        lambda: OFFICE.is_open(NAIVE),
        lambda: OFFICE.add_working_days(NAIVE, 1),
        lambda: OFFICE.add_working_days(NAIVE, 0),
        lambda: OFFICE.is_provisional(NAIVE),
        lambda: OFFICE.local_date(NAIVE),
    ],
)
def test_naive_times_are_refused(ask: Callable[[], object]) -> None:
    with pytest.raises(CalendarError, match=r"(start|end|at|pause): datetime.*not an instant with a time zone"):
        ask()


@pytest.mark.parametrize("amount", [-1, -0.001, Fraction(-1, 60), float("nan"), float("inf"), 1e12, 10**400])
def test_amounts_that_are_none_are_refused(amount: float) -> None:
    for ask in (OFFICE.add, OFFICE.subtract):
        with pytest.raises(CalendarError, match=r"^minutes: .*not an amount"):
            ask(at("2026-03-02 10:00"), amount)


@pytest.mark.parametrize("days", [-1, 40_000])
def test_numbers_of_days_that_are_none_are_refused(days: int) -> None:
    with pytest.raises(CalendarError, match=r"^days: "):
        OFFICE.add_working_days(at("2026-03-02 10:00"), days)
    with pytest.raises(CalendarError, match=r"^days: "):
        OFFICE.subtract_working_days(date(2026, 3, 2), days)
    with pytest.raises(CalendarError, match=r"^days: "):
        OFFICE.working_date(date(2026, 3, 2), days * 40_000)


def test_no_opening_within_the_horizon_is_an_error() -> None:
    once = calendar(weekly={}, extra=[{"date": "2026-03-02", "hours": [["09:00", "10:00"]]}])
    assert shown(once.add(at("2025-03-02 10:00"), 60)) == "03-02 10:00"
    asks: list[Callable[[], object]] = [
        lambda: once.add(at("2026-03-02 09:00"), 61),
        lambda: once.add(at("2023-03-02 10:00"), 1),
        lambda: once.subtract(at("2026-03-02 10:00"), 61),
        lambda: once.next_open(at("2026-03-02 10:00")),
        lambda: once.add_working_days(at("2026-03-02 10:00"), 1),
        lambda: once.subtract_working_days(date(2026, 3, 2), 1),
    ]
    for ask in asks:
        with pytest.raises(CalendarError, match=r"nothing is open for 800 days.*(after|before) 20"):
            ask()
    assert once.elapsed(at("2020-01-01 00:00"), at("2030-01-01 00:00")) == 60


def test_a_promise_beyond_a_century_is_an_error() -> None:
    rare = calendar(weekly={"mon": [["09:00", "09:01"]]})
    with pytest.raises(CalendarError, match=r"century"):
        rare.add(at("2026-03-02 10:00"), 6000)


def test_the_ends_of_time_are_an_error() -> None:
    late = datetime(9999, 12, 31, 20, tzinfo=UTC)
    for ask in (OFFICE.next_open, OFFICE.is_open, OFFICE.local_date):
        with pytest.raises(CalendarError, match=r"years 1 to 9999"):
            ask(late)
    with pytest.raises(CalendarError, match=r"years 1 to 9999"):
        OFFICE.working_date(date(9999, 12, 30), 30)


def test_what_is_remembered_is_bounded() -> None:
    long = calendar()
    start, end = at("2000-01-03 00:00"), at("2034-01-02 00:00")
    assert long.elapsed(start, end) == long.elapsed(start, at("2020-01-06 00:00")) + long.elapsed(
        at("2020-01-06 00:00"), end
    )
    assert len(long._days._blocks) <= REMEMBERED


# ---- what is written wrongly ----


def extra(*items: tuple[str, object]) -> list[dict[str, object]]:
    return [{"date": day, "hours": hours} for day, hours in items]


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ({"timezone": "Asia/Atlantis"}, "timezone: 'Asia/Atlantis' is not a known time zone"),
        ({"timezone": "Asia"}, "timezone: 'Asia' is not a known time zone"),
        ({"timezone": "../etc/passwd"}, "timezone: .* is not a known time zone"),
        ({"timezone": "x\0"}, "timezone: .* is not a known time zone"),
        ({"timezone": ""}, "timezone: '' is not the name"),
        ({"timezone": None}, "timezone: None is not the name"),
        ({"weekly": None}, "weekly: must be a table"),
        ({"weekly": {"monday": OFFICE_HOURS}}, "weekly.monday: not a weekday"),
        ({"weekly": {"mon": "09:00-18:00"}}, "weekly.mon: '09:00-18:00' is not a list"),
        ({"weekly": {"mon": [["09:00"]]}}, r"weekly.mon\[0\]: .* is not a pair of times"),
        ({"weekly": {"mon": [OFFICE_HOURS]}}, r"weekly.mon\[0\]: .* is not a time"),
        ({"weekly": {"mon": [["09:00", "12:00"], ["9:00", "18:00"]]}}, r"weekly.mon\[1\]: '9:00' is not a time"),
        ({"weekly": {"mon": [["09:00", "25:00"]]}}, r"weekly.mon\[0\]: '25:00' is not a time"),
        ({"weekly": {"mon": [["09:00", "24:01"]]}}, r"weekly.mon\[0\]: '24:01' is not a time"),
        ({"weekly": {"mon": [["09:60", "12:00"]]}}, r"weekly.mon\[0\]: '09:60' is not a time"),
        ({"weekly": {"mon": [["24:00", "06:00"]]}}, r"weekly.mon\[0\]: '24:00' is not a time"),
        ({"weekly": {"mon": [["０9:00", "12:00"]]}}, r"weekly.mon\[0\]: .* is not a time"),
        ({"weekly": {"mon": [[9, 12]]}}, r"weekly.mon\[0\]: 9 is not a time"),
        ({"weekly": {"mon": [["09:00", "09:00"]]}}, r"weekly.mon\[0\]: 09:00-09:00 has no length"),
        ({"weekly": {"mon": [["00:00", "00:00"]]}}, r"weekly.mon\[0\]: 00:00-00:00 has no length"),
        ({"weekly": {"mon": [["13:00", "12:00"]]}}, r"weekly.mon\[0\]: 13:00-12:00 ends before it starts"),
        ({"weekly": {}}, "weekly: never open"),
        ({"weekly": {"mon": []}}, "weekly: never open"),
        ({"holidays": ["2026-02-30"]}, r"holidays\[0\]: 2026-02-30 is not in the calendar"),
        ({"holidays": ["2026-01-01", "20260102"]}, r"holidays\[1\]: '20260102' is not a date"),
        ({"holidays": ["2026-W01-1"]}, r"holidays\[0\]: '2026-W01-1' is not a date"),
        ({"holidays": [NAIVE]}, r"holidays\[0\]: .* is not a date"),
        ({"holidays": "2026-01-01"}, "holidays: '2026-01-01' is not a list"),
        ({"holiday": ["2026-01-01"]}, "holiday: not a key of a calendar"),
        ({"extra": [{"date": "2026-02-14"}]}, r"extra\[0\]: must be"),
        ({"extra": ["2026-02-14"]}, r"extra\[0\]: must be"),
        ({"extra": extra(("2026-02-31", OFFICE_HOURS))}, r"extra\[0\].date: 2026-02-31 is not in the calendar"),
        ({"extra": extra(("2026-02-14", []))}, r"extra\[0\].hours of 2026-02-14: empty"),
        ({"extra": extra(("2026-02-14", [["9", "12:00"]]))}, r"extra\[0\].hours of 2026-02-14\[0\]: '9' is not a time"),
        ({"extra": extra(("2026-02-14", OFFICE_HOURS), ("2026-02-14", OFFICE_HOURS))}, r"extra\[1\].date: .* twice"),
        (
            {"extra": extra(("2026-02-14", OFFICE_HOURS)), "holidays": ["2026-02-14"]},
            "extra: 2026-02-14 is both a holiday and an extra working day",
        ),
        ({"provisional_years": ["2027"]}, "provisional_years: '2027' is not a year"),
        ({"provisional_years": [True]}, "provisional_years: True is not a year"),
        ({"provisional_years": 2027}, "provisional_years: 2027 is not a list"),
        ({"known_years": [2027]}, r"known_years: \[2027\] is not the first and the last year"),
        ({"known_years": [2027, 2025]}, "known_years: .* is not the first and the last year"),
    ],
)
def test_a_calendar_written_wrongly_is_refused(mapping: dict[str, Any], problem: str) -> None:
    with pytest.raises(CalendarError, match=f"^{problem}") as caught:
        calendar(**mapping)
    assert str(caught.value) == f"{caught.value.field}: {caught.value.problem}"


def test_nights_of_up_to_16_hours_are_taken() -> None:
    evening = calendar(weekly={"fri": [["18:00", "09:00"], ["17:00", "09:00"]]})
    assert evening.elapsed(at("2026-03-06 00:00"), at("2026-03-09 00:00")) == 16 * 60


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["09:00", "24:00"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["mon", "sun", "date", "hours"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(
    st.dictionaries(
        st.sampled_from(["timezone", "weekly", "holidays", "extra", "provisional_years", "known_years"]), JUNK
    ),
    JUNK,
)
def test_junk_is_refused_with_a_reason(mapping: dict[str, Any], junk: Any) -> None:
    for candidate in (mapping, junk, {"timezone": "UTC", "weekly": WEEK} | mapping):
        made, reason = made_or_refused(candidate)
        assert reason if made is None else made == WorkingCalendar.from_mapping(made.to_mapping())


def made_or_refused(mapping: Any) -> tuple[WorkingCalendar | None, str]:
    try:
        return WorkingCalendar.from_mapping(mapping), ""
    except CalendarError as error:
        return None, error.field and error.problem


# ---- mappings ----


def test_a_mapping_makes_the_round_trip() -> None:
    mapping = office() | {"provisional_years": [2027], "known_years": [2025, 2027]}
    made = WorkingCalendar.from_mapping(mapping)
    written = json.dumps(made.to_mapping())
    again = WorkingCalendar.from_mapping(json.loads(written))
    assert again == made
    assert hash(again) == hash(made)
    assert json.dumps(again.to_mapping()) == written
    assert made != OFFICE
    assert made != office()


def test_the_order_of_writing_leaves_the_hash_alone() -> None:
    def digest(mapping: dict[str, Any]) -> str:
        return hashlib.sha256(json.dumps(WorkingCalendar.from_mapping(mapping).to_mapping()).encode()).hexdigest()

    shuffled = office()
    shuffled["holidays"] = [*shuffled["holidays"][::-1], shuffled["holidays"][0]]
    shuffled["extra"] = shuffled["extra"][::-1]
    shuffled["weekly"] = {name: hours[::-1] for name, hours in reversed(WEEK.items())}
    assert digest(shuffled) == digest(office())


def test_dates_of_toml_are_dates() -> None:
    assert calendar(holidays=[date(2026, 3, 2)]) == calendar(holidays=["2026-03-02"])


def test_a_calendar_names_its_zone() -> None:
    assert repr(OFFICE) == "WorkingCalendar(Asia/Shanghai)"
    assert OFFICE.zone == SHANGHAI


# ---- the official arrangement, and the day-level reckoning ----


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_official_years_day_by_day(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    assert [OFFICE.is_working_date(day) for day in days] == [is_worked(day) for day in days]
    for day in days:
        midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
        assert OFFICE.elapsed(midnight, midnight + timedelta(days=1)) == (480 if is_worked(day) else 0)
    assert sum(is_worked(day) for day in days) == 248


START_2025 = int(at("2025-01-01 00:00").timestamp())
OFFICE_STARTS = st.integers(0, 600 * 86_400).map(lambda second: datetime.fromtimestamp(START_2025 + second, SHANGHAI))


@settings(max_examples=200)
@given(OFFICE_STARTS, st.integers(0, 30_000))
def test_long_deadlines_agree_with_a_reckoning_by_days(start: datetime, minutes: int) -> None:
    due = add_by_days(start, minutes)
    assert OFFICE.add(start, minutes) == due
    assert OFFICE.elapsed(start, due) == minutes


@settings(max_examples=200)
@given(OFFICE_STARTS, st.integers(1, 60))
def test_working_days_agree_with_a_reckoning_by_days(start: datetime, days: int) -> None:
    due = working_day_after(start.date(), days)
    assert OFFICE.add_working_days(start, days) == datetime(due.year, due.month, due.day, 18, tzinfo=SHANGHAI)
    if is_worked(start.date()):
        assert OFFICE.subtract_working_days(due, days) == at(f"{start.date()} 09:00")


# ---- the minute-by-minute reckoning ----

ZONES = [
    "Asia/Shanghai",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "UTC",
]
CENTRES = [  # the Spring Festival, the changes of the clock in those zones, the turn of the year
    date(2026, 2, 16),
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 11, 1),
    date(2026, 12, 31),
]
HOURS: st.SearchStrategy[list[list[str]]] = st.one_of(
    st.just(OFFICE_HOURS),
    st.just([]),
    st.sampled_from([[["22:00", "06:00"]], [["00:00", "24:00"]], [["00:00", "03:00"], ["18:00", "09:00"]]]),
    st.lists(
        st.tuples(st.integers(0, 1439), st.integers(1, 960)).map(
            lambda pair: [clock(pair[0]), clock(pair[0] + pair[1], is_end=True)]
        ),
        min_size=1,
        max_size=3,
    ),
)


def clock(minute: int, *, is_end: bool = False) -> str:
    if is_end and minute == 24 * 60:
        return "24:00"
    return f"{minute % 1440 // 60:02}:{minute % 60:02}"


WEEKS = st.lists(HOURS, min_size=1, max_size=3).filter(any)
SPECIAL = st.dictionaries(st.integers(-3, 12), st.none() | HOURS, max_size=4)
AMOUNT = st.one_of(st.integers(0, 900), st.integers(0, 240).map(lambda minute: minute * 60), st.integers(0, 50 * 3600))
PAUSES = st.lists(
    st.tuples(st.integers(-7200, 200_000), st.none() | st.integers(-60, 7200) | st.integers(0, 200_000)), max_size=3
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], int, int, list[Span]]:
    """A calendar of any kind with holidays and extra days near a start, an amount and pauses, all in seconds."""
    centre, kinds, special = draw(st.sampled_from(CENTRES)), draw(WEEKS), draw(SPECIAL)
    shift = draw(st.integers(0, 6))
    days = {(centre + timedelta(days=number)).isoformat(): hours for number, hours in special.items()}
    mapping = {
        "timezone": draw(st.sampled_from(ZONES)),
        "weekly": {name: kinds[(place + shift) % 7 % len(kinds)] for place, name in enumerate(NIGHTS)},
        "holidays": [day for day, hours in days.items() if not hours],
        "extra": [{"date": day, "hours": hours} for day, hours in days.items() if hours],
    }
    midnight = int(datetime(centre.year, centre.month, centre.day, tzinfo=UTC).timestamp())
    start = midnight + draw(st.integers(-36, 36)) * 3600 + draw(st.sampled_from([0, 0, 1, 59, 1800, 3599]))
    pauses = [(start + since, None if length is None else start + since + length) for since, length in draw(PAUSES)]
    return mapping, start, draw(AMOUNT), pauses


def moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def moments(spans: Sequence[Span]) -> list[tuple[datetime, datetime | None]]:
    return [(moment(since), None if until is None else moment(until)) for since, until in spans]


def agree(case: tuple[dict[str, Any], int, int, list[Span]]) -> None:
    """Holds every answer of the calendar against the minute-by-minute reckoning."""
    mapping, start, amount, pauses = case
    fast, slow = WorkingCalendar.from_mapping(mapping), Oracle(mapping)
    minutes = amount / 60 if amount % 2 else Fraction(amount, 60)
    due = slow.add(start, amount, pauses)
    answer = fast.add(moment(start), minutes, moments(pauses))
    if due is not None:
        assert answer == moment(due)
        assert fast.elapsed(moment(start), moment(due), moments(pauses)) == amount / 60
    else:
        assert answer is None or answer > moment(start) + timedelta(days=14) - timedelta(minutes=1)
    end = start + amount + 40_000
    assert fast.elapsed(moment(start), moment(end), moments(pauses)) == slow.elapsed(start, end, pauses) / 60
    begun = slow.subtract(start, amount)
    if begun is not None:
        assert fast.subtract(moment(start), minutes) == moment(begun)
    opening = slow.next_open(start)
    if opening is not None:
        assert fast.next_open(moment(start)) == moment(opening)
    assert fast.is_open(moment(start)) == slow.is_open(start // 60)


@settings(max_examples=2000)
@given(cases())
def test_every_answer_agrees_with_a_reckoning_by_minutes(case: tuple[dict[str, Any], int, int, list[Span]]) -> None:
    agree(case)


@pytest.mark.long
@settings(max_examples=20_000)
@given(cases())
def test_every_answer_agrees_with_a_reckoning_by_minutes_at_length(
    case: tuple[dict[str, Any], int, int, list[Span]],
) -> None:
    agree(case)


# ---- laws ----

AMOUNTS = st.integers(0, 100_000).map(lambda second: Fraction(second, 60))


@given(cases(), AMOUNTS, AMOUNTS)
def test_amounts_add_up(case: tuple[dict[str, Any], int, int, list[Span]], first: Fraction, second: Fraction) -> None:
    fast, start = WorkingCalendar.from_mapping(case[0]), moment(case[1])
    once = fast.add(start, first)
    assert fast.elapsed(start, once) == float(first)
    assert fast.add(once, second) == fast.add(start, first + second)
    assert fast.add(start, max(first, second)) >= fast.add(start, min(first, second))
    rising, pauses = sorted([Fraction(0), first, second, first + second]), moments(case[3])
    assert fast.add_each(start, rising, pauses) == [fast.add(start, one, pauses) for one in rising]


@given(cases(), AMOUNTS)
def test_a_due_time_is_open_or_a_closing(case: tuple[dict[str, Any], int, int, list[Span]], amount: Fraction) -> None:
    fast, start = WorkingCalendar.from_mapping(case[0]), moment(case[1])
    assume(amount > 0)
    due = fast.add(start, amount)
    assert fast.is_open(due - timedelta(microseconds=1))
    begun = fast.subtract(due, amount)
    assert fast.is_open(begun)
    assert fast.add(begun, amount) == due


@given(cases(), st.integers(0, 200_000), AMOUNTS)
def test_a_later_start_is_never_due_earlier(
    case: tuple[dict[str, Any], int, int, list[Span]], later: int, amount: Fraction
) -> None:
    fast, start = WorkingCalendar.from_mapping(case[0]), moment(case[1])
    assert fast.add(start, amount) <= fast.add(start + timedelta(seconds=later), amount)


@given(cases(), st.lists(st.integers(0, 1_000_000), min_size=3, max_size=3).map(sorted))
def test_elapsed_adds_up_over_any_split(case: tuple[dict[str, Any], int, int, list[Span]], splits: list[int]) -> None:
    fast, pauses = WorkingCalendar.from_mapping(case[0]), moments(case[3])
    a, b, c = (moment(case[1] + second) for second in splits)
    parts = fast.elapsed(a, b, pauses) + fast.elapsed(b, c, pauses)
    assert round(parts * 60) == round(fast.elapsed(a, c, pauses) * 60)


@given(cases(), st.integers(0, 100_000), st.integers(0, 100_000), st.integers(0, 100_000))
def test_splitting_or_overlapping_a_pause_changes_nothing(
    case: tuple[dict[str, Any], int, int, list[Span]], since: int, length: int, cut: int
) -> None:
    fast, start, minutes = WorkingCalendar.from_mapping(case[0]), case[1], Fraction(case[2], 60)
    begin, end = start + since, start + since + length
    middle = begin + cut % (length + 1)
    whole = moments([(begin, end)])
    for spans in ([(begin, middle), (middle, end)], [(middle, end), (begin, end)], [(begin, end), (begin, end)]):
        assert fast.add(moment(start), minutes, moments(spans)) == fast.add(moment(start), minutes, whole)


@given(cases(), st.sampled_from(["mon", "wed", "sat"]), HOURS, AMOUNTS)
def test_wider_hours_are_never_due_later(
    case: tuple[dict[str, Any], int, int, list[Span]], name: str, hours: list[list[str]], amount: Fraction
) -> None:
    mapping, start = case[0], moment(case[1])
    wider = mapping | {"weekly": mapping["weekly"] | {name: [*mapping["weekly"][name], *hours]}}
    narrow_due = WorkingCalendar.from_mapping(mapping).add(start, amount)
    assert WorkingCalendar.from_mapping(wider).add(start, amount) <= narrow_due


@given(cases(), st.integers(-14, 14))
def test_the_zone_of_a_start_does_not_matter(case: tuple[dict[str, Any], int, int, list[Span]], hours: int) -> None:
    mapping, second, seconds, pauses = case
    amount = Fraction(seconds, 60)
    fast, zone = WorkingCalendar.from_mapping(mapping), timezone(timedelta(hours=hours))
    start = moment(second)
    due = fast.add(start, amount, moments(pauses))
    assert fast.add(start.astimezone(zone), amount, moments(pauses)) == due
    assert fast.next_open(start.astimezone(BERLIN)) == fast.next_open(start)


@given(cases())
def test_json_keeps_seconds_offset_and_calendar(case: tuple[dict[str, Any], int, int, list[Span]]) -> None:
    fast, start = WorkingCalendar.from_mapping(case[0]), moment(case[1])
    due = fast.add(start, Fraction(case[2], 60))
    stored = json.loads(json.dumps({"due": due.isoformat(), "calendar": fast.to_mapping()}))
    assert datetime.fromisoformat(stored["due"]) == due
    assert datetime.fromisoformat(stored["due"]).utcoffset() == timedelta()
    assert WorkingCalendar.from_mapping(stored["calendar"]) == fast
