"""storage.restore: what may take the database's place, what is said of the rest, and how the exchange survives a death."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from bot.domain import failpoints
from storage import restore
from storage.migrate import backup, known_versions
from storage.migrations import HEAD
from storage.restore import MARGIN, RestoreError, examine, mark, put_in_place
from storage.store import Store
from tests.parts.tables import tables_at

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for one in statements:
            db.execute(one)


def rows(path: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(question).fetchall()


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A backup, of a database that has given the ticket number 41 by then."""
    store = Store(tables_at(tmp_path / "faultdesk.db"))
    store.write_now(lambda db: db.execute(text("insert into counter values ('ticket', 41)")))
    path = backup(store.url, tmp_path / "backups", NOW, "manual")
    store.write_now(lambda db: db.execute(text("update counter set value = 57")))
    store.close()
    assert path is not None
    return path


def refused(file: Path, tmp_path: Path) -> str:
    copy = tmp_path / "copy"
    with pytest.raises(RestoreError) as caught:
        examine(file, copy)
    assert not copy.exists()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_backup_is_one_file_and_whole(made: Path, tmp_path: Path) -> None:
    assert [path.name for path in made.parent.iterdir()] == [made.name]
    before = made.read_bytes()
    assert examine(made, tmp_path / "copy") == HEAD
    assert made.read_bytes() == before


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.6, 0.99])
def test_a_torn_backup_is_refused(made: Path, tmp_path: Path, share: float) -> None:
    raw = made.read_bytes()
    torn = tmp_path / "torn.db"
    torn.write_bytes(raw[: int(len(raw) * share)])
    refused(torn, tmp_path)


def test_a_backup_with_a_wrong_byte_in_a_page_is_refused(made: Path, tmp_path: Path) -> None:
    raw = bytearray(made.read_bytes())
    page = int.from_bytes(raw[16:18])
    raw[3 * page : 3 * page + 8] = b"\xff" * 8
    made.write_bytes(raw)
    refused(made, tmp_path)


