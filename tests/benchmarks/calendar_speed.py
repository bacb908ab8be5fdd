"""Prints how long the calendar takes: `python -m tests.benchmarks.calendar_speed`."""

from __future__ import annotations

import sys
import time
import timeit
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.calendars import CalendarSource, build_calendar
from bot.domain.calendar import WorkingCalendar
from tests.benchmarks.intake_speed import yardstick
from tests.domain.calendar_oracle import WEEK

START = datetime(2026, 2, 13, 8, 0, tzinfo=UTC)  # 16:00 in Shanghai, the day before a make-up Saturday
PAUSES = [(START + timedelta(hours=1), START + timedelta(hours=20))]
YEAR = 248 * 480


def microseconds(ask: Callable[[], object], times: int) -> float:
    """The best of twenty rounds, of processor time: what the work takes when nothing else wants the processor."""
    return min(timeit.repeat(ask, timer=time.process_time, number=times, repeat=20)) / times * 1e6


def many(office: WorkingCalendar) -> None:
    """30,000 clocks of a year's tickets, each with its due time, a third of them with a pause."""
    for number in range(30_000):
        start = START + timedelta(minutes=17 * number % 500_000)
        pauses = [(start, start + timedelta(hours=3))] if number % 3 == 0 else []
        office.add(start, (10, 60, 240)[number % 3], pauses)


def never_seen(office: WorkingCalendar, number: int) -> WorkingCalendar:
    """The calendar with one more day off, another one each time, so that nothing of it is remembered."""
    mapping = office.to_mapping()
    holidays = [*cast("list[str]", mapping["holidays"]), f"2029-03-{1 + number:02}"]
    return WorkingCalendar.from_mapping({**mapping, "holidays": holidays})


def main() -> None:
    source = CalendarSource("Asia/Shanghai", WEEK, "CN")
    built = timeit.timeit(lambda: build_calendar(source, range(2025, 2029)), number=1)
    office = build_calendar(source, range(2025, 2029))
    print(f"first calendar, with the import of its library  {built * 1e3:10.0f} ms")
    print(
        f"another calendar                                {microseconds(lambda: build_calendar(source, range(2025, 2029)), 1) / 1e3:10.1f} ms"
    )
    print(
        f"typical deadline (240 min)        goal    10 µs {microseconds(lambda: office.add(START, 240), 1000):10.1f} µs"
    )
    print(
        f"  with a pause                                  {microseconds(lambda: office.add(START, 240, PAUSES), 1000):10.1f} µs"
    )
    print(
        f"  elapsed of it                                 {microseconds(lambda: office.elapsed(START, START + timedelta(hours=19)), 1000):10.1f} µs"
    )
    print(
        f"15 working days                                 {microseconds(lambda: office.add_working_days(START, 15), 100):10.1f} µs"
    )
    print(
        f"business year                     goal 1,000 µs {microseconds(lambda: office.add(START, YEAR), 10):10.0f} µs"
    )
    cold = microseconds(lambda: WorkingCalendar.from_mapping(office.to_mapping()).add(START, YEAR), 1)
    print(f"  in a calendar read anew           1,000 µs    {cold:10.0f} µs")
    days = iter(range(20))
    unknown = microseconds(lambda: never_seen(office, next(days)).add(START, YEAR), 1)
    print(f"  in one that says what none said before        {unknown:10.0f} µs")
    print(f"five million additions                          {yardstick() * 1000:10.0f} ms")
    print(f"30,000 clocks                     goal 2,000 ms {microseconds(lambda: many(office), 1) / 1e3:10.0f} ms")


if __name__ == "__main__":
    main()
