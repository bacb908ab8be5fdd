"""The duty rota: who is told is whoever holds the role at that instant (R22)."""

from collections.abc import Callable
from datetime import datetime

import pytest

from bot.config import Absence, Person, Shift
from bot.desk.forecast import forecast
from tests.stories.story import Story, instant

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
PEOPLE = [
    Person(handle="anna", name="Anna", roles=["resident"]),
    Person(handle="ben", name="Ben", roles=["resident"]),
    Person(handle="dora", name="Dora", roles=["desk"]),
    Person(handle="eve", name="Eve", roles=["desk"]),
    Person(handle="pm", name="Paul", roles=["manager"]),
    Person(handle="vera", name="Vera", roles=["deputy"]),
    Person(handle="sam", name="Sam", roles=["senior"]),
]
DESK = [Shift(role="desk", person="dora", hours="08:00-09:05"), Shift(role="desk", person="eve", hours="09:05-16:00")]


async def reported(desk: Story) -> None:
    await desk.mail(BOB, "Printer jam")
    desk.forget()


@pytest.mark.parametrize(("minute", "told"), [("08:59", "dora"), ("09:00", "eve")])
async def test_at_the_hand_over_the_incoming_person_is_told(story: Begin, minute: str, told: str) -> None:
    """Half of the ten minutes is over at 09:05 if it came at 09:00; the shift changes at 09:05."""
    shifts = [
        Shift(role="desk", person="dora", hours=f"08:00-{minute}"),
        Shift(role="desk", person="eve", hours=f"{minute}-09:05"),
    ]
    later = [*shifts, Shift(role="desk", person=told, hours="09:05-18:00")]
    async with story(people=PEOPLE, shifts=later, desk={"reachability": "off"}) as desk:
        await reported(desk)
        await desk.at("09:05")
        desk.hears(told, "alert", "FD-1")
        desk.nobody_hears_anything()


async def test_an_empty_desk_falls_to_the_project_manager_who_hears_why(story: Begin) -> None:
    evening = [Shift(role="desk", person="dora", hours="16:00-18:00")]
    async with story(people=PEOPLE, shifts=evening) as desk:
        await reported(desk)
        await desk.at("09:05")
        desk.hears("pm", "alert", "Nobody is on duty as service desk")


async def test_without_a_project_manager_on_duty_the_deputy_is_told(story: Begin) -> None:
    shifts = [Shift(role="manager", person="pm", hours="14:00-18:00")]
    async with story(people=PEOPLE, shifts=shifts) as desk:
        await reported(desk)
        await desk.at("09:05")
        desk.forget()
        await desk.at("09:08")
        desk.hears("vera", "alert", "Nobody is on duty as project manager")
        desk.nobody_hears_anything()
        await desk.says("dora", "/escalate 1 Smoke")
        desk.hears("vera", "alert", "FD-1", "Nobody is on duty as project manager")
        await desk.says("vera", "/ack 1")  # so that whoever stands for the project manager knows (R12)
        assert (await desk.clocks(1))["abnormal"] == "met"
        desk.forget()


async def test_the_deputy_can_do_what_she_is_asked_to(story: Begin) -> None:
    """Decisions, Sending: she hears of what the manager has not acknowledged; her press ends the repeats (R10)."""
    async with story(people=PEOPLE) as desk:
        await reported(desk)
        ahead = await desk.app.store.read(lambda db: forecast(desk.app.work(db), instant("2026-11-23 09:35")))
        second = [datetime.fromisoformat(one["at"]) for one in ahead if one["unacknowledged"]]
        assert second == [instant("2026-11-23 09:23")]
        await desk.at("09:22")
        desk.forget()
        await desk.at("09:23")
        early = desk.hears("vera", "alert", "FD-1 dispatch: missed, 13 min over", "Nobody acknowledged the first alert")
        assert early.chat
        assert [one.label for line in early.chat.buttons for one in line] == [
            "Seen",
            "Assign",
            "Reply…",
            "Call",
            "Details",
        ]
        await desk.at("09:25")
        desk.nobody_hears_anything()  # of the breach she heard by that
        await desk.at("09:29")
        desk.nobody_hears_anything()
        await desk.presses("vera", early, "Seen", where="vera")
        desk.hears("vera", "phrase", "dispatch")
        await desk.at("09:29")
        desk.nobody_hears_anything()
        await desk.at("09:45")  # the first repeat would have come at 09:40
        assert {one.words.partition(":")[0] for one in desk._unheard} == {"🟡 FD-1 response"}
        desk.forget()
        await desk.says("vera", "/assign 1 anna", where="vera")
        assert (await desk.ticket()).state == "dispatched"
        desk.forget()


async def test_nobody_at_all_on_duty_reaches_the_project_manager_all_the_same(story: Begin) -> None:
    people = [one for one in PEOPLE if one.handle != "vera"]
    shifts = [Shift(role="manager", person="pm", hours="14:00-18:00")]
    async with story(people=people, shifts=shifts) as desk:
        await reported(desk)
        await desk.at("09:05")
        desk.forget()
        await desk.at("09:08")
        desk.hears("pm", "alert")


async def test_a_stand_in_is_told_in_the_place_of_an_absent_engineer(story: Begin) -> None:
    away = [
        Absence(person="anna", since=instant("2026-11-23 09:20"), until=instant("2026-11-24 00:00"), stand_in="ben")
    ]
    async with story(people=PEOPLE, absences=away) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.at("09:30")
        desk.hears("ben", "alert", "FD-1", "response")
        desk.nobody_hears_anything()
        await desk.says("dora", "/who")
        words = desk.hears("group", "who").words
        assert "⚪ Anna" in words
        assert "🟢 Ben" in words


async def test_the_forecast_knows_who_will_be_on_duty_then(story: Begin) -> None:
    async with story(people=PEOPLE, shifts=DESK) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.passes(1)
        await desk.mail(BOB, "No network")
        desk.forget()
        await desk.says("pm", "forecast all until 09:07")
        words = desk.hears("group", "forecast").words
        assert "FD-1 dispatch: half of the time is gone → Eve" in words
        assert "FD-2 dispatch: half of the time is gone → Eve" in words
