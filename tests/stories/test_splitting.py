"""Two matters on one ticket: a mail becomes a ticket of its own; and what joins or parts tickets is undone for a day."""

from collections.abc import Callable

from sqlalchemy import text

from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
LI = "Li <li@customer.example>"


async def test_a_mail_that_is_another_matter_becomes_a_ticket_and_goes_back(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "It jams.")
        confirmation = desk.hears("requester", "confirmation")
        await desk.says("anna", "take 1")
        desk.forget()
        await desk.says("desk", "split 1")
        desk.hears("group", "phrase", "has only its first mail")
        await desk.passes(10)
        await desk.mail(BOB, "Re: Printer jam", "By the way, the scanner is dark.", answers=confirmation,
                        files={"scanner.log": b"dark"})  # fmt: skip
        desk.forget()
        await desk.passes(80)
        desk.forget()
        await desk.says("desk", "split 1")
        which = desk.hears("desk", "phrase", "2. Mon 23 Nov, 09:10 Bob Miller: By the way")
        await desk.presses("desk", which, "2", where="desk")
        desk.hears("desk", "phrase", "FD-2 is a separate ticket now", "/undo FD-2")
        mail = desk.hears(
            "requester", "confirmation", "What you wrote about FD-1 is a separate matter", "by: Mon 23 Nov, 10:10"
        )
        assert mail.mail["In-Reply-To"]
        desk.sees_card("FD-2")
        desk.sees_card("FD-1")
        desk.forget()
        await desk.says("desk", "ticket 2", where="desk")
        desk.hears("desk", "details", "scanner is dark", "scanner.log", "split off from another ticket")
        await desk.mail(BOB, "Re: [FD-2]", "It smells, too.", answers=mail)
        desk.forget()
        rows = await desk.app.store.read(
            lambda db: list(db.execute(text("select ticket_id, text from entry order by id")))
        )
        assert [tuple(row) for row in rows if row.text != "It jams."] == [
            (2, "By the way, the scanner is dark."), (2, "It smells, too.")
        ]  # fmt: skip

        await desk.says("anna", "undo 2")
        desk.hears("group", "phrase", "You have nothing to undo")
        await desk.says("desk", "undo 2")
        desk.hears("group", "phrase", "FD-2: your /split was undone")
        desk.hears("requester", "merged", "FD-2")
        desk.forget()
        assert (await desk.ticket(2)).state == "merged"
        await desk.mail(BOB, "Re: [FD-2]", "Which number now?", answers=mail)
        desk.hears("group", "answer_group", "FD-1")
        desk.hears("anna", "answer", "Which number now?")
        desk.nobody_hears_anything()


async def test_what_brings_tickets_together_is_undone_for_a_day(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.mail(LI, "Printer jam again")
        await desk.says("desk", "merge 2 into 1")
        desk.forget()
        await desk.passes(180)
        desk.forget()
        await desk.says("desk", "undo 1")
        desk.hears("group", "phrase", "FD-1: your /merge was undone", "and the users have been told")
        desk.hears("li@customer.example", "unmerged")
        desk.forget()
        assert (await desk.ticket(2)).state == "new"
        await desk.says("desk", "master 1")
        await desk.passes(1)
        await desk.says("desk", "child 2 of 1")
        desk.forget()
        await desk.passes(5)
        await desk.says("desk", "undo 2")
        undone = desk.hears("group", "phrase", "FD-2: your /child was undone", "known outage; to write again: /reply")
        assert "users have been told" not in undone.words
        desk.forget()
        assert (await desk.ticket(2)).master_id is None
        await desk.says("desk", "undo 1")
        desk.hears("group", "phrase", "FD-1: your /master was undone")
        await desk.says("desk", "related 1 2")
        desk.forget()
        await desk.says("desk", "undo 2")
        desk.hears("group", "phrase", "FD-2: your /related was undone")
        desk.forget()
        await desk.says("desk", "merge 2 into 1")
        await desk.passes(1)
        await desk.says("desk", "note 1 One printer.")
        desk.forget()
        await desk.says("desk", "undo 1")
        desk.hears("group", "phrase", "You have nothing to undo")
        await desk.passes(24 * 60)
        desk.forget()
        await desk.says("desk", "undo 2")
        desk.hears("group", "phrase", "You have nothing to undo")
        await desk.says("desk", "merge 2 undo")
        desk.hears("group", "phrase", "is separate again")
        desk.forget()
