"""The week in figures: told once as the next one opens, shown when asked, by mail where that is preferred."""

from collections.abc import Callable

from bot.config import Person
from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
PEOPLE = [
    Person(handle="anna", name="Anna", roles=["resident"]),
    Person(handle="dora", name="Dora", roles=["desk"]),
    Person(handle="pm", name="Paul", roles=["manager"], mail="pm@staff.example", prefers="mail"),
]


async def test_the_week_is_told_once_as_the_next_one_opens(story: Begin) -> None:
    """SP-3.11."""
    async with story(people=PEOPLE, desk={"digests": True}) as desk:
        for number in range(3):
            await desk.mail(BOB, f"Fault {number}")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/solve 1 Mended.", where="anna")
        await desk.mail(BOB, "Fault 3")
        for number in (3, 4):  # spam counts for nothing, whatever was done on it; what was taken back never was
            await desk.says("dora", f"/solve {number} Told how.", where="dora")
        await desk.says("dora", "/undo 4", where="dora")
        await desk.says("dora", "/reopen 3", where="dora")
        await desk.says("dora", "/junk 3")
        await desk.says("dora", "/junk 4")
        await desk.at("2026-11-24 09:30")
        await desk.says("dora", "/solve 2 Told how.", where="dora")
        await desk.at("2026-11-30 08:59")
        desk.forget()
        await desk.at("2026-11-30 09:00")
        shown = desk.hears(
            "pm@staff.example",
            "weekly",
            "Mon 23 Nov – Sun 29 Nov: 2 received, 2 solved",
            "Mon 23 Nov ████████████ 2 received, 1 solved",
        )
        for line in (
            "Tue 24 Nov 0 received, 1 solved",
            "Response: 1 of 2 kept (50.0%)",
            "Answered within a working hour: 1 of 2 (50.0%)",
            "Dispatch: 1 of 2 kept",
            "Solved by the service desk itself: 1 of 2 faults (50.0%)",
            "Open now: 0",
        ):
            assert line in shown.words
        [picture] = shown.mail.iter_attachments()
        assert (picture.get_filename(), picture.get_content()[:4]) == ("week.png", b"\x89PNG")
        desk.forget()
        await desk.restarts(after_minutes=60)
        assert not [one for one in desk._unheard if one.row.kind == "weekly"]
        desk.forget()
        await desk.says("pm", "/week 2026-11-25", where="pm")
        asked = desk.hears("pm", "weekly", "2 received, 2 solved").chat
        assert asked
        assert [(one.name, one.media_type) for one in asked.files] == [("week.png", "image/png")]
        await desk.says("pm", "周报 2026-11-16", where="pm")
        desk.hears("pm", "weekly", "0 received, 0 solved", "No promise was due")


async def test_the_hour_of_the_general_promise_is_one_of_work(story: Begin) -> None:
    """SP-2.1, SP-2.10: a fault of Sunday evening is answered within the hour on Monday morning; one of Standard may be late."""
    async with story(start="2026-11-22 20:00") as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.mail(BOB, "A virus warning")
        await desk.at("2026-11-23 09:50")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/reply 1 I come.")
        await desk.at("2026-11-23 10:30")
        await desk.says("anna", "/take 2")
        await desk.says("anna", "/reply 2 I come.")
        desk.forget()
        await desk.says("pm", "/week 2026-11-23")
        desk.hears("group", "weekly", "Response: 2 of 2 kept", "Answered within a working hour: 1 of 2 (50.0%)")
        await desk.says("pm", "/week 2026-11-16")
        assert "within a working hour" not in desk.hears("group", "weekly").words
