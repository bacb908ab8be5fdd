"""What only PostgreSQL needs: one session that writes and holds the desk's lock, and one line for each way to fail."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from storage.engine import UnfitError
from storage.lock import TakenError
from storage.restore import ASIDE

LOWEST = 13
"""The first version that tells a transaction whether it has written anything (`pg_current_xact_id_if_assigned`)."""
LOCK = 0x666175_6C74  # "fault", as the number of an advisory lock of this database
PATIENCE = 5.0  # seconds for a dead daemon's session to end
PATIENT = {
    "connect_timeout": 5,
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000,
}  # fmt: skip
"""Seconds (the last: milliseconds) until a server that has vanished without a word counts as lost."""

_SETTINGS = """select set_config('tcp_keepalives_idle', '30', false),
    set_config('tcp_keepalives_interval', '10', false),
    set_config('tcp_keepalives_count', '3', false), set_config('synchronous_commit', case
    current_setting('synchronous_commit') when 'off' then 'on' else current_setting('synchronous_commit') end, false)"""
_MARK = """insert into meta (key, value) select 'last_commit', %s where pg_current_xact_id_if_assigned() is not null
    on conflict (key) do update set value = excluded.value"""
_HOLDER = """select application_name, coalesce(host(client_addr), '') from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and granted and (classid::bigint << 32) + objid::bigint = %s
    and database = (select oid from pg_database where datname = current_database())"""
_END_OUR_GHOST = """select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = %s and pid <> pg_backend_pid()"""


class Session:
    """Opens the one session that writes. It holds the desk's lock, so that whoever can write is the only one (P12).

    Each commit leaves a mark in `meta`. When the answer to a commit is lost, the next session looks whether the mark
    is there: it has the lock, so the lost session is over, and what it finds is final.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._name = f"faultdesk {socket.gethostname()[:24]} {os.getpid()} {secrets.token_hex(4)}"
        self._count = 0
        self._kept = self._tried = self._found = ""
        self._connection: Any = None

    def connect(self) -> Any:
        """A connection with the lock. Raises TakenError where another desk has it, or has had it in the meantime."""
        self._connection = None
        connection = _connect(self.url, self._name)
        with ExitStack() as undo:
            undo.callback(connection.close)
            _must_fit(connection)
            connection.execute(_SETTINGS)
            self._take_lock(connection)
            self._look_for_mark(connection)
            connection.commit()
            undo.pop_all()
        self._connection = connection
        return connection

    def is_lost(self) -> bool:
        """Whether the session is gone, or none could be had."""
        return self._connection is None or self._connection.closed

    def mark(self, connection: Any) -> None:
        """Leaves the mark of this transaction, if it has written anything: an idle desk shall not write."""
        mark = f"{self._name} {self._count + 1}"
        if connection.execute(_MARK, [mark]).rowcount:
            self._count += 1
            self._tried = mark

    def committed(self) -> None:
        """The transaction that was marked last is in the database."""
        self._kept = self._tried

    def was_committed(self) -> bool:
        """Whether the newest session has found the mark of the transaction before it."""
        return bool(self._tried) and self._found == self._tried

    def _take_lock(self, connection: Any) -> None:
        connection.execute(_END_OUR_GHOST, [self._name])  # our broken session, if the server has not noticed yet
        until = time.monotonic() + PATIENCE
        while not connection.execute("select pg_try_advisory_lock(%s)", [LOCK]).fetchone()[0]:
            if time.monotonic() > until:
                raise TakenError(_holder(connection))
            connection.commit()
            time.sleep(0.05)

    def _look_for_mark(self, connection: Any) -> None:
        if not self._tried:
            return
        row = connection.execute("select value from meta where key = 'last_commit'").fetchone()
        self._found = row[0] if row else ""
        if self._found not in {self._kept, self._tried} and self._kept:
            raise TakenError("that wrote while the connection was lost")


def _holder(connection: Any) -> str:
    name, address = connection.execute(_HOLDER, [LOCK]).fetchone() or ("", "")
    words = f"{name} - -".split()
    return f"{words[2]} on {words[1]}" + (f" at {address}" if address else "")


def open_reader(url: str) -> Any:
    """A connection on which each transaction reads one moment and writes nothing."""
    connection = _connect(url, f"faultdesk reader {os.getpid()}")
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return connection


def _connect(url: str, name: str) -> Any:
    dialect: Any = PGDialect_psycopg
    _, words = dialect().create_connect_args(make_url(url))
    return psycopg.connect(**{**PATIENT, "application_name": name, **words, "client_encoding": "utf8"})


