"""The ladder: engineer, desk and project manager are warned before a deadline lapses, each once, at the exact instant."""

from collections.abc import Callable

import pytest

from tests.stories.story import OUTSIDE, TELEGRAM, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"


async def reported(desk: Story, text: str = "Printer jam") -> None:
    await desk.mail(BOB, text)
    desk.hears("requester", "confirmation")
    desk.sees_card()


@OUTSIDE
async def test_a_neglected_fault_climbs_from_the_desk_to_the_project_manager(story: Begin) -> None:
    """SP-3.3, SP-3.10, R7: dispatch 10 min: W50 at 5, W80 at 8, breach at 10, repeated at 40, 70, 100 (R10)."""
    async with story() as desk:
        await reported(desk)
        await desk.at("09:04")
        desk.nobody_hears_anything()
        await desk.at("09:05")
        desk.hears("desk", "alert", "FD-1", "09:10")
        await desk.at("09:08")
        desk.hears("pm", "alert", "FD-1")
        assert "due Mon 23 Nov, 09:10 · 2 min of working time left at 09:08" in desk.renewed[-1].words
        await desk.at("09:10")
        desk.hears("pm", "alert", "FD-1")
        desk.hears("sam", "alert", "FD-1")
        assert "overdue" in desk.renewed[-1].words
        assert len(desk.renewed) == 3
        await desk.at("09:29")
        desk.hears("pm@example.com", "alert", "FD-1")  # the warning unseen for 15 minutes (decisions, Sending)
        for instant in ("09:30", "09:40"):  # half of the response time is gone; then the breach is repeated
            await desk.at(instant)
        desk.hears("desk", "alert")
        desk.hears("pm", "alert")
        desk.hears("sam", "alert")


async def test_taking_it_ends_the_dispatch_ladder(story: Begin) -> None:
    """R4, R5: satisfied at or before due is met, and the event comes before the alerts of its instant."""
    async with story() as desk:
        await reported(desk)
        await desk.at("09:04")
        await desk.says("anna", "/take 1")
        assert (await desk.clocks())["dispatch"] == "met"
        desk.forget()
        await desk.at("09:29")
        desk.nobody_hears_anything()


@OUTSIDE
async def test_response_and_resolve_warn_engineer_desk_and_manager_in_turn(story: Begin) -> None:
    """SP-2.2, R7, R8: response 60 min: 09:30 E, 09:45 E+D, 09:54 PM, 10:00 PM+SM and the requester (SP-3.9)."""
    async with story() as desk:
        await reported(desk)
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.at("09:30")
        desk.hears("anna", "alert", "FD-1", "10:00")
        await desk.at("09:45")
        desk.hears("anna", "alert")
        desk.hears("desk", "alert")
        await desk.at("09:54")
        desk.hears("pm", "alert")
        await desk.says("pm", "/ack 1")
        desk.hears("group", "phrase")
        await desk.at("10:00")
        desk.hears("pm", "alert")
        desk.hears("sam", "alert")
        desk.hears("requester", "breach", "FD-1", "Our promise for the solution stands: Mon 23 Nov, 14:00")
        desk.sees_card()
        await desk.says("pm", "/ack 1")
        desk.hears("group", "phrase")
        await desk.at("10:01")
        await desk.says("anna", "/reply 1 I am very sorry, I come at once.")
        desk.hears("requester", "reply")
        desk.hears("group", "phrase")
        assert (await desk.clocks())["response"] == "late"
        await desk.at("11:00")  # half of the 4 hours to the solution
        desk.hears("anna", "alert", "14:00")
        await desk.at("12:30")
        desk.hears("anna", "alert", "14:00")  # 75 % is at 12:00, when lunch begins
        desk.hears("desk", "alert", "14:00")
        await desk.at("13:35")
        desk.nobody_hears_anything()
        await desk.at("13:36")
        desk.hears("pm", "alert", "14:00")


async def test_lunch_evening_and_weekend_do_not_count(story: Begin) -> None:
    """R2, R3: a fault of Friday 17:30 with 4 h to the solution: 30 min on Friday, 3 h on Monday morning: 12:00."""
    async with story(start="2026-11-20 17:30") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation", "Mon 23 Nov, 09:30", "Mon 23 Nov, 13:30")
        desk.sees_card()
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.at("2026-11-23 08:59")
        assert [one.row.event for one in desk._unheard] == ["alarm"]  # half of the response time: Friday 18:00
        desk.hears("anna", "alert")
        await desk.at("2026-11-23 09:15")
        desk.hears("anna", "alert")
        desk.hears("desk", "alert")


async def test_a_make_up_saturday_is_a_working_day_and_a_holiday_is_none(story: Begin) -> None:
    """SP-2.6: 2026-10-10 is a worked Saturday after the National Day week (2026-10-01 to 07)."""
    async with story(start="2026-10-10 09:00") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation", "Sat 10 Oct, 10:00")
        assert not desk.sees_card().row.silent
        desk.forget()
    async with Story(desk.folder.with_name("holiday"), start="2026-09-30 17:30") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation", "Thu 8 Oct, 09:30")
        desk.forget()


@OUTSIDE
async def test_after_an_outage_only_the_highest_rung_is_told_and_marked_late(story: Begin) -> None:
    """R14: W50, W80 and the breach of dispatch, W50 and W75 of response lapsed while nobody was there."""
    async with story() as desk:
        await reported(desk)
        await desk.restarts(after_minutes=47)
        manager = desk.hears("pm", "alert", "FD-1")
        assert "late" in manager.words.lower() or "47" in manager.words or "37" in manager.words
        desk.hears("sam", "alert", "FD-1")
        desk.hears("desk", "alert", "FD-1")
        desk.nobody_hears_anything()


