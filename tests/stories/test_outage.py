"""When a relay or a chat is unwell: it is left alone and named, its messages wait, and recovery is noticed (P5)."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from channels.base import ChannelError
from storage.models import attempt, outbox
from tests.parts.patience import PATIENCE
from tests.stories.story import Story

Begin = Callable[..., Story]
BOB = "Bob Miller <bob@customer.example>"
LONGER = 10_000  # failures: more than are tried
LOGIN = ChannelError("535 5.7.8 wrong", code="535", broken=True, trouble="the relay refuses our login")
TOO_MANY = ChannelError(
    "550 5.4.5 too many mails", code="550", broken=True, trouble="the relay takes no more from us for now"
)
NOBODY = ChannelError("connection refused", broken=True, trouble="the relay cannot be reached")
BUSY = ChannelError("451 4.3.0 try later", code="451")
NO_SUCH_USER = ChannelError("550 5.1.1 no such user", code="550", permanent=True)


async def attempts(desk: Story, kind: str = "confirmation") -> list[Any]:
    """When messages of a kind were tried."""
    rows = select(attempt.c.started_at).join(outbox, outbox.c.id == attempt.c.outbox_id).where(outbox.c.kind == kind)
    return await desk.app.store.read(lambda db: list(db.execute(rows.order_by(attempt.c.id)).scalars()))


@pytest.mark.parametrize("error", [LOGIN, TOO_MANY, NOBODY], ids=["login", "too many", "nobody there"])
async def test_a_relay_that_is_unwell_is_left_alone_and_named(story: Begin, error: ChannelError) -> None:
    """Reliability 2.2: nothing is given up; the pauses grow; one mail tries; recovery is noticed within the pause."""
    async with story() as desk:
        desk.mails.fail(error, times=LONGER)
        await desk.mail(BOB, "Printer jam")
        await desk.mail("Eve <eve@customer.example>", "No network")
        assert desk.app.state()["problems"] == [f"mail: {error.trouble}: {error.text}"]
        assert len(await attempts(desk)) == 1, "the second one waits: the relay is known to be unwell"
        desk.forget()
        await desk.passes(60)
        tried = await attempts(desk)
        assert len(tried) < 20
        pauses = [later - earlier for earlier, later in pairwise(tried)]
        assert all(one >= timedelta(seconds=4) for one in pauses), "one at a time"
        assert timedelta(seconds=240) <= max(pauses) <= timedelta(seconds=360)
        assert sum(pauses[:3], timedelta()) < timedelta(seconds=45)
        waiting = await desk.app.store.read(
            lambda db: list(db.execute(text("select distinct state, outcome from outbox where kind = 'confirmation'")))
        )
        assert [row[0] for row in waiting] == ["pending"]
        assert all(error.text in row[1] for row in waiting), "faultdesk outbox says why"
        desk.forget()
        desk.mails.recover()
        await desk.passes(6.1)
        desk.hears("bob@customer.example", "confirmation")
        desk.hears("eve@customer.example", "confirmation")
        assert desk.app.state()["problems"] == []
        desk.forget()


async def test_a_problem_names_no_mail_address(story: Begin) -> None:
    """P17: whoever may ask for the health of the daemon is not told who writes to it."""
    async with story() as desk:
        desk.mails.fail(ChannelError("421 <bob@customer.example> must wait", code="421", broken=True))
        await desk.mail(BOB, "Printer jam")
        assert desk.app.state()["problems"] == ["mail: 421 <[…]> must wait"]
        desk.forget()


async def test_a_refused_mail_says_that_the_relay_works(story: Begin) -> None:
    async with story() as desk:
        desk.mails.fail(NOBODY)
        desk.mails.fail(NO_SUCH_USER)
        await desk.mail(BOB, "Printer jam")
        await desk.passes(0.2)
        assert desk.app.state()["problems"] == []
        desk.sees_card()
        desk.hears("desk", "undelivered", "no such user")


async def test_a_relay_that_is_out_for_five_days_leaves_a_note_and_a_word(story: Begin) -> None:
    """P5: growing pauses with chance in them, five days long; then the ticket, the desk and the list of mails say it."""
    async with story() as desk:
        desk.mails.fail(BUSY, times=LONGER)
        await desk.mail(BOB, "Printer jam")
        await desk.says("anna", "/take 1")
        await desk.says("anna", "/solve 1 Paper removed.")
        await desk.says("desk", "/check 1 ok")
        begun = desk.clock.now()
        desk.forget()
        await desk.passes(60)
        await desk.says("desk", "/ticket 1", where="desk")
        desk.hears("desk", "details", "The solution mail has not left yet: 451 4.3.0 try later")
        await desk.passes(4.9 * 24 * 60)
        desk.forget()
        await desk.passes(0.2 * 24 * 60)
        told = ("4 mails could not be delivered", "FD-1 confirmation: 451", "FD-1 notice who", "FD-1 solution: 451")
        desk.hears("desk", "undelivered", *told)
        await desk.says("desk", "/ticket 1", where="desk")
        desk.hears("desk", "details", "The solution mail could not be delivered: 451", "mail not delivered")
        tried = await attempts(desk, "solution")
        pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(tried)]
        for number, pause in enumerate(pauses):
            usual = min(60 * 2**number, 3600)
            assert 0.8 * usual - 1 <= pause <= 1.2 * usual + 1, (number, pause)
        assert len({round(pause) for pause in pauses[-50:]}) > 10, "chance spreads them"
        assert timedelta(days=4.9) < tried[-1] - begun < timedelta(days=5.1)
        desk.forget()


async def test_what_waits_for_a_broken_relay_is_given_up_after_five_days_too(
    story: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P5: though most of it has hardly been tried. (The longest pause is an hour here: fewer steps of the clock.)"""
    monkeypatch.setattr("bot.sender.LONGEST_REST", 3600.0)
    async with story() as desk:
        desk.mails.fail(LOGIN, times=LONGER)
        for number in range(12):
            await desk.mail(f"U{number} <u{number}@customer.example>", f"Fault {number}")
        await desk.passes(5 * 24 * 60 + 180)
        with_lists = [one for one in desk._unheard if one.row.kind == "undelivered" and one.chat and one.chat.files]
        lists = [(one.words, one.chat.files[0].data.decode()) for one in with_lists if one.chat]
        told = [(words, whole) for words, whole in lists if "FD-1 confirmation" in whole]
        assert len(told) == 1, "all that an outage ends is one message, whatever of it was given up first"
        [(words, whole)] = told
        assert "the relay refuses our login" in words
        assert all(f"FD-{number} confirmation" in whole for number in range(1, 13))
        desk.forget()


