"""Journals as Hypothesis makes them: whatever may happen on a ticket, in any order, with any pauses between."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.domain.calendar import WorkingCalendar
from bot.domain.clocks import Event
from bot.domain.levels import Choice, Rules, stamp
from bot.domain.targets import CORRECTION, FROM_NOW, LEVEL

OFFICE = WorkingCalendar.from_mapping(
    {
        "timezone": "Asia/Shanghai",
        "weekly": {day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": ["2026-11-26"],
        "extra": [{"date": "2026-11-28", "hours": [["09:00", "12:00"]]}],
    }
)
CALENDARS = {"office": OFFICE, "always": WorkingCalendar.round_the_clock("Asia/Shanghai")}
RULES = Rules(
    levels={
        "standard": {"response": 120, "resolve": 240},
        "advanced": {"response": 60, "resolve": 240},
        "vip": {"response": 60, "resolve": 120},
    },
    item_levels={},
)
POLICIES = [
    stamp(Choice(level, immediate, ""), RULES) for level in RULES.levels for immediate in (False, True)
]  # fmt: skip
KINDS = (
    "assigned accepted contacted waiting resumed solved reopened escalated informed junked restored late helping helped "
    "complained settled sheet_finished sheet_checked sent_to_shop sent_to_maker returned swapped_back delivered "
    "progressed repair_undone noted alarm onsite offsite covered parted at_work stuck"
).split()

policies = st.sampled_from(POLICIES)
gaps = st.integers(0, 3000).map(lambda tenths: timedelta(minutes=tenths / 10))
starts = st.integers(0, 14 * 1440).map(lambda minutes: datetime(2026, 11, 16, tzinfo=UTC) + timedelta(minutes=minutes))
changes: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"how": st.sampled_from((CORRECTION, FROM_NOW)), "policy": policies}
)
levels = st.tuples(st.just(LEVEL), changes)
bookings = st.builds(
    lambda kind, number, hours, void: (
        kind,
        {
            "booking": number,
            "since": (datetime(2026, 11, 28, tzinfo=UTC) + timedelta(hours=hours)).isoformat(),
            "until": (datetime(2026, 11, 28, tzinfo=UTC) + timedelta(hours=hours + 9)).isoformat(),
            "void": void,
        },
    ),
    st.sampled_from(("booked", "unbooked")), st.integers(1, 3), st.integers(-200, 200), st.booleans(),
)  # fmt: skip
others = st.tuples(st.sampled_from(KINDS), st.sampled_from(({}, {"technical": True}, {"days": 7}, {"void": True})))


@st.composite
def journals(draw: st.DrawFn, *, with_levels: bool = True) -> list[Event]:
    """A ticket's journal that begins with its opening."""
    at = draw(starts)
    journal = [Event("opened", at)]
    steps: Any = st.one_of(others, others, levels, bookings) if with_levels else others
    for kind, facts in draw(st.lists(steps, max_size=14)):
        at += draw(gaps)
        journal.append(Event(kind, at, facts))
    return journal
