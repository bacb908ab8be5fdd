"""P7 under a wall clock that jumps: a real process on the real clock's code, an hour and a day forward and back.

The process sees the time of libfaketime, which reads how far it is off from a file. What is true of a jump is true of
suspended machines, too, and of clocks that somebody has set right.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.parts.daemon import Daemon
from tests.parts.faulty import received
from tests.parts.patience import PATIENCE
from tests.promises.post import posted, written

SHANGHAI = ZoneInfo("Asia/Shanghai")
STILL = 3
"""Seconds, several turns of the alarm loop, in which nothing must happen."""


def library() -> Path:
    found = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
    if found is None:
        pytest.skip("libfaketime is not installed")
    return found


class Jumping:
    """A daemon whose clock is set."""

    def __init__(self, folder: Path) -> None:
        self.offset = folder / "offset"
        folder.mkdir()
        environment = {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self.offset),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        self.daemon = Daemon(folder / "desk")
        self.daemon.environment |= environment
        self.daemon.program = "tests.parts.faulty"

    def clock_is(self, local: str) -> None:
        """Sets the clock; from there it goes on."""
        wanted = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)
        fresh = self.offset.with_suffix(".new")
        fresh.write_text(f"{(wanted - datetime.now(UTC)).total_seconds():+.3f}\n")
        fresh.replace(self.offset)

    def alarms(self) -> Counter[str]:
        rows = self.daemon.ask(
            "select distinct t.number, c.target, a.rung from alarm a "
            "join clock c on c.id = a.clock_id join ticket t on t.id = c.ticket_id"
        )
        return Counter(f"FD-{number} {target} {rung}" for number, target, rung in rows)

    def expects(self, *new: str) -> None:
        """These alarms come, and no others; each was told once."""
        self.wanted.update(new)
        begin = time.monotonic()
        while self.alarms() != self.wanted and time.monotonic() - begin < PATIENCE:
            time.sleep(0.1)
        time.sleep(STILL)
        assert self.alarms() == self.wanted, (self.alarms() - self.wanted, self.wanted - self.alarms())
        self.daemon.drain(PATIENCE)
        twice = [key for key, times in Counter(one["key"] for one in received(self.daemon.folder)).items() if times > 1]
        assert not twice

    wanted: Counter[str]


@pytest.fixture
def jumping(tmp_path: Path) -> Iterator[Jumping]:
    desk = Jumping(tmp_path / "jumping")
    desk.wanted = Counter()
    desk.clock_is("2026-11-23 09:00")
    with desk.daemon.ended():
        desk.daemon.start()
        yield desk
        assert desk.daemon.stop() == 0
    assert desk.daemon.fsck() == []


def reported(desk: Jumping, name: str) -> None:
    assert posted(desk.daemon, written(f"{name}@customer.example", f"Fault of {name}")) == 1
    desk.daemon.drain(PATIENCE)


def test_an_hour_and_a_day_forward_and_back(jumping: Jumping) -> None:
    """Forward: of what is due, the highest rung alone (R14); back: nothing again, and nothing is forgotten."""
    desk = jumping
    reported(desk, "one")
    desk.expects()
    desk.clock_is("2026-11-23 10:02")
    desk.expects("FD-1 dispatch BREACH", "FD-1 response BREACH")
    desk.clock_is("2026-11-23 09:02")
    desk.expects()
    reported(desk, "two")
    desk.clock_is("2026-11-23 09:08")
    desk.expects("FD-2 dispatch W50")
    desk.clock_is("2026-11-24 09:08")
    repeats = [f"FD-1 {target} REPEAT1" for target in ("dispatch", "response")]
    breaches = ["FD-1 resolve BREACH", *(f"FD-2 {target} BREACH" for target in ("dispatch", "response", "resolve"))]
    desk.expects(*repeats, *breaches)
    desk.clock_is("2026-11-23 09:20")
    desk.expects()
    reported(desk, "three")
    desk.clock_is("2026-11-23 09:34")
    desk.expects("FD-3 dispatch BREACH")
    desk.clock_is("2026-11-24 09:39")
    repeats = [f"FD-1 {target} REPEAT2" for target in ("dispatch", "response")]
    repeats += ["FD-1 resolve REPEAT1", *(f"FD-2 {target} REPEAT1" for target in ("dispatch", "response", "resolve"))]
    desk.expects(*repeats, "FD-3 dispatch REPEAT1", "FD-3 response BREACH", "FD-3 resolve BREACH")


@pytest.mark.long
def test_steps_of_the_clock_over_a_deadline_and_back(jumping: Jumping) -> None:
    """Set to and fro over one rung after the other, by an hour each time: each rung once."""
    desk = jumping
    reported(desk, "one")
    for instant, rung in (("09:05", "W50"), ("09:08", "W80"), ("09:10", "BREACH")):
        at = datetime.fromisoformat(f"2026-11-23 {instant}") + timedelta(seconds=50)
        desk.clock_is(f"{at:%Y-%m-%d %H:%M:%S}")
        desk.expects(f"FD-1 dispatch {rung}")
        desk.clock_is(f"{at - timedelta(hours=1):%Y-%m-%d %H:%M:%S}")
        desk.expects()
