"""Words and presses at Telegram that are not as they should be (reliability 3 C 65 to 67, 72, 3 D 77)."""

import unicodedata
from pathlib import Path

import pytest

from storage import tickets
from tests.stories.telegram import ANNA, DESK, GROUP, TelegramStory

pytestmark = pytest.mark.usefixtures("database")

BOB = "Bob Miller <bob@customer.example>"
TOWER = "Z" + "\u0335\u0321\u0489" * 10 + "algo"
RIGHT_TO_LEFT = "\u202egnorw si siht\u202c \u2067שלום\u2069"


async def taken(desk: TelegramStory) -> None:
    await desk.mail(BOB, "Printer jam", "It jams.")
    await desk.mail(BOB, "Toner", "It is low.")
    await desk.taps(ANNA, desk.card(1), "Take")
    desk.forget()


async def notes(desk: TelegramStory) -> list[str]:
    return await desk.app.store.read(lambda db: [one.text for one in tickets.entries(db, 1) if one.kind == "note"])


async def test_who_names_two_tickets_is_told_that_nothing_was_done(tmp_path: Path) -> None:
    """3 C 65: she would believe that both are hers."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.mail(BOB, "Toner")
        desk.forget()
        for more in ("1 2", "1,2", "1 FD-2", "1，２", "1 和 2", "1-2", "１ #2 now"):
            await desk.writes(ANNA, f"/take {more}")
            desk.reads(GROUP, "One ticket at a time", "/take <ticket>")
        for name in ("junk", "ack", "ticket", "approve"):
            await desk.writes(DESK, f"/{name} 1 2")
            desk.reads(GROUP, "One ticket at a time", f"/{name} <ticket>")
        assert [(await desk.ticket(number)).state for number in (1, 2)] == ["new", "new"]
        await desk.writes(ANNA, "/take 1 in 5min, 2nd floor")  # words that are no ticket do no harm
        desk.reads(GROUP, "FD-1 is yours")
        desk.hears("requester", "assigned")


async def test_towers_of_marks_and_words_from_right_to_left(tmp_path: Path) -> None:
    """3 C 66: kept as they were said; words that nobody sees are none."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await taken(desk)
        for words in (TOWER, RIGHT_TO_LEFT, "👩‍🔧🖨️🔥"):
            await desk.writes(ANNA, f"/note 1 {words}")
            desk.reads(GROUP, "Noted on FD-1")
        await desk.writes(ANNA, "/note 1 \u200b\u2060 \u3000")
        desk.reads(GROUP, "Please add the words")
        assert await notes(desk) == [unicodedata.normalize("NFC", TOWER), RIGHT_TO_LEFT, "👩‍🔧🖨️🔥"]
        await desk.writes(ANNA, "/ticket 1", ANNA)
        desk.reads(ANNA, "gnorw si siht", "algo", "👩‍🔧🖨️🔥")


async def test_what_stands_below_a_picture_in_a_group_is_done_and_the_picture_is_not_kept(tmp_path: Path) -> None:
    """3 C 67: nothing that she typed is lost; an album hears it once, whichever of its pictures has the words."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await taken(desk)
        card, photo = desk.card(1)["message_id"], [desk.telegram.holds(b"x")]
        before = len(desk.screen(GROUP))
        await desk.writes(ANNA, "", reply_to=card, photo=photo, caption="toner is low, too")
        assert await notes(desk) == ["toner is low, too"]
        for caption in ({}, {"caption": "/solve 1 Removed the paper."}, {}):
            desk.telegram.say(GROUP, ANNA, reply_to=card, photo=photo, media_group_id="7", **caption)
        await desk._settled()
        desk.hears("requester", "solution", "Removed the paper.")
        said = desk.screen(GROUP)[before:]
        done = [one.partition(".")[0] for one in said if "not kept" not in one]
        assert done == ["Noted on FD-1", "FD-1 is solved"]
        assert len([one for one in said if "not kept" in one]) == 2
        await desk.writes(ANNA, "", ANNA, photo=photo, caption="look at that")
        desk.reads(ANNA, "Which ticket is the file about?")


async def test_a_closed_topic_is_told_and_alerts_go_on(tmp_path: Path) -> None:
    """3 C 72: nobody can write into the group's topic any more."""
    async with TelegramStory(tmp_path / "desk") as desk:
        desk.telegram.fault("sendMessage", status=400, times=-1, chat=GROUP, text="Bad Request: TOPIC_CLOSED")
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation")
        assert any("TOPIC_CLOSED" in one.upper() and str(GROUP) in one for one in desk.screen(DESK)), desk.screen(DESK)
        await desk.passes(minutes=5)
        assert any("FD-1" in one for one in desk.screen(DESK))


async def test_a_button_of_last_month_holds_only_while_nothing_has_happened(tmp_path: Path) -> None:
    """3 D 77: also after restarts; a card that shows what is no longer so is refused with how it is."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await taken(desk)
        old = dict(desk.card(1))
        buttons = {one["text"]: one["callback_data"] for row in old["reply_markup"]["inline_keyboard"] for one in row}
        await desk.restarts()
        await desk.writes(ANNA, "/solve 1 done")
        desk.hears("requester", "solution")
        await desk.writes(DESK, "/check 1 ok")
        await desk.restarts(after_minutes=30 * 24 * 60)
        desk.forget()
        await desk.taps(ANNA, desk.card(1), buttons["Solved…"])
        desk.is_shown(ANNA, "FD-1 has changed since then", "closed")
        desk.forget()
