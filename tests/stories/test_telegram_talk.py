"""What people type in a group: commands as they come out of a telephone, and talk that is none of our business."""

from pathlib import Path

import pytest

from tests.stories.telegram import ANNA, BEN, DESK, GROUP, PM, TelegramStory

pytestmark = pytest.mark.usefixtures("database")

BOB = "Bob Miller <bob@customer.example>"


async def test_a_command_is_understood_as_it_comes_out_of_a_telephone(tmp_path: Path) -> None:
    """A Chinese keyboard has ／ and 、 on the key of the slash."""
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.writes(ANNA, "/take 1")
        desk.forget()
        for words in (
            "、take 1",
            "／TAKE 1",
            "/ take 1",
            "接单：1",
            "接单，#1",
            "接单 ＃１",
            "接单1。",
            "/take <1>",
            "/接单 “1”",
        ):
            before = len(desk.screen())
            said = await desk.writes(ANNA, words)
            assert desk.reads(GROUP, "FD-1 is already yours"), words
            assert len(desk.screen()) == before + 1, words
            answer = desk.telegram.sent(GROUP)[-1]
            assert answer["reply_to_message"]["message_id"] == said["message_id"], "where many talk, it says to whom"
        await desk.writes(ANNA, "/note “1” The “big” one", ANNA)
        await desk.writes(ANNA, "/ticket 1", ANNA)
        desk.reads(ANNA, "The “big” one")


@pytest.mark.parametrize(
    "talk", ["wait 1 min", "Late 1 h", "left 1 pcs there", "到1楼了", "等1分钟", "出发1点半", "/", "//", "/ /", "、、"]
)
async def test_talk_in_the_group_does_nothing(tmp_path: Path, talk: str) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.writes(ANNA, "/take 1")
        desk.forget()
        before, ticket = desk.screen(), await desk.ticket()
        await desk.writes(ANNA, talk)
        assert desk.screen() == before
        assert await desk.ticket() == ticket
        desk.nobody_hears_anything()


async def test_who_asks_somebody_to_take_it_does_not_take_it(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.writes(ANNA, "take FD-1 please, somebody")
        desk.reads(GROUP, "Is that for me?")
        assert (await desk.ticket()).state == "new"
        await desk.taps(BEN, desk.telegram.sent(GROUP)[-1], "/take 1")
        desk.hears("requester", "assigned", "Ben")
        await desk.writes(ANNA, "solve 1 It was the roller.")  # words belong to it, and it is not hers
        desk.reads(GROUP, "not yours")
        await desk.writes(BEN, "solve 1 It was the roller.")
        desk.hears("requester", "solution", "It was the roller.")


async def test_a_command_below_the_card_of_a_merged_ticket_has_a_button_for_the_other(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.mail(BOB, "Printer still jams")
        await desk.writes(DESK, "/merge 2 into 1", DESK)
        desk.forget()
        await desk.writes(ANNA, "/take", reply_to=desk.card(2)["message_id"])
        desk.reads(GROUP, "FD-2 is merged into FD-1")
        await desk.taps(ANNA, desk.telegram.sent(GROUP)[-1], "/take 1")
        desk.hears("requester", "assigned", "Anna")
        await desk.writes(ANNA, "/solve New roller.", reply_to=desk.card(2)["message_id"])
        assert "reply_markup" not in desk.telegram.sent(GROUP)[-1], "what is meant for the user stands in no group"
        await desk.writes(ANNA, "/solve 2 New roller.", ANNA)
        await desk.taps(ANNA, desk.telegram.sent(ANNA)[-1], "/solve 1 New roller.")
        desk.hears("requester", "solution", "New roller.")


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_all_commands_fit_one_message_for_everybody(tmp_path: Path, language: str) -> None:
    people = [
        {"handle": one, "roles": [role], "language": language}
        for one, role in (("anna", "resident"), ("ben", "senior"), ("desk", "desk"), ("pm", "manager"))
    ]
    async with TelegramStory(tmp_path / "desk", people=people) as desk:
        for who in (ANNA, BEN, DESK, PM):
            for where in (who, GROUP):
                await desk.writes(who, "/help all", where)
                text = desk.reads(where, "/take", "/sheet", "/solve")
                assert "too long" not in text
                assert "内容过长" not in text
        assert "/split" in desk.screen(PM)[-1]
