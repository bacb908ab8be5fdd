"""storage.store: durable when it returns, one unit's failure is its own, waiting units share a commit."""

import asyncio
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from bot.domain import failpoints
from storage.engine import LOG_LIMIT, begin_reading, reading_engine, sqlite_path
from storage.models import counter, meta
from storage.store import Store
from tests.parts.patience import PATIENCE


def put(name: str, value: int = 0) -> Any:
    return lambda db: db.execute(insert(counter), {"name": name, "value": value}) and name


def names(db: Connection) -> set[str]:
    return set(db.execute(select(counter.c.name)).scalars())


async def test_what_was_written_can_be_read_when_write_returns(any_store: Store) -> None:
    assert await any_store.write(put("a")) == "a"
    assert await any_store.read(names) == {"a"}


async def test_a_failing_unit_leaves_its_neighbours_alone(any_store: Store) -> None:
    units = [put("a"), put("b"), put("a"), put("c")]
    results = await asyncio.gather(*(any_store.write(unit) for unit in units), return_exceptions=True)
    assert [type(one) for one in results] == [str, str, IntegrityError, str]
    assert await any_store.read(names) == {"a", "b", "c"}


async def test_nothing_of_a_unit_that_raises_is_kept(any_store: Store) -> None:
    def half(db: Connection) -> None:
        put("half")(db)
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        await any_store.write(half)
    assert await any_store.read(names) == set()


async def test_waiting_units_share_one_commit(store: Store) -> None:
    commits: list[str] = []
    held = threading.Event()
    failpoints.set_hook(lambda place: commits.append(place) if place == "store.after_commit" else None)
    try:
        first = asyncio.create_task(store.write(lambda db: held.wait(PATIENCE) and put("first")(db)))
        await asyncio.sleep(0.05)
        others = [asyncio.create_task(store.write(put(f"n{i}"))) for i in range(50)]
        await asyncio.sleep(0.05)
        held.set()
        await asyncio.gather(first, *others)
    finally:
        failpoints.set_hook(None)
    assert len(commits) == 1
    assert await store.read(lambda db: db.execute(select(func.count()).select_from(counter)).scalar_one()) == 51


async def test_what_a_chat_waits_for_goes_first_and_waits_for_no_other(store: Store) -> None:
    done: list[str] = []
    begun, held = threading.Event(), threading.Event()
    failpoints.set_hook(lambda place: done.append("commit") if place == "store.after_commit" else None)

    def unit(name: str) -> Any:
        def write(db: Connection) -> None:
            begun.set()
            held.wait(PATIENCE)
            done.append(name)
            put(name)(db)

        return write

    try:
        mails = [asyncio.create_task(store.write(unit(f"mail {number}"))) for number in range(3)]
        await asyncio.to_thread(begun.wait, PATIENCE)
        chat = [asyncio.create_task(store.write(unit(f"chat {number}"), first=True)) for number in range(2)]
        await asyncio.sleep(0.05)
        held.set()
        await asyncio.gather(*mails, *chat)
    finally:
        failpoints.set_hook(None)
    assert done == ["mail 0", "chat 0", "chat 1", "commit", "mail 1", "mail 2", "commit"]


async def test_a_cancelled_wait_does_not_cancel_the_unit(store: Store) -> None:
    begun = threading.Event()

    def slow(db: Connection) -> None:
        begun.set()
        threading.Event().wait(0.1)
        put("slow")(db)

    task = asyncio.create_task(store.write(slow))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.write(put("next"))
    assert await store.read(names) == {"slow", "next"}


async def test_when_the_commit_fails_every_unit_of_it_hears_so_and_the_writer_lives_on(store: Store) -> None:
    def refuse(place: str) -> None:
        if place == "store.before_commit":
            raise IntegrityError("commit", None, OSError("disk"))

    failpoints.set_hook(refuse)
    try:
        with pytest.raises(IntegrityError):
            await store.write(put("lost"))
    finally:
        failpoints.set_hook(None)
    await store.write(put("kept"))
    assert await store.read(names) == {"kept"}


def test_the_reader_cannot_write(store: Store) -> None:
    with pytest.raises(Exception, match="readonly"):
        store.read_now(put("a"))


async def test_lost_updates_do_not_exist(any_store: Store) -> None:
    await any_store.write(put("n", 0))

    def raise_it(db: Connection) -> None:
        value = db.execute(select(counter.c.value).where(counter.c.name == "n")).scalar_one()
        db.execute(counter.update().where(counter.c.name == "n").values(value=value + 1))

    await asyncio.gather(*(any_store.write(raise_it) for _ in range(200)))
    assert await any_store.read(lambda db: db.execute(select(counter.c.value)).scalar_one()) == 200


def test_close_finishes_what_waits(store: Store) -> None:
    for number in range(20):
        store._submit(put(f"n{number}"))
    store.close()
    again = Store(store.url)
    assert len(again.read_now(names)) == 20
    again.close()


# ---- SQLite's log ----


def bare_copy(store: Store, place: Path) -> Path:
    path = sqlite_path(store.url)
    assert path
    shutil.copyfile(path, place)
    return place


def test_after_an_orderly_end_the_bare_file_holds_everything(store: Store, tmp_path: Path) -> None:
    store.write_now(put("last"))
    path = sqlite_path(store.url)
    assert path
    log = path.with_name(path.name + "-wal")
    assert log.stat().st_size > 0, "else this shows nothing"
    store.close()
    assert not log.exists() or not log.stat().st_size
    copy = reading_engine(f"sqlite:///{bare_copy(store, tmp_path / 'copy.db')}")
    with copy.connect() as db:
        assert names(db) == {"last"}
    copy.dispose()


def test_somebody_who_still_reads_holds_up_no_end_and_loses_nothing(store: Store, tmp_path: Path) -> None:
    store.write_now(put("before"))
    other = reading_engine(store.url)
    with other.connect() as db:
        begin_reading(db)
        assert names(db) == {"before"}
        store.write_now(put("last"))
        store.close()
        assert names(db) == {"before"}
    with other.connect() as db:
        assert names(db) == {"before", "last"}
    other.dispose()


def test_the_log_shrinks_again(store: Store) -> None:
    path = sqlite_path(store.url)
    assert path
    log = path.with_name(path.name + "-wal")
    other = reading_engine(store.url)
    with other.connect() as db:
        begin_reading(db)
        names(db)
        for number in range(8):
            large = "x" * (10 * 2**20)
            store.write_now(lambda db, n=number, large=large: db.execute(insert(meta), {"key": f"{n}", "value": large}))  # type: ignore[misc]
        assert log.stat().st_size > LOG_LIMIT
    other.dispose()
    for number in range(3):
        store.write_now(put(f"small {number}"))
    assert log.stat().st_size <= LOG_LIMIT
