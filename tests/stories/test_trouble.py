"""When something does not work: nobody is left in the dark, and nothing is lost."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.domain.messages import IncomingMail
from bot.parsing.pool import ParseFailed
from channels.base import ChannelError
from storage import inbox
from storage.models import entry
from tests.stories.story import OUTSIDE, Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
NO_SUCH_USER = ChannelError("550 5.1.1 no such user", code="550", permanent=True)
BUSY = ChannelError("451 4.3.0 try later", code="451")
LOST_ANSWER = ChannelError("timed out after the dot", unsent=False)


@OUTSIDE
async def test_a_mail_that_cannot_be_delivered_is_noted_and_told_to_the_desk(story: Begin) -> None:
    """P5."""
    async with story() as desk:
        desk.mails.fail(NO_SUCH_USER)
        await desk.mail(BOB, "Printer jam")
        desk.sees_card()
        desk.hears("desk", "undelivered", "FD-1")


@OUTSIDE
async def test_a_relay_that_is_busy_gets_the_same_bytes_again(story: Begin) -> None:
    """P6: same Message-ID, Date and bytes."""
    async with story() as desk:
        desk.mails.fail(LOST_ANSWER, delivered=True)
        desk.mails.fail(BUSY)
        await desk.mail(BOB, "Printer jam")
        desk.sees_card()
        first = desk.hears("requester", "confirmation")
        await desk.passes(4)
        assert desk.hears("requester", "confirmation").raw == first.raw
        [mails] = [one for one in desk.app.senders if one.outlet.name == "mail"]
        assert mails.ended == {"failed": 2, "sent": 1}


async def test_an_alert_whose_way_is_dead_reaches_her_by_the_other_one(story: Begin) -> None:
    """P9."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        await desk.at("09:07")
        desk.forget()
        desk.chats.fail(ChannelError("403 kicked", code="403", permanent=True))
        await desk.at("09:08")
        desk.hears("pm@example.com", "alert", "FD-1")


