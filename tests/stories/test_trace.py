"""`/trace` tells the story of a mail: when it was seen, what it was taken for and by which rule, what was sent."""

from collections.abc import Callable

from sqlalchemy import text

from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"


async def newest_id(desk: Story) -> str:
    asked = text("select message_id from inbox where kind = 'mail' order by id desc limit 1")
    return str(await desk.app.store.read(lambda db: db.execute(asked).scalar_one()))


async def test_the_mails_of_a_ticket_are_told_with_their_rules(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "Jammed.")
        confirmation = desk.hears("requester", "confirmation")
        await desk.passes(1)
        await desk.mail(BOB, "Re: Printer jam", "Now it smokes.", answers=confirmation)
        await desk.passes(1)
        await desk.mail(BOB, "[FD-1] more", "And stinks.")
        desk.forget()
        await desk.says("ben", "/trace FD-1", where="ben")
        said = desk.hears("ben", "trace", "bob@customer.example", "Bob Miller", "opened FD-1", "confirmation to").words
        assert said.count("added to FD-1") == 2
        assert "answers a message that we signed" in said
        assert "number in its subject" in said
        assert said.index("opened FD-1") < said.index("confirmation to") < said.index("signed")


async def test_a_mail_is_found_by_its_id_with_what_it_caused(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "Jammed.")
        first = await newest_id(desk)
        await desk.passes(5)
        await desk.mail(BOB, "No network", "None at all.")
        second = await newest_id(desk)
        desk.forget()
        await desk.says("ben", f"追踪 {second}", where="ben")
        said = desk.hears("ben", "trace", second, "opened FD-2", "confirmation to bob@customer.example").words
        assert "FD-1" not in said
        await desk.says("ben", f"trace {first.strip('<>')}", where="ben")
        assert "opened FD-1" in desk.hears("ben", "trace", first).words


async def test_a_machines_mail_says_why_nobody_answered_it(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Out of office: Printer", "I am away.", headers={"Auto-Submitted": "auto-replied"})
        away = await newest_id(desk)
        await desk.says("ben", f"trace {away}", where="ben")
        desk.hears("ben", "trace", "filed as automatic mail, not answered", "Auto-Submitted: auto-replied")


async def test_a_strangers_answer_and_an_unconfirmed_mail_say_why(story: Begin) -> None:
    async with story(budgets={"confirmations_known_hour": 1}) as desk:
        await desk.mail(BOB, "Printer jam", "Jammed.")
        confirmation = desk.hears("requester", "confirmation")
        await desk.mail("Eve <eve@elsewhere.example>", "Re: Printer jam", "Close it.", answers=confirmation)
        await desk.mail(BOB, "No network", "None at all.")
        desk.forget()
        await desk.says("ben", "/trace FD-1", where="ben")
        desk.hears("ben", "trace", "held for approval on FD-1", "its sender takes no part in the ticket")
        await desk.says("ben", "/trace FD-2", where="ben")
        desk.hears("ben", "trace", "no confirmation was sent: this address has had as many")


async def test_our_own_mail_is_found_by_its_id(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "Jammed.")
        ours = str(desk.hears("requester", "confirmation").row.message_id)
        desk.forget()
        await desk.says("ben", f"trace {ours}", where="ben")
        desk.hears("ben", "trace", ours, "confirmation to bob@customer.example (mail): sent")


async def test_it_is_told_in_private_only_and_an_unknown_id_gets_advice(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "Jammed.")
        desk.forget()
        await desk.says("ben", "trace 1")
        desk.hears("ben", "trace", "opened FD-1")
        await desk.says("ben", "trace <nobody@nowhere.example>")
        desk.hears("group", "phrase", "<nobody@nowhere.example>", "faultdesk inbox")
