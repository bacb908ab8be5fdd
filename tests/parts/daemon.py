"""The real daemon as a process of its own: started, stopped, killed, and its database read beside it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

from bot.config_file import read_settings
from bot.fsck import check
from bot.house import calendars_of
from channels.control import ControlError, ask
from storage.engine import reading_engine


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


class Daemon:
    """A daemon in a folder of its own. With `relay` (a port here) its mails go there, else they are kept as files."""

    def __init__(self, folder: Path, *, relay: int = 0, arguments: tuple[str, ...] = (), **environment: str) -> None:
        self.folder, self.arguments = folder, arguments
        self.smtp, self.health = free_port(), free_port()
        self.environment = {
            "FAULTDESK_DATA__FOLDER": str(folder),
            "FAULTDESK_MAIL__SMTP_IN__PORT": str(self.smtp),
            "FAULTDESK_HEALTH__PORT": str(self.health),
            "LANG": "C.UTF-8",
            **environment,
        }
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

    def start(self, **environment: str) -> None:
        """Starts it and waits until it is well (or has died: see `process.poll()`)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        begin = time.perf_counter()
        with (self.folder / "stderr").open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run", *self.arguments],
                env={**os.environ, **self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
            )
        while self.process.poll() is None and not self.is_well():
            if time.perf_counter() - begin > 60:
                raise TimeoutError(self.errors())
            time.sleep(0.02)
        self.seconds_to_start = time.perf_counter() - begin

    def is_well(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.health}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def errors(self) -> str:
        return (self.folder / "stderr").read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A `faultdesk` sub-command beside it."""
        command = [sys.executable, "-m", "bot", *words]
        environment = {**os.environ, **self.environment}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def say(self, who: str, words: str) -> dict[str, Any]:
        """What the command line would say to it, without a process of its own; {} when it is not there."""
        try:
            return ask(self.folder / "faultdesk.sock", {"op": "say", "as": who, "text": words}, 20)
        except ControlError:
            return {}

    def fsck(self) -> list[str]:
        """Every finding of `faultdesk fsck`."""
        engine = reading_engine(f"sqlite:///{self.folder / 'faultdesk.db'}")
        with engine.connect() as db:
            findings = list(check(db, calendars_of(read_settings(None), 2026)))
        engine.dispose()
        return findings

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Rows of its database."""
        with contextlib.closing(sqlite3.connect(f"file:{self.folder / 'faultdesk.db'}?mode=ro", uri=True)) as db:
            return list(db.execute(question))

    def wait_until(self, question: str, seconds: float = 60) -> None:
        """Waits until the question's one answer is 0."""
        begin = time.monotonic()
        while (left := self.ask(question)[0][0]) != 0:
            if time.monotonic() - begin > seconds:
                raise TimeoutError(f"{left} left after {seconds} s: {question}\n{self.errors()[-2000:]}")
            time.sleep(0.05)

    def drain(self, seconds: float = 60) -> None:
        """Waits until nothing that came in and nothing that is due to go out is left."""
        self.wait_until("select count(*) from inbox where state in ('waiting', 'working')", seconds)
        self.wait_until("select count(*) from outbox where state in ('sending', 'pending') and attempts < 2", seconds)
