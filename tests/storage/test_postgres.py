"""storage.postgres: one desk a database, a lost answer to a commit is found out, each failure is one line."""

import asyncio
import contextlib
import os
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, insert, make_url, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from storage import store as store_module
from storage.engine import UnfitError, explain, reading_engine, writing_engine
from storage.lock import TakenError
from storage.migrate import backup
from storage.models import counter, meta
from storage.postgres import Session, _must_fit, risks
from storage.store import AwayError, Store
from tests.parts.cutting_proxy import CuttingProxy
from tests.parts.patience import PATIENCE
from tests.parts.postgres import Postgres

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


def put(name: str) -> Any:
    return lambda db: db.execute(insert(counter), {"name": name, "value": 0}) and name


def names(db: Connection) -> set[str]:
    return set(db.execute(select(counter.c.name)).scalars())


@pytest.fixture
def url(postgres: Postgres) -> str:
    """A database with tables."""
    return postgres.tables()


@pytest.fixture
def proxy(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CuttingProxy]:
    folder = Path(f"/tmp/fd-proxy-{os.getpid()}-{time.monotonic_ns() % 10**9}")
    folder.mkdir()
    with CuttingProxy(folder, postgres.folder) as proxy:
        yield proxy
    proxy.path.unlink()
    folder.rmdir()


@pytest.fixture
def store(url: str, proxy: CuttingProxy) -> Iterator[Store]:
    """A store whose line to the server can be cut."""
    store = Store(str(make_url(url).set(query={"host": str(proxy.path.parent)}).render_as_string(hide_password=False)))
    yield store
    proxy.closed = False
    store.close()


# ---- one desk ----


