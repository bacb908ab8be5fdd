"""How long a backup and a restore of a database of a given size take.

python -m tests.benchmarks.restore_speed [MB] [--database postgres]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from bot.domain.digest import mail_digest
from storage import postgres_restore
from storage.migrate import backup, bring_up
from storage.restore import examine, mark, put_in_place
from storage.store import Store
from tests.parts.postgres import Postgres

MAIL = 64 * 1024


def fill(store: Store, size: int) -> None:
    """Mails of 64 KiB that do not compress, until the database is so large."""
    for start in range(0, size // MAIL, 200):
        store.write_now(lambda db, start=start: _mails(db, range(start, min(start + 200, size // MAIL))))  # type: ignore[misc]


def _mails(db: Connection, numbers: range) -> None:
    for number in numbers:
        raw = b"Subject: %d\r\n\r\n" % number + os.urandom(MAIL - 100)
        row = {"id": number + 1, "digest": mail_digest(raw), "at": "2026-11-23 01:00:00.000000", "raw": raw}
        db.execute(
            text(
                "insert into inbox (id, channel, kind, digest, received_at, state, outcome, done_at) "
                "values (:id, 'smtp', 'mail', :digest, :at, 'done', 'automatic', :at)"
            ),
            row,
        )
        db.execute(text("insert into raw_mail values (:id, :raw)"), row)


def timed(what: str, work: Callable[[], Any]) -> Any:
    begin = time.perf_counter()
    result = work()
    print(f"{what:<32} {time.perf_counter() - begin:6.1f} s", flush=True)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("megabytes", type=int, nargs="?", default=1000)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = in_postgres if options.database == "postgres" else in_a_file
        work(Path(name), options.megabytes * 10**6)


def filled(url: str, folder: Path, size: int) -> Path:
    """A backup of a desk of this size."""
    store = Store(url)
    bring_up(store.writing)
    timed("fill", lambda: fill(store, size))
    path: Path = timed("backup, checked", lambda: backup(store.url, folder / "backups", datetime.now(UTC), "manual"))
    store.close()
    print(f"{'size':<32} {path.stat().st_size / 1e6:6.0f} MB")
    return path


def in_a_file(folder: Path, size: int) -> None:
    target, copy, now = folder / "faultdesk.db", folder / "copy", datetime.now(UTC)
    path = filled(f"sqlite:///{target}", folder, size)
    begin = time.perf_counter()
    timed("copy and look at it", lambda: examine(path, copy))
    timed("mark", lambda: mark(copy, now, target))
    timed("put in place, on disk", lambda: put_in_place(copy, target, folder / "old.db"))
    print(f"{'restore in all':<32} {time.perf_counter() - begin:6.1f} s")


def in_postgres(folder: Path, size: int) -> None:
    """Into an empty database, then in the place of the desk that it came from, which is kept in a schema."""
    with Postgres(durable=True) as server:
        url, now = server.database(), datetime.now(UTC)
        path = filled(url, folder, size)
        for what, target in (("into an empty one", server.database()), ("in place of a desk", url)):
            begin = time.perf_counter()
            archive = timed("look at it", lambda: postgres_restore.examine(path))
            work = partial(postgres_restore.put_in_place, target, archive, now, folder / "backups" / "aside.dump")
            timed(what, work)
            print(f"{'restore in all':<32} {time.perf_counter() - begin:6.1f} s")


if __name__ == "__main__":
    main()
