"""Who should get a ticket, and why: booked there, resident before mobile, at the place, skilled, least to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

RESIDENT, MOBILE = "resident", "mobile"
MATCHING, ANY, OTHER = 0, 1, 2
"""How a place or a service item goes with an engineer's own: among them, nothing said, or not among them."""


@dataclass(frozen=True, slots=True)
class Strengths:
    """The places and service items an engineer is for; none named stands for any."""

    places: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engineer on duty. `booked`: her support is booked for the place now. `busy`: her open tickets."""

    person: int
    handle: str
    name: str
    kind: str
    strengths: Strengths = Strengths()
    booked: bool = False
    busy: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """An engineer for a ticket, and what speaks for her and against her, as words of the catalogue (`fitness`)."""

    candidate: Candidate
    traits: tuple[str, ...]


def ranked(candidates: Iterable[Candidate], item: str, place: str) -> list[Proposal]:
    """The candidates in the order in which they should get a ticket: the same for the same facts, always."""
    order = sorted(candidates, key=lambda one: _order(one, item, place))
    return [Proposal(one, _traits(one, item, place)) for one in order]


def _order(one: Candidate, item: str, place: str) -> tuple[bool, bool, int, int, int, str]:
    return (
        not one.booked,
        one.kind != RESIDENT,
        _fit(place, one.strengths.places),
        _fit(item, one.strengths.skills),
        one.busy,
        one.handle,
    )


def _fit(wanted: str, own: frozenset[str]) -> int:
    if not wanted or not own:
        return ANY
    return MATCHING if wanted in own else OTHER


def _traits(one: Candidate, item: str, place: str) -> tuple[str, ...]:
    there = (
        ("booked",)
        if one.booked
        else {MATCHING: ("here",), ANY: (), OTHER: ("elsewhere",)}[_fit(place, one.strengths.places)]
    )
    able = {MATCHING: ("skilled",), ANY: (), OTHER: ("unskilled",)}[_fit(item, one.strengths.skills)]
    return (one.kind, "on_duty", *there, *able)