def test_a_second_desk_hears_who_has_the_database_until_that_one_ends(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.postgres.PATIENCE", 0.2)
    first = Session(url).connect()
    with pytest.raises(TakenError, match=f"{os.getpid()} on "):
        Session(url).connect()
    first.close()
    monkeypatch.setattr("storage.postgres.PATIENCE", PATIENCE)
    Session(url).connect().close()


def test_another_database_of_the_server_is_another_desk(url: str, postgres: Postgres) -> None:
    first, second = Session(url).connect(), Session(postgres.database()).connect()
    first.close()
    second.close()


def test_a_session_that_the_server_still_believes_in_does_not_lock_its_own_desk_out(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network was cut and only our side knows: the desk ends its own ghost."""
    monkeypatch.setattr("storage.postgres.PATIENCE", PATIENCE)
    session = Session(url)
    ghost = session.connect()
    session.connect().close()
    with pytest.raises(psycopg.OperationalError):
        ghost.execute("select 1")


# ---- a line that is cut ----


async def is_cut(proxy: CuttingProxy) -> None:
    """Waits until the line is cut at the word that was said."""
    async with asyncio.timeout(PATIENCE):
        while not proxy.closed:  # noqa: ASYNC110  -- it lives in threads
            await asyncio.sleep(0.005)


async def test_a_commit_whose_answer_was_lost_is_kept_and_its_unit_hears_so(store: Store, proxy: CuttingProxy) -> None:
    await store.write(put("before"))
    proxy.cut = ("after", b"COMMIT")
    writing = asyncio.create_task(store.write(put("lost answer")))
    await is_cut(proxy)
    with pytest.raises(AwayError):
        await store.write(put("refused meanwhile"))
    assert not writing.done(), "nobody knows yet"
    proxy.closed = False
    assert await writing == "lost answer"
    assert await store.read(names) == {"before", "lost answer"}


async def test_a_commit_that_never_arrived_is_not_kept_and_its_unit_hears_so(store: Store, proxy: CuttingProxy) -> None:
    await store.write(put("before"))
    proxy.cut = ("before", b"COMMIT")
    writing = asyncio.create_task(store.write(put("never arrived")))
    await is_cut(proxy)
    proxy.closed = False
    with pytest.raises(AwayError):
        await writing
    assert await store.write(put("never arrived")) == "never arrived", "it may be repeated"
    assert await store.read(names) == {"before", "never arrived"}


@pytest.mark.parametrize("when", ["before", "after"])
async def test_the_very_first_commit_of_a_desk_may_be_lost(store: Store, proxy: CuttingProxy, when: str) -> None:
    assert await store.write(names) == set()
    proxy.cut = (when, b"COMMIT")
    writing = asyncio.create_task(store.write(put("first")))
    await is_cut(proxy)
    proxy.closed = False
    done = await asyncio.gather(writing, return_exceptions=True)
    assert [type(one) for one in done] == [AwayError if when == "before" else str]
    assert await store.read(names) == (set() if when == "before" else {"first"})


async def test_a_line_cut_inside_a_unit_fails_everybody_in_its_commit(store: Store, proxy: CuttingProxy) -> None:
    await store.write(put("before"))
    proxy.cut = ("before", b"INSERT INTO counter")
    results = await asyncio.gather(*(store.write(put(f"n{one}")) for one in range(5)), return_exceptions=True)
    assert {type(one) for one in results} == {AwayError}
    proxy.closed = False
    while "after" not in await store.read(names):
        with contextlib.suppress(AwayError):  # whoever came while it failed is sent away, too
            await store.write(put("after"))
    assert await store.read(names) == {"before", "after"}


async def test_while_the_server_is_away_nobody_waits(store: Store, proxy: CuttingProxy) -> None:
    proxy.closed = True
    async with asyncio.timeout(PATIENCE):
        results = await asyncio.gather(*(store.write(put(f"n{one}")) for one in range(200)), return_exceptions=True)
    assert {type(one) for one in results} == {AwayError}


async def test_a_store_that_closes_does_not_wait_for_the_server(store: Store, proxy: CuttingProxy) -> None:
    proxy.cut = ("after", b"COMMIT")
    writing = asyncio.create_task(store.write(put("unknown")))
    await is_cut(proxy)
    await asyncio.to_thread(store.close)
    with pytest.raises(AwayError):
        await writing


async def test_units_that_write_nothing_leave_no_mark(store: Store) -> None:
    """So that an idle desk does not write to the disk each second."""
    await store.write(put("one"))
    mark = await store.read(lambda db: db.execute(select(meta.c.value)).scalar_one())
    await store.write(names)
    assert await store.read(lambda db: db.execute(select(meta.c.value)).scalar_one()) == mark


async def test_a_desk_that_was_replaced_while_its_line_was_cut_ends(
    store: Store, proxy: CuttingProxy, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P12: what it has in its hands is not its own any more."""
    deaths: list[int] = []
    monkeypatch.setattr(Store, "_die", staticmethod(lambda status, _reason: deaths.append(status)))
    monkeypatch.setattr("storage.postgres.PATIENCE", PATIENCE)
    await store.write(put("before"))
    proxy.cut = ("before", b"COMMIT")
    lost = asyncio.create_task(store.write(put("lost")))
    await is_cut(proxy)
    other = Store(url)
    await other.write(put("by another"))
    other.close()
    proxy.closed = False
    await asyncio.to_thread(store._writer.join, PATIENCE)
    assert deaths[0] == store_module.TAKEN_OVER
    lost.cancel()


# ---- each failure is one line ----


def wrong(url: str) -> dict[str, tuple[str, str]]:
    parts = make_url(url)
    return {
        "no such database": (str(parts.set(database="nope")), '"nope" at .* is not there: create it'),
        "no such role": (str(parts.set(username="nobody")), "does not know this role: create it"),
        "no server here": (str(parts.set(query={"host": "/tmp/nowhere"})), "does not answer: start PostgreSQL"),
        "no server there": ("postgresql+psycopg://u:hunter2@127.0.0.1:1/x", '"x" at 127.0.0.1:1 does not answer'),
        "no such host": ("postgresql+psycopg://u:hunter2@no.invalid/x", "no such host"),
        "no such option": (f"{url}&password=hunter2&foo=bar", "mend the options in data.database"),
    }


@pytest.mark.parametrize("case", sorted(wrong("postgresql+psycopg://a@/b")))
@pytest.mark.parametrize("engine", [writing_engine, reading_engine])
def test_a_wrong_address_is_told_in_one_line(url: str, case: str, engine: Any) -> None:
    address, line = wrong(url)[case]
    with pytest.raises(SQLAlchemyError) as told:
        engine(address).connect()
    assert_told(explain(told.value, address), line)


def assert_told(said: str, line: str) -> None:
    assert re.search(line, said), said
    assert "\n" not in said
    assert "hunter2" not in said


def test_a_wrong_password_is_told_in_one_line(url: str, postgres: Postgres) -> None:
    rules = postgres.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    with psycopg.connect(host=str(postgres.folder), user="postgres", autocommit=True) as admin:
        admin.execute("create role locked login password 'right'")
        rules.write_text(f"local all locked scram-sha-256\nlocal all shut reject\n{before}")
        reads_again(admin, postgres)
        try:
            for user, line in (("locked", "refuses user and password: mend"), ("shut", "pg_hba.conf")):
                address = make_url(url).set(username=user, password="hunter2").render_as_string(hide_password=False)
                with pytest.raises(OperationalError) as told:
                    writing_engine(address).connect()
                assert_told(explain(told.value, address), line)
        finally:
            rules.write_text(before)
            reads_again(admin, postgres)
            admin.execute("drop role locked")


def reads_again(admin: Any, postgres: Postgres) -> None:
    """Has the server read its rules anew, and waits until it has: whoever comes then began after it."""
    (before,) = admin.execute("select clock_timestamp()").fetchone()
    admin.execute("select pg_reload_conf()")
    read = before
    while read <= before:
        with psycopg.connect(host=str(postgres.folder), user="postgres") as fresh:
            (read,) = fresh.execute("select pg_conf_load_time()").fetchone()  # type: ignore[misc]


class Old:
    """A connection to a server of 2017."""

    class info:  # noqa: N801
        server_version = 100_023


def test_an_old_server_is_refused() -> None:
    with pytest.raises(UnfitError, match="PostgreSQL 10: Faultdesk needs 13"):
        _must_fit(Old)


def test_a_database_that_cannot_hold_chinese_is_refused(postgres: Postgres) -> None:
    with psycopg.connect(host=str(postgres.folder), user="postgres", autocommit=True) as admin:
        admin.execute("create database narrow encoding 'LATIN1' locale 'C' template template0")
    with pytest.raises(UnfitError, match="LATIN1: create it with"):
        Session(f"postgresql+psycopg://postgres@/narrow?host={postgres.folder}").connect()


def test_a_server_that_may_forget_is_named(url: str) -> None:
    connection = Session(url).connect()
    assert [line.split()[3] for line in risks(connection)] == ["fsync=off:", "full_page_writes=off:"]
    assert connection.execute("show synchronous_commit").fetchone() == ("on",)
    connection.close()


# ---- backups ----


def test_a_backup_by_pg_dump_can_be_restored(url: str, postgres: Postgres, tmp_path: Path) -> None:
    store = Store(url)
    store.write_now(put("ticket"))
    path = backup(url, tmp_path, NOW, "daily")
    store.close()
    assert path == tmp_path / "faultdesk-20261123-030000-daily.dump"
    assert path.stat().st_mode & 0o077 == 0, "it holds personal data"
    fresh = make_url(postgres.database())
    words = ["pg_restore", "--host", str(postgres.folder), "--user", "postgres", "--dbname", str(fresh.database)]
    subprocess.run([*words, str(path)], check=True)
    again = Store(fresh.render_as_string(hide_password=False))
    assert again.read_now(names) == {"ticket"}
    again.close()


def test_a_backup_that_fails_says_why_and_leaves_nothing(url: str, tmp_path: Path, monkeypatch: Any) -> None:
    address = make_url(url).set(database="nope", password="hunter2").render_as_string(hide_password=False)
    with pytest.raises(OSError, match=r"pg_dump: .*nope") as told:
        backup(address, tmp_path, NOW, "daily")
    assert "hunter2" not in str(told.value)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OSError, match="not installed here"):
        backup(url, tmp_path, NOW, "daily")
    assert list(tmp_path.iterdir()) == []
