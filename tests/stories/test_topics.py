"""One topic a ticket in groups that are forums: closed and opened with it; without forum or right the plain group."""

from pathlib import Path
from typing import Any

import pytest

from tests.stories.telegram import ANNA, CUSTOMERS, DESK, GROUP, TelegramStory

pytestmark = pytest.mark.usefixtures("database")

BOB = "Bob Miller <bob@customer.example>"
FORUM = [{**CUSTOMERS[0], "groups": [{"chat": GROUP, "topics": True}]}]


def topics(desk: TelegramStory) -> list[str]:
    return [f"{name.partition(' · ')[0]}: {state}" for name, state in desk.telegram.topics.values()]


async def test_a_ticket_has_its_topic_which_closes_and_opens_with_it(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", customers=FORUM) as desk:
        fake = desk.telegram
        fake.group(GROUP, is_forum=True)
        await desk.mail(BOB, "Printer jam")
        confirmation = desk.hears("requester", "confirmation")
        await desk.mail(BOB, "No light")
        desk.hears("requester", "confirmation")
        assert topics(desk) == ["FD-1: open", "FD-2: open"]
        first, second = (desk.card(number)["message_thread_id"] for number in (1, 2))
        assert next(iter(fake.topics.values()))[0] == "FD-1 · office IT equipment"
        assert (first, second) == tuple(number for _, number in fake.topics)
        here: dict[str, Any] = {"message_thread_id": first, "is_topic_message": True}
        await desk.writes(ANNA, "/take 1", **here)
        desk.hears("requester", "assigned")
        assert fake.sent(GROUP)[-1]["message_thread_id"] == first
        await desk.writes(ANNA, "/board")
        assert "message_thread_id" not in fake.sent(GROUP)[-1]
        await desk.mail(BOB, "Re: Printer jam", "It smells, too.", answers=confirmation)
        assert fake.sent(GROUP)[-1]["message_thread_id"] == first
        await desk.writes(DESK, "/junk 2")
        assert topics(desk)[1] == "FD-2: closed"
        await desk.restarts()
        await desk.writes(DESK, "/junk 2 undo")
        assert topics(desk)[1] == "FD-2: open"
        turned = len(fake.called("reopenForumTopic"))
        del fake.topics[GROUP, second], fake.messages[GROUP][desk.card(2)["message_id"]]  # an administrator tidies up
        await desk.writes(ANNA, "/take 2", **(here | {"message_thread_id": second}))
        desk.hears("requester", "assigned")
        assert topics(desk) == ["FD-1: open", "FD-2: open"]
        assert desk.card(2)["message_thread_id"] == list(fake.topics)[1][1]
        assert len(fake.called("reopenForumTopic")) == turned
        assert any("FD-2 is yours" in one.get("text", "") for one in fake.sent(GROUP))


async def test_without_forum_or_right_the_cards_are_in_the_group_and_the_desk_is_told_once(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", customers=FORUM) as desk:
        fake = desk.telegram
        fake.group(GROUP, is_forum=True)
        fake.manages_topics = False
        for subject in ("Printer jam", "No light"):
            await desk.mail(BOB, subject)
            desk.hears("requester", "confirmation")
        assert {"message_thread_id" in desk.card(number) for number in (1, 2)} == {False}
        told = [one for one in desk.screen(DESK) if "has no topics" in one]
        assert len(told) == 1
        assert "not enough rights to create a topic" in told[0].casefold()
        assert len(fake.called("createForumTopic")) == 1
        fake.manages_topics = True
        await desk.restarts()
        await desk.mail(BOB, "A third one")
        desk.hears("requester", "confirmation")
        await desk.writes(ANNA, "/take 1")
        desk.hears("requester", "assigned")
        assert topics(desk) == ["FD-3: open"]
        assert "message_thread_id" not in desk.card(1)


async def test_a_topic_whose_card_has_not_arrived_is_used_after_a_crash(tmp_path: Path) -> None:
    async with TelegramStory(tmp_path / "desk", customers=FORUM) as desk:
        fake = desk.telegram
        fake.group(GROUP, is_forum=True)
        fake.fault("sendMessage", status=500, times=-1, chat=GROUP)
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation")
        assert [topics(desk), fake.sent(GROUP)[1:]] == [["FD-1: open"], []]
        fake.faults.clear()
        await desk.restarts()
        await desk.passes(minutes=1)
        assert topics(desk) == ["FD-1: open"]
        assert desk.card()["message_thread_id"] == next(iter(fake.topics))[1]
