"""`faultdesk run` as a process: it stops in order, and says in one line why it cannot start."""

import smtplib
import socket
import stat
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE
from tests.parts.ready import Ready

CANARIES = ("Canary Kanarienvogel", "canary@customer.example", "13800138000", "三楼金丝雀")


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here each daemon is a Python that begins anew."""
    monkeypatch.setattr(Ready, "here", None)


def refused(daemon: Daemon) -> str:
    """The one line of a daemon that does not start."""
    daemon.start()
    assert daemon.process.wait(PATIENCE) == 1
    lines = [line for line in daemon.errors().splitlines() if line.startswith("faultdesk: ")]
    assert "Traceback" not in daemon.errors()
    assert len(lines) == 1
    return lines[0]


def test_a_second_copy_on_the_same_folder_is_refused_and_sigterm_stops_the_first(tmp_path: Path) -> None:
    with Daemon(tmp_path / "desk") as first:
        second = first.run("run")
        assert (second.returncode, second.stderr.count("another Faultdesk")) == (1, 1)
        begin = time.monotonic()
        assert first.stop() == 0
        assert time.monotonic() - begin < 10
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in first.folder.iterdir() if path.is_file()}
        assert {name for name, mode in modes.items() if mode & 0o077} <= {"stderr"}


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "desk")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", daemon.smtp))
        taken.listen()
        assert f"127.0.0.1:{daemon.smtp}" in refused(daemon)


def test_an_unwritable_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    daemon = Daemon(tmp_path / "desk", FAULTDESK_DATA__FOLDER=str(tmp_path / "file" / "desk"))
    assert "cannot write in" in refused(daemon)


def test_nothing_personal_is_in_the_logs(tmp_path: Path) -> None:
    """P17: canaries in sender, subject, body and a command's words."""
    with Daemon(tmp_path / "desk") as daemon:
        mail = EmailMessage()
        mail["From"], mail["To"] = f"{CANARIES[0]} <{CANARIES[1]}>", "fault@localhost"
        mail["Subject"] = CANARIES[3]
        mail.set_content(f"{CANARIES[3]} {CANARIES[2]}")
        with smtplib.SMTP("127.0.0.1", daemon.smtp) as line:
            line.send_message(mail)
        daemon.drain()
        daemon.say("anna", "take 1")
        daemon.say("anna", f"reply 1 {CANARIES[2]}")
        daemon.drain()
        daemon.stop()
        logs = daemon.errors() + (daemon.folder / "log" / "faultdesk.log").read_text()
        assert "started" in logs
        assert [one for one in CANARIES if one in logs] == []
