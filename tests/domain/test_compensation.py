"""bot.domain.compensation: amounts by breach, bounded by the month."""

from __future__ import annotations

import pytest

from bot.domain.compensation import NONE, Line, Month, Terms, month


@pytest.mark.parametrize(("most", "amount"), [(0, 450.0), (500, 450.0), (300, 300.0)])
def test_each_breach_costs_its_amount_up_to_the_bound_of_a_month(most: float, amount: float) -> None:
    """SP-4.4."""
    made = month(["resolve", "response", "resolve", "arrival"], Terms({"response": 50, "resolve": 200}, most))
    assert made == Month((Line("response", 1, 50), Line("resolve", 2, 200)), 450.0, amount)


def test_a_contract_that_grants_none_costs_nothing() -> None:
    assert month(["resolve"], NONE) == month([], Terms({"resolve": 200})) == Month((), 0, 0)
