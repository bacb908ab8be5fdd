"""bot.domain.day_targets and the rows of the table that are counted in days (R18, R19), on the official calendar."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.calendar import WorkingCalendar
from bot.domain.clocks import Clock, Event, derive
from bot.domain.day_targets import due_day, lapses_at, month_after, next_opening
from bot.domain.ladder import DAYS, MONTHLY, WEEKENDS, ladder, roles_of
from bot.domain.levels import Choice, Rules, stamp
from bot.domain.targets import UNITS
from tests.domain.journals import RULES

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = [["09:00", "12:00"], ["13:00", "18:00"]]
HOLIDAYS = {
    2025: ["01-01", *(f"01-{day}" for day in (28, 29, 30, 31)), *(f"02-0{day}" for day in range(1, 5)), "04-04", "05-01",
           "05-02", "05-05", "06-02", *(f"10-0{day}" for day in range(1, 9))],
    2026: ["01-01", "01-02", *(f"02-{day}" for day in range(16, 24)), "04-06", "05-01", "05-04", "05-05", "06-19", "09-25",
           *(f"10-0{day}" for day in range(1, 8))],
}  # fmt: skip
MAKE_UP = ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11", "2026-01-04", "2026-02-14", "2026-02-28",
           "2026-05-09", "2026-09-20", "2026-10-10"]  # fmt: skip
OFFICE = WorkingCalendar.from_mapping(
    {
        "timezone": "Asia/Shanghai",
        "weekly": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY),
        "holidays": [f"{year}-{day}" for year, days in HOLIDAYS.items() for day in days],
        "extra": [{"date": day, "hours": DAY} for day in MAKE_UP],
    }
)
CALENDARS = {"office": OFFICE, "always": WorkingCalendar.round_the_clock("Asia/Shanghai")}
POLICY = stamp(Choice("advanced", immediate=False, reason=""), RULES)


def at(local: str) -> datetime:
    return datetime.strptime(local, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


def local(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def clocks(*journal: tuple[str, str] | tuple[str, str, dict[str, Any]], policy: Any = POLICY) -> dict[str, Clock]:
    derived = derive([Event(kind, at(when), *facts) for kind, when, *facts in journal], policy, CALENDARS)
    return {f"{one.target}{one.arming if one.arming > 1 else ''}": one for one in derived}


def rungs(clock: Clock) -> dict[str, str]:
    return {name: local(moment) for name, moment in clock.rungs}


# ---- dates ----


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        ("2026-11-23", "2026-12-04"),  # a Monday: weekends of 28 and 5; the Friday before the second
        ("2026-11-27", "2026-12-04"),  # a Friday
        ("2026-11-28", "2026-12-11"),  # a Saturday: it does not lie after the date of sending
        ("2026-11-29", "2026-12-11"),  # a Sunday
        ("2026-09-30", "2026-10-09"),  # weekends of 3 and 10 October; the make-up Saturday 10 is not before it
        ("2026-09-21", "2026-09-30"),  # weekends of 26 September and 3 October; 1 and 2 are holidays
        ("2026-02-13", "2026-02-14"),  # weekends of 14 and 21 February; from 16 on holidays, 14 is made up for
    ],
)
def test_the_second_weekend(sent: str, due: str) -> None:
    """SP-5.3, R18: closing of the last working day before the second weekend whose Saturday lies after the sending."""
    assert due_day(WEEKENDS, OFFICE, date.fromisoformat(sent), 2) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("first", "amount", "due"),
    [
        ("2026-11-01", 5, "2026-11-05"),
        ("2026-10-31", 5, "2026-11-05"),
        ("2026-11-05", 5, "2026-11-05"),
        ("2026-11-06", 5, "2026-12-05"),  # a Saturday: reports are not moved
        ("2025-10-01", 5, "2025-10-05"),  # in the National Day week
        ("2026-12-31", 10, "2027-01-10"),
        ("2026-02-28", 15, "2026-03-15"),
    ],
)
def test_the_day_of_the_month_is_not_moved_by_holidays(first: str, amount: int, due: str) -> None:
    """R19."""
    assert due_day(MONTHLY, OFFICE, date.fromisoformat(first), amount) == date.fromisoformat(due)


def test_a_report_lapses_at_midnight_and_everything_else_at_closing() -> None:
    assert local(lapses_at(MONTHLY, OFFICE, date(2025, 10, 5))) == "2025-10-06 00:00"
    assert local(lapses_at(DAYS, OFFICE, date(2026, 2, 14))) == "2026-02-14 18:00"


def test_the_month_after() -> None:
    assert [month_after(date(2026, 12, 31)), month_after(date(2026, 1, 1))] == [date(2027, 1, 1), date(2026, 2, 1)]


@pytest.mark.parametrize(
    ("after", "opening"),
    [
        ("2026-11-23 18:00", "2026-11-24 09:00"),
        ("2026-11-24 09:00", "2026-11-25 09:00"),
        ("2026-11-24 08:59", "2026-11-24 09:00"),
        ("2026-11-24 12:30", "2026-11-25 09:00"),  # the end of lunch is no opening
        ("2026-11-27 18:00", "2026-11-30 09:00"),
        ("2026-09-30 18:00", "2026-10-08 09:00"),
        ("2026-10-09 18:00", "2026-10-10 09:00"),  # a make-up Saturday
    ],
)
def test_repeats_come_at_the_openings_of_working_days(after: str, opening: str) -> None:
    assert local(next_opening(OFFICE, at(after))) == opening


# ---- ladders ----


@pytest.mark.parametrize(
    ("target", "days", "unit", "names"),
    [
        ("sheet-check", 1, DAYS, "W-1d W-0d BREACH"),
        ("complaint-settle", 5, DAYS, "W-1d W-0d BREACH"),
        ("major-report", 3, DAYS, "W-1d W-0d BREACH"),
        ("vendor-maker", 6, DAYS, "W-3d W-1d BREACH"),
        ("vendor-15", 15, DAYS, "W-3d W-1d BREACH"),
        ("vendor-weekend", 2, WEEKENDS, "W-3d W-1d BREACH"),
        ("monthly-report", 5, MONTHLY, "W-3d W-1d BREACH"),
    ],
)
def test_ladders_in_days(target: str, days: int, unit: str, names: str) -> None:
    assert [step.name for step in ladder(target, days * 1440, unit)] == names.split()


@pytest.mark.parametrize(
    ("target", "days", "rung", "roles"),
    [
        ("sheet-check", 1, "W-1d", "engineer desk"),
        ("sheet-check", 1, "W-0d", "manager"),
        ("vendor-15", 15, "W-3d", "engineer desk"),
        ("vendor-15", 15, "W-1d", "manager"),
        ("vendor-weekend", 2, "W-3d", "engineer desk"),
        ("vendor-weekend", 2, "W-1d", "manager"),
        ("monthly-report", 5, "W-3d", "desk"),
        ("monthly-report", 5, "W-1d", "manager"),
        ("monthly-report", 5, "BREACH", "manager senior"),
        ("progress", 3, "REPEAT2", "manager senior"),
    ],
)
def test_who_hears_of_a_rung_in_days(target: str, days: int, rung: str, roles: str) -> None:
    """R18, R19."""
    assert roles_of(target, days * 1440, rung, UNITS[target]) == tuple(roles.split())


# ---- the rows ----


def test_a_finished_sheet_is_checked_by_the_closing_of_the_next_working_day() -> None:
    """SP-3.8; the rung of the opening before it was finished is skipped in silence."""
    clock = clocks(("sheet_finished", "2026-11-27 16:00"))["sheet-check"]
    assert (local(clock.due), clock.minutes, clock.unit) == ("2026-11-30 18:00", 1440, "days")
    assert rungs(clock) == {"W-1d": "", "W-0d": "2026-11-30 09:00", "BREACH": "2026-11-30 18:00"}
    again = clocks(("sheet_finished", "2026-11-27 16:00"), ("sheet_checked", "2026-11-30 18:00"))
    assert again["sheet-check"].state == "met"


def test_a_sheet_finished_anew_is_to_be_checked_anew() -> None:
    found = clocks(("sheet_finished", "2026-11-23 10:00"), ("sheet_finished", "2026-11-24 10:00"))
    assert (found["sheet-check"].state, local(found["sheet-check2"].due)) == ("cancelled", "2026-11-25 18:00")


def test_a_complaint_is_answered_in_one_and_settled_in_five_working_days() -> None:
    """SP-4.4, before the Spring Festival: the 14th is made up for, the 16th to 23rd are holidays."""
    found = clocks(("complained", "2026-02-12 20:00"), ("contacted", "2026-02-13 17:59"))
    assert (local(found["complaint-answer"].due), found["complaint-answer"].state) == ("2026-02-13 18:00", "met")
    settle = found["complaint-settle"]
    assert rungs(settle) == {
        "W-1d": "2026-02-25 09:00", "W-0d": "2026-02-26 09:00", "BREACH": "2026-02-26 18:00",
    }  # fmt: skip
    assert settle.state == "running"


def test_a_paid_repair_takes_fifteen_working_days_until_all_of_it_is_back() -> None:
    """SP-5.2: back, and the loan swapped back; the week of National Day and two make-up days lie in it."""
    sent = ("sent_to_shop", "2026-09-18 11:00")
    clock = clocks(sent)["vendor-15"]
    assert (local(clock.due), clock.type) == ("2026-10-15 18:00", "UC")
    assert (rungs(clock)["W-3d"], rungs(clock)["W-1d"]) == ("2026-10-12 09:00", "2026-10-14 09:00")
    back = ("returned", "2026-10-12 10:00")
    assert clocks(sent, back)["vendor-15"].state == "running"
    assert clocks(sent, back, ("swapped_back", "2026-10-15 18:00"))["vendor-15"].state == "met"
    assert (
        clocks(sent, ("swapped_back", "2026-10-12 10:00"), ("returned", "2026-10-16 09:00"))["vendor-15"].state
        == "late"
    )


def test_what_is_sent_out_is_back_before_the_second_weekend() -> None:
    found = clocks(("sent_to_shop", "2026-11-23 11:00"), ("returned", "2026-12-03 10:00"))["vendor-weekend"]
    assert (local(found.due), found.state) == ("2026-12-04 18:00", "running")  # it must be at the user's site
    assert rungs(found)["W-3d"] == "2026-12-01 09:00"
    assert (
        clocks(("sent_to_maker", "2026-11-23 11:00"), ("delivered", "2026-12-04 18:00"))["vendor-weekend"].state
        == "met"
    )


def test_the_maker_is_held_to_his_own_time_where_he_has_one() -> None:
    """SP-5.7: set for each vendor; without it nothing is promised."""
    assert local(clocks(("sent_to_maker", "2026-11-23 11:00", {"days": 10}))["vendor-maker"].due) == "2026-12-07 18:00"
    assert "vendor-maker" not in clocks(("sent_to_maker", "2026-11-23 11:00"))


def test_progress_is_written_every_three_working_days_until_it_is_back() -> None:
    """SP-5.4: armed again with each; what is left when the device is back is owed to nobody."""
    found = clocks(
        ("sent_to_maker", "2026-11-23 11:00"),
        ("progressed", "2026-11-25 10:00"),
        ("progressed", "2026-12-01 09:00"),
        ("returned", "2026-12-02 10:00"),
    )
    told = {name: (local(one.due), one.state) for name, one in found.items() if name.startswith("progress")}
    assert told == {
        "progress": ("2026-11-26 18:00", "met"),
        "progress2": ("2026-11-30 18:00", "late"),
        "progress3": ("2026-12-04 18:00", "cancelled"),
    }
    assert "progress" not in clocks(("sent_to_shop", "2026-11-23 11:00"), ("progressed", "2026-11-24 11:00"))


def test_reports_are_due_on_their_day_and_announced_to_desk_and_manager() -> None:
    """R19, SP-8.1: in 2025 three working days before 5 October is the make-up Sunday of 28 September."""
    clock = clocks(("report_due", "2025-09-25 09:00", {"month": "2025-09"}))["monthly-report"]
    assert rungs(clock) == {"W-3d": "2025-09-28 09:00", "W-1d": "2025-09-30 09:00", "BREACH": "2025-10-06 00:00"}
    late = clocks(("report_due", "2025-10-01 00:00"))["monthly-report"]
    assert rungs(late) == {"W-3d": "", "W-1d": "", "BREACH": "2025-10-06 00:00"}
    repairs = clocks(("repair_report_due", "2026-12-25 09:00", {"month": "2026-12"}))["repair-report"]
    assert local(repairs.due) == "2027-01-11 00:00"


def test_help_by_phone_takes_five_minutes_at_any_hour() -> None:
    """SP-3.2."""
    found = clocks(("helping", "2026-11-28 23:58"), ("helped", "2026-11-29 00:04"))["help"]
    assert (local(found.due), found.state, found.calendar) == ("2026-11-29 00:03", "late", "always")


def test_a_delay_needs_contact_and_re_dispatch_in_whatever_order() -> None:
    """R11."""
    late, told, sent = ("late", "2026-11-23 10:00"), ("contacted", "2026-11-23 10:04"), ("assigned", "2026-11-23 10:09")
    assert clocks(late, told)["delay"].state == "running"
    assert clocks(late, told, sent)["delay"].ended_at == at("2026-11-23 10:09")
    assert clocks(late, sent, ("contacted", "2026-11-23 10:11"))["delay"].state == "late"
    assert clocks(told, ("late", "2026-11-23 10:05"), sent)["delay"].state == "running"  # told before it was noticed
    assert "delay2" not in clocks(late, late, told, late)
    second = clocks(late, told, sent, ("late", "2026-11-23 11:00"))
    assert (second["delay"].state, local(second["delay2"].due)) == ("met", "2026-11-23 11:10")


def test_tickets_of_before_a_row_have_no_such_promise() -> None:
    old = {name: POLICY[name] for name in ("dispatch", "confirm", "response", "resolve", "abnormal")}
    found = clocks(("opened", "2026-11-23 09:00"), ("late", "2026-11-23 10:00"), policy=old)
    assert set(found) == {"dispatch", "response", "resolve"}


def test_every_row_has_an_amount_in_every_contract() -> None:
    assert set(stamp(Choice("vip", immediate=True, reason=""), Rules(RULES.levels, {}))) == set(UNITS) - {"arrival"}, (
        "that one is a level's own"
    )
