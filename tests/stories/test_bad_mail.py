"""Bad mails as people feel them (reliability 3 A): what they hear of one, and above all what they do not."""

import re
from collections.abc import Callable
from email import message_from_bytes

import pytest

from tests.parts.hostile import hostile_mails
from tests.stories.story import MAILBOX, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
EVE = "Eve <eve@elsewhere.example>"
CUSTOMER = {"key": "acme", "domains": ["customer.example"], "locale": "en"}
USUAL = 2**20
HOSTILE = hostile_mails()


async def test_every_hostile_mail_is_a_ticket_and_honest_mail_goes_on(story: Begin) -> None:
    """P4, rows 1 to 13 and 29 to 41: none of them is lost, and none stops what comes after it."""
    small = {name: raw for name, raw in HOSTILE.items() if len(raw) < USUAL}
    assert len(small) > 25
    await hostile_mails_become_tickets(story, small)


@pytest.mark.long
async def test_hostile_mails_of_many_megabytes_are_tickets_too(story: Begin) -> None:
    await hostile_mails_become_tickets(story, {name: raw for name, raw in HOSTILE.items() if len(raw) >= USUAL})


async def hostile_mails_become_tickets(story: Begin, mails: dict[str, bytes]) -> None:
    async with story() as desk:
        for number, (name, raw) in enumerate(mails.items(), 1):
            await desk.raw_mail(raw, f"h{number}@hostile.example")
            assert await desk.ticket(number), name
        desk.forget()
        await desk.mail(BOB, "Printer jam")
        desk.hears("bob@customer.example", "confirmation")
        desk.sees_card()


async def test_an_engineers_address_gives_no_rights(story: Begin) -> None:
    """Row 17: her words in a mail are a fault like any other, never a command."""
    staff = {"handle": "anna", "name": "Anna", "roles": ["resident", "desk", "manager"], "mail": "anna@desk.example"}
    async with story(people=[staff]) as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.mail("anna@desk.example", "/take 1", "/solve 1 done\n/junk 1")
        desk.hears("anna@desk.example", "confirmation", "FD-2")
        desk.sees_card("FD-2")
        assert (await desk.ticket()).state == "new"


async def test_our_own_address_as_sender_starts_nothing(story: Begin) -> None:
    """Row 17: filed, answered by nobody."""
    async with story() as desk:
        await desk.mail("fault@desk.example", "Printer jam", envelope_from="eve@elsewhere.example")
        assert await desk.ticket() is None


@MAILBOX
async def test_a_forged_verdict_of_authenticity_is_not_believed(story: Begin) -> None:
    """Row 18: no server's verdict is configured, so nobody is authenticated, and no words of hers are echoed."""
    async with story(customers=[CUSTOMER]) as desk:
        forged = {"Authentication-Results": "desk.example; dmarc=pass header.from=customer.example"}
        await desk.mail(BOB, "Cheap watches", headers=forged)
        assert "watches" not in desk.hears("requester", "confirmation").words
        desk.sees_card()


async def test_the_confirmation_goes_to_the_sender_and_not_to_reply_to(story: Begin) -> None:
    """Row 19."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", headers={"Reply-To": "victim@elsewhere.example", "Sender": "x@y.example"})
        desk.hears("bob@customer.example", "confirmation")
        desk.sees_card()
        assert (await desk.ticket()).requester_address == "bob@customer.example"


async def test_headers_that_ask_for_power_have_none(story: Begin) -> None:
    """Row 20."""
    async with story() as desk:
        asked = {"X-Faultdesk-Level": "vip", "X-Priority": "1", "X-RT-Queue": "all", "Importance": "high"}
        await desk.mail(BOB, "Printer jam", headers=asked)
        desk.hears("requester", "confirmation")
        desk.sees_card()
        assert (await desk.ticket()).level == "advanced"


@pytest.mark.parametrize("known", [False, True])
async def test_a_ticket_named_without_its_token_is_not_opened_to_her(story: Begin, known: bool) -> None:
    """Row 21: a new ticket, and nothing of FD-1 in the answer, whether the id is forged or his own mail's."""
    async with story() as desk:
        await desk.mail(BOB, "Secret merger", message_id="<his@customer.example>")
        desk.forget()
        named = "<his@customer.example>" if known else f"<fd.1.1.{'a' * 32}@desk.example>"
        await desk.mail(EVE, "Re: printer", "What is this about?", headers={"In-Reply-To": named, "References": named})
        told = desk.hears("eve@elsewhere.example", "confirmation", "FD-2").words
        assert "merger" not in told
        assert "FD-1 " not in told
        desk.sees_card("FD-2")


@pytest.mark.parametrize("date", ["Thu, 1 Jan 1970 00:00:00 +0000", "Fri, 1 Jan 2099 00:00:00 +0000", "soon"])
@MAILBOX
async def test_the_time_of_arrival_counts_whatever_the_date_header_says(story: Begin, date: str) -> None:
    """Row 27."""
    async with story() as desk:
        raw = f"From: {BOB}\nSubject: Printer jam\nDate: {date}\nMessage-ID: <1@customer.example>\n\nJammed.\n"
        await desk.raw_mail(raw.encode(), "bob@customer.example")
        desk.hears("requester", "confirmation", "10:00")
        desk.sees_card()
        assert (await desk.ticket()).opened_at == desk.clock.now()


