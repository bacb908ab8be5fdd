"""Mail that comes in by SMTP: what is taken, what is refused, and what stays well under attack."""

from __future__ import annotations

import asyncio
import errno
import logging
import random
import smtplib
import ssl
import sys
from contextlib import suppress
from datetime import UTC
from pathlib import Path

import psutil
import pytest

from bot.domain.messages import Incoming
from channels import smtp_in
from channels.base import NotNow
from channels.smtp_in import SmtpIn, SmtpInSettings
from channels.spool import Spool, read
from tests.channels.smtp_door import GREETED, MAIL, NOW, House, Talk, make_certificate, opened
from tests.parts.patience import PATIENCE

SMUGGLED = b"MAIL FROM:<evil@example.com>\r\nRCPT TO:<fault@localhost>\r\nDATA\r\nSubject: smuggled\r\n\r\nhello"
VARIANTS = (
    b"\n.\n", b"\n.\r\n", b"\n.\r", b"\r.\r", b"\r.\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\n\0.\r\n",
    b"\r\n.\0\r\n", b"\n\0.\n", b"\r\0\n.\r\n", b"\r\n.\r\0\n", b"\r\n.\r\r\n", b"\n\n.\r\n", b"\r\r.\r\n", b"\r\n.\n\r\n",
    b"\n\r.\r\n", b" \n.\r\n", b"\r\n.\n.\r\n", b"\x0b.\x0b", b"\x0c.\x0c", b"\x85.\x85", b"\xe2\x80\xa8.\xe2\x80\xa8",
    b"\r\n .\r\n", b"\r\n. \r\n", b"\r\n..\r\n", b"\r\n.\t\r\n",
)  # fmt: skip
"""Ends of mail that some server takes for one (CVE-2023-51764, -51765, -51766, -52354, CVE-2024-27305) and none is."""


def send(port: int, raw: bytes, to: list[str] | None = None) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="me") as client:
        client.sendmail("li@example.com", to or ["fault@localhost"], raw)


async def test_a_mail_is_taken_with_its_envelope_and_receive_stamp() -> None:
    async with opened() as house:
        await asyncio.to_thread(send, house.inlet.port, MAIL)
        (mail,) = house.mails
        assert (mail.channel, mail.raw, mail.received_at) == ("smtp", MAIL, NOW)
        assert (mail.envelope_from, mail.envelope_to) == ("li@example.com", ("fault@localhost",))


async def test_several_mails_on_one_connection_and_in_one_packet() -> None:
    async with opened() as house:
        talk = await Talk.to(house, *GREETED)
        assert await talk.mail() == "250 2.0.0 OK"
        again = b"MAIL FROM:<>\r\nRCPT TO:<fault@localhost>\r\nDATA\r\n"
        talk.send(again + MAIL + b".\r\n" + again + MAIL + b".\r\nQUIT\r\n")
        replies = [(await talk.reply())[:3] for _ in range(9)]
        assert replies == ["250", "250", "354", "250"] * 2 + ["221"]
        assert [mail.envelope_from for mail in house.mails] == ["li@example.com", "", ""]


@pytest.mark.parametrize(
    "raw", [b"", b".\r\n", b"x" * 3_000_000 + b"\r\n", b"\xff\xfe\x80\r\n" * 3, b"..\r\n.a\r\n" * 9]
)
async def test_odd_mails_come_through_unchanged(raw: bytes) -> None:
    async with opened() as house:
        talk = await Talk.to(house, *GREETED)
        stuffed = b"".join(b"." + line if line.startswith(b".") else line for line in raw.splitlines(keepends=True))
        assert await talk.mail(stuffed) == "250 2.0.0 OK"
        assert house.mails[0].raw == raw


# ---- the 250 (P1) ----


