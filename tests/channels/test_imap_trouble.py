"""channels.imap when the server is away, dies, freezes, refuses, lies or attacks (reliability 2.2, 3 A 50, 3 B 60)."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import psutil
import pytest

from bot.domain.mailboxes import AWAY, FOLDER, LOGIN, PROTOCOL, TOKEN, UNREADABLE, UNSAFE
from channels import imap as module
from tests.channels.mailbox import Desk, settings_for, until
from tests.parts.dovecot import PASSWORD, USER, Dovecot, mail
from tests.parts.scripted_imap import BODIES, HEADS, Answer, ScriptedImap, endless
from tests.parts.tokens import Tokens

SECRET = "hunter-2-hunter"


@pytest.fixture
def desk() -> Desk:
    return Desk()


# ---- a server that dies ----


@pytest.mark.parametrize("crash", [True, False])
async def test_a_server_that_dies_while_it_idles_is_found_again(desk: Desk, *, crash: bool) -> None:
    with Dovecot() as dovecot:
        async with desk.reading(settings_for(dovecot.imap, poll_seconds=1000)) as inlet:
            await until(inlet.read.is_set)
            await until(dovecot.sessions)
            await asyncio.to_thread(dovecot.kill if crash else dovecot.stop)
            await until(lambda: "away" in inlet.problem)
            dovecot.start()
            await asyncio.to_thread(dovecot.deliver, mail(0))
            await until(lambda: desk.subjects() == ["fault 0"])
            await until(lambda: inlet.problem == "")
    assert desk.reports == [], "a short absence is nobody's business"


async def test_a_server_that_freezes_is_given_up_and_found_again(desk: Desk) -> None:
    with Dovecot() as dovecot:
        async with desk.reading(settings_for(dovecot.imap, poll_seconds=1, timeout=1)) as inlet:
            await until(inlet.read.is_set)
            await until(dovecot.freeze_sessions)
            await asyncio.to_thread(dovecot.deliver, mail(0))
            await until(lambda: desk.subjects() == ["fault 0"])


async def test_an_absence_is_told_once_it_lasts_and_so_is_the_return(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNHEARD", 0.2)
    with Dovecot() as dovecot:
        dovecot.stop()
        async with desk.reading(settings_for(dovecot.imap)) as inlet:
            await until(lambda: desk.reports)
            await asyncio.sleep(0.3)
            dovecot.start()
            await until(inlet.read.is_set)
            await until(lambda: len(desk.reports) == 2)
    assert [kind for kind, _ in desk.reports] == [AWAY, ""]


async def test_it_lets_go_at_once_when_it_is_told_to(desk: Desk) -> None:
    """Also while it waits for a server that says nothing."""
    async with ScriptedImap({"SELECT": None}) as server:
        async with desk.reading(settings_for(server.port, timeout=600)):
            await until(lambda: b"SELECT" in server.heard)
        await until(lambda: server.open == 0)


# ---- tokens ----


async def test_a_token_that_is_refused_and_a_service_that_is_away(desk: Desk, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("good-token\n")
    with Tokens() as tokens, Dovecot(oauth=tokens.url) as dovecot:
        dovecot.deliver(mail(0))
        settings = settings_for(dovecot.imap, password="", token_command=("cat", str(token)))
        tokens.status = 500
        async with desk.reading(settings, patience=0.001) as inlet:
            await until(lambda: "UNAVAILABLE" in inlet.problem)
            assert desk.reports == [], "their trouble, not ours"
            tokens.status = 200
            await until(lambda: "AUTHENTICATIONFAILED" in inlet.problem)
            await until(lambda: desk.reports)
            assert "good-token" not in inlet.problem + str(desk.reports)
            tokens.good["good-token"] = USER
            await until(lambda: desk.subjects() == ["fault 0"])
            await until(lambda: len(desk.reports) == 2)
    assert [kind for kind, _ in desk.reports] == [LOGIN, ""]


async def test_a_token_that_has_just_expired_is_replaced_at_once(desk: Desk, tmp_path: Path) -> None:
    script = tmp_path / "token.sh"
    script.write_text(f"if [ -e {tmp_path}/old ]; then echo new-token; else touch {tmp_path}/old; echo old-token; fi")
    with Tokens() as tokens, Dovecot(oauth=tokens.url) as dovecot:
        tokens.good["new-token"] = USER
        settings = settings_for(dovecot.imap, password="", token_command=("sh", str(script)))
        async with desk.reading(settings) as inlet:
            await until(inlet.read.is_set)
    assert desk.reports == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("false",), "status 1"),
        (("true",), "printed no token"),
        (("/no/such/command",), "cannot be run"),
        ((sys.executable, "-c", "print('two words')"), "printed no token"),
    ],
)
async def test_a_command_that_gives_no_token(desk: Desk, command: tuple[str, ...], words: str) -> None:
    async with ScriptedImap({}) as server:
        async with desk.reading(settings_for(server.port, password="", token_command=command)):
            await until(lambda: desk.reports)
        assert b"AUTHENTICATE" not in server.heard
    [(kind, text)] = desk.reports
    assert kind == TOKEN
    assert words in text


# ---- a server that lies ----

NIL = b"* 1 FETCH (UID 7 BODY[] NIL)\r\nTAG OK done\r\n"
LIES: dict[str, tuple[dict[str, Answer], str]] = {
    "a literal without end": ({"UID FETCH": b"* 1 FETCH (UID 7 BODY[] {9999999999}\r\nwords"}, PROTOCOL),
    "a literal beside the mail": ({"UID SEARCH": b"* SEARCH {99999999}\r\n"}, PROTOCOL),
    "UID 0": ({"UID SEARCH": b"* SEARCH 0 7\r\nTAG OK done\r\n"}, PROTOCOL),
    "UID beyond the last": ({"UID SEARCH": b"* SEARCH 4294967296\r\nTAG OK done\r\n"}, PROTOCOL),
    "UIDs that are words": ({"UID SEARCH": b"* SEARCH seven\r\nTAG OK done\r\n"}, PROTOCOL),
    "UIDVALIDITY 0": ({"SELECT": b"* OK [UIDVALIDITY 0] x\r\nTAG OK done\r\n"}, PROTOCOL),
    "no UIDVALIDITY": ({"SELECT": b"TAG OK done\r\n"}, PROTOCOL),
    "UIDVALIDITY too large": ({"SELECT": b"* OK [UIDVALIDITY 4294967296] x\r\nTAG OK done\r\n"}, PROTOCOL),
    "a folder to read only": ({"SELECT": b"* OK [UIDVALIDITY 5] x\r\nTAG OK [READ-ONLY] done\r\n"}, FOLDER),
    "lines without end as a greeting": ({"greeting": endless(b"* OK hello\r\n" * 5000)}, PROTOCOL),
    "a line without end as a greeting": ({"greeting": endless(b"* OK hello" * 5000)}, PROTOCOL),
    "lines without end at the login": ({"LOGIN": endless(b"* OK wait\r\n" * 5000)}, PROTOCOL),
    "lines without end in a look": ({"UID SEARCH": endless(b"* 1 EXISTS\r\n" * 5000)}, PROTOCOL),
    "a line without end in a look": ({"UID SEARCH": endless(b"* SEARCH" + b" 7" * 50_000)}, PROTOCOL),
    "lines without end at a fetch": ({"UID FETCH": endless(b"* 1 FETCH (UID 7 FLAGS ())\r\n" * 5000)}, PROTOCOL),
    "brackets without end": ({"heads": b"* 1 FETCH " + b"(" * 100_000 + b"\r\nTAG OK done\r\n"}, PROTOCOL),
    "half a bracket": ({"heads": b"* 1 FETCH (UID\r\nTAG OK done\r\n"}, PROTOCOL),
    "a size that is a word": ({"heads": b"* 1 FETCH (UID 7 RFC822.SIZE big)\r\nTAG OK done\r\n"}, PROTOCOL),
    "bytes": ({"greeting": bytes(range(128, 256)) * 10 + b"\r\n"}, AWAY),
    "another protocol": ({"greeting": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, AWAY),
    "a goodbye": ({"greeting": b"* BYE too many connections\r\n"}, PROTOCOL),
    "a foreign tag": ({"NOOP": b"X99 OK done\r\n"}, AWAY),
    "a refusal to look": ({"UID SEARCH": b"TAG NO [SERVERBUG] oops\r\n"}, PROTOCOL),
    "somebody known already": ({"greeting": b"* PREAUTH welcome back\r\n"}, UNSAFE),
}


@pytest.mark.parametrize("name", LIES)
async def test_a_lie_ends_the_connection_and_is_told(desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reliability 3 B 60: closed, told, memory bounded, nothing stored."""
    monkeypatch.setattr(module, "UNHEARD", 0.0)
    answers, kind = LIES[name]
    before = psutil.Process().memory_info().rss
    async with ScriptedImap(answers) as server, desk.reading(settings_for(server.port), patience=1000):
        await until(lambda: desk.reports)
        await until(lambda: server.open == 0)
    assert [one for one, _ in desk.reports] == [kind]
    assert not desk.mails
    assert psutil.Process().memory_info().rss - before < 120 * 2**20


