"""Staff give commands by mail: she answers a mail that was sent to her, and whoever cannot prove to be her gives none."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.parsing.html import html_to_text
from channels.base import ChannelError
from storage import tickets
from storage.models import inbox
from tests.stories.story import MAILBOX, Heard, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
ANNA = "Anna <anna@staff.example>"
EVE = "Eve <eve@elsewhere.example>"
BORDER = "mx.desk.example"
PROOF = f"{BORDER}; spf=pass smtp.mailfrom=anna@staff.example; dmarc=pass (p=none) header.from=staff.example"
STAFF = [
    {"handle": "anna", "name": "Anna", "roles": ["resident"], "mail": "Anna@Staff.example", "prefers": "mail"},
    {"handle": "ben", "name": "Ben", "roles": ["resident"], "mail": "ben@staff.example", "prefers": "mail"},
    {"handle": "desk", "name": "Dora", "roles": ["desk"]},
    {"handle": "pm", "name": "Paul", "roles": ["manager"], "mail": "pm@staff.example"},
]


@pytest.fixture
def desk_by_mail(story: Begin) -> Begin:
    """A desk whose engineers are reached by mail, behind a mail server that checks DMARC."""

    def begin(**sections: Any) -> Story:
        people = [{**one, "language": sections.pop("language", "en")} for one in STAFF]
        return story(people=people, mail={"authserv_id": BORDER, **sections.pop("mail", {})}, **sections)

    return begin


async def assigned(desk: Story, who: str = "anna", number: int = 1) -> Heard:
    """A ticket that the desk has given her; gives the mail that told her."""
    await desk.mail(BOB, "Printer jam", "The printer on floor 3 is jammed.")
    await desk.says("desk", f"/assign {number} {who}")
    mail = desk.hears(f"{who}@staff.example", "assignment", f"FD-{number}")
    desk.forget()
    return mail


async def answers(desk: Story, mail: Heard, words: str, **more: Any) -> None:
    """She answers a mail of ours; the border has put its header on top."""
    sender, proof = more.pop("sender", ANNA), more.pop("proof", PROOF)
    headers = {"Date": "Mon, 23 Nov 2026 01:00:00 +0000", **more.pop("headers", {})}
    if proof:
        headers = {"Authentication-Results": proof, **headers}
    text = f"{words}\n\nOn Mon, 23 Nov 2026, Faultdesk wrote:\n> /take 99\n"
    await desk.mail(sender, f"Re: {mail.mail['Subject']}", text, answers=mail, headers=headers, **more)


async def outcomes(desk: Story) -> list[str]:
    rows = select(inbox.c.outcome).where(inbox.c.kind == "mail").order_by(inbox.c.id)
    return await desk.app.store.read(lambda db: list(db.execute(rows).scalars()))


async def is_held(desk: Story) -> None:
    """The mail was a mail like any other: the desk is asked, nobody is answered, nothing has changed."""
    desk.hears("desk", "held", "FD-1")
    desk.nobody_hears_anything()
    assert (await outcomes(desk))[-1] == "held"
    assert (await desk.ticket()).state == "dispatched"


# ---- what she can do ----


@MAILBOX
async def test_she_takes_a_ticket_and_the_answer_is_a_mail_in_the_thread(desk_by_mail: Begin) -> None:
    async with desk_by_mail() as desk:
        mail = await assigned(desk)
        assert "Please confirm: /take FD-1" in mail.words  # a mail has no buttons
        await answers(desk, mail, "/take 1")
        heard = desk.hears("anna@staff.example", "phrase", "FD-1 is yours", "> /take 1")
        desk.sees_card("Anna")
        ticket = await desk.ticket()
        assert (ticket.state, (await outcomes(desk))[-1]) == ("accepted", "command")
        answer = heard.mail
        assert answer["Auto-Submitted"] == "auto-replied"
        assert answer["Subject"] == f"Re: {mail.mail['Subject']}"
        assert answer["In-Reply-To"] in answer["References"]
        assert mail.mail["Message-ID"] in answer["References"]
        html = answer.get_body(("html",))
        assert html is not None
        assert "FD-1 is yours" in html_to_text(html.get_content())


async def test_who_takes_what_was_nobodys_gets_one_mail(desk_by_mail: Begin) -> None:
    """All about the ticket, in the thread; a short "is yours" beside it would be a second one."""
    async with desk_by_mail() as desk:
        mail = await assigned(desk)
        await desk.mail(BOB, "Mouse", "The mouse is dead.")
        desk.forget()
        await answers(desk, mail, "/take 2")
        heard = desk.hears("anna@staff.example", "assignment", "FD-2 is yours", "The mouse is dead.").mail
        assert heard["In-Reply-To"] in heard["References"]
        assert mail.mail["Message-ID"] in heard["References"]
        desk.hears("requester", "assigned")
        desk.sees_card("FD-2")
        desk.nobody_hears_anything()


@MAILBOX
async def test_the_words_below_the_command_belong_to_it(desk_by_mail: Begin) -> None:
    """And the answer to an answer is a command about the same ticket, without its number."""
    async with desk_by_mail() as desk:
        await answers(desk, await assigned(desk), "/take")
        answer = desk.hears("anna@staff.example", "phrase")
        desk.forget()
        await answers(desk, answer, "/solve\n\nThe paper is removed.\nThe roller is new.")
        desk.hears("anna@staff.example", "phrase", "FD-1 is solved")
        solution = desk.hears("requester", "solution", "The paper is removed.", "The roller is new.")
        assert "/take 99" not in solution.words
        assert "Faultdesk wrote" not in solution.words
        desk.sees_card("solved")


async def test_chinese_names_and_her_language(desk_by_mail: Begin) -> None:
    async with desk_by_mail(language="zh") as desk:
        mail = await assigned(desk)
        await answers(desk, mail, "接单 １")
        answer = desk.hears("anna@staff.example", "phrase", "FD-1", "直接回复本邮件")
        desk.sees_card("Anna")
        await answers(desk, answer, "解决 1\n\n换了搓纸轮。")
        desk.hears("anna@staff.example", "phrase", "FD-1")
        desk.hears("requester", "solution", "换了搓纸轮。")
        desk.sees_card("solved")


async def test_lists_details_and_help_come_by_mail(desk_by_mail: Begin) -> None:
    async with desk_by_mail() as desk:
        mail = await assigned(desk)
        await answers(desk, mail, "/mine")
        desk.hears("anna@staff.example", "ticket_list", "FD-1 Printer jam")
        await answers(desk, mail, "/ticket")
        desk.hears("anna@staff.example", "details", "bob@customer.example", "floor 3")
        await answers(desk, mail, "help")
        desk.hears("anna@staff.example", "help", "/solve <ticket>")


async def test_choices_are_words_to_write(desk_by_mail: Begin) -> None:
    """The manager prefers chat; an unseen warning reaches him by mail, and he answers that."""
    async with desk_by_mail() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.at("09:24")
        mail = desk.hears("pm@staff.example", "alert", "FD-1")
        desk.forget()
        await answers(desk, mail, "/assign", sender="pm@staff.example")
        desk.hears("pm@staff.example", "proposals", "Who should take FD-1?", "Anna: /assign 1 anna")
        await answers(desk, mail, "/assign 1 anna\n\n-- \nPaul\nManager", sender="pm@staff.example")
        desk.hears("pm@staff.example", "phrase", "FD-1 is assigned to Anna")
        desk.hears("anna@staff.example", "assignment")
        desk.hears("requester", "assigned")
        desk.sees_card("Anna")


async def test_what_a_user_asks_for_is_news_to_her_not_thanks(desk_by_mail: Begin) -> None:
    """The subject is hers to read: "your question has arrived" is what the user reads. Why he urges may be said."""
    async with desk_by_mail() as desk:
        await desk.mail(BOB, "Printer jam", "The printer on floor 3 is jammed.")
        confirmation = desk.hears("requester", "confirmation")
        await desk.says("desk", "/assign 1 anna")
        desk.forget()
        await desk.mail(BOB, "Re: Printer jam", "Urgent, the board meets at three.", answers=confirmation)
        heard = desk.hears("anna@staff.example", "wish", "the user is waiting", "the board meets at three")
        assert heard.mail["Subject"] == "[FD-1] The user is waiting"
        desk.hears("requester", "wish_answer", "Anna has been told that you are waiting")
        desk.nobody_hears_anything()


# ---- what is refused ----


async def test_a_refusal_says_why_and_leaves_nothing_behind(desk_by_mail: Begin) -> None:
    async with desk_by_mail() as desk:
        mail = await assigned(desk)
        await assigned(desk, "ben", 2)
        await answers(desk, mail, "/solve 2 Removed the paper.")
        desk.hears("anna@staff.example", "phrase", "not yours", "> /solve 2")
        await answers(desk, mail, "/assign 1 ben")
        desk.hears("anna@staff.example", "phrase", "You may not")
        await answers(desk, mail, "/tkae 1")
        desk.hears("anna@staff.example", "phrase", "Did you mean /take?")
        await answers(desk, mail, "/solve")
        desk.hears("anna@staff.example", "phrase", "add the words", "/solve <ticket>")
        await answers(desk, mail, "/reopen 1 It is still jammed.")
        desk.hears("anna@staff.example", "phrase", "not possible now")
        assert (await outcomes(desk))[-5:] == ["refused"] * 5
        kept = await desk.app.store.read(lambda db: [one.text.strip() for one in tickets.entries(db, 1)])
        assert kept == ["The printer on floor 3 is jammed."]


async def test_files_are_not_lost_in_silence(desk_by_mail: Begin) -> None:
    async with desk_by_mail() as desk:
        await answers(desk, await assigned(desk), "/note It looks like this.", files={"photo.jpg": b"\xff\xd8\xff"})
        desk.hears("anna@staff.example", "phrase", "Noted on FD-1", "The file in your mail did not go on the ticket")


async def test_other_words_of_hers_are_held_as_before(desk_by_mail: Begin) -> None:
    async with desk_by_mail() as desk:
        mail = await assigned(desk)
        for words in (
            "I am on it.\n/take 1",
            "take care",
            "wait 5 minutes",
            "/etc/hosts is wrong",
            "Help me\n\nwith it",
        ):
            await answers(desk, mail, words)
            await is_held(desk)


async def test_the_desk_hears_of_a_held_mail_that_bears_its_own_name(story: Begin) -> None:
    """It is no command, and who wrote it is not proved: else nobody might ever hear that it waits."""
    people = [{**one, "mail": one.get("mail", "desk@staff.example"), "language": "en"} for one in STAFF]
    async with story(people=people, mail={"authserv_id": BORDER}) as desk:
        mail = await assigned(desk)
        for proof in ("", PROOF):
            await answers(desk, mail, "/solve 1 Done.", sender="desk@staff.example", proof=proof)
            await is_held(desk)


# ---- who is not she ----


@pytest.mark.parametrize(
    "proof",
    [
        "",
        f"{BORDER}; dmarc=fail header.from=staff.example",
        f"{BORDER}; dmarc=none header.from=staff.example",
        f"{BORDER}; dmarc=pass header.from=elsewhere.example",
        f"{BORDER}; spf=pass smtp.mailfrom=anna@staff.example; dkim=pass header.d=staff.example",
        "mx.elsewhere.example; dmarc=pass header.from=staff.example",
        f"{BORDER}; dmarc=pass header.from=staff.example; x=({'a' * 9000})",
    ],
)
async def test_without_the_borders_proof_it_is_a_mail_like_any_other(desk_by_mail: Begin, proof: str) -> None:
    """Reliability 3 A 17."""
    async with desk_by_mail() as desk:
        await answers(desk, await assigned(desk), "/take 1", proof=proof)
        await is_held(desk)


ENCODED = "=?utf-8?q?=22=3B_dmarc=3Dpass_header.from=3Dstaff.example_?="
FORGED = {
    "below the border's own": f"Authentication-Results: {BORDER}; dmarc=fail header.from=staff.example\r\n"
    f"Authentication-Results: {PROOF}\r\nFrom: {ANNA}\r\n",
    "in an encoded word": f'Authentication-Results: {BORDER}; spf=fail smtp.mailfrom="{ENCODED}\r\nFrom: {ANNA}\r\n',
    "with two From headers": f"Authentication-Results: {PROOF}\r\nFrom: {ANNA}\r\nFrom: {EVE}\r\n",
    "with another From": f"Authentication-Results: {PROOF}\r\nFrom: anna@staff.example <{EVE[5:-1]}>\r\n",
}


@pytest.mark.parametrize("how", FORGED)
async def test_a_forged_proof_counts_for_nothing(desk_by_mail: Begin, how: str) -> None:
    """Reliability 3 A 14, 15, 18."""
    async with desk_by_mail() as desk:
        mail = await assigned(desk)
        forged = (
            f"{FORGED[how]}To: fault@desk.example\r\nSubject: x\r\nMessage-ID: <forged@elsewhere.example>\r\n"
            f"In-Reply-To: {mail.mail['Message-ID']}\r\n\r\n/take 1\r\n"
        )
        await desk.raw_mail(forged.encode(), "eve@elsewhere.example")
        await is_held(desk)


async def test_nobody_is_known_where_no_border_is_configured(desk_by_mail: Begin) -> None:
    async with desk_by_mail(mail={"authserv_id": ""}) as desk:
        await answers(desk, await assigned(desk), "/take 1")
        await is_held(desk)
        await answers(desk, await assigned(desk, number=2), "/take 2", proof="; dmarc=pass header.from=staff.example")
        desk.hears("desk", "held")


async def test_the_token_of_another_persons_mail_does_not_speak_for_her(desk_by_mail: Begin) -> None:
    """Neither her colleague's nor the requester's, though both are signed by us."""
    async with desk_by_mail() as desk:
        await answers(desk, await assigned(desk), "/take 1", sender="ben@staff.example")
        await is_held(desk)
        await desk.mail(BOB, "Mouse", "The mouse is dead.")
        confirmation = desk.hears("requester", "confirmation", "FD-2")
        desk.forget()
        await answers(desk, confirmation, "/take 2")
        desk.hears("desk", "held", "FD-2")
        assert (await desk.ticket(2)).state == "new"


async def test_what_she_reports_herself_is_answered_as_a_requester(desk_by_mail: Begin) -> None:
    """Her confirmation is no message to staff: what she answers to it is a comment, whatever its first word."""
    async with desk_by_mail() as desk:
        await desk.mail(ANNA, "Printer jam", "Mine is jammed too.")
        confirmation = desk.hears("requester", "confirmation")
        desk.forget()
        await answers(desk, confirmation, "/junk 1")
        desk.hears("desk", "answer", "/junk 1")
        desk.hears("group", "answer_group")
        assert (await outcomes(desk))[-1] == "comment"


async def test_a_tag_or_a_made_up_id_is_no_token(desk_by_mail: Begin) -> None:
    async with desk_by_mail() as desk:
        await assigned(desk)
        await desk.mail(ANNA, "Re: [FD-1] For you", "/take 1", headers={"Authentication-Results": PROOF})
        desk.hears("anna@staff.example", "confirmation", "FD-2")
        desk.sees_card("FD-2")
        assert (await desk.ticket()).state == "dispatched"


async def test_a_stranger_gives_no_commands(desk_by_mail: Begin) -> None:
    """Not with her own DMARC pass and a good token: the answer would tell a forger what he did wrong."""
    proof = f"{BORDER}; dmarc=pass header.from=elsewhere.example"
    async with desk_by_mail() as desk:
        await answers(desk, await assigned(desk), "/take 1", sender=EVE, proof=proof)
        await is_held(desk)


async def test_who_has_left_gives_no_commands(desk_by_mail: Begin) -> None:
    async with desk_by_mail() as desk:
        mail = await assigned(desk)
        left = [one for one in desk.settings.people if one.handle != "anna"]
        desk.settings = desk.settings.model_copy(update={"people": left})
        await desk.restarts()
        desk.forget()
        await answers(desk, mail, "/take 1")
        await is_held(desk)


# ---- once, and never in circles ----


@MAILBOX
async def test_a_command_is_carried_out_once(desk_by_mail: Begin) -> None:
    """The same bytes, and a replay with other headers that no signature covers, do nothing more."""
    async with desk_by_mail() as desk:
        mail = await assigned(desk)
        await answers(desk, mail, "/note Toner is low.", message_id="<n@staff.example>")
        desk.hears("anna@staff.example", "phrase", "Noted on FD-1")
        await answers(desk, mail, "/note Toner is low.", message_id="<n@staff.example>")
        replayed = {"X-Replayed": "yes"}
        await answers(desk, mail, "/note Toner is low.", message_id="<n@staff.example>", headers=replayed)
        await answers(desk, mail, "/note Toner is low.", message_id="<m@elsewhere.example>", headers=replayed)
        desk.nobody_hears_anything()
        notes = await desk.app.store.read(lambda db: [one for one in tickets.entries(db, 1) if one.kind == "note"])
        assert len(notes) == 1
        assert (await outcomes(desk))[1:] == ["command", "duplicate", "duplicate"]
        later = {"Date": "Mon, 23 Nov 2026 02:00:00 +0000"}
        await answers(desk, mail, "/note Toner is low.", headers=later)
        desk.hears("anna@staff.example", "phrase", "Noted on FD-1")


@MAILBOX
async def test_her_vacation_reply_is_no_command(desk_by_mail: Begin) -> None:
    """Nor is what a list or another machine sends on."""
    async with desk_by_mail() as desk:
        mail = await assigned(desk)
        await answers(desk, mail, "/take 1", headers={"Auto-Submitted": "auto-replied"})
        await answers(desk, mail, "/take 1", envelope_from="<>")
        desk.nobody_hears_anything()
        assert (await outcomes(desk))[1:] == ["automatic", "automatic"]
        await answers(desk, mail, "/take 1", headers={"List-Id": "<all.staff.example>"})
        await is_held(desk)


async def test_an_answer_that_may_be_lost_is_sent_again_with_the_same_bytes(desk_by_mail: Begin) -> None:
    """P6: in a chat it is not repeated, since two of them would be seen; a mail's copy is known by its id."""
    async with desk_by_mail() as desk:
        mail = await assigned(desk)
        desk.mails.fail(ChannelError("timed out after the dot", unsent=False), delivered=True)
        await answers(desk, mail, "/mine")
        first = desk.hears("anna@staff.example", "ticket_list")
        await desk.passes(2)
        assert desk.hears("anna@staff.example", "ticket_list").raw == first.raw


