"""How long a backup and a restore of a database of a given size take: python -m tests.benchmarks.restore_speed [MB]."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from bot.domain.digest import mail_digest
from storage.migrate import backup, bring_up
from storage.restore import examine, mark, put_in_place
from storage.store import Store

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
    size = int(sys.argv[1]) * 10**6 if len(sys.argv) > 1 else 10**9
    with tempfile.TemporaryDirectory() as name:
        folder, now = Path(name), datetime.now(UTC)
        store = Store(f"sqlite:///{folder / 'faultdesk.db'}")
        bring_up(store.writing)
        timed("fill", lambda: fill(store, size))
        path = timed("backup, checked", lambda: backup(store.url, folder / "backups", now, "manual"))
        store.close()
        print(f"{'size':<32} {path.stat().st_size / 1e6:6.0f} MB")
        begin, copy, target = time.perf_counter(), folder / "copy", folder / "faultdesk.db"
        timed("copy and look at it", lambda: examine(path, copy))
        timed("mark", lambda: mark(copy, now, target))
        timed("put in place, on disk", lambda: put_in_place(copy, target, folder / "old.db"))
        print(f"{'restore in all':<32} {time.perf_counter() - begin:6.1f} s")


if __name__ == "__main__":
    main()
