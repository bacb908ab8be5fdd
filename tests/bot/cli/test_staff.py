"""`faultdesk staff`: with a daemon and without one; who is added works at once, in the terminal and at the check."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.checkup import _people
from bot.config import Settings
from bot.starting import added_staff
from tests.bot.cli.conftest import Faultdesk, mail_fault
from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE

LEO = ("staff", "add", "leo", "--name", "Leo Stone", "--role", "resident", "--role", "desk", "--mail", "leo@d.example")


def test_with_the_daemon_and_without_it(tmp_path: Path, at: Callable[[Path], Faultdesk]) -> None:
    with Daemon(tmp_path / "desk") as daemon:
        faultdesk = at(daemon.folder)
        said = faultdesk(*LEO, "--language", "en", "--phone", "010-1")
        assert (said.status, said.err) == (0, "")
        assert said.out.startswith(
            "Leo Stone is now staff: resident engineer, service desk. Mail reaches leo@d.example."
        )
        mail_fault(daemon, "Bob <bob@customer.example>", "No network", "Since this morning.")
        daemon.drain()
        assert faultdesk("take", "1", "--as", "leo").status == 0
        again = faultdesk(*LEO)
        assert (again.status, again.out) == (1, "")
        assert "The handle leo belongs to Leo Stone" in again.err
    listed = {one["handle"]: one for one in json.loads(faultdesk("staff", "list", "--json").out)}
    assert listed["leo"] == {
        "handle": "leo", "name": "Leo Stone", "roles": ["resident", "desk"], "mail": "leo@d.example", "phone": "010-1",
        "language": "en", "accounts": [], "from": "command", "open_tickets": 1,
    }  # fmt: skip
    assert listed["anna"]["from"] == "configuration"
    assert re.search(
        r"^leo +Leo Stone +resident, desk +leo@d.example +010-1 +en +command +1$",
        faultdesk("staff", "list").out,
        re.MULTILINE,
    )
    gone = faultdesk("员工", "end", "leo", lang="zh_CN.UTF-8")
    assert gone.status == 0
    assert "FD-1" in gone.out
    assert "leo" not in faultdesk("staff", "list", "--json").out
    assert faultdesk("staff", "add", "mia", "--role", "manager").status == 0  # alone, too


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (("add",), 2, "who? For example: faultdesk staff add li"),
        (("end", "anna"), 1, "Anna 安娜 is named in the configuration"),
        (("end", "anna", "--role", "desk"), 2, "nothing else"),
        (("add", "two words"), 2, "cannot be a handle"),
        (("add", "li", "--name", "Li role=manager"), 2, "plain words in one line"),
        (("add", "li", "--name", "a\nb"), 2, "plain words in one line"),
        (("add", "li", "--role", "chief"), 1, "choose from resident, mobile, senior, desk, manager, deputy"),
        (("add", "li", "--language", "fr"), 2, "invalid choice"),
    ],
)
def test_what_cannot_be_is_said(faultdesk: Faultdesk, words: tuple[str, ...], status: int, reason: str) -> None:
    said = faultdesk("staff", *words)
    assert (said.status, said.out) == (status, "")
    assert reason in said.err


def test_who_was_added_speaks_at_the_terminal(tmp_path: Path, at: Callable[[Path], Faultdesk]) -> None:
    daemon = Daemon(tmp_path / "desk")
    daemon.terminal = True
    with daemon:
        mail_fault(daemon, "Bob <bob@customer.example>", "No network", "Since this morning.")
        daemon.drain()
        assert at(daemon.folder)(*LEO).status == 0
        noted = "select count(*) from event join person on person.id = actor_id where kind = 'noted' and handle = 'leo'"
        until = time.monotonic() + PATIENCE
        while not daemon.ask(noted)[0][0]:  # the terminal knows him within a second
            assert time.monotonic() < until, daemon.errors()
            daemon.types("/as leo")
            daemon.types("/note 1 Hello.")
            time.sleep(0.5)


def test_the_check_counts_who_was_added(tmp_path: Path, at: Callable[[Path], Faultdesk]) -> None:
    settings = Settings(data={"folder": tmp_path / "desk"}, people=[])
    assert added_staff(settings) == []  # there is no database yet
    assert "nobody is manager" in next(_people(settings)).text
    with Daemon(tmp_path / "desk", FAULTDESK_PEOPLE="[]") as daemon:
        at(daemon.folder)("staff", "add", "pm", "--role", "pm", "--mail", "pm@d.example")
    assert [one["handle"] for one in added_staff(settings)] == ["pm"]
    texts = [one.text for one in _people(settings, added_staff(settings))]
    assert not any("nobody is manager" in one for one in texts)
    assert texts[-1] == "1 people are named, 1 of them by command"
