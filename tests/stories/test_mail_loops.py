"""Machines that answer each other for a day (reliability 2.5, goal G22): three mails from each side at most, whoever it is."""

from __future__ import annotations

import asyncio
import hashlib
import smtplib
from collections import Counter
from collections.abc import Callable, Mapping
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import select

from storage.models import inbox
from tests.parts.dovecot import Dovecot
from tests.parts.patience import PATIENCE
from tests.parts.postfix import CUSTOMER, Mailboxes
from tests.stories.story import Story
from tests.stories.test_operations import on_sqlite

Begin = Callable[..., Story]
FAULT, OTHER = "fault@desk.example", "fault@other.example"
MOST = 3
"""Mails from each side (reliability 2.5)."""
MARKS = ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "X-Faultdesk-Loop", "List-Id", "Return-Path")


class Machine(Protocol):
    """What stands behind the requester's address: it gets a mail of ours and may answer."""

    def answer(self, raw: bytes) -> list[tuple[str, bytes]]:
        """(envelope sender, mail) of each answer."""


def reply(raw: bytes, subject: str, words: str, **headers: str) -> bytes:
    """An answer to the mail, with the headers that its sender's system gives."""
    old, new = message_from_bytes(raw), EmailMessage()
    new["From"], new["To"] = str(old["To"]), FAULT
    new["Subject"] = f"{subject or 'Re: '}Printer jam"
    new["Message-ID"] = f"<{hashlib.sha256(raw).hexdigest()}@customer.example>"
    new["In-Reply-To"] = new["References"] = old["Message-ID"]
    for name, value in headers.items():
        new[name.replace("_", "-")] = value
    new.set_content(words)
    return new.as_bytes()


class Vacation:
    """Answers every mail, also automatic ones, as some systems do; the forms are those of real providers."""

    forms: dict[str, tuple[str, str, dict[str, str]]] = {  # noqa: RUF012
        "Exchange": ("Automatic reply: ", "I am away until Monday.", {"Auto_Submitted": "auto-generated", "X_Auto_Response_Suppress": "All"}),
        "Outlook zh": ("自动答复: ", "我正在休假，周一回来。", {"X_Auto_Response_Suppress": "All"}),
        "QQ": ("自动回复:", "您好，我已收到您的邮件，会尽快回复。", {"X_QQ_STYLE": "1"}),
        "163": ("自动回复：", "您的邮件已收到！", {"Precedence": "bulk"}),
        "vacation(1)": ("away from my mail: ", "I am on holiday.", {"Precedence": "junk", "Auto_Submitted": "auto-replied"}),
        "without any mark": ("", "I am not in the office until Monday.", {}),
    }  # fmt: skip

    def __init__(self, form: str) -> None:
        self.subject, self.words, self.headers = self.forms[form]

    def answer(self, raw: bytes) -> list[tuple[str, bytes]]:
        return [(str(message_from_bytes(raw)["To"]), reply(raw, self.subject, self.words, **self.headers))]


class Nobody:
    """An address that does not exist: each mail comes back, in a form that real mail systems use."""

    def __init__(self, name: str) -> None:
        self.report = (Path(__file__).parents[1] / "mails" / name).read_bytes()

    def answer(self, raw: bytes) -> list[tuple[str, bytes]]:
        mail = message_from_bytes(raw)
        ours, to = str(mail["Message-ID"]).strip("<>"), str(mail["To"])
        report = self.report.replace(b"anna@example.com", to.encode()).replace(b"Anna@example.com", to.encode())
        for old in (b"fd.7.12.abc@desk.example", b"fd.7.13.abc@desk.example", b"20261102.1@mail.example.com"):
            report = report.replace(old, ours.encode() if old.startswith(b"fd.") else b"bounce." + ours.encode())
        return [("", report)]


