"""bot.domain.backoff: wider and wider, spread by chance, never beyond an hour."""

from datetime import timedelta

import pytest

from bot.domain.backoff import pause_before


def test_mail_waits_a_minute_then_twice_as_long_up_to_an_hour() -> None:
    assert [pause_before(n, "mail", 0.5).total_seconds() / 60 for n in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_chat_is_tried_again_within_seconds() -> None:
    assert pause_before(1, "console", 0.5) == timedelta(seconds=2)


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 48.0), (0.5, 60.0), (1.0, 72.0)])
def test_chance_spreads_by_a_fifth(chance: float, seconds: float) -> None:
    assert pause_before(1, "mail", chance).total_seconds() == pytest.approx(seconds)


def test_a_thousandth_attempt_does_not_overflow() -> None:
    assert pause_before(1000, "mail", 0.5) == timedelta(hours=1)
