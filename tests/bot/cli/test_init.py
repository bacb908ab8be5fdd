"""`faultdesk init`: a configuration for its owner only, from arguments or from answers; never over another one."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import select
import smtplib
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.cli.init import server
from bot.config_file import read_settings
from bot.domain.providers import provider_of
from tests.bot.cli.conftest import Faultdesk
from tests.parts.daemon import Daemon, free_ports
from tests.parts.dovecot import PASSWORD, USER, Dovecot
from tests.parts.patience import PATIENCE
from tests.parts.telegram import FakeTelegram

WORDS = (
    "init", "--organisation", "Acme 三", "--language", "en", "--mailbox", "fault@acme.example",
    "--customer", "Client Ltd", "--domain", "client.example", "--domain", "b.example",
    "--person", "anna:Anna:resident,desk:anna@acme.example", "--person", "pm:Paul:manager",
)  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, at: Callable[[Path], Faultdesk]) -> Faultdesk:
    return at(tmp_path / "var")


def test_arguments_make_a_configuration_that_only_its_owner_can_read(here: Faultdesk, tmp_path: Path) -> None:
    said = here(*WORDS)
    assert said == (0, "config.toml is written. Next: faultdesk check, then: faultdesk run\n", "")
    path = tmp_path / "config.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["config.toml"]
    settings = read_settings(path, starting=True)
    assert (settings.desk.organisation, settings.desk.locale) == ("Acme 三", "en")
    assert (settings.mail.mailbox, settings.mail.host) == ("fault@acme.example", "acme.example")
    assert settings.customers[0].model_dump(exclude_defaults=True) == {
        "key": "client-ltd", "name": "Client Ltd", "locale": "en", "domains": ["client.example", "b.example"],
    }  # fmt: skip
    assert [(one.handle, one.roles, one.mail) for one in settings.people] == [
        ("anna", ["resident", "desk"], "anna@acme.example"),
        ("pm", ["manager"], ""),
    ]
    assert "# Telephone round the clock" in path.read_text()  # each option is explained still


def test_a_configuration_that_is_there_is_left_alone(here: Faultdesk, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("# mine\n")
    said = here(*WORDS)
    assert said.status == 1
    assert "is there already and is left alone" in said.err
    assert (tmp_path / "config.toml").read_text() == "# mine\n"
    assert here("--config", "other.toml", *WORDS).status == 0


def test_the_password_comes_from_a_file(here: Faultdesk, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\nmore\n")
    relay = ("--relay", "smtp.acme.example:465", "--relay-user", "desk")
    said = here(*WORDS, *relay)
    assert (said.status, (tmp_path / "config.toml").exists()) == (2, False)
    assert "mail.relay.password: is missing" in said.err
    assert here(*WORDS, *relay, "--relay-password-file", "secret").status == 0
    settings = read_settings(tmp_path / "config.toml")
    assert settings.mail.relay
    assert (settings.mail.relay.port, settings.mail.relay.security) == (465, "tls")
    assert settings.mail.relay.password.get_secret_value() == "hunter2"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--person", "BEN:Ben:desk"), "people[2].handle"),
        (("--person", "ben"), "HANDLE:NAME:ROLES:MAIL"),
        (("--person", "ben:Ben:chief"), "people[2].roles"),
        (("--person", "anna:Anna:desk"), "is there twice"),
        (("--domain", "@x"), "customers[0].domains"),
        (("--organisation", "a\nb"), "in one line"),
        (("--relay", "smtp.x.example:99999"), "mail.relay.port"),
        (("--imap", "imap.x.example"), "mail.imap[0].password: is missing"),
        (("--imap", "imap.x.example", "--imap-start", "some"), "mail.imap[0].start"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(
    here: Faultdesk, tmp_path: Path, more: tuple[str, ...], words: str
) -> None:
    said = here(*WORDS, *more)
    assert said.status == 2
    assert words in said.err
    assert "config.toml.new" not in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_group_wants_a_customer(here: Faultdesk, tmp_path: Path) -> None:
    said = here("init", "--mailbox", "fault@acme.example", "--telegram-group", "-1001234567890")
    assert (said.status, list(tmp_path.iterdir())) == (2, [])
    assert "give --customer" in said.err


def test_without_a_terminal_and_without_arguments(here: Faultdesk, tmp_path: Path) -> None:
    said = here("init")
    assert said.status == 2
    assert "give at least --mailbox" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_mailbox_and_a_group_by_arguments(here: Faultdesk, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    (tmp_path / "token").write_text("123456789:AAE-abcdefghijklmnopqrstuvwxyz12345\n")
    imap = ("--imap", "imap.acme.example", "--imap-password-file", "secret", "--imap-start", "2026-11-01")
    telegram = ("--telegram-token-file", "token", "--telegram-group", "-1001234567890")
    assert here(*WORDS, *imap, *telegram).status == 0
    settings = read_settings(tmp_path / "config.toml", starting=True)
    [box] = settings.mail.imap
    assert (box.host, box.port, box.security, box.username) == ("imap.acme.example", 993, "tls", "fault@acme.example")
    assert (box.start, settings.mail.smtp_in) == (date(2026, 11, 1), None)
    assert settings.chat.telegram
    assert [one.chat for one in settings.customers[0].groups] == [-1001234567890]


@pytest.mark.parametrize(
    ("place", "usual", "table"),
    [
        ("x.example", 993, ("x.example", 993, "tls")),
        ("x.example:143", 993, ("x.example", 143, "starttls")),
        ("x.example:9993", 993, ("x.example", 9993, "tls")),
        ("x.example", 587, ("x.example", 587, "starttls")),
        ("x.example:465", 587, ("x.example", 465, "tls")),
        ("x.example:25", 587, ("x.example", 25, "starttls")),
    ],
)
def test_a_server_is_encrypted_as_its_port_wants(place: str, usual: int, table: tuple[str, int, str]) -> None:
    assert tuple(server(place, usual).values()) == table


@pytest.mark.parametrize(
    ("address", "imap", "relay"),
    [
        ("it@163.com", "imap.163.com:993", "smtp.163.com:465"),
        ("it@126.com", "imap.126.com:993", "smtp.126.com:465"),
        ("1@QQ.com", "imap.qq.com:993", "smtp.qq.com:465"),
        ("it@gmail.com", "imap.gmail.com:993", "smtp.gmail.com:587"),
        ("it@outlook.com", "outlook.office365.com:993", "smtp.office365.com:587"),
        ("it@acme.example", "", ""),
        ("it@not163.com", "", ""),
    ],
)
def test_known_providers(address: str, imap: str, relay: str) -> None:
    assert provider_of(address)[:2] == (imap, relay)


# ---- at a terminal ----


ORGANISATION = (("Name of your organisation", "Acme, Inc."), ("Language of the desk", ""))
NO_PEOPLE = (("Short name", ""),)
NOTHING = (("Name of the customer", ""), ("Mail domains", ""), ("Token of the bot", ""), *NO_PEOPLE)


def test_a_person_is_asked(tmp_path: Path) -> None:
    screen = typed(
        tmp_path,
        *ORGANISATION,
        ("Mail address that faults", "no address"),
        ("Mail address that faults", "fault@acme.example"),
        ("IMAP server", ""),
        ("Mail server that sends", ""),
        ("Name of the customer", "Client"),
        ("Mail domains", "client.example b.example"),
        ("Token of the bot", ""),
        ("Short name", "pm"),
        ("Name as requesters", "Paul"),
        ("Roles", "chief"),
        ("Roles", "项目经理, deputy"),
        ("Mail address, the second", "pm@acme.example"),
        ("Short name", "anna"),
        ("Name as requesters", ""),
        ("Roles", ""),
        ("Mail address, the second", ""),
        *NO_PEOPLE,
    )
    assert "There is no role “chief”." in screen
    written = tomllib.loads((tmp_path / "config.toml").read_text())
    assert written["people"] == [
        {"handle": "pm", "name": "Paul", "roles": ["manager", "deputy"], "mail": "pm@acme.example"},
        {"handle": "anna", "name": "anna", "roles": ["resident"]},
    ]
    assert written["desk"] == {"organisation": "Acme, Inc.", "locale": "en"}
    assert written["mail"]["smtp_in"] == {"addresses": ["fault@acme.example"]}
    assert [(one["name"], one["domains"]) for one in written["customers"]] == [
        ("Client", ["client.example", "b.example"])
    ]


def test_every_answer_may_be_left_empty(tmp_path: Path) -> None:
    typed(
        tmp_path,
        ("organisation", ""),
        ("Language", ""),
        ("Mail address that", ""),
        ("IMAP", ""),
        ("Mail server", ""),
        *NOTHING,
    )
    settings = read_settings(tmp_path / "config.toml", starting=True)
    assert (settings.mail.mailbox, settings.mail.imap, settings.mail.relay) == ("fault@localhost", [], None)
    assert [(one.key, one.domains) for one in settings.customers] == [("faultdesk", ["*"])]


def test_the_mailbox_is_tried_until_it_opens_and_the_relay_may_be_mended_later(tmp_path: Path) -> None:
    with Dovecot() as dovecot:
        [relay] = free_ports(1)
        screen = typed(
            tmp_path,
            *ORGANISATION,
            ("Mail address that faults", USER),
            ("IMAP server", f"localhost:{dovecot.imaps}"),
            ("How is the line encrypted", ""),
            ("User name of the mailbox", ""),
            ("Password of the mailbox", "wrong horse"),
            ("Mails already there", "some"),
            ("Mails already there", ""),
            ("Answer again", ""),
            ("IMAP server", ""),
            ("How is the line encrypted", ""),
            ("User name of the mailbox", ""),
            ("Password of the mailbox", PASSWORD),
            ("Mails already there", "all"),
            ("Mail server that sends", f"localhost:{relay}"),
            ("How is the line encrypted", ""),
            ("User name there", ""),
            ("Password there", ""),
            ("Answer again", "no"),
            *NOTHING,
            SSL_CERT_FILE=str(dovecot.folder / "tls/cert.pem"),
        )
    assert "WRONG" in screen
    assert "check username and password" in screen
    assert re.search(r"^ok +.*INBOX", screen, re.MULTILINE), screen
    assert "horse" not in screen
    settings = read_settings(tmp_path / "config.toml", starting=True)
    [box] = settings.mail.imap
    assert (box.host, box.port, box.security, box.start) == ("localhost", dovecot.imaps, "tls", "all")
    assert box.password.get_secret_value() == PASSWORD
    assert settings.mail.relay
    assert (settings.mail.relay.port, settings.mail.relay.username) == (relay, USER)
    assert settings.mail.relay.password.get_secret_value() == PASSWORD  # that of the mailbox
    assert settings.mail.smtp_in is None


def test_what_was_answered_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the questions to the first ticket out of the mailbox; SMTP is closed."""
    monkeypatch.chdir(tmp_path)
    with Dovecot() as dovecot:
        authority = str(dovecot.folder / "tls/cert.pem")
        screen = typed(
            tmp_path,
            *ORGANISATION,
            ("Mail address that faults", USER),
            ("IMAP server", f"localhost:{dovecot.imaps}"),
            ("How is the line encrypted", "tls"),
            ("User name of the mailbox", ""),
            ("Password of the mailbox", PASSWORD),
            ("Mails already there", "all"),
            ("Mail server that sends", ""),
            *NOTHING,
            SSL_CERT_FILE=authority,
        )
        assert "WRONG" not in screen
        with Daemon(tmp_path / "desk", PYTHONPATH=str(Path(__file__).parents[3]), SSL_CERT_FILE=authority) as daemon:
            dovecot.deliver(b"From: Bob <bob@customer.example>\r\nSubject: Printer jam\r\n\r\nPaper.\r\n")
            daemon.wait_until("select 1 - count(*) from ticket where subject = 'Printer jam'")
            with pytest.raises(OSError), smtplib.SMTP("127.0.0.1", daemon.smtp):
                pass


