"""Mail that comes in by LMTP (RFC 2033): one reply a recipient, the same hardening, and a real Postfix that relays so."""

from __future__ import annotations

import asyncio
import errno
import json
import smtplib
import stat
from pathlib import Path
from typing import Any

import pytest

from bot.domain.messages import Incoming
from channels.base import NotNow
from channels.smtp_in import SmtpIn, SmtpInSettings
from tests.channels.smtp_door import MAIL, NOW, Talk, make_certificate, opened
from tests.channels.test_real_relay import FAULT, town
from tests.channels.test_smtp_in import SMUGGLED, VARIANTS
from tests.parts.postfix import CUSTOMER

LMTP: dict[str, Any] = {"protocol": "lmtp", "addresses": ("@localhost",)}
GREETED = ("LHLO me", "MAIL FROM:<li@example.com>")
THREE = (*GREETED, "RCPT TO:<a@localhost>", "RCPT TO:<b@localhost>", "RCPT TO:<a@localhost>")


async def replies(talk: Talk, count: int) -> list[str]:
    return [await talk.reply() for _ in range(count)]


async def test_each_recipient_gets_a_reply_of_its_own() -> None:
    """In the order of the RCPTs that were taken, also for one that is named twice; the mail is kept once."""
    async with opened(**LMTP) as house:
        talk = await Talk.to(house, *THREE)
        assert (await talk.say("RCPT TO:<x@elsewhere.example>")).startswith("550 5.7.1")
        assert await talk.mail() == "250 2.0.0 OK"
        assert await replies(talk, 2) == ["250 2.0.0 OK"] * 2
        assert await talk.say("NOOP") == "250 OK", "and not one more"
        assert [mail.envelope_to for mail in house.mails] == [("a@localhost", "b@localhost")]
        assert await talk.say("DATA") == "503 5.5.1 Need MAIL and RCPT first", "none was taken: one reply to DATA"


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (NotNow("database away"), "451 4.3.1 Please try again later"),
        (NotNow("disk full"), "452 4.3.1 Not enough room"),
        (RuntimeError("password=secret"), "451 4.3.0 Temporary failure, please try again later"),
        (OSError(errno.EIO, "secret"), "451 4.3.0 Temporary failure, please try again later"),
    ],
)
async def test_what_cannot_be_stored_is_put_off_for_each(error: Exception, reply: str) -> None:
    async def receive(_mail: Incoming) -> None:
        raise error

    async with opened(receive, **LMTP) as house:
        talk = await Talk.to(house, *THREE)
        assert [await talk.mail(), *await replies(talk, 2)] == [reply] * 3
        assert await talk.say("NOOP") == "250 OK"


@pytest.mark.parametrize(
    ("before", "command", "code"),
    [
        (0, "EHLO me", "500"),
        (0, "HELO me", "500"),
        (0, "LHLO", "501"),
        (0, "MAIL FROM:<a@b.c>", "503"),
        (1, "RCPT TO:<a@localhost>", "503"),
        (1, "AUTH PLAIN AGEAYg==", "502"),
        (1, "VRFY a", "502"),
        (1, "BDAT 5 LAST", "500"),
        (2, "RCPT TO:<a%elsewhere.example@localhost>", "550"),
        (2, "DATA", "503"),
    ],
)
async def test_a_bad_command_gets_one_line(before: int, command: str, code: str) -> None:
    async with opened(**LMTP) as house:
        talk = await Talk.to(house, *GREETED[:before])
        reply = await talk.say(command)
        assert reply[:4] == code + " "
        assert "send HELO" not in reply
        assert await talk.say("NOOP") == "250 OK"


