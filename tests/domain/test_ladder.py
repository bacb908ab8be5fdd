"""bot.domain.ladder: who is told at which share, and which rungs have come (R7, R10, R14, R17)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.ladder import amounts, ladder, minutes_left, next_repeat, passed_rungs, quiet_until, roles_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("target", "minutes", "names"),
    [
        ("resolve", 240, "W50 W75 W90 BREACH"),
        ("response", 31, "W50 W75 W90 BREACH"),
        ("confirm", 30, "W50 W80 BREACH"),
        ("dispatch", 10, "W50 W80 BREACH"),
        ("abnormal", 20, "NOTICE W50 W80 BREACH"),
    ],
)
def test_long_and_short_targets_have_their_own_ladders(target: str, minutes: float, names: str) -> None:
    assert [step.name for step in ladder(target, minutes)] == names.split()


def test_the_project_manager_hears_before_the_breach_and_the_senior_at_it() -> None:
    assert roles_of("resolve", 240, "W90") == ("manager",)
    assert roles_of("resolve", 240, "BREACH") == ("manager", "senior")
    assert roles_of("resolve", 240, "REPEAT2") == ("manager", "senior")
    assert roles_of("dispatch", 10, "W50") == ("engineer", "desk")


def test_of_a_technical_event_the_senior_hears_in_the_same_instant() -> None:
    """R12."""
    assert roles_of("abnormal", 20, "NOTICE") == ("manager",)
    assert [step.name for step in ladder("abnormal", 20, technical=True)] == "TECHNICAL W50 W80 BREACH".split()
    assert roles_of("abnormal", 20, "TECHNICAL") == ("manager", "senior")
    assert roles_of("abnormal", 20, "W50") == ("manager",)
    assert roles_of("abnormal", 20, "W80") == ("senior",)


def test_shares_are_exact() -> None:
    assert dict(zip(*amounts("response", 5), strict=True))["W50"] * 60 == 150


def test_only_what_has_come_and_was_not_told_yet_is_due() -> None:
    rungs = [("W50", NOON - timedelta(hours=1)), ("W75", NOON), ("W90", NOON + timedelta(seconds=1)), ("BREACH", None)]
    assert [name for name, _ in passed_rungs(rungs, ["W50"], NOON)] == ["W75"]


@pytest.mark.parametrize(
    ("already", "following"),
    [
        ([], ""),
        (["W90"], ""),
        (["BREACH"], "REPEAT1"),
        (["BREACH", "REPEAT1"], "REPEAT2"),
        (["BREACH", "REPEAT1", "REPEAT2", "REPEAT3"], ""),
    ],
)
def test_a_breach_is_repeated_three_times(already: list[str], following: str) -> None:
    assert next_repeat(already) == following


@pytest.mark.parametrize(
    ("rung", "minutes", "clock", "until"),
    [
        ("W50", 240, "23 22:00", "24 07:00"),
        ("W75", 31, "24 06:59", "24 07:00"),
        ("W50", 240, "24 07:00", ""),
        ("W50", 240, "23 21:59", ""),
        ("W50", 30, "23 23:00", ""),
        ("W80", 240, "23 23:00", ""),
        ("W90", 240, "23 23:00", ""),
        ("BREACH", 240, "23 23:00", ""),
        ("NOTICE", 20, "23 23:00", ""),
        ("TECHNICAL", 20, "23 23:00", ""),
        ("REPEAT1", 240, "23 23:00", ""),
    ],
)
def test_quiet_hours_hold_early_warnings_of_long_targets_only(
    rung: str, minutes: float, clock: str, until: str
) -> None:
    """R17: from 22:00 to 07:00, the beginning held and the end not."""
    zone = ZoneInfo("Asia/Shanghai")
    found = quiet_until(
        rung, minutes, datetime.strptime(f"2026-11-{clock}", "%Y-%m-%d %H:%M").replace(tzinfo=zone), zone
    )
    assert (f"{found.astimezone(zone):%d %H:%M}" if found else "") == until
    assert found is None or found.tzinfo is UTC


def test_nobody_is_told_that_a_deadline_is_here_before_it_is() -> None:
    """Of 20 seconds that are left one can still make something."""
    found = [minutes_left(NOON, NOON - timedelta(seconds=left)) for left in (600, 100, 20, 0, -20, -100)]
    assert found == [10, 2, 1, 0, 0, -2]
