"""What is no fault: questions, special requests, suggestions, complaints, each with a small flow of its own."""

from collections.abc import Callable
from typing import Any

from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
ADMIN = "li@customer.example"
CUSTOMER: list[dict[str, Any]] = [
    {"key": "acme", "locale": "en", "domains": ["customer.example"], "authorizers": [ADMIN]}
]


async def test_a_question_closes_on_its_answer_without_a_sheet_to_check(story: Begin) -> None:
    """SP-4.5, and what was taken for something else is corrected and taken back."""
    async with story() as desk:
        await desk.mail(BOB, "Question: how do I print on both sides?", "On the big one.")
        desk.hears("requester", "confirmation", "your question has arrived")
        desk.sees_card("question")
        await desk.says("desk", "kind 1 suggestion")
        desk.hears("group", "phrase", "FD-1 is a suggestion now", "no solution")
        desk.hears("pm", "wish", "a user suggests something", "/suggestions")
        desk.sees_card("suggestion")
        assert (await desk.clocks())["resolve"] == "cancelled"
        await desk.says("desk", "undo 1")
        desk.forget()
        assert (await desk.ticket()).kind == "question"
        assert (await desk.clocks())["resolve"] == "running"
        await desk.says("desk", "kind 1 security")
        desk.hears("group", "phrase", "In your private chat: /security FD-1")
        await desk.says("desk", "kind 1")
        which = desk.hears("group", "phrase", "FD-1 is treated as a question")
        assert which.chat is not None
        assert "suggestion" in [one.label for line in which.chat.buttons for one in line]
        await desk.says("desk", "answer 1 Tick the box below the number of copies.")
        answer = desk.hears("requester", "solution", "is answered", "Tick the box")
        desk.forget()
        assert (await desk.ticket()).close_at is not None
        assert "sheet-check" not in await desk.clocks()
        await desk.mail(BOB, "Re: [FD-1] Answered", "And on which side does it begin?", answers=answer)
        desk.forget()
        assert (await desk.clocks())["resolve2"] == "running"


async def test_a_suggestion_is_thanked_for_and_lies_on_the_managers_list(story: Begin) -> None:
    async with story() as desk:
        await desk.mail("李雷 <li@customer.example>", "建议：三楼加一台打印机", "现在要排队。")
        mail = desk.hears("requester", "confirmation", "您的建议已经收到", "列入项目经理的改进清单", "最迟与您联系")
        assert "最迟解决" not in mail.words
        desk.hears("pm", "wish", "a user suggests something", "现在要排队")
        desk.sees_card("suggestion")
        await desk.says("pm", "suggestions", where="pm")
        desk.hears("pm", "ticket_list", "Suggestions (1)", "三楼加一台打印机")
        await desk.says("pm", "solve 1 下季度采购。")
        solution = desk.hears("requester", "solution", "已有答复", "下季度采购")
        desk.forget()
        await desk.mail("李雷 <li@customer.example>", "Re: [FD-1]", "能提前吗？", answers=solution)
        desk.forget()
        clocks = await desk.clocks()
        assert (clocks["resolve"], clocks["response"], "resolve2" in clocks) == ("cancelled", "met", False)


async def test_a_special_request_waits_for_the_customers_administrator(story: Begin) -> None:
    """Each single one, whatever stands for the service item."""
    async with story(customers=CUSTOMER) as desk:
        await desk.says("desk", "authorize acme all until 2027-06-30 Ms Li, letter", where="desk")
        await desk.mail(BOB, "Special request: 16 GB of memory", "For the drawing machine.")
        desk.hears(
            "requester", "confirmation", "your special request has arrived", "ask your administrator to approve it"
        )
        question = desk.hears(
            ADMIN, "authorization_request", "Work on the special request of Bob Miller", "16 GB of memory"
        )
        assert "until" not in question.words.replace("wait for your answer", "")
        desk.sees_card("special request", "waiting for authorisation")
        desk.forget()
        await desk.says("anna", "take 1")
        desk.forget()
        await desk.says("anna", "solve 1 Done.")
        desk.hears("group", "phrase", "authoris")
        desk.forget()
        await desk.mail(f"Li <{ADMIN}>", "Re: [FD-1]", "authorise until 2027-06-30", answers=question)
        desk.hears("engineer", "authorization")
        desk.forget()
        await desk.says("anna", "way 1")
        desk.sees_card()
        desk.forget()


