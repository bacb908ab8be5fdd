"""Her answers: they land on her ticket, end a wait, reopen what was solved, and nobody else's do."""

from collections.abc import Callable

from storage import tickets
from tests.stories.story import MAILBOX, OUTSIDE, Heard, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
EVE = "Eve <eve@elsewhere.example>"


async def taken(desk: Story) -> Heard:
    """A ticket that Anna has taken; gives its confirmation."""
    await desk.mail(BOB, "Printer jam", "The printer on floor 3 is jammed.")
    confirmation = desk.hears("requester", "confirmation")
    await desk.says("anna", "/take 1")
    desk.forget()
    return confirmation


async def solved(desk: Story) -> Heard:
    await taken(desk)
    await desk.says("anna", "/solve 1 Removed the paper.")
    solution = desk.hears("requester", "solution", "Removed the paper.", "5 working days")
    desk.forget()
    return solution


@OUTSIDE
async def test_her_answer_reaches_the_engineer_in_private_and_the_group_without_its_words(story: Begin) -> None:
    """P17."""
    async with story() as desk:
        confirmation = await taken(desk)
        await desk.mail(
            BOB, "Re: Printer jam", "It is the left one.\n\nOn Mon, fault wrote:\n> old words", answers=confirmation
        )
        heard = desk.hears("anna", "answer", "It is the left one.")
        assert "old words" not in heard.words
        assert "left" not in desk.hears("group", "answer_group", "FD-1").words


@OUTSIDE
async def test_a_question_stops_the_resolve_clock_until_she_answers(story: Begin) -> None:
    """R6, SP-4: 30 open minutes of waiting move the solution from 14:00 to 14:30; response is met by the question."""
    async with story() as desk:
        await taken(desk)
        await desk.at("10:00")
        desk.forget()
        await desk.says("anna", "/wait 1 Which of the two printers?")
        question = desk.hears("requester", "question", "Which of the two printers?")
        desk.sees_card("waiting")
        desk.hears("group", "phrase")
        assert (await desk.clocks())["resolve"] == "paused"
        await desk.at("10:30")
        await desk.mail(BOB, "Re: question", "The left one.", answers=question)
        desk.hears("anna", "answer", "The left one.")
        assert desk.hears("group", "answer_group").row.silent, "who is to read it hears it in private"
        assert "14:30" in desk.sees_card().words
        assert (await desk.ticket()).state == "accepted"


@OUTSIDE
async def test_a_reply_within_the_window_reopens_and_the_gap_does_not_count(story: Begin) -> None:
    """R15: solved at 09:00, reopened at 11:00: due moves from 14:00 to 16:00; response is not armed again."""
    async with story() as desk:
        solution = await solved(desk)
        await desk.at("11:00")
        await desk.mail(BOB, "Re: solved", "It is jammed again.", answers=solution)
        desk.hears("anna", "reopened", "FD-1")
        desk.hears("anna", "answer", "It is jammed again.")
        desk.hears("group", "answer_group")
        assert "16:00" in desk.sees_card().words
        clocks = await desk.clocks()
        assert clocks["resolve2"] == "running"
        assert "response2" not in clocks


async def test_a_wrong_reopening_is_undone_within_a_day_and_the_gap_never_was(story: Begin) -> None:
    """R15: what she asked by the way reopened it; the solution of 09:00 stands, however late the new clock is by then."""
    async with story() as desk:
        solution = await solved(desk)
        before = await desk.ticket()
        await desk.at("17:00")
        await desk.mail(BOB, "Re: solved", "By the way: when does the canteen open?", answers=solution)
        desk.forget()
        await desk.says("anna", "/reply 1 At eleven.", where="anna")
        await desk.at("2026-11-24 15:30")
        assert (await desk.ticket()).state == "accepted"
        desk.forget()
        await desk.says("desk", "/reopen 1 undo", where="desk")
        desk.hears("desk", "phrase", "FD-1 stays solved")
        desk.hears("anna", "taken_back", "stays solved")
        await desk.says("desk", "/undo 1", where="desk")
        desk.hears("desk", "phrase", "You have nothing to undo")
        now = await desk.ticket()
        assert (now.state, now.solved_at, now.close_at) == ("solved", before.solved_at, before.close_at)
        clocks = await desk.clocks()
        assert (clocks["resolve"], clocks["resolve2"]) == ("met", "cancelled"), "though it was late by then"
        desk.forget()
        await desk.at("2026-11-25 09:00")
        desk.forget()
        await desk.says("desk", "/reopen 1 undo", where="desk")
        desk.hears("desk", "phrase", "was not reopened")
        await desk.says("anna", "/reopen 1", where="anna")
        await desk.says("desk", "/assign 1 ben", where="desk")
        desk.forget()
        await desk.says("desk", "/reopen 1 undo", where="desk")
        desk.hears("desk", "phrase", "has been worked on")
        await desk.says("ben", "/solve 1 All is well.", where="ben")
        await desk.says("ben", "/reopen 1", where="ben")
        await desk.at("2026-11-26 09:01")
        desk.forget()
        await desk.says("desk", "/reopen 1 undo", where="desk")
        desk.hears("desk", "phrase", "reopened more than a day ago")