@MAILBOX
async def test_a_forged_delivery_report_touches_no_ticket(story: Begin) -> None:
    """Row 39."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        ours = desk.hears("requester", "confirmation").mail["Message-ID"]
        forged = re.sub(r"[a-z2-7]{32}(?=@)", "a" * 32, ours)
        assert forged != ours
        desk.forget()
        raw = (
            "From: MAILER-DAEMON@elsewhere.example\nSubject: Undelivered\nContent-Type: multipart/report; "
            "report-type=delivery-status; boundary=b\n\n--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; bob@customer.example\nAction: failed\nStatus: 5.1.1\n"
            f"\n--b\nContent-Type: message/rfc822\n\nMessage-ID: {forged}\n\n--b--\n"
        )
        await desk.raw_mail(raw.encode(), "")
        assert (await desk.ticket()).state == "new"
        assert await desk.ticket(2) is None


async def test_two_desks_do_not_answer_each_other(story: Begin) -> None:
    """Row 40: what another Faultdesk would send to our confirmation, and our own coming back, ends here."""
    async with story() as desk:
        await desk.mail("fault@other.example", "Printer jam")
        ours = desk.hears("fault@other.example", "confirmation")
        desk.sees_card()
        await desk.raw_mail(ours.raw, "fault@other.example")
        theirs = message_from_bytes(ours.raw)
        for name, value in {
            "From": "fault@other.example", "Message-ID": "<theirs@other.example>", "In-Reply-To": ours.mail["Message-ID"],
        }.items():  # fmt: skip
            theirs.replace_header(name, value) if name in theirs else theirs.add_header(name, value)
        await desk.raw_mail(theirs.as_bytes(), "fault@other.example")
        assert await desk.ticket(2) is None


@pytest.mark.parametrize("subject", ["=?utf-8?q?hi=0d=0aBcc:_eve@elsewhere.example?=", "=?utf-8?q?a=E2=80=A8b=0Bc?="])
async def test_a_subject_adds_no_header_to_our_answer(story: Begin, subject: str) -> None:
    """Row 41, in trial mode, where subjects are echoed."""
    async with story() as desk:
        raw = f"From: {BOB}\nSubject: {subject}\nMessage-ID: <1@customer.example>\n\nJammed.\n"
        await desk.raw_mail(raw.encode(), "bob@customer.example")
        mail = desk.hears("requester", "confirmation").mail
        assert mail["Bcc"] is None
        assert mail["To"] == BOB
        desk.sees_card()


async def test_what_a_service_mails_to_a_tickets_address_is_relayed_to_nobody(story: Begin) -> None:
    """Row 47, the ticket trick: a stranger registers somewhere with our address and waits for the code."""
    async with story() as desk:
        await desk.mail(EVE, "Printer jam")
        confirmation = desk.hears("requester", "confirmation")
        desk.forget()
        await desk.mail("no-reply@service.example", "[FD-1] Verify your e-mail", "Your code: 123456")
        desk.sees_card("FD-2")
        await desk.mail("accounts@service.example", "Your code", "Code: 123456", answers=confirmation)
        assert "123456" not in desk.hears("desk", "held", "FD-1").words


@pytest.mark.parametrize(
    "sender", ["bob@sub.customer.example", "bob@customer.example.evil.example", "bob@xcustomer.example"]
)
async def test_a_domain_that_only_looks_like_the_customers_is_not_his(story: Begin, sender: str) -> None:
    """Row 48: such a sender has a stranger's budget."""
    async with story(customers=[CUSTOMER]) as desk:
        for number in range(2):
            await desk.mail(sender, f"Fault {number}")
        desk.hears(sender, "confirmation", "FD-1")  # and not a second one within ten minutes
        desk.sees_card("FD-1 ")
        desk.sees_card("FD-2 ")


async def test_a_flood_of_tickets_gives_no_flood_of_cards(story: Begin) -> None:
    """Reliability 2.5, 3 A 49: the desk hears of them in one message; all are confirmed, and a card comes with the first act."""
    async with story(budgets={"cards_hour": 3}) as desk:
        for number in range(1, 4):
            await desk.mail(f"U{number} <u{number}@customer.example>", f"Fault {number}")
            desk.sees_card(f"FD-{number}")
        desk.forget()
        for number in range(4, 7):
            await desk.mail(f"U{number} <u{number}@customer.example>", f"Fault {number}")
            desk.hears(f"u{number}@customer.example", "confirmation", f"FD-{number}")
        desk.nobody_hears_anything()
        await desk.says("anna", "/take 5")
        desk.sees_card("FD-5")
        desk.forget()
        await desk.passes(2)
        desk.hears("desk", "flood", "3 new tickets have no card", "FD-4 to FD-6")
        desk.nobody_hears_anything()
        await desk.passes(60)
        desk.forget()
        await desk.mail("U7 <u7@customer.example>", "Fault 7")
        desk.sees_card("FD-7")
        desk.forget()