HOSTILE = {
    "a newer version": (["update alembic_version set version_num = '9999'"], "schema 9999"),
    "no version": (["delete from alembic_version"], "schema "),
    "a foreign database": (["drop table alembic_version"], "no database of Faultdesk"),
    "a trigger": (
        ["create trigger t after insert on event begin delete from event; end"],
        "holds 't', which is none of ours",
    ),
    "a view": (["create view v as select 1"], "holds 'v'"),
    "a table of somebody else": (["create table more (x)"], "not those of schema"),
    "a missing table": (["drop table action"], "not those of schema"),
    "a missing index": (["drop index ix_inbox_message_id"], "not those of schema"),
    "an index of somebody else": (["create index i on meta (value)"], "not those of schema"),
    "a column of somebody else": (["alter table meta add column x"], "not those of schema"),
    "a computed column": (["alter table meta add column x text as (hex(key))"], "not those of schema"),
    "a row without what it names": (
        ["pragma foreign_keys = off", "insert into raw_mail values (77, x'00')"],
        "names rows that are not there",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_ours_is_refused(made: Path, tmp_path: Path, name: str) -> None:
    statements, words = HOSTILE[name]
    change(made, *statements)
    assert words in refused(made, tmp_path)


def test_what_is_no_database_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database")
    assert "no SQLite database" in refused(tmp_path / "text", tmp_path)
    assert "is no file" in refused(tmp_path, tmp_path)
    assert "is no file" in refused(tmp_path / "nothing", tmp_path)


def test_a_database_in_use_is_no_backup(made: Path, tmp_path: Path) -> None:
    made.with_name(made.name + "-wal").write_bytes(b"x")
    assert "make one with faultdesk backup" in refused(made, tmp_path)


def test_a_disk_without_room_is_said(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5))
    assert "MiB more are needed" in refused(made, tmp_path)


def test_an_older_schema_is_taken_as_it_is(tmp_path: Path) -> None:
    """The daemon migrates it at its next start, or an older daemon goes on with it (P15)."""
    from alembic import command

    from storage.migrate import alembic_config

    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    config = alembic_config()
    with store.writing.connect() as db:
        config.attributes["connection"] = db
        command.upgrade(config, known_versions()[0])
        db.commit()
    store.close()
    change(tmp_path / "old.db", "pragma journal_mode = delete")
    assert examine(tmp_path / "old.db", tmp_path / "copy") == known_versions()[0]


# ---- marks ----


def test_the_marks_hold_the_outbox_and_leave_out_the_numbers_that_were_given(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    examine(made, copy)
    marked = mark(copy, NOW, tmp_path / "faultdesk.db")
    assert (marked.backed_up_at, marked.held, marked.number) == (NOW, 0, 57)
    later = NOW + timedelta(hours=1)
    assert mark(copy, later, tmp_path / "nowhere.db").number == 57 + 1000
    store = Store(f"sqlite:///{copy}")
    assert store.read_now(restore.restored) == restore.Restored(later, NOW - MARGIN, "2")
    store.write_now(restore.fed)
    assert store.read_now(restore.restored) == restore.Restored(later, None, "2")
    assert store.write_now(lambda db: restore.release(db, later, drop=False)) == 0
    assert store.read_now(restore.restored) is None
    assert store.read_now(restore.epoch) == "2"
    store.close()


# ---- the exchange ----


def test_the_old_database_is_kept_with_what_its_log_still_held(made: Path, tmp_path: Path) -> None:
    target, aside = tmp_path / "faultdesk.db", tmp_path / "aside" / "old.db"
    with closing(sqlite3.connect(target, isolation_level=None)) as db:
        db.execute("pragma wal_autocheckpoint = 0")
        db.execute("update counter set value = 99")
        saved = {end: (tmp_path / f"faultdesk.db{end}").read_bytes() for end in ("-wal", "-shm")}
    for end, raw in saved.items():  # as a kill would leave them
        (tmp_path / f"faultdesk.db{end}").write_bytes(raw)
    examine(made, tmp_path / "copy")
    assert put_in_place(tmp_path / "copy", target, aside) == aside
    assert rows(target, "select value from counter") == [(41,)]
    assert rows(aside, "select value from counter") == [(99,)]
    assert not target.with_name("faultdesk.db-wal").exists()


def test_a_damaged_database_is_kept_with_its_log(made: Path, tmp_path: Path) -> None:
    target, aside = tmp_path / "faultdesk.db", tmp_path / "aside" / "old.db"
    target.write_bytes(b"damaged" * 1000)
    (tmp_path / "faultdesk.db-wal").write_bytes(b"its log")
    examine(made, tmp_path / "copy")
    mark(tmp_path / "copy", NOW, target)
    put_in_place(tmp_path / "copy", target, aside)
    assert aside.read_bytes() == b"damaged" * 1000
    assert (tmp_path / "aside" / "old.db-wal").read_bytes() == b"its log"
    assert rows(target, "select value from counter") == [(41 + 1000,)]


def test_what_another_restore_has_kept_is_not_overwritten(made: Path, tmp_path: Path) -> None:
    """Two within one second, whose names are the same: the first one's old database is the one that people want back."""
    target, aside = tmp_path / "faultdesk.db", tmp_path / "aside" / "old.db"
    target.write_bytes(b"damaged" * 1000)
    for kept in ("old.db", "old-2.db", "old-3.db"):
        examine(made, tmp_path / "copy")
        assert put_in_place(tmp_path / "copy", target, aside) == aside.with_name(kept)
    assert aside.read_bytes() == b"damaged" * 1000


class DeathError(Exception):
    """The process ends here."""


@pytest.mark.parametrize(("place", "left"), [("restore.prepared", 57), ("restore.replaced", 41)])
def test_a_death_in_the_exchange_leaves_the_old_database_or_the_new_one(
    made: Path, tmp_path: Path, place: str, left: int
) -> None:
    target = tmp_path / "faultdesk.db"
    examine(made, tmp_path / "copy")
    failpoints.set_hook(dies_at(place))
    try:
        with pytest.raises(DeathError):
            put_in_place(tmp_path / "copy", target, tmp_path / "old.db")
    finally:
        failpoints.set_hook(None)
    assert rows(target, "select value from counter") == [(left,)]
    assert rows(target, "pragma integrity_check") == [("ok",)]


def dies_at(place: str) -> Callable[[str], None]:
    def hook(name: str) -> None:
        if name == place:
            raise DeathError

    return hook
