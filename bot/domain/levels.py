"""Which service level a ticket gets, and what that level promises (SP-2.1 to SP-2.6, R13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Promise:
    """One target: so many minutes (or days, see the target's unit) of a named calendar."""

    amount: float
    calendar: str


DAYS: Mapping[str, int] = {
    "sheet-check": 1, "complaint-answer": 1, "complaint-settle": 5, "vendor-15": 15, "vendor-maker": 0,
    "vendor-weekend": 2, "progress": 3, "monthly-report": 5, "repair-report": 10, "major-report": 3,
}  # fmt: skip
"""Targets in days, weekends or the day of the month, and their usual amounts. 0: the event that starts it says."""

BY_HAND = "hand"
"""The reason of a level that somebody has set (R13)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the contract says about levels; all of it comes from the configuration.

    `levels` holds response and resolve in minutes of the office calendar, and (else 0) `arrival`, the minutes to
    somebody on site; `device_levels` goes by the kind of a device, in lower case (SP-2.9). `immediate_places` names the
    places that are served at once, each with the service items listed for it (SP-2.5).

    Calendars by name (SP-2.6): `target_calendars` hold for a target throughout, `level_calendars` for response and
    resolve of a level, then those of places and of customers, for working days, too.
    """

    levels: Mapping[str, Mapping[str, float]]
    item_levels: Mapping[str, str]
    customer_levels: Mapping[str, str] = field(default_factory=dict)
    device_levels: Mapping[str, str] = field(default_factory=dict)
    immediate_places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    immediate_level: str = "advanced"
    immediate_response: float = 5
    immediate_resolve: float = 120
    dispatch: float = 10
    confirm: float = 30
    abnormal: float = 20
    delay: float = 10
    help: float = 5
    response_ceiling: float = 0
    days: Mapping[str, int] = field(default_factory=lambda: dict(DAYS))
    office: str = "office"
    wall: str = "always"
    target_calendars: Mapping[str, str] = field(default_factory=dict)
    level_calendars: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    place_calendars: Mapping[str, str] = field(default_factory=dict)
    customer_calendars: Mapping[str, str] = field(default_factory=dict)

    @property
    def given(self) -> set[str]:
        """The levels that somebody or something may have without a hand: the contract's, and those of a rule."""
        by_rule = (self.item_levels, self.customer_levels, self.device_levels)
        return {"standard", "advanced", "vip", self.immediate_level}.union(*(rule.values() for rule in by_rule))

    def calendar(self, target: str, level: str, facts: Situation) -> str:
        """The calendar of a level's target: the level's amounts are meant on its own, else where and whose it is."""
        own = self.level_calendars.get(level, {}).get(target)
        return self.target_calendars.get(target) or own or self.hours(facts.customer, facts.place) or self.office

    def hours(self, customer: str, place: str) -> str:
        """The calendar by which a customer, or one of his places, works; "" where no other than all is named."""
        return self.place_calendars.get(place) or self.customer_calendars.get(customer, "")


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known about a ticket when its level is chosen. `device`: label and kind of one under warranty."""

    customer: str = ""
    item: str = ""
    place: str = ""
    vip: bool = False
    device: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Choice:
    """The level, whether the place makes it immediate, and the rule that said so (for `why`)."""

    level: str
    immediate: bool
    reason: str


def choose_level(facts: Situation, rules: Rules) -> Choice:
    """The first that says one decides: VIP person, device, place, customer, item; else Standard (SP-2.4, SP-2.5)."""
    immediate = facts.item in rules.immediate_places.get(facts.place, ())
    if facts.vip:
        return Choice("vip", immediate, "requester:vip")
    label, kind = facts.device
    if level := rules.device_levels.get(kind.casefold()):
        return Choice(level, immediate, f"device:{label}" + (f" +place:{facts.place}" if immediate else ""))
    if immediate:
        return Choice(rules.immediate_level, True, f"place:{facts.place}")
    if level := rules.customer_levels.get(facts.customer):
        return Choice(level, False, f"customer:{facts.customer}")
    if level := rules.item_levels.get(facts.item):
        return Choice(level, False, f"item:{facts.item}")
    return Choice("standard", False, "default")


def by_hand(level: str, facts: Situation, rules: Rules) -> Choice:
    """A level that somebody has set: it stands until it is set again; immediate places count all the same (SP-2.5)."""
    immediate = facts.item in rules.immediate_places.get(facts.place, ())
    return Choice(level, immediate, f"{BY_HAND}+place:{facts.place}" if immediate else BY_HAND)


def is_by_hand(reason: str) -> bool:
    """Whether the reason of a level is that somebody has set it."""
    return reason.partition("+")[0] == BY_HAND


def is_immediate(reason: str) -> bool:
    """Whether the reason of a level names a place that is served at once."""
    return reason.rpartition("+")[2].startswith("place:")


def promises(choice: Choice, rules: Rules, facts: Situation | None = None) -> dict[str, Promise]:
    """Each target's amount and calendar for a chosen level (sla-semantics section 0).

    The desk's own targets run whenever the response does: else that could lapse before anybody had to dispatch.
    """
    row, facts = rules.levels[choice.level], facts or Situation()
    response, resolve = row["response"], row["resolve"]
    if rules.response_ceiling:  # the contract's general promise may be made to hold for all levels (SP-2.10)
        response = min(response, rules.response_ceiling)
    answering = rules.calendar("response", choice.level, facts)
    if choice.immediate:
        response, resolve = rules.immediate_response, min(resolve, rules.immediate_resolve)
        answering = rules.target_calendars.get("response", rules.wall)

    def own(target: str, otherwise: str) -> str:
        return rules.target_calendars.get(target, otherwise)

    on_site = {"arrival": Promise(row["arrival"], own("arrival", answering))} if row.get("arrival") else {}
    return {
        "dispatch": Promise(rules.dispatch, own("dispatch", answering)),
        "confirm": Promise(rules.confirm, own("confirm", answering)),
        "response": Promise(response, answering),
        **on_site,
        "resolve": Promise(resolve, rules.calendar("resolve", choice.level, facts)),
        "abnormal": Promise(rules.abnormal, own("abnormal", rules.wall)),
        "delay": Promise(rules.delay, own("delay", answering)),
        "help": Promise(rules.help, own("help", rules.wall)),
        **{name: Promise(days, rules.calendar(name, "", facts)) for name, days in rules.days.items()},
    }


def stamp(choice: Choice, rules: Rules, facts: Situation | None = None) -> dict[str, Any]:
    """The policy as it is written on the ticket when it opens, so that a later contract reaches new tickets only."""
    return {name: [promise.amount, promise.calendar] for name, promise in promises(choice, rules, facts).items()}
