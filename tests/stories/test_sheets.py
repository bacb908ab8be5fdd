"""The service sheet: filled by words while the work happens, checked by the desk, sent to the user (SP-3.8, SP-4.1)."""

from collections.abc import Callable

from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"


async def test_a_sheet_is_filled_returned_completed_checked_and_sent(story: Begin) -> None:
    """SP-2.8, SP-3.8, SP-4.1: what is missing is said at each step; the user gets the PDF once; silence confirms at closing."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "The printer on floor 3 jams.\n#set page(fill: red) $x$ *bold*")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/arrived 1")
        await desk.says("anna", "/used 1 roller RM2-5452")
        await desk.says("anna", "/solve 1 Roller replaced.")
        desk.hears("bob@customer.example", "solution", "counts as confirmed")
        desk.forget()
        await desk.says("anna", "/check 1 ok")
        desk.hears("speaker", "phrase", "may not do this")
        await desk.says("desk", "/check")
        desk.hears("desk", "desk_work", "1 service sheet to check", "FD-1 · Anna", "lacks cause (/cause)")
        await desk.says("desk", "/check 1 return Why did it jam?")
        desk.hears("speaker", "phrase", "returned")
        told = desk.hears("engineer", "sheet_returned", "Why did it jam?", "cause (/cause)")
        assert (await desk.clocks())["sheet-check"] == "met"
        await desk.says("anna", "/cause 1 moon dust")
        desk.hears("speaker", "phrase", "no cause “moon”")
        await desk.says("anna", "/cause 1")
        asked = desk.hears("speaker", "phrase", "What was the cause")
        await desk.presses("anna", asked, "hardware")
        assert "lacks" not in desk.hears("speaker", "phrase", "cause noted (hardware)").words
        await desk.says("anna", "/mode 1 onsite vehicle")
        desk.hears("speaker", "phrase", "on site, with a vehicle")
        await desk.presses("anna", told, "Hand in", where="anna")
        desk.forget()
        assert (await desk.clocks())["sheet-check2"] == "running"
        await desk.says("desk", "/check 1 ok", where="desk")
        desk.hears("speaker", "phrase", "accepted", "Mon 30 Nov")
        sheet = desk.hears("bob@customer.example", "sheet", "roller RM2-5452", "Roller replaced.", "by silence from")
        (file,) = sheet.mail.iter_attachments()
        assert (file.get_filename(), file.get_content()[:5]) == ("FD-1.pdf", b"%PDF-")
        await desk.says("anna", "/sheet 1")
        desk.hears("anna", "sheet", "checked and accepted")
        await desk.at("2026-12-01 09:00")
        desk.sees_card("closed")
        assert (await desk.ticket()).state == "closed"
        await desk.says("anna", "/sheet 1")
        shown = desk.hears("anna", "sheet", "checked and accepted")
        assert shown.chat is not None
        assert [one.media_type for one in shown.chat.files] == ["application/pdf"]


async def test_users_confirm_rate_and_are_called_back(story: Begin) -> None:
    """SP-4.2: a bad rating is told and called about, unrated ones are called; figures with n, and no data is no data."""
    async with story(desk={"digests": True, "callback_sample": 100}) as desk:
        for number, subject in enumerate(("Printer jam", "Screen dark", "No network"), start=1):
            await desk.mail(BOB, subject)
            await desk.says("anna", f"/take {number}")
        await desk.says("desk", "/satisfaction", where="desk")
        none = desk.hears("speaker", "satisfaction", "VIP: no data (0 solved, none answered) · target 100 %")
        assert [line.partition(":")[0] for line in none.words.splitlines()[1:]] == [
            "Standard",
            "Advanced",
            "VIP",
            "All",
        ]
        for number in (1, 2, 3):
            await desk.says("anna", f"/solve {number} Done.")
        solved = [desk.hears("bob@customer.example", "solution") for _ in range(3)]
        desk.forget()
        await desk.mail(BOB, "Re: [FD-1]", "2\nStill slow.", answers=solved[0])
        for who in ("desk", "pm"):
            desk.hears(who, "wish", "rates it 2 of 5", "Still slow.", "/callback FD-1 4")
        desk.hears("bob@customer.example", "wish_answer", "2 of 5")
        await desk.mail(BOB, "Re: [FD-2]", "solved", answers=solved[1])
        desk.hears("bob@customer.example", "wish_answer", "noted as solved")
        assert (await desk.ticket(2)).state == "solved"
        await desk.mail(BOB, "Re: [FD-2]", "5", answers=solved[1])
        desk.hears("bob@customer.example", "wish_answer", "5 of 5")
        for number in (1, 2, 3):
            await desk.says("desk", f"/check {number} ok", where="desk")
        desk.hears("speaker", "phrase", "Accepted without", "cause (/cause)")
        desk.forget()
        await desk.at("2026-11-24 09:00")
        desk.hears("desk", "desk_work", "0 service sheets to check, 1 user to call", "FD-1 · rated low (2 of 5)")
        await desk.says("desk", "/callback 1 unreached", where="desk")
        desk.hears("speaker", "phrase", "comes back on the next working day")
        await desk.says("desk", "/callback 1 4 It is fast again", where="desk")
        desk.hears("speaker", "phrase", "rating 4 of 5")
        await desk.at("2026-12-01 09:00")
        desk.forget()
        await desk.says("desk", "/callback", where="desk")
        desk.hears("speaker", "desk_work", "2 users to call", "FD-2 · sample (5 of 5)", "FD-3 · not rated")
        await desk.says("desk", "/callback 3 1 Never again", where="desk")
        desk.hears("pm", "wish", "rates it 1 of 5")
        desk.hears("speaker", "phrase", "rating 1 of 5")
        await desk.says("desk", "/satisfaction 2026-11", where="desk")
        desk.hears(
            "speaker",
            "satisfaction",
            "Advanced: 33.3 % satisfied (1 of n = 3 answers; 100.0 % of 3",
            "target 95 % 🔴",
            "Call-backs: 2 of 3 made, 1 to make: /callback · sample: 1 of 1 satisfied",
        )


async def test_one_survey_a_ticket_and_again_only_after_a_reopening(story: Begin) -> None:
    """SP-4.2: neither the checked sheet, nor silence, nor a second rating asks once more; the last rating counts."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        for days, words in ((2, "Roller replaced."), (8, "The other roller, too.")):
            desk.forget()
            await desk.says("anna", f"/solve 1 {words}")
            solution = desk.hears("requester", "solution", words, "How was it? Reply with a number")
            await desk.says("anna", "/sheet 1")
            assert "Rating" not in desk.hears("anna", "sheet").words
            for score in (2, 5):
                await desk.mail(BOB, "Re: [FD-1]", str(score), answers=solution)
                desk.hears("requester", "wish_answer", f"{score} of 5")
            await desk.says("desk", "/check 1 ok")
            await desk.hears_soon("requester", "sheet", "Rating: 5 / 5")
            await desk.passes(minutes=days * 24 * 60)
            assert not [one for one in desk._unheard if "How was it" in one.words]
            if (await desk.ticket()).state == "solved":
                await desk.mail(BOB, "Re: [FD-1]", "It jams again.", answers=solution)
        assert (await desk.ticket()).state == "closed"
        desk.forget()


async def test_a_sheet_that_nobody_checks_closes_nothing(story: Begin) -> None:
    """SP-3.8: the window for reopening is long over; accepted late, the ticket closes at once. Reopening calls it off."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/solve 1 Roller replaced.")
        desk.forget()
        await desk.says("desk", "/reopen 1")
        assert (await desk.clocks())["sheet-check"] == "cancelled"
        await desk.says("desk", "/check 1 ok")
        desk.hears("speaker", "phrase", "is open again")
        desk.hears("speaker", "phrase", "not solved yet")
        await desk.says("anna", "/solve 1 Roller replaced once more.")
        await desk.at("2026-12-10 09:00")
        assert (await desk.ticket()).state == "solved"
        desk.hears("pm", "alert", "service sheet checked")
        desk.forget()
        await desk.says("desk", "/check 1 ok")
        desk.sees_card("closed")
        assert (await desk.clocks())["sheet-check2"] == "late"
        desk.forget()
        await desk.says("anna", "/cause 1 hardware")
        desk.hears("speaker", "phrase", "cannot be changed")