async def test_250_is_said_only_after_the_commit() -> None:
    reached, committed = asyncio.Event(), asyncio.Event()

    async def receive(_mail: Incoming) -> None:
        reached.set()
        await committed.wait()

    async with opened(receive) as house:
        talk = await Talk.to(house, *GREETED)
        await talk.say("DATA")
        talk.send(MAIL + b".\r\n")
        await reached.wait()
        house.hurries(0.05)
        for session in house.inlet._sessions:
            session._last_call()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(talk.reply(), 0.3)  # and no time limit strikes: it is our answer that is slow
        committed.set()
        assert await talk.reply() == "250 2.0.0 OK"


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (NotNow("database away"), "451 4.3.1 Please try again later"),
        (NotNow("disk full"), "452 4.3.1 Not enough room"),
        (RuntimeError("password=secret /srv/x"), "451 4.3.0 Temporary failure, please try again later"),
        (OSError(errno.EIO, "secret"), "451 4.3.0 Temporary failure, please try again later"),
    ],
)
async def test_what_cannot_be_stored_is_put_off(error: Exception, reply: str, caplog: pytest.LogCaptureFixture) -> None:
    async def receive(_mail: Incoming) -> None:
        raise error

    async with opened(receive) as house:
        talk = await Talk.to(house, *GREETED)
        assert await talk.mail() == reply
        assert "secret" not in caplog.text
        assert "faultdesk.smtp" in {record.name for record in caplog.records}
        assert (await talk.say("RCPT TO:<fault@localhost>")).startswith("503")  # the transaction is over
        assert await talk.say("NOOP") == "250 OK"


async def test_a_peer_that_vanishes_leaves_nothing_and_may_come_again() -> None:
    async with opened() as house:
        talk = await Talk.to(house, *GREETED)
        await talk.say("DATA")
        talk.send(b"Subject: half")
        await asyncio.sleep(0.05)
        talk.vanish()
        await house.empty()
        assert (house.mails, house.inlet.budget.used) == ([], 0)
        talk = await Talk.to(house, *GREETED)
        assert await talk.mail() == "250 2.0.0 OK"


async def test_a_peer_that_vanishes_before_our_250_leaves_nothing_held() -> None:
    reached = asyncio.Event()

    async def receive(_mail: Incoming) -> None:
        reached.set()
        await asyncio.Event().wait()

    async with opened(receive) as house:
        talk = await Talk.to(house, *GREETED)
        await talk.say("DATA")
        talk.send(MAIL + b".\r\n")
        await reached.wait()
        assert house.inlet.budget.used == len(MAIL)
        talk.vanish()
        await house.empty()
        await asyncio.sleep(0)
        assert house.inlet.budget.used == 0


# ---- 51: smuggling ----


@pytest.mark.parametrize("variant", VARIANTS)
async def test_row_51_no_variant_makes_two_mails(variant: bytes) -> None:
    async with opened() as house:
        talk = await Talk.to(house, *GREETED)
        reply = await talk.mail(b"Subject: one\r\n\r\nhello" + variant + SMUGGLED + b"\r\n")
        assert reply in ("250 2.0.0 OK", "554 5.6.0 Bare CR, bare LF or NUL in the message")
        assert await talk.say("NOOP") == "250 OK"  # the very next reply: nothing else was understood
        assert len(house.mails) == (1 if reply.startswith("250") else 0)
        assert all(mail.envelope_from == "li@example.com" for mail in house.mails)


# ---- 52, 54, 56, 57, 58: commands ----


