"""bot.domain.sheet: what stands on a service sheet, and what it lacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.sheet import (
    BY_CALL,
    BY_RATING,
    BY_SILENCE,
    BY_WORD,
    CHECKED,
    FINISHED,
    ONSITE,
    OPEN,
    RETURNED,
    Sheet,
    cause_of,
    dispatched,
    mode_of,
    read,
)

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Event:
    id: int
    kind: str
    at: datetime
    actor_id: int | None = 7
    facts: dict[str, Any] = field(default_factory=dict)


def played(*kinds: str | tuple[str, dict[str, Any]]) -> Sheet:
    """The sheet after these events, a minute apart."""
    pairs = [(one, {}) if isinstance(one, str) else one for one in kinds]
    return read(Event(n, kind, NINE + timedelta(minutes=n), facts=facts) for n, (kind, facts) in enumerate(pairs))


SOLVED = ("solved", {"entry": 3})
ONSITE_CAR = ("sheet_filled", {"field": "mode", "value": ONSITE, "vehicle": True})
HARDWARE = ("sheet_filled", {"field": "cause", "value": "hardware", "vehicle": False, "entry": 4})


@pytest.mark.parametrize(
    ("words", "cause", "rest"),
    [
        ("hardware roller worn", "hardware", "roller worn"),
        ("硬件 搓纸轮磨损", "hardware", "搓纸轮磨损"),
        ("人为损坏：进水", "damage", "进水"),
        ("ＨＡＲＤＷＡＲＥ", "hardware", ""),
        ("moon dust", "", "moon dust"),
        ("", "", ""),
    ],
)
def test_a_cause_is_read_in_both_languages(words: str, cause: str, rest: str) -> None:
    assert cause_of(words) == (cause, rest)


@pytest.mark.parametrize(
    ("words", "mode"),
    [
        ("onsite", ("onsite", False)),
        ("现场 用车", ("onsite", True)),
        ("vehicle on-site", ("onsite", True)),
        ("远程", ("remote", False)),
        ("hotline", ("hotline", False)),
        ("by bicycle", None),
        ("onsite remote", None),
        ("onsite bicycle", None),
        ("", None),
    ],
)
def test_a_mode_is_read_in_both_languages(words: str, mode: tuple[str, bool] | None) -> None:
    assert mode_of(words) == mode


@pytest.mark.parametrize(
    ("words", "who", "how"),
    [
        ("anna", "anna", {}),
        ("anna onsite vehicle", "anna", {"mode": "onsite", "vehicle": True}),
        ("安娜 现场 用车", "安娜", {"mode": "onsite", "vehicle": True}),
        ("Anna Li van", "Anna Li", {"mode": "onsite", "vehicle": True}),
        ("anna 远程", "anna", {"mode": "remote", "vehicle": False}),
        ("van", "van", {}),
    ],
)
def test_who_is_sent_and_how(words: str, who: str, how: dict[str, Any]) -> None:
    assert dispatched(words) == (who, how)


def test_how_she_was_sent_stands_until_she_says_how_it_was() -> None:
    """SP-3.3: with or without a vehicle."""
    sent = ("assigned", {"mode": "remote", "vehicle": False}), ("assigned", {"mode": "onsite", "vehicle": True})
    assert (played(sent[0]).mode, played(sent[0], "arrived").mode) == ("remote", "onsite")
    assert (played(sent[1], "arrived").vehicle, played(sent[1], "assigned").vehicle) == (True, True)
    on_foot = ("sheet_filled", {"field": "mode", "value": ONSITE})
    assert played(sent[1], on_foot).vehicle is False


def test_a_full_sheet_lacks_nothing() -> None:
    sheet = played("assigned", "accepted", "set_out", "arrived", ONSITE_CAR, HARDWARE, SOLVED, "sheet_finished")
    assert sheet.set_out_at == NINE + timedelta(minutes=2)
    assert (sheet.missing, sheet.state, sheet.vehicle, sheet.cause_words) == ((), FINISHED, True, 4)
    assert (sheet.arrived_at, sheet.left_at) == (NINE + timedelta(minutes=3), NINE + timedelta(minutes=6))
    assert played("arrived", "left_site", SOLVED).left_at == NINE + timedelta(minutes=1)
    assert played("arrived", "left", SOLVED).left_at == NINE + timedelta(
        minutes=2
    )  # somebody in copy, not the engineer


def test_every_visit_stands_on_the_sheet() -> None:
    sheet = played("arrived", "arrived", "left_site", "arrived", SOLVED)
    first, second, third = (NINE + timedelta(minutes=minutes) for minutes in (0, 1, 3))
    assert sheet.visits == ((first, None), (second, NINE + timedelta(minutes=2)))
    assert (sheet.arrived_at, sheet.left_at) == (third, NINE + timedelta(minutes=4))


def test_who_has_arrived_works_on_site_unless_she_says_otherwise() -> None:
    assert played("arrived").mode == ONSITE
    assert played(("sheet_filled", {"field": "mode", "value": "remote"}), "arrived").mode == "remote"


def test_what_was_taken_back_never_was() -> None:
    assert played(HARDWARE, SOLVED, "sheet_finished", ("undone", {"events": [1, 2]})) == played(HARDWARE)


def test_what_is_missing_is_named_in_the_order_of_the_page() -> None:
    assert played().missing == ("mode", "cause", "work")
    assert played(ONSITE_CAR).missing == ("arrived", "left", "cause", "work")


def test_a_returned_sheet_is_finished_anew_and_checked() -> None:
    returned = ("sheet_returned", {"entry": 9})
    assert played(SOLVED, "sheet_finished", returned).state == RETURNED
    assert played(SOLVED, "sheet_finished", returned).returned_why == 9
    again = played(SOLVED, "sheet_finished", returned, "sheet_finished")
    assert (again.state, again.returned_why) == (FINISHED, None)
    assert played(SOLVED, returned, ("sheet_checked", {"missing": []})).returned_why is None  # the user reads it
    assert played(SOLVED, "sheet_finished", ("sheet_checked", {"missing": []})).checked_by == 7


def test_the_users_word_is_no_work_until_the_engineer_says_what_was_done() -> None:
    own = ("sheet_finished", {"by_user": True})
    assert "work" in played(SOLVED, own).missing
    assert "work" not in played(SOLVED, own, ("sheet_filled", {"field": "work", "entry": 8})).missing


def test_who_confirms_first_counts_and_a_low_rating_confirms_nothing() -> None:
    rated, low = ("rated", {"score": 4}), ("rated", {"score": 3})
    word, silence = ("confirmed", {"how": BY_WORD}), ("confirmed", {"how": BY_SILENCE})
    assert played(SOLVED, rated, silence).confirmed == BY_RATING
    assert played(SOLVED, word, rated).confirmed == BY_WORD
    assert played(SOLVED, low, silence).confirmed == BY_SILENCE
    assert played(SOLVED, low).score == 3


def test_a_call_rates_and_without_a_score_keeps_hers() -> None:
    called = played(SOLVED, ("rated", {"score": 2}), ("called_back", {"score": 0}))
    assert (called.called, called.score, called.confirmed) == (True, 2, "")
    assert played(SOLVED, ("called_back", {"score": 5})).confirmed == BY_CALL


def test_a_call_does_not_make_her_own_rating_better() -> None:
    """SP-4.2: the figures are of what users answered; the desk's word counts where they did not."""
    low, called = ("rated", {"score": 2}), ("called_back", {"score": 4})
    assert (played(SOLVED, low, called).rating, played(SOLVED, called).rating) == (2, 4)
    assert played(SOLVED, called, low).rating == 2


def test_a_reopened_ticket_is_checked_rated_and_confirmed_anew() -> None:
    checked: tuple[str, dict[str, Any]] = ("sheet_checked", {"missing": []})
    before = played(SOLVED, HARDWARE, ("rated", {"score": 5}), "sheet_finished", checked)
    assert (before.state, before.score) == (CHECKED, 5)
    sheet = played(SOLVED, HARDWARE, ("rated", {"score": 5}), "sheet_finished", checked, "reopened")
    assert (sheet.state, sheet.score, sheet.confirmed, sheet.solved_at) == (OPEN, 0, "", None)
    assert sheet.cause == "hardware"
