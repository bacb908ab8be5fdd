"""P7: every alarm of a day is decided at its instant and told once, though the daemon dies at the due moments."""

import random
import re
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.parts.daemon import Daemon
from tests.parts.faulty import received
from tests.parts.patience import PATIENCE
from tests.promises.post import posted, written

SHANGHAI = ZoneInfo("Asia/Shanghai")

REPEATED = re.compile(r"\(Sent again|（重发")

SCRIPT = (
    ("09:00", "mail", "FD-1: nobody takes it"),
    ("09:00", "mail", "FD-2: solved in time, and not for good"),
    ("09:00", "mail", "FD-3: assigned, not confirmed, given to another, spam after all"),
    ("09:02", "desk", "assign 3 ben"),
    ("09:04", "anna", "take 2"),
    ("09:40", "desk", "assign 3 mo"),
    ("09:50", "anna", "reply 2 We are on our way."),
    ("10:30", "anna", "solve 2 Mended."),
    ("10:45", "desk", "junk 3"),
    ("14:00", "desk", "reopen 2"),
    ("17:59", "", ""),
)

EXPECTED = """
FD-1 dispatch 1: 09:05 W50 desk | 09:08 W80 pm | 09:10 BREACH pm sam | 09:40 REPEAT1 pm sam | 10:10 REPEAT2 pm sam | 10:40 REPEAT3 pm sam
FD-1 response 1: 09:30 W50 desk | 09:45 W75 desk | 09:54 W90 pm | 10:00 BREACH pm sam | 10:30 REPEAT1 pm sam | 11:00 REPEAT2 pm sam | 11:30 REPEAT3 pm sam
FD-1 resolve 1: 11:00 W50 desk | 12:00 W75 desk | 13:36 W90 pm | 14:00 BREACH pm sam | 14:30 REPEAT1 pm sam | 15:00 REPEAT2 pm sam | 15:30 REPEAT3 pm sam
FD-2 response 1: 09:30 W50 anna | 09:45 W75 anna desk
FD-2 resolve 2: 14:30 W50 anna | 15:30 W75 anna desk | 16:06 W90 pm | 16:30 BREACH pm sam | 17:00 REPEAT1 pm sam | 17:30 REPEAT2 pm sam
FD-3 confirm 1: 09:17 W50 ben desk | 09:26 W80 pm | 09:32 BREACH pm sam
FD-3 confirm 2: 09:55 W50 mo desk | 10:04 W80 pm | 10:10 BREACH pm sam | 10:40 REPEAT1 pm sam
FD-3 response 1: 09:30 W50 ben | 09:45 W75 mo desk | 09:54 W90 pm | 10:00 BREACH pm sam | 10:30 REPEAT1 pm sam
"""
"""R5, R7, R8, R10, R11, R15, R21: ticket, target, arming: instant, rung, people. Lunch is from 12 to 13."""

DEATHS = ("alarms.decided:kill@1", "outbox.sent:kill@1", "alarms.raised:kill@1", "store.after_commit:kill@3")
"""Where the daemon dies, one place a start: before anything of it is on disk, after a message has left, …"""


def expected() -> Iterator[tuple[str, ...]]:
    """(ticket, target, arming, instant, rung, person)."""
    for line in EXPECTED.strip().splitlines():
        clock, steps = line.split(": ")
        for instant, rung, *people in (step.split() for step in steps.split(" | ")):
            yield from ((*clock.split(), instant, rung, person) for person in people)


def instant(hour: str) -> str:
    return f"2026-11-23T{hour}:00+08:00"


def lived(folder: Path, deaths: int, killing: threading.Event | None = None) -> Daemon:
    """The day, with so many deaths at due moments, and at random ones while `killing` is set."""
    daemon = Daemon(folder, arguments=("--fake-clock", instant("09:00")))
    daemon.program = "tests.parts.faulty"
    coming = islice(cycle(DEATHS), deaths)
    with daemon.ended():
        begin(daemon, next(coming, ""))
        for hour, who, words in SCRIPT:
            reach(daemon, instant(hour), coming, killing)
            if who == "mail":
                assert posted(daemon, written(f"{words[:4].lower()}@customer.example", words)) == 1
                assert daemon.advance(instant(hour))
            elif who:
                assert daemon.say(who, words)["ok"]
        assert next(coming, "") == "", "all deaths came"
        daemon.stop()
    return daemon


def reach(daemon: Daemon, to: str, deaths: Iterator[str], killing: threading.Event | None) -> None:
    """Lets the time go on; after each death it starts again, with the next one laid out."""
    while True:
        killer = threading.Timer(random.uniform(0.01, 0.5), daemon.process.kill)
        if killing and killing.is_set():
            killer.start()
        arrived = daemon.advance(to)
        killer.cancel()
        if arrived and not daemon.died(0):
            return
        assert daemon.died(PATIENCE), daemon.errors()[-2000:]
        begin(daemon, next(deaths, ""))


def begin(daemon: Daemon, death: str) -> None:
    """Starts it, with the next death laid out; it may come at once."""
    daemon.start(**({"FAULTDESK_FAILPOINT": death} if death else {}))


def check(daemon: Daemon) -> None:
    rows = daemon.ask(
        "select 'FD-' || t.number, c.target, c.arming, a.due_at, a.rung, p.handle, a.late from alarm a "
        "join clock c on c.id = a.clock_id join ticket t on t.id = c.ticket_id join person p on p.id = a.person_id"
    )
    decided = Counter((row[0], row[1], str(row[2]), local(row[3]), row[4], row[5]) for row in rows)
    assert decided == Counter(expected())
    assert not any(row[6] for row in rows), "the clock stood still while it was dead: nothing is late"
    check_told(daemon)
    assert daemon.fsck() == []


def local(stamp: str) -> str:
    return f"{datetime.fromisoformat(stamp + '+00:00').astimezone(SHANGHAI):%H:%M}"


def check_told(daemon: Daemon) -> None:
    """Each alarm went out, or was not wanted any more; a message that came twice says so the second time (P6)."""
    ends = daemon.ask("select state, outcome from outbox where event = 'alarm'")
    assert {(state, reason) for state, reason in ends if state not in ("sent", "carried")} <= {
        ("dropped", "clock met"),
        ("dropped", "clock cancelled"),
        ("dropped", "clock late"),
    }
    copies: dict[str, list[str]] = {}
    for message in received(daemon.folder):
        if message["to"] != "group":
            copies.setdefault(message["key"], []).append(message["text"])
    sent = {str(row[0]) for row in daemon.ask("select id from outbox where event = 'alarm' and state = 'sent'")}
    assert sent <= set(copies)
    for _, *repeats in copies.values():
        assert all(REPEATED.match(one) for one in repeats)


def test_a_day_with_deaths_at_due_moments(tmp_path: Path) -> None:
    check(lived(tmp_path, 6))


@pytest.mark.long
def test_a_day_with_a_death_at_nearly_every_due_moment(tmp_path: Path) -> None:
    check(lived(tmp_path, 60))


@pytest.mark.long
def test_a_day_with_kills_at_any_moment(tmp_path: Path) -> None:
    killing = threading.Event()
    killing.set()
    ending = threading.Timer(120, killing.clear)
    ending.start()
    check(lived(tmp_path, 0, killing))
    ending.cancel()
