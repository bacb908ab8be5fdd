"""Which service level a ticket gets, and what that level promises (SP-2.1 to SP-2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Promise:
    """One target: so many minutes of a named calendar."""

    minutes: float
    calendar: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What the contract says about levels; all of it comes from the configuration.

    `levels` holds response and resolve in minutes of the office calendar; `immediate_places` names the places that are
    served at once, each with the service items listed for it (SP-2.5).

    Calendars by name (SP-2.6): `target_calendars` hold for a target throughout, `level_calendars` for response and
    resolve of a level, then those of places and of customers.
    """

    levels: Mapping[str, Mapping[str, float]]
    item_levels: Mapping[str, str]
    customer_levels: Mapping[str, str] = field(default_factory=dict)
    immediate_places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    immediate_level: str = "advanced"
    immediate_response: float = 5
    immediate_resolve: float = 120
    dispatch: float = 10
    confirm: float = 30
    abnormal: float = 20
    office: str = "office"
    wall: str = "always"
    target_calendars: Mapping[str, str] = field(default_factory=dict)
    level_calendars: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    place_calendars: Mapping[str, str] = field(default_factory=dict)
    customer_calendars: Mapping[str, str] = field(default_factory=dict)

    def calendar(self, target: str, level: str, facts: Situation) -> str:
        """The calendar of a level's target: the level's amounts are meant on its own, else where and whose it is."""
        own = self.level_calendars.get(level, {}).get(target)
        here = self.place_calendars.get(facts.place) or self.customer_calendars.get(facts.customer)
        return self.target_calendars.get(target) or own or here or self.office


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known about a ticket when its level is chosen."""

    customer: str = ""
    item: str = ""
    place: str = ""
    vip: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The level, whether the place makes it immediate, and the rule that said so (for `why`)."""

    level: str
    immediate: bool
    reason: str


def choose_level(facts: Situation, rules: Rules) -> Choice:
    """The first that says one decides: VIP person, place, customer, service item; else Standard (SP-2.4, SP-2.5)."""
    immediate = facts.item in rules.immediate_places.get(facts.place, ())
    if facts.vip:
        return Choice("vip", immediate, "requester:vip")
    if immediate:
        return Choice(rules.immediate_level, True, f"place:{facts.place}")
    if level := rules.customer_levels.get(facts.customer):
        return Choice(level, False, f"customer:{facts.customer}")
    if level := rules.item_levels.get(facts.item):
        return Choice(level, False, f"item:{facts.item}")
    return Choice("standard", False, "default")


def promises(choice: Choice, rules: Rules, facts: Situation | None = None) -> dict[str, Promise]:
    """Each target's amount and calendar for a chosen level (sla-semantics section 0).

    The desk's own targets run whenever the response does: else that could lapse before anybody had to dispatch.
    """
    row, facts = rules.levels[choice.level], facts or Situation()
    response, resolve = row["response"], row["resolve"]
    answering = rules.calendar("response", choice.level, facts)
    if choice.immediate:
        response, resolve = rules.immediate_response, min(resolve, rules.immediate_resolve)
        answering = rules.target_calendars.get("response", rules.wall)

    def own(target: str, otherwise: str) -> str:
        return rules.target_calendars.get(target, otherwise)

    return {
        "dispatch": Promise(rules.dispatch, own("dispatch", answering)),
        "confirm": Promise(rules.confirm, own("confirm", answering)),
        "response": Promise(response, answering),
        "resolve": Promise(resolve, rules.calendar("resolve", choice.level, facts)),
        "abnormal": Promise(rules.abnormal, own("abnormal", rules.wall)),
    }


def stamp(choice: Choice, rules: Rules, facts: Situation | None = None) -> dict[str, Any]:
    """The policy as it is written on the ticket when it opens, so that a later contract reaches new tickets only."""
    return {name: [promise.minutes, promise.calendar] for name, promise in promises(choice, rules, facts).items()}
