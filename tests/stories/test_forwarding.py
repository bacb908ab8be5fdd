"""Staff passes on a user's mail, and who was in copy of one takes part: nobody is written to whom nobody has confirmed."""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from bot.config import Customer
from storage import people, tickets
from tests.stories.story import Heard, Story

Begin = Callable[..., Story]
BORDER = "mx.desk.example"
PROOF = f"{BORDER}; dmarc=pass header.from=staff.example"
ANNA = "Anna <anna@staff.example>"
STAFF = [
    {"handle": "anna", "name": "Anna", "roles": ["resident"], "mail": "anna@staff.example", "language": "en"},
    {"handle": "ben", "name": "Ben", "roles": ["resident"], "mail": "ben@staff.example", "prefers": "mail"},
    {"handle": "desk", "name": "Dora", "roles": ["desk"], "language": "en"},
    {"handle": "pm", "name": "Paul", "roles": ["manager"], "language": "en"},
]
CUSTOMERS = [
    Customer(key="acme", name="ACME", locale="en", domains=["acme.example"]),
    Customer(key="rival", name="Rival", locale="en", domains=["rival.example"]),
]
INSIDE = """From: Wang Fang <wang@acme.example>
Sent: Monday, November 23, 2026 8:50 AM
To: Anna <anna@staff.example>
Subject: The beamer stays dark

The beamer in room 5 stays dark.
"""


def at_acme(story: Begin, **sections: Any) -> Story:
    return story(people=STAFF, customers=CUSTOMERS, mail={"authserv_id": BORDER}, **sections)


async def forwards(desk: Story, words: str, *, sender: str = ANNA, proof: str = PROOF, **more: Any) -> None:
    headers = {"Authentication-Results": proof} if proof else {}
    headers |= more.pop("headers", {})
    await desk.mail(sender, "FW: The beamer stays dark", words, headers=headers, **more)


async def texts(desk: Story, number: int = 1) -> list[tuple[str, str]]:
    ticket = await desk.ticket(number)
    return await desk.app.store.read(lambda db: [(one.kind, one.text) for one in tickets.entries(db, ticket.id)])


async def test_the_user_is_written_to_once_whoever_forwards_has_confirmed_who_it_is(story: Begin) -> None:
    async with at_acme(story) as desk:
        await forwards(desk, f"/forward\nShe called, too.\n\n-- \nAnna\nACME desk\n\n{INSIDE}")
        question = desk.hears(
            "anna", "forwarded", "Wang Fang · wang@acme.example", "not in the directory, ACME", "FD-1"
        )
        assert "wang" not in desk.sees_card("FD-1").words.lower()
        desk.nobody_hears_anything()  # above all not she
        ticket = await desk.ticket()
        assert (ticket.requester_address, ticket.subject) == ("", "The beamer stays dark")
        assert await texts(desk) == [("mail", "The beamer in room 5 stays dark."), ("note", "She called, too.")]
        await desk.says("ben", "take 1")
        desk.hears("group", "phrase")
        desk.sees_card("Ben")
        desk.hears("ben@staff.example", "assignment", "Wang Fang wang@acme.example")
        await desk.says("anna", "/ticket 1", where="anna")
        desk.hears("anna", "details", "not confirmed yet", "wang@acme.example")
        await desk.presses("anna", question, "That is right", where="anna")
        desk.hears("anna", "phrase", "user of FD-1 is wang@acme.example")
        mail = desk.hears(
            "requester", "confirmation", "Anna has passed your fault report on", "Ben is taking care of it"
        )
        assert mail.to == "wang@acme.example"
        assert "The beamer stays dark" in str(mail.mail["Subject"])
        await desk.mail("Wang Fang <wang@acme.example>", "Re: it", "It is on again, but blue.", answers=mail)
        desk.hears("group", "answer_group")
        desk.hears("ben@staff.example", "answer", "but blue")


async def test_a_wrong_guess_is_corrected_and_nothing_goes_to_the_wrong_one(story: Begin) -> None:
    async with at_acme(story) as desk:
        await forwards(desk, f"转报\n\n{INSIDE}", message_id="<one@staff.example>")
        desk.hears("anna", "forwarded", "wang@acme.example")
        desk.sees_card()
        await forwards(desk, f"转报\n\n{INSIDE}", message_id="<one@staff.example>", headers={"X-List": "a copy"})
        await desk.says("anna", "/requester 1 Li@acme.example Li Lei", where="anna")
        desk.hears("anna", "phrase", "li@acme.example")
        assert desk.hears("requester", "confirmation").to == "li@acme.example"
        assert (await desk.ticket()).requester_name == "Li Lei"
        await desk.says("anna", "/requester 1 wang@acme.example", where="anna")
        desk.hears("anna", "phrase", "already has a user")
        await desk.says("desk", "/requester 1 eve@rival.example", where="desk")
        desk.hears("desk", "phrase", "belongs to Rival")
        await forwards(desk, f"/forward eve@rival.example\n\n{INSIDE}")
        desk.hears("anna", "forwarded", "eve@rival.example", "Rival", "FD-2")  # its group is not this one
        assert (await desk.ticket(2)).customer_id != (await desk.ticket(1)).customer_id
        await desk.says("desk", "/requester 1 fault@desk.example", where="desk")
        desk.hears("desk", "phrase", "our own mailbox")
        await desk.says("desk", "/requester 1 wang@acme.example", where="desk")
        desk.hears("desk", "phrase", "wang@acme.example")
        assert desk.hears("requester", "confirmation").to == "wang@acme.example"


