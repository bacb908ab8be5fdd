"""The real daemon as a process of its own: started, stopped, killed, and its database read beside it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import pty
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psycopg

from bot.config_file import read_settings
from bot.fsck import check
from bot.house import calendars_of
from channels.control import ControlError, ask
from storage.engine import reading_engine, sqlite_path
from tests.parts.patience import PATIENCE
from tests.parts.ready import Ready, Started

PORTS = 500
LANE = int(os.environ.get("DEV_LANE", "0"))
_ports = itertools.count(random.randrange(PORTS))


def first_port() -> int:
    """Where this run's ports begin: below those that the kernel gives to connections by itself, wherever these begin."""
    kernel_s = Path("/proc/sys/net/ipv4/ip_local_port_range")
    lowest = int(kernel_s.read_text().split()[0]) if kernel_s.exists() else 32_768
    return (lowest if lowest > 12_000 else 32_768) - PORTS * (LANE + 1)


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on, and that nobody will: below those that connections get by themselves, and
    apart from those of the slices of tests that `dev.py test` runs beside this one.
    """
    free: list[int] = []
    while len(free) < count:
        port = first_port() + next(_ports) % PORTS
        with socket.socket() as door, contextlib.suppress(OSError):
            door.bind(("127.0.0.1", port))
            free.append(port)
    return free


def _drain(screen: int) -> None:
    with contextlib.suppress(OSError), open(screen, "rb", buffering=0, closefd=False) as end:
        while end.read(4096):
            pass


class Daemon:
    """A daemon in a folder of its own. With `relay` (a port here) its mails go there, else they are kept as files.

    With `database` (an address) it works on that one, else on SQLite in its folder.
    """

    process: subprocess.Popen[bytes] | Started

    def __init__(
        self,
        folder: Path,
        *,
        relay: int = 0,
        database: str = "",
        arguments: tuple[str, ...] = (),
        **environment: str,
    ) -> None:
        self.folder, self.arguments = folder, arguments
        self.program = "bot"  # or a module that changes it first, such as tests.parts.faulty
        self.database = database or f"sqlite:///{folder / 'faultdesk.db'}"
        self.line: psycopg.Connection[Any] | None = None  # to the database's server, where it is PostgreSQL
        self.terminal = False  # set it, and the daemon has one from its next start on
        self.smtp, self.health = free_ports(2)
        self.environment = {
            "FAULTDESK_DATA__FOLDER": str(folder),
            "FAULTDESK_MAIL__SMTP_IN__PORT": str(self.smtp),
            "FAULTDESK_HEALTH__PORT": str(self.health),
            "FAULTDESK_DESK__ASSIGN_MINUTES": "0",  # promises are about what nobody does
            "LANG": "C.UTF-8",
            **environment,
        }
        if database:
            self.environment["FAULTDESK_DATA__DATABASE"] = database
        if relay:
            settings = {"host": "127.0.0.1", "port": relay, "security": "none"}
            self.environment["FAULTDESK_MAIL__RELAY"] = json.dumps(settings)
        self.seconds_to_start = 0.0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()

    @contextlib.contextmanager
    def ended(self) -> Iterator[Self]:
        """However what follows ends, no process stays."""
        try:
            yield self
        finally:
            if self.process.poll() is None:
                self.kill()

    def start(self, **environment: str) -> None:
        """Starts it and waits until it is well (or has died: see `process.poll()`)."""
        begin = time.perf_counter()
        self.launch(**environment)
        while self.process.poll() is None and not self.is_well():
            if time.perf_counter() - begin > PATIENCE:
                raise TimeoutError(self.errors())
            time.sleep(0.02)
        self.seconds_to_start = time.perf_counter() - begin

    def launch(self, **environment: str) -> None:
        """Starts it and does not wait."""
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, **self.environment, **environment}
        words = ("run", *self.arguments)
        with (self.folder / "stderr").open("ab") as errors:
            if Ready.here and Ready.here.fits(environment) and not self.terminal:
                out = errors.fileno()
                self.process = Ready.here.start(self.program, *words, environment=environment, out=out)
                return
            terminal = self._terminal() if self.terminal else None
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.program, *words],
                env=environment,
                stdin=subprocess.DEVNULL if terminal is None else terminal,
                stdout=errors if terminal is None else terminal,
                stderr=errors,
                start_new_session=True,
            )
            if terminal is not None:
                os.close(terminal)

    def _terminal(self) -> int:
        """A terminal to speak at, whose screen nobody looks at."""
        self.keyboard, theirs = pty.openpty()
        threading.Thread(target=_drain, args=(self.keyboard,), daemon=True).start()
        return theirs

    def types(self, line: str) -> None:
        """Types a line at its terminal."""
        with contextlib.suppress(OSError):  # it is dead
            os.write(self.keyboard, line.encode() + b"\r")

    def is_well(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.health}/healthz", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def state(self) -> dict[str, Any]:
        """What /healthz says."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.health}/healthz", timeout=PATIENCE) as answer:
            state: dict[str, Any] = json.load(answer)
        return state

    def errors(self) -> str:
        return (self.folder / "stderr").read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def died(self, seconds: float = 1) -> bool:
        """Whether it is dead, or dies within so many seconds."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A `faultdesk` sub-command beside it."""
        environment = {**os.environ, **self.environment}
        if Ready.here and Ready.here.fits(environment):
            return Ready.here.run("bot", *words, environment=environment)
        command = [sys.executable, "-m", "bot", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)

    def say(self, who: str, words: str) -> dict[str, Any]:
        """What the command line would say to it, without a process of its own; {} when it is not there."""
        return self.control({"op": "say", "as": who, "text": words})

    def control(self, request: dict[str, Any], patience: float = PATIENCE) -> dict[str, Any]:
        """Its answer to a request at its local socket; {} when there is none within so many seconds."""
        try:
            return ask(self.folder / "faultdesk.sock", request, patience)
        except ControlError:
            return {}

    def advance(self, to: str) -> bool:
        """Lets the fake time go on to an instant and everything due on the way happen; False when it died over it."""
        return "now" in self.control({"op": "advance", "to": to}, 1200)

    def fsck(self) -> list[str]:
        """Every finding of `faultdesk fsck`."""
        engine = reading_engine(self.database)
        with engine.connect() as db:
            findings = list(check(db, calendars_of(read_settings(None), 2026)))
        engine.dispose()
        return findings

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Rows of its database."""
        path = sqlite_path(self.database)
        if path is None:
            return list(self._server().execute(question.encode()))
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return list(db.execute(question))

    def _server(self) -> psycopg.Connection[Any]:
        """A connection to the database's server, kept while it holds: a new one is a new process there."""
        if self.line is not None:
            with contextlib.suppress(psycopg.Error):
                self.line.execute("select 1")
                return self.line
        self.line = psycopg.connect(self.database.replace("+psycopg", ""), autocommit=True)
        return self.line

    def wait_until(self, question: str, seconds: float = PATIENCE) -> None:
        """Waits until the question's one answer is 0."""
        begin = time.monotonic()
        while (left := self.ask(question)[0][0]) != 0:
            if time.monotonic() - begin > seconds:
                raise TimeoutError(f"{left} left after {seconds} s: {question}\n{self.errors()[-2000:]}")
            time.sleep(0.05)

    def drain(self, seconds: float = PATIENCE) -> None:
        """Waits until nothing that came in and nothing that is due to go out is left."""
        self.wait_until("select count(*) from inbox where state in ('waiting', 'working')", seconds)
        self.wait_until("select count(*) from outbox where state in ('sending', 'pending') and attempts < 2", seconds)
