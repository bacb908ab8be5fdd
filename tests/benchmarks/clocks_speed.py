"""How long 10,000 open tickets take to be reckoned anew, and how long it takes to find what is due among a million clocks.

    python -m tests.benchmarks.clocks_speed [--tickets 10000] [--clocks 1000000]

Prints the best of several rounds: the derivation alone, the derivation with reading journals and comparing rows in
SQLite, a ticket just opened; and the two questions of the alarm loop (when is the next, which are due).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, update

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.config import Settings
from bot.desk import journal
from bot.desk.calendars import compared
from bot.desk.work import House, Work
from bot.domain.calendar_versions import Calendars
from bot.domain.clocks import Event, derive
from bot.domain.levels import Choice, stamp
from bot.domain.targets import FROM_NOW, LEVEL
from bot.house import build_house, calendars_of, enter, rules_of
from bot.starting import spare_the_collector
from storage import clocks, models, tickets
from storage.idle import next_deadline
from storage.migrate import bring_up
from storage.store import Store
from tests.benchmarks.intake_speed import yardstick

OPENED = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TAKEN = (("assigned", 4), ("accepted", 4), ("noted", 10))
WAITED = (*TAKEN, ("contacted", 30), ("waiting", 30), ("answered", 200), ("resumed", 200))


def history(number: int) -> list[Event]:
    """An open ticket's journal: untouched, taken, waited for and, of some, given another level."""
    opened = OPENED + timedelta(minutes=7 * number % 40_000)
    steps = ((), TAKEN, WAITED)[number % 3]
    events = [Event("opened", opened), *(Event(kind, opened + timedelta(minutes=at)) for kind, at in steps)]
    if number % 10 == 0:
        events.append(Event(LEVEL, opened + timedelta(minutes=210), {"how": FROM_NOW, "policy": POLICIES["vip"]}))
    return events


SETTINGS = Settings(data={"folder": Path("unused")})
POLICIES = {level: stamp(Choice(level, immediate=False, reason=""), rules_of(SETTINGS)) for level in SETTINGS.levels}


def best(work: Callable[[], Any], rounds: int = 5) -> float:
    """Seconds of the processor that the quickest round takes: others that want it too do not count."""
    took = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        took.append(time.process_time() - begin)
    return min(took)


def fill(db: Connection, house: House, histories: list[list[Event]]) -> None:
    """The tickets with their journals, and their clocks as derived."""
    for events in histories:
        facts = {
            "customer_id": house.customers[0].id,
            "state": "accepted",
            "level": "advanced",
            "policy": POLICIES["advanced"],
        }
        more = dict.fromkeys(("level_reason", "item", "place", "subject", "requester_name"), "")
        ids = dict.fromkeys(("requester_id", "related_id"))
        texts = {"requester_address": "a@b.example", "first_message_id": "", "last_message_id": "", "locale": "zh"}
        flags = {"known_sender": True, "quiet": False}
        ticket = tickets.create(db, opened_at=events[0].at, **facts, **more, **ids, **texts, **flags)
        work = Work(db, house, events[-1].at)
        for event in events:
            journal.record(work, ticket, (event.kind, dict(event.facts)), at=event.at)
        journal.settle(work, ticket)


def reckoned_anew(db: Connection) -> int:
    """Every open ticket's clocks derived from its stored journal and compared with its rows, as after an edit."""
    return sum(1 for _ in compared(db, Calendars(calendars_of(SETTINGS, 2026), {})))


def crowd(db: Connection, count: int, soon: datetime) -> None:
    """So many open clocks whose next alarms lie in the year after `soon`."""
    db.execute(update(models.clock).values(next_alarm_at=None))
    base = {"type": "SLA", "calendar": "office", "amount_seconds": 14_400, "started_at": soon, "due_at": soon,
            "provisional": False, "state": "running", "rungs": [["BREACH", soon.isoformat()]], "passed": []}  # fmt: skip
    for first in range(0, count, 50_000):
        rows = [
            {**base, "ticket_id": 1 + number % 1000, "target": f"crowd{number}", "arming": 1,
             "next_alarm_at": soon + timedelta(seconds=31 * number % 31_000_000)}
            for number in range(first, min(first + 50_000, count))
        ]  # fmt: skip
        db.execute(insert(models.clock), rows)


def tell(what: str, goal: str, seconds: float) -> None:
    print(f"{what:58} {goal:>14} {seconds * 1000:12.3f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--clocks", type=int, default=1_000_000)
    wanted = parser.parse_args()
    calendars = calendars_of(SETTINGS, 2026)
    policy = POLICIES["advanced"]
    histories = [history(number) for number in range(wanted.tickets)]
    total = sum(len(derive(events, policy, calendars)) for events in histories)
    print(f"{wanted.tickets} tickets with {total} clocks")
    tell("all derived", "goal 2,000 ms", best(lambda: [derive(events, policy, calendars) for events in histories]))
    opened = [Event("opened", OPENED)]
    tell("a ticket just opened", "", best(lambda: derive(opened, policy, calendars), 2000))
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/desk.db")
        bring_up(store.writing)
        house = store.write_now(lambda db: build_house(SETTINGS, enter(db, SETTINGS), b"k" * 32, calendars))
        store.write_now(lambda db: fill(db, house, histories))
        spare_the_collector()  # as in the daemon
        tell(
            "all read, derived, compared",
            "goal 2,000 ms",
            best(lambda: store.write_now(reckoned_anew), 3),
        )
        tell("five million additions just now", "", yardstick())
        soon = datetime(2028, 1, 1, tzinfo=UTC)
        store.write_now(lambda db: crowd(db, wanted.clocks, soon))
        questions(store, wanted.clocks, soon)
        store.close()


def questions(store: Store, count: int, soon: datetime) -> None:
    """What the alarm loop asks at each turn, with nothing due, and with a few."""
    with store.reading.connect() as db:
        few = soon + timedelta(minutes=1)
        print(f"{count} open clocks more")
        tell("when the next deadline is", "", best(lambda: next_deadline(db), 200))
        tell("which are due: none", "goal 1 ms", best(lambda: clocks.due(db, OPENED, 1000), 200))
        found = len(clocks.due(db, few, 1000))
        tell(f"which are due: {found}", "goal 1 ms", best(lambda: clocks.due(db, few, 1000), 200))


if __name__ == "__main__":
    main()
