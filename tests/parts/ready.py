"""Starts daemons out of a process that has loaded their modules already: half a second of processor less for each.

`with Ready() as ready` starts it, `ready.start("bot", "run")` does what `python -m bot run` does, in a process of its own
that is killed, ends and is asked for its exit status like any other. What differs: the modules are loaded.

    python -m tests.parts.ready FD    is that process; it is told by its socket FD what to start, and ends with it
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Self

from tests.parts.patience import PATIENCE

ROOT = Path(__file__).parents[2]
OF_THE_DAEMON, OF_PYTEST = "FAULTDESK_", "PYTEST_"
MOST = 1 << 17  # bytes of a message that says what to start
STREAMS = 3  # standard input, output and errors


class Started:
    """A process, as far as a `subprocess.Popen` of it would be used. `report` tells its number, and how it ended."""

    def __init__(self, report: int, arguments: list[str]) -> None:
        self.args = arguments
        self.returncode: int | Any = None  # while it lives
        self._report, self._reading = os.fdopen(report, "rb", buffering=0), threading.Lock()
        self.pid = int(self._line())

    def poll(self) -> int | None:
        """Its exit status, or minus the signal that it died of; None while it lives."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """The same once it is dead. Raises TimeoutExpired when it still lives after so many seconds."""
        status = self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._report], [], [], seconds)[0]:
            with self._reading:  # a timer may kill it while somebody waits for it
                if self.returncode is None:
                    self.returncode = int(self._line())
        return self.returncode

    def _line(self) -> bytes:
        return b"".join(iter(lambda: self._report.read(1).rstrip(b"\n"), b""))


class Ready:
    """The process that has loaded the modules. It begins with the first daemon that may come out of it."""

    here: ClassVar[Ready | None] = None
    """Where the daemons of this run come out of; None: each is a Python that begins anew."""

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        self._environment = _outside(os.environ | {"LANG": "C.UTF-8"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._line:
            self._line.close()
            self._process.wait()

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Whether it makes no difference: nothing is there that a Python or a library reads when it begins, and it would
        find the same modules: in the folder where it begins are no others.
        """
        other = Path.cwd() != ROOT and Path("bot").exists()
        return not other and _outside(environment) == self._environment

    def run(self, program: str, *words: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """What `python -m program words` says and ends with. Raises TimeoutExpired when it hangs."""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
            one = self.start(program, *words, environment=environment, out=out.fileno(), errors=errors.fileno())
            try:
                one.wait(PATIENCE)
            finally:
                one.kill()
            out.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess(one.args, one.returncode, out.read(), errors.read())

    def start(
        self, program: str, *words: str, environment: Mapping[str, str], out: int, errors: int | None = None
    ) -> Started:
        """Starts `python -m program words` with this environment, in this folder; what it says goes to these files."""
        told = {"program": program, "words": words, "environment": dict(environment), "folder": str(Path.cwd())}
        mine, theirs = os.pipe()
        with Path(os.devnull).open("rb") as nothing:
            socket.send_fds(
                self._open(),
                [json.dumps(told).encode()],
                [nothing.fileno(), out, out if errors is None else errors, theirs],
            )
        os.close(theirs)
        return Started(mine, [program, *words])

    def _open(self) -> socket.socket:
        if self._line is None:
            self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.parts.ready", str(theirs.fileno())],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
            theirs.close()
        return self._line


def _outside(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment is neither the daemon's own nor changes with each test."""
    ours = (OF_THE_DAEMON, OF_PYTEST)
    return {name: value for name, value in environment.items() if not name.startswith(ours)}


# ---- in that process ----


def load() -> None:
    """All that a daemon loads, and what a first start needs beside it."""
    for name in ("bot.__main__", "bot.app", "alembic.command", "holidays.countries.china", "psycopg"):
        import_module(name)
    del sys.modules["bot.__main__"]  # which is what shall run
    gc.collect()
    gc.freeze()


def serve(line: socket.socket) -> tuple[str, list[int]]:
    """Starts what it is told to. Returns in each process that shall become a daemon: what it is told, its streams."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who watch
    while True:
        told, files, _, _ = socket.recv_fds(line, MOST, STREAMS + 1)
        if not told:
            os._exit(0)
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            line.close()
            if watch(files.pop(), files):
                return told.decode(), files
        for file in files:
            os.close(file)


def watch(report: int, files: list[int]) -> bool:
    """True in a new process; this one reports that one's number and, once it is dead, how it ended."""
    child = os.fork()
    if child == 0:
        os.close(report)
        return True
    for file in files:
        os.close(file)
    os.write(report, f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    os.write(report, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def become(told: str, files: list[int]) -> None:
    """Does here what the Python would do that is asked for."""
    wanted = json.loads(told)
    os.setsid()
    for stream, file in enumerate(files):
        os.dup2(file, stream)
        os.close(file)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["folder"])
    sys.argv = [wanted["program"], *wanted["words"]]
    runpy.run_module(wanted["program"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    load()
    become(*serve(socket.socket(fileno=int(sys.argv[1]))))
