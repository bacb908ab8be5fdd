"""A reply in chat is shown to its writer first: it goes by a press, by itself after ten seconds, or not at all."""

from collections.abc import Callable
from pathlib import Path

from tests.stories.story import Heard, Story
from tests.stories.telegram import ANNA, CUSTOMERS, GROUP, TelegramStory

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"


def buttons(heard: Heard) -> list[str]:
    assert heard.chat is not None
    return [one.label for line in heard.chat.buttons for one in line]


async def test_a_reply_waits_ten_seconds_for_a_second_thought(story: Begin) -> None:
    async with story(desk={"reply_seconds": 10}) as desk:
        await desk.mail(BOB, "Printer jam", "It jams.")
        await desk.says("anna", "take 1")
        desk.forget()
        await desk.says("anna", "reply 1 I come at nine.")
        shown = desk.hears("anna", "reply_preview", "To Bob Miller <bob@customer.example>", "│ I come at nine.")
        assert buttons(shown) == ["Send now", "Do not send"]
        desk.nobody_hears_anything()
        assert (await desk.clocks())["response"] == "met"
        await desk.restarts()  # what waits is not forgotten
        desk.nobody_hears_anything()
        await desk.passes(minutes=0.2)
        desk.hears("requester", "reply", "I come at nine.")
        await desk.presses("anna", shown, "Do not send", where="anna")
        desk.hears("speaker", "phrase", "The mail on FD-1 has already left")
        assert (await desk.clocks())["response"] == "met"
        desk.nobody_hears_anything()


async def test_what_is_called_off_was_no_response_and_what_is_hurried_goes_once(story: Begin) -> None:
    async with story(desk={"reply_seconds": 10}) as desk:
        await desk.mail(BOB, "Printer jam", "It jams.")
        await desk.says("anna", "take 1")
        desk.forget()
        await desk.says("anna", "reply 1 You broke it yourself.")
        shown = desk.hears("anna", "reply_preview")
        await desk.presses("anna", shown, "Do not send", where="anna")
        desk.hears("speaker", "phrase", "your /reply was undone.")
        desk.sees_card()
        assert (await desk.clocks())["response"] == "running"
        await desk.says("anna", "send 1")
        desk.hears("speaker", "phrase", "You have no reply waiting")
        await desk.passes(minutes=1)
        desk.nobody_hears_anything()
        await desk.says("anna", "reply 1 I come at nine.")
        shown = desk.hears("anna", "reply_preview")
        await desk.mail(BOB, "Re: [FD-1] Printer jam", "Hello?")  # the ticket changes meanwhile
        desk.forget()
        await desk.presses("anna", shown, "Send now", where="anna")
        desk.hears("requester", "reply", "I come at nine.")
        desk.hears("speaker", "phrase", "on their way")
        await desk.passes(minutes=1)
        desk.nobody_hears_anything()
        assert (await desk.clocks())["response"] == "met"


async def test_at_telegram_the_preview_is_private_and_a_trusted_group_reads_answers_below_the_card(
    tmp_path: Path,
) -> None:
    customers = [{**CUSTOMERS[0], "groups": [{"chat": GROUP, "trusted": True}]}]
    async with TelegramStory(tmp_path / "desk", customers=customers, desk={"reply_seconds": 10}) as desk:
        await desk.mail(BOB, "Printer jam", "It jams.")
        confirmation = desk.hears("requester", "confirmation")
        await desk.taps(ANNA, desk.card(), "Take")
        await desk.writes(ANNA, "/reply 1 Is it the one on floor 3?")
        desk.reads(ANNA, "✉️ To Bob Miller", "floor 3")
        assert not any("floor 3" in one for one in desk.screen())
        desk.forget()
        await desk.taps(ANNA, desk.telegram.sent(ANNA)[-1], "Send now")
        desk.hears("requester", "reply", "Is it the one on floor 3?")
        await desk.mail(BOB, "Re: Printer jam", "Yes, the big one.", answers=confirmation)
        said = desk.telegram.sent(GROUP)[-1]
        assert "Bob Miller wrote\n│ Yes, the big one." in said["text"]
        assert said["reply_to_message"]["message_id"] == desk.card()["message_id"]
        await desk.taps(ANNA, desk.telegram.sent(ANNA)[-1], "Reply…")
        await desk.writes(ANNA, "Thank you.", ANNA)
        desk.reads(ANNA, "✉️ To Bob Miller", "Thank you.")
        await desk.taps(ANNA, desk.telegram.sent(ANNA)[-1], "Do not send")
        await desk.writes(ANNA, "/part 1 pickup roller", ANNA)
        await desk.telegram.until(
            lambda: "waiting for a part since Mon 23 Nov, 09:00: pickup roller" in desk.card()["text"]
        )
        desk.forget()
