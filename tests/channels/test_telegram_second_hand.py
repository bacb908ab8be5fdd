"""Every command by everybody, in every kind of chat and form: what is not said here and now by a person never arrives.

What does arrive, arrives as it was said; who may then do what where is `tests/bot/commands/test_authorization.py`.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from bot.commands.base import REGISTRY
from bot.commands.run import obey
from channels.telegram.updates import Ears, understand
from tests.bot.commands.test_authorization import ACTORS, FORMS, PLACES, WORDS

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DATE = int(NOW.timestamp()) - 60
NAMES = {name for one in REGISTRY.commands for name in one.names}
EARS = Ears(42, "faultdesk_bot", lambda: NAMES, lambda: NOW)
PEOPLE = {actor: {"id": 501 + place, "is_bot": False, "first_name": actor} for place, actor in enumerate(ACTORS[:-1])}
CHATS: dict[str, dict[str, Any]] = {
    "private": {"type": "private"},
    "own group": {"id": -1001, "type": "supergroup", "title": "ACME"},
    "another customer's group": {"id": -1002, "type": "supergroup", "title": "Rival"},
    "unknown group": {"id": -77, "type": "group", "title": "Elsewhere"},
    "channel": {"id": -1003, "type": "channel", "title": "News"},
}
SECOND_HAND: dict[str, dict[str, Any]] = {
    "edited": {"edit_date": DATE + 5},
    "forwarded from a person": {"forward_origin": {"type": "user", "date": DATE, "sender_user": {"id": 501}}},
    "forwarded from somebody hidden": {
        "forward_origin": {"type": "hidden_user", "date": DATE, "sender_user_name": "A"}
    },
    "forwarded from a channel": {"forward_origin": {"type": "channel", "date": DATE, "chat": {"id": -1003}}},
    "forwarded, as older servers say it": {"forward_date": DATE, "forward_from": {"id": 501}},
    "anonymous administrator": {"from": {"id": 1087968824, "is_bot": True}, "sender_chat": {"id": -1001}},
    "as a channel": {"from": {"id": 136817688, "is_bot": True}, "sender_chat": {"id": -1003, "type": "channel"}},
    "by another bot": {"via_bot": {"id": 43, "is_bot": True}},
}
LINES = [
    pattern.format(name) for one in REGISTRY.commands for name in one.names for pattern in ("/{}", "/{}@faultdesk_bot")
]


def updates(line: str, **more: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(actor, kind of chat, the message) of everybody in every kind of chat, once with and once without words behind."""
    for (actor, sender), (place, chat) in product(PEOPLE.items(), CHATS.items()):
        there = {"id": sender["id"], **chat}
        yield actor, place, {"message_id": 9, "from": sender, "chat": there, "date": DATE, "text": line, **more}


@pytest.mark.parametrize("form", SECOND_HAND)
def test_nothing_second_hand_is_a_command(form: str) -> None:
    for line in LINES:
        for actor, place, message in updates(f"{line} 1 yes", **SECOND_HAND[form]):
            for kind in ("message", "edited_message", "channel_post", "edited_channel_post"):
                assert understand({"update_id": 5, kind: message}, EARS) is None, (line, actor, place, kind)


def test_an_edit_and_a_channels_post_are_no_command_as_kinds_of_updates_either() -> None:
    for line in LINES:
        for actor, place, message in updates(f"{line} 1"):
            for kind in ("edited_message", "channel_post", "edited_channel_post"):
                assert understand({"update_id": 5, kind: message}, EARS) is None, (line, actor, place, kind)


def test_what_a_person_says_arrives_with_its_words_its_speaker_and_its_chat() -> None:
    """Twice the same update is twice the same source: storing it makes one command of it."""
    for name, words in WORDS.items():
        for actor, place, message in updates(f"/{name} {words}".strip()):
            heard = [understand({"update_id": 5, "message": message}, EARS) for _ in range(2)]
            assert heard[0] == heard[1]
            assert heard[0] is not None, (name, actor, place)
            told = (heard[0].text, heard[0].sender, heard[0].chat, heard[0].source)
            assert told == (message["text"], str(PEOPLE[actor]["id"]), str(message["chat"]["id"]), "5"), (name, actor)


def test_a_press_is_the_pressers_whoever_the_card_is_for() -> None:
    for actor, place, message in updates("FD-1"):
        query = {"id": "1", "from": PEOPLE[actor], "message": message, "data": "token:0"}
        heard = understand({"update_id": 6, "callback_query": query}, EARS)
        assert heard is not None
        assert (heard.sender, heard.chat, heard.action) == (
            str(PEOPLE[actor]["id"]),
            str(message["chat"]["id"]),
            "token:0",
        ), place


def test_the_document_says_how_much_is_tried() -> None:
    text = (Path(__file__).parents[2] / "docs" / "measurements.md").read_text(encoding="utf-8")
    section = text.split("## Who may do what")[1].split("\n## ")[0]
    said = (len(PEOPLE) * len(CHATS) * len(FORMS), len(ACTORS), 2 * len(PEOPLE) * len(CHATS) * len(SECOND_HAND) * 4)
    assert [int(one.replace(",", "")) for one in re.findall(r"\| ([\d,]+) \|$", section, re.MULTILINE)] == list(said)
    assert len(CHATS) == len(PLACES)


def test_all_commands_are_there() -> None:
    assert obey.__module__ == "bot.commands.run"  # importing it has declared them
    assert len(WORDS) == len(REGISTRY.commands) > 40
