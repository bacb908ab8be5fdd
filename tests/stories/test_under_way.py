"""An engineer's day from card and buttons: on the way, there, words asked for in a dialogue, help, and half a minute
in which a command can be taken back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.stories.story import AT_TERMINAL, Heard, Story
from tests.stories.telegram import ANNA, BEN, DESK, GROUP, PM, TelegramStory

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"


def labels(message: dict[str, Any]) -> list[str]:
    return [one["text"] for line in message["reply_markup"]["inline_keyboard"] for one in line]


def buttons(heard: Heard) -> list[str]:
    assert heard.chat is not None
    return [one.label for line in heard.chat.buttons for one in line]


@AT_TERMINAL
async def test_the_card_leads_through_the_day(story: Begin) -> None:
    """SP-3.6."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "It jams.")
        desk.forget()
        await desk.says("desk", "assign 1 anna onsite vehicle")
        desk.hears("anna", "assignment", "Work on it: on site, with a vehicle")
        card = desk.sees_card("not yet confirmed")
        desk.forget()
        await desk.presses("anna", card, "On my way")
        assert desk.sees_card("in progress · Advanced · on the way").words
        answer = desk.hears("speaker", "phrase", "on your way")
        assert buttons(answer) == ["In 20 min", "In 45 min", "Arrived", "Late…", "Undo"]
        await desk.presses("anna", answer, "Arrived")
        card = desk.sees_card("on site")
        desk.hears("speaker", "phrase", "you are there")
        assert (await desk.clocks())["response"] == "met"
        await desk.says("anna", "arrived 1")
        desk.hears("speaker", "phrase", "been noted already")
        await desk.presses("anna", card, "Need a part…")
        desk.hears("speaker", "phrase", "which part do you need")
        await desk.says("anna", "A fuser unit")
        desk.hears("speaker", "phrase", "the service desk knows which part")
        desk.hears("desk", "part_wanted", "A fuser unit")
        card = desk.sees_card("waiting for a part since Mon 23 Nov, 09:00")
        await desk.presses("anna", card, "Need help…")
        await desk.restarts()  # what was asked is not forgotten
        desk.hears("speaker", "phrase", "what do you need help with")
        await desk.says("anna", "Where is the key of the rack?")
        desk.hears("anna", "assisted", "within five minutes", "No solved ticket is like it")
        call = desk.hears("desk", "help_wanted", "Where is the key", "09:05")
        desk.sees_card("First-line help due")
        assert (await desk.clocks())["help"] == "running"
        await desk.presses("desk", call, "Answer…", where="desk")
        desk.hears("speaker", "phrase", "what do you advise")
        await desk.says("desk", "With the porter.", where="desk")
        desk.hears("engineer", "advice", "With the porter.")
        desk.hears("speaker", "phrase", "is answered")
        assert (await desk.clocks())["help"] == "met"
        await desk.says("anna", "/assist 1 And which of them is it?")
        asked = desk.hears("desk", "help_wanted", "which of them")
        await desk.presses("desk", asked, "Bring in a senior", where="desk")
        desk.hears("senior", "help_wanted", "Anna 安娜 needs help", "which of them")
        assert (await desk.clocks())["help2"] == "met"
        desk.forget()
        await desk.presses("desk", call, "Answer…", where="desk")  # the ticket has changed since; words are words
        desk.hears("speaker", "phrase", "what do you advise")
        await desk.says("desk", "/cancel", where="desk")
        desk.hears("speaker", "phrase", "nothing was done")
        await desk.says("anna", "left 1")
        assert "on site" not in desk.sees_card().words
        desk.hears("speaker", "phrase", "you have left")
        desk.nobody_hears_anything()
        await desk.mail(BOB, "Printer jam", "It jams here, too.")
        await desk.says("anna", "take 2")
        await desk.says("anna", "solve 2 A new pickup roller in the printer.")
        desk.forget()
        await desk.says("anna", "/assist 1 What was it there?")
        desk.hears("anna", "assisted", "Solved before", "FD-2", "A new pickup roller")
        desk.forget()


