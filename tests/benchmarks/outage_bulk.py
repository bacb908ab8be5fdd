"""Prints how long a large outage keeps the writer: `python -m tests.benchmarks.outage_bulk [--linked 200]`.

So many tickets are linked to a master, all their requesters get a notice, and all are solved with it; then fsck looks.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.clock import RealClock
from bot.config import Settings
from bot.desk import broadcast, linking
from bot.desk.broadcast import OUTAGE, Scope
from bot.desk.opening import Report, open_ticket, tell_opened
from bot.desk.work import House, Work
from bot.fsck import check
from bot.house import build_house, calendars_of, enter
from bot.starting import open_store
from storage import tickets
from storage.tickets import Ticket

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai


def main() -> None:
    """Fills a desk, then does with the outage what a desk does, and says how long each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--linked", type=int, default=200)
    count: int = parser.parse_args().linked
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data={"folder": Path(folder)})
        store = open_store(settings, RealClock())
        house = store.write_now(
            lambda db: build_house(settings, enter(db, settings), b"k" * 32, calendars_of(settings, 2026))
        )
        steps = {
            f"{count + 1} faults come in": lambda work: report(work, count + 1),
            "one is made the master": lambda work: linking.mark(work, master(work)),
            f"{count} are linked to it": lambda work: link(work, count),
            "a notice to all": lambda work: broadcast.send(
                work, Scope(OUTAGE, "FD-1", ticket=master(work)), "Back at 11."
            ),
            "all are solved": lambda work: linking.solve_all(work, master(work), "A new switch."),
        }
        for what, step in steps.items():
            began = time.perf_counter()
            store.write_now(in_house(house, step))
            print(f"{what}: {(time.perf_counter() - began) * 1000:.0f} ms")
        print("fsck:", store.read_now(lambda db: list(check(db, house.calendars))) or "clean")
        store.close()


def in_house(house: House, step: Callable[[Work], Any]) -> Callable[[Connection], Any]:
    return lambda db: step(Work(db, house, START))


def report(work: Work, count: int) -> None:
    for number in range(count):
        one = Report(f"user{number}@customer.example", "User", "No network", "None.", "en", START)
        tell_opened(work, open_ticket(work, one), one)


def master(work: Work) -> Ticket:
    return tickets.get(work.db, 1)


def link(work: Work, count: int) -> None:
    for number in range(2, count + 2):
        linking.link(work, tickets.get(work.db, number), master(work))


if __name__ == "__main__":
    main()