async def test_she_answers_by_mail_and_an_attached_mail_does_as_well(story: Begin) -> None:
    """The one who forwards prefers mail, and attaches what she forwards; the user sits in the directory."""
    async with at_acme(story) as desk:
        await desk.app.store.write(_wang_is_a_vip)
        inner, outer = EmailMessage(), EmailMessage()
        inner["From"], inner["Subject"], inner["Date"] = (
            "Wang Fang <wang@acme.example>",
            "蓝屏",
            "Mon, 23 Nov 2026 08:50:00 +0800",
        )
        inner.set_content("电脑蓝屏了。")
        outer["From"], outer["To"], outer["Subject"] = "Ben <ben@staff.example>", "fault@desk.example", "see inside"
        outer["Authentication-Results"], outer["Message-ID"] = PROOF, "<outer@staff.example>"
        outer.set_content("／forward")
        outer.add_attachment(inner)
        await desk.raw_mail(outer.as_bytes(), "ben@staff.example")
        question = desk.hears("ben@staff.example", "forwarded", "王芳 · wang@acme.example", "in the directory, ACME")
        desk.sees_card("VIP")
        desk.forget()  # whoever is on duty is called, as for any VIP
        await _answers(desk, question, "/requester wang@acme.example")
        desk.hears("ben@staff.example", "phrase", "wang@acme.example")
        desk.hears("requester", "confirmation", "您好，Ben 已将您的报障转给我们", "蓝屏")
        assert await texts(desk) == [("mail", "电脑蓝屏了。")]
        await forwards(
            desk, "/forward\n\n发件人: 王芳\n发送时间: 2026年11月23日 9:00\n收件人: Anna\n主题: 又蓝屏\n\n又来了。"
        )
        desk.hears("anna", "forwarded", "王芳 · wang@acme.example")  # a name alone, and one person who is called so
        desk.forget()


def _wang_is_a_vip(db: Any) -> None:
    from storage.models import contact, person

    acme = next(one.id for one in people.customers(db) if one.key == "acme")
    facts = {"customer_id": acme, "name": "王芳", "vip": True, "language": "zh"}
    [who] = db.execute(person.insert().values(**facts).returning(person.c.id)).one()
    db.execute(contact.insert().values(person_id=who, channel="mail", value="wang@acme.example"))


async def _answers(desk: Story, question: Heard, words: str) -> None:
    headers = {"Authentication-Results": PROOF, "Date": "Mon, 23 Nov 2026 01:00:00 +0000"}
    await desk.mail(
        "Ben <ben@staff.example>", f"Re: {question.mail['Subject']}", words, answers=question, headers=headers
    )


@pytest.mark.parametrize(
    "proof", ["", f"{BORDER}; dmarc=fail header.from=staff.example", "mx.evil.example; dmarc=pass"]
)
async def test_who_is_not_proved_to_be_staff_forwards_nothing(story: Begin, proof: str) -> None:
    """It is a mail like any other: a ticket of whoever wrote it."""
    async with at_acme(story) as desk:
        await forwards(desk, f"/forward\n\n{INSIDE}", proof=proof)
        desk.sees_card()
        assert desk.hears("requester", "confirmation").to == "anna@staff.example"
        assert (await desk.ticket()).requester_address == "anna@staff.example"


async def test_a_requesters_own_forward_and_a_copy_of_ours_are_what_they_are(story: Begin) -> None:
    async with at_acme(story) as desk:
        await forwards(
            desk,
            f"/forward\n\n{INSIDE}",
            sender="Bob <bob@acme.example>",
            proof=f"{BORDER}; dmarc=pass header.from=acme.example",
        )
        assert desk.hears("requester", "confirmation").to == "bob@acme.example"
        desk.sees_card()
        await forwards(desk, "/forward\nThe boss called: no network.")
        desk.hears("anna", "forwarded", "is not clear whose mail it is", "/requester FD-2 ADDRESS")
        desk.sees_card("FD-2")
        await desk.says("anna", "/requester 2", where="anna")
        desk.hears("anna", "phrase", "is not clear who reported")
        await desk.says("desk", "/solve 2 Cable.", where="desk")
        desk.hears("desk", "phrase", "Nobody could be told")
        desk.sees_card("FD-2")
        await desk.says("anna", "/requester 2 boss@acme.example", where="anna")
        desk.hears("anna", "phrase")
        assert desk.hears("requester", "solution", "Cable.").to == "boss@acme.example"
        desk.sees_card("FD-2")


