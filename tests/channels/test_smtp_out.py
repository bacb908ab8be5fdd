"""Mail that goes out by SMTP: what each failure means, and that lines to the relay are used again."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from bot.domain.messages import OutgoingChat, OutgoingMail
from channels.base import ChannelError
from channels.smtp_out import IDLE, SmtpOut, SmtpOutSettings, check_mail
from tests.channels.smtp_door import make_certificate
from tests.channels.smtp_sink import Sink

RAW = b"Subject: [FD-1] printer\r\n\r\nAnna takes care of it.\r\n"


def mail(recipient: str = "li@example.com", raw: bytes = RAW) -> OutgoingMail:
    return OutgoingMail("1", recipient, "fault@localhost", raw)


@asynccontextmanager
async def relay(sink: Sink | None = None, **settings: Any) -> AsyncIterator[tuple[Sink, SmtpOut]]:
    """A sink that listens, and an outlet for it. Nothing may go wrong behind the scenes."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    sink = await (sink or Sink()).start()
    known: dict[str, Any] = {"host": "127.0.0.1", "security": "none", "hostname": "me", **settings}
    outlet = SmtpOut(SmtpOutSettings(port=sink.port, **known))
    try:
        yield sink, outlet
    finally:
        await outlet.close()
        await sink.stop()
    assert complaints == []


async def failure(outlet: SmtpOut, message: OutgoingMail | None = None) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await outlet.send(message or mail())
    return caught.value


async def test_the_bytes_arrive_unchanged_and_the_answer_is_kept() -> None:
    async with relay() as (sink, outlet):
        raw = RAW + b".\r\n..two\r\n" + "打印机".encode() + b"\r\n"
        receipt = await outlet.send(mail(raw=raw))
        assert (receipt.external_id, receipt.text) == ("4ABC", "2.0.0 OK: queued as 4ABC")
        (taken,) = sink.mails
        assert (taken.sender, taken.recipients, taken.raw) == ("fault@localhost", ["li@example.com"], raw)
        assert "MAIL FROM:<fault@localhost> BODY=8BITMIME" in sink.commands


async def test_a_line_is_used_again_and_there_are_never_more_than_allowed() -> None:
    async with relay(connections=3) as (sink, outlet):
        await asyncio.gather(*(outlet.send(mail(f"a{number}@example.com")) for number in range(40)))
        assert sorted(taken.recipients[0] for taken in sink.mails) == sorted(f"a{n}@example.com" for n in range(40))
        assert sink.connections == 3
        await outlet.send(mail())
        assert sink.connections == 3


async def test_a_line_that_the_relay_closed_is_replaced() -> None:
    async with relay() as (sink, outlet):
        await outlet.send(mail())
        sink.drop_connections()
        await asyncio.sleep(0.05)
        await outlet.send(mail())
        sink.fail("mail", cut=True)  # closed just now: seen only when it is used
        await outlet.send(mail())
        sink.fail("mail", "421 4.3.2 Enough of you")
        await outlet.send(mail())
        assert (len(sink.mails), sink.connections) == (4, 4)


async def test_a_new_line_that_fails_is_not_tried_twice() -> None:
    async with relay() as (sink, outlet):
        sink.fail("mail", cut=True)
        error = await failure(outlet)
        assert (error.unsent, error.broken, error.permanent) == (True, True, False)
        assert sink.connections == 1


async def test_an_old_line_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    async with relay() as (sink, outlet):
        await outlet.send(mail())
        (line, since) = outlet._idle.pop()
        outlet._idle.append((line, since - IDLE - 1))
        await outlet.send(mail())
        assert sink.connections == 2


# ---- what failures mean ----


