"""Who of the satisfied is called back, too (SP-4.2): a sample that keeps its quota and that nobody foresees."""

import pytest

from bot.desk.call_backs import is_drawn


@pytest.mark.parametrize("quota", [0, 1, 7, 10, 33, 50, 60, 99, 100])
def test_of_each_hundred_as_many_are_drawn_as_the_quota_says(quota: int) -> None:
    """And of a tenth of a hundred no fewer than its share, less one."""
    drawn = [is_drawn(count, quota, b"key") for count in range(300)]
    assert [sum(drawn[first : first + 100]) for first in (0, 100, 200)] == [quota] * 3
    assert all(sum(drawn[:count]) >= count * quota // 100 - 1 for count in range(300))


def test_who_is_drawn_is_known_by_the_key_alone() -> None:
    draws = {tuple(count for count in range(100) if is_drawn(count, 10, key)) for key in (b"a", b"b", b"c")}
    assert len(draws) == 3
