"""channels.telegram, going out: what Telegram gets, and what each of its errors allows to conclude (P5, P6, 2.2)."""

import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.messages import File, OutgoingMail, Topic
from channels.base import ChannelError
from channels.telegram.speech import MOST_TEXT, fitted, headline, units
from tests.channels.telegram_line import ANNA, BEN, GROUP, Desk, message, populate
from tests.parts.telegram import TOKEN, FakeTelegram


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as one:
        yield populate(one)


@pytest.fixture
async def desk(fake: FakeTelegram) -> AsyncIterator[Desk]:
    one = Desk(fake)
    yield one
    await one.channel.close()


async def refused(desk: Desk, what: Any) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await desk.channel.send(what)
    assert TOKEN not in caught.value.text
    return caught.value


# ---- what Telegram gets ----


async def test_a_text_with_buttons_and_a_bold_first_line(fake: FakeTelegram, desk: Desk) -> None:
    receipt = await desk.channel.send(message("🆕 FD-1 new\nPrinter", labels=("Take", "Assign", "Junk", "Details")))
    [shown] = fake.sent(GROUP)
    assert receipt.external_id == str(shown["message_id"])
    assert shown["text"] == "🆕 FD-1 new\nPrinter"
    assert shown["entities"] == [{"type": "bold", "offset": 0, "length": 11}]
    rows = shown["reply_markup"]["inline_keyboard"]
    assert [[one["text"] for one in row] for row in rows] == [["Take", "Assign"], ["Junk", "Details"]]
    assert rows[1][1]["callback_data"] == "token:3"


@pytest.mark.parametrize("silent", [True, False])
async def test_sound(fake: FakeTelegram, desk: Desk, *, silent: bool) -> None:
    await desk.channel.send(message(silent=silent))
    assert fake.sent(GROUP)[0]["silent"] is silent


@pytest.mark.parametrize("text", ["<b>x</b> & _*[`", "\u202efdp.exe", "{{7*7}} %s", "e" + "\u0301" * 300, "a\x00b"])
async def test_what_a_stranger_writes_is_shown_as_it_is(fake: FakeTelegram, desk: Desk, text: str) -> None:
    await desk.channel.send(message(f"FD-1\n{text}"))
    assert fake.sent(GROUP)[0]["text"] == f"FD-1\n{text}"


async def test_no_markup_language_and_no_preview_is_ever_asked_for(fake: FakeTelegram, desk: Desk) -> None:
    first = await desk.channel.send(message("see https://evil.example/\nx"))
    await desk.channel.send(message("see https://evil.example/\ny", edits=first.external_id))
    for call in (*fake.called("sendMessage"), *fake.called("editMessageText")):
        assert "parse_mode" not in call.args
        assert call.args["link_preview_options"] == {"is_disabled": True}


@pytest.mark.parametrize("letter", ["x", "长", "😀"])
async def test_a_text_that_is_too_long_is_cut_with_a_word(fake: FakeTelegram, desk: Desk, letter: str) -> None:
    await desk.channel.send(message(letter * 5000, when_cut="… (cut)"))
    text = fake.sent(GROUP)[0]["text"]
    assert text.endswith(f"{letter}\n… (cut)")
    assert MOST_TEXT - 1 <= units(text) <= MOST_TEXT


def test_a_text_that_just_fits_is_not_cut() -> None:
    assert fitted("x" * MOST_TEXT, "cut") == "x" * MOST_TEXT
    assert fitted("  \n ", "cut") == "…"
    assert headline("one line") == ()


async def test_a_file_goes_as_a_document_after_its_text(fake: FakeTelegram, desk: Desk) -> None:
    await desk.channel.send(message("10 of 12", files=(File("提醒.txt", "text/plain", b"all twelve"),)))
    assert fake.files == [(GROUP, "提醒.txt", b"all twelve")]
    assert [one.get("text", "file") for one in fake.sent(GROUP)] == ["10 of 12", "file"]