@pytest.mark.parametrize(
    ("stage", "reply", "permanent", "broken"),
    [
        ("greeting", "554 5.7.1 Go away", False, True),
        ("greeting", "421 4.7.0 Too busy", False, True),
        ("mail", "451 4.3.0 Later", False, False),
        ("mail", "552 5.3.4 Too big", True, False),
        ("mail", "550 5.7.1 Sender not allowed", False, True),
        ("mail", "530 5.7.0 Authentication required", False, True),
        ("mail", "421 4.3.2 Closing", False, True),
        ("rcpt", "450 4.2.0 Greylisted", False, False),
        ("rcpt", "550 5.1.1 No such user", True, False),
        ("rcpt", "530 5.7.0 Authentication required", False, True),
        ("rcpt", "452 4.5.3 Too many recipients", False, True),
        ("rcpt", "550 5.4.5 Too many messages today", False, True),
        ("data", "451 4.3.0 Later", False, False),
        ("data", "554 5.5.1 No", True, False),
        ("dot", "451 4.3.0 Later", False, False),
        ("dot", "554 5.7.1 Looks like spam", True, False),
    ],
)
async def test_a_refusal_is_surely_unsent(stage: str, reply: str, permanent: bool, broken: bool) -> None:
    async with relay() as (sink, outlet):
        sink.fail(stage, reply)
        error = await failure(outlet)
        assert (error.code, error.text) == (reply[:3], reply)
        assert (error.permanent, error.broken, error.unsent) == (permanent, broken, True)
        assert sink.taken == 0
        await outlet.send(mail())  # the next one goes well, where possible on the same line
        assert sink.taken == 1
        assert sink.connections == (2 if stage == "greeting" or reply.startswith("421") else 1)


@pytest.mark.parametrize(("stage", "taken"), [("body", False), ("dot", False), ("dot", True)])
async def test_a_line_lost_in_data_leaves_it_unknown(stage: str, taken: bool) -> None:
    async with relay() as (sink, outlet):
        await outlet.send(mail())  # also on a line that was open already: then it must not be sent again
        sink.fail(stage, cut=True, taken=taken)
        error = await failure(outlet)
        assert (error.unsent, error.permanent, error.code) == (False, False, "")
        assert sink.taken == 1 + taken
        assert sink.connections == 1


async def test_silence_after_the_dot_leaves_it_unknown() -> None:
    async with relay(final_timeout=0.2) as (sink, outlet):
        sink.fail("dot", delay=30, taken=True)
        error = await failure(outlet)
        assert (error.unsent, error.broken, error.permanent) == (False, False, False)
        assert error.text == "no answer in time"
        assert sink.taken == 1


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "rcpt"])
async def test_silence_before_data_is_surely_unsent(stage: str) -> None:
    async with relay(timeout=0.2) as (sink, outlet):
        sink.fail(stage, delay=30)
        error = await failure(outlet)
        assert (error.unsent, error.broken, error.permanent) == (True, True, False)


async def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused, and nobody else can have it
        outlet = SmtpOut(SmtpOutSettings(host="127.0.0.1", port=taken.getsockname()[1], security="none"))
        error = await failure(outlet)
    assert (error.unsent, error.broken, error.permanent, error.code) == (True, True, False, "")
    outlet = SmtpOut(SmtpOutSettings(host="no..such", security="tls", timeout=5))
    assert (await failure(outlet)).broken


async def test_a_relay_that_talks_nonsense() -> None:
    async with relay() as (sink, outlet):
        sink.fail("mail", "what?")
        error = await failure(outlet)
        assert (error.unsent, error.broken) == (True, True)
        sink.fail("dot", "\x1b]0;evil\x07 thing", taken=True)
        error = await failure(outlet)
        assert (error.unsent, error.text.isprintable()) == (False, True)
        sink.fail("rcpt", "550 5.1.1 \udcff\x1b[2J".encode("utf-8", "surrogateescape").decode("latin-1"))
        assert (await failure(outlet)).text.isprintable()


async def test_a_send_that_is_given_up_leaves_no_line_out_of_step() -> None:
    async with relay() as (sink, outlet):
        sink.fail("rcpt", delay=0.2)
        sending = asyncio.create_task(outlet.send(mail()))
        while "RCPT TO:<li@example.com>" not in sink.commands:  # noqa: ASYNC110  -- the sink keeps a list, no event
            await asyncio.sleep(0.01)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert outlet._idle == []
        await outlet.send(mail("wang@example.com"))
        assert [taken.recipients for taken in sink.mails] == [["wang@example.com"]]