@pytest.mark.parametrize("silent", ["greeting", "CAPABILITY", "LOGIN", "SELECT", "NOOP", "heads", "UID FETCH"])
async def test_a_server_that_falls_silent_is_given_up(desk: Desk, silent: str) -> None:
    async with (
        ScriptedImap({silent: None}) as server,
        desk.reading(settings_for(server.port, timeout=0.3), patience=1000) as inlet,
    ):
        await until(lambda: "away" in inlet.problem)
        await until(lambda: server.open == 0)


async def test_a_server_that_says_a_byte_now_and_then_is_given_up_as_well(desk: Desk) -> None:
    async with (
        ScriptedImap({"LOGIN": endless(b"*", 0.05)}) as server,
        desk.reading(settings_for(server.port, timeout=0.5), patience=1000) as inlet,
    ):
        await until(lambda: "away" in inlet.problem)


async def test_an_honest_script_is_understood(desk: Desk) -> None:
    """Else the lies would prove nothing."""
    async with ScriptedImap({}) as server:
        async with desk.reading(settings_for(server.port, idle=False)) as inlet:
            await until(inlet.read.is_set)
            assert inlet.problem == ""
        assert b"UID MOVE 7 " in server.heard
    assert desk.subjects() == ["fault"]


async def test_netease_lets_us_in_because_we_say_who_we_are(desk: Desk) -> None:
    """163, 126 and 188 open no folder to a program that has not said its name (RFC 2971) after the login."""

    class NetEase(ScriptedImap):
        def _name(self, command: bytes) -> str:
            introduced = re.search(rb'LOGIN .*ID \(.*"name" "Faultdesk"', self.heard, re.DOTALL)
            return "unsafe" if command.startswith(b"SELECT") and not introduced else super()._name(command)

    answers: dict[str, Answer] = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 XLIST SPECIAL-USE ID LITERAL+ MOVE UIDPLUS\r\nTAG OK done\r\n",
        "ID": b'* ID ("name" "Coremail Imap" "vendor" "NetEase")\r\nTAG OK ID completed\r\n',
        "unsafe": b"TAG NO SELECT Unsafe Login. Please contact kefu@188.com for help\r\n",
    }
    async with NetEase(answers) as server, desk.reading(settings_for(server.port, idle=False)) as inlet:
        await until(lambda: inlet.read.is_set() or inlet.problem)
        assert inlet.problem == ""
    assert desk.subjects() == ["fault"]