async def test_no_variant_makes_two_mails_and_refusals_are_said_to_each() -> None:
    """Reliability 3 B 51 and 56 by LMTP: smuggling, over-size, too much at once."""
    async with opened(max_size=64 * 1024, data_in_flight=80_000, max_errors=10_000, **LMTP) as house:
        for variant in VARIANTS:
            talk = await Talk.to(house, *THREE)
            said = [
                await talk.mail(b"Subject: one\r\n\r\nhello" + variant + SMUGGLED + b"\r\n"),
                *await replies(talk, 2),
            ]
            assert len(set(said)) == 1
            assert said[0] in ("250 2.0.0 OK", "554 5.6.0 Bare CR, bare LF or NUL in the message")
            assert await talk.say("QUIT") == "221 Bye"
        talk = await Talk.to(house, *THREE)
        large = b"x" * 70_000 + b"\r\n"
        assert {await talk.mail(large), *await replies(talk, 2)} == {"552 5.3.4 Message too big"}
        house.inlet.budget.used += 70_000
        for command in THREE[1:]:
            await talk.say(command)
        assert {await talk.mail(b"x" * 20_000 + b"\r\n"), *await replies(talk, 2)} == {
            "451 4.3.1 Too much mail at once, please try again later"
        }
        house.inlet.budget.used += 20_000
        for command in THREE[1:]:
            await talk.say(command)
        assert (await talk.say("DATA")).startswith("451 4.3.1"), "before the mail, once"
        house.inlet.budget.used -= 90_000
        assert all(mail.envelope_from == "li@example.com" for mail in house.mails)


async def test_the_offer_and_starttls(tmp_path: Path) -> None:
    chain, key = await asyncio.to_thread(make_certificate, tmp_path)
    async with opened(tls_cert=chain, tls_key=key, **LMTP) as house:
        talk = await Talk.to(house)
        assert (await talk.say("LHLO me")).split("\n") == [
            "250-faultdesk", "250-PIPELINING", "250-8BITMIME", "250-SIZE 36700160", "250 STARTTLS",
        ]  # fmt: skip
        assert (await talk.say("STARTTLS")).startswith("220")
        talk.vanish()


async def test_a_socket_takes_the_place_of_one_that_is_left_and_of_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "mail.sock"

    def deliver() -> dict[str, tuple[int, bytes]]:
        with smtplib.LMTP(str(path)) as line:
            return line.sendmail("li@example.com", ["a@localhost", "c@elsewhere.example"], MAIL)

    settings = SmtpInSettings(socket=path, **LMTP)
    for _ in range(2):  # the second finds what a killed daemon would leave
        async with opened(socket=path, **LMTP) as house:
            assert list(await asyncio.to_thread(deliver)) == ["c@elsewhere.example"]
            assert stat.S_IMODE(path.stat().st_mode) == 0o666
            with pytest.raises(OSError, match="another program listens there"):
                await SmtpIn(settings, lambda: NOW).open()
            [finding] = await settings.check(running=True)
            assert finding.level == "ok"
            assert len(house.mails) == 1
        assert not path.exists()
        left = SmtpIn(settings, lambda: NOW)
        await left.open()
        assert left._server is not None
        left._server.close()  # its file stays, as after a kill
        assert path.is_socket()
    path.unlink()
    path.write_text("mine")
    with pytest.raises(OSError, match="cannot receive mail on"):
        await SmtpIn(settings, lambda: NOW).open()
    [finding] = await settings.check(running=False)
    assert (finding.level, "take it away" in finding.text) == ("wrong", True)
    for odd, words in ((tmp_path / "no" / "x", "make that folder"), (tmp_path / ("x" * 100), "longer than")):
        [finding] = await SmtpInSettings(socket=odd).check(running=False)
        assert (finding.level, words in finding.text) == ("wrong", True)
    assert path.read_text() == "mine"


def test_a_real_postfix_relays_by_lmtp(tmp_path: Path) -> None:
    """One mail to two of our addresses and one that we do not know: one ticket, one bounce."""
    with town(tmp_path / "desk", protocol="lmtp") as here:
        here.mail(CUSTOMER, "Printer jam", "fault@desk.example", "fault+FD@desk.example", "nobody@desk.example")
        here.becomes(lambda: here.count("ticket") == 1)
        here.becomes(lambda: len(here.mailboxes.mails()) == 2)
        assert sorted(b"Auto-Submitted: auto-replied" in raw for raw in here.mailboxes.mails()) == [True, True]
        assert any(
            b"<nobody@desk.example>: host 127.0.0.1" in raw and b"550 5.7.1" in raw for raw in here.mailboxes.mails()
        )
        here.becomes(here.is_quiet)
        assert here.daemon.ask("select outcome, envelope_from from inbox") == [("ticket", CUSTOMER)]
        ((both,),) = here.daemon.ask("select envelope_to from inbox")
        assert set(json.loads(both)) == {FAULT, "fault+FD@desk.example"}
        assert here.postfix.log().count("250 2.0.0 OK") >= 2, "a reply for each"
