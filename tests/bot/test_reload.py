"""bot.reload: what holds at once, what waits for a restart; by SIGHUP and by command on the real daemon."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.config import Settings
from bot.reload import merged
from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE

ROOT = Path(__file__).parents[2]
CONFIG = """
[desk]
organisation = "{name}"
[[people]]
handle = "anna"
roles = ["resident", "desk", "manager"]
"""


@pytest.mark.parametrize(
    ("sections", "changed", "restart"),
    [
        ({}, [], []),
        ({"desk": {"hotline": "1"}}, ["desk.hotline"], []),
        ({"mail": {"monitoring": ["ups@x.example"]}}, ["mail.monitoring"], []),
        ({"mail": {"mailbox": "a@b.example"}}, [], ["mail.mailbox"]),
        ({"mail": {"relay": {"host": "x"}}}, [], ["mail.relay"]),
        ({"mail": {"smtp_in": {"port": 1}}}, [], ["mail.smtp_in.port"]),
        ({"data": {"folder": "elsewhere"}}, [], ["data.folder"]),
        ({"health": {"port": 1}, "targets": {"dispatch": 5}}, ["targets.dispatch"], ["health.port"]),
        ({"calendars": {"office": {"holidays": ["2027-02-05"]}}}, ["calendars"], []),
        ({"places": {"hq": {"words": ["hq"]}}}, ["places"], []),
    ],
)
def test_what_holds_now_and_what_from_the_next_start(
    sections: dict[str, Any], changed: list[str], restart: list[str]
) -> None:
    old, new = Settings(), Settings(**sections)
    effective, result = merged(old, new)
    assert (result.changed, result.restart) == (changed, restart)
    assert (effective == new) is not bool(restart)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """A daemon with a configuration file of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG.format(name="Old Name"))
    daemon = Daemon(tmp_path / "desk", PYTHONPATH=str(ROOT))
    daemon.start()
    with daemon.ended():
        yield daemon


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_sighup_takes_up_a_change_and_survives_a_mistake(desk: Daemon, tmp_path: Path) -> None:
    path, log = tmp_path / "config.toml", desk.folder / "log" / "faultdesk.log"
    path.write_text(CONFIG.format(name="New Name") + "\n[[people]]\nhandle = 'zoe'\nroles = ['mobile']\n")
    desk.process.send_signal(signal.SIGHUP)
    until(lambda: desk.ask("select handle from person where handle = 'zoe'"))
    path.write_text("[desk]\nprefx = 'X'\n[targets]\ndispatch = 'x'\n")
    desk.process.send_signal(signal.SIGHUP)
    until(lambda: "config.toml:4: targets.dispatch" in log.read_text())
    assert "config.toml:2: desk.prefx: there is no such option" in log.read_text()
    until(lambda: desk.ask("select 1 from outbox where event = 'reload refused'"))
    assert desk.is_well()
    assert desk.say("zoe", "who")["ok"]
    assert desk.stop() == 0


def test_the_command_says_what_holds(desk: Daemon, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    said = desk.run("reload")
    assert (said.returncode, said.stdout) == (0, "nothing has changed\n")
    path.write_text(CONFIG.format(name="New Name") + "[mail]\nhost = 'desk.example'\n")
    said = desk.run("reload")
    assert (said.returncode, said.stdout) == (
        0,
        "desk.organisation holds now\nmail.host holds from the next start\n",
    )
    path.write_text("[desk]\nprefx = 'X'\n")
    said = desk.run("reload")
    assert said.returncode == 2
    assert "config.toml:2: desk.prefx" in said.stderr
    path.write_text(CONFIG.format(name="New Name"))
    desk.stop()
    said = desk.run("reload")
    assert said.returncode == 1
    assert "no daemon runs" in said.stderr
