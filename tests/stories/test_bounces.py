"""Mails of ours that come back or are late: told to the right people, once, and never answered (P5, reliability 2.5)."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from bot.domain.verp import return_path
from tests.stories.story import MAILBOX, Heard, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
REPORT = """From: MAILER-DAEMON@mx.customer.example
To: fault@desk.example
Subject: {subject}
Message-ID: <{id}@mx.customer.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

I am sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; bob@customer.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {reason}
--b
Content-Type: message/rfc822

{original}
--b--
"""
FAILED = {"action": "failed", "status": "5.1.1", "reason": "550 5.1.1 User unknown", "subject": "Undelivered Mail"}
LATE = {"action": "delayed", "status": "4.4.1", "reason": "connection refused", "subject": "Delayed Mail"}
DONE = {"action": "delivered", "status": "2.0.0", "reason": "250 OK", "subject": "Successful Mail Delivery Report"}


async def comes_back(desk: Story, mail: Heard, report: dict[str, str], number: int = 1) -> None:
    """A mail server reports on a mail of ours."""
    raw = REPORT.format(id=f"{report['action']}.{number}", original=mail.raw.decode(), **report)
    await desk.raw_mail(raw.encode(), "")


async def outcomes(desk: Story) -> list[tuple[Any, ...]]:
    rows = text("select outcome, ticket_id from inbox order by id")
    return await desk.app.store.read(lambda db: [tuple(row) for row in db.execute(rows)])


@MAILBOX
async def test_a_mail_that_comes_back_is_a_dead_letter(story: Begin) -> None:
    """The ticket has a note, the desk is told once, nobody is answered, nothing is opened."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        desk.sees_card()
        confirmation = desk.hears("requester", "confirmation")
        await comes_back(desk, confirmation, FAILED)
        desk.hears("desk", "undelivered", "confirmation", "FD-1", "550 5.1.1 User unknown")
        await comes_back(desk, confirmation, FAILED, number=2)
        assert await outcomes(desk) == [("ticket", 1), ("bounce", 1), ("bounce", 1)]
        await desk.says("desk", "/ticket 1", where="desk")
        desk.hears("desk", "details", "The confirmation mail could not be delivered", "mail not delivered")