@AT_TERMINAL
async def test_a_dialogue_ends_by_cancel_and_by_time_and_minds_commands(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "It jams.")
        await desk.says("anna", "take 1")
        card = [one for one in desk._unheard if one.row.kind == "card"][-1]
        desk.forget()
        await desk.presses("anna", card, "Late…")
        desk.hears("speaker", "phrase", "why are you late", "/cancel")
        await desk.says("anna", "note 1 The lift is broken.")  # a command is one in a dialogue, too
        desk.hears("speaker", "phrase", "Noted on FD-1")
        await desk.says("ben", "Hello?")  # somebody else's words are not hers
        desk.hears("speaker", "phrase", "I do not know")
        await desk.says("anna", "/cancel")
        desk.hears("speaker", "phrase", "nothing was done")
        await desk.says("anna", "The train stands still.")
        desk.hears("speaker", "phrase", "I do not know")
        await desk.presses("anna", card, "Late…")
        desk.hears("speaker", "phrase", "why are you late")
        await desk.passes(minutes=11)
        desk.forget()
        await desk.says("anna", "The train stands still.")
        desk.hears("speaker", "phrase", "more than ten minutes ago")
        await desk.presses("ben", card, "Solved…")
        desk.hears("speaker", "phrase", "not yours")
        desk.nobody_hears_anything()


@AT_TERMINAL
async def test_what_was_taken_back_never_was(story: Begin) -> None:
    """All clocks are as if nobody had done anything; what was mailed is said; fsck compares at the end."""
    async with story() as desk:
        for number, command in enumerate(("take", "assign", "solve", "wait", "junk"), start=1):
            await desk.mail(f"User {number} <{number}@customer.example>", "Printer jam", "It jams.")
            if command in {"solve", "wait"}:
                await desk.says("anna", f"take {number}")
            before, clocks = await desk.ticket(number), await desk.clocks(number)
            desk.forget()
            words = {"assign": " anna", "solve": " New roller.", "wait": " Which one?"}.get(command, "")
            who = "desk" if command == "assign" else "anna"
            await desk.says(who, f"{command} {number}{words}")
            answer = desk.hears("speaker", "phrase")
            desk.forget()
            await desk.presses("ben", answer, "Undo")
            desk.hears("speaker", "phrase", "You have nothing to undo")
            await desk.presses(who, answer, "Undo")
            said = desk.hears("speaker", "phrase", f"your /{command} was undone").words
            assert ("already been mailed" in said) == (command != "junk")
            desk.sees_card()
            if command == "assign":
                desk.hears("anna", "taken_back", "took the assignment back")
            desk.nobody_hears_anything()
            after = await desk.ticket(number)
            for name in ("state", "assignee_id", "contact_id", "solved_at", "close_at"):
                assert getattr(after, name) == getattr(before, name), (command, name)
            assert await desk.clocks(number) == clocks
            await desk.presses(who, answer, "Undo")  # once
            desk.hears("speaker", "phrase", "You have nothing to undo")
        await desk.passes(minutes=9)  # the clocks that were met run again, and alert
        assert {"FD-1", "FD-2"} <= set(desk.hears("desk", "alert", "dispatch").words.split())
        desk.forget()


async def test_half_a_minute_and_not_more(story: Begin) -> None:
    async with story() as desk:
        await desk.mail(BOB, "Printer jam", "It jams.")
        await desk.says("anna", "take 1")
        await desk.passes(minutes=0.6)
        await desk.says("anna", "undo 1")
        desk.hears("speaker", "phrase", "FD-1 is yours")
        desk.hears("speaker", "phrase", "30 seconds are over", "/ticket FD-1")
        await desk.says("anna", "reopen 1")  # refused: nothing to take back of what was not done
        await desk.says("desk", "assign 1 ben")  # from somebody else's hands: she has been told
        await desk.says("desk", "undo 1")
        desk.hears("speaker", "phrase", "not possible now")
        desk.hears("speaker", "phrase", "is assigned to Ben")
        desk.hears("speaker", "phrase", "You have nothing to undo")
        desk.forget()
        assert (await desk.ticket()).state == "dispatched"


