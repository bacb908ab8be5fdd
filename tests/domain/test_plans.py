"""Emergency plans as check-lists, read from a ticket's journal (SP-4.7)."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.plans import BEGUN, ENDED, TICKED, UNTICKED, Plan, checklist, named

START = datetime(2026, 11, 23, 1, tzinfo=UTC)
NETWORK = {"plan": "network", "name": "No network", "steps": ["call", "switch", "tell"]}
PLANS = [Plan("network", "No network", "", ("call",)), Plan("virus", "Virus 病毒", "", ("cut",))]


def rows(*happened: tuple[str, dict[str, Any]]) -> list[Any]:
    return [
        SimpleNamespace(kind=kind, facts=facts, at=START + timedelta(minutes=minute), actor_id=minute)
        for minute, (kind, facts) in enumerate(happened)
    ]


def test_a_ticket_without_a_plan_has_none() -> None:
    assert checklist(rows(("opened", {}), (TICKED, {"step": 1}))) is None


def test_steps_are_done_by_somebody_and_not_after_all() -> None:
    found = checklist(rows((BEGUN, NETWORK), (TICKED, {"step": 3}), (TICKED, {"step": 1}), (UNTICKED, {"step": 3})))
    assert found is not None
    assert found.done == {1: (START + timedelta(minutes=2), 2)}
    assert (found.open, found.ended_at) == ([2, 3], None)


def test_the_newest_plan_counts_with_its_own_steps() -> None:
    first: tuple[tuple[str, dict[str, Any]], ...] = ((BEGUN, NETWORK), (TICKED, {"step": 1}), (ENDED, {}))
    ended = checklist(rows(*first))
    assert ended is not None
    assert ended.ended_at == START + timedelta(minutes=2)
    again = checklist(rows(*first, (BEGUN, {**NETWORK, "plan": "virus", "steps": ["cut"]})))
    assert again is not None
    assert (again.key, again.open, again.ended_at) == ("virus", [1], None)


@pytest.mark.parametrize(
    ("words", "key"),
    [("network", "network"), ("No Net", "network"), ("VIRUS", "virus"), ("v", "virus"), ("", ""), ("x", "")],
)
def test_a_plan_is_named_by_its_key_or_the_beginning_of_its_name(words: str, key: str) -> None:
    found = named(PLANS, words)
    assert (found.key if found else "") == key