@TELEGRAM
async def test_alerts_to_one_person_at_one_instant_travel_as_one_message(story: Begin) -> None:
    """SP-3.10, R16, P8: the first ten by due time, the count, and all of them in a file."""
    async with story() as desk:
        for number in range(15):
            await desk.mail(f"user{number}@customer.example", f"Fault {number}")
        desk.forget()
        await desk.at("09:05")
        digest = desk.hears("desk", "alert", "FD-1", "FD-10", "15")
        assert "FD-11" not in digest.words
        assert digest.chat is not None
        listed = digest.chat.files[0].data.decode()
        assert all(f"FD-{number}" in listed for number in range(1, 16))
        desk.nobody_hears_anything()


@TELEGRAM
async def test_an_abnormal_event_reaches_the_project_manager_at_once(story: Begin) -> None:
    """SP-3.7, R12: notice at 0, again at 10 minutes, the senior engineer at 16; informed when acknowledged."""
    async with story() as desk:
        await reported(desk)
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.says("anna", "/escalate 1 Smoke from the power supply.")
        desk.hears("pm", "alert", "FD-1", "Why: Smoke from the power supply.")
        desk.hears("group", "phrase")
        desk.sees_card()
        await desk.passes(10)
        desk.hears("pm", "alert")
        await desk.passes(6)
        desk.hears("sam", "alert")
        await desk.says("pm", "/ack 1")
        desk.hears("group", "phrase")
        desk.forget()
        await desk.passes(10)
        desk.nobody_hears_anything()
        assert (await desk.clocks())["abnormal"] == "met"
        await desk.says("anna", "/slip 1 The part comes on Friday.")
        desk.hears("pm", "alert", "FD-1", "It cannot be solved in time: The part comes on Friday.")
        desk.hears("group", "phrase", "The promise stands unless it is extended")
        desk.sees_card()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("/escalate 1 technical The array rebuilds and fails again.", "as technical"),
        ("升级 1 技术：阵列反复重建失败", "as technical"),
    ],
)
async def test_a_technical_event_reaches_the_senior_engineer_in_the_same_instant(
    story: Begin, words: str, answer: str
) -> None:
    """SP-3.7, R12: both at 0, the project manager at 10, the senior engineer at 16, both at 20 minutes."""
    async with story() as desk:
        await reported(desk)
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 I am on it.")
        desk.forget()
        await desk.says("anna", words)
        for who in ("pm", "sam"):
            desk.hears(who, "alert", "FD-1", "technical abnormal event")
        desk.hears("group", "phrase", answer)
        desk.sees_card()
        await desk.says("sam", "/ack 1")
        desk.hears("group", "phrase")
        await desk.passes(10)
        desk.hears("pm", "alert")  # that the senior engineer knows is not enough
        await desk.passes(5)
        desk.hears("pm@example.com", "alert")  # nor does it spare him the other way
        await desk.passes(1)
        desk.hears("sam", "alert")
        await desk.passes(4)
        desk.hears("pm", "alert")
        desk.hears("sam", "alert")
        await desk.says("pm", "/ack 1")
        desk.hears("group", "phrase")
        desk.forget()
        await desk.passes(40)
        desk.nobody_hears_anything()
        assert (await desk.clocks())["abnormal"] == "met"  # at its last instant (R4)


async def test_what_is_technical_needs_a_reason_too(story: Begin) -> None:
    async with story() as desk:
        await reported(desk)
        for words in ("/escalate 1 technical", "升级 1 技术：", "/escalate 1"):
            await desk.says("anna", words)
            desk.hears("group", "phrase", "/escalate <ticket> [technical] <why>")
        await desk.says("pm", "/escalate 1 技术员没来")  # no word of its own: not marked
        desk.hears("pm", "alert", "abnormal event")
        desk.hears("group", "phrase", "If it is technical")
        desk.sees_card()


@TELEGRAM
async def test_an_acknowledged_breach_is_not_repeated(story: Begin) -> None:
    """R9, R10."""
    async with story() as desk:
        await reported(desk)
        await desk.at("09:10")
        desk.forget()
        await desk.says("pm", "/ack 1")
        desk.forget()
        await desk.at("09:29")
        desk.nobody_hears_anything()
        await desk.at("09:44")
        desk.hears("desk", "alert")  # half of the response time: an acknowledgment stops repeats only
        desk.nobody_hears_anything()


@pytest.mark.parametrize(("place", "words"), [("hq", "HQ building, room 12")])
async def test_an_immediate_place_is_served_round_the_clock(story: Begin, place: str, words: str) -> None:
    """SP-2.5, SP-2.7: everybody on duty is pinged, response 5 min and dispatch run at night."""
    places = {place: {"words": ["HQ building"], "immediate_for": ["general"]}}
    async with story(start="2026-11-21 22:00", places=places) as desk:
        await desk.mail(BOB, "No network", words)
        desk.hears("requester", "confirmation", "22:05")
        assert not desk.sees_card().row.silent
        for handle in ("anna", "ben", "mo"):
            desk.hears(handle, "urgent", "FD-1")
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.passes(5)
        desk.hears("pm", "alert", "FD-1")
        desk.forget()