def mail_first(db: Connection) -> None:
    """The project manager prefers mail."""
    db.execute(text("delete from contact where channel = 'console' and value = 'pm'"))
    chat = "select person_id, 'console', 'pm', '' from contact where value = 'pm@example.com'"
    db.execute(text(f"insert into contact (person_id, channel, value, trouble) {chat}"))


NOTHING_WAITS = (
    "update outbox set state = 'dropped', outcome = 'by hand', ended_at = created_at, next_try_at = null "
    "where channel = 'mail'"
)


async def test_a_relay_that_stays_unwell_is_told_by_another_way_again_and_once_it_is_well(story: Begin) -> None:
    """P9: after five minutes, every four hours, and at the end; to the desk, and to a manager who prefers mail."""
    async with story() as desk:
        await desk.app.store.write(mail_first)
        desk.mails.fail(LOGIN, times=LONGER)
        await desk.mail(BOB, "Printer jam")
        desk.sees_card()
        await desk.passes(4)
        desk.nobody_hears_anything()
        await desk.at("09:10")
        for who in ("desk", "pm"):
            words = (
                "Outgoing mail has not worked since Mon 23 Nov, 09:00",
                "the relay refuses our login",
                "535",
                "1 mess",
            )
            desk.hears(who, "outage", *words)
        desk.forget()
        await desk.at("13:00")
        assert not [one for one in desk._unheard if one.row.kind == "outage"]
        await desk.at("13:20")
        desk.hears("desk", "outage", "has not worked since Mon 23 Nov, 09:00")
        desk.hears("pm", "outage")
        desk.forget()
        await desk.restarts()
        desk.nobody_hears_anything()
        await desk.passes(6)  # the mail that waits shows it
        desk.hears("desk", "outage", "Outgoing mail works again, after failing since Mon 23 Nov, 09:00")
        desk.hears("pm", "outage", "works again")
        desk.forget()


