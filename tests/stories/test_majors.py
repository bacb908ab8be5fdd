"""Major events and their emergency plans: declared or flagged, followed step by step, reported when over (SP-4.7)."""

from collections.abc import Callable
from typing import Any

from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
STEPS = ["Desk: call the carrier", "Manager: tell the IT department"]
PLANS = [{"key": "network", "name": "No network", "when": "a whole floor is cut off", "steps": STEPS}]
CUSTOMER: list[dict[str, Any]] = [
    {"key": "acme", "locale": "en", "domains": ["customer.example"], "it_department": ["it@customer.example"]}
]


async def test_a_major_event_with_its_plan_until_its_report(story: Begin) -> None:
    """SP-4.7, SP-8.3."""
    async with story(plans=PLANS, customers=CUSTOMER) as desk:
        await desk.mail(BOB, "Nothing works", "All of floor 3.")
        await desk.says("anna", "take 1")
        desk.forget()
        await desk.says("desk", "major 1 The core switch of the head office burns")
        desk.hears("group", "phrase", "FD-1 is a major event now", "IT department have", "/plan FD-1")
        desk.hears("pm", "major", "is a major event: declared", "The core switch")
        notice = desk.hears("it@customer.example", "major_notice", "Since Mon 23 Nov, 09:00 we have been treating")
        assert "The core switch of the head office burns" in notice.words
        desk.sees_card("major event")
        await desk.says("desk", "major 1 Again")
        desk.hears("group", "phrase", "is already a major event")

        await desk.says("desk", "plan 1")
        offered = desk.hears("group", "phrase", "Which plan", "No network: a whole floor is cut off")
        await desk.presses("desk", offered, "No network")
        shown = desk.hears("group", "checklist", "0 of 2 done", "☐ 1. Desk: call the carrier")
        desk.hears("pm", "plan", "has begun", "When it applies: a whole floor")
        await desk.says("desk", "plan 1 network")
        desk.hears("group", "phrase", "has a running plan")
        await desk.presses("anna", shown, "✓ 1")
        desk.hears("group", "checklist", "☑ 1. Desk: call the carrier – Anna", "Mon 23 Nov, 09:00", "☐ 2.")
        await desk.says("anna", "done 1 1")
        desk.hears("speaker", "phrase", "already done")
        await desk.says("anna", "完成 1 2")  # which is to solve it
        desk.hears("group", "phrase", "say in words what was done", "/done FD-1 2")
        await desk.says("anna", "ticket 1", where="anna")
        desk.hears("anna", "details", "Major event", "1 of 2 done. Next: Manager: tell", "step of the plan done")
        await desk.says("anna", "done 1 1 undo")
        desk.hears("group", "checklist", "0 of 2 done")
        for step in (1, 2):
            await desk.says("anna", f"done 1 {step}")
            desk.hears("group", "checklist")
        desk.hears("pm", "plan", "has ended, 2 of 2 steps done")
        await desk.says("pm", "board")
        desk.hears("group", "board", "Major events: FD-1")

        await desk.says("anna", "solve 1 New core switch.")
        desk.hears("requester", "solution")
        desk.hears("group", "phrase", "FD-1 is solved")
        desk.hears("pm", "major", "the major event is over", "due by Thu 26 Nov, 18:00")
        desk.hears("it@customer.example", "major_notice", "is over. You will get our report on it by Thu 26 Nov, 18:00")
        desk.sees_card()
        await desk.says("pm", "board")
        desk.hears("group", "board", "Reports on major events are due: FD-1")
        assert (await desk.clocks())["major-report"] == "running"
        await desk.says("pm", "major 1 report IT and management department, by mail")
        desk.hears("group", "phrase", "noted as sent")
        assert (await desk.clocks())["major-report"] == "met"


async def test_rules_flag_major_events_and_a_person_may_say_that_it_is_none(story: Begin) -> None:
    """Many linked tickets, and a VIP's lapsed promise; the IT department hears only what a person has confirmed."""
    async with story(customers=CUSTOMER, desk={"major_children": 2}) as desk:
        for number in (1, 2, 3):
            await desk.mail(f"u{number}@customer.example", "No network")
        await desk.says("desk", "master 1")
        await desk.says("desk", "child 2 of 1")
        desk.forget()
        await desk.says("desk", "child 3 of 1")
        desk.hears("pm", "major", "many users are affected", "2 linked", "/major FD-1 no")
        desk.forget()
        await desk.says("desk", "major 1 no")
        desk.hears("pm", "major", "is not a major event after all, says Dora")
        desk.hears("group", "phrase", "not a major event after all")
        desk.sees_card()
        for words in ("It is one.", "no"):  # whoever says it herself reads the answer, and no message besides
            await desk.says("pm", f"major 1 {words}")
            desk.hears("IT department", "major_notice")
            desk.hears("group", "phrase")
            desk.sees_card()
        desk.nobody_hears_anything()

        await desk.says("desk", "level 2 vip now The director sits there")
        await desk.says("desk", "child 2 undo")
        desk.forget()
        await desk.at("09:59")
        desk.forget()
        await desk.at("10:00")
        desk.hears("pm", "alert", "This makes it a major event", "/major FD-2 no")
        desk.forget()
        await desk.says("pm", "major 2 The director cannot work")
        desk.hears("it@customer.example", "major_notice", "The director cannot work")
        desk.forget()
        await desk.says("pm", "major 2 no")
        desk.hears("it@customer.example", "major_notice", "not a major event after all")
        desk.forget()
