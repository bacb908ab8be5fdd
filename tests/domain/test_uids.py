"""bot.domain.uids: spans of UIDs behave as the set of their numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.uids import MOST, UidSet, sequence

NUMBERS = st.lists(st.integers(1, 60))


@given(st.lists(NUMBERS))
def test_it_is_the_set_of_its_numbers(batches: list[list[int]]) -> None:
    uids, wanted = UidSet(), set[int]()
    for batch in batches:
        uids.add(batch)
        wanted |= set(batch)
    assert {uid for uid in range(65) if uid in uids} == wanted
    assert bool(uids) is bool(wanted)
    assert str(UidSet(str(uids))) == str(uids) == sequence(wanted)
    assert uids.floor == next(uid for uid in range(65) if uid + 1 not in wanted)


def test_a_million_cost_one_span() -> None:
    uids = UidSet(f"1:{MOST}")
    assert str(uids) == f"1:{MOST}"
    assert uids.floor == MOST
    assert 0 not in uids
    assert MOST + 1 not in uids


@pytest.mark.parametrize("text", ["0", "1:0", "x", "5:3", "4294967296", "1:*"])
def test_what_is_no_set(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        UidSet(text)