@pytest.mark.parametrize(
    ("before", "command", "code"),
    [
        (0, b"EHLO me\n", "500"),
        (1, b"NOOP\n", "500"),
        (1, b"MAIL FROM:<a@b.c>\rX\r\n", "500"),
        (1, b"MAIL FROM:<a@b.c>\0\r\n", "500"),
        (1, "MAIL FROM:<李@b.c>\r\n".encode(), "500"),
        (1, b"MAIL FROM:<\xff@b.c>\r\n", "500"),
        (1, b"\x1b]0;evil\x07\r\n", "500"),
        (0, b"EHLO " + b"x" * 10_000 + b"\r\n", "500"),
        (0, b"EHLO " + b"x" * 200_000 + b"\r\n", "500"),
        (0, b"MAIL FROM:<a@b.c>\r\n", "503"),
        (0, b"EHLO\r\n", "501"),
        (1, b"AUTH PLAIN AGEAYg==\r\n", "502"),
        (1, b"STARTTLS\r\n", "500"),
        (1, b"VRFY fault\r\n", "502"),
        (1, b"EXPN staff\r\n", "502"),
        (1, b"HELP\r\n", "502"),
        (1, b"BDAT 5 LAST\r\n", "500"),
        (1, b"RCPT TO:<fault@localhost>\r\n", "503"),
        (1, b"MAIL FROM:<a@b.c> SIZE=1000000000000000000\r\n", "552"),
        (1, b"MAIL FROM:<a@b.c> SIZE=-1\r\n", "501"),
        (1, b"MAIL FROM:<a@b.c> SIZE=1e3\r\n", "501"),
        (1, b"MAIL FROM:<a@b.c> SIZE=\r\n", "501"),
        (1, b"MAIL FROM:<a@b.c> SMTPUTF8\r\n", "501"),
        (1, b"MAIL FROM:<a@b.c> BODY=BINARYMIME\r\n", "501"),
        (1, b"MAIL FROM:<a@b.c> X=Y\r\n", "555"),
        (1, b"MAIL FROM:<@x,@y:a@b.c>\r\n", "553"),
        (1, b"MAIL FROM:<a@b.c> <c@d.e>\r\n", "501"),
        (1, b"MAIL FROM:<" + b"(" * 400 + b">\r\n", "553"),
        (2, b"RCPT TO:<fault@example.com>\r\n", "550"),
        (2, b"RCPT TO:<fault%example.com@localhost>\r\n", "550"),
        (2, b"RCPT TO:<example.com!fault@localhost>\r\n", "550"),
        (2, b"RCPT TO:<@localhost:fault@example.com>\r\n", "553"),
        (2, b"RCPT TO:<fault@example.com@localhost>\r\n", "553"),
        (2, b'RCPT TO:<"fault@example.com"@localhost>\r\n', "550"),
        (2, b"RCPT TO:<fault>\r\n", "550"),
        (2, b"RCPT TO:<postmaster@example.com>\r\n", "550"),
        (2, b"RCPT TO:<@localhost>\r\n", "553"),
        (2, b"RCPT TO:<>\r\n", "550"),
        (2, b"RCPT TO:<+x@localhost>\r\n", "550"),
        (2, b"DATA\r\n", "503"),
        (3, b"DATA now\r\n", "501"),
    ],
)
async def test_a_bad_command_gets_one_line_and_no_more(before: int, command: bytes, code: str) -> None:
    async with opened() as house:
        talk = await Talk.to(house, *GREETED[:before])
        reply = await talk.say(command)
        assert reply[:4] == code + " "
        assert reply.isprintable()
        assert "Error: (" not in reply
        assert await talk.say("NOOP") == "250 OK"


@pytest.mark.parametrize(
    "address",
    "fault@localhost FAULT@LocalHost fault+FD-1.abc@localhost any@example.com PostMaster postmaster@LocalHost".split(),
)
async def test_own_addresses_are_taken(address: str) -> None:
    async with opened(addresses=("Fault@localhost", "@example.com")) as house:
        talk = await Talk.to(house, *GREETED[:2])
        assert await talk.say(f"RCPT TO:<{address}>") == "250 2.1.5 OK"
        await talk.mail()
        assert house.mails[0].envelope_to == (address,)


