"""bot.domain.levels: the first that says a level decides (SP-2.4, SP-2.5)."""

import pytest

from bot.domain.levels import Rules, Situation, choose_level, promises

RULES = Rules(
    levels={
        "standard": {"response": 120, "resolve": 240},
        "advanced": {"response": 60, "resolve": 240},
        "vip": {"response": 60, "resolve": 120},
    },
    item_levels={"general": "advanced", "antivirus": "standard"},
    customer_levels={"gold": "vip"},
    immediate_places={"hq": ("general",)},
)


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
