"""bot.domain.visit and bot.invite: times of arrival as people write them, and what a calendar reads of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from bot.domain.messages import Mailbox
from bot.domain.visit import Plan, read_eta, read_plan
from bot.invite import invite

ZONE, NOW = ZoneInfo("Asia/Shanghai"), datetime(2026, 11, 23, 1, tzinfo=UTC)
FACTS = {"method": "REQUEST", "uid": "visit-1-fd-1@desk.example", "sequence": 2, "start": "2026-11-23T01:25:00+00:00",
         "end": "2026-11-23T02:25:00+00:00", "stamp": "2026-11-23T01:00:00+00:00"}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "at", "rest"),
    [
        ("25 min", "01:25", ""), ("in 25 minutes, lift is broken", "01:25", "lift is broken"), ("25分钟", "01:25", ""),
        ("1 h", "02:00", ""), ("2小时后到", "03:00", ""), ("at 09:40 jam", "01:40", "jam"), ("9:40到", "01:40", ""),
        ("14：30 堵车", "06:30", "堵车"),
    ],
)  # fmt: skip
def test_times_as_people_write_them(words: str, at: str, rest: str) -> None:
    eta, left = read_eta(words, NOW, ZONE)
    assert eta is not None
    assert (f"{eta:%H:%M}", eta.date(), left) == (at, NOW.date(), rest)


@pytest.mark.parametrize("words", ["", "2", "2 3", "soon", "25 people wait", "The 9:40 train", "1 hand"])
def test_other_words_and_bare_numbers_are_none(words: str) -> None:
    assert read_eta(words, NOW, ZONE) == (None, words)


@pytest.mark.parametrize("words", ["08:59", "0 min", "999 min", "13 h", "23:00", "25:99", "24:00", "123:45"])
def test_what_is_over_or_far_away_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_eta(words, NOW, ZONE)


def test_shortly_before_midnight_an_early_hour_is_tomorrows() -> None:
    late = datetime(2026, 11, 23, 15, 50, tzinfo=UTC)  # 23:50 there
    assert read_eta("0:10", late, ZONE) == (late + timedelta(minutes=20), "")


def test_a_visit_is_moved_called_off_and_planned_anew() -> None:
    def row(kind: str, **facts: object) -> SimpleNamespace:
        return SimpleNamespace(id=1, kind=kind, at=NOW, actor_id=None, facts=facts)

    told = row("eta", eta=FACTS["start"], visit=1, sequence=0)
    assert read_plan([]).moved(NOW) == Plan(1, 0, NOW)
    assert read_plan([told]).moved(NOW) == Plan(1, 1, NOW)
    assert read_plan([told, row("eta", eta=None, visit=1, sequence=1)]).moved(NOW) == Plan(2, 0, NOW)
    assert read_plan([told, row("arrived")]).eta is None


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_stands_in_it_a_calendar_reads_one_visit(words: str, name: str) -> None:
    made = invite(FACTS, Mailbox(name, "fault@desk.example"), Mailbox("", "bob@customer.example"), {"summary": words})
    assert all(len(line.encode()) <= 75 for line in made.text.split("\r\n"))
    calendar: Any = Calendar.from_ical(made.text)
    (visit,) = calendar.events
    assert (calendar["METHOD"], visit["UID"], visit["SEQUENCE"]) == ("REQUEST", FACTS["uid"], 2)
    assert visit["DTSTART"].dt == datetime(2026, 11, 23, 1, 25, tzinfo=UTC)
    assert str(visit["ATTENDEE"]) == "mailto:bob@customer.example"
    assert str(visit.get("SUMMARY", "")) == "".join(one for one in words if one.isprintable() or one == "\n")
