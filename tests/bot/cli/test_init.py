"""`faultdesk init`: a configuration for its owner only, from arguments or from answers; never over another one."""

from __future__ import annotations

import os
import pty
import re
import select
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.config_file import read_settings
from tests.bot.cli.conftest import Faultdesk

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
    assert settings.customers[0].model_dump() == {
        "key": "client-ltd", "name": "Client Ltd", "locale": "en", "domains": ["client.example", "b.example"], "level": "",
            "groups": [],
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


def test_without_a_terminal_and_without_arguments(here: Faultdesk, tmp_path: Path) -> None:
    said = here("init")
    assert said.status == 2
    assert "give at least --mailbox" in said.err
    assert list(tmp_path.iterdir()) == []


ANSWERS = {
    "Name of your organisation": "Acme",
    "Language of the desk": "",
    "Mail address that faults": "no address",
    "Mail address that faults again": "fault@acme.example",
    "Name of the customer": "Client",
    "Mail domains": "client.example b.example",
    "Short name": "pm",
    "Name as requesters": "Paul",
    "Roles": "manager, deputy",
    "Mail address, the second": "pm@acme.example",
    "Short name again": "",
    "Mail server": "smtp.acme.example",
    "User name": "desk",
    "Password": "hunter2",
}


def test_a_person_is_asked(tmp_path: Path) -> None:
    screen = typed(tmp_path, ANSWERS)
    assert "is written" in screen
    assert "hunter2" not in screen
    written = tomllib.loads((tmp_path / "config.toml").read_text())
    assert written["people"] == [
        {"handle": "pm", "name": "Paul", "roles": ["manager", "deputy"], "mail": "pm@acme.example"}
    ]
    assert written["mail"]["relay"]["password"] == "hunter2"
    assert written["desk"] == {"organisation": "Acme", "locale": "en"}


def typed(folder: Path, answers: dict[str, str]) -> str:
    """Types each answer once its question stands on the screen; gives all that was shown."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[3])}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "init"], cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown = ""
    for question, answer in answers.items():
        piece = until(ours, re.escape(question.removesuffix(" again")))
        shown += piece
        os.write(ours, answer.encode() + b"\n")
    shown += until(ours, "is written")
    assert process.wait(30) == 0
    os.close(ours)
    return shown


def until(screen: int, pattern: str) -> str:
    """What is shown up to the pattern and the colon behind it."""
    shown, end = "", time.monotonic() + 30
    while not re.search(pattern + r"([^:]*: $)?", shown) or not (shown.endswith(": ") or "is written" in shown):
        assert time.monotonic() < end, shown
        if select.select([screen], [], [], 1)[0]:
            shown += os.read(screen, 4096).decode()
    return shown
