"""channels.telegram.watch: groups that strangers can read, and who left one group and is in another (3 C 72)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.base import NotNow
from channels.telegram import watch
from channels.telegram.watch import exposure
from tests.channels.telegram_line import ANNA, BEN, GROUP, Desk, listening, populate, settings_for
from tests.parts.telegram import FakeTelegram

OTHER, THIRD = -1001000000002, -1001000000003


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as one:
        one.group(OTHER)
        one.group(THIRD)
        yield populate(one)


def told(desk: Desk) -> list[tuple[str, str]]:
    return [(one.chat, one.about) for one in desk.heard if one.event == "exposed"]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"type": "supergroup", "title": "Support"}, ""),
        ({"username": "support"}, "public"),
        ({"active_usernames": ["support", "help"]}, "public"),
        ({"location": {"address": "here"}}, "public"),
        ({"linked_chat_id": -100200300}, "channel"),
        ({"username": "support", "linked_chat_id": -100200300}, "public"),
        ({"invite_link": "https://t.me/+abc", "has_hidden_members": True, "slow_mode_delay": 10}, ""),
    ],
)
def test_what_opens_a_group_to_strangers(facts: dict[str, Any], reason: str) -> None:
    assert exposure(facts) == reason


async def test_groups_are_looked_at_when_it_starts_and_a_change_is_told_once(fake: FakeTelegram) -> None:
    fake.more[GROUP] = {"linked_chat_id": -100200300}
    async with listening(fake) as desk:
        await fake.until(lambda: told(desk))
        for _ in range(3):
            fake.say(GROUP, ANNA, "/take 1")
        await fake.until(lambda: not fake.updates)
    assert told(desk) == [(str(GROUP), "channel")]


async def test_what_is_known_is_not_told_again(fake: FakeTelegram) -> None:
    fake.chats[GROUP]["username"] = "support"
    desk = Desk(fake)
    desk.known[str(GROUP)] = "public"
    async with listening(fake, desk=desk):
        await fake.until(lambda: fake.called("getChat"))
        fake.say(GROUP, ANNA, "/take 1")
        await fake.until(lambda: desk.heard)
        assert told(desk) == []
        del fake.chats[GROUP]["username"]  # an update without the name makes it look again
        fake.say(GROUP, ANNA, "/take 2")
        await fake.until(lambda: told(desk))
    assert told(desk) == [(str(GROUP), "")]


async def test_a_name_in_an_update_counts_before_what_was_said(fake: FakeTelegram) -> None:
    async with listening(fake) as desk:
        await fake.until(lambda: fake.called("getChat"))
        fake.fault("getChat", status=502, times=-1)
        fake.chats[GROUP]["username"] = "support"
        fake.say(GROUP, ANNA, "/take 1")
        await fake.until(lambda: len(desk.heard) == 2)
    assert [one.event or one.text for one in desk.heard] == ["exposed", "/take 1"]
    assert told(desk) == [(str(GROUP), "public")]


async def test_an_answer_from_before_an_update_does_not_open_the_group_again(fake: FakeTelegram) -> None:
    """The look has asked while the group was private, and hears of it after the update that shows its name."""
    update_read = asyncio.Event()
    fake.fault("getChat", until=update_read)
    async with listening(fake) as desk:
        await fake.until(lambda: fake.called("getChat") and fake.called("getUpdates"))
        fake.chats[GROUP] = {**fake.chats[GROUP], "username": "support"}
        fake.say(GROUP, ANNA, "/take 1")
        await fake.until(lambda: desk.heard)
        update_read.set()
        await fake.until(lambda: len(fake.called("getChat")) > 1 and not fake.updates)
    assert told(desk) == [(str(GROUP), "public")]


async def test_looks_come_again_after_failures(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sick server, a wait asked for, and a disk that is full: each is no more than a look later."""
    monkeypatch.setattr(watch, "LOOK_AGAIN", 0.05)
    fake.chats[GROUP]["username"] = "support"
    fake.fault("getChat", status=502)
    fake.fault("getChat", retry_after=1)
    desk = Desk(fake)
    desk.refuse = NotNow("the disk is full")
    async with listening(fake, desk=desk):
        await fake.until(lambda: len(fake.called("getChat")) >= 4)
        assert told(desk) == []
        desk.refuse = None
        await fake.until(lambda: told(desk))
    assert told(desk) == [(str(GROUP), "public")]


async def test_now_and_then_each_group_is_looked_at_and_one_that_put_us_out_is_no_news(
    fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.05)
    desk = Desk(fake)
    desk.known |= {str(OTHER): "", str(THIRD): ""}
    fake.left[OTHER] = "kicked"
    async with listening(fake, desk=desk):
        await fake.until(lambda: len(fake.called("getChat")) >= 6)
        fake.more[THIRD] = {"linked_chat_id": -100200300}
        await fake.until(lambda: told(desk))
    assert told(desk) == [(str(THIRD), "channel")]


# ---- who left one group and is in another ----


