"""A wait for the user has an end: she is reminded, then people are asked what shall become of it (R6)."""

from collections.abc import Callable

from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"


async def test_a_part_and_a_vendor_are_asked_about_until_they_are_here(story: Begin) -> None:
    """No clock stands still for them; the project manager hears of a wait that lasts."""
    async with story(start="2026-11-27 15:00", desk={"digests": False}) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        desk.forget()
        await desk.says("anna", "/part 1 pickup roller")
        desk.hears("desk", "part_wanted", "needs a part", "pickup roller", "/came FD-1")
        desk.hears("speaker", "phrase")
        desk.hears("group", "card", "waiting for a part since Fri 27 Nov, 15:00\n")  # nobody's words in a group
        assert (await desk.clocks())["resolve"] == "running"
        await desk.says("anna", "/ticket 1")
        await desk.at("2026-11-30 10:00")
        desk.forget()
        await desk.says("anna", "/vendor 1 The carrier: is the line cut?")
        desk.hears("desk", "part_wanted", "waits for a vendor", "is the line cut?")
        desk.hears("speaker", "phrase", "/came FD-1")
        await desk.at("2026-12-01 08:59")
        desk.forget()
        await desk.at("2026-12-01 09:00")
        for who in ("engineer", "desk"):
            asked = desk.hears(who, "need", "A part, since Fri 27 Nov, 15:00: pickup roller", "A vendor, since Mon")
        await desk.says("desk", "/board")
        desk.hears("group", "board", "FD-1 for a part since Fri 27 Nov, 15:00 · Anna", "FD-1 for a vendor since")
        await desk.says("anna", "/ticket 1")
        desk.hears("anna", "details", "Waiting for a part since Fri 27 Nov", "Waiting for a vendor")
        desk.forget()
        await desk.at("2026-12-02 09:00")
        assert not [one for one in desk._unheard if one.row.kind == "need"]
        await desk.at("2026-12-03 09:00")
        desk.forget()
        await desk.at("2026-12-04 09:00")
        desk.forget()
        await desk.presses("desk", asked, "Has arrived", where="desk")
        desk.hears("engineer", "need", "what it was waiting for has arrived")
        desk.hears("speaker", "phrase", "a part, a vendor")
        await desk.says("anna", "/came 1")
        desk.hears("speaker", "phrase", "not waiting for a part")
        await desk.at("2026-12-07 09:00")
        assert not [one for one in desk._unheard if one.row.kind == "need"]
        desk.forget()


async def test_who_was_asked_is_reminded_then_people_are_asked_what_to_do(story: Begin) -> None:
    """Asked on Friday: the weekend is no time to answer in, and each is told once, also by a daemon that stood still."""
    async with story(start="2026-11-27 15:00", desk={"digests": False}) as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/wait 1 Which printer is it?")
        desk.forget()
        await desk.says("desk", "/board")
        desk.hears("group", "board", "FD-1 for the user since Fri 27 Nov, 15:00, until Wed 2 Dec, 09:00")
        await desk.says("anna", "/ticket 1")
        desk.hears("anna", "details", "Asked Fri 27 Nov, 15:00, waits until Wed 2 Dec, 09:00")
        await desk.at("2026-12-01 08:59")
        desk.nobody_hears_anything()
        await desk.at("2026-12-01 09:00")
        again = desk.hears("requester", "question_again", "On Fri 27 Nov, 15:00 we asked you", "Which printer is it?")
        await desk.at("2026-12-02 08:59")
        desk.nobody_hears_anything()
        await desk.at("2026-12-02 09:00")
        for who in ("anna", "desk", "pm"):
            desk.hears(who, "wait_over", "FD-1", "who was reminded", "in charge: Anna", "/assign FD-1 NAME")
        await desk.at("2026-12-03 09:00")
        desk.nobody_hears_anything()
        assert (await desk.clocks())["resolve"] == "paused"
        await desk.mail(BOB, "Re: [FD-1] Printer jam", "The one on the third floor.", answers=again)
        assert (await desk.clocks())["resolve"] == "running"
        desk.forget()
