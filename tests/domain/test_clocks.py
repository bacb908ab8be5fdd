"""bot.domain.clocks: the clocks that a journal gives, by the rules R2 to R6, R8, R11, R12, R15 and R21."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.calendar import WorkingCalendar
from bot.domain.clocks import Clock, Event, derive
from bot.domain.targets import TARGETS

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = WorkingCalendar.from_mapping(
    {
        "timezone": "Asia/Shanghai",
        "weekly": {day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": [],
        "extra": [],
    }
)
CALENDARS = {"office": OFFICE, "always": WorkingCalendar.round_the_clock("Asia/Shanghai")}
POLICY: dict[str, list[Any]] = {
    "dispatch": [10, "office"],
    "confirm": [30, "office"],
    "response": [60, "office"],
    "resolve": [240, "office"],
    "abnormal": [20, "always"],
}


def at(clock: str, day: int = 23) -> datetime:
    hour, minute = clock.split(":")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=SHANGHAI)


def clocks(*journal: tuple[str, datetime]) -> dict[str, Clock]:
    derived = derive([Event(kind, moment) for kind, moment in journal], POLICY, CALENDARS)
    return {f"{one.target}{one.arming if one.arming > 1 else ''}": one for one in derived}


def local(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(SHANGHAI):%d %H:%M:%S}"


def test_opening_starts_dispatch_response_and_resolve() -> None:
    found = clocks(("opened", at("09:00")))
    assert {name: local(one.due) for name, one in found.items()} == {
        "dispatch": "23 09:10:00",
        "response": "23 10:00:00",
        "resolve": "23 14:00:00",
    }
    assert all(one.state == "running" for one in found.values())


def test_rungs_are_shares_of_the_target_in_open_time() -> None:
    """R8: 75 % of 4 h from 09:00 is 12:00, when lunch begins; 90 % is 13:36."""
    rungs = {name: local(moment) for name, moment in clocks(("opened", at("09:00")))["resolve"].rungs}
    assert rungs == {"W50": "23 11:00:00", "W75": "23 12:00:00", "W90": "23 13:36:00", "BREACH": "23 14:00:00"}


@pytest.mark.parametrize(("moment", "state"), [("10:00", "met"), ("10:01", "late"), ("09:01", "met")])
def test_satisfied_at_or_before_due_is_met(moment: str, state: str) -> None:
    """R4."""
    assert clocks(("opened", at("09:00")), ("contacted", at(moment)))["response"].state == state


def test_later_by_no_open_minute_is_late_all_the_same() -> None:
    """R3: due at closing; an answer at the next opening has used no open minute more, and is late."""
    found = clocks(("opened", at("17:00")), ("contacted", at("09:00", day=24)))
    assert (local(found["response"].due), found["response"].state) == ("23 18:00:00", "late")


def test_solving_ends_everything_that_is_open() -> None:
    """R5."""
    found = clocks(("opened", at("09:00")), ("assigned", at("09:05")), ("solved", at("09:30")))
    assert {name: one.state for name, one in found.items()} == dict.fromkeys(
        ("dispatch", "confirm", "response", "resolve"), "met"
    )


def test_waiting_stops_resolve_only_and_gives_back_open_time_only() -> None:
    """R6: a wait from Monday 17:00 to Tuesday 10:00 gives back two open hours."""
    journal = [("opened", at("15:00")), ("waiting", at("17:00")), ("resumed", at("10:00", day=24))]
    found = clocks(*journal)
    assert local(found["resolve"].due) == "24 12:00:00"
    assert local(found["response"].due) == "23 16:00:00"


def test_an_open_wait_leaves_no_due_time() -> None:
    found = clocks(("opened", at("09:00")), ("waiting", at("10:00")))
    assert (found["resolve"].due, found["resolve"].state) == (None, "paused")
    assert dict(found["resolve"].rungs)["W50"] is None


def test_a_wait_after_due_changes_nothing() -> None:
    found = clocks(("opened", at("09:00")), ("waiting", at("15:00")), ("resumed", at("16:00")))
    assert local(found["resolve"].due) == "23 14:00:00"


def test_reopening_arms_resolve_anew_with_the_used_time_kept() -> None:
    """R15: one hour used, four hours solved: due two open hours later than the gap alone would say."""
    found = clocks(("opened", at("09:00")), ("solved", at("10:00")), ("reopened", at("15:00")))
    assert local(found["resolve2"].due) == "23 18:00:00"
    assert (found["resolve"].state, found["resolve2"].state) == ("met", "running")
    assert "response2" not in found


def test_a_re_dispatch_starts_a_new_confirm_clock() -> None:
    """R11."""
    found = clocks(("opened", at("09:00")), ("assigned", at("09:05")), ("assigned", at("09:20")))
    assert (found["confirm"].state, found["confirm2"].state) == ("cancelled", "running")
    assert local(found["confirm2"].due) == "23 09:50:00"


def test_an_abnormal_event_runs_round_the_clock_and_begins_with_a_notice() -> None:
    """R12."""
    found = clocks(("opened", at("17:55")), ("escalated", at("17:55")))
    rungs = [(name, local(moment)) for name, moment in found["abnormal"].rungs]
    assert rungs == [
        ("NOTICE", "23 17:55:00"),
        ("W50", "23 18:05:00"),
        ("W80", "23 18:11:00"),
        ("BREACH", "23 18:15:00"),
    ]


def test_a_technical_event_is_one_only_for_its_own_arming() -> None:
    """R12, R11: reported again, it begins anew, with its own first step."""
    first, second, third = ("escalated", at("17:55")), ("escalated", at("17:58")), ("escalated", at("17:59"))
    events = [Event(*first), Event(*second, {"technical": True}), Event(*third, {"technical": False})]
    found = derive([Event("opened", at("17:55")), *events], POLICY, CALENDARS)
    armed = [(one.state, one.rungs[0][0]) for one in found if one.target == "abnormal"]
    assert armed == [("cancelled", "NOTICE"), ("cancelled", "TECHNICAL"), ("running", "NOTICE")]


def test_junk_calls_off_what_runs_and_restoring_undoes_exactly_that() -> None:
    """R21."""
    journal = [("opened", at("09:00")), ("assigned", at("09:05")), ("junked", at("09:30"))]
    assert {one.state for name, one in clocks(*journal).items() if name != "dispatch"} == {"cancelled"}
    restored = clocks(*journal, ("restored", at("11:00")))
    assert restored == clocks(*journal[:2])


def absorbed(moment: datetime, start: datetime, **more: Any) -> Event:
    """A ticket to which somebody was to come within two hours of `start` goes into this one."""
    arrival = {
        "start": start.isoformat(),
        "from": start.isoformat(),
        "minutes": 120,
        "calendar": "always",
        "pauses": [],
    }
    return Event("absorbed", moment, {"ticket": 2, "promised": {"arrival": arrival}, **more})


def arrivals(*journal: Event) -> list[tuple[str, str]]:
    found = derive([Event("opened", at("09:00")), *journal], POLICY, CALENDARS)
    return [(local(one.due), one.state) for one in found if one.target == "arrival"]


def test_a_merged_ticket_brings_a_promise_that_was_never_made_here_and_takes_it_away_again() -> None:
    """R21: it holds as it did there; what kept it here since its start has kept it, and not what was before."""
    merged, arrived = absorbed(at("10:00"), at("09:30")), Event("arrived", at("11:31"))
    assert arrivals() == []
    assert arrivals(merged) == [("23 11:30:00", "running")]
    assert arrivals(merged, arrived) == [("23 11:30:00", "late")]
    assert arrivals(Event("arrived", at("09:29")), merged) == [("23 11:30:00", "running")]
    assert arrivals(Event("arrived", at("09:40")), merged) == [("23 11:30:00", "met")]
    assert arrivals(merged, absorbed(at("10:01"), at("09:10"), ticket=3)) == [("23 11:10:00", "running")]
    assert arrivals(merged, Event("released", at("10:05"), {"ticket": 2})) == []
    correction = Event("level", at("10:05"), {"how": "correction", "policy": POLICY})
    assert arrivals(merged, correction) == []


def test_the_table_names_each_target_once() -> None:
    names = [target.name for target in TARGETS]
    assert len(names) == len(set(names))


def test_times_are_given_in_utc() -> None:
    due = clocks(("opened", at("09:00")))["dispatch"].due
    assert due == datetime(2026, 11, 23, 1, 10, tzinfo=UTC)


def test_started_while_closed_each_target_begins_in_its_own_calendar() -> None:
    """R2: the office's at the next opening, what runs round the clock at once."""
    found = clocks(("opened", at("20:00")), ("escalated", at("20:00")))
    assert (local(found["dispatch"].due), local(found["resolve"].due)) == ("24 09:10:00", "24 14:00:00")
    assert local(found["abnormal"].due) == "23 20:20:00"
    assert found["dispatch"].started_at == at("20:00")