@pytest.mark.parametrize(
    "path", ["<root>", "root@localhost", "<SRS0=x=y=z@b.c>", "<prvs=1=a@b.c>", '<"john doe"@b.c>', "<a@[127.0.0.1]>"]
)
async def test_senders_of_real_machines_are_taken(path: str) -> None:
    async with opened() as house:
        talk = await Talk.to(house, GREETED[0], f"MAIL FROM:{path} SIZE=100 BODY=8BITMIME", GREETED[2])
        await talk.mail()
        assert house.mails[0].envelope_from == path.strip("<>")


async def test_the_offer_is_short_and_says_the_size() -> None:
    async with opened() as house:
        reply = await (await Talk.to(house)).say("EHLO me")
        assert reply.split("\n") == ["250-faultdesk", "250-PIPELINING", "250-8BITMIME", "250 SIZE 36700160"]


async def test_row_54_too_many_recipients() -> None:
    async with opened(max_errors=100, addresses=("@localhost",)) as house:
        talk = await Talk.to(house, *GREETED[:2])
        replies = [await talk.say(f"RCPT TO:<a{n}@localhost>") for n in range(60)]
        assert [reply[:3] for reply in replies] == ["250"] * 50 + ["452"] * 10
        await talk.mail()
        assert len(house.mails[0].envelope_to) == 50


async def test_a_recipient_named_twice_counts_once() -> None:
    async with opened() as house:
        talk = await Talk.to(house, *GREETED, GREETED[2])
        await talk.mail()
        assert house.mails[0].envelope_to == ("fault@localhost",)


@pytest.mark.parametrize(
    "command", ["RCPT TO:<x@example.com>", "RCPT TO:<fault@localhost>", "NOOP", "RSET", "NONSENSE", "VRFY x"]
)
async def test_row_54_a_flood_of_commands_ends_in_421_or_goodbye(command: str) -> None:
    async with opened() as house:
        talk = await Talk.to(house, *GREETED[:2])
        talk.send((command + "\r\n").encode() * 50_000)
        replies = [await talk.reply()]
        while replies[-1]:
            try:
                replies.append(await talk.reply())
            except ConnectionError:  # it closed on us while we were still talking
                break
        assert len(replies) <= 2100
        await house.empty()


async def test_row_54_a_thousand_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_in, "PATIENCE", 1e9)
    async with opened() as house:
        talks = [await asyncio.open_connection("127.0.0.1", house.inlet.port) for _ in range(300)]
        greetings = [(await asyncio.wait_for(reader.readline(), 60))[:3] for reader, _ in talks]
        assert (greetings.count(b"220"), greetings.count(b"421")) == (50, 250)
        assert len(house.inlet._sessions) == 50
        for _, writer in talks:
            writer.close()
        await house.empty()
        await Talk.to(house, *GREETED)


async def test_lines_held_open_for_nothing_keep_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_in, "PATIENCE", 0.05)
    async with opened(max_connections=3) as house:
        silent = [await Talk.to(house) for _ in range(2)]
        held = await Talk.to(house, *GREETED)
        await held.say("DATA")
        held.send(b"Subject: half")
        later = []
        for other in (*silent, held):
            await asyncio.sleep(0.1)
            talk = await Talk.to(house, *GREETED)
            assert await talk.mail() == "250 2.0.0 OK"
            assert await talk.say("QUIT") == "221 Bye"
            assert (await other.reply()).startswith("421 4.3.2 Others are waiting")
            later.append(await Talk.to(house))  # takes the free place
        assert len(house.mails) == 3


