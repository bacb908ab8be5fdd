"""Groups that strangers can read, and people in several groups: nothing is said there, links end with the last (3 C 72)."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.doctor import database
from storage.models import contact, outbox
from tests.stories.telegram import ANNA, BEN, DESK, GROUP, HANDLES, TelegramStory

pytestmark = pytest.mark.usefixtures("database")
BOB = "Bob Miller <bob@customer.example>"
OTHER = -1001000000018
OPEN = "Strangers can read the group"
CLOSED = "private again"


def said_to(desk: TelegramStory, chat: int) -> list[str]:
    """Every call that names the chat and says something."""
    calls = [one for one in desk.telegram.calls if one.args.get("chat_id") == chat]
    return [json.dumps(one.args) for one in calls if one.method in {"sendmessage", "senddocument", "editmessagetext"}]


async def findings(desk: TelegramStory) -> list[str]:
    found = await desk.app.store.read(lambda db: list(database(db, desk.clock.now())))
    return [one.finding.text for one in found if one.part == "groups"]


async def test_a_group_that_turns_public_hears_nothing_until_it_is_private_again(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        desk.telegram.chats[GROUP]["username"] = "support"
        before = len(said_to(desk, GROUP))
        await desk.writes(ANNA, "/take 1")  # the update shows the name: it counts before the command
        assert any("FD-1 is yours" in one for one in desk.screen(ANNA)), "the answer goes to her private chat"
        desk.hears("requester", "assigned")
        await desk.taps(BEN, desk.card(), "Take")
        desk.is_shown(BEN, "already taken by Anna")
        await desk.mail(BOB, "Toner")
        await desk.writes(ANNA, "/list")
        await desk.passes(minutes=60)
        desk.forget()
        assert said_to(desk, GROUP)[before:] == []
        assert [one for one in desk.screen(DESK) if OPEN in one and str(GROUP) in one] == [
            one for one in desk.screen(DESK) if OPEN in one
        ]
        assert len([one for one in desk.screen(DESK) if OPEN in one]) == 1
        [wrong] = await findings(desk)
        assert f"{GROUP}" in wrong
        assert "public" in wrong
        del desk.telegram.chats[GROUP]["username"]
        await desk.writes(ANNA, "/note 1 x")
        await desk.telegram.until(lambda: any(CLOSED in one for one in desk.screen(DESK)))
        await desk.settles()
        assert "In charge: Anna" in desk.card(1)["text"], "what has changed meanwhile is shown"
        assert "FD-2" in desk.card(2)["text"]
        assert await findings(desk) == []
        await desk.writes(ANNA, "/note 1 y")
        desk.reads(GROUP, "Noted on FD-1")
        desk.forget()


async def test_a_group_that_a_channel_s_readers_see_is_found_at_the_start_and_told_once(tmp_path: Path) -> None:
    story = TelegramStory(tmp_path / "desk")
    story.telegram.more[GROUP] = {"linked_chat_id": -1009999}
    async with story as desk:
        await desk.telegram.until(lambda: any(OPEN in one for one in desk.screen(DESK)))
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation")
        looked = len(desk.telegram.called("getChat"))
        await desk.restarts(after_minutes=60 * 24)
        await desk.telegram.until(lambda: len(desk.telegram.called("getChat")) > looked)
        await desk.writes(ANNA, "/take 1")
        assert said_to(desk, GROUP) == []
        assert len([one for one in desk.screen(DESK) if OPEN in one]) == 1
        assert "belongs to a channel" in next(one for one in desk.screen(DESK) if OPEN in one)
        states = await desk.app.store.read(
            lambda db: {(one.state, one.outcome) for one in db.execute(select(outbox)) if one.kind == "card"}
        )
        assert states == {("dropped", "strangers can read the group")}
        desk.forget()


async def test_a_trusted_group_that_is_open_is_trusted_no_more(tmp_path: Path) -> None:
    group = {"chat": GROUP, "trusted": True}
    customers = [{"key": "acme", "locale": "en", "domains": ["*"], "groups": [group]}]
    async with TelegramStory(tmp_path / "desk", customers=customers) as desk:
        await desk.mail(BOB, "Zebrafish", "Hippocampus")
        await desk.writes(ANNA, "/list")
        desk.reads(GROUP, "Zebrafish")
        desk.telegram.chats[GROUP]["username"] = "support"
        before = len(said_to(desk, GROUP))
        await desk.writes(BEN, "/list")
        desk.reads(BEN, "FD-1")
        assert "Zebrafish" not in desk.screen(BEN)[-1]
        assert said_to(desk, GROUP)[before:] == []
        desk.forget()


async def test_the_mark_moves_with_the_group(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk") as desk:
        desk.telegram.chats[GROUP]["username"] = "support"
        await desk.writes(ANNA, "/list")
        new = -1001000000099
        desk.telegram.migrate(GROUP, new)
        desk.telegram.chats[new]["username"] = "support"
        await desk.writes(ANNA, "/list", new)
        await desk.mail(BOB, "Printer jam")
        assert said_to(desk, new) == []
        [wrong] = await findings(desk)
        assert str(new) in wrong
        desk.forget()


# ---- people in several groups ----


def two_groups(folder: Path) -> TelegramStory:
    groups = [{"chat": GROUP}, {"chat": OTHER}]
    story = TelegramStory(folder, customers=[{"key": "acme", "locale": "en", "domains": ["*"], "groups": groups}])
    story.telegram.group(OTHER)
    for person in HANDLES.values():
        for chat in (GROUP, OTHER):
            story.telegram.joins(chat, person)
    return story


async def goes(desk: TelegramStory, chat: int, who: int, how: str = "left") -> None:
    await desk.telegram.until(lambda: desk.telegram.called("getUpdates"))  # before, it has asked for no such news
    desk.telegram.leaves(chat, who, how)
    await desk.settles()


async def linked(desk: TelegramStory) -> set[str]:
    mine = select(contact.c.value).where(contact.c.channel == "telegram")
    return set(await desk.app.store.read(lambda db: db.execute(mine).scalars().all()))


async def test_a_link_ends_with_the_last_of_our_groups(tmp_path: Path) -> None:
    async with two_groups(tmp_path / "desk") as desk:
        await goes(desk, GROUP, ANNA)
        assert str(ANNA) in await linked(desk)
        assert desk.screen(DESK) == []
        await desk.writes(ANNA, "/whoami", ANNA)
        desk.reads(ANNA, "Anna")
        await goes(desk, OTHER, ANNA, "kicked")
        assert str(ANNA) not in await linked(desk)
        desk.reads(DESK, "Anna is no longer linked")
        assert "could not say" not in desk.screen(DESK)[-1]


async def test_where_nobody_can_say_the_link_ends_and_the_desk_hears_why(tmp_path: Path) -> None:
    async with two_groups(tmp_path / "desk") as desk:
        desk.telegram.fault("getChatMember", status=403, text="Forbidden: bot was kicked from the supergroup chat")
        await goes(desk, GROUP, BEN)
        assert str(BEN) not in await linked(desk)
        desk.reads(
            DESK, "Ben is no longer linked", "could not say whether another one of our groups remains", "/invite ben"
        )
        everything: Any = await desk.outcomes()
        assert everything[-1] == "unlinked"
