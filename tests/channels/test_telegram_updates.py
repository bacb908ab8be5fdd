"""channels.telegram.updates: what is a command and what never is (reliability 3 C 61 to 67, 3 D 73)."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.messages import ChatFile, IncomingChat
from channels.telegram.updates import Ears, understand

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
EARS = Ears(42, "faultdesk_bot", lambda: {"take", "接单", "note"}, lambda: NOW)
ANNA = {"id": 501, "is_bot": False, "first_name": "Anna"}
US = {"id": 42, "is_bot": True, "first_name": "Faultdesk", "username": "faultdesk_bot"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Support"}
PRIVATE = {"id": 501, "type": "private", "first_name": "Anna"}
DATE = int(NOW.timestamp()) - 60
CARD = {"message_id": 7, "from": US, "chat": GROUP, "date": DATE, "text": "FD-1"}


def said(text: str = "/take 1", **more: Any) -> dict[str, Any]:
    words = {"text": text} if text else {}
    message = {"message_id": 9, "from": ANNA, "chat": GROUP, "date": DATE, **words, **more}
    return {"update_id": 5, "message": {name: one for name, one in message.items() if one is not None}}


def heard(update: dict[str, Any]) -> IncomingChat | None:
    return understand(update, EARS)


def words(update: dict[str, Any]) -> str | None:
    found = heard(update)
    return found.text if found else None


def test_a_command_with_everything_that_we_keep_of_it() -> None:
    assert heard(said()) == IncomingChat(
        "telegram", "5", "501", "-1001", datetime.fromtimestamp(DATE, UTC), text="/take 1", about="9"
    )


# ---- in a group, only what is said to us ----


@pytest.mark.parametrize("text", ["/take 1", "/help", "接单 17", "接单17", "接单：17", "Take FD-17", "take #17 please"])
def test_what_is_a_command_in_a_group(text: str) -> None:
    assert words(said(text)) == text


@pytest.mark.parametrize("text", ["／接单 1", "、接单 1", "/ 接单 1", " ／ 接单 1", "、接单@FaultDesk_bot 1"])
def test_whatever_stands_on_the_key_of_the_slash_is_one(text: str) -> None:
    assert words(said(text)) == "/接单 1"


@pytest.mark.parametrize("text", ["接但 17", "接但１７", "tkae FD-17"])
def test_a_typing_mistake_before_nothing_but_a_number_is_perhaps_a_command(text: str) -> None:
    assert words(said(text)) == text
    assert words(said(f"{text} 号")) is None
    assert heard(said("", photo=[{}], caption=text)) is None


TALK = ["hello", "take it easy", "17", "接单的人呢", "who took 17?", "note", "", "  ", "room 17", "大约 17"]


@pytest.mark.parametrize("text", TALK)
def test_what_people_say_to_each_other_is_not_even_kept(text: str) -> None:
    assert heard(said(text)) is None


@pytest.mark.parametrize("text", ["hello", "take it easy", "17", "接单"])
def test_in_private_everything_is_said_to_us(text: str) -> None:
    assert words(said(text, chat=PRIVATE)) == text


def test_a_command_that_names_us_or_another_bot() -> None:
    """3 C 65."""
    assert words(said("/take@FaultDesk_bot 17")) == "/take 17"
    assert words(said("/take@otherbot 17")) is None
    assert words(said("/take@otherbot 17", chat=PRIVATE)) is None
    assert words(said("/link@faultdesk_bot")) == "/link"


def test_an_answer_to_one_of_our_messages_is_said_to_us() -> None:
    found = heard(said("on my way", reply_to_message=CARD))
    assert found is not None
    assert (found.text, found.reply_to) == ("on my way", "7")
    assert heard(said("on my way", reply_to_message=CARD | {"from": ANNA})) is None
    opened = CARD | {"forum_topic_created": {"name": "x", "icon_color": 1}}
    assert heard(said("hello all", reply_to_message=opened)) is None


# ---- what is never a command ----


@pytest.mark.parametrize(
    "more",
    [
        {"from": ANNA | {"id": 1087968824, "is_bot": True}, "sender_chat": GROUP},
        {"from": ANNA | {"id": 1087968824}},
        {"from": ANNA | {"id": 136817688}},
        {"from": ANNA | {"id": 777000}, "is_automatic_forward": True},
        {"from": ANNA | {"is_bot": True}},
        {"from": None},
        {"sender_chat": {"id": -1009, "type": "channel"}},
        {"forward_origin": {"type": "user", "date": DATE, "sender_user": ANNA}},
        {"forward_origin": {"type": "hidden_user", "date": DATE, "sender_user_name": "x"}},
        {"forward_date": DATE},
        {"via_bot": US},
        {"edit_date": DATE},
    ],
    ids=str,
)
@pytest.mark.parametrize("chat", [GROUP, PRIVATE], ids=["group", "private"])
def test_nobody_in_particular_and_nothing_second_hand(more: dict[str, Any], chat: dict[str, Any]) -> None:
    """3 C 61 to 64: other bots, anonymous administrators, channels, forwarded and edited messages."""
    assert heard(said("/take 1", **{"chat": chat, **more})) is None
    assert heard(said("", photo=[{}], caption="/take 1", **{"chat": chat, **more})) is None


@pytest.mark.parametrize("kind", ["edited_message", "channel_post", "edited_channel_post", "business_message"])
def test_kinds_of_messages_that_nobody_asked_for(kind: str) -> None:
    assert heard({"update_id": 5, kind: said()["message"]}) is None


def test_words_of_the_wrong_kind_do_not_break_the_store() -> None:
    assert words(said("/note 1 \ud800x\x00y", chat=PRIVATE)) == "/note 1 \ufffdxy"


# ---- media ----


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "poll", "document", "video_note", "location"])
def test_media_for_us_are_heard(kind: str) -> None:
    """3 C 67; what names no file is none."""
    for update in (said("", chat=PRIVATE, **{kind: {}}), said("", reply_to_message=CARD, **{kind: {}})):
        found = heard(update | {"message": update["message"] | {"media_group_id": "88"}})
        assert found is not None
        assert (found.event, found.about, found.text, found.file) == ("media", "88", "", None)
    assert heard(said("", **{kind: {}})) is None


def test_words_below_a_picture_are_heard() -> None:
    """3 C 67: a command, and an answer to one of our messages; what is neither is not taken for one."""
    for caption, more, heard_as in (
        ("/solve 1 done", {}, ("/solve 1 done", "")),
        ("toner is low", {"reply_to_message": CARD}, ("toner is low", "7")),
        ("look at that", {"chat": PRIVATE}, ("look at that", "")),
        ("  ", {"reply_to_message": CARD}, ("", "7")),
    ):
        found = heard(said("", photo=[{}], caption=caption, **more))
        assert found is not None
        assert (found.event, (found.text, found.reply_to)) == ("media", heard_as)
    assert heard(said("", photo=[{}], caption="look at that")) is None


@pytest.mark.parametrize(
    ("sent", "file"),
    [
        ({"photo": [{"file_id": "small"}, {"file_id": "large", "file_size": 9}]}, ("large", "photo-8.jpg", "", 9)),
        ({"voice": {"file_id": "v", "mime_type": "audio/ogg"}}, ("v", "voice-8.ogg", "audio/ogg", 0)),
        ({"document": {"file_id": "d", "file_name": "a\x00.pdf", "file_size": -1}}, ("d", "a.pdf", "", 0)),
        ({"sticker": {"file_id": "s"}}, None),
        ({"document": {"file_id": "d" * 9999, "file_name": "n" * 9999}}, ("d" * 512, "n" * 300, "", 0)),
    ],
    ids=["photo", "voice", "document", "sticker", "huge"],
)
def test_what_file_it_is(sent: dict[str, Any], file: Any) -> None:
    found = heard(said("", chat=PRIVATE, message_id=8, **sent))
    assert found is not None
    assert found.file == (ChatFile(*file) if file else None)


def test_a_quoted_command_is_not_said_by_who_quotes_it() -> None:
    """3 C 64: neither a passage of our message nor one of another chat."""
    for quoted in ({"quote": {"text": "/take 1", "position": 0}}, {"external_reply": {"origin": {"type": "user"}}}):
        told = said("look at this", reply_to_message=CARD | {"from": ANNA, "text": "/take 1"}, **quoted)
        assert heard(told) is None


# ---- presses ----


def test_a_press() -> None:
    press = {"id": "1", "from": ANNA, "message": CARD, "chat_instance": "9", "data": "token:0"}
    found = heard({"update_id": 6, "callback_query": press})
    assert found == IncomingChat("telegram", "6", "501", "-1001", NOW, action="token:0", reply_to="7", about="1")
    for wrong in ({"message": None}, {"data": None}, {"from": US}, {"from": ANNA | {"id": 1087968824}}):
        assert heard({"update_id": 6, "callback_query": press | wrong}) is None


# ---- what happens to chats ----


@pytest.mark.parametrize(("status", "event"), [("left", "left"), ("kicked", "left"), ("member", None)])
def test_who_leaves(status: str, event: str | None) -> None:
    member = {"user": ANNA, "status": status}
    change = {"chat": GROUP, "from": US, "date": DATE, "old_chat_member": member, "new_chat_member": member}
    found = heard({"update_id": 6, "chat_member": change})
    assert (found.event if found else None) == event
    assert found is None or (found.sender, found.chat) == ("501", "-1001")


def test_who_leaves_as_a_message_tells_it() -> None:
    found = heard(said("", left_chat_member=ANNA))
    assert found is not None
    assert (found.event, found.sender) == ("left", "501")
    assert heard(said("", left_chat_member=US)) is None


def test_a_group_that_moves() -> None:
    for update in (
        said("", migrate_to_chat_id=-1002),
        said("", chat=GROUP | {"id": -1002}, migrate_from_chat_id=-1001),
    ):
        found = heard(update)
        assert found is not None
        assert (found.event, found.chat, found.about) == ("moved", "-1001", "-1002")


@pytest.mark.parametrize(
    ("old", "new", "trouble"),
    [
        ("administrator", {"status": "kicked"}, "removed"),
        ("member", {"status": "left"}, "removed"),
        ("administrator", {"status": "restricted", "can_send_messages": False}, "muted"),
        ("administrator", {"status": "member"}, "demoted"),
        ("member", {"status": "administrator"}, None),
        ("left", {"status": "member"}, "back"),
        ("kicked", {"status": "restricted", "can_send_messages": True}, "back"),
        ("kicked", {"status": "restricted", "can_send_messages": False}, "muted"),
    ],
)
def test_what_happens_to_us(old: str, new: dict[str, Any], trouble: str | None) -> None:
    """3 C 72."""
    members = {"old_chat_member": {"user": US, "status": old}, "new_chat_member": {"user": US, **new}}
    change = {"chat": GROUP, "from": ANNA, "date": DATE, **members}
    found = heard({"update_id": 6, "my_chat_member": change})
    assert (found.about or found.event if found else None) == trouble
    assert heard({"update_id": 6, "my_chat_member": change | {"chat": PRIVATE}}) is None


# ---- whatever comes ----

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
UPDATES = [
    said(),
    said("", reply_to_message=CARD, photo=[{}], caption="x"),
    said("", left_chat_member=ANNA),
    {"update_id": 6, "callback_query": {"id": "1", "from": ANNA, "message": CARD, "data": "t:0"}},
    {"update_id": 6, "chat_member": {"chat": GROUP, "from": ANNA, "new_chat_member": {"user": ANNA, "status": "left"}}},
]


@given(st.sampled_from(UPDATES), st.lists(st.integers(0, 99), min_size=1, max_size=4), JSON)
def test_an_update_that_is_not_as_it_should_be_is_nothing(update: dict[str, Any], path: list[int], wrong: Any) -> None:
    """Any value anywhere in it replaced by any other: never an error, and what comes out can be stored."""
    broken = copy.deepcopy(update)
    place: Any = broken
    for step in path[:-1]:
        inner = [one for one in place.values() if isinstance(one, dict)]
        place = inner[step % len(inner)] if inner else place
    place[list(place)[path[-1] % len(place)]] = wrong
    found = heard(broken)
    if found:
        json.dumps([found.text, found.action, found.about]).encode()