async def test_at_telegram_words_are_asked_for_in_private(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.taps(ANNA, desk.card(), "Take")
        assert len(desk.screen()) == 1  # the card shows what the press did; to take it back is offered to her alone
        [said] = desk.telegram.sent(ANNA)  # all she needs in one message
        assert "🔧 FD-1 is yours\n⏰ Response: " in said["text"]
        assert labels(said) == ["Reply…", "Phoned…", "On my way", "Undo"]
        desk.forget()
        await desk.taps(ANNA, desk.card(), "Solved…")
        desk.reads(ANNA, "what was done?")
        assert "what was done" not in desk.screen()[-1]
        await desk.writes(BEN, "Something else", BEN)
        desk.reads(BEN, "I do not know")
        await desk.writes(ANNA, "New roller, 50 pages tested.", ANNA)
        desk.hears("requester", "solution", "New roller, 50 pages tested.")
        desk.reads(ANNA, "FD-1 is solved", "still lacks: how it was worked on (/mode), cause")
        question = desk.telegram.sent(ANNA)[-1]
        await desk.taps(ANNA, question, "Undo")
        desk.reads(ANNA, "your /solve was undone", "already been mailed")
        assert "in progress" in desk.card()["text"]
        await desk.taps(ANNA, desk.card(), "Details")
        await desk.taps(ANNA, desk.telegram.sent(ANNA)[-1], "Ask the user…")
        await desk.writes(ANNA, "Does it print again?", ANNA)
        desk.hears("requester", "question", "Does it print again?")
        await desk.taps(DESK, desk.card(), "Need help…")
        desk.reads(DESK, "what do you need help with?")
        await desk.writes(DESK, "/cancel", DESK)
        desk.reads(DESK, "nothing was done")
        await desk.writes(ANNA, "/solve 1 New roller.", ANNA)
        for press, asked, chosen in (
            ("How…", "How was FD-1 worked on", "on site"),
            ("Cause…", "the cause of", "hardware"),
        ):
            await desk.taps(ANNA, desk.telegram.sent(ANNA)[-1], press)
            desk.reads(ANNA, asked)
            await desk.taps(ANNA, desk.telegram.sent(ANNA)[-1], chosen)
        desk.reads(ANNA, "cause noted (hardware)")
        desk.forget()


async def test_help_fits_a_telephone_and_a_typing_mistake_is_asked_about(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        helps = {}
        for name, who in (("engineer", ANNA), ("desk", DESK), ("manager", PM)):
            for where in (who, GROUP):
                await desk.writes(who, "/help", where)
                helps[name, where == GROUP] = text = desk.reads(where, "/help all")
                assert len(text.splitlines()) <= 25
                assert max(map(len, text.splitlines())) <= 75, text
        assert "/arrived" in helps["engineer", False]
        assert "/new" in helps["desk", False]
        assert "/new" not in helps["engineer", False] + helps["desk", True]
        assert "/extend" in helps["manager", True]
        await desk.writes(DESK, "/help all", DESK)
        desk.reads(DESK, "/merge  The same fault reported twice")
        await desk.writes(ANNA, "/help 1", ANNA)  # she means help with it
        desk.reads(ANNA, "/assist <ticket> <what is needed>")
        before = len(desk.screen())
        for chatter in ("我们 1", "接但 17", "接但 1 号楼有人吗", "Room 1"):
            await desk.writes(ANNA, chatter)
        assert len(desk.screen()) == before, "people talk among themselves"
        await desk.writes(ANNA, "接但 １")
        desk.reads(GROUP, "I do not know “接但 1”. Did you mean /接")
        assert (await desk.ticket()).state == "new"
        await desk.taps(ANNA, desk.telegram.sent(GROUP)[-1], "/接 1")
        assert "In charge: Anna" in desk.card()["text"]
        desk.forget()
