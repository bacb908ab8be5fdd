"""bot.service: what systemd hears of the real daemon, on a socket like systemd's."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import service
from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """The service manager's end, and its address as the environment tells it."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@faultdesk-test-{tmp_path.name}-{id(request)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        ours.settimeout(PATIENCE)
        yield ours, name


def heard(ours: socket.socket, wanted: str) -> list[str]:
    """Everything up to the wanted word."""
    said: list[str] = []
    while not said or not said[-1].startswith(wanted):
        said.append(ours.recv(4096).decode())
    return said


def test_ready_alive_reloading_and_stopping(tmp_path: Path, manager: tuple[socket.socket, str]) -> None:
    ours, address = manager
    daemon = Daemon(tmp_path / "desk", NOTIFY_SOCKET=address, WATCHDOG_USEC="600000")
    daemon.launch()
    with daemon.ended():
        assert heard(ours, "READY=1") == ["READY=1"]
        heard(ours, "WATCHDOG=1")
        heard(ours, "WATCHDOG=1")
        daemon.process.send_signal(signal.SIGHUP)
        assert "MONOTONIC_USEC=" in heard(ours, "RELOADING=1")[-1]
        heard(ours, "READY=1")
        daemon.process.send_signal(signal.SIGTERM)
        heard(ours, "STOPPING=1")
        assert daemon.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("manager", ["path", pytest.param("abstract", marks=pytest.mark.long)], indirect=True)
def test_a_daemon_whose_alarm_loop_hangs_is_silent(tmp_path: Path, manager: tuple[socket.socket, str]) -> None:
    """The writer thread hangs: nothing is written, so nothing is said, and systemd will end it."""
    ours, address = manager
    daemon = Daemon(
        tmp_path / "desk",
        NOTIFY_SOCKET=address,
        WATCHDOG_USEC="300000",
        FAULTDESK_FAILPOINT="store.after_commit:hang@40",
    )
    daemon.launch()
    with daemon.ended():
        heard(ours, "READY=1")
        ours.settimeout(5)
        with pytest.raises(TimeoutError):
            heard(ours, "never said")
        assert daemon.process.poll() is None


def test_without_a_service_manager_nothing_happens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    service.tell("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    service.tell("READY=1")
    monkeypatch.setenv("WATCHDOG_USEC", "x")
    service.Watchdog().feed()


def test_the_watchdog_is_fed_no_oftener_than_needed(
    monkeypatch: pytest.MonkeyPatch, manager: tuple[socket.socket, str]
) -> None:
    ours, address = manager
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "3600000000")
    dog = service.Watchdog()
    for _ in range(5):
        dog.feed()
    assert ours.recv(100) == b"WATCHDOG=1"
    ours.settimeout(0.1)
    with pytest.raises(TimeoutError):
        ours.recv(100)