async def test_an_idle_relay_is_asked_whether_it_is_well_again(story: Begin) -> None:
    """What is healed is not called ill until the next mail."""
    async with story() as desk:
        desk.mails.fail(NOBODY, times=LONGER)
        await desk.mail(BOB, "Printer jam")
        await desk.app.store.write(lambda db: db.execute(text(NOTHING_WAITS)))
        await desk.passes(2)
        assert desk.app.state()["problems"] != []
        desk.mails.recover()
        await desk.passes(2)
        async with asyncio.timeout(PATIENCE):
            while desk.app.state()["problems"]:  # noqa: ASYNC110  -- it asks the daemon
                await asyncio.sleep(0.02)
        desk.forget()


async def escalate(desk: Story, number: int) -> None:
    answer = await desk.app.control.answer({"op": "say", "as": "anna", "text": f"escalate {number} smoke"})
    assert answer["ok"]
    await desk.passes(0)


async def three_faults_and_a_manager_by_mail(desk: Story) -> None:
    """The project manager can be reached by mail alone."""
    his = "(select id from person where handle = 'pm')"
    only_mail = text(f"delete from contact where channel <> 'mail' and person_id = {his}")
    await desk.app.store.write(lambda db: db.execute(only_mail))
    for number in (1, 2, 3):
        await desk.mail(f"U{number} <u{number}@customer.example>", f"Fault {number}")
    desk.forget()


async def test_a_warning_that_may_have_arrived_is_not_repeated_with_other_words(story: Begin) -> None:
    """P6: a mail system may show only the first of two mails with one Message-ID."""
    async with story() as desk:
        await three_faults_and_a_manager_by_mail(desk)
        desk.mails.fail(ChannelError("timed out after the dot", unsent=False), delivered=True)
        await escalate(desk, 1)
        first = desk.hears("pm@example.com", "alert", "FD-1")
        await escalate(desk, 2)
        both = desk.hears("pm@example.com", "alert", "FD-1", "FD-2")
        assert both.mail["Message-ID"] != first.mail["Message-ID"]
        desk.forget()


async def test_warnings_that_travelled_together_and_failed_travel_on_together(story: Begin) -> None:
    async with story() as desk:
        await three_faults_and_a_manager_by_mail(desk)
        desk.mails.fail(BUSY, times=2)
        await escalate(desk, 1)
        await escalate(desk, 2)
        await escalate(desk, 3)
        desk.hears("pm@example.com", "alert", "FD-1", "FD-2", "FD-3")
        desk.forget()


async def test_warnings_that_failed_together_take_the_other_way_together(story: Begin) -> None:
    """P9: the older one may have waited for long."""
    async with story() as desk:
        for number in (1, 2):
            await desk.mail(f"U{number} <u{number}@customer.example>", f"Fault {number}")
        desk.forget()
        desk.chats.fail(BUSY, times=LONGER)
        await escalate(desk, 1)
        await desk.passes(0.1)
        await escalate(desk, 2)
        desk.hears("pm@example.com", "alert", "FD-1", "FD-2")
        desk.forget()


async def test_a_warning_that_had_to_take_the_second_way_is_repeated_by_the_first(story: Begin) -> None:
    """Decisions, Sending: not acknowledged in 15 minutes → the other channel; by then the chat may be well again."""
    async with story() as desk:
        await desk.mail(BOB, "Printer jam")
        await desk.at("09:07")
        desk.forget()
        desk.chats.fail(NOBODY, times=LONGER)
        await desk.at("09:09")
        desk.hears("pm@example.com", "alert", "FD-1")
        desk.chats.recover()
        desk.forget()
        await desk.at("09:24")
        again = [one for one in desk._unheard if one.row.event == "unacknowledged"]
        assert [one.to for one in again] == ["pm"]
        desk.forget()