async def post(desk: Story, envelope_from: str, raw: bytes, to: str) -> None:
    """Hands a mail to a desk."""

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", desk.port) as line:
            line.sendmail(envelope_from, [to], raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    await asyncio.to_thread(send)
    await desk.settles()


def mails_to(desk: Story, address: str) -> list[bytes]:
    """The mails that went there since it was asked last."""
    found = [one for one in desk._unheard if one.to == address and one.raw]
    desk._unheard = [one for one in desk._unheard if one not in found]
    return [one.raw for one in found]


async def a_day(desk: Story, machines: Mapping[str, Machine]) -> tuple[Counter[str], Counter[str]]:
    """How many mails went to each address and came back within 24 hours in which nobody does anything."""
    sent: Counter[str] = Counter()
    came: Counter[str] = Counter()
    for _ in range(25):
        while mails := [(address, raw) for address in machines for raw in mails_to(desk, address)]:
            for address, raw in mails:
                sent[address] += 1
                for envelope_from, answer in await asyncio.to_thread(machines[address].answer, raw):
                    came[address] += 1
                    await post(desk, envelope_from, answer, FAULT)
            assert max(sent.values()) < 20, "a loop without end"
        desk.forget()  # what staff hear
        await desk.passes(60)
    return sent, came


@on_sqlite
async def test_vacation_responders_and_addresses_that_do_not_exist(story: Begin) -> None:
    """A confirmation and a word on each of two broken promises, and an answer to each of these: nothing comes of that."""
    machines: dict[str, Machine] = {f"v{n}@customer.example": Vacation(one) for n, one in enumerate(Vacation.forms)}
    machines |= {
        f"b{n}@customer.example": Nobody(one) for n, one in enumerate(("bounce-postfix.eml", "bounce-qmail.eml"))
    }
    async with story() as desk:
        for address in machines:
            await desk.mail(address, f"Printer jam of {address}")
        sent, came = await a_day(desk, machines)
        assert max(sent.values()) <= MOST
        assert came == sent
        assert set(sent) == set(machines)
        outcomes = Counter(await inbox_outcomes(desk))
        assert outcomes["ticket"] == len(machines)
        assert outcomes["bounce"] == sum(came[one] for one in machines if one.startswith("b"))
        assert outcomes["comment"] == MOST, "without any mark it is a person's answer, of which no mail comes"


@on_sqlite
@pytest.mark.long
async def test_a_real_sieve_says_nothing_to_a_machine(story: Begin) -> None:
    """Its vacation replies go straight back to us; that it sends any is seen first."""
    async with story() as desk:
        with Mailboxes(desk.port) as mailboxes:
            mailboxes.on_holiday()
            deliver = Deliver(mailboxes)
            await asyncio.to_thread(
                deliver.answer,
                b"From: fault@desk.example\nTo: bob@customer.example\nSubject: Hello\nMessage-ID: <1@desk.example>\n\nHow are you?\n",
            )
            async with asyncio.timeout(PATIENCE):
                while not await inbox_outcomes(desk):  # noqa: ASYNC110  -- it asks the database
                    await asyncio.sleep(0.05)
            await desk.settles()
            assert await inbox_outcomes(desk) == ["automatic"]
            await desk.mail(CUSTOMER, "Printer jam")
            sent, _ = await a_day(desk, {CUSTOMER: deliver})
        assert sent[CUSTOMER] == MOST
        assert sorted(await inbox_outcomes(desk)) == ["automatic", "ticket"]


class Deliver:
    """A mailbox on a real server: what it answers, it sends itself."""

    def __init__(self, server: Dovecot) -> None:
        self.server = server

    def answer(self, raw: bytes) -> list[tuple[str, bytes]]:
        with smtplib.LMTP("127.0.0.1", self.server.lmtp) as line:
            line.sendmail(FAULT, [CUSTOMER], raw)
        return []


async def inbox_outcomes(desk: Story) -> list[str]:
    rows = await desk.app.store.read(lambda db: list(db.execute(select(inbox.c.outcome).where(inbox.c.kind == "mail"))))
    return [str(one) for (one,) in rows]


class TwoDesks:
    """Two Faultdesks, each the other's requester. `strips`: what lies between them takes away what says "automatic"."""

    def __init__(self, here: Story, there: Story, *, strips: bool) -> None:
        self.here, self.there, self.strips = here, there, strips
        self.sent = {FAULT: 0, OTHER: 0}

    async def exchange(self) -> None:
        while True:
            moved = await self._move(self.here, self.there, FAULT, OTHER) + await self._move(
                self.there, self.here, OTHER, FAULT
            )
            assert sum(self.sent.values()) < 100, "a loop without end"
            if not moved:
                return

    async def _move(self, giver: Story, taker: Story, by: str, to: str) -> int:
        mails = mails_to(giver, to)
        giver.forget()
        self.sent[by] += len(mails)
        for raw in mails:
            await post(taker, by, self._on_the_way(raw), to)
        return len(mails)

    def _on_the_way(self, raw: bytes) -> bytes:
        mail = message_from_bytes(raw)
        for name in MARKS if self.strips else ():
            del mail[name]
        return mail.as_bytes()

    async def a_day(self) -> None:
        for _ in range(25):
            await self.exchange()
            for desk in (self.here, self.there):
                await desk.passes(60)
                await desk.settles()


@on_sqlite
@pytest.mark.parametrize("strips", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_two_desks(story: Begin, tmp_path: Path, *, strips: bool) -> None:
    """Somebody at the other desk reports a fault here in its name. Without any mark they end, too."""
    other = {"mailbox": OTHER, "host": "other.example"}
    async with story() as here, Story(tmp_path / "other", mail=other) as there:
        both = TwoDesks(here, there, strips=strips)
        await here.mail(OTHER, "Printer jam")
        await both.a_day()
        assert both.sent[FAULT] == MOST
        assert both.sent[OTHER] <= (MOST if strips else 0)
        assert await here.ticket(2) is None