async def test_thanks_do_not_reopen(story: Begin) -> None:
    async with story() as desk:
        solution = await solved(desk)
        await desk.mail(BOB, "Re: solved", "Thank you very much!", answers=solution)
        desk.hears("anna", "answer", "Thank you")
        desk.hears("group", "answer_group")
        assert (await desk.ticket()).state == "solved"


async def test_after_five_working_days_it_closes_and_a_late_reply_opens_a_linked_ticket(story: Begin) -> None:
    async with story() as desk:
        solution = await solved(desk)
        await desk.says("desk", "/check 1 ok")
        desk.forget()
        await desk.at("2026-11-30 18:00")
        desk.sees_card("closed")
        assert (await desk.ticket()).state == "closed"
        await desk.at("2026-12-01 10:00")
        await desk.mail(BOB, "Re: solved", "Jammed again.", answers=solution)
        desk.hears("requester", "confirmation", "FD-2", "FD-1")
        desk.sees_card("FD-2")


@OUTSIDE
async def test_a_strangers_good_token_is_held_until_the_desk_lets_it_in(story: Begin) -> None:
    """P16, reliability 3 A 22."""
    async with story() as desk:
        confirmation = await taken(desk)
        await desk.mail(EVE, "Re: Printer jam", "Please send me all passwords.", answers=confirmation)
        held = desk.hears("desk", "held", "FD-1")
        assert "passwords" not in held.words
        await desk.says("desk", "/approve 1")
        desk.hears("anna", "answer", "passwords")
        desk.hears("group", "answer_group")
        desk.hears("group", "phrase")


@MAILBOX
async def test_a_tag_in_a_strangers_subject_proves_nothing(story: Begin) -> None:
    """Reliability 3 A 23: a new ticket, and she learns nothing of FD-1."""
    async with story() as desk:
        await taken(desk)
        await desk.mail(EVE, "[FD-1] my printer too", "Mine as well.")
        assert "FD-1 " not in desk.hears("requester", "confirmation", "FD-2").words
        desk.sees_card("FD-2")


@MAILBOX
async def test_her_own_mail_without_a_token_is_kept_and_changes_nothing(story: Begin) -> None:
    """Decisions, Threading."""
    async with story() as desk:
        await solved(desk)
        await desk.mail(BOB, "[FD-1] still jammed", "It is still jammed.")
        desk.hears("anna", "answer", "still jammed")
        desk.hears("group", "answer_group")
        assert (await desk.ticket()).state == "solved"


@OUTSIDE
async def test_out_of_office_and_bounces_are_filed_and_answered_by_nobody(story: Begin) -> None:
    """Reliability 2.5: no ticket, no answer, no ping, no reopening."""
    async with story() as desk:
        solution = await solved(desk)
        auto = {"Auto-Submitted": "auto-replied", "Precedence": "bulk"}
        await desk.mail(BOB, "Out of office: Re", "I am on holiday.", answers=solution, headers=auto)
        await desk.mail("MAILER-DAEMON@customer.example", "Undelivered Mail", "…", envelope_from="<>")
        assert (await desk.ticket()).state == "solved"
        assert await desk.ticket(2) is None


@MAILBOX
async def test_list_mail_opens_a_ticket_and_pings_but_gets_no_answer(story: Begin) -> None:
    async with story() as desk:
        await desk.mail("it-list@customer.example", "Switch down", headers={"List-Id": "<it.customer.example>"})
        desk.sees_card("FD-1")


@MAILBOX
async def test_a_monitoring_sender_opens_tickets_without_being_answered(story: Begin) -> None:
    async with story(mail={"monitoring": ["ups@customer.example"]}) as desk:
        await desk.mail("ups@customer.example", "Battery low", headers={"Auto-Submitted": "auto-generated"})
        desk.sees_card("FD-1")


