"""The life of a repair (SP-5.2 to SP-5.7): whatever is said in whatever order, it keeps to its table, and so do the clocks."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.clocks import Clock, Event, derive
from bot.domain.repair import (
    APPROVED,
    ENDED,
    EVENTS,
    IRREPARABLE,
    MAKER,
    MOVES,
    QUOTED,
    REPAIRED,
    RETURNED,
    SENDING,
    SENT,
    SHOP,
    UNDONE,
    RepairMoveError,
    after,
)
from tests.domain.test_day_targets import CALENDARS, POLICY

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
BESIDE = {"vendor-15", "vendor-maker", "vendor-weekend", "progress"}


def played(steps: list[str]) -> list[str]:
    """The states that a case goes through; what does not follow is refused and changes nothing."""
    states = [SENT]
    for step in steps:
        with suppress(RepairMoveError):
            states.append(after(states[-1], step))
    return states


@given(st.lists(st.sampled_from(sorted(MOVES)), max_size=20))
def test_a_case_keeps_to_its_table(steps: list[str]) -> None:
    states = played(steps)
    assert all(before in MOVES[state] for before, state in pairwise(states))
    assert not ENDED & set(states[:-1]), "nothing happens after the end"
    for before, state in pairwise(states):
        if before == QUOTED:
            assert state in {QUOTED, APPROVED, IRREPARABLE}, "a quote waits for its answer"
        if before == IRREPARABLE:
            assert state == RETURNED, "what cannot be repaired ends when its replacement stands there"
        assert before == SENT or state != UNDONE, "only what has just been opened is taken back"


def test_a_case_can_always_end() -> None:
    assert REPAIRED in MOVES[RETURNED]
    for state in set(MOVES) - ENDED | {SENT}:
        reached, last = {state}, set[str]()
        while reached != last:
            last, reached = reached, reached | {to for to, origins in MOVES.items() if origins & reached}
        assert RETURNED in reached


def beside(events: list[Event]) -> list[Clock]:
    return [one for one in derive(events, POLICY, CALENDARS) if one.target in BESIDE]


@given(st.sampled_from((MAKER, SHOP)), st.lists(st.sampled_from(sorted(MOVES)), max_size=12), st.booleans())
def test_its_clocks_run_until_it_ends_and_no_longer(kind: str, steps: list[str], loan: bool) -> None:
    states = played(steps)
    kinds = [SENDING[kind], *(event for state in states[1:] for event in EVENTS[state])]
    kinds += ["swapped_back"] if states[-1] == RETURNED and not loan else []
    facts = {"days": 5}
    events = [Event("opened", NOW)]
    events += [Event(one, NOW + timedelta(minutes=place), facts) for place, one in enumerate(kinds, start=1)]
    found = {one.target: one.state for one in beside(events)}
    assert set(found) == ({"vendor-15", "vendor-weekend"} if kind == SHOP else BESIDE - {"vendor-15"})
    if states[-1] == UNDONE:
        assert set(found.values()) == {"cancelled"}
    elif states[-1] == RETURNED:
        waits = {"vendor-15"} if loan else set[str]()
        assert {name for name, state in found.items() if state == "running"} == waits & set(found)
    else:
        assert set(found.values()) == {"running"}