@pytest.mark.parametrize(
    ("status", "about"),
    [("member", "elsewhere"), ("administrator", "elsewhere"), ("creator", "elsewhere"), ("restricted", "elsewhere"),
     ("left", ""), ("kicked", "")],
)  # fmt: skip
async def test_who_left_is_looked_for_in_our_other_groups(fake: FakeTelegram, status: str, about: str) -> None:
    desk = Desk(fake)
    desk.known |= {str(OTHER): "", str(THIRD): ""}
    desk.linked.add(str(ANNA))
    async with listening(fake, desk=desk):
        await has_called_roll(fake)
        fake.joins(OTHER, ANNA, status)
        fake.leaves(GROUP, ANNA)
        await fake.until(lambda: desk.heard)
    [left] = desk.heard
    assert (left.event, left.about) == ("left", about)
    assert {one.args["chat_id"] for one in fake.called("getChatMember")} == {OTHER, THIRD}


@pytest.mark.parametrize(
    "how", [{"status": 400}, {"status": 403}, {"status": 502}, {"cut": "before"}, {"retry_after": 5}]
)
async def test_nobody_can_say_whether_she_is_elsewhere(fake: FakeTelegram, how: dict[str, Any]) -> None:
    desk = Desk(fake)
    desk.known |= {str(OTHER): "", str(THIRD): ""}
    desk.linked.add(str(ANNA))
    async with listening(fake, desk=desk):
        await has_called_roll(fake)
        fake.fault("getChatMember", chat=OTHER, times=-1, **how)
        fake.leaves(GROUP, ANNA)
        await fake.until(lambda: desk.heard)
        fake.joins(THIRD, ANNA)
        fake.leaves(GROUP, ANNA)
        await fake.until(lambda: len(desk.heard) == 2)
    assert [one.about for one in desk.heard] == ["doubt", "elsewhere"], "one that has her is enough"


async def has_called_roll(fake: FakeTelegram) -> None:
    """And asks for news by now: before, it would hear of nobody who leaves."""
    await fake.until(lambda: fake.called("getUpdates") and fake.called("getChatMember"))
    fake.calls.clear()


async def test_who_is_surely_in_none_of_our_groups_is_told_and_who_may_be_in_one_is_not(
    fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reliability 4: she never was in a group, or left while nobody could hear it."""
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(watch, "BETWEEN", 0.0)
    desk = Desk(fake)
    desk.known[str(OTHER)] = ""
    desk.linked |= {str(ANNA), str(BEN)}
    fake.joins(OTHER, BEN, "restricted")
    async with listening(fake, desk=desk):
        await fake.until(lambda: len(fake.called("getChatMember")) > 6)
        fake.fault("getChatMember", status=403, chat=GROUP, times=-1)
        for _ in range(2):  # in the first round one may have been asked about before
            fake.calls.clear()
            await fake.until(lambda: len(fake.called("getChatMember")) > 6)
            fake.statuses.clear()
        assert desk.heard == []
        fake.faults.clear()
        fake.joins(GROUP, ANNA)
        await fake.until(lambda: desk.heard)
    assert {(one.event, one.sender, one.about) for one in desk.heard} == {("left", str(BEN), "nowhere")}


async def test_telegram_is_not_asked_about_strangers(fake: FakeTelegram) -> None:
    desk = Desk(fake)
    desk.known[str(OTHER)] = ""
    async with listening(fake, desk=desk):
        await fake.until(lambda: fake.called("getUpdates"))  # until then it has asked for no such news
        fake.leaves(GROUP, BEN)
        await fake.until(lambda: desk.heard)
    assert (desk.heard[0].event, desk.heard[0].about) == ("left", "")
    assert fake.called("getChatMember") == []


# ---- `faultdesk check` ----


async def test_check_says_what_each_group_is(fake: FakeTelegram) -> None:
    fake.chats[GROUP]["title"] = "Support\x1b[31m"
    fake.more[OTHER] = {"linked_chat_id": -100200300}
    fake.statuses[THIRD, fake.bot["id"]] = "member"
    public, unknown = fake.group(-1001000000004), -1001000000005
    fake.chats[public]["username"] = "support"
    found = await settings_for(fake).check_groups([GROUP, OTHER, THIRD, public, unknown])
    assert [one.level for one in found] == ["ok", "wrong", "advice", "wrong", "wrong"]
    words = ("bot is administrator there", "belongs to a channel", "cannot see who leaves", "is public", "not found")
    for one, chat, said in zip(found, (GROUP, OTHER, THIRD, public, unknown), words, strict=True):
        assert str(chat) in one.text
        assert said in one.text.casefold()
        assert "\x1b" not in one.text
    assert fake.sent() == []


async def test_check_leaves_a_dead_line_to_the_look_at_the_bot(fake: FakeTelegram) -> None:
    fake.valid = False
    assert await settings_for(fake).check_groups([GROUP]) == []


async def test_records_that_cannot_be_read_end_nothing(fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    """The news stays at Telegram, and the groups are looked at later."""
    monkeypatch.setattr(watch, "LOOK_AGAIN", 0.05)
    desk = Desk(fake)
    desk.unreadable = NotNow("the database cannot be read")
    fake.more[GROUP] = {"linked_chat_id": -100200300}
    async with listening(fake, desk=desk):
        fake.say(GROUP, ANNA, "/take 1")
        await fake.until(lambda: "cannot be read" in desk.channel.problem)
        assert (len(fake.updates), desk.heard, fake.called("getChat")) == (1, [], [])
        desk.unreadable = None
        await fake.until(lambda: told(desk) and len(desk.heard) == 2)
