"""What a contract pays back for promises that were not kept, a month at a time (SP-4.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Terms:
    """What each breach of a target costs, in `currency`, and what a month costs at most (0: no bound)."""

    rates: Mapping[str, float] = field(default_factory=dict)
    most: float = 0
    currency: str = "CNY"


NONE = Terms()


@dataclass(frozen=True, slots=True)
class Line:
    """All breaches of one target in a month."""

    target: str
    count: int
    each: float


@dataclass(frozen=True, slots=True)
class Month:
    """What is due for a month: a line a target, their sum, and the amount, which the contract may bound."""

    lines: tuple[Line, ...]
    total: float
    amount: float


def month(breached: Iterable[str], terms: Terms) -> Month:
    """What is due for the targets that were breached in one month, each named as often as it was."""
    counted = Counter(breached)
    lines = tuple(Line(name, counted[name], each) for name, each in terms.rates.items() if counted[name])
    total = round(sum(one.count * one.each for one in lines), 2)
    return Month(lines, total, min(total, terms.most) if terms.most else total)
