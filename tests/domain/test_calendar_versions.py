"""Which version of a calendar a promise goes by, and what an update of the time zones looks like."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.calendar import WorkingCalendar
from bot.domain.calendar_versions import Calendars, in_force
from bot.domain.clocks import Event, derive
from tests.domain.calendar_oracle import OFFICE_HOURS, WEEK, office

START = datetime(2026, 11, 23, 1, tzinfo=UTC)  # Monday, 9:00 in Shanghai
OLD, NEW = (
    WorkingCalendar.from_mapping({"timezone": "Asia/Shanghai", "weekly": WEEK, "holidays": days})
    for days in ([], ["2026-11-23"])
)
CHANGED = START + timedelta(minutes=30)
CALENDARS = Calendars({"office": NEW}, {"office": [(START - timedelta(days=9), OLD), (CHANGED, NEW)]})


def test_it_is_a_mapping_of_what_the_calendars_say_now() -> None:
    assert dict(CALENDARS) == {"office": NEW}
    assert (len(CALENDARS), list(CALENDARS)) == (1, ["office"])
    assert CALENDARS.fresh == {"office"}
    assert Calendars({"office": NEW}, {}, []).fresh == set()


@pytest.mark.parametrize(
    ("instant", "version"),
    [
        (START - timedelta(days=30), OLD),  # before anything was journaled
        (START, OLD),
        (CHANGED, OLD),  # an event comes before the change of its instant
        (CHANGED + timedelta(microseconds=1), NEW),
    ],
)
def test_the_version_of_an_instant(instant: datetime, version: WorkingCalendar) -> None:
    assert CALENDARS.at("office", instant) is version
    assert in_force(CALENDARS, "office", instant) is version


def test_what_is_open_goes_by_the_newest_and_plain_mappings_have_one_version() -> None:
    assert in_force(CALENDARS, "office", None) is NEW
    assert in_force({"office": OLD}, "office", START) is OLD


def test_a_calendar_that_was_taken_out_stays_as_it_was_last() -> None:
    left = Calendars({"always": OLD}, {"nights": [(START, OLD), (CHANGED, NEW)]})
    assert left["nights"] is NEW
    assert left.fresh == {"always"}
    with pytest.raises(KeyError):
        left.at("nowhere", START)


def test_an_ended_clock_is_judged_by_the_calendar_of_its_end() -> None:
    policy = {name: [60, "office"] for name in ("dispatch", "confirm", "response", "resolve", "abnormal")}
    journal = [Event("opened", START), Event("assigned", START + timedelta(minutes=10))]
    clocks = {one.target: one for one in derive(journal, policy, CALENDARS)}
    assert (clocks["dispatch"].state, clocks["dispatch"].due) == ("met", START + timedelta(hours=1))
    assert clocks["resolve"].due == START + timedelta(days=1, hours=1)
    again = [*journal, Event("solved", CHANGED + timedelta(minutes=5)), Event("reopened", CHANGED + timedelta(hours=1))]
    assert [one.due for one in derive(again, policy, CALENDARS) if one.target == "dispatch"] == [clocks["dispatch"].due]


def test_an_update_of_the_zones_is_another_digest() -> None:
    years = range(2026, 2029)
    shanghai = WorkingCalendar.from_mapping(office())
    assert shanghai.zone_digest(years) == WorkingCalendar.from_mapping(office()).zone_digest(years)
    same = {"weekly": WEEK, "timezone": "Asia/Singapore"}  # the same clock, so the same instants
    assert WorkingCalendar.from_mapping(same).zone_digest(years) == shanghai.zone_digest(years)
    berlin, madrid, lisbon = (
        WorkingCalendar.from_mapping({"weekly": WEEK, "timezone": f"Europe/{name}"}).zone_digest(years)
        for name in ("Berlin", "Madrid", "Lisbon")
    )
    assert berlin == madrid != lisbon


@pytest.mark.parametrize(
    ("today", "unknown"),
    [
        (date(2026, 1, 1), []),
        (date(2026, 11, 14), []),
        (date(2026, 11, 15), [2027]),
        (date(2026, 12, 31), [2027]),
        (date(2027, 1, 1), [2027]),
        (date(2027, 11, 15), [2027, 2028]),
    ],
)
def test_the_next_year_is_missed_from_15_november_on(today: date, unknown: list[int]) -> None:
    known = WorkingCalendar.from_mapping(office() | {"known_years": [2025, 2026]})
    assert known.unknown_years(today) == unknown
    extra = [{"date": "2026-11-28", "hours": OFFICE_HOURS}]
    never = WorkingCalendar.from_mapping({"timezone": "UTC", "weekly": WEEK, "extra": extra})
    assert never.unknown_years(today) == []