async def test_a_storm_of_faults_loses_and_doubles_nothing() -> None:
    """G5 in small: each mail is tried until it is taken; twice only where the answer was lost."""
    async with relay() as (sink, outlet):
        for number in range(60):
            sink.fail(("mail", "rcpt", "dot")[number % 3], "451 4.3.0 Later")
            sink.fail(("rcpt", "body", "dot")[number % 3], cut=True, taken=number % 3 == 2)
        doubts: list[str] = []

        async def deliver(address: str) -> None:
            while True:
                try:
                    await outlet.send(mail(address))
                except ChannelError as error:
                    doubts.extend([] if error.unsent else [address])
                else:
                    return

        addresses = [f"a{number}@example.com" for number in range(200)]
        await asyncio.gather(*map(deliver, addresses))
        taken = [one.recipients[0] for one in sink.mails]
        assert set(taken) == set(addresses)
        assert sorted(set(addresses) & {one for one in taken if taken.count(one) > 1 + doubts.count(one)}) == []


# ---- addresses ----


@pytest.mark.parametrize(
    "address",
    ["", "li", "li@", "li@example.com\r\nRCPT TO:<x@y.z>", "li@example.com\n", "<li@example.com>", "Li <li@example.com>",
     "li@example.com> SIZE=1", "a@b@c", "李@example.com", "li@例子.公司", '"a b"@example.com', "li\0@example.com"],
)  # fmt: skip
async def test_only_plain_addresses_stand_in_commands(address: str) -> None:
    async with relay() as (sink, outlet):
        for message in (mail(address), OutgoingMail("1", "li@example.com", address, RAW)):
            error = await failure(outlet, message)
            assert (error.permanent, error.unsent) == (True, True)
        assert sink.commands == []


@given(st.text())
def test_no_text_makes_a_second_command(text: str) -> None:
    try:
        address = check_mail(mail(text)).recipient
    except ChannelError:
        return
    assert address.isascii()
    assert address.isprintable()
    assert not set(address) & set(' <>"(),;:\\')


async def test_a_chat_message_is_no_mail() -> None:
    with pytest.raises(ChannelError, match="not a mail"):
        await SmtpOut(SmtpOutSettings(host="localhost", security="none")).send(OutgoingChat("1", "anna", "hello"))


# ---- encryption and login ----


def test_plaintext_leaves_this_machine_only_when_asked() -> None:
    for host in ("localhost", "127.0.0.1", "::1"):
        SmtpOutSettings(host=host, security="none")
    with pytest.raises(ValidationError, match="allow_plaintext"):
        SmtpOutSettings(host="relay.example.com", security="none")
    assert SmtpOutSettings(host="relay.example.com", security="none", allow_plaintext=True).allow_plaintext
    assert "hunter2" not in repr(SmtpOutSettings(host="localhost", password=SecretStr("hunter2")))


