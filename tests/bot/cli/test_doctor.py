"""`faultdesk doctor`: how an installation is, and each thing that is not well."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.config import Settings
from bot.doctor import files
from tests.bot.cli.conftest import Faultdesk
from tests.parts.daemon import Daemon


def test_a_desk_that_is_well(desk: Daemon, faultdesk: Faultdesk) -> None:
    said = faultdesk("doctor")
    assert (said.status, said.err) == (0, ""), said.out
    for words in ("Faultdesk 0.1.0, Python 3", "aiosmtpd 1.4", "WAL with synchronous=FULL and one writing connection",
                  "MiB are free in", "faultdesk.db: ", "inbox: 0 wait", "all of them well"):  # fmt: skip
        assert words in said.out
    rows = json.loads(faultdesk("doctor", "--json").out)
    assert {"versions", "sqlite", "disk", "clock", "daemon"} <= {row["part"] for row in rows}


def test_without_a_desk(tmp_path: Path, at: Callable[[Path], Faultdesk]) -> None:
    assert at(tmp_path / "var")("doctor") == (
        1, "", f"faultdesk: there is nothing at {tmp_path / 'var'}: start Faultdesk once with `faultdesk run`\n"
    )  # fmt: skip


@pytest.fixture
def stopped(tmp_path: Path, at: Callable[[Path], Faultdesk]) -> tuple[Path, Faultdesk]:
    daemon = Daemon(tmp_path / "desk")
    daemon.start()
    with daemon.ended():
        assert daemon.stop() == 0
    return daemon.folder, at(daemon.folder)


def wrong(said: tuple[int, str, str]) -> str:
    assert said[0] == 1
    return "\n".join(line for line in said[1].splitlines() if line.startswith("WRONG"))


def test_what_is_not_well_is_said(stopped: tuple[Path, Faultdesk], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, faultdesk = stopped
    with closing(sqlite3.connect(folder / "faultdesk.db", isolation_level=None)) as db:
        db.execute(
            "insert into inbox (channel, kind, received_at, state, outcome, done_at) values "
            "('smtp', 'mail', '2026-01-01 00:00:00.000000', 'waiting', '', null), "
            "('smtp', 'mail', '2026-01-01 00:00:00.000000', 'quarantined', 'quarantine', '2026-01-01 00:00:00.000000')"
        )
        db.execute("insert into meta values ('restored_at', '2026-11-23T03:00:00+00:00')")
        db.execute(
            "insert into event (at, recorded_at, actor, channel, kind, facts, previous_hash, hash) values "
            "('2099-01-01 00:00:00.000000', '2099-01-01 00:00:00.000000', 'x', 'x', 'x', '{}', '', '')"
        )
    (folder / "backups").mkdir(exist_ok=True)
    shutil.copy(folder / "faultdesk.db", folder / "backups" / "faultdesk-20260101-030000-daily.db")
    os.utime(folder / "backups" / "faultdesk-20260101-030000-daily.db", (1.7e9, 1.7e9))
    (folder / "faultdesk.key").chmod(0o644)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5 * 2**20))
    said = faultdesk("doctor")
    found = wrong(said)
    for words in ("only 5 MiB are free", "why has none been made since?", "it was put back", "faultdesk release",
                  "1 items broke the program", "none runs in this folder", "others can read"):  # fmt: skip
        assert words in found
    assert "inbox: 1 wait, the oldest for" in said.out


def test_the_backups_of_a_desk_on_postgresql_are_looked_at_too(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data": {"folder": tmp_path}})
    (tmp_path / "backups").mkdir()
    made = tmp_path / "backups" / "faultdesk-20260101-030000-daily.dump"
    made.touch()
    os.utime(made, (1.7e9, 1.7e9))
    found = {one.part: one.finding for one in files(settings, "postgresql+psycopg://desk@db/desk", datetime.now(UTC))}
    assert found["backups"].level == "wrong"
    assert made.name in found["backups"].text


def test_a_damaged_database_is_one_finding(stopped: tuple[Path, Faultdesk]) -> None:
    folder, faultdesk = stopped
    for end in ("-wal", "-shm"):  # the log alone would hold all of it
        (folder / f"faultdesk.db{end}").unlink(missing_ok=True)
    (folder / "faultdesk.db").write_bytes(b"no database at all, but long enough to be one\n" * 9)
    assert "database: the database cannot be read" in wrong(faultdesk("doctor"))