@pytest.mark.parametrize(
    "more", [{"files": (File("a.txt", "text/plain", b"x"),)}, {"topic": Topic("7", is_open=False)}]
)
async def test_whatever_is_shown_in_a_group_takes_room_there(fake: FakeTelegram, more: dict[str, Any]) -> None:
    """A file after its text is a message of its own, and so is that a topic was closed."""
    desk = Desk(fake, group_per_minute=3, chat_per_second=1e6)
    fake.chats[GROUP]["is_forum"] = True
    fake.topics[GROUP, 7] = ["FD-1", "open"]
    for each in (more, {}):
        assert desk.channel.wait_for(str(GROUP), urgent=True) == 0
        await desk.channel.send(replace(message("FD-1 closed"), **each))
    assert desk.channel.wait_for(str(GROUP), urgent=True) > 0
    await desk.channel.close()


async def test_a_short_text_stands_below_its_picture_and_a_long_one_above(fake: FakeTelegram, desk: Desk) -> None:
    picture, broken = (File("week.png", "image/png", data) for data in (b"\x89PNG week", b"no picture"))
    said = await desk.channel.send(message("The week\n3 came", labels=("More",), files=(picture,)))
    await desk.channel.send(message("x" * 1025, files=(picture,)))
    await desk.channel.send(message("The week", files=(broken,)))
    below, long, above, words, file = fake.sent(GROUP)
    assert (below["caption"], said.external_id) == ("The week\n3 came", str(below["message_id"]))
    assert (below["caption_entities"][0]["length"], "reply_markup" in below) == (8, True)
    assert (len(long["text"]), above["caption"]) == (1025, "week.png")
    assert (words["text"], file["document"]["file_name"]) == ("The week", "week.png")


async def test_an_edit_changes_the_message_in_its_place(fake: FakeTelegram, desk: Desk) -> None:
    first = await desk.channel.send(message("new", labels=("Take",)))
    again = await desk.channel.send(message("taken", edits=first.external_id))
    [shown] = fake.sent(GROUP)
    assert (shown["text"], "reply_markup" in shown, again) == ("taken", False, first)


async def test_an_edit_that_changes_nothing_is_a_success(desk: Desk) -> None:
    first = await desk.channel.send(message("new"))
    assert await desk.channel.send(message("new", edits=first.external_id)) == first


async def test_a_card_that_is_gone_is_sent_anew(fake: FakeTelegram, desk: Desk) -> None:
    first = await desk.channel.send(message("new"))
    del fake.messages[GROUP][int(first.external_id)]
    again = await desk.channel.send(message("taken", edits=first.external_id))
    assert [one["text"] for one in fake.sent(GROUP)] == ["taken"]
    assert again != first


async def test_another_s_message_is_never_edited(fake: FakeTelegram, desk: Desk) -> None:
    theirs = fake.say(GROUP, ANNA, "hello")
    await desk.channel.send(message("taken", edits=str(theirs["message_id"])))
    assert [one["text"] for one in fake.sent(GROUP)] == ["taken"]
    assert fake.messages[GROUP][theirs["message_id"]]["text"] == "hello"


async def test_where_looks_cannot_be_read_the_words_go_without_once(fake: FakeTelegram, desk: Desk) -> None:
    fake.fault("sendMessage", status=400, text="Bad Request: can't parse entities: no such thing")
    await desk.channel.send(message("FD-1\nx"))
    assert [one["text"] for one in fake.sent(GROUP)] == ["FD-1\nx"]
    fake.fault("sendMessage", status=400, text="Bad Request: can't parse entities: no such thing", times=2)
    assert (await refused(desk, message("FD-1\nx"))).permanent
    assert len(fake.called("sendMessage")) == 4


# ---- what its errors mean ----


async def test_nobody_listens(fake: FakeTelegram, desk: Desk) -> None:
    await fake.stop()
    error = await refused(desk, message())
    assert (error.unsent, error.broken, error.permanent) == (True, True, False)


async def test_a_line_cut_before_the_effect_and_after_it_are_the_same_to_us(fake: FakeTelegram, desk: Desk) -> None:
    for cut, arrived in (("before", 0), ("after", 1)):
        fake.fault("sendMessage", cut=cut)
        error = await refused(desk, message())
        assert (error.unsent, error.broken, error.permanent) == (False, False, False)
        assert len(fake.sent(GROUP)) == arrived


