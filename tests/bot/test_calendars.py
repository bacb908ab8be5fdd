"""Calendars built from the library, an ICS file and the lists: who wins, what is provisional, what is refused."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.calendars import CalendarSource, build_calendar, build_calendars
from bot.domain.calendar import CalendarError, WorkingCalendar
from bot.domain.calendar_rules import WEEKDAYS
from tests.domain.calendar_oracle import MAKE_UP, OFFICE_HOURS, WEEK, is_worked, office

YEARS = range(2025, 2029)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def source(**given: Any) -> CalendarSource:
    return CalendarSource(**{"timezone": "Asia/Shanghai", "weekly": WEEK, "country": "CN"} | given)


def built(**given: Any) -> WorkingCalendar:
    return build_calendar(source(**given), YEARS)


def ics(*events: str) -> bytes:
    """A file of events, each as its lines with a bar between."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//test//EN"]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}", *event.split("|"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def day(start: str, title: str, *more: str) -> str:
    return "|".join([f"DTSTART;VALUE=DATE:{start}", f"SUMMARY;LANGUAGE=zh_CN:{title}", *more])


FESTIVAL = ics(
    day("20270206", "春节（休）", "DTEND;VALUE=DATE:20270213", "X-APPLE-SPECIAL-DAY:WORK-HOLIDAY"),
    day("20270220", "春节（班）", "X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY"),
    day("20270214", "情人节"),
)


# ---- the official arrangement ----


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_official_arrangement_day_by_day(year: int) -> None:
    china = built()
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    assert [str(d) for d in days if china.is_working_date(d) != is_worked(d)] == []
    assert tuple(str(d) for d in days if d.weekday() >= 5 and china.is_working_date(d)) == MAKE_UP[year]
    assert sum(china.is_working_date(d) for d in days) == 248
    start, end = (datetime(y, 1, 1, tzinfo=china.zone) for y in (year, year + 1))
    assert china.elapsed(start, end) == 119_040


def test_make_up_days_have_the_usual_hours() -> None:
    assert built().to_mapping()["extra"] == WorkingCalendar.from_mapping(office()).to_mapping()["extra"]
    late = built(weekly={"mon": [], "tue": [["10:00", "19:00"]], "sat": [["10:00", "12:00"]]})
    assert late.opening(date(2026, 2, 14)) == datetime(2026, 2, 14, 2, tzinfo=UTC)
    assert late.closing(date(2026, 2, 14)) == datetime(2026, 2, 14, 11, tzinfo=UTC)


# ---- years that are not known ----


def test_a_year_without_notice_is_provisional_and_guesses_nothing() -> None:
    china = built()
    assert [year for year in range(2024, 2030) if china.year_is_provisional(year)] == [2024, 2027, 2028, 2029]
    days = [date(2027, 1, 1) + timedelta(days=number) for number in range(365)]
    assert [d for d in days if china.is_working_date(d) != (d.weekday() < 5)] == []


def test_an_ics_file_makes_its_year_official() -> None:
    china = built(ics=FESTIVAL)
    assert not china.year_is_provisional(2027)
    assert china.year_is_provisional(2028)
    assert china.is_working_date(date(2027, 5, 3))  # the library's guess plays no part
    assert china.kind(date(2027, 2, 12)) == "holiday"


def test_lists_make_a_year_official_only_where_they_say_so() -> None:
    listed = {"holidays": ["2027-01-01"], "extra": [{"date": "2027-02-20", "hours": OFFICE_HOURS}]}
    assert built(**listed).year_is_provisional(2027)
    official = built(**listed, official_years=frozenset({2027}))
    assert not official.year_is_provisional(2027)
    assert official.kind(date(2027, 1, 1)) == built(**listed).kind(date(2027, 1, 1)) == "holiday"


def test_other_countries_go_by_their_law() -> None:
    berlin = built(timezone="Europe/Berlin", country="DE-BE")
    assert berlin.kind(date(2027, 3, 8)) == "holiday"  # Women's Day, in Berlin alone
    assert built(timezone="Europe/Berlin", country="de").kind(date(2027, 3, 8)) == "working"
    assert [year for year in range(2024, 2030) if berlin.year_is_provisional(year)] == [2024, 2029]


def test_without_country_and_file_no_holiday_is_promised() -> None:
    plain = built(country=None, holidays=["2026-03-02"])
    assert not plain.year_is_provisional(2040)
    assert plain.kind(date(2026, 3, 2)) == "holiday"
    assert plain.kind(date(2026, 10, 1)) == "working"


def test_a_file_without_country_knows_its_own_years() -> None:
    shop = built(country=None, ics=FESTIVAL)
    assert [year for year in range(2025, 2029) if shop.year_is_provisional(year)] == [2025, 2026, 2028]


# ---- who wins ----


