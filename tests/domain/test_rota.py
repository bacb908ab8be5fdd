"""bot.domain.rota: who holds a role at an instant (R22)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from bot.domain.rota import Absence, Rota, Shift, Swap

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
WORKDAYS, ALL = frozenset(range(5)), frozenset(range(7))


def at(local: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC)


def shift(person: str, hours: str, days: frozenset[int] = ALL, **more: date) -> Shift:
    begins, ends = map(time.fromisoformat, hours.split("-"))
    return Shift("desk", person, days, begins, ends, **more)


def test_a_role_without_a_plan_is_held_by_all_who_have_it() -> None:
    assert Rota(SHANGHAI).holders("desk", at("2026-11-23 03:00"), ["dora", "eve"]) == ["dora", "eve"]


def test_at_the_hand_over_the_incoming_person_holds_it() -> None:
    rota = Rota(SHANGHAI, (shift("dora", "08:00-16:00"), shift("eve", "16:00-00:00")))
    assert rota.holders("desk", at("2026-11-23 15:59:59"), []) == ["dora"]
    assert rota.holders("desk", at("2026-11-23 16:00"), []) == ["eve"]
    assert rota.holders("desk", at("2026-11-24 00:00"), []) == []


def test_in_an_overlap_both_hold_it() -> None:
    rota = Rota(SHANGHAI, (shift("dora", "08:00-16:30"), shift("eve", "16:00-22:00")))
    assert rota.holders("desk", at("2026-11-23 16:10"), []) == ["dora", "eve"]


def test_a_night_belongs_to_the_date_on_which_it_begins() -> None:
    rota = Rota(SHANGHAI, (shift("eve", "22:00-06:00", WORKDAYS),))
    assert rota.holders("desk", at("2026-11-28 05:59"), []) == ["eve"]  # Friday's night
    assert rota.holders("desk", at("2026-11-28 23:00"), []) == []
    assert rota.holders("desk", at("2026-11-30 05:00"), []) == []  # Sunday's night is nobody's


def test_a_whole_day_is_00_to_00() -> None:
    rota = Rota(SHANGHAI, (shift("eve", "00:00-00:00"),))
    assert list(rota.holes("desk", at("2026-11-23 00:00"), at("2026-12-07 00:00"))) == []


def test_first_and_last_bound_the_dates() -> None:
    plan = (shift("dora", "08:00-16:00", first=date(2026, 11, 24), last=date(2026, 11, 25)),)
    held = [day for day in range(23, 28) if Rota(SHANGHAI, plan).holders("desk", at(f"2026-11-{day} 12:00"), [])]
    assert held == [24, 25]


def test_a_stand_in_takes_over_and_may_be_away_herself() -> None:
    away = (
        Absence("dora", at("2026-11-23 00:00"), at("2026-11-25 00:00"), "eve"),
        Absence("eve", at("2026-11-24 00:00"), at("2026-11-25 00:00")),
    )
    rota = Rota(SHANGHAI, (shift("dora", "08:00-16:00"),), away)
    assert [rota.holders("desk", at(f"2026-11-{day} 12:00"), []) for day in (23, 24, 25)] == [["eve"], [], ["dora"]]


def test_of_two_absences_at_once_the_one_with_a_stand_in_counts() -> None:
    """She notes that she is away, reads that nobody stands in, and says who does."""
    week = (at("2026-11-23 00:00"), at("2026-11-30 00:00"))
    for away in (
        (Absence("dora", *week), Absence("dora", *week, "eve")),
        (Absence("dora", *week, "eve"), Absence("dora", *week)),
    ):
        assert Rota(SHANGHAI, (), away).holders("desk", at("2026-11-24 12:00"), ["dora"]) == ["eve"]


def test_stand_ins_in_a_circle_are_nobody() -> None:
    week = (at("2026-11-23 00:00"), at("2026-11-30 00:00"))
    rota = Rota(SHANGHAI, (), (Absence("dora", *week, "eve"), Absence("eve", *week, "dora")))
    assert rota.holders("desk", at("2026-11-24 12:00"), ["dora", "eve"]) == []


def test_one_who_stands_in_for_a_colleague_on_duty_is_told_once() -> None:
    away = (Absence("dora", at("2026-11-23 00:00"), at("2026-11-25 00:00"), "eve"),)
    assert Rota(SHANGHAI, (), away).holders("desk", at("2026-11-23 12:00"), ["dora", "eve"]) == ["eve"]


def test_holes_are_found_with_their_ends() -> None:
    rota = Rota(SHANGHAI, (shift("dora", "08:00-16:00", WORKDAYS), shift("eve", "16:00-08:00")))
    found = list(rota.holes("desk", at("2026-11-27 00:00"), at("2026-11-30 12:00")))
    assert found == [
        (at("2026-11-28 08:00"), at("2026-11-28 16:00")),
        (at("2026-11-29 08:00"), at("2026-11-29 16:00")),
    ]


def test_on_the_day_on_which_the_clock_changes_the_local_hours_hold() -> None:
    rota = Rota(BERLIN, (shift("eve", "22:00-06:00"),))
    assert rota.holders("desk", at("2026-10-25 05:59", BERLIN), []) == ["eve"]
    assert rota.holders("desk", at("2026-10-25 06:00", BERLIN), []) == []


hours = some.tuples(some.integers(0, 23), some.integers(0, 23))


@given(some.lists(some.tuples(some.sampled_from("abc"), hours), min_size=1, max_size=5), some.integers(0, 14 * 24 * 60))
def test_there_is_a_hole_exactly_where_nobody_holds_it(plan: list[tuple[str, tuple[int, int]]], minute: int) -> None:
    shifts = tuple(Shift("desk", who, WORKDAYS, time(first), time(last)) for who, (first, last) in plan)
    rota = Rota(SHANGHAI, shifts)
    since = at("2026-11-23 00:00")
    moment = since + timedelta(minutes=minute)
    holes = list(rota.holes("desk", since, since + timedelta(days=15)))
    assert any(begin <= moment < end for begin, end in holes) == (not rota.holders("desk", moment, []))


def test_a_swapped_night_shift_is_the_others_until_it_ends() -> None:
    night = Shift("desk", "anna", frozenset(range(7)), time(22), time(6))
    day = Shift("desk", "li", frozenset(range(7)), time(6), time(22))
    swap = Swap("anna", "li", date(2026, 12, 1), date(2026, 12, 3), frozenset({"desk"}))
    plan = Rota(ZoneInfo("UTC"), (night, day), swaps=(swap,))

    def held(at: str) -> list[str]:
        return plan.holders("desk", datetime.fromisoformat(f"{at}+00:00"), ())

    assert held("2026-12-01T21:59") == ["li"]
    assert held("2026-12-01T22:00") == held("2026-12-02T05:59") == ["li"]
    assert held("2026-12-02T22:00") == ["anna"]
    assert held("2026-12-03T12:00") == ["anna"], "his of the third is hers"
    assert held("2026-12-04T12:00") == ["li"]
    since, until = (datetime(2026, 12, day, 12, tzinfo=UTC) for day in (1, 3))
    assert [names for _, _, names in plan.stretches("desk", since, until, ())] == [["li"], ["anna"]]
    assert [(at.day, who) for at, _, who in plan.hand_overs(since, until)] == [(2, "anna")]
    elsewhere = Swap("anna", "li", date(2026, 12, 1), date(2026, 12, 1), frozenset({"resident"}))
    assert Rota(ZoneInfo("UTC"), (night,), swaps=(elsewhere,)).holders("desk", since.replace(hour=23), ()) == ["anna"]