async def test_an_answer_that_comes_too_late(fake: FakeTelegram) -> None:
    impatient = Desk(fake, timeout=1)
    fake.fault("sendMessage", delay=10)
    error = await refused(impatient, message())
    assert (error.unsent, len(fake.sent(GROUP))) == (False, 1)
    await impatient.channel.close()


@pytest.mark.parametrize("how", [{"status": 500}, {"garbage": True}, {"status": 502}])
async def test_a_sick_server(fake: FakeTelegram, desk: Desk, how: Any) -> None:
    fake.fault("sendMessage", **how)
    error = await refused(desk, message())
    assert (error.unsent, error.permanent) == (False, False)
    assert "<html>" not in error.text or len(error.text) <= 300


async def test_too_many_messages(fake: FakeTelegram, desk: Desk) -> None:
    fake.fault("sendMessage", retry_after=17)
    begun = time.monotonic()
    error = await refused(desk, message())
    assert (error.retry_after, error.code, error.unsent, error.broken) == (17, "429", True, False)
    left = desk.channel.wait_for(str(GROUP), urgent=True)
    assert 17 - (time.monotonic() - begun) <= left <= 17
    assert desk.channel.wait_for(str(ANNA), urgent=True) == 0


async def test_a_revoked_token(fake: FakeTelegram, desk: Desk) -> None:
    fake.valid = False
    error = await refused(desk, message())
    assert (error.code, error.broken, error.unsent, error.permanent) == ("401", True, True, False)


async def test_a_person_who_never_wrote_to_us(desk: Desk) -> None:
    error = await refused(desk, message(to=BEN))
    assert (error.code, error.permanent, error.broken) == ("403", True, False)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: bot was kicked from the supergroup chat"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: not enough rights to send text messages to the chat"),
        (400, "Bad Request: TOPIC_CLOSED"),
        (413, "Request Entity Too Large (413)"),
    ],
)
async def test_a_refusal_for_good(fake: FakeTelegram, desk: Desk, status: int, text: str) -> None:
    fake.fault("sendMessage", status=status, text=text)
    error = await refused(desk, message())
    assert (error.permanent, error.unsent, error.broken) == (True, True, False)


async def test_a_group_that_became_a_supergroup(fake: FakeTelegram, desk: Desk) -> None:
    old = fake.group(-77)
    fake.migrate(old, -1007)
    error = await refused(desk, message(to=old))
    assert (error.moved_to, error.permanent, error.unsent) == ("-1007", False, True)


@pytest.mark.parametrize("how", [{"cut": "before"}, {"status": 400, "text": "Bad Request: no"}, {"retry_after": 3}])
async def test_a_file_that_fails_does_not_make_its_text_unsent(fake: FakeTelegram, desk: Desk, how: Any) -> None:
    fake.fault("sendDocument", **how)
    error = await refused(desk, message(files=(File("a.txt", "text/plain", b"x"),)))
    assert (error.unsent, len(fake.sent(GROUP))) == (False, 1)
    assert error.permanent == ("status" in how)


@pytest.mark.parametrize("to", ["", "group", "12a", "-", "１２３4x"])
async def test_an_address_that_is_none(fake: FakeTelegram, desk: Desk, to: str) -> None:
    what = message()
    object.__setattr__(what, "to", to)
    assert (await refused(desk, what)).permanent
    assert (await refused(desk, OutgoingMail("1", "a@b.example", "c@d.example", b""))).permanent
    assert fake.calls == []


async def test_the_token_is_in_no_log(fake: FakeTelegram, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Not even where everything is logged that our log lets through (3 E 80, G21)."""
    from bot import logs

    for name in logs.SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    caplog.set_level(logging.DEBUG, "faultdesk")
    await desk.channel.send(message())
    fake.fault("sendMessage", garbage=True)
    await refused(desk, message())
    await fake.stop()
    await refused(desk, message())
    lines = [logs.JsonLines().format(one) for one in caplog.records]
    assert not [one for one in lines if TOKEN.partition(":")[2] in one]
    assert TOKEN not in json.dumps(lines) + repr(desk.channel._settings) + logs.redact(f"/bot{TOKEN}/getMe")
