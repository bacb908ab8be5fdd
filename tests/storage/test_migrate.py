"""storage.migrate: the migrations make exactly the tables of the models, on both databases; backups are whole."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, text

from storage import models
from storage.checks import QUESTIONS
from storage.engine import writing_engine
from storage.migrate import SchemaError, alembic_config, backup, bring_up, prune_backups, version_of
from storage.migrations import HEAD
from storage.models import inbox, raw_mail
from storage.restore import examine
from storage.store import Store

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def test_the_code_needs_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")  # of SQLite alone
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_migrations_make_the_tables_of_the_models(any_store: Store) -> None:
    with any_store.writing.connect() as db:
        assert compare_metadata(MigrationContext.configure(db), models.inbox.metadata) == []
        assert version_of(db) == HEAD


def test_a_device_is_found_by_its_label_without_looking_at_all_of_them(any_store: Store) -> None:
    """SQLite does not tell which expressions it has indexed, but what it does with them."""
    with any_store.writing.connect() as db:
        if db.dialect.name == "sqlite":
            plan = db.execute(text("EXPLAIN QUERY PLAN SELECT * FROM asset WHERE lower(tag) IN ('a', 'b')"))
            assert "USING INDEX ix_asset_label" in plan.one()[3]
        else:
            rows = db.execute(text("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_asset_label'"))
            assert "lower(tag)" in rows.scalar_one()


BEFORE_MERGES = """
insert into customer (id, key) values (1, 'acme');
insert into ticket (id, customer_id, number, state, level, opened_at, policy) values (1, 1, 7, 'new', 'vip', :at, '{}');
insert into action (id, ticket_id, version, channel, address, commands, created_at)
  values ('a', 1, 3, 'console', 'group', '["take 7"]', :at);
insert into card (ticket_id, channel, address, external_id) values (1, 'console', 'group', '12')
"""


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_tickets_and_their_buttons_live_through_the_migration_to_merges(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """0006 makes the table of buttons anew on SQLite: nothing of it, or of what hangs on it, may be lost."""
    sqlite = f"sqlite:///{tmp_path / 'desk.db'}"
    url = sqlite if database == "sqlite" else request.getfixturevalue("postgres").database()
    engine, config = writing_engine(url), alembic_config()
    with engine.begin() as db:
        config.attributes["connection"] = db
        command.upgrade(config, "0005")
        for statement in BEFORE_MERGES.split(";"):
            db.execute(text(statement), {"at": "2026-11-23 03:00:00"} if ":at" in statement else {})
    assert bring_up(engine)
    with engine.connect() as db:
        button = db.execute(text("select id, ticket_id, version, address, commands from action")).one()
        assert tuple(button)[:4] == ("a", 1, 3, "group")
        assert "take 7" in str(button.commands)
        assert db.execute(text("select external_id from card")).scalar_one() == "12"
        merged = db.execute(text("select number, merged_into_id, master_id, is_master from ticket")).one()
        assert tuple(merged) == (7, None, None, False)
    engine.dispose()


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


def with_mails(store: Store) -> None:
    """A mail that is done with, one that waits, and what somebody wrote."""
    one = {"channel": "smtp", "kind": "mail", "received_at": NOW, "envelope_from": "", "envelope_to": []}
    rows = [{**one, "digest": "d", "state": "done", "outcome": "ticket", "done_at": NOW},
            {**one, "digest": "w", "state": "waiting", "outcome": "", "done_at": None}]  # fmt: skip

    def fill(db: Connection) -> None:
        db.execute(insert(inbox), rows)
        db.execute(insert(raw_mail), [{"inbox_id": number, "raw": b"x" * 2_000_000} for number in (1, 2)])

    store.write_now(fill)


def test_older_backups_live_on_without_attachments(store: Store, tmp_path: Path) -> None:
    """Decisions, Mail: 7 full, older ones without."""
    with_mails(store)
    folder = tmp_path / "backups"
    for day in range(1, 7):
        backup(store.url, folder, NOW.replace(day=day), "daily")
    prune_backups(folder, 2, 3)
    names = sorted(path.name[10:] for path in folder.iterdir())
    texts = [f"2026110{day}-030000-daily-texts.db" for day in (2, 3, 4)]
    assert names == [*texts, "20261105-030000-daily.db", "20261106-030000-daily.db"]
    small, whole = folder / f"faultdesk-{texts[-1]}", folder / f"faultdesk-{names[-1]}"
    assert small.stat().st_size < whole.stat().st_size - 1_900_000
    assert small.stat().st_mode & 0o077 == 0
    assert examine(small, tmp_path / "copy") == HEAD, "it can be restored"
    with closing(sqlite3.connect(small)) as copy:
        assert copy.execute("select inbox_id from raw_mail").fetchall() == [(2,)], "what is not done with stays"
        assert copy.execute("select value from meta where key = 'thinned_to'").fetchall() == [("2",)]
        lost = QUESTIONS["a mail lost its original"]
        assert copy.execute(lost).fetchall() == []
        copy.execute("delete from meta")
        assert copy.execute(lost).fetchall() == [(1,)]


def test_a_backup_that_cannot_be_thinned_stays(tmp_path: Path) -> None:
    for day in (1, 2):
        (tmp_path / f"faultdesk-202611{day:02}-030000-daily.db").write_bytes(b"damaged" * 1000)
    with pytest.raises(OSError, match=r"20261101-030000-daily-texts\.db cannot be made"):
        prune_backups(tmp_path, 1, 3)
    assert len(list(tmp_path.iterdir())) == 2