async def test_a_mail_without_content_holds_up_nobody(desk: Desk) -> None:
    two = HEADS.replace(b"* 1", b"* 2").replace(b"UID 7", b"UID 8").partition(b"TAG")[0]
    answers: dict[str, Answer] = {
        "UID SEARCH": b"* SEARCH 7 8\r\nTAG OK done\r\n",
        "heads": two + HEADS,
        "UID FETCH": b"* 2 FETCH (UID 8 BODY[] NIL)\r\n" + BODIES,
    }
    async with ScriptedImap(answers) as server:
        async with desk.reading(settings_for(server.port, idle=False)) as inlet:
            await until(inlet.read.is_set)
            assert "UID 8" in inlet.problem
        assert b"UID MOVE 7 " in server.heard
    assert [kind for kind, _ in desk.reports] == [UNREADABLE]
    assert desk.subjects() == ["fault"]


async def test_a_mail_that_ends_every_connection_holds_up_nobody(desk: Desk) -> None:
    """P4."""
    two = HEADS.replace(b"* 1", b"* 2").replace(b"UID 7", b"UID 3").partition(b"TAG")[0]

    class Poisoned(ScriptedImap):
        def _name(self, command: bytes) -> str:
            poisoned = b"UID FETCH" in command and b"BODY" in command and b" 3" in command
            return "poison" if poisoned else super()._name(command)

    answers: dict[str, Answer] = {
        "UID SEARCH": b"* SEARCH 3 7\r\nTAG OK done\r\n",
        "heads": two + HEADS,
        "poison": b"* BYE crashed\r\n",
    }
    async with Poisoned(answers) as server:
        async with desk.reading(settings_for(server.port, idle=False)) as inlet:
            await until(inlet.read.is_set)
            assert "UID 3 ends the connection" in inlet.problem
        assert server.connections <= 5
    assert desk.subjects() == ["fault"]
    assert [kind for kind, _ in desk.reports] == [UNREADABLE]


