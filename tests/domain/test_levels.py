"""bot.domain.levels: the first that says a level decides (SP-2.4, SP-2.5)."""

from dataclasses import replace

import pytest

from bot.domain.levels import Rules, Situation, choose_level, is_immediate, promises

RULES = Rules(
    levels={
        "standard": {"response": 120, "resolve": 240},
        "advanced": {"response": 60, "resolve": 240},
        "vip": {"response": 60, "resolve": 120},
        "critical": {"response": 120, "arrival": 120, "resolve": 360},
    },
    item_levels={"general": "advanced", "antivirus": "standard"},
    customer_levels={"gold": "vip"},
    device_levels={"server": "critical"},
    immediate_places={"hq": ("general",)},
)
SERVER = ("SRV-1", "Server")


@pytest.mark.parametrize(
    ("situation", "level", "reason"),
    [
        (Situation(), "standard", "default"),
        (Situation(item="general"), "advanced", "item:general"),
        (Situation(item="antivirus"), "standard", "item:antivirus"),
        (Situation(item="antivirus", customer="gold"), "vip", "customer:gold"),
        (Situation(item="general", place="hq"), "advanced", "place:hq"),
        (Situation(item="antivirus", place="hq"), "standard", "item:antivirus"),
        (Situation(item="general", place="hq", vip=True), "vip", "requester:vip"),
        (Situation(device=SERVER, vip=True), "vip", "requester:vip"),
        (Situation(item="antivirus", customer="gold", device=SERVER), "critical", "device:SRV-1"),
        (Situation(item="general", place="hq", device=SERVER), "critical", "device:SRV-1 +place:hq"),
        (Situation(item="general", device=("PC-1", "pc")), "advanced", "item:general"),
    ],
)
def test_the_level_and_the_rule_that_chose_it(situation: Situation, level: str, reason: str) -> None:
    choice = choose_level(situation, RULES)
    assert (choice.level, choice.reason) == (level, reason)


def test_an_immediate_place_is_answered_in_five_minutes_round_the_clock() -> None:
    found = promises(choose_level(Situation(item="general", place="hq"), RULES), RULES)
    assert (found["response"].amount, found["response"].calendar) == (5, "always")
    assert (found["dispatch"].calendar, found["resolve"].amount, found["resolve"].calendar) == (
        "always",
        120,
        "office",
    )


def test_a_critical_device_at_an_immediate_place_keeps_the_tighter_of_both() -> None:
    situation = Situation(item="general", place="hq", device=SERVER)
    choice = choose_level(situation, RULES)
    found = promises(choice, RULES, situation)
    assert is_immediate(choice.reason)
    assert [found[name].amount for name in ("response", "arrival", "resolve")] == [5, 120, 120]
    assert "arrival" not in promises(choose_level(Situation(), RULES), RULES)


CALENDARS = replace(
    RULES,
    level_calendars={"vip": {"response": "always", "resolve": "always"}, "standard": {"resolve": "late"}},
    place_calendars={"plant": "shifts"},
    customer_calendars={"gold": "berlin", "plain": "berlin"},
)


@pytest.mark.parametrize(
    ("situation", "calendars"),
    [
        (Situation(item="general"), {"office"}),
        (Situation(item="general", customer="plain"), {"berlin"}),
        (Situation(item="general", customer="plain", place="plant"), {"shifts"}),
        (Situation(item="general", customer="gold"), {"always"}),  # her level has a calendar of its own
    ],
)
def test_the_calendar_is_the_levels_the_places_the_customers_or_office(
    situation: Situation, calendars: set[str]
) -> None:
    """SP-2.6; the desk's own targets go with the response."""
    found = promises(choose_level(situation, CALENDARS), CALENDARS, situation)
    assert {found[name].calendar for name in ("dispatch", "confirm", "response", "resolve")} == calendars
    assert found["abnormal"].calendar == "always"
    whose = {"berlin"} if situation.customer == "gold" else calendars  # no level's calendar is meant for working days
    assert {found[name].calendar for name in CALENDARS.days} == whose


def test_each_target_may_have_a_calendar_of_its_own() -> None:
    rules = replace(CALENDARS, target_calendars={"confirm": "desk", "abnormal": "office"})
    found = promises(choose_level(Situation(), rules), rules)
    wanted = ("dispatch", "confirm", "response", "resolve", "abnormal")
    assert {name: found[name].calendar for name in wanted} == {
        "dispatch": "office",
        "confirm": "desk",
        "response": "office",
        "resolve": "late",
        "abnormal": "office",
    }


def test_what_is_served_at_once_is_answered_round_the_clock_on_any_calendar() -> None:
    situation = Situation(item="general", place="hq", customer="plain")
    found = promises(choose_level(situation, CALENDARS), CALENDARS, situation)
    assert (found["response"].calendar, found["dispatch"].calendar, found["resolve"].calendar) == (
        "always",
        "always",
        "berlin",
    )