@pytest.mark.parametrize(
    "kind", ["accepted", "assigned", "noted", "answered", "alarm", "waiting", "unconfirmed", "held"]
)
def test_what_is_no_word_to_the_user_is_no_response(kind: str) -> None:
    """R5."""
    assert clocks(("opened", at("09:00")), (kind, at("09:01")))["response"].state == "running"


def test_arriving_is_a_response() -> None:
    """R5."""
    assert clocks(("opened", at("09:00")), ("arrived", at("10:00")))["response"].state == "met"


def test_a_call_answered_by_a_person_is_its_own_response() -> None:
    """R5: at its start, with nothing used."""
    assert clocks(("opened", at("09:00")), ("contacted", at("09:00")))["response"].state == "met"


def test_overlapping_waits_count_once_and_a_wait_lasts_no_longer_than_the_ticket() -> None:
    """R6."""
    twice = [("waiting", at("10:00")), ("waiting", at("10:30")), ("resumed", at("11:00"))]
    assert local(clocks(("opened", at("09:00")), *twice)["resolve"].due) == "23 15:00:00"
    solved = clocks(("opened", at("09:00")), ("waiting", at("10:00")), ("solved", at("11:00")))
    assert local(solved["resolve"].due) == "23 15:00:00"


def test_what_was_listed_as_backlog_is_not_brought_back_by_undoing_a_junking() -> None:
    """R21."""
    found = clocks(("opened", at("09:00")), ("listed", at("09:00")), ("junked", at("10:00")), ("restored", at("11:00")))
    assert {one.state for one in found.values()} == {"cancelled"}
