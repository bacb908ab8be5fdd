"""A fault that is phoned in: taken down by the desk, helped with at once or sent on, its first contact named (SP-3.2)."""

from collections.abc import Callable
from pathlib import Path

from tests.stories.story import AT_TERMINAL, Heard, Story
from tests.stories.telegram import DESK, TelegramStory

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"


def buttons(heard: Heard) -> list[str]:
    assert heard.chat is not None
    return [one.label for line in heard.chat.buttons for one in line]


@AT_TERMINAL
async def test_a_call_is_taken_down_step_by_step_and_solved_at_the_first_line(story: Begin) -> None:
    async with story(places={"hq": {"words": ["head office"]}}) as desk:
        await desk.mail(BOB, "Printer jam", "The printer jams.")
        await desk.says("anna", "take 1")
        await desk.says("anna", "solve 1 New pickup roller in the printer.")
        desk.forget()
        await desk.says("desk", "new")
        desk.hears("speaker", "phrase", "Who calls?")
        await desk.says("desk", "Bob Miller <bob@customer.example>")
        desk.hears("speaker", "phrase", "Where is it?")
        await desk.restarts()
        await desk.says("desk", "head office")
        desk.hears("speaker", "phrase", "What is wrong?")
        await desk.says("desk", "The printer jams; again.")
        shown = desk.hears("desk", "phoned_preview", "Bob Miller <bob@customer.example>", "Place: hq", "jams; again")
        assert await desk.ticket(2) is None
        await desk.presses("desk", shown, "Open ticket", where="desk")
        opened = desk.hears("desk", "phoned", "FD-2 is open", "Five minutes", "Solved before", "New pickup roller")
        assert buttons(opened) == ["Solved…", "Assign", "Take"]
        desk.hears("requester", "confirmation", "FD-2")
        card = desk.sees_card("hq", "Nobody has taken it yet (first contact: Dora", "First-line help due")
        assert "Bob" not in card.words
        desk.nobody_hears_anything()
        await desk.presses("desk", opened, "Solved…", where="desk")
        await desk.says("desk", "Opened the tray and closed it.", where="desk")
        desk.hears("requester", "solution", "Opened the tray")
        desk.forget()
        assert (await desk.clocks(2))["help"] == "met"
        assert (await desk.clocks(2))["resolve"] == "met"


async def test_on_one_line_also_later_and_sent_on(story: Begin) -> None:
    """SP-4.6."""
    async with story(places={"hq": {}}, start="2026-11-23 10:00") as desk:
        await desk.says("desk", "/new at 09:40 4711 hq No light in room 3")
        told = desk.hears("desk", "phoned", "FD-1 is open", "hq", "No address: please tell the caller")
        assert "Five minutes" not in told.words
        desk.sees_card("first contact: Dora")
        assert "help" not in await desk.clocks()
        ticket = await desk.ticket()
        assert f"{ticket.opened_at:%H:%M}" == "01:40"
        assert (await desk.clocks())["response"] == "met", "a call that a person answers is its own response (R5)"
        await desk.says("desk", "new at 25:00 4711 hq No light")
        desk.hears("speaker", "phrase", "the time of the call", "at 09:40")
        await desk.says("desk", "new 4711 hq The same again")
        desk.hears("desk", "phoned", "FD-2 is open")
        desk.sees_card("First-line help due")
        await desk.passes(minutes=4.6)
        alert = desk.hears("desk", "alert", "FD-2", "first-line help")
        assert alert.chat
        assert [one.label for line in alert.chat.buttons for one in line][1:3] == ["Answer…", "Solved…"]
        desk.forget()
        await desk.says("desk", "assign 2 ben")
        desk.hears("engineer", "assignment", "The same again")
        desk.forget()
        assert (await desk.clocks(2))["help"] == "met"
        await desk.says("desk", "assign 2 anna")
        desk.sees_card("In charge: Anna", "first contact: Dora")
        desk.forget()
        await desk.says("desk", "contact 2 anna")
        desk.hears("speaker", "phrase", "is now the first contact")
        assert "first contact" not in desk.sees_card().words
        await desk.says("anna", "why 2")
        desk.hears("speaker", "why", "First contact: Anna")
        await desk.says("anna", "new 4711 hq Mine")
        desk.hears("speaker", "phrase", "You may not do this")
        desk.forget()
        await desk.says("desk", "/new at 08:10 bob@customer.example; hq; No light at all")
        told = desk.hears("requester", "confirmation", "We will solve it by")
        assert "contact you by" not in told.words
        assert "read it only now" not in told.words
        desk.hears("desk", "phoned", "FD-3 is open")
        desk.forget()


async def test_who_telephones_the_user_has_contacted_her_at_that_time(story: Begin) -> None:
    """R5: a logged call is the response, judged by when it was; before the fault was known there was none about it."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.at("10:20")
        assert (await desk.clocks())["response"] == "running"
        desk.forget()
        await desk.says("anna", "called 1 at 08:50 He waits.")
        desk.hears("speaker", "phrase", "FD-1 came in Mon 23 Nov, 09:00")
        await desk.says("anna", "called 1 at 29:50 He waits.")
        desk.hears("speaker", "phrase", "the time of the call")
        await desk.says("anna", "called 1 at 09:40 He waits.")
        desk.hears("speaker", "phrase", "FD-1: noted that you have called")
        desk.sees_card("Solution due")
        assert (await desk.clocks())["response"] == "met"
        await desk.says("anna", "undo 1")
        assert (await desk.clocks())["response"] == "running"
        await desk.says("anna", "called 1 He waits.")
        assert (await desk.clocks())["response"] == "late"
        desk.forget()
        await desk.says("desk", "/ticket 1", where="desk")
        assert desk.hears("desk", "details", "telephoned the user: He waits.").words.count("He waits.") == 2


async def test_at_telegram_a_call_is_taken_down_in_private(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.writes(DESK, "/new")
        desk.reads(DESK, "Who calls?")
        assert desk.screen() == []
        for words in ("-", "-", "No light"):
            await desk.writes(DESK, words, DESK)
        desk.reads(DESK, "Not opened yet", "Caller: unknown", "│ No light\n")
        await desk.taps(DESK, desk.telegram.sent(DESK)[-1], "Open ticket")
        desk.reads(DESK, "FD-1 is open", "No address")
        assert "first contact: Desk" in desk.card()["text"]
        await desk.writes(DESK, "/ticket 1", DESK)
        desk.reads(DESK, "First contact: Desk", "│ No light")