def test_without_a_password_the_mailbox_is_left_out(tmp_path: Path) -> None:
    screen = typed(
        tmp_path,
        *ORGANISATION,
        ("Mail address that faults", "it@126.com"),
        ("IMAP server", ""),
        ("User name of the mailbox", ""),
        ("Password of the mailbox", ""),
        ("Command that prints", ""),
        ("Mail server that sends", "-"),
        *NOTHING,
    )
    assert "[imap.126.com:993]" in screen
    assert "authorisation code instead of the password" in screen
    assert "The mailbox is left out" in screen
    settings = read_settings(tmp_path / "config.toml", starting=True)
    assert (settings.mail.imap, settings.customers[0].domains) == ([], ["*"])


async def test_the_bot_finds_its_group(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        telegram.user(501, "Anna")
        other = "123456789:" + "x" * 35
        answers = (
            *ORGANISATION,
            ("Mail address that faults", "fault@acme.example"),
            ("IMAP server", ""),
            ("Mail server that sends", ""),
            ("Name of the customer", "Client"),
            ("Mail domains", ""),
            ("Token of the bot", "nonsense"),
            ("Proxy", ""),
            ("Answer again", "yes"),
            ("Token of the bot", other),
            ("Proxy", ""),
            ("Answer again", "yes"),
            ("Token of the bot", telegram.token),
            ("Proxy", ""),
            ("Id of the group", ""),
        )
        loop = asyncio.get_running_loop()

        def joins() -> str:
            telegram.group(-1001000000017, "Client 支持")
            loop.call_soon_threadsafe(telegram.say, -1001000000017, 501, "/start")
            return ""

        more = (("The bot has not seen a group yet", joins), ("Id of the group", ""), *NO_PEOPLE)
        words = ("--telegram-base-url", telegram.base_url)
        screen = await asyncio.to_thread(typed, tmp_path, *answers, *more, words=words)
        assert len(telegram.updates) == 1  # the daemon finds it there still
    assert "write it as @BotFather gave it" in screen
    assert "the bot's token is refused (401)" in screen
    assert "the bot is @faultdesk_bot" in screen
    assert "The bot has not seen a group yet" in screen
    assert "-1001000000017  Client 支持" in screen
    assert telegram.token not in screen
    settings = read_settings(tmp_path / "config.toml", starting=True)
    assert settings.chat.telegram
    assert settings.chat.telegram.secret() == telegram.token
    assert [one.chat for one in settings.customers[0].groups] == [-1001000000017]


Answer = str | Callable[[], str]


def typed(folder: Path, *answers: tuple[str, Answer], words: tuple[str, ...] = (), **environment: str) -> str:
    """Types each answer (or what it gives) once its question stands on the screen; gives all that was shown."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[3]), **environment}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "init", *words], cwd=folder, env=environment, stdin=theirs, stdout=theirs,
        stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown = ""
    for question, answer in answers:
        shown += until(ours, re.escape(question))
        os.write(ours, (answer if isinstance(answer, str) else answer()).encode() + b"\n")
    shown += until(ours, "is written")
    assert process.wait(PATIENCE) == 0
    os.close(ours)
    return shown.replace("\r\n", "\n")


def until(screen: int, pattern: str) -> str:
    """What is shown up to the pattern and the colon behind it."""
    shown, end = b"", time.monotonic() + PATIENCE
    while not re.search(pattern, text := shown.decode(errors="replace")) or not (
        text.endswith(": ") or "is written" in text
    ):
        assert time.monotonic() < end, text
        if select.select([screen], [], [], 1)[0]:
            shown += os.read(screen, 4096)
    return text
