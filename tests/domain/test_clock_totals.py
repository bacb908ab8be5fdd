"""What is left of a promise, counted minute by minute from the journal: waits, and while she could work, cost none (R6, R15)."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.clocks import Event, derive
from tests.domain.journals import CALENDARS, OFFICE, POLICIES

MINUTE = timedelta(minutes=1)
MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)  # of Monday the 23rd, in Shanghai
ALL_DAY, MORNING = (9, 10, 11, 13, 14, 15, 16, 17), (9, 10, 11)
DAYS = {**dict.fromkeys((0, 1, 2, 4, 7, 8, 9, 10, 11), ALL_DAY), 5: MORNING}
OPEN = [
    MIDNIGHT + timedelta(days=day, hours=hour, minutes=minute)
    for day in sorted(DAYS) for hour in DAYS[day] for minute in range(60)
]  # fmt: skip
"""The open minutes of the journals' office, by hand: closed on Thursday, open on Saturday morning."""
BECOMES = {
    ("runs", "waiting"): "waits", ("waits", "resumed"): "runs",
    **{(state, event): "ended" for state in ("runs", "waits") for event in ("solved", "at_work")},
    **{("ended", event): "runs" for event in ("reopened", "stuck")},
}  # fmt: skip
HAPPENS = st.tuples(st.sampled_from(sorted({event for _, event in BECOMES} | {"noted"})), st.integers(0, 300))


@given(st.integers(0, 1440), st.lists(HAPPENS, max_size=12), st.sampled_from(POLICIES[::2]))
def test_the_resolve_clock_counts_the_open_minutes_in_which_nobody_else_had_it(
    begin: int, happens: list[tuple[str, int]], policy: dict[str, list[Any]]
) -> None:
    journal = [Event("opened", MIDNIGHT + begin * MINUTE)]
    for kind, gap in happens:
        journal.append(Event(kind, journal[-1].at + gap * MINUTE))
    *_, clock = (one for one in derive(journal, policy, CALENDARS) if one.target == "resolve")
    state, used, due = counted(journal, policy["resolve"][0])
    end = journal[-1].at
    assert (clock.is_open, clock.due) == (state != "ended", due)
    assert OFFICE.elapsed(clock.started_at, end, [(since, until or end) for since, until in away(clock, end)]) == used


def away(clock: Any, end: datetime) -> list[tuple[datetime, datetime | None]]:
    """When nobody had to work on it: the waits, and from its end on."""
    return [*clock.pauses, *([(clock.ended_at, end)] if clock.ended_at else [])]


def counted(journal: list[Event], amount: int) -> tuple[str, int, datetime | None]:
    """How the promise stands when the journal ends, the minutes used by then, and when it lapses if nothing more happens.

    It lapses never while a wait lasts; for one that has ended, it is when it would have lapsed.
    """
    begins, states = [journal[0].at], ["runs"]
    for event in journal[1:]:
        if state := BECOMES.get((states[-1], event.kind)):
            begins.append(event.at)
            states.append(state)
    last, used = states[-1], sum(one < journal[-1].at for one in ours(begins, states))
    if last == "ended":  # as if it had gone on then
        states[-1] = "runs"
    minutes = ours(begins, states)
    return last, used, minutes[amount - 1] + MINUTE if len(minutes) >= amount else None


def ours(begins: list[datetime], states: list[str]) -> list[datetime]:
    """The open minutes in which it runs."""
    return [one for one in OPEN if one >= begins[0] and states[bisect_right(begins, one) - 1] == "runs"]
