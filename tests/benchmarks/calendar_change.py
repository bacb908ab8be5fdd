"""Prints how long a changed calendar takes to move what is open: `python -m tests.benchmarks.calendar_change`.

    python -m tests.benchmarks.calendar_change [--tickets 10000]

Each ticket has dispatch, response and resolve running, and confirm where an engineer has it (every other one).
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from bot.clock import RealClock
from bot.config import Calendar, Settings
from bot.desk import moves
from bot.desk.calendars import recompute, remembered
from bot.desk.opening import Report, open_ticket
from bot.desk.work import House, Work
from bot.house import build_house, calendars_of, enter
from bot.starting import open_store, spare_the_collector
from storage import people
from tests.benchmarks.intake_speed import yardstick

START = datetime(2026, 11, 23, 9, 45, tzinfo=UTC)  # 17:45 in Shanghai
CLOCKS = "select count(*) from clock where state = 'running'"


def house_of(db: Connection, settings: Settings, now: datetime) -> House:
    calendars = remembered(db, calendars_of(settings, now.year), now)
    return build_house(settings, enter(db, settings), b"k" * 32, calendars)


def filled(db: Connection, settings: Settings, count: int) -> int:
    """Opens the tickets; gives how many clocks run."""
    house = house_of(db, settings, START)
    anna = people.by_handle(db, "anna")
    assert anna is not None
    for number in range(count):
        work = Work(db, house, START + timedelta(milliseconds=number))
        report = Report(f"u{number}@customer.example", "", "Printer", "It jams.", "en", work.now, quiet=True)
        opened = open_ticket(work, report)
        if number % 2:
            moves.assign(work, opened.ticket, anna)
    return int(db.exec_driver_sql(CLOCKS).scalar_one())


def by_command(folder: Path) -> None:
    """`faultdesk policy diff` as a person sees it: its start, the comparison, the table."""
    files = folder / "old.toml", folder / "new.toml"
    for file, more in zip(files, ("", '[calendars.office]\nholidays = ["2026-11-24"]\n'), strict=True):
        file.write_text(f'[data]\nfolder = "{folder}"\n{more}')
    command = [sys.executable, "-m", "bot", "--config", str(files[0]), "policy", "diff", str(files[1])]
    begin = time.perf_counter()
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    took = f"{time.perf_counter() - begin:6.2f} s (five million adds {yardstick():.2f} s)"
    print(f"{'policy diff, whole command':28} {took}, {answer.partition(' (')[0]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=10_000)
    count = parser.parse_args().tickets
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data={"folder": Path(folder)})
        store = open_store(settings, RealClock())
        print(f"{store.write_now(lambda db: filled(db, settings, count))} clocks run on {count} tickets")

        def measured(name: str, holidays: list[str], minutes: int) -> None:
            now = START + timedelta(minutes=minutes)
            changed = settings.model_copy(update={"calendars": {"office": Calendar(holidays=holidays)}})

            def unit(db: Connection) -> tuple[float, float, int]:
                work = Work(db, house_of(db, changed, now), now)
                begin, cpu = time.perf_counter(), time.process_time()
                moved = len(recompute(work)[0])
                return time.perf_counter() - begin, time.process_time() - cpu, moved

            seconds, busy, moved = store.write_now(unit)
            took = f"{seconds:6.2f} s ({busy:.2f} s of CPU; five million adds {yardstick():.2f} s)"
            print(f"{name:28} {took}, {moved} deadlines move")

        measured("a start, nothing changed", [], 1)
        by_command(Path(folder))
        spare_the_collector()  # from here on as in the daemon
        measured("a day off: nothing is due", ["2027-06-01"], 3)
        measured("a day off moves all", ["2026-11-24"], 4)
        store.close()


if __name__ == "__main__":
    main()
