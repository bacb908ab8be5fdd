"""Starts a real PostgreSQL for tests: on a socket of its own, in a folder of its own, gone afterwards."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Self

import psutil
import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from storage.engine import writing_engine
from storage.migrate import bring_up
from tests.parts.patience import PATIENCE

PLACE = Path("/usr/lib/postgresql")
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
DURABLE = ("fsync=on",)


def programs() -> Path:
    """The folder of the newest PostgreSQL here. Without one the test skips; where CI runs, it fails."""
    found = [path for path in PLACE.glob("*/bin") if (path / "postgres").exists()]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    reason = "needs PostgreSQL: python3 dev.py test --install"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class Postgres:
    """One server, as a context manager; `durable` for tests that crash it (else a crash may lose commits).

    With `log` (an empty folder) its write-ahead log lies there, in pieces of 1 MB instead of 16, and grows all the time.

    The folder lies straight under /tmp: PostgreSQL refuses root and must, as its own user, be able to enter it, and the
    path of its socket may have 107 bytes.
    """

    def __init__(self, *, durable: bool = False, log: Path | None = None) -> None:
        self.programs = programs()
        self.settings: tuple[str, ...] = DURABLE if durable else FAST
        self.log = log
        self.port = 5432  # of its socket; a server listens to the network only where `settings` say so
        self.user = "postgres" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="faultdesk-postgres-", dir="/tmp"))
        self.numbers = count(1)
        self.template = ""

    def __enter__(self) -> Self:
        if self.user:
            shutil.chown(self.folder, self.user)
            if self.log:
                shutil.chown(self.log, self.user)
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        if self.log:
            options += [f"--waldir={self.log}", "--wal-segsize=1"]
            self.settings += ("min_wal_size=2MB", "checkpoint_timeout=1h")
        with (self.folder / "initdb.log").open("wb") as log:
            self._popen(["initdb", "-D", "data", *options], log.fileno()).wait()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def takes(self, file: Path, name: str) -> None:
        """Puts a copy of a file into its folder, for its user alone."""
        copy = self.folder / name
        shutil.copyfile(file, copy)
        copy.chmod(0o600)
        if self.user:
            shutil.chown(copy, self.user)

    def start(self) -> None:
        """Starts the server on what is there and waits until it answers queries."""
        options = [
            part for setting in (*self.settings, "timezone=UTC", "shared_buffers=32MB") for part in ("-c", setting)
        ]
        with (self.folder / "server.log").open("ab") as log:
            where = ["-D", "data", "-k", str(self.folder), "-c", "listen_addresses="]
            self.process = self._popen(["postgres", *where, *options], log.fileno())
        until = time.monotonic() + PATIENCE
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > until:
                self.crash()
                logs = [(self.folder / name).read_text() for name in ("initdb.log", "server.log")]
                raise RuntimeError("PostgreSQL did not start:\n" + "\n".join(logs))
            time.sleep(0.02)

    def stop(self) -> None:
        """Ends it in good order, open connections cut."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)

    def crash(self) -> None:
        """Kills the server and all its processes at once. What the kernel holds for the disk survives."""
        if self.process.poll() is None:
            server = psutil.Process(self.process.pid)
            processes = [server, *server.children(recursive=True)]  # each in a session of its own
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(processes, PATIENCE)
            self.process.wait()

    def answers(self) -> bool:
        """Whether it lets a client in; while it recovers from a crash it listens but refuses."""
        try:
            psycopg.connect(host=str(self.folder), port=self.port, user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def database(self, copy_of: str = "") -> str:
        """Makes a database, empty or a copy of the one at that address, and returns its address for SQLAlchemy."""
        name, template = f"test{next(self.numbers)}", make_url(copy_of).database if copy_of else "template1"
        words = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
            Identifier(name), Identifier(str(template))
        )
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(words)
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def tables(self) -> str:
        """Makes a database that has all tables and nothing in them, and returns its address."""
        if not self.template:
            self.template = self.database()
            engine = writing_engine(self.template)
            bring_up(engine)
            engine.dispose()
        return self.database(copy_of=self.template)

    def drop(self, url: str) -> None:
        """Drops what `database` has made, whoever still uses it."""
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            name = Identifier(str(make_url(url).database))
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def database_at(self, place: Path) -> str:
        """Makes an empty database whose tables lie in that folder, which must be the server's user's; its address."""
        name, here = f"at_{place.name}", Identifier(f"place_{place.name}")
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(SQL("CREATE TABLESPACE {} LOCATION {}").format(here, str(place)))
            connection.execute(SQL("CREATE DATABASE {} TABLESPACE {}").format(Identifier(name), here))
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def forget_place(self, place: Path) -> None:
        """Drops what `database_at` has made."""
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(f"at_{place.name}")))
            connection.execute(SQL("DROP TABLESPACE IF EXISTS {}").format(Identifier(f"place_{place.name}")))

    def _popen(self, command: list[str], log: int) -> subprocess.Popen[bytes]:
        """In a session of its own, so that Ctrl-C ends the tests first, and they end the server."""
        group = pwd.getpwnam(self.user).pw_gid if self.user else None
        return subprocess.Popen(
            [str(self.programs / command[0]), *command[1:]],
            cwd=self.folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=self.user,
            group=group,
            extra_groups=[] if self.user else None,
        )
