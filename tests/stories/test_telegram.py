"""The main job with the engineers at Telegram: card, buttons, private messages, alerts (issue 3; P6, P9, P10, P17)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.domain.messages import OutgoingChat, Receipt
from tests.stories.telegram import ANNA, BEN, DESK, GROUP, TelegramStory

pytestmark = pytest.mark.usefixtures("database")

LI = "李伟 <li.wei@customer.example>"
BOB = "Bob Miller <bob@customer.example>"


async def test_the_canonical_story(tmp_path: Path) -> None:
    """A mail comes in, its card appears, Anna takes it by the button, the requester is told, alert, solved."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam", "The printer on floor 3 is jammed.")
        desk.hears("requester", "confirmation", "FD-1")
        card = desk.card()
        assert "Nobody has taken it yet" in card["text"]
        await desk.passes(minutes=5)
        desk.reads(DESK, "FD-1")
        await desk.taps(ANNA, card, "Take")
        desk.hears("requester", "assigned", "Anna")
        assert "In charge: Anna" in desk.card()["text"]
        assert desk.card()["message_id"] == card["message_id"]
        assert any("The printer on floor 3 is jammed" in one or "Printer jam" in one for one in desk.screen(ANNA))
        assert any("FD-1 is yours" in one and "Response: Mon 23 Nov, 10:00" in one for one in desk.screen(ANNA))
        assert len(desk.screen(GROUP)) == 1  # what a press does stands on the card
        await desk.writes(ANNA, "/solve 1 Removed the paper.")
        desk.hears("requester", "solution", "Removed the paper.")
        assert "solved" in desk.card()["text"]
        assert (await desk.ticket()).state == "solved"
        assert len(desk.telegram.answered) == 1


async def test_two_press_take_and_one_gets_it(tmp_path: Path) -> None:
    """3 D 74: one effect, the other sees who has it."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation")
        card = desk.card()
        desk.telegram.press(GROUP, card["message_id"], "Take", ANNA)
        desk.telegram.press(GROUP, card["message_id"], "Take", ANNA)
        await desk.taps(BEN, card, "Take")
        desk.hears("requester", "assigned", "Anna")
        desk.is_shown(BEN, "FD-1 is already taken by Anna")
        assert len(desk.screen()) == 1  # who was late is told so, and the others are not
        assert len(desk.telegram.answered) == 3


async def test_a_card_that_still_shows_how_it_stands_works(tmp_path: Path) -> None:
    """What happens beside it (she writes again, hears when somebody comes) makes no button stale; 3 D 75."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        confirmation = desk.hears("requester", "confirmation")
        await desk.writes(ANNA, "/take 1", ANNA)
        hers = desk.telegram.sent(ANNA)[-1]
        await desk.passes(minutes=1)
        await desk.taps(ANNA, hers, "Phoned…")
        await desk.writes(ANNA, "She waits in room 3.", ANNA)
        await desk.passes(minutes=1)
        await desk.taps(ANNA, hers, "On my way")
        assert "on the way" in desk.card()["text"]
        await desk.passes(minutes=1)
        await desk.taps(ANNA, desk.telegram.sent(ANNA)[-1], "In 20 min")
        desk.forget()
        await desk.passes(minutes=1)
        await desk.mail(BOB, "Re: Printer jam", "It smells, too.", answers=confirmation)
        before = len(desk.screen())
        await desk.taps(ANNA, desk.card(), "Arrived")
        assert len(desk.screen()) == before
        assert "on site" in desk.card()["text"]
        await desk.passes(minutes=1)
        await desk.mail(BOB, "Re: Printer jam", "And it is hot.", answers=confirmation)
        await desk.taps(ANNA, desk.card(), "Solved…")
        desk.reads(ANNA, "what was done?")
        await desk.writes(ANNA, "New roller.", ANNA)
        desk.hears("requester", "solution", "New roller.")
        assert "solved" in desk.card()["text"]


async def test_a_ticket_that_is_taken_before_its_card_has_arrived_has_one_card(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        telegram: Any = desk.app.outlets["telegram"]
        send, answers = telegram.send, asyncio.Event()

        async def slowly(message: OutgoingChat) -> Receipt:
            receipt: Receipt = await send(message)
            if message.to == str(GROUP):
                await answers.wait()
            return receipt

        telegram.send = slowly
        arriving = asyncio.create_task(desk.mail(BOB, "Printer jam"))
        await desk.telegram.shows(GROUP, "FD-1")  # there it is, and Telegram's answer is not here yet
        desk.telegram.say(ANNA, ANNA, "/take 1")
        await desk.telegram.shows(ANNA, "FD-1 is yours")
        answers.set()
        await arriving
        await desk.settles()
        desk.hears("requester", "confirmation")
        desk.hears("requester", "assigned")
        assert "In charge: Anna" in desk.card()["text"]
        assert len(desk.screen()) == 1
