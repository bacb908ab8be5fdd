"""Holiday support booked ahead: the engineer is reminded and on duty there, and the clocks run in its hours (SP-2.7)."""

from collections.abc import Callable

import pytest

from bot.config import Absence, Shift
from tests.stories.story import SHANGHAI, Story, instant

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
HQ = {"hq": {"words": ["HQ"]}, "depot": {"words": ["depot"]}}
FRIDAY = "2026-11-27 16:00"


async def dues(desk: Story, number: int = 1) -> dict[str, str]:
    from storage import clocks

    rows = await desk.app.store.read(lambda db: clocks.of_ticket(db, number))
    return {row.target: f"{row.due_at.astimezone(SHANGHAI):%a %H:%M}" for row in rows if row.due_at}


async def booked(desk: Story, words: str = "2026-11-29 09:00-17:00 HQ anna") -> None:
    await desk.says("desk", f"/book {words}")
    desk.hears("group", "bookings", "Booked.")
    desk.hears("anna", "booking", "You are booked at hq", "Sun 29 Nov, 09:00 – 17:00", "Dora")


async def test_the_engineer_is_reminded_the_day_before_and_in_the_morning(story: Begin) -> None:
    async with story(start=FRIDAY, places=HQ) as desk:
        await booked(desk)
        await desk.at("2026-11-28 16:59")
        desk.nobody_hears_anything()
        await desk.at("2026-11-28 17:00")
        desk.hears("anna", "booking", "Reminder", "Sun 29 Nov, 09:00")
        await desk.restarts()
        await desk.at("2026-11-29 06:59")
        desk.nobody_hears_anything()
        await desk.at("2026-11-29 07:00")
        desk.hears("anna", "booking", "Reminder", "hq")
        await desk.at("2026-11-29 18:00")
        desk.nobody_hears_anything()


async def test_a_fault_of_that_place_runs_in_the_booked_hours(story: Begin) -> None:
    """R2: its hours are working hours there, and only there; after them the clock stands until Monday."""
    async with story(start=FRIDAY, places=HQ) as desk:
        await booked(desk)
        await desk.at("2026-11-29 14:00")
        desk.forget()
        await desk.mail(BOB, "Server down at HQ")
        desk.hears("requester", "confirmation", "Sun 29 Nov, 15:00", "Mon 30 Nov, 10:00")
        assert not desk.sees_card("FD-1").row.silent
        desk.hears("anna", "urgent", "FD-1", "Sun 29 Nov, 14:10")
        desk.nobody_hears_anything()
        await desk.mail(BOB, "Server down at the depot")
        desk.hears("requester", "confirmation", "We are closed")
        desk.forget()
        assert await dues(desk) == {"dispatch": "Sun 14:10", "response": "Sun 15:00", "resolve": "Mon 10:00"}
        assert await dues(desk, 2) == {"dispatch": "Mon 09:10", "response": "Mon 10:00", "resolve": "Mon 14:00"}
        await desk.says("anna", "/why 1 resolve")
        desk.hears("group", "why", "14:00 – 17:00  3 h, counted, booked support", "closed, rest day")
        await desk.at("14:05")
        desk.hears("desk", "alert", "FD-1")
        desk.forget()
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/solve 1 Done.")
        desk.forget()


async def test_what_is_open_is_reckoned_anew_when_support_is_booked_and_called_off(story: Begin) -> None:
    """R20: one fault of Friday evening; the card shows the moved deadline, nobody else hears of it."""
    async with story(start="2026-11-27 17:30", places=HQ) as desk:
        await desk.mail(BOB, "Printer jam at HQ")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 I come.")
        desk.forget()
        await booked(desk)
        desk.sees_card("Sun 29 Nov, 12:30")
        assert (await dues(desk))["resolve"] == "Sun 12:30"
        await desk.says("desk", "/book cancel 1")
        desk.hears("group", "phrase", "Booking 1 is cancelled: Anna", "hq")
        desk.hears("anna", "booking", "No longer booked: hq")
        desk.sees_card("Mon 30 Nov, 13:30")
        await desk.says("desk", "/book")
        desk.hears("group", "bookings", "None.")
        await desk.says("desk", "/book cancel 1")
        desk.hears("group", "phrase", "There is no upcoming booking 1")
        await desk.at("2026-11-29 12:00")
        desk.nobody_hears_anything()