async def test_random_dialogues_break_nothing() -> None:
    words = [
        *GREETED,
        "HELO x",
        "DATA",
        "RSET",
        "QUIT",
        "AUTH LOGIN",
        "MAIL FROM:<>",
        "RCPT TO:<",
        ".",
        "..",
        "",
        "a" * 600,
    ]
    ends = [b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\0", b"\r\n.\r\n"]
    chance = random.Random(7)
    async with opened(max_connections=500) as house:
        for _ in range(200):
            _reader, writer = await asyncio.open_connection("127.0.0.1", house.inlet.port)
            pieces = [chance.choice(words).encode() + chance.choice(ends) for _ in range(chance.randint(1, 30))]
            writer.write(b"".join(pieces) + chance.randbytes(chance.choice((0, 0, 9))))
            if chance.random() < 0.5:
                writer.write_eof()
            await asyncio.sleep(0)
            writer.close() if chance.random() < 0.5 else writer.transport.abort()
        await house.empty()
        talk = await Talk.to(house, *GREETED)
        assert await talk.mail() == "250 2.0.0 OK"


def test_connections_of_one_address_are_few_but_this_machine_is_exempt() -> None:
    inlet = SmtpIn(SmtpInSettings(max_per_ip=2), lambda: NOW)
    inlet._sessions = dict(enumerate(["192.0.2.1"] * 2 + ["::1"] * 2 + ["127.0.0.1"] * 2))  # type: ignore[arg-type]
    refused = {
        host: bool(inlet.refusal(host))
        for host in ("192.0.2.1", "192.0.2.2", "::1", "127.0.0.1", "::ffff:127.0.0.1", "?")
    }
    assert refused == {
        "192.0.2.1": True,
        "192.0.2.2": False,
        "::1": False,
        "127.0.0.1": False,
        "::ffff:127.0.0.1": False,
        "?": False,
    }


async def test_too_many_errors_end_the_connection() -> None:
    async with opened(max_errors=3) as house:
        talk = await Talk.to(house, *GREETED[:2])
        for _ in range(2):
            await talk.say("RCPT TO:<x@example.com>")
        assert (await talk.say("RCPT TO:<x@example.com>")).startswith("550")
        assert (await talk.reply()).startswith("421 4.7.0")
        assert await talk.at_end()


# ---- 55, 56: time and size ----


async def test_row_55_a_trickle_of_data_is_cut_off() -> None:
    async with opened() as house:
        talk = await Talk.to(house, *GREETED)
        await talk.say("DATA")
        house.hurries(0.3)
        reply = asyncio.create_task(talk.reply())
        while not reply.done():
            talk.send(b"x")
            await asyncio.sleep(0.02)
        assert reply.result().startswith("421 4.4.2 Too slow")
        await house.empty()
        assert house.mails == []


async def test_row_55_steady_data_may_take_longer_than_the_idle_timeout() -> None:
    """Each 64 KiB put the end off anew, and few bytes do not."""
    async with opened() as house:
        talk = await Talk.to(house, *GREETED)
        await talk.say("DATA")
        (session,) = house.inlet._sessions
        for more, puts_off in ((70_000, True), (100, False)) * 5:
            end = session._timeout_handle
            size = house.inlet.budget.used
            talk.send(b"x" * more)
            async with asyncio.timeout(PATIENCE):
                while house.inlet.budget.used < size + more - len(b"\r\n.\r\n"):  # noqa: ASYNC110  -- the inlet has no event for it
                    await asyncio.sleep(0.001)
            assert (session._timeout_handle is not end) is puts_off
        assert await talk.say(b"\r\n.\r\n") == "250 2.0.0 OK"


async def test_row_55_silence_and_endless_sessions_are_ended() -> None:
    async with opened(idle_timeout=0.1) as house:
        assert (await (await Talk.to(house)).reply()).startswith("421 4.4.2 Too slow")
    async with opened(session_timeout=0.3) as house:
        talk = await Talk.to(house)
        reply = "250"
        while reply.startswith("250"):
            await asyncio.sleep(0.01)
            reply = await talk.say("RSET")
        assert reply.startswith("421 4.4.2 Connected for too long")


async def test_row_56_a_mail_over_the_limit_is_refused_after_its_end() -> None:
    async with opened(max_size=100_000) as house:
        talk = await Talk.to(house, "EHLO me", "MAIL FROM:<a@b.c> SIZE=1000", "RCPT TO:<fault@localhost>")
        assert await talk.mail(b"x" * 150_000 + b"\r\n") == "552 5.3.4 Message too big"
        assert await talk.say("NOOP") == "250 OK"
        assert house.mails == []


async def test_row_56_a_mail_far_over_the_limit_is_not_read_to_its_end() -> None:
    async with opened(max_size=100_000) as house:
        talk = await Talk.to(house, *GREETED)
        await talk.say("DATA")
        reply = asyncio.create_task(talk.reply())
        sent = 0
        while not reply.done() and sent < 50_000_000:
            talk.send(b"x" * 10_000)
            sent += 10_000
            await asyncio.sleep(0)
        with suppress(ConnectionError):  # it closed while we were still sending
            assert (await reply).startswith("421 4.3.4")
        await house.empty()
        assert sent < 50_000_000


FLOOD = """
import smtplib, sys, threading
def one(number):
    client = smtplib.SMTP("127.0.0.1", int(sys.argv[1]), local_hostname="me")
    client.ehlo(); client.mail("li@example.com"); client.rcpt("fault@localhost"); client.docmd("DATA")
    for _ in range(60): client.sock.sendall(b"x" * 999_998 + b"\\r\\n")
    client.sock.sendall(b".\\r\\n")
    print(client.getreply()[0], flush=True)
threads = [threading.Thread(target=one, args=(n,)) for n in range(int(sys.argv[2]))]
[t.start() for t in threads]; [t.join() for t in threads]
"""


async def flood(house: House, connections: int) -> tuple[list[bytes], int]:
    """60 MB on each connection at once: the replies, and by how many bytes the process grew at most."""
    process = psutil.Process()
    before = most = process.memory_info().rss
    arguments = ("-c", FLOOD, str(house.inlet.port), str(connections))
    child = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    output = asyncio.create_task(child.communicate())
    while not output.done():
        most = max(most, process.memory_info().rss)
        await asyncio.sleep(0.005)
    return (await output)[0].split(), most - before


async def test_row_56_memory_stays_bounded_under_60_mb_mails() -> None:
    async with opened(data_in_flight=8 * 2**20) as house:
        replies, growth = await flood(house, 6)
        assert replies == [b"451"] * 6
        assert growth < 48 * 2**20
        talk = await Talk.to(house, *GREETED)
        assert await talk.mail() == "250 2.0.0 OK"


@pytest.mark.long
async def test_row_56_memory_stays_bounded_under_twenty_at_full_size() -> None:
    async with opened() as house:
        replies, growth = await flood(house, 20)
        assert len(replies) == 20
        assert set(replies) <= {b"451", b"552"}
        assert growth < 150 * 2**20


# ---- 53: TLS ----


async def test_starttls_and_a_mail_inside_it(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)

    def send_inside(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="me") as client:
            client.starttls(context=ssl._create_unverified_context())
            client.ehlo()
            assert not client.has_extn("starttls")
            assert not client.has_extn("auth")
            client.sendmail("li@example.com", ["fault@localhost"], MAIL + b"x" * 300_000)

    async with opened(tls_cert=certificate, tls_key=key) as house:
        await asyncio.to_thread(send_inside, house.inlet.port)
        assert len(house.mails[0].raw) == len(MAIL) + 300_002


async def test_row_53_commands_behind_starttls_are_forgotten(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    async with opened(tls_cert=certificate, tls_key=key) as house:
        talk = await Talk.to(house, "EHLO me")
        assert (await talk.say(b"STARTTLS\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<fault@localhost>\r\n"))[
            :3
        ] == "220"
        context = ssl._create_unverified_context()
        await asyncio.wait_for(talk.writer.start_tls(context, server_hostname="localhost"), 60)
        assert (await talk.say("RCPT TO:<fault@localhost>")).startswith("503")
        assert (await talk.say("EHLO me")).startswith("250-")
        assert (await talk.say("STARTTLS")).startswith("503")
        assert (await talk.say("RCPT TO:<fault@localhost>")).startswith("503")


@pytest.mark.parametrize("stop", [False, True])
async def test_silence_instead_of_a_handshake(tmp_path: Path, stop: bool) -> None:
    certificate, key = make_certificate(tmp_path)
    async with opened(tls_cert=certificate, tls_key=key) as house:
        talk = await Talk.to(house, "EHLO me", "STARTTLS")
        house.hurries(60 if stop else 0.2)
        if stop:
            await house.stop()
        await talk.at_end()
        await house.empty()


@pytest.mark.parametrize("abort", [False, True])
async def test_a_peer_that_leaves_in_the_handshake_is_forgotten(tmp_path: Path, abort: bool) -> None:
    certificate, key = make_certificate(tmp_path)
    async with opened(tls_cert=certificate, tls_key=key) as house:
        talk = await Talk.to(house, "EHLO me", "STARTTLS")
        talk.vanish() if abort else talk.writer.close()
        await house.empty()


async def test_garbage_instead_of_a_handshake(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    async with opened(tls_cert=certificate, tls_key=key) as house:
        talk = await Talk.to(house, "EHLO me", "STARTTLS")
        talk.send(b"MAIL FROM:<evil@example.com>\r\n" * 20)
        await talk.at_end()
        await house.empty()
        assert house.mails == []


# ---- starting and stopping ----


async def test_a_taken_port_is_one_clear_line() -> None:
    async with opened() as house:
        other = SmtpIn(SmtpInSettings(port=house.inlet.port), lambda: NOW)
        with pytest.raises(OSError, match=f"cannot receive mail on 127.0.0.1:{house.inlet.port}: .*in use") as caught:
            await other.open()
        assert caught.value.errno == errno.EADDRINUSE


async def test_a_stop_lets_the_mail_under_way_arrive() -> None:
    async with opened(stop_timeout=60) as house:
        idle = await Talk.to(house, "EHLO me")
        busy = await Talk.to(house, *GREETED)
        await busy.say("DATA")
        busy.send(b"Subject: half")
        await asyncio.sleep(0.05)
        stopping = asyncio.create_task(house.stop())
        assert (await idle.reply()).startswith("421 4.3.2")
        assert await busy.say(b"\r\n.\r\n") == "250 2.0.0 OK"
        assert (await busy.reply()).startswith("421 4.3.2")
        await stopping
        assert len(house.mails) == 1
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.1", busy.writer.get_extra_info("peername")[1])


async def test_a_stop_does_not_wait_for_ever() -> None:
    async with opened(stop_timeout=0.1) as house:
        talk = await Talk.to(house, *GREETED)
        await talk.say("DATA")
        talk.send(b"Subject: half")
        await house.stop()
        assert (await talk.reply()).startswith("421 4.3.2")
        assert await talk.at_end()


# ---- the spool ----


async def test_a_taken_mail_is_spooled_and_a_refused_one_is_not(tmp_path: Path) -> None:
    async with opened(spool=Spool(tmp_path)) as house:
        talk = await Talk.to(house, *GREETED)
        await talk.mail()
        for command in GREETED:
            await talk.say(command)
        await talk.mail(b"bare\n\r\n")
    assert list(read(tmp_path / "2026-11-22.spool")) == house.mails
    assert house.mails[0].received_at.tzinfo == UTC


async def test_a_broken_spool_refuses_no_mail(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    async with opened(spool=Spool(tmp_path / "file" / "spool")) as house:
        talk = await Talk.to(house, *GREETED)
        assert await talk.mail() == "250 2.0.0 OK"
        assert house.inlet.problem.startswith("mail spool not written")
    assert caplog.records[-1].levelno == logging.ERROR
