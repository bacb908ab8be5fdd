"""bot.domain.usual: far fewer mails than usual, and how rarely that is said for nothing."""

import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.usual import LOOKED_BACK, Shortfall, chance_of, same_hours, shortfall

EIGHT = [12, 14, 15, 16, 13, 18, 20, 12]


@pytest.mark.parametrize(
    ("count", "before", "least", "told"),
    [
        (0, EIGHT, 7, Shortfall(0, 12, 8)),
        (2, EIGHT, 7, Shortfall(2, 12, 8)),
        (3, EIGHT, 7, None),
        (0, EIGHT, 13, None),  # too few to tell, says who set it
        (0, EIGHT[:3], 7, None),  # the first weeks
        (0, EIGHT[:4], 7, Shortfall(0, 14, 4)),
        (0, [0, *EIGHT], 7, Shortfall(0, 12, 8)),  # one silent hour does not make silence usual
        (0, [0, 0, *EIGHT], 7, None),  # two do
        (0, [*EIGHT, 0, 0, 0], 7, Shortfall(0, 12, 8)),  # long ago
        (0, [6] * 8, 7, None),
        (0, [7] * 8, 7, Shortfall(0, 7, 8)),
        (1, [7] * 8, 7, None),
        (20, [40] * 8, 7, Shortfall(20, 40, 8)),
        (22, [40] * 8, 7, None),
        (0, [3] * 8, 1, None),  # may well be chance
        (0, [0] * 8, 0, None),
        (5000, [4000] * 8, 7, None),
    ],
)
def test_when_it_is_told(count: int, before: list[int], least: int, told: Shortfall | None) -> None:
    assert shortfall(count, before, least) == told


@pytest.mark.parametrize(("count", "usual"), [(0, 7), (2, 12), (21, 40), (0, 1), (700, 1000)])
def test_the_chance_is_poissons(count: int, usual: int) -> None:
    exact = sum(usual**k * math.exp(-usual) / math.factorial(k) for k in range(count + 1)) if usual < 100 else 0
    assert chance_of(count, usual) == pytest.approx(exact, abs=1e-9)


def test_the_same_hour_goes_by_the_clock_on_the_wall() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hour = datetime(2026, 11, 2, 10, tzinfo=berlin).astimezone(ZoneInfo("UTC"))
    hours = same_hours(hour, berlin)
    assert hours[0] == hour
    assert len(hours) == LOOKED_BACK + 1
    assert {one.astimezone(berlin).hour for one in hours} == {10}
    assert hours[0] - hours[2] == timedelta(days=14, hours=1), "summer time ended between"