def _must_fit(connection: Any) -> None:
    """Raises UnfitError for an old server, or a database that cannot hold every character."""
    version = connection.info.server_version // 10_000
    if version < LOWEST:
        raise UnfitError(f"the server is PostgreSQL {version}: Faultdesk needs {LOWEST} or newer")
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise UnfitError(f"the database keeps text as {encoding}: create it with `createdb -E UTF8 -T template0`")


def risks(connection: Any) -> list[str]:
    """Settings of the server with which a crash of its machine may lose what was acknowledged: a line each."""
    off = [name for name in ("fsync", "full_page_writes") if connection.execute(f"show {name}").fetchone()[0] == "off"]
    return [f"PostgreSQL runs with {name}=off: a crash of its machine may lose acknowledged mail" for name in off]


# ---- backups ----


def dump(url: str, target: Path) -> Path:
    """A consistent copy by PostgreSQL's own `pg_dump`, read back by `pg_restore`. Raises OSError where that fails."""
    parts = make_url(url)
    words = parts.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    secret = {"PGPASSWORD": str(parts.password)} if parts.password else {}
    half = target.with_suffix(".half")
    if not shutil.which("pg_dump") or not shutil.which("pg_restore"):
        raise OSError("pg_dump and pg_restore are not installed here (Debian: postgresql-client)")
    what = [f"--file={half}", f"--exclude-schema={ASIDE}*", words]
    dumping = ["pg_dump", "--format=custom", "--compress=1", *what]  # more compression takes thrice the time
    for command in (dumping, ["pg_restore", "--list", str(half)]):
        done = subprocess.run(command, env={**os.environ, **secret}, umask=0o077, capture_output=True, check=False)
        if done.returncode:
            half.unlink(missing_ok=True)
            said = done.stderr.decode(errors="replace").splitlines()
            raise OSError(f"{command[0]}: {said[0] if said else 'failed'}")
    half.replace(target)
    return target


# ---- what went wrong, in one line ----


def place_of(url: str) -> str:
    """How a person names that database; never its password."""
    parts = make_url(url)
    host = parts.host or _one(parts, "host") or "this machine"
    return f'"{parts.database or parts.username or ""}" at {host}' + (f":{parts.port}" if parts.port else "")


def _one(parts: URL, name: str) -> str:
    value = parts.query.get(name, "")
    return value if isinstance(value, str) else ", ".join(value)


REASONS = (
    (r"password authentication failed|no password supplied|PAM authentication failed",
     "refuses user and password: mend data.database (or PGPASSWORD)"),
    (r'database "[^"]*" does not exist', "is not there: create it with `createdb --owner=ROLE NAME`"),
    (r'role "[^"]*" does not exist', "does not know this role: create it with `createuser --pwprompt ROLE`"),
    (r"no pg_hba\.conf entry|authentication failed", "does not let this role in from here: see its pg_hba.conf"),
    (r"certificate verify failed|does not match host name|root certificate file|certificate file .* does not exist",
     "is not proved by its certificate: name its authority in sslrootcert, and the host as its certificate does"),
    (r"does not support SSL",
     "does not encrypt: switch ssl on there (postgresql.conf), or mend sslmode in data.database"),
    (r"could not translate host name|failed to resolve host|Name or service not known",
     "cannot be found: no such host; mend data.database"),
    (r"starting up|shutting down|recovery mode|not yet accepting", "is starting or stopping: try again in a moment"),
    (r"too many (clients|connections)|connection slots", "has no connection left: raise max_connections"),
    (r"connection refused|no such file or directory|timeout expired|timed out|no route|unreachable",
     "does not answer: start PostgreSQL there, or mend data.database"),
    (r"permission denied", "may not be changed by this role: make the role its owner (`alter database … owner to …`)"),
    (r"invalid connection option|invalid .* value|unsupported frontend|invalid port|invalid integer",
     "cannot be asked like this: mend the options in data.database"),
)  # fmt: skip
"""What the server or its library says → what it means for who runs Faultdesk, after the database's name."""


def explain(error: BaseException, url: str) -> str:
    """One line that says what to do, without a password."""
    told = str(getattr(error, "orig", None) or error)
    for pattern, meaning in REASONS:
        if re.search(pattern, told, re.IGNORECASE):
            return f"{place_of(url)} {meaning}"
    first = next((line.strip() for line in reversed(told.splitlines()) if line.strip()), type(error).__name__)
    password = make_url(url).password
    return f"{place_of(url)} says: {first.replace(str(password), '…') if password else first}"
