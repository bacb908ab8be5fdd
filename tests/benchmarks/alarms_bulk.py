"""10,000 alarms at once: how late they are decided, and how many messages a person gets after an outage.

    python -m tests.benchmarks.alarms_bulk [--clocks 10000]

Prints, for all due at one instant, for all due within one minute, and for a start with all overdue: the lateness of the
decisions; and for the start: messages per person in the first minute, and whether they name every ticket.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sqlite3
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.benchmarks.intake_speed import Measured, fill, load, mails, scratch

LATENESS = "select (julianday(decided_at) - julianday(due_at)) * 86400 from alarm order by 1"


def arm(folder: Path, instants: list[datetime], rung: str) -> None:
    """Lets the resolve clock of each ticket ring one rung at an instant."""
    with contextlib.closing(sqlite3.connect(folder / "faultdesk.db")) as db:
        db.execute("update clock set next_alarm_at = null")
        rows = [row[0] for row in db.execute("select id from clock where target = 'resolve' and id > 1000 order by id")]
        for row, at in zip(rows, instants, strict=False):
            rungs = json.dumps([[rung, at.isoformat()], ["BREACH", (at + timedelta(hours=2)).isoformat()]])
            stamp = at.strftime("%Y-%m-%d %H:%M:%S.%f")
            db.execute("update clock set next_alarm_at = ?, rungs = ?, passed = '[]' where id = ?", (stamp, rungs, row))
        db.execute("delete from alarm")
        db.commit()


def tell(name: str, late: list[float]) -> None:
    p99 = late[int(len(late) * 0.99)]
    print(
        f"{name:22} {len(late)} decided, p50 {late[len(late) // 2]:.2f} s, p99 {p99:.2f} s, max {late[-1]:.2f} s late"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clocks", type=int, default=10_000)
    count = parser.parse_args().clocks
    with scratch() as folder:
        with Measured(folder) as daemon:
            load(daemon, mails(1, seed=1), 1)
        fill(folder, count)
        for name, spread, rung in (("at one instant", 0.0, "W50"), ("within a minute", 60.0, "W75")):
            begin = datetime.now(UTC) + timedelta(seconds=8 + count / 4000)
            arm(folder, [begin + timedelta(seconds=random.uniform(0, spread)) for _ in range(count)], rung)
            with Measured(folder) as daemon:
                while int(daemon.ask("select count(*) from alarm")[0][0]) < count and datetime.now(
                    UTC
                ) < begin + timedelta(seconds=spread + 60):
                    time.sleep(0.2)
                tell(name, [row[0] for row in daemon.ask(LATENESS)])
                print(f"{'':22} memory {daemon.memory()}")
        overdue(folder, count)


def overdue(folder: Path, count: int) -> None:
    """The daemon was down while everything lapsed."""
    arm(folder, [datetime.now(UTC) - timedelta(hours=1)] * count, "W90")
    with contextlib.closing(sqlite3.connect(folder / "faultdesk.db")) as db:
        db.execute("update outbox set state = 'dropped' where state = 'pending'")
        db.commit()
    last = "select coalesce(max(id), 0) from outbox"
    with contextlib.closing(sqlite3.connect(folder / "faultdesk.db")) as db:
        known = db.execute(last).fetchone()[0]
    begin = time.monotonic()
    with Measured(folder) as daemon:
        sent = f"select address from outbox where kind = 'alert' and state = 'sent' and id > {known}"
        while not daemon.ask(sent) and time.monotonic() - begin < 60:
            time.sleep(0.1)
        print(
            f"{'start with all overdue':22} first message {time.monotonic() - begin:.1f} s after the start of the process"
        )
        time.sleep(max(0.0, 60 - (time.monotonic() - begin)))
        per_person = dict(Counter(row[0] for row in daemon.ask(sent)))
        told = f"select count(*) from outbox where kind = 'alert' and state in ('sent', 'carried') and id > {known}"
        print(f"{'':22} messages per person in a minute: {per_person}")
        print(f"{'':22} alerts told in them: {daemon.ask(told)[0][0]} of {count}")
        print(f"{'':22} memory {daemon.memory()}")


if __name__ == "__main__":
    main()
