"""P8: after an outage a person gets a digest, not a message for each ticket; and nothing is missing in it."""

import re
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.benchmarks.intake_speed import deliver
from tests.parts.daemon import Daemon
from tests.parts.faulty import LOG, received
from tests.parts.patience import PATIENCE
from tests.promises.post import count, written

NINE = datetime.fromisoformat("2026-11-23T09:00:00+08:00")
NOON = NINE + timedelta(hours=3)


def outage(folder: Path, tickets: int, death: str) -> None:
    """So many faults at nine, a kill, and a start at noon, which dies once more if so wished."""
    daemon = Daemon(folder, arguments=("--fake-clock", NINE.isoformat()))
    daemon.program = "tests.parts.faulty"
    with daemon.ended():
        daemon.start()
        senders = [f"user{number}@customer.example" for number in range(tickets)]
        deliver(daemon.smtp, [(one, written(one, f"Fault {number}")) for number, one in enumerate(senders)])
        assert daemon.advance(NINE.isoformat())
        for number in range(1, tickets + 1, 3):
            assert daemon.say("anna", f"take {number}")["ok"]
        assert daemon.advance(NINE.isoformat())  # what the takes have caused is sent before
        daemon.kill()
        (daemon.folder / "clock").write_text(NOON.isoformat())
        (daemon.folder / LOG).rename(daemon.folder / "before.jsonl")
        if death:
            daemon.launch(FAULTDESK_FAILPOINT=death)
            assert daemon.died(PATIENCE), "the place was reached"
        daemon.start()
        assert daemon.advance((NOON + timedelta(minutes=1)).isoformat())
        everyone = {f"FD-{number}" for number in range(1, tickets + 1)}
        hers = {f"FD-{number}" for number in range(1, tickets + 1, 3)}
        check_digests(daemon, {"pm": everyone, "sam": everyone, "desk": everyone, "anna": hers})
        check_requesters(daemon)
        daemon.stop()
    assert daemon.fsck() == []


def check_digests(daemon: Daemon, overdue: dict[str, set[str]]) -> None:
    """R7, R14: the breach of dispatch (untaken) and response to manager and senior, W75 of resolve to who works on it
    and the desk."""
    named: dict[str, set[str]] = defaultdict(set)
    messages: dict[str, int] = defaultdict(int)
    for one in received(daemon.folder):
        if one["to"] != "group":
            messages[one["to"]] += 1
            named[one["to"]] |= set(re.findall(r"FD-\d+", one["text"] + "".join(one["files"])))
    assert named == overdue
    assert max(messages.values()) <= 3, messages
    undone = "select count(*) from outbox where event = 'alarm' and state not in ('sent', 'carried')"
    assert count(daemon, undone) == 0


def check_requesters(daemon: Daemon) -> None:
    """Each hears once that her response is late (SP-3.9)."""
    mails = "select address, count(*) from outbox where kind = 'breach' group by address having count(*) > 1"
    assert daemon.ask(mails) == []
    assert count(daemon, "select count(*) from outbox where kind = 'breach'") == count(
        daemon, "select count(*) from ticket"
    )


@pytest.mark.parametrize("death", ["", "outbox.sent:kill@1"])
def test_sixty_overdue(tmp_path: Path, death: str) -> None:
    outage(tmp_path, 60, death)


@pytest.mark.long
def test_five_thousand_overdue(tmp_path: Path) -> None:
    """More than ten thousand clocks."""
    outage(tmp_path, 5000, "")
