"""storage.postgres_restore: a dump takes the database's place as a whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, insert, select, text, update

from bot.doctor import database
from storage.engine import writing_engine
from storage.lock import TakenError
from storage.migrate import alembic_config, backup, bring_up
from storage.migrations import HEAD
from storage.models import counter, customer, meta
from storage.postgres import Session
from storage.postgres_restore import Archive, examine, examine_kept, is_filled, put_in_place
from storage.restore import EPOCH, FED_FROM, GAP, RESTORED_AT, RestoreError, kept_aside
from tests.parts.postgres import Postgres

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _with_its_programs(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{postgres.programs}:{os.environ['PATH']}")


def does(url: str, *statements: Any) -> list[Any]:
    """Does them in one transaction; gives the rows of the last."""
    engine = writing_engine(url)
    with engine.begin() as db:
        results = [db.execute(one) for one in statements]
        rows = list(results[-1]) if results[-1].returns_rows else []
    engine.dispose()
    return rows


def desk(postgres: Postgres, number: int, version: str = HEAD) -> str:
    """A database that has given so many numbers."""
    url = postgres.database()
    engine = writing_engine(url)
    config = alembic_config()
    with engine.begin() as db:
        config.attributes["connection"] = db
        command.upgrade(config, version)
    engine.dispose()
    does(
        url, insert(counter).values(name="ticket", value=number), insert(customer).values(key=f"k{number}", name="客户")
    )
    return url


def dump_of(url: str, tmp_path: Path) -> Path:
    made = backup(url, tmp_path, NOW, "manual")
    assert made
    return made


def state(url: str) -> tuple[list[str], int, dict[str, str]]:
    """The customers, the last number, the marks."""
    keys = [row[0] for row in does(url, select(customer.c.key))]
    [(number,)] = does(url, select(counter.c.value).where(counter.c.name == "ticket"))
    return keys, number, {row.key: row.value for row in does(url, select(meta)) if row.key != "last_commit"}


def test_an_empty_database_takes_it_and_leaves_numbers_out(postgres: Postgres, tmp_path: Path) -> None:
    begun = datetime.now(UTC)
    made, empty = dump_of(desk(postgres, 7), tmp_path), postgres.database()
    assert not is_filled(empty)
    marked, kept = put_in_place(empty, examine(made), NOW, tmp_path / "aside.dump")
    assert (marked.held, marked.number, kept) == (0, 7 + GAP, "")
    keys, number, marks = state(empty)
    assert (keys, number, marks[RESTORED_AT], marks[EPOCH]) == (["k7"], 7 + GAP, NOW.isoformat(), "1")
    assert abs(datetime.fromisoformat(marks[FED_FROM]) - begun) < timedelta(minutes=15)
    does(empty, insert(customer).values(key="next", name="its id follows"))


def test_what_was_there_is_kept_in_a_schema_its_numbers_go_on_and_it_can_come_back(
    postgres: Postgres, tmp_path: Path
) -> None:
    made, newer = dump_of(desk(postgres, 7), tmp_path), desk(postgres, 12)
    assert is_filled(newer)
    marked, kept = put_in_place(newer, examine(made), NOW, tmp_path / "aside.dump")
    assert (state(newer)[0], marked.number, kept) == (["k7"], 12, "schema faultdesk_replaced_20261123_030000")
    schema, later = kept.removeprefix("schema "), NOW + timedelta(hours=1)
    assert schema not in str(examine(dump_of(newer, tmp_path))), "a backup is of the desk alone"
    does(newer, insert(customer).values(key="next", name="its id follows"))
    put_in_place(newer, examine_kept(newer, schema), later, tmp_path / "aside.dump")
    assert state(newer)[:2] == (["k12"], 12)
    assert state(newer)[2][EPOCH] == "1", "that of the desk as it was"
    assert state(newer)[2][FED_FROM] < NOW.isoformat()
    does(newer, insert(customer).values(key="next", name="its id follows"))
    engine = writing_engine(newer)
    with engine.connect() as db:
        assert [name for name, size in kept_aside(db) if size] == ["faultdesk_replaced_20261123_040000"]
        assert any("drop schema faultdesk_replaced_20261123_040000" in one.finding.text for one in database(db, later))
    engine.dispose()
    with pytest.raises(RestoreError, match="keeps no desk in faultdesk_replaced_20261123_030000"):
        examine_kept(newer, schema)


def test_where_no_schema_may_be_made_what_was_there_is_dumped_first(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, newer = dump_of(desk(postgres, 7), tmp_path), desk(postgres, 12)
    monkeypatch.setattr("storage.postgres_restore.MAY_MAKE", text("select false"))
    marked, kept = put_in_place(newer, examine(made), NOW, tmp_path / "kept" / "aside.dump")
    assert (state(newer)[0], marked.number) == (["k7"], 12)
    put_in_place(newer, examine(Path(kept)), NOW, tmp_path / "again.dump")
    assert state(newer)[:2] == (["k12"], 12)


def test_a_failure_in_the_middle_leaves_what_was_there(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, newer = dump_of(desk(postgres, 7), tmp_path), desk(postgres, 12)

    def fails(db: Connection, *_: Any) -> None:
        raise RestoreError(f"after the rows: {db.execute(select(customer.c.key)).scalar_one()}")

    monkeypatch.setattr("storage.postgres_restore._mark", fails)
    with pytest.raises(RestoreError, match="after the rows: k7"):
        put_in_place(newer, examine(made), NOW, tmp_path / "aside.dump")
    assert state(newer) == (["k12"], 12, {})


def test_an_older_schema_is_taken_and_can_be_brought_up(postgres: Postgres, tmp_path: Path) -> None:
    made, newer = dump_of(desk(postgres, 7, "0001"), tmp_path), desk(postgres, 12)
    assert examine(made).version == "0001"
    put_in_place(newer, examine(made), NOW, tmp_path / "aside.dump")
    engine = writing_engine(newer)
    assert bring_up(engine)
    engine.dispose()
    assert state(newer)[0] == ["k7"]


@pytest.fixture
def whole(postgres: Postgres, tmp_path: Path) -> Iterator[Path]:
    return dump_of(desk(postgres, 7), tmp_path)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("share", "how"), [(0.05, "cut"), (0.5, "cut"), (0.8, "cut"), (0.95, "cut"), (0.8, "one byte is another")]
)
def test_a_torn_dump_is_refused_and_changes_nothing(postgres: Postgres, tmp_path: Path, share: float, how: str) -> None:
    old, newer = desk(postgres, 7), desk(postgres, 12)
    does(old, *(insert(customer).values(key=f"c{number}", name=secrets.token_hex(200)) for number in range(500)))
    file = dump_of(old, tmp_path)
    raw = bytearray(file.read_bytes())
    place = int(len(raw) * share)
    raw[place:] = b"" if how == "cut" else bytes([raw[place] ^ 0xFF]) + raw[place + 1 :]
    file.write_bytes(raw)
    with pytest.raises(RestoreError, match="is not whole"):
        put_in_place(newer, examine(file), NOW, tmp_path / "aside.dump")
    assert state(newer) == (["k12"], 12, {})


def test_what_is_no_dump_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.dump").write_bytes(b"SQLite format 3\0")
    with pytest.raises(RestoreError, match="no backup of PostgreSQL"):
        examine(tmp_path / "one.dump")
    with pytest.raises(RestoreError, match="is no file"):
        examine(tmp_path / "none.dump")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("create table strange (id int)", "'.*TABLE public strange.*', which is none of ours"),
        ("create function evil() returns int language sql as 'select 1'", "FUNCTION public evil.*none of ours"),
        ("create view seen as select 1 as one", "VIEW public seen.*none of ours"),
        ("drop table alembic_version", "no database of Faultdesk"),
        ("update alembic_version set version_num = '9999'", "newer Faultdesk .schema 9999"),
    ],
)
def test_what_is_not_ours_is_refused(postgres: Postgres, tmp_path: Path, change: str, words: str) -> None:
    url = desk(postgres, 7)
    does(url, text(change))
    with pytest.raises(RestoreError, match=words):
        examine(dump_of(url, tmp_path))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("alter table customer add column more int", "not the columns of schema"),
        ("drop table raw_mail", "not those of schema .*raw_mail"),
        ("alter table customer alter column key drop not null; update customer set key = null", "does not fit"),
    ],
)
def test_what_does_not_fit_changes_nothing(postgres: Postgres, tmp_path: Path, change: str, words: str) -> None:
    url, newer = desk(postgres, 7), desk(postgres, 12)
    does(url, *map(text, change.split("; ")))
    with pytest.raises(RestoreError, match=words):
        put_in_place(newer, examine(dump_of(url, tmp_path)), NOW, tmp_path / "aside.dump")
    assert state(newer)[:2] == (["k12"], 12)


def test_a_database_that_a_daemon_works_on_or_that_is_somebody_elses_is_left_alone(
    postgres: Postgres, tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.postgres.PATIENCE", 0.2)
    taken, other = desk(postgres, 12), postgres.database()
    daemon = Session(taken).connect()
    with pytest.raises(TakenError):
        put_in_place(taken, examine(whole), NOW, tmp_path / "aside.dump")
    daemon.close()
    does(other, text("create table theirs (id int)"))
    with pytest.raises(RestoreError, match="table theirs, which is none of ours"):
        is_filled(other)


def test_a_journal_that_was_tampered_with_is_refused(postgres: Postgres, tmp_path: Path) -> None:
    url = desk(postgres, 7)
    forged = {"at": NOW, "recorded_at": NOW, "actor": "x", "channel": "cli", "kind": "noted", "facts": {},
              "previous_hash": "0" * 64, "hash": "f" * 64}  # fmt: skip
    from storage.models import event

    does(url, insert(event).values(**forged), update(event).values(actor="y"))
    archive: Archive = examine(dump_of(url, tmp_path))
    with pytest.raises(RestoreError, match="the journal does not hold"):
        put_in_place(postgres.database(), archive, NOW, tmp_path / "aside.dump")