def test_the_file_wins_over_the_library_and_the_lists_over_both() -> None:
    china, file = date(2026, 2, 14), ics(day("20260214", "（休）"), day("20261001", "国庆节（班）"))
    assert built().kind(china) == "extra"
    assert built(ics=file).kind(china) == "holiday"
    assert built(ics=file).kind(date(2026, 10, 1)) == "extra"
    half = [{"date": "2026-02-14", "hours": [["09:00", "12:00"]]}]
    both = built(ics=file, extra=half, holidays=["2026-10-01"])
    assert both.closing(china) == datetime(2026, 2, 14, 4, tzinfo=UTC)
    assert both.kind(date(2026, 10, 1)) == "holiday"


def test_one_date_may_not_be_both_within_one_source() -> None:
    extra = [{"date": "2026-03-07", "hours": OFFICE_HOURS}]
    with pytest.raises(CalendarError, match="extra: 2026-03-07 is both a holiday and an extra"):
        built(holidays=["2026-03-07"], extra=extra)
    with pytest.raises(CalendarError, match="ics: 2027-02-20 is both a day off and a make-up day"):
        built(ics=ics(day("20270220", "（休）"), day("20270220", "（班）")))
    assert built(holidays=["2026-03-07"], ics=ics(day("20260307", "（班）"))).kind(date(2026, 3, 7)) == "holiday"


# ---- the ICS file ----


def test_apples_marks_and_an_exclusive_end() -> None:
    china = built(ics=FESTIVAL)
    days = [date(2027, 2, 5) + timedelta(days=number) for number in range(17)]
    assert [d.day for d in days if china.kind(d) == "holiday"] == [6, 7, 8, 9, 10, 11, 12]
    assert [d.day for d in days if china.kind(d) == "extra"] == [20]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("元旦（休）", "holiday"),
        ("元旦(休)", "holiday"),
        ("元旦假期", "holiday"),
        ("元旦（班）", "extra"),
        ("上班(补元旦假期)", "extra"),
        ("元旦 补班 第1天/共1天", "extra"),
    ],
)
def test_titles_that_say_what_a_day_is(title: str, kind: str) -> None:
    assert built(ics=ics(day("20270106", title))).kind(date(2027, 1, 6)) == kind


def test_duration_and_cancelled_events() -> None:
    file = ics(day("20270104", "（休）", "DURATION:P2D"), day("20270107", "（休）", "STATUS:CANCELLED"))
    kinds = [built(ics=file).kind(date(2027, 1, number)) for number in range(4, 8)]
    assert kinds == ["holiday", "holiday", "working", "working"]


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        (b"", "ics: no event is marked"),
        (b"hello", "ics: cannot be read"),
        (b"\xff\xfe\x00", "ics: cannot be read"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "ics: no event is marked"),
        (ics(day("20270214", "情人节")), "ics: no event is marked"),
        (ics(day("20270230", "（休）")), "ics '（休）': .*20270230"),
        (ics("SUMMARY:（休）"), "ics '（休）': No DTSTART"),
        (ics("DTSTART:20270201T090000Z|SUMMARY:（班）"), "ics '（班）': 2027-02-01 .*must be an all-day event"),
        (ics(day("20270201", "（休）", "RRULE:FREQ=YEARLY")), "ics '（休）': .*does not recur"),
        (ics(day("20270201", "（休）", "DTEND;VALUE=DATE:20270201")), "ics '（休）': .* is not a span"),
        (ics(day("20270201", "（休）", "DTEND;VALUE=DATE:20270101")), "ics '（休）': .* is not a span"),
        (ics(day("20270201", "（休）", "DTEND;VALUE=DATE:99990101")), "ics '（休）': .* is not a span"),
    ],
)
def test_files_that_are_refused(file: bytes, problem: str) -> None:
    with pytest.raises(CalendarError, match=f"^{problem}"):
        built(ics=file)


# ---- several calendars ----


@pytest.mark.parametrize("country", ["XX", "DE-XX"])
def test_an_unknown_country_is_refused(country: str) -> None:
    with pytest.raises(CalendarError, match=f"country: '{country}' is not known"):
        built(country=country)


def test_calendars_by_name() -> None:
    wall = source(country=None, weekly={name: [["00:00", "24:00"]] for name in WEEKDAYS})
    calendars = build_calendars({"office": source(), "wall": wall}, YEARS)
    assert calendars["office"].add(NOON, 60) == NOON + timedelta(minutes=120)  # lunch lies between
    assert calendars["wall"].add(NOON, 60) == NOON + timedelta(minutes=60)


def test_an_error_names_the_calendar() -> None:
    with pytest.raises(CalendarError, match=r"^office\.holidays\[0\]: 2026-02-30") as caught:
        build_calendars({"office": source(holidays=["2026-02-30"])}, YEARS)
    assert caught.value.field == "office.holidays[0]"


def test_the_libraries_are_loaded_only_where_they_are_needed() -> None:
    code = """
import sys
from bot.calendars import CalendarSource, build_calendar
build_calendar(CalendarSource("UTC", {"mon": [["09:00", "18:00"]]}), range(2025, 2029))
print(sorted({"holidays", "icalendar"} & set(sys.modules)))
build_calendar(CalendarSource("UTC", {"mon": [["09:00", "18:00"]]}, "CN"), range(2025, 2029))
print(sorted({"holidays", "icalendar"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "['holidays']"]
