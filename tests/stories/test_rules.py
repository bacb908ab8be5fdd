"""Rules of the ladder one by one: who is told how often, by whom it is stopped, and who is meant (R5, R7, R10, R15, R22)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
ANNA = {"handle": "anna", "name": "Anna", "roles": ["resident"]}


def staff(**roles: list[str]) -> list[dict[str, Any]]:
    return [ANNA, *({"handle": name, "name": name.title(), "roles": held} for name, held in roles.items())]


def reminders(desk: Story) -> list[str]:
    """Which repeats the project manager heard of since last asked; everything else is put aside."""
    words = [one.words for one in desk._unheard if one.to == "pm" and "reminder" in one.words]
    desk.forget()
    return [word[word.index("reminder") :][:10] for word in words]


async def unconfirmed(desk: Story) -> None:
    """Assigned at 17:00 and never confirmed: breached at 17:30."""
    await desk.mail(BOB, "Printer jam")
    await desk.says("desk", "/assign 1 anna")
    await desk.says("desk", "/reply 1 Anna comes.")
    await desk.at("17:30")
    desk.hears("sam", "alert", "confirmation: missed")
    desk.forget()


async def test_a_breach_is_repeated_every_half_hour_of_its_own_calendar_three_times(story: Begin) -> None:
    """R10: 18:00 is still office time, the second comes on the next morning, and there is no fourth."""
    async with story(start="2026-11-23 17:00") as desk:
        await unconfirmed(desk)
        for instant, heard in (
            ("2026-11-23 17:59", []),
            ("2026-11-23 18:00", ["reminder 1"]),
            ("2026-11-24 09:29", []),
            ("2026-11-24 09:30", ["reminder 2"]),
            ("2026-11-24 10:00", ["reminder 3"]),
            ("2026-11-24 11:59", []),
        ):
            await desk.at(instant)
            assert reminders(desk) == heard, instant


@pytest.mark.parametrize(("who", "words"), [("sam", "/ack 1"), ("anna", "/take 1")])
async def test_one_acknowledgment_is_enough_and_so_is_doing_it(story: Begin, who: str, words: str) -> None:
    """R10: acknowledged by one of them, or the target satisfied: no more."""
    async with story(start="2026-11-23 17:00") as desk:
        await unconfirmed(desk)
        await desk.says(who, words)
        await desk.at("2026-11-24 10:00")
        assert reminders(desk) == []


async def test_one_person_in_several_roles_gets_one_alert_a_rung(story: Begin) -> None:
    """R7."""
    async with story(people=staff(max=["desk", "manager", "senior"])) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        for instant in ("09:05", "09:08", "09:10"):
            await desk.at(instant)
            desk.hears("max", "alert")
            desk.nobody_hears_anything()


async def test_who_holds_a_role_at_the_instant_of_the_alert_is_told(story: Begin) -> None:
    """R22."""
    async with story(people=staff(dora=["desk"], paul=["manager"], sam=["senior"])) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.at("09:05")
        desk.hears("dora", "alert")
        await desk.reloads(people=staff(dina=["desk"], paul=["manager"], pia=["manager"], sam=["senior"]))
        await desk.at("09:08")
        for handle in ("paul", "pia"):  # two hold it: both are told, and one acknowledgment is enough
            desk.hears(handle, "alert")
        await desk.says("pia", "/ack 1")
        desk.forget()
        await desk.at("09:29")
        desk.forget()
        await desk.at("09:30")
        desk.hears("dina", "alert", "response")
        desk.forget()


async def test_taking_noting_and_confirming_are_no_response(story: Begin) -> None:
    """R5: an automatic confirmation, a note and who takes it are not the first human word to the user."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/note 1 Toner is low.")
        assert (await desk.clocks())["response"] == "running"
        await desk.says("anna", "/wait 1 Which printer?")
        assert (await desk.clocks())["response"] == "met"
        desk.forget()


async def test_reopened_the_rungs_are_armed_again_and_the_highest_that_has_come_is_told(story: Begin) -> None:
    """R15, R14: 2 h 30 min of 4 h are used: W50 at once and late, W75 half an hour on, due an hour and a half on."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 I come.")
        await desk.at("11:30")
        await desk.says("anna", "/solve 1 Paper out.")
        await desk.at("14:00")
        desk.forget()
        await desk.says("desk", "/reopen 1 It jams again.")
        desk.hears("anna", "alert", "half of the time", "Due Mon 23 Nov, 15:30", "late")
        desk.forget()
        await desk.at("14:30")
        for who in ("anna", "desk"):
            desk.hears(who, "alert", "75%")
        assert "response2" not in await desk.clocks()


async def test_a_wait_ends_where_somebody_else_gets_the_ticket(story: Begin) -> None:
    """R6: no clock stands still on a ticket that somebody works on."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/wait 1 Which printer?")
        await desk.passes(60)
        assert (await desk.clocks())["resolve"] == "paused"
        await desk.says("desk", "/assign 1 ben")
        assert (await desk.clocks())["resolve"] == "running"
        desk.forget()
        await desk.says("ben", "/why 1 resolve")
        desk.hears("group", "why", "Mon 23 Nov, 15:00")
        desk.forget()
