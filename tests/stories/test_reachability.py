"""Whoever is on duty presses a button as her shift begins; if she does not, others hear of it (SP-2.7)."""

from collections.abc import Callable
from typing import Any

from bot.config import Absence, Person, Shift
from tests.stories.story import Story, instant

Begin = Callable[..., Story]
PEOPLE = [
    Person(handle="dora", name="Dora", roles=["desk"], phone="139-0001"),
    Person(handle="eve", name="Eve", roles=["desk"]),
    Person(handle="pm", name="Paul", roles=["manager"]),
    Person(handle="vera", name="Vera", roles=["deputy"]),
    Person(handle="ben", name="Ben", roles=["resident"]),
]
DAYS: Any = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SHIFTS = [
    Shift(role="desk", person="dora", days=DAYS, hours="08:00-20:00"),
    Shift(role="desk", person="eve", days=DAYS, hours="20:00-08:00"),
]


async def test_a_press_in_time_and_nobody_else_hears(story: Begin) -> None:
    async with story(people=PEOPLE, shifts=SHIFTS, start="2026-11-23 19:00") as desk:
        await desk.at("20:00")
        asked = desk.hears("eve", "reach_check", "on duty as service desk", "Mon 23 Nov, 20:15")
        await desk.at("20:10")
        await desk.presses("eve", asked, "I am here", where="eve")
        desk.hears("eve", "phrase", "you can be reached")
        await desk.at("23:00")
        desk.nobody_hears_anything()


async def test_without_a_press_the_deputy_and_the_project_manager_hear_once(story: Begin) -> None:
    """At 08:00 Dora; the daemon was away at 08:00, and starts anew while she is waited for."""
    async with story(people=PEOPLE, shifts=SHIFTS, start="2026-11-23 07:50") as desk:
        await desk.restarts(after_minutes=20)
        desk.hears("dora", "reach_check", "Mon 23 Nov, 08:25")
        await desk.restarts(after_minutes=5)
        desk.nobody_hears_anything()
        await desk.at("08:25")
        for who in ("pm", "vera"):
            desk.hears(who, "unreachable", "Dora", "139-0001", "since Mon 23 Nov, 08:10")
        await desk.at("12:00")
        await desk.says("dora", "/在岗", where="dora")
        desk.hears("dora", "phrase", "Nobody had asked")


async def test_others_on_duty_in_the_role_hear_too(story: Begin) -> None:
    shifts = [Shift(role="desk", person=who, days=DAYS, hours="08:00-20:00") for who in ("dora", "eve")]
    async with story(people=PEOPLE, shifts=shifts, start="2026-11-23 07:50") as desk:
        await desk.at("08:00")
        desk.hears("dora", "reach_check")
        desk.hears("eve", "reach_check")
        await desk.says("eve", "/here", where="eve")
        desk.forget()
        await desk.at("08:15")
        for who in ("eve", "vera", "pm"):
            desk.hears(who, "unreachable", "Dora")


async def test_a_shift_that_begins_in_the_quiet_hours_is_asked_for_before_them(story: Begin) -> None:
    """R17: from midnight on; she is asked at 21:30, and whoever must know is told before 22:00. A stand-in is asked."""
    shifts = [Shift(role="desk", person="dora", days=DAYS)]
    away = [
        Absence(person="dora", since=instant("2026-11-23 22:00"), until=instant("2026-11-25 00:00"), stand_in="eve")
    ]
    async with story(people=PEOPLE, shifts=shifts, absences=away, start="2026-11-23 20:00") as desk:
        await desk.at("21:29")
        desk.nobody_hears_anything()
        await desk.at("21:30")
        desk.hears("eve", "reach_check", "21:45")
        await desk.says("eve", "/here", where="eve")
        desk.forget()
        await desk.at("2026-11-24 09:00")
        desk.nobody_hears_anything()


async def test_once_a_day_and_by_command(story: Begin) -> None:
    daily = {"reachability": "08:30", "reachability_roles": ["desk", "resident"], "reachability_minutes": 5}
    async with story(people=PEOPLE, desk=daily, start="2026-11-23 08:00") as desk:
        await desk.at("08:30")
        for who in ("dora", "eve", "ben"):
            asked = desk.hears(who, "reach_check", "08:35")
            await desk.presses(who, asked, "I am here", where=who)
        desk.forget()
        await desk.at("10:00")
        await desk.says("pm", "/reach ben", where="pm")
        desk.hears("pm", "phrase", "Ben is asked", "within 5 minutes")
        desk.hears("ben", "reach_check")
        await desk.at("10:05")
        desk.forget()
        await desk.says("pm", "查岗", where="pm")
        desk.hears("pm", "phrase", "Dora, Eve, Ben are asked")
        desk.forget()
        await desk.says("ben", "/reach dora", where="ben")
        desk.hears("ben", "phrase", "You may not do this")
        for who in ("dora", "eve", "ben"):
            await desk.says(who, "/here", where=who)
        desk.forget()


async def test_off_asks_nobody(story: Begin) -> None:
    async with story(people=PEOPLE, shifts=SHIFTS, desk={"reachability": "off"}, start="2026-11-23 07:50") as desk:
        await desk.at("21:00")
        desk.nobody_hears_anything()