async def test_another_place_goes_by_the_bookings_of_that_place(story: Begin) -> None:
    async with story(start="2026-11-28 10:00", places=HQ) as desk:
        await booked(desk, "2026-11-29 09:00-17:00 HQ anna")
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.says("desk", "/place 1 hq")
        desk.hears("group", "phrase", "Solution: Mon 30 Nov, 14:00 → Sun 29 Nov, 13:00")
        await desk.says("desk", "/place 1 depot")
        assert (await dues(desk))["resolve"] == "Mon 14:00"
        await desk.at("2026-11-29 09:30")
        desk.forget()
        await desk.says("desk", "/place 1 hq")
        desk.hears("anna", "urgent", "FD-1")
        desk.forget()


async def test_the_booked_engineer_is_on_duty_there_whatever_the_shifts_say(story: Begin) -> None:
    """R22: an urgent fault of that place reaches her too; one of elsewhere does not. /who shows her on duty."""
    shifts = [Shift(role="resident", person="ben", days=["sun"]), Shift(role="mobile", person="mo", days=["mon"])]
    places = {
        "hq": {"words": ["HQ"], "immediate_for": ["general"]},
        "lab": {"words": ["lab"], "immediate_for": ["general"]},
    }
    async with story(start=FRIDAY, places=places, shifts=shifts) as desk:
        await booked(desk)
        await desk.at("2026-11-29 10:00")
        desk.forget()
        await desk.says("desk", "/who")
        words = desk.hears("group", "who").words
        assert "🟢 Anna" in words
        assert "⚪ Mo" in words
        await desk.mail(BOB, "Down at HQ")
        desk.hears("anna", "urgent", "FD-1")
        desk.hears("ben", "urgent", "FD-1")
        desk.forget()
        await desk.mail(BOB, "Down at the lab")
        desk.hears("ben", "urgent", "FD-2")
        desk.forget()


async def test_what_cannot_be_booked_is_refused_with_words(story: Begin) -> None:
    away = [Absence(person="ben", since=instant("2026-11-29 00:00"), until=instant("2026-11-30 00:00"))]
    async with story(start=FRIDAY, places=HQ, absences=away) as desk:
        await booked(desk)
        for words, answer in (
            ("2026-11-29 hq ben", "Ben 本 is away from Sun 29 Nov, 00:00"),
            ("2026-11-26 hq anna", "is in the past"),
            ("2026-11-29 moon anna", "There is no place “moon”. Choose from: hq, depot"),
            ("2026-11-29 16:00-20:00 depot anna", "already booked then: number 1, at hq"),
            ("2026-11-29 hq dora", "anna, ben, mo, sam"),
            ("tomorrow hq anna", "I cannot read the date"),
            ("2026-02-30 hq anna", "I cannot read the date"),
            ("2026-12-01..2027-03-01 hq anna", "31 days at most"),
            ("2026-11-29", "Write it like this"),
        ):
            await desk.says("desk", f"/book {words}")
            desk.hears("group", "phrase", answer)
        await desk.says("anna", "/book 2026-11-29 hq anna")
        desk.hears("group", "phrase", "You may not do this")
        await desk.says("desk", "预约 2026-10-01至2026-10-03 hq 安娜")
        desk.forget()


@pytest.mark.parametrize("words", ["2026-12-05..2026-12-06 depot mo", "add 2026-12-05..2026-12-06 depot Mo"])
async def test_several_days_and_the_hours_of_the_office(story: Begin, words: str) -> None:
    async with story(start=FRIDAY, places=HQ, people=[*PEOPLE]) as desk:
        await desk.says("desk", f"/book {words}")
        desk.hears("group", "bookings", "1 · Sat 5 Dec, 09:00 – 18:00 · depot · Mo", "2 · Sun 6 Dec, 09:00 – 18:00")
        desk.hears("mo", "booking", "Sat 5 Dec", "Sun 6 Dec")


async def test_the_digests_mention_what_is_booked(story: Begin) -> None:
    async with story(start=FRIDAY, places=HQ, desk={"digests": True}) as desk:
        await desk.at("17:25")
        desk.forget()
        await booked(desk)
        await desk.at("17:30")
        desk.hears("pm", "digest", "Booked: Anna 安娜 at hq, Sun 29 Nov, 09:00 – 17:00")
        await desk.at("2026-11-30 09:00")
        assert "Booked" not in desk.hears("pm", "digest").words
        desk.forget()


PEOPLE = [
    {"handle": "mo", "name": "Mo", "roles": ["mobile"]},
    {"handle": "desk", "name": "Dora", "roles": ["desk"]},
    {"handle": "pm", "name": "Paul", "roles": ["manager"]},
]
