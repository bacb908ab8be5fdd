"""channels.telegram: what is said to a press is shown to whoever pressed, if it still waits; else it is a message."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from channels.telegram import presses
from tests.channels.telegram_line import ANNA, GROUP, Desk, listening, message, populate
from tests.parts.telegram import FakeTelegram


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as one:
        yield populate(one)


async def pressed(desk: Desk, fake: FakeTelegram) -> str:
    """Anna presses a button in the group; the press is stored."""
    sent = await desk.channel.send(message("FD-1", labels=("Take",)))
    query = fake.press(GROUP, int(sent.external_id), "Take", ANNA)
    await fake.until(lambda: desk.heard)
    assert desk.heard[0].about == query
    return query


async def test_what_is_fleeting_is_shown_to_whoever_pressed_and_is_no_message(fake: FakeTelegram) -> None:
    async with listening(fake) as desk:
        query = await pressed(desk, fake)
        said = replace(message("FD-1 is taken", to=ANNA), press=query, fleeting=True)
        receipt = await desk.channel.send(said)
        assert (receipt.external_id, fake.popups, fake.sent(ANNA)) == ("", [(ANNA, "FD-1 is taken")], [])
        assert fake.called("answerCallbackQuery")[-1].args["show_alert"]


@pytest.mark.parametrize("words", ["x" * 201, "🙂" * 101])
async def test_what_is_too_long_for_that_is_a_message(fake: FakeTelegram, words: str) -> None:
    async with listening(fake) as desk:
        query = await pressed(desk, fake)
        await desk.channel.send(replace(message(words, to=ANNA), press=query, fleeting=True))
        assert [one["text"] for one in fake.sent(ANNA)] == [words]
        await fake.until(lambda: fake.answered == [query])
        assert fake.popups == []


async def test_a_press_that_nothing_is_said_to_ends_and_takes_no_words_any_more(
    fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second answer would be taken by Telegram, and nobody would see it."""
    monkeypatch.setattr(presses, "PATIENCE", 0.0)
    async with listening(fake) as desk:
        query = await pressed(desk, fake)
        await fake.until(lambda: fake.answered == [query])
        await asyncio.sleep(0)
        await desk.channel.send(replace(message("FD-1 is taken", to=ANNA), press=query, fleeting=True))
        assert [one["text"] for one in fake.sent(ANNA)] == ["FD-1 is taken"]


async def test_a_message_that_answers_a_press_ends_it(fake: FakeTelegram) -> None:
    async with listening(fake) as desk:
        query = await pressed(desk, fake)
        await desk.channel.send(replace(message("FD-1 is yours", to=ANNA), press=query))
        await fake.until(lambda: fake.answered == [query])
        assert (fake.popups, len(fake.sent(ANNA))) == ([], 1)


async def test_what_telegram_refuses_to_show_is_a_message(fake: FakeTelegram) -> None:
    async with listening(fake) as desk:
        query = await pressed(desk, fake)
        fake._queries.clear()  # it was too slow for Telegram
        await desk.channel.send(replace(message("FD-1 is taken", to=ANNA), press=query, fleeting=True))
        assert [one["text"] for one in fake.sent(ANNA)] == ["FD-1 is taken"]