async def test_the_same_mail_a_hundred_times_is_one_ticket(story: Begin) -> None:
    """P2, reliability 3 A 26; the same id with other words is kept (P3)."""
    async with story() as desk:
        for _ in range(100):
            await desk.mail(BOB, "Printer jam", "Jammed.", message_id="<one@customer.example>")
        desk.hears("requester", "confirmation")
        desk.sees_card()
        await desk.mail(EVE, "Printer jam", "Mine.", message_id="<one@customer.example>")
        desk.hears("eve@elsewhere.example", "confirmation", "FD-2")
        desk.sees_card("FD-2")


async def test_strangers_cannot_make_us_send_or_open_without_end(story: Begin) -> None:
    """Decisions, Budgets: one confirmation in ten minutes, twenty tickets an hour, the rest is collected."""
    async with story(customers=[{"key": "acme", "domains": ["customer.example"], "locale": "en"}]) as desk:
        for number in range(23):
            await desk.mail(EVE, f"Buy {number}", f"words {number}")
        desk.hears("requester", "confirmation", "FD-1")
        for number in range(1, 21):
            desk.sees_card(f"FD-{number} ")
        assert await desk.ticket(21) is None
        collected = await desk.app.store.read(lambda db: tickets.entries(db, 20))
        assert [one.text for one in collected] == ["words 19", "words 20", "words 21", "words 22"]
        for number in range(4):
            await desk.mail(BOB, f"Fault {number}", f"real words {number}")
            desk.hears("bob@customer.example", "confirmation")
            desk.sees_card()


async def test_the_desk_reads_what_is_held_and_decides_for_each_sender(story: Begin) -> None:
    """P16: what one stranger may not, another one's approval does not bring along; a colleague of hers may take part."""
    async with story(customers=[{"key": "acme", "domains": ["customer.example"], "locale": "en"}]) as desk:
        confirmation = await taken(desk)
        await desk.mail(EVE, "Re: Printer jam", "Please send me all passwords.", answers=confirmation)
        held = desk.hears("desk", "held", "/approve FD-1 read")
        await desk.mail("Cy <cy@customer.example>", "Re: Printer jam", "It is my printer, too.", answers=confirmation)
        desk.hears("desk", "held")
        await desk.says("anna", "/ticket 1", where="anna")
        desk.hears("anna", "details", "Held for the desk: 2 mails from others")
        await desk.presses("desk", held, "Read it", where="desk")
        shown = desk.hears(
            "desk", "held_mails", "eve@elsewhere.example", "│ Please send me all", "│ It is my printer, too."
        )
        for which in ("", " 1234567@qq.example"):  # of two people: which? None of hers is held
            await desk.says("desk", f"/approve 1{which}")
            assert "passwords" in desk.hears("desk", "held_mails").words
        desk.forget()
        await desk.presses("desk", shown, "✓ cy@customer.example", where="desk")
        approved = desk.hears("desk", "phrase", "Approved: 1 mail", "✚ lets its sender take part")
        desk.hears("anna", "answer", "It is my printer, too.", "not verified")
        desk.hears("group", "answer_group")
        await desk.presses("desk", shown, "✗ eve@elsewhere.example", where="desk")
        desk.hears("desk", "phrase", "Left out: 1 mail")
        await desk.says("desk", "/approve 1", where="desk")
        desk.hears("desk", "phrase", "No mail for FD-1 is waiting")
        desk.nobody_hears_anything()
        await desk.presses("desk", approved, "✚", where="desk")
        joined = desk.hears("cy@customer.example", "joined")
        desk.forget()
        await desk.mail("Cy <cy@customer.example>", "Re: Printer jam", "Any help?", answers=joined)
        desk.hears("anna", "answer", "Any help?")
        desk.hears("group", "answer_group")


async def test_the_desk_is_reminded_in_the_morning_of_what_is_still_held(story: Begin) -> None:
    async with story(desk={"digests": True}) as desk:
        await desk.at("17:00")
        confirmation = await taken(desk)
        await desk.mail(EVE, "Re: Printer jam", "Mine, too.", answers=confirmation)
        await desk.says("anna", "/wait 1 Which one?", where="anna")
        await desk.at("2026-11-24 08:55")
        desk.forget()
        await desk.at("2026-11-24 09:00")
        desk.hears("desk", "desk_work", "FD-1: 1 mail from others held: /approve FD-1 read")
        desk.forget()
