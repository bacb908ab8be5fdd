"""storage.migrate: the migrations make exactly the tables of the models, on both databases; backups are whole."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from storage import models
from storage.migrate import SchemaError, alembic_config, backup, bring_up, prune_backups, version_of
from storage.migrations import HEAD
from storage.store import Store

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def test_the_code_needs_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


def test_migrations_make_the_tables_of_the_models(any_store: Store) -> None:
    with any_store.writing.connect() as db:
        assert compare_metadata(MigrationContext.configure(db), models.inbox.metadata) == []
        assert version_of(db) == HEAD


def test_a_second_start_changes_nothing(any_store: Store) -> None:
    assert bring_up(any_store.writing) is False


def test_a_newer_database_is_refused_and_left_alone(store: Store) -> None:
    store.write_now(lambda db: db.execute(text("update alembic_version set version_num = '9999'")))
    with pytest.raises(SchemaError, match="9999"):
        bring_up(store.writing)
    assert store.read_now(version_of) == "9999"


def test_a_backup_beside_the_running_daemon_is_whole(store: Store, tmp_path: Path) -> None:
    store.write_now(lambda db: db.execute(text("insert into counter values ('ticket', 41)")))
    path = backup(store.url, tmp_path / "backups", NOW, "daily")
    assert path is not None
    with sqlite3.connect(path) as copy:
        assert copy.execute("select value from counter").fetchall() == [(41,)]


def test_old_daily_backups_end_and_those_before_a_migration_stay(tmp_path: Path) -> None:
    for day in range(1, 10):
        (tmp_path / f"faultdesk-202611{day:02}-030000-daily.db").touch()
    (tmp_path / "faultdesk-20261101-030000-before-0001.db").touch()
    assert [path.name[10:18] for path in prune_backups(tmp_path, 7)] == ["20261101", "20261102"]
    assert len(list(tmp_path.iterdir())) == 8
