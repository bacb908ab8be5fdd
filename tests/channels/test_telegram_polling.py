"""channels.telegram, coming in: stored first, then told; outages, conflicts, foreign groups, presses (P10, 3 C, 3 D)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.base import NotNow
from tests.channels.telegram_line import ANNA, GROUP, Desk, listening, message, populate, settings_for
from tests.parts.telegram import TOKEN, FakeTelegram


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as one:
        yield populate(one)


async def test_what_is_said_comes_in_and_is_confirmed(fake: FakeTelegram) -> None:
    async with listening(fake) as desk:
        said = fake.say(GROUP, ANNA, "/take 17")
        await fake.until(lambda: desk.heard and not fake.updates)
    [heard] = desk.heard
    assert (heard.channel, heard.sender, heard.chat, heard.text) == ("telegram", str(ANNA), str(GROUP), "/take 17")
    assert (heard.source, int(heard.received_at.timestamp())) == ("900001", said["date"])
    assert desk.introduced == "faultdesk_bot"
    assert desk.channel.problem == ""


async def test_what_cannot_be_stored_is_not_confirmed_and_comes_again(fake: FakeTelegram) -> None:
    async with listening(fake) as desk:
        fake.say(GROUP, ANNA, "/take 1")
        await fake.until(lambda: desk.heard)
        desk.refuse = NotNow("the disk is full")
        fake.say(GROUP, ANNA, "/take 2")
        await fake.until(lambda: "disk is full" in desk.channel.problem)
        assert [one["message"]["text"] for one in fake.updates] == ["/take 2"]
        desk.refuse = None
        await fake.until(lambda: len(desk.heard) == 2 and not fake.updates)
    assert [one.text for one in desk.heard] == ["/take 1", "/take 2"]


async def test_what_was_not_confirmed_is_told_to_the_next_run(fake: FakeTelegram) -> None:
    fake.say(GROUP, ANNA, "/take 1")
    desk = Desk(fake)

    async def die(_: Any) -> None:
        raise KeyError  # the process ends in the middle of storing

    with pytest.raises(KeyError):
        await desk.channel.run(die)
    await desk.channel.close()
    async with listening(fake) as again:
        await fake.until(lambda: again.heard)
    assert again.heard[0].text == "/take 1"


async def test_ids_that_begin_anew_are_heard(fake: FakeTelegram) -> None:
    """After a quiet week Telegram chooses the next id at random: it may be lower than all before."""
    async with listening(fake) as desk:
        fake.say(GROUP, ANNA, "/take 1")
        await fake.until(lambda: desk.heard and not fake.updates)
        polls = len(fake.called("getUpdates"))
        await fake.until(lambda: len(fake.called("getUpdates")) > polls)
        fake._update_ids = iter(range(5, 100))  # type: ignore[assignment]
        fake.say(GROUP, ANNA, "/take 2")
        await fake.until(lambda: len(desk.heard) == 2 and not fake.updates)
    assert [one.source for one in desk.heard] == ["900001", "5"]


async def test_only_what_we_need_is_asked_for_and_nothing_is_ever_dropped(fake: FakeTelegram) -> None:
    async with listening(fake):
        await fake.until(lambda: len(fake.called("getUpdates")) > 1)
    for call in fake.called("getUpdates"):
        assert call.args["allowed_updates"] == ["message", "callback_query", "my_chat_member", "chat_member"]
    assert {one.method for one in fake.calls} == {"getme", "getupdates", "getchat"}
    assert not any("drop_pending_updates" in one.args for one in fake.calls)


async def test_an_edit_is_not_even_delivered(fake: FakeTelegram) -> None:
    """3 C 63."""
    async with listening(fake) as desk:
        said = fake.say(GROUP, ANNA, "/take 1")
        await fake.until(lambda: desk.heard)
        fake.edit(GROUP, said["message_id"], "/take 2")
        fake.say(GROUP, ANNA, "/take 3")
        await fake.until(lambda: len(desk.heard) == 2)
    assert [one.text for one in desk.heard] == ["/take 1", "/take 3"]


# ---- outages ----


@pytest.mark.parametrize("how", [{"cut": "before"}, {"cut": "after"}, {"status": 500}, {"garbage": True}])
async def test_a_failed_question_is_asked_again(fake: FakeTelegram, how: Any) -> None:
    fake.fault("getUpdates", **how)
    async with listening(fake) as desk:
        fake.say(GROUP, ANNA, "/take 1")
        await fake.until(lambda: desk.heard and not fake.updates)
        await fake.until(lambda: not desk.channel.problem)
    assert [one.text for one in desk.heard] == ["/take 1"] * len(desk.heard)
    assert len({one.source for one in desk.heard}) == 1


async def test_a_start_in_the_middle_of_an_outage(fake: FakeTelegram) -> None:
    await fake.stop()
    async with listening(fake) as desk:
        await fake.until(lambda: "does not answer" in desk.channel.problem)
        fake.say(GROUP, ANNA, "/take 1")
        await fake.start()
        await fake.until(lambda: desk.heard)


async def test_a_revoked_token_is_a_problem_and_no_storm(fake: FakeTelegram) -> None:
    fake.valid = False
    async with listening(fake) as desk:
        await fake.until(lambda: "refused (401)" in desk.channel.problem)
        await asyncio.sleep(1)
        assert len(fake.calls) <= 2
    assert TOKEN not in desk.channel.problem


async def test_a_token_that_is_revoked_later(fake: FakeTelegram) -> None:
    async with listening(fake) as desk:
        await fake.until(lambda: fake.called("getUpdates"))
        fake.valid = False
        await fake.until(lambda: "refused (401)" in desk.channel.problem)


async def test_an_order_to_wait_is_obeyed(fake: FakeTelegram) -> None:
    fake.fault("getUpdates", retry_after=3)
    async with listening(fake) as desk:
        await fake.until(lambda: "asks us to wait" in desk.channel.problem)
        await fake.until(lambda: len(fake.called("getUpdates")) > 1)
    first, second, *_ = fake.called("getUpdates")
    assert second.at - first.at >= 3


async def test_a_second_reader_is_an_alarm_and_no_fight(fake: FakeTelegram) -> None:
    async with listening(fake) as desk:
        await fake.until(lambda: fake.called("getUpdates"))
        fake.fault("getUpdates", status=409, text="Conflict: terminated by other getUpdates request", times=-1)
        await fake.until(lambda: "(409)" in desk.channel.problem)
        asked = len(fake.called("getUpdates"))
        await asyncio.sleep(2)
        assert len(fake.called("getUpdates")) - asked <= 3
        fake.faults.clear()
        await fake.until(lambda: not desk.channel.problem)
    assert {(one.event, one.about) for one in desk.heard} == {("trouble", "conflict")}
    assert len({one.source for one in desk.heard}) == 1, "the inbox keeps one a day"


async def test_two_of_us_take_turns_and_lose_nothing(fake: FakeTelegram) -> None:
    async with listening(fake) as one, listening(fake) as other:
        await fake.until(lambda: "409" in one.channel.problem or "409" in other.channel.problem)
        fake.say(GROUP, ANNA, "/take 1")
        await fake.until(lambda: any(heard.text for heard in [*one.heard, *other.heard]))


async def test_a_server_that_does_not_wait_is_not_stormed(fake: FakeTelegram) -> None:
    async def at_once(_: Any) -> list[Any]:
        return []

    fake._get_updates = at_once  # type: ignore[method-assign,assignment]
    async with listening(fake):
        await asyncio.sleep(2)
    assert len(fake.called("getUpdates")) <= 6


# ---- presses ----


async def test_a_press_is_stored_then_answered(fake: FakeTelegram) -> None:
    async with listening(fake) as desk:
        sent = await desk.channel.send(message("FD-1", labels=("Take",)))
        query = fake.press(GROUP, int(sent.external_id), "Take", ANNA)
        await fake.until(lambda: fake.answered == [query])
        [heard] = desk.heard
        assert (heard.action, heard.reply_to, heard.chat) == ("token:0", sent.external_id, str(GROUP))


async def test_a_press_that_cannot_be_stored_is_not_answered(fake: FakeTelegram) -> None:
    async with listening(fake) as desk:
        sent = await desk.channel.send(message("FD-1", labels=("Take",)))
        desk.refuse = NotNow("the disk is full")
        fake.press(GROUP, int(sent.external_id), "Take", ANNA)
        await fake.until(lambda: desk.channel.problem)
        assert fake.answered == []
        desk.refuse = None
        await fake.until(lambda: fake.answered)
        assert len(desk.heard) == 1


async def test_an_answer_that_comes_too_late_changes_nothing(fake: FakeTelegram) -> None:
    """3 D 78: "query is too old": the effect is kept, the next ones are heard."""
    async with listening(fake) as desk:
        sent = await desk.channel.send(message("FD-1", labels=("Take",)))
        fake._queries = dict.fromkeys(map(str, range(8000)), -1.0)
        fake.press(GROUP, int(sent.external_id), "Take", ANNA)
        fake.say(GROUP, ANNA, "/take 1")
        await fake.until(lambda: len(desk.heard) == 2 and not fake.updates)
        assert not desk.channel.problem


# ---- groups ----


async def test_a_group_that_is_nobody_s_is_left_unheard(fake: FakeTelegram) -> None:
    """3 C 61."""
    other = fake.group(-1009)
    async with listening(fake) as desk:
        fake.say(other, ANNA, "/take 1")
        await fake.until(lambda: fake.left == {other: "left"})
        fake.say(GROUP, ANNA, "/take 2")
        await fake.until(lambda: desk.heard)
    assert [one.text for one in desk.heard] == ["/take 2"]


async def test_to_be_added_to_a_group_that_is_nobody_s(fake: FakeTelegram) -> None:
    other = fake.group(-1009)
    async with listening(fake) as desk:
        fake.change_us(other, "member", old="left")
        await fake.until(lambda: fake.left == {other: "left"})
    assert desk.heard == []


async def test_to_be_put_out_of_a_foreign_group_is_no_reason_to_leave_it(fake: FakeTelegram) -> None:
    other = fake.group(-1009)
    async with listening(fake) as desk:
        fake.change_us(other, "kicked")
        fake.say(GROUP, ANNA, "/take 1")
        await fake.until(lambda: desk.heard)
    assert fake.called("leaveChat") == []


async def test_a_group_that_moves_is_followed_and_not_left(fake: FakeTelegram) -> None:
    async with listening(fake) as desk:
        new = -1001000000002
        desk.known[str(new)] = ""  # as the desk does when it has read the first of them
        fake.migrate(GROUP, new)
        await fake.until(lambda: len(desk.heard) == 2)
    assert {(one.event, one.chat, one.about) for one in desk.heard} == {("moved", str(GROUP), str(new))}
    assert fake.left == {}


async def test_a_look_says_who_the_bot_is_and_what_is_wrong(fake: FakeTelegram) -> None:
    """`faultdesk check`."""
    assert [one.text for one in await settings_for(fake).check(running=True)] == [
        "the token is good: the bot is @faultdesk_bot"
    ]
    wrong = settings_for(fake, token="123456789:" + "A" * 35)
    assert [(one.level, "@BotFather" in one.text) for one in await wrong.check(running=True)] == [("wrong", True)]
    away = settings_for(fake, base_url="http://127.0.0.1:1")
    assert [(one.level, "does not answer" in one.text) for one in await away.check(running=True)] == [("wrong", True)]