@MAILBOX
async def test_a_mail_that_is_late_is_told_without_a_sound_and_then_with_one(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        desk.sees_card()
        confirmation = desk.hears("requester", "confirmation")
        await comes_back(desk, confirmation, LATE)
        assert desk.hears("desk", "delayed", "FD-1", "4.4.1 connection refused").row.silent
        await desk.says("desk", "/ticket 1", where="desk")
        assert "could not be delivered" not in desk.hears("desk", "details", "mail delayed").words
        await comes_back(desk, confirmation, FAILED)
        assert not desk.hears("desk", "undelivered", "FD-1").row.silent


async def test_a_report_of_success_and_one_of_a_foreign_mail_change_nothing(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        desk.sees_card()
        confirmation = desk.hears("requester", "confirmation")
        await comes_back(desk, confirmation, DONE)
        raw = confirmation.raw.replace(b"Message-ID: <fd.", b"Message-ID: <fe.")
        await comes_back(desk, Heard(confirmation.row, "", "", raw), FAILED)
        desk.nobody_hears_anything()
        assert await outcomes(desk) == [("ticket", 1), ("bounce", 1), ("bounce", None)]


@MAILBOX
async def test_a_bounce_that_only_quotes_the_mail_is_understood_too(story: Begin) -> None:
    """qmail, QQ and 163 send no machine-readable part."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        desk.sees_card()
        confirmation = desk.hears("requester", "confirmation")
        words = f"Hi. This is the qmail-send program.\n\n> Message-ID: {confirmation.mail['Message-ID']}\n"
        await desk.mail("MAILER-DAEMON@mx.customer.example", "failure notice", words, envelope_from="")
        desk.hears("desk", "undelivered", "FD-1", "failure notice")


@MAILBOX
async def test_a_warning_that_comes_back_by_mail_reaches_the_desk(story: Begin) -> None:
    """P9: the project manager's address is wrong, and mail was his last way."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.at("09:23")  # nobody acknowledged the warning of 09:08
        warning = desk.hears("pm@example.com", "alert")
        desk.forget()
        await comes_back(desk, warning, FAILED)
        desk.hears("desk", "undelivered", "FD-1")


async def test_the_word_about_a_dead_letter_never_makes_another_one(story: Begin) -> None:
    people = [
        {"handle": "anna", "roles": ["resident"]},
        {"handle": "dora", "roles": ["desk"], "mail": "dora@example.com"},
        {"handle": "pm", "roles": ["manager"]},
    ]
    async with story(people=people) as desk:
        prefer_mail = text("update contact set id = id + 1000 where channel = 'console' and value = 'dora'")
        await desk.app.store.write(lambda db: db.execute(prefer_mail))
        await desk.mail(BOB, "Printer jam")
        desk.sees_card()
        await comes_back(desk, desk.hears("requester", "confirmation"), FAILED)
        told = desk.hears("dora@example.com", "undelivered", "FD-1")
        await comes_back(desk, told, FAILED, number=2)
        again = desk.hears("dora", "undelivered", "FD-1")
        assert again.chat, "her other way"
        desk.nobody_hears_anything()


async def test_a_bounce_that_quotes_nothing_is_known_by_the_return_path_of_its_mail(story: Begin) -> None:
    """And who has made up such a path changes nothing."""
    async with story(mail={"bounce_address": "fault@desk.example"}) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.sees_card()
        told = desk.hears("requester", "confirmation")
        path = return_path(desk.app.house.secret, "fault@desk.example", told.row.id)
        report = "From: MAILER-DAEMON@mx.customer.example\nTo: {}\nSubject: failure notice\nMessage-ID: <{}@x>\n\n{}\n"
        words = "Hi. This is the qmail-send program.\n<bob@customer.example>:\nUser unknown."
        await desk.raw_mail(report.format(path.replace("+b", "+b1"), 1, words).encode(), "")
        desk.nobody_hears_anything()
        await desk.raw_mail(report.format(path, 2, words).encode(), "")
        desk.hears("desk", "undelivered", "FD-1")
        assert [one for one, _ in await outcomes(desk)] == ["ticket", "bounce", "bounce"]
        await desk.says("anna", "/take 1", where="anna")
        path = return_path(desk.app.house.secret, "fault@desk.example", desk.hears("requester", "assigned").row.id)
        desk.forget()
        await desk.raw_mail(report.format(path, 3, words).encode(), "")
        desk.hears("desk", "undelivered", "FD-1")
        desk.hears("anna", "undelivered", "FD-1")  # she works for whoever does not hear


@MAILBOX
async def test_a_ticket_whose_solution_did_not_reach_its_user_says_so(story: Begin) -> None:
    """Its silence would confirm what it never read."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/solve 1 New roller.")
        solution = desk.hears("requester", "solution")
        desk.forget()
        await comes_back(desk, solution, FAILED)
        desk.hears("desk", "undelivered", "FD-1", "solution")
        desk.hears("anna", "undelivered", "FD-1")
        assert "solution mail not delivered" in desk.sees_card("solved").words
        await desk.says("desk", "/reopen 1")
        assert "not delivered" not in desk.sees_card("in progress").words
        await desk.says("anna", "/solve 1 Paper, too.")
        assert "not delivered" not in desk.sees_card("solved").words
        desk.forget()


@MAILBOX
async def test_who_never_got_the_solution_does_not_confirm_it_by_silence(story: Begin) -> None:
    """P5, SP-4.2: neither the solution nor the sheet reached her, so she is called; a sheet that does is a solution told."""
    async with story() as desk:
        for number, gets_the_sheet in ((1, False), (2, True)):
            await desk.mail(BOB, f"Printer jam {number}")
            await desk.says("anna", f"/take {number}")
            await desk.says("anna", f"/solve {number} New roller.")
            await comes_back(desk, desk.hears("requester", "solution"), FAILED, number * 2)
            await desk.says("desk", f"/check {number} ok")
            sheet = desk.hears("requester", "sheet")
            if not gets_the_sheet:
                await comes_back(desk, sheet, FAILED, number * 2 + 1)
        desk.forget()
        await desk.at("2026-12-01 09:00")
        closed = text("select ticket_id from event where kind = 'closed' order by ticket_id")
        silent = text("select ticket_id from event where kind = 'confirmed'")
        rows = await desk.app.store.read(lambda db: [list(db.execute(one).scalars()) for one in (closed, silent)])
        assert rows == [[1, 2], [2]]
        desk.forget()


@MAILBOX
async def test_an_answer_that_comes_back_was_no_response_and_a_question_no_wait(story: Begin) -> None:
    """R5, R14: the user never got it, so the response is due again, and what has come of its ladder is told, late."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/wait 1 Which printer is it?")
        question = desk.hears("requester", "question")
        assert (await desk.clocks())["response"] == "met"
        await desk.at("09:40")
        desk.forget()
        await comes_back(desk, question, FAILED)
        clocks = await desk.clocks()
        assert (clocks["response"], clocks["resolve"]) == ("running", "running")
        desk.hears("desk", "undelivered", "FD-1", "not count as a response: the clock runs again", "/called FD-1")
        desk.hears("anna", "undelivered", "FD-1", "not count as a response: the clock runs again")
        desk.sees_card("in progress")
        desk.hears("anna", "alert", "response", "half of the time", "Due Mon 23 Nov, 10:00", "This alert is late")
        await comes_back(desk, question, FAILED, number=2)
        desk.nobody_hears_anything()
        await desk.says("anna", "/reply 1 I come.")
        reply = desk.hears("requester", "reply")
        await desk.says("anna", "/arrived 1")
        desk.forget()
        await comes_back(desk, reply, FAILED, number=3)
        assert (await desk.clocks())["response"] == "met", "she has been there meanwhile"
        await desk.mail(BOB, "Scanner dead")
        await desk.says("anna", "/reply 2 Which one?")
        reply = desk.hears("requester", "reply")
        await desk.mail(BOB, "Re: [FD-2] Scanner dead", "The left one.", answers=reply)
        desk.forget()
        await comes_back(desk, reply, FAILED, number=4)
        assert (await desk.clocks(2))["response"] == "met", "who answers has read it: another of the address has not"
        assert "not count as a response" not in desk.hears("desk", "undelivered", "FD-2").words
        desk.forget()
