"""Quiet hours: from 22:00 to 07:00 the early warnings of long round-the-clock promises wait; nothing else does (R17)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.desk.forecast import forecast
from tests.stories.story import SHANGHAI, Story, instant

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ROUND_THE_CLOCK = {"office": {"country": "", "weekly": {day: [["00:00", "24:00"]] for day in WEEK}}}
EVENING = "2026-11-23 20:00"


def hours(amount: float) -> dict[str, Any]:
    """Levels that promise a solution in so many hours."""
    return {name: {"response": 60, "resolve": amount * 60} for name in ("standard", "advanced", "vip")}


async def answered(desk: Story) -> None:
    """Bob's fault, taken and answered at once: only the solution's clock runs."""
    await desk.mail(BOB, "Printer jam")
    await desk.says("anna", "/take 1")
    await desk.says("anna", "/reply 1 I come.")
    desk.forget()


async def test_early_warnings_wait_for_the_morning_and_the_highest_is_told(story: Begin) -> None:
    """20 hours from 20:00: W50 at 06:00, W75 at 11:00: the first is told at 07:00, and not as late."""
    async with story(start=EVENING, calendars=ROUND_THE_CLOCK, levels=hours(20)) as desk:
        await answered(desk)
        await desk.at("2026-11-24 06:59")
        desk.nobody_hears_anything()
        await desk.at("2026-11-24 07:00")
        assert "late" not in desk.hears("anna", "alert", "half of the time", "16:00").words
        desk.nobody_hears_anything()
        await desk.at("2026-11-24 11:00")
        desk.hears("anna", "alert", "75%")
        desk.hears("desk", "alert", "75%")


async def test_of_two_held_warnings_the_higher_is_told_although_the_manager_has_been_woken(story: Begin) -> None:
    """12 hours from 20:00: W50 at 02:00 and W75 at 05:00 wait; W90 at 06:48 rings."""
    async with story(start=EVENING, calendars=ROUND_THE_CLOCK, levels=hours(12)) as desk:
        await answered(desk)
        await desk.at("2026-11-24 06:47")
        desk.nobody_hears_anything()
        await desk.at("2026-11-24 06:48")
        desk.hears("pm", "alert", "08:00")
        await desk.at("2026-11-24 07:00")
        desk.hears("anna", "alert", "75%")
        desk.hears("desk", "alert", "75%")
        desk.nobody_hears_anything()
        await desk.says("anna", "/solve 1 Paper out.")
        desk.forget()


async def test_what_is_no_longer_true_is_dropped(story: Begin) -> None:
    """8 hours from 20:00: breached at 04:00, after which nobody is told in the morning that half of the time is gone."""
    async with story(start=EVENING, calendars=ROUND_THE_CLOCK, levels=hours(8)) as desk:
        await answered(desk)
        await desk.at("2026-11-24 03:11")
        desk.nobody_hears_anything()
        await desk.at("2026-11-24 03:12")
        desk.hears("pm", "alert")
        await desk.says("pm", "/ack 1")
        await desk.at("2026-11-24 04:00")
        desk.hears("requester", "breach")
        await desk.says("pm", "/ack 1")
        desk.forget()
        await desk.at("2026-11-24 08:00")
        desk.nobody_hears_anything()


async def test_what_was_done_at_night_is_not_warned_of_in_the_morning(story: Begin) -> None:
    async with story(start=EVENING, calendars=ROUND_THE_CLOCK, levels=hours(20)) as desk:
        await answered(desk)
        await desk.at("2026-11-24 06:30")
        await desk.says("anna", "/solve 1 Paper out.")
        desk.forget()
        await desk.at("2026-11-24 08:00")
        desk.nobody_hears_anything()


async def test_a_restart_at_night_changes_nothing(story: Begin) -> None:
    async with story(start=EVENING, calendars=ROUND_THE_CLOCK, levels=hours(20)) as desk:
        await answered(desk)
        await desk.at("2026-11-24 06:10")
        await desk.restarts(after_minutes=20)
        await desk.passes(10)
        desk.nobody_hears_anything()
        await desk.at("2026-11-24 07:00")
        desk.hears("anna", "alert", "half of the time")


async def test_a_night_shift_is_no_quiet_time(story: Begin) -> None:
    """The office is open from 20:00 to 08:00: whoever works then is told then. 6 hours: W50 at 23:00."""
    calendars = {"office": {"country": "", "weekly": {day: [["20:00", "08:00"]] for day in WEEK}}}
    async with story(start=EVENING, calendars=calendars, levels=hours(6)) as desk:
        await answered(desk)
        await desk.at("23:00")
        desk.hears("anna", "alert")


async def test_short_promises_ring_at_night(story: Begin) -> None:
    """The dispatch of 10 minutes: nothing that is short is held."""
    async with story(start="2026-11-23 23:00", calendars=ROUND_THE_CLOCK, levels=hours(20)) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.at("23:05")
        desk.hears("desk", "alert")


async def test_what_is_held_is_forecast_for_the_morning(story: Begin) -> None:
    async with story(start=EVENING, calendars=ROUND_THE_CLOCK, levels=hours(12)) as desk:
        await answered(desk)
        ahead = await desk.app.store.read(lambda db: forecast(desk.app.work(db), instant("2026-11-24 08:00")))
        told = [
            (f"{datetime.fromisoformat(one['at']).astimezone(SHANGHAI):%H:%M}", one["rung"])
            for one in ahead
            if not one["unacknowledged"]
        ]
        assert told == [("06:48", "W90"), ("07:00", "W75"), ("08:00", "BREACH")]