async def test_a_chats_answer_that_goes_by_mail_can_be_read(desk_by_mail: Begin) -> None:
    """P9: her chat is dead, so what it would have said reaches her by the other way."""
    async with desk_by_mail() as desk:
        desk.chats.fail(ChannelError("403 kicked", code="403", permanent=True))
        await desk.says("pm", "/whoami", where="pm")
        heard = desk.hears("pm@staff.example", "whoami", "The answer to your command", "You are Paul")
        assert heard.mail["Auto-Submitted"] == "auto-replied"


async def test_answers_have_a_budget(desk_by_mail: Begin) -> None:
    """A machine of hers that answers each answer gets no more of them; her commands are still carried out."""
    async with desk_by_mail(budgets={"confirmations_known_hour": 3}) as desk:
        mail = await assigned(desk)
        for number in range(3):
            await answers(desk, mail, f"/note Try no. {number}")
            desk.hears("anna@staff.example", "phrase")
        await answers(desk, mail, "/take 1")
        desk.sees_card("Anna")
        desk.nobody_hears_anything()
        assert (await desk.ticket()).state == "accepted"
        await desk.passes(timedelta(minutes=61).total_seconds() / 60)
        desk.forget()
        await answers(desk, mail, "/mine")
        desk.hears("anna@staff.example", "ticket_list")


async def test_a_mail_about_several_tickets_stands_for_none_of_them(desk_by_mail: Begin) -> None:
    async with desk_by_mail() as desk:
        await assigned(desk)
        await assigned(desk, number=2)
        await desk.at("09:24")
        mail = desk.hears("anna@staff.example", "alert", "FD-1", "FD-2")
        desk.forget()
        await answers(desk, mail, "/take")
        desk.hears("anna@staff.example", "phrase", "which ticket")
        await answers(desk, mail, "/take 2")
        desk.hears("anna@staff.example", "phrase", "FD-2 is yours")
        desk.sees_card("FD-2")