async def test_a_complaint_is_settled_and_its_user_told_what_was_done(story: Begin) -> None:
    """SP-4.4: as a first mail, and on a fault, which goes on."""
    async with story() as desk:
        await desk.mail(BOB, "Complaint: three days without a printer", "Nobody came.")
        mail = desk.hears(
            "requester",
            "confirmation",
            "your complaint has arrived",
            "a person will answer you by Tue 24 Nov, 18:00",
            "We will settle it by:   Mon 30 Nov, 18:00",
            "find out what caused it",
        )
        assert "solve it by" not in mail.words
        assert "assign an engineer" not in mail.words
        assert {"resolve": "cancelled", "dispatch": "cancelled", "response": "running"}.items() <= (
            await desk.clocks()
        ).items()
        desk.forget()
        await desk.mail(BOB, "Re: complaint", "status", answers=mail)
        desk.hears("requester", "wish_answer", "We will settle it by:   Mon 30 Nov, 18:00")
        desk.forget()
        await desk.says("desk", "settle 1 The order was lost at the change of shift; the list is read out now.")
        desk.hears("requester", "settled", "The order was lost", "within 5 working days, and we will reopen it")
        desk.hears("pm", "wish", "the complaint is settled", "The order was lost")
        desk.hears("group", "phrase", "settled, and the ticket with it")
        desk.sees_card("solved")
        clocks = await desk.clocks()
        assert [clocks[name] for name in ("complaint-answer", "complaint-settle", "response")] == ["met"] * 3
        await desk.says("desk", "settle 1 Once more.")
        desk.hears("group", "phrase", "There is no open complaint on FD-1")

        await desk.mail(BOB, "Printer jam", "It jams.")
        desk.forget()
        await desk.says("desk", "kind 2 complaint")
        desk.hears("requester", "wish_answer", "the project manager has been told", "by Tue 24 Nov")
        desk.hears("pm", "wish", "the user complains")
        desk.forget()
        await desk.says("desk", "kind 2 fault")
        desk.forget()
        clocks = await desk.clocks(2)
        assert (clocks["complaint-settle"], clocks["resolve"], clocks["dispatch"]) == (
            "cancelled",
            "running",
            "running",
        )


async def test_a_complaint_that_is_not_settled_is_answered_and_settled_anew(story: Begin) -> None:
    """SP-4.4: by her answer the ticket is open again, the project manager knows, and both times run; so they do once
    she complains again of a fault whose first complaint was settled."""
    async with story() as desk:
        await desk.mail(BOB, "Complaint: three days without a printer", "Nobody came.")
        await desk.says("desk", "settle 1 The order was lost.")
        settled = desk.hears("requester", "settled")
        desk.forget()
        await desk.mail(BOB, "Re: complaint", "That is no answer, it was lost twice.", answers=settled)
        desk.hears("pm", "reopened", "FD-1 is open again")
        desk.forget()
        clocks = await desk.clocks()
        assert (clocks["complaint-answer2"], clocks["complaint-settle2"]) == ("running", "running")
        await desk.says("desk", "reopen 1 undo")
        desk.forget()
        assert (await desk.clocks())["complaint-settle2"] == "cancelled"
        assert (await desk.ticket()).state == "solved"
        await desk.mail(BOB, "Printer jam", "It jams.")
        fault = desk.hears("requester", "confirmation")
        for _ in range(2):
            await desk.mail(BOB, "Re: Printer jam", "complaint: nobody comes", answers=fault)
            await desk.says("desk", "settle 2 Anna comes.")
            desk.forget()
        clocks = await desk.clocks(2)
        assert (clocks["complaint-answer2"], clocks["complaint-settle2"]) == ("met", "met")
        assert clocks["resolve"] == "running"
