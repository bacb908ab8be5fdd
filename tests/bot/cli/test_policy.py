"""`faultdesk policy diff`: what it says would move is what a reload then moves, and it changes nothing itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.cli.conftest import mail_fault
from tests.parts.daemon import Daemon

ROOT = Path(__file__).parents[3]
START = "2026-11-23T17:45:00+08:00"
DAY_OFF = '[calendars.office]\nholidays = ["2026-11-24"]\n'


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """A daemon on a Monday, a quarter of an hour before closing, with one fault."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text("")
    daemon = Daemon(tmp_path / "desk", arguments=("--fake-clock", START), PYTHONPATH=str(ROOT))
    daemon.start()
    with daemon.ended():
        mail_fault(daemon, "Bob <bob@customer.example>", "No network", "Since this morning.")
        daemon.drain()
        yield daemon


def test_what_it_says_is_what_a_reload_then_does(desk: Daemon, tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_text(DAY_OFF + "[levels.vip]\nresponse = 30\nresolve = 60\n"
        "[levels.standard]\nresponse = 120\nresolve = 240\n[levels.advanced]\nresponse = 60\nresolve = 240\n"
        "[mail]\nhost = 'desk.example'\n")  # fmt: skip
    before = desk.ask("select id, due_at, next_alarm_at from clock order by id")
    said = desk.run("policy", "diff", "new.toml")
    assert said.returncode == 0, said.stderr
    lines = [" ".join(line.split()) for line in said.stdout.splitlines()]
    assert lines[0] == "2 open deadlines move (times of Asia/Shanghai):"
    assert lines[3:5] == [
        "FD-1 response Tue 2026-11-24 09:45 Wed 2026-11-25 09:45 24 h later breached, told at once",
        "FD-1 resolve Tue 2026-11-24 13:45 Wed 2026-11-25 13:45 24 h later breached, told at once",
    ]
    assert lines[-2:] == [
        "levels would hold from the reload on, for new tickets",
        "mail.host would hold from the next start",
    ]
    assert desk.ask("select id, due_at, next_alarm_at from clock order by id") == before
    rows = json.loads(desk.run("policy", "diff", "new.toml", "--json").stdout)["moves"]
    (tmp_path / "config.toml").write_text(DAY_OFF)
    moved = desk.run("reload").stdout
    assert "FD-1 resolve: Tue 2026-11-24 13:45 → Wed 2026-11-25 13:45, by the calendar office" in moved
    stored = dict(desk.ask("select target, due_at from clock"))
    assert {row["target"]: row["to"][:16] for row in rows} == {
        name: str(stored[name]).replace(" ", "T")[:16] for name in ("response", "resolve")
    }
    assert desk.run("policy", "diff", "config.toml").stdout.startswith("no open deadline moves")


def test_a_promise_that_could_not_be_kept_and_a_mistake_are_told_by_status(desk: Daemon, tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_text(
        '[calendars.office]\ncountry = ""\n[calendars.office.weekly]\n'
        '[[calendars.office.extra]]\ndate = "2030-11-23"\nhours = [["09:00", "18:00"]]\n'
    )
    said = desk.run("policy", "diff", "new.toml")
    assert said.returncode == 2
    assert "can never be kept on the calendar office" in said.stderr
    (tmp_path / "new.toml").write_text('[calendars.office]\nholidays = ["2027-02-30"]\n')
    said = desk.run("policy", "diff", "new.toml")
    assert said.returncode == 2
    assert "new.toml:2: calendars.office.holidays" in said.stderr