async def test_whose_ticket_was_merged_before_hears_of_the_one_that_goes_on(story: Begin) -> None:
    async with at_acme(story) as desk:
        await desk.mail("Bob <bob@acme.example>", "Beamer", "It is dark.")
        await forwards(desk, f"/forward\n\n{INSIDE}")
        question = desk.hears("anna", "forwarded")
        await desk.says("desk", "/merge 2 into 1", where="desk")
        desk.forget()
        await desk.says("desk", "/requester 2 eve@elsewhere.example", where="desk")
        desk.hears("desk", "phrase", "nothing shows that this address belongs to the same customer")
        await desk.presses("anna", question, "That is right", where="anna")
        desk.hears("anna", "phrase", "wang@acme.example")
        told = desk.hears("requester", "confirmation", "[FD-1]", "Anna has passed your fault report on")
        assert told.to == "wang@acme.example"
        desk.nobody_hears_anything()
        await desk.says("desk", "/reply 1 We come.", where="desk")
        assert {desk.hears("requester", "reply").to for _ in range(2)} == {"bob@acme.example", "wang@acme.example"}
        desk.forget()
        await desk.says("desk", "/merge 2 undo", where="desk")
        desk.hears("wang@acme.example", "unmerged", "FD-2")
        desk.forget()


# ---- who was in copy ----


async def test_who_was_in_copy_takes_part_once_the_desk_says_so(story: Begin) -> None:
    async with at_acme(story) as desk:
        cc = {"Cc": "Ann <ann@acme.example>, eve@elsewhere.example, Anna <anna@staff.example>"}
        await desk.mail("Bob <bob@acme.example>", "No network", "All of us are offline.", headers=cc)
        assert desk.hears("requester", "confirmation").to == "bob@acme.example"
        card = desk.sees_card("2 in copy")
        assert "acme.example" not in card.words
        desk.nobody_hears_anything()
        await desk.presses("desk", card, "In copy")
        asked = desk.hears("desk", "phrase", "Ann <ann@acme.example>", "eve@elsewhere.example", "1 from outside")
        await desk.says("anna", "/cc 1 all")
        desk.hears("speaker", "phrase", "may not")
        await desk.presses("desk", asked, "Ann", where="desk")
        desk.hears("desk", "phrase", "one more person takes part")
        joined = desk.hears("requester", "joined", "in copy of a fault report")
        assert joined.to == "ann@acme.example"
        desk.sees_card("1 in copy")
        await desk.says("desk", "/take 1")
        await desk.says("desk", "/wait 1 Which floor?")
        desk.forget()
        await desk.mail("Ann <ann@acme.example>", "Re: it", "Floor 3.", answers=joined)
        desk.hears("desk", "answer", "Floor 3.", "Ann")
        desk.hears("group", "answer_group")
        desk.sees_card("in progress")
        await desk.mail("Ann <ann@acme.example>", "Re: it", "solved", answers=joined)
        desk.hears("desk", "answer", "solved")  # a word that ends it is the requester's
        desk.hears("group", "answer_group")
        await desk.says("desk", "/reply 1 The switch is back.", where="desk")
        desk.hears("bob@acme.example", "reply")
        desk.hears("ann@acme.example", "reply")
        desk.hears("desk", "phrase")
        await desk.says("desk", "/solve 1 The switch is new.", where="desk")
        assert "1 (bad) to 5" in desk.hears("bob@acme.example", "solution").words
        assert "1 (bad) to 5" not in desk.hears("ann@acme.example", "solution").words
        desk.sees_card("solved")
        desk.hears("desk", "phrase")
        await desk.mail("Ann <ann@acme.example>", "Re: it", "thanks!", answers=joined)
        desk.forget()
        assert (await desk.ticket()).state == "solved"
        await desk.says("desk", "/cc 1 undo ann@acme.example", where="desk")
        desk.hears("desk", "phrase", "no longer takes part")
        await desk.mail("Ann <ann@acme.example>", "Re: it", "Still there?", answers=joined)
        desk.hears("desk", "held")
        await desk.says("desk", "/cc 1 全部", where="desk")
        desk.hears("desk", "phrase", "nothing has changed")  # whoever is left is no one of the customer's
