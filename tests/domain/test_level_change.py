"""bot.domain.clocks: a changed level, as a correction from the start or from now on (R13), for any journal."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.clocks import Clock, Event, derive
from bot.domain.targets import CORRECTION, FROM_NOW, LEVEL
from tests.domain.journals import CALENDARS, OFFICE, POLICIES, journals, policies
from tests.domain.test_clocks import POLICY, at, local

VIP: dict[str, list[Any]] = {**POLICY, "resolve": [120, "office"]}
SLOW: dict[str, list[Any]] = {**POLICY, "response": [120, "office"], "resolve": [480, "office"]}
AT_ONCE: dict[str, list[Any]] = {**POLICY, "response": [5, "always"], "resolve": [120, "office"]}
CRITICAL: dict[str, list[Any]] = {**POLICY, "arrival": [120, "always"]}
OPENED = Event("opened", at("09:00"))

Key = tuple[str, int]


def changed(moment: datetime, how: str, policy: Any) -> Event:
    return Event(LEVEL, moment, {"how": how, "policy": policy})


def by_key(journal: list[Event], policy: Any = POLICY) -> dict[Key, Clock]:
    return {(clock.target, clock.arming): clock for clock in derive(journal, policy, CALENDARS)}


def resolve(*journal: Event, arming: int = 1) -> Clock:
    return by_key([OPENED, *journal])["resolve", arming]


# ---- one by one ----


def test_an_upgrade_from_now_on_is_due_a_whole_new_amount_later() -> None:
    clock = resolve(changed(at("10:30"), FROM_NOW, VIP))
    assert (local(clock.due), clock.minutes, clock.ruled_from) == ("23 13:30:00", 120, at("10:30"))
    assert [local(moment)[3:8] for _, moment in clock.rungs] == ["11:30", "12:00", "13:18", "13:30"]
    assert (clock.started_at, clock.state) == (at("09:00"), "running")


def test_an_upgrade_shortly_before_the_old_limit_changes_nothing() -> None:
    """The old limit of 14:00 comes first; nobody is breached by the moment of the change."""
    assert resolve(changed(at("13:30"), FROM_NOW, VIP)) == resolve()


def test_a_breach_already_there_stays() -> None:
    journal = [OPENED, changed(at("10:30"), FROM_NOW, SLOW)]
    assert by_key(journal)["response", 1].due == at("10:00")
    later = by_key([*journal, Event("contacted", at("10:40"))])["response", 1]
    assert (later.due, later.state) == (at("10:00"), "late")


def test_what_was_met_before_an_upgrade_stays_met() -> None:
    answered = Event("contacted", at("09:50"))
    journal = [OPENED, answered, changed(at("09:55"), FROM_NOW, AT_ONCE)]
    assert by_key(journal)["response", 1] == by_key([OPENED, answered])["response", 1]


def test_a_level_that_promises_arrival_promises_it_from_the_change_on_and_only_arrival_keeps_it() -> None:
    """SP-2.9: of a correction from the start; of who is there already nothing more is asked."""
    upgrade, arrived = changed(at("10:30"), FROM_NOW, CRITICAL), Event("arrived", at("12:20"))
    called = [OPENED, upgrade, Event("contacted", at("10:40"))]
    assert ("arrival", 1) not in by_key([OPENED, arrived])
    assert local(by_key(called)["arrival", 1].due) == "23 12:30:00"
    assert by_key([*called, arrived])["arrival", 1].state == "met"
    assert by_key([*called, Event("solved", at("12:31"))])["arrival", 1].state == "late"
    assert ("arrival", 1) not in by_key([OPENED, Event("arrived", at("10:00")), upgrade])
    corrected = by_key([OPENED, changed(at("10:30"), CORRECTION, CRITICAL)])
    assert local(corrected["arrival", 1].due) == "23 11:00:00"
    assert ("arrival", 1) not in by_key([*called, changed(at("11:30"), CORRECTION, VIP)])


def test_going_up_and_down_again_gives_no_time() -> None:
    up, down = changed(at("10:00"), FROM_NOW, VIP), changed(at("10:01"), FROM_NOW, SLOW)
    assert resolve(up, down) == resolve(up)


def test_an_upgrade_while_waiting_counts_from_the_answer_on() -> None:
    waits, goes_on = Event("waiting", at("10:00")), Event("resumed", at("11:00"))
    upgrade = changed(at("10:30"), FROM_NOW, VIP)
    assert local(resolve(waits, upgrade, goes_on).due) == "23 14:00:00"
    paused = resolve(waits, upgrade)
    assert (paused.due, paused.state, paused.minutes) == (None, "paused", 120)


def test_reopened_the_upgraded_limit_goes_on_with_its_used_time() -> None:
    """R15: half an hour used of the two hours since 10:30."""
    journal = [changed(at("10:30"), FROM_NOW, VIP), Event("solved", at("11:00")), Event("reopened", at("15:00"))]
    assert local(resolve(*journal, arming=2).due) == "23 16:30:00"


def test_a_level_changed_in_the_solved_gap_holds_when_it_is_reopened() -> None:
    journal = [Event("solved", at("09:10")), changed(at("10:00"), FROM_NOW, VIP), Event("reopened", at("15:00"))]
    first, second = resolve(*journal), resolve(*journal, arming=2)
    assert (first.state, local(first.due)) == ("met", "23 14:00:00")
    assert local(second.due) == "23 17:00:00"


def test_a_new_arming_has_the_level_of_its_time() -> None:
    slow = {**POLICY, "confirm": [60, "office"]}
    journal = [OPENED, Event("assigned", at("09:05")), changed(at("09:10"), FROM_NOW, slow)]
    found = by_key([*journal, Event("assigned", at("09:20"))])
    assert (local(found["confirm", 1].due), local(found["confirm", 2].due)) == ("23 09:35:00", "23 10:20:00")


def test_a_correction_judges_both_ways() -> None:
    """Answered after 50 minutes: too late at a place served at once; after 90 in time where two hours were promised."""
    early, late = Event("contacted", at("09:50")), Event("contacted", at("10:30"))
    assert by_key([OPENED, early])["response", 1].state == "met"
    assert by_key([OPENED, early, changed(at("11:00"), CORRECTION, AT_ONCE)])["response", 1].state == "late"
    assert by_key([OPENED, late])["response", 1].state == "late"
    assert by_key([OPENED, late, changed(at("11:00"), CORRECTION, SLOW)])["response", 1].state == "met"


def test_a_correction_keeps_the_waits() -> None:
    waited = [Event("waiting", at("09:30")), Event("resumed", at("10:30"))]
    assert local(resolve(*waited, changed(at("10:40"), CORRECTION, VIP)).due) == "23 12:00:00"


# ---- for any journal ----


@given(journals(), policies, st.integers(0, 2000))
def test_from_now_on_never_lengthens_and_never_touches_what_is_over(
    journal: list[Event], policy: Any, later: int
) -> None:
    now = journal[-1].at + timedelta(minutes=later)
    before, after = by_key(journal), by_key([*journal, changed(now, FROM_NOW, policy)])
    assert before.keys() == after.keys()
    for key, clock in after.items():
        old = before[key]
        if not old.is_open or (old.due and old.due <= now):
            assert clock == old
        elif old.due is None:
            assert clock.due is None
        else:
            assert clock.due is not None
            assert now <= clock.due <= old.due


@given(journals(), policies, st.integers(0, 2000))
def test_from_now_on_is_the_earlier_of_old_due_and_now_and_the_new_amount(
    journal: list[Event], policy: Any, later: int
) -> None:
    now = journal[-1].at + timedelta(minutes=later)
    before, after = by_key(journal), by_key([*journal, changed(now, FROM_NOW, policy)])
    for (target, arming), clock in after.items():
        old = before[target, arming]
        if clock.unit == "minutes" and old.is_open and old.due:
            amount, calendar = policy[target]
            assert clock.due == min(old.due, CALENDARS[calendar].add(now, amount))


@given(journals(), policies)
def test_a_correction_is_as_if_it_had_been_so_from_the_start(journal: list[Event], policy: Any) -> None:
    corrected = by_key([*journal, changed(journal[-1].at, CORRECTION, policy)])
    assert corrected == by_key([event for event in journal if event.kind != LEVEL], policy)


@given(journals(), policies, policies)
def test_the_last_correction_counts(journal: list[Event], first: Any, last: Any) -> None:
    now = journal[-1].at
    both = [*journal, changed(now, CORRECTION, first), changed(now, CORRECTION, last)]
    assert by_key(both) == by_key([*journal, changed(now, CORRECTION, last)])


@given(journals())
def test_the_rungs_of_a_clock_are_in_order_and_end_at_due(journal: list[Event]) -> None:
    for clock in by_key(journal, POLICIES[0]).values():
        instants = [moment for _, moment in clock.rungs if moment]
        assert instants == sorted(instants)
        if clock.due:
            assert clock.rungs[-1] == ("BREACH", clock.due)
            assert all(moment >= clock.ruled_from for moment in instants)
        assert clock.started_at <= clock.ruled_from


@given(journals())
def test_every_clock_is_open_or_ended_and_its_verdict_is_a_comparison_of_instants(journal: list[Event]) -> None:
    """R4."""
    for clock in by_key(journal, POLICIES[0]).values():
        if clock.state in {"met", "late"}:
            assert clock.ended_at is not None
            assert (clock.state == "late") == (clock.due is not None and clock.ended_at > clock.due)
        elif clock.is_open:
            assert (clock.state == "paused") == (clock.due is None)


def test_the_journals_are_played_on_a_calendar_with_a_holiday_and_a_make_up_day() -> None:
    assert OFFICE.is_open(at("11:00", day=28))
    assert not OFFICE.is_open(at("11:00", day=26))