async def test_starttls_and_login(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    login = {"username": "user", "password": SecretStr("hunter2"), "security": "starttls"}
    async with relay(Sink(password="hunter2", tls=context), ca_file=certificate, **login) as (sink, outlet):
        await outlet.send(mail())
        assert sink.commands.index("STARTTLS") < next(
            n for n, line in enumerate(sink.commands) if line.startswith("AUTH")
        )
    async with relay(Sink(tls=context), **login) as (sink, outlet):  # a certificate that nobody vouches for
        error = await failure(outlet)
        assert (error.broken, error.permanent, error.unsent) == (True, False, True)
        assert not any(line.startswith("AUTH") for line in sink.commands)
    async with relay(Sink(), **login) as (sink, outlet):  # no encryption offered: no password is told
        assert (await failure(outlet)).broken
        assert not any(line.startswith("AUTH") for line in sink.commands)


async def test_a_wrong_password_breaks_the_channel_not_the_mail() -> None:
    async with relay(Sink(password="hunter2"), username="user", password=SecretStr("wrong")) as (_, outlet):
        error = await failure(outlet)
        assert (error.code, error.broken, error.permanent, error.unsent) == ("535", True, False, True)
        assert "wrong" not in error.text


async def test_a_relay_that_knows_only_helo() -> None:
    async with relay() as (sink, outlet):
        sink.fail("ehlo", "500 What?")
        await outlet.send(mail())
        assert sink.commands[:2] == ["EHLO me", "HELO me"]


async def test_the_size_is_announced_where_the_relay_wants_it() -> None:
    async with relay(Sink(offers=("SIZE 1000",))) as (sink, outlet):
        await outlet.send(mail())
        assert f"MAIL FROM:<fault@localhost> SIZE={len(RAW)}" in sink.commands


# ---- a relay that is unwell ----


async def test_few_logins_are_refused_however_much_waits() -> None:
    """Many refused logins lock an account: what waits for a line fails with the first ones, and a later mail tries."""
    sink = Sink(password="hunter2")
    async with relay(sink, username="user", password=SecretStr("wrong"), connections=2) as (sink, outlet):
        sent = await asyncio.gather(*(outlet.send(mail()) for _ in range(30)), return_exceptions=True)
        assert all(isinstance(one, ChannelError) and one.broken and one.code == "535" for one in sent)
        assert sum(line.startswith("AUTH") for line in sink.commands) == 2
        sink.password = "wrong"
        await outlet.send(mail())
        assert sink.taken == 1


@pytest.mark.parametrize(
    ("stage", "reply", "trouble"),
    [
        ("greeting", "554 5.7.1 Go away", "the relay refuses us"),
        ("greeting", "421 4.7.0 Too many connections", "the relay takes no more from us for now"),
        ("mail", "550 5.7.1 Sender not allowed", "the relay refuses our sender address"),
        ("mail", "530 5.7.0 Authentication required", "the relay refuses our login"),
        ("rcpt", "550 5.4.5 Too many messages today", "the relay takes no more from us for now"),
        ("rcpt", "550 5.1.1 No such user", ""),
        ("dot", "451 4.3.0 Later", ""),
    ],
)
async def test_what_is_wrong_with_the_relay_is_said_in_our_words(stage: str, reply: str, trouble: str) -> None:
    async with relay() as (sink, outlet):
        sink.fail(stage, reply)
        assert (await failure(outlet)).trouble == trouble


async def test_what_is_wrong_before_the_first_word_is_said_too(tmp_path: Path) -> None:
    async with relay(username="user", password=SecretStr("hunter2")) as (_, outlet):
        assert (await failure(outlet)).trouble == "the relay refuses our login"  # it offers none
    async with relay(security="starttls") as (_, outlet):
        assert (await failure(outlet)).trouble == "the line to the relay cannot be encrypted"
    certificate, key = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    async with relay(Sink(tls=context), security="starttls") as (_, outlet):
        assert (await failure(outlet)).trouble == "the line to the relay cannot be encrypted"
    async with relay(timeout=0.2) as (sink, outlet):
        sink.fail("greeting", delay=30)
        assert (await failure(outlet)).trouble == "the relay cannot be reached"


@pytest.mark.parametrize("form", ["hunter2", "aHVudGVyMg==", "AHVzZXIAaHVudGVyMg=="])
async def test_a_password_that_the_relay_repeats_is_blotted_out(form: str) -> None:
    async with relay(Sink(password="other"), username="user", password=SecretStr("hunter2")) as (sink, outlet):
        sink.fail("auth", f"535 5.7.8 {form} is wrong")
        error = await failure(outlet)
        assert form not in error.text
        assert error.text.startswith("535 5.7.8")


# ---- asking whether it is well ----


async def test_a_relay_can_be_asked_without_a_mail() -> None:
    """As far as naming the sender: whatever keeps all mails from it is found out, and the line is used again."""
    async with relay() as (sink, outlet):
        await outlet.probe("fault@localhost")
        assert (sink.mails, sink.commands[-2:]) == ([], ["MAIL FROM:<fault@localhost>", "RSET"])
        await outlet.send(mail())
        assert (sink.connections, len(sink.mails)) == (1, 1)


@pytest.mark.parametrize(
    ("stage", "reply", "trouble"),
    [
        ("greeting", "554 5.7.1 Go away", "the relay refuses us"),
        ("mail", "550 5.7.1 Sender not allowed", "the relay refuses our sender address"),
    ],
)
async def test_a_relay_that_is_unwell_says_so_when_asked(stage: str, reply: str, trouble: str) -> None:
    async with relay() as (sink, outlet):
        sink.fail(stage, reply)
        with pytest.raises(ChannelError) as caught:
            await outlet.probe("fault@localhost")
        assert (caught.value.trouble, caught.value.broken) == (trouble, True)
        await outlet.probe("fault@localhost")


async def test_a_relay_that_is_cut_or_gone_when_asked_is_unwell() -> None:
    async with relay() as (sink, outlet):
        sink.fail("mail", cut=True)
        for _ in range(2):
            with pytest.raises(ChannelError) as caught:
                await outlet.probe("fault@localhost")
            assert (caught.value.trouble, caught.value.broken) == ("the relay cannot be reached", True)
            await sink.stop()
