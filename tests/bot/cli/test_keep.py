"""`faultdesk fsck` and `faultdesk quarantine`."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.bot.cli.conftest import Faultdesk, mail_fault
from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE

PARK = """update inbox set state = 'quarantined', outcome = 'quarantine', reasons = '["KeyError at desk.py:1"]' where id = 1"""


def test_the_quarantine_with_and_without_a_daemon(tmp_path: Path, at: Callable[[Path], Faultdesk]) -> None:
    daemon = Daemon(tmp_path / "desk", FAULTDESK_FAILPOINT="inbox.parsed:kill@1")
    faultdesk = at(daemon.folder)
    daemon.start()
    mail_fault(daemon, "Bob <bob@customer.example>", "No network", "Since this morning.")
    assert daemon.process.wait(PATIENCE) != 0  # the mail is stored, and nothing is made of it yet
    with closing(sqlite3.connect(daemon.folder / "faultdesk.db")) as db, db:
        db.execute("update inbox set done_at = received_at")
        db.execute(PARK)
    assert "KeyError at desk.py:1" in faultdesk("quarantine", "list").out
    assert [row["id"] for row in json.loads(faultdesk("quarantine", "list", "--json").out)] == [1]
    assert "Subject: No network" in faultdesk("quarantine", "show", "1").out
    assert faultdesk("quarantine", "replay", "7").err == "faultdesk: there is no item 7 in quarantine\n"
    assert faultdesk("quarantine", "show", "7").err == "faultdesk: there is no mail 7 in the inbox\n"
    assert faultdesk("quarantine", "replay").status == 2
    assert faultdesk("quarantine", "replay", "1").out == "1 is in the queue again\n"
    assert faultdesk("quarantine", "list").out == "nothing is in quarantine\n"
    with closing(sqlite3.connect(daemon.folder / "faultdesk.db")) as db, db:
        db.execute(PARK)
    daemon.start(FAULTDESK_FAILPOINT="")
    assert faultdesk("quarantine", "replay", "7").err == "faultdesk: there is no item 7 in quarantine\n"
    assert faultdesk("quarantine", "replay", "1").status == 0
    daemon.drain()
    assert daemon.ask("select outcome from inbox") == [("ticket",)]
    assert daemon.stop() == 0
    assert faultdesk("fsck") == (0, "fsck: clean\n", "")


def test_a_finding_is_a_line_and_exit_status_1(tmp_path: Path, at: Callable[[Path], Faultdesk]) -> None:
    daemon = Daemon(tmp_path / "desk")
    faultdesk = at(daemon.folder)
    with daemon:
        mail_fault(daemon, "Bob <bob@customer.example>", "No network", "Since this morning.")
        daemon.drain()
        assert faultdesk("fsck") == (0, "fsck: clean\n", "")  # also while the daemon runs
    with closing(sqlite3.connect(daemon.folder / "faultdesk.db")) as db, db:
        db.execute("delete from raw_mail")
    assert faultdesk("fsck") == (1, "a mail lost its original: 1\n", "")
    assert json.loads(faultdesk("fsck", "--json").out) == ["a mail lost its original: 1"]