# ---- the password ----


async def test_where_starttls_was_taken_away_no_password_is_said(desk: Desk) -> None:
    async with ScriptedImap({}) as server:
        how = {"security": "starttls", "allow_plaintext": False, "password": SECRET}
        async with desk.reading(settings_for(server.port, **how), patience=1000):
            await until(lambda: desk.reports)
        assert [kind for kind, _ in desk.reports] == [UNSAFE]
        assert SECRET.encode() not in server.heard
        assert b"LOGIN" not in server.heard


async def test_what_is_said_in_clear_behind_starttls_is_an_attack(desk: Desk) -> None:
    answers: dict[str, Answer] = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n",
        "STARTTLS": b"TAG OK begin\r\n* CAPABILITY IMAP4rev1\r\n",
    }
    async with ScriptedImap(answers) as server:
        how = {"security": "starttls", "allow_plaintext": False, "password": SECRET}
        async with desk.reading(settings_for(server.port, **how), patience=1000):
            await until(lambda: desk.reports)
        assert SECRET.encode() not in server.heard
    assert [kind for kind, _ in desk.reports] == [PROTOCOL]


async def test_a_server_that_repeats_the_password_does_not_have_it_shown(desk: Desk) -> None:
    async with ScriptedImap({"LOGIN": b"TAG NO who is %s with %s?\r\n" % (USER.encode(), SECRET.encode())}) as server:
        async with desk.reading(settings_for(server.port, password=SECRET), patience=1000) as inlet:
            await until(lambda: desk.reports)
            assert SECRET not in inlet.problem + str(desk.reports)
        assert SECRET.encode() in server.heard
    assert desk.reports[0][0] == LOGIN


@pytest.mark.parametrize("name", ['odd "name\\', "Ünal", "two words"])
@pytest.mark.parametrize("plain", [True, False])
async def test_names_and_passwords_of_any_letters(desk: Desk, name: str, *, plain: bool) -> None:
    """They must never be taken for a part of the command."""
    capability = b"* CAPABILITY IMAP4rev1 MOVE" + (b" AUTH=PLAIN" if plain else b"") + b"\r\nTAG OK done\r\n"
    async with ScriptedImap({"CAPABILITY": capability, "AUTHENTICATE": b"+ \r\n"}) as server:
        patient = 10 if not plain and name.isascii() else 0.5  # where it is let in, and where it waits for no answer
        settings = settings_for(server.port, timeout=patient).model_copy(update={"username": name})
        async with desk.reading(settings, patience=1000) as inlet:
            await until(lambda: inlet.read.is_set() or inlet.problem)
        wanted = name.replace("\\", "\\\\").replace('"', '\\"')
        if not plain and name.isascii():
            assert f'LOGIN "{wanted}" "{PASSWORD}"\r\n'.encode() in server.heard