@pytest.mark.only_at("sqlite", "postgres")
async def test_a_server_that_gives_no_answer_does_not_keep_an_alert_from_its_other_way(
    story: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P9."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.at("09:07")
        desk.forget()
        desk.chats.silent = True
        monkeypatch.setattr("bot.sender.PATIENCE", 0.6)
        await desk.at("09:08")
        await desk.passes(0.6)
        desk.hears("pm@example.com", "alert", "FD-1")


async def test_a_relay_with_an_hourly_share_gets_no_more_than_that(story: Begin) -> None:
    """Decisions, Sending: the rest waits for the next hour; alerts go first, or another way."""
    relay = {"host": "127.0.0.1", "security": "none", "max_per_hour": 2}
    async with story(mail={"relay": relay}) as desk:
        for number in (1, 2, 3):
            await desk.mail(f"User {number} <u{number}@customer.example>", f"Fault {number}")
        for number in (1, 2):
            desk.hears(f"u{number}@customer.example", "confirmation")
        desk.forget()
        await desk.at("09:59")
        with pytest.raises(AssertionError):
            desk.hears("u3@customer.example", "confirmation")
        desk.forget()
        await desk.at("10:01")
        desk.hears("u3@customer.example", "confirmation")
        desk.forget()


async def test_an_alert_that_may_have_arrived_is_repeated_and_says_so(story: Begin) -> None:
    """P6."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        desk.forget()
        desk.chats.fail(LOST_ANSWER, delivered=True)
        await desk.at("09:05")
        first = desk.hears("desk", "alert", "FD-1")
        await desk.passes(0.5)
        again = desk.hears("desk", "alert", "FD-1")
        assert again.words.endswith(first.words.splitlines()[-1])
        assert len(again.words.splitlines()) > len(first.words.splitlines())


async def test_a_mail_that_breaks_the_reader_twice_becomes_a_ticket_that_says_so(
    story: Begin, monkeypatch: Any
) -> None:
    """P4: the original is kept."""
    async with story() as desk:
        reads = desk.app.pool.parse

        async def breaks(raw: bytes) -> Any:
            if broken in raw:
                raise ParseFailed("the child died")
            return await reads(raw)

        monkeypatch.setattr(desk.app.pool, "parse", breaks)
        broken = b"\r\n\r\n"  # the mail, not its header alone
        await desk.mail(BOB, "毒 Poison")
        desk.sees_card("FD-1")
        desk.hears("desk", "unreadable", "FD-1")
        broken = b"Poison"  # its header, too
        await desk.mail(BOB, "Poison")
        desk.sees_card("FD-2")
        desk.hears("desk", "unreadable", "FD-2")
        first, second = await desk.ticket(1), await desk.ticket(2)
        assert (first.requester_address, first.requester_name) == ("bob@customer.example", "Bob Miller")
        assert (first.subject, second.subject, second.requester_address) == ("毒 Poison", "", "")


async def test_large_mails_that_take_long_do_not_hold_up_the_others(story: Begin, monkeypatch: Any) -> None:
    """P4: many of them wait for one place; usual mails go past them."""
    async with story() as desk:
        reads, first, end = desk.app.pool.parse, asyncio.Event(), asyncio.Event()

        async def dawdles(raw: bytes) -> Any:
            if len(raw) > inbox.LARGE:
                first.set()
                await end.wait()
            return await reads(raw)

        monkeypatch.setattr(desk.app.pool, "parse", dawdles)
        for number in range(20):
            raw = f"From: {BOB}\r\nSubject: large {number}\r\n\r\n{number}\r\n".encode() + b"x" * inbox.LARGE
            await desk.app.intake.receive(IncomingMail("smtp", raw, desk.clock.now(), "bob@customer.example"))
        await first.wait()
        raw = b"From: eve@customer.example\r\nSubject: usual\r\n\r\nwords\r\n"
        await desk.app.intake.receive(IncomingMail("smtp", raw, desk.clock.now(), "eve@customer.example"))
        while await desk.ticket(1) is None:  # noqa: ASYNC110  -- it asks the database
            await asyncio.sleep(0.01)
        assert (await desk.ticket(1)).subject == "usual"
        end.set()
        await desk.passes(0)
        assert await desk.ticket(21)
        desk.forget()


async def test_a_mail_that_breaks_the_program_is_parked_and_can_be_replayed(story: Begin, monkeypatch: Any) -> None:
    """P1, P4."""
    async with story() as desk:

        def breaks(*_: Any) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as broken:
            broken.setattr("bot.intake.take_in", breaks)
            await desk.mail(BOB, "Odd mail")
        desk.nobody_hears_anything()
        await desk.app.control.answer({"op": "replay", "inbox": 1})
        await desk.passes(0)
        desk.hears("requester", "confirmation")
        desk.sees_card()


async def test_a_message_whose_words_cannot_be_made_does_not_hold_up_the_others(story: Begin, monkeypatch: Any) -> None:
    """P5: the desk hears of it, the rest goes out."""
    async with story() as desk:

        def breaks(*_: Any) -> None:
            raise KeyError("a fact is missing")

        with monkeypatch.context() as broken:
            broken.setattr("bot.outgoing.Scribe._mail", breaks)
            await desk.mail(BOB, "Printer jam")
        desk.sees_card()
        desk.hears("desk", "undelivered", "FD-1")


async def test_a_mistake_in_a_channel_strands_no_message(story: Begin, monkeypatch: Any) -> None:
    """P5: it is tried again."""
    async with story() as desk:

        async def breaks(*_: Any) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as broken:
            broken.setattr(desk.mails, "send", breaks)
            await desk.mail(BOB, "Printer jam")
        desk.sees_card()
        await desk.passes(2)
        desk.hears("requester", "confirmation")


async def test_a_parser_that_cannot_be_started_delays_the_mail_and_does_not_blame_it(
    story: Begin, monkeypatch: Any
) -> None:
    """P4."""
    async with story() as desk:
        tries: list[int] = []
        parse = desk.app.pool.parse

        async def no_child(raw: bytes) -> Any:
            tries.append(1)
            if len(tries) == 1:
                raise OSError(24, "too many open files")
            return await parse(raw)

        monkeypatch.setattr(desk.app.pool, "parse", no_child)
        await desk.mail(BOB, "Printer jam")
        desk.hears("requester", "confirmation")
        desk.sees_card()
        attempts = await desk.app.store.read(lambda db: db.execute(text("select attempts from inbox")).scalar_one())
        assert attempts == 1


async def test_what_the_command_line_is_refused_leaves_nothing_behind(story: Begin) -> None:
    """Said twice, because the answer to the first was lost: the second is refused, and writes no second entry."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "take 1")
        said = {"op": "say", "as": "anna", "text": "solve 1 Paper removed."}
        answers = [await desk.app.control.answer(said) for _ in range(2)]
        assert [one["ok"] for one in answers] == [True, False]
        assert "solved" in answers[1]["text"]
        await desk.settles()
        desk.forget()
        entries = await desk.app.store.read(lambda db: list(db.execute(select(entry.c.kind)).scalars()))
        assert sorted(entries) == ["mail", "solution"]
