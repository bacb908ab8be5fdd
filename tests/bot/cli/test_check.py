"""`faultdesk check`: a line for each finding, exit status 1 when something is wrong, JSON for scripts."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Faultdesk
from tests.parts.daemon import Daemon


@pytest.fixture
def nowhere(tmp_path: Path, at: Callable[[Path], Faultdesk], monkeypatch: pytest.MonkeyPatch) -> Faultdesk:
    """A desk that was never started, on free ports."""
    monkeypatch.setenv("FAULTDESK_MAIL__SMTP_IN__PORT", "0")
    monkeypatch.setenv("FAULTDESK_HEALTH__PORT", "0")
    return at(tmp_path / "var")


def test_what_is_right_is_said_and_nothing_is_made(nowhere: Faultdesk, tmp_path: Path) -> None:
    said = nowhere("check")
    assert (said.status, said.err) == (0, "")
    assert "ok      health: 127.0.0.1:0 is free" in said.out
    assert "WRONG" not in said.out
    assert list(tmp_path.iterdir()) == []


def test_something_wrong_is_exit_status_1(nowhere: Faultdesk, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[[people]]\nhandle = "anna"\nroles = ["resident"]\n')
    assert (nowhere("check").status, nowhere("check").out.count("WRONG")) == (1, 1)
    rows = json.loads(nowhere("check", "--json").out)
    assert [row["part"] for row in rows if row["level"] == "wrong"] == ["people"]


def test_a_bad_configuration_is_told_as_ever(nowhere: Faultdesk, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[health]\nprot = 3\n")
    said = nowhere("check")
    assert (said.status, said.out) == (2, "")
    assert "config.toml:2: health.prot" in said.err


def test_beside_the_running_daemon_its_ports_are_its_own(
    desk: Daemon, faultdesk: Faultdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FAULTDESK_MAIL__SMTP_IN__PORT", "FAULTDESK_HEALTH__PORT"):
        monkeypatch.setenv(name, desk.environment[name])
    said = faultdesk("check")
    assert said.status == 0
    assert said.out.count("the running daemon listens on") == 2
