"""The canonical story with one death at each named place; after a restart it goes on as if nothing had been."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import smtplib
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from bot.domain.failpoints import POINTS
from channels.spool import files, read
from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE
from tests.parts.places import OF_THE_STORY

ROOT = Path(__file__).parents[2]
NINE = "2026-11-23T09:00:00+08:00"
WARNED, RETRIED = "2026-11-23T09:07:00+08:00", "2026-11-23T09:12:00+08:00"
"""The dispatch clock's first rung is at 09:05; what failed then is tried again within 72 seconds."""

FAULT, ANSWER = "<one@customer.example>", "<two@customer.example>"

AT = {"store.before_commit": 5, "store.after_commit": 8, "outbox.claimed": 3, "outbox.sent": 4, "inbox.done": 2}
"""Which time the place is reached, in the default run; elsewhere the first. The long run takes every time."""

MESSAGES = """
    select dedup_key, case when state = 'unknown' and kind = 'answer_group' then 'sent' else state end
    from outbox where kind not in ('card', 'phrase') order by 1
"""
"""That somebody has answered is not said to a group again when it has perhaps arrived (`bot/desk/delivery.py`)."""

SURVIVED = ("command.done", "inbox.claimed", "inbox.done", "inbox.mail_stored", "inbox.parsed", "outbox.claimed")
"""Where a mistake of the program concerns one mail, one message or one command: the daemon must live on."""


def test_every_place_in_the_code_is_listed_and_every_listed_place_is_in_the_code() -> None:
    sources = [path.read_text() for folder in ("bot", "storage", "channels") for path in (ROOT / folder).rglob("*.py")]
    reached = {name for source in sources for name in re.findall(r'reach\("([a-z_.]+)"\)', source)}
    assert reached == set(POINTS)


@dataclass
class Tale:
    """The story: a fault is mailed, the desk is warned, Anna takes it, the requester answers, Anna solves it."""

    daemon: Daemon
    deaths: list[int] = field(default_factory=list)
    typed: bool = False

    def tell(self, failpoint: str = "") -> dict[str, Any]:
        """Tells all of it, starting the daemon again whenever it has died. Gives what is left at the end."""
        self._start(FAULTDESK_FAILPOINT=failpoint)
        for step in (self.reported, self.warned, self.taken, self.answered, self.solved, self.stopped):
            self._until_it_holds(step)
        return remains(self.daemon)

    def _start(self, **environment: str) -> None:
        self.daemon.start(**{name: value for name, value in environment.items() if value})

    def _until_it_holds(self, step: Callable[[], bool]) -> None:
        """As people do: what was not acknowledged is done again."""
        for _ in range(4):
            if step():
                return
            if self.daemon.died():
                self.deaths.append(self.daemon.process.returncode)
                self._start()
        raise AssertionError(f"{step.__name__} does not hold\n{self.daemon.errors()[-3000:]}")

    def reported(self) -> bool:
        return self._mailed(FAULT) and self._quiet()

    def warned(self) -> bool:
        return self._quiet(WARNED)

    def taken(self) -> bool:
        if not self.daemon.terminal:
            return bool(self.daemon.say("anna", "take 1").get("ok")) and self._quiet()
        if not self.typed:  # what a chat has taken in is never said a second time
            self.daemon.types("/take 1")
            self.typed = True
        return self._holds("select count(*) from ticket where state <> 'accepted'") and self._quiet()

    def answered(self) -> bool:
        return self._mailed(ANSWER, message_from_bytes(self._confirmation())["Message-ID"]) and self._quiet()

    def solved(self) -> bool:
        """Whoever hears that it is solved already does not say it again."""
        answer = self.daemon.say("anna", "solve 1 Paper removed.")
        already = answer.get("facts", {}).get("state") == "solved"
        return (bool(answer.get("ok")) or already) and self._quiet()

    def stopped(self) -> bool:
        return self._quiet(RETRIED) and self.daemon.stop() == 0

    def _mailed(self, message_id: str, answers: str = "") -> bool:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "bob@customer.example", "fault@localhost", "Printer jam"
        mail["Message-ID"] = message_id
        if answers:
            mail["In-Reply-To"] = answers
        mail.set_content("Jammed again." if not answers else "It also smells.")
        try:
            with smtplib.SMTP("127.0.0.1", self.daemon.smtp, timeout=PATIENCE) as line:
                line.send_message(mail)
        except (OSError, smtplib.SMTPException):
            return False
        return True

    def _quiet(self, to: str = NINE) -> bool:
        """Lets the time go on to an instant, and waits until nothing is left to do."""
        return "now" in self.daemon.control({"op": "advance", "to": to})

    def _holds(self, question: str) -> bool:
        until = time.monotonic() + PATIENCE
        while self.daemon.process.poll() is None and time.monotonic() < until:
            if self.daemon.ask(question)[0][0] == 0:
                return True
            time.sleep(0.02)
        return False

    def _confirmation(self) -> bytes:
        first, *_ = sorted((self.daemon.folder / "mail").glob("*.eml"))
        return first.read_bytes()


def remains(daemon: Daemon) -> dict[str, Any]:
    """What the story has left: all that must be the same however often the daemon died."""
    mails = [path.read_bytes() for path in sorted((daemon.folder / "mail").iterdir())]
    spooled = files(daemon.folder / "spool")
    return {
        "tickets": daemon.ask("select number, state, subject from ticket"),
        "taken in": daemon.ask("select kind, state, outcome, ticket_id from inbox where kind = 'mail'"),
        "entries": daemon.ask("select kind, text from entry"),
        "events": daemon.ask("select kind, at, actor, facts from event"),
        "alarms": daemon.ask("select clock_id, rung, person_id, late from alarm"),
        "messages": daemon.ask(MESSAGES),
        "cards": daemon.ask("select ticket_id, channel, address from card"),
        "mails": [message_from_bytes(raw)["Subject"] for raw in mails],
        "spooled": {message_from_bytes(mail.raw)["Message-ID"] for path in spooled for mail in read(path)},
        "findings": daemon.fsck(),
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is left when nothing happens."""
    with telling(tmp_path_factory.mktemp("undisturbed"), "") as tale:
        left = tale.tell()
    assert tale.deaths == []
    assert (left["findings"], left["tickets"]) == ([], [(1, "solved", "Printer jam")])
    return left


@contextlib.contextmanager
def telling(folder: Path, place: str) -> Iterator[Tale]:
    """A desk that is about to make its daily backup; with a terminal if the place is one of the chat."""
    daemon = Daemon(folder / "desk", arguments=("--fake-clock", NINE))
    daemon.terminal = place == "inbox.chat_stored"
    old = daemon.folder / "backups" / "faultdesk-20261101-030000-daily.db"
    old.parent.mkdir(parents=True)
    old.touch()
    os.utime(old, (0, 0))
    with daemon.ended():
        yield Tale(daemon)
    for path in old.parent.glob("*-2*-daily.db"):
        if path != old:
            assert is_whole(path)


def is_whole(path: Path) -> bool:
    with contextlib.closing(sqlite3.connect(path)) as db:
        return bool(db.execute("pragma integrity_check").fetchone() == ("ok",))


@pytest.mark.parametrize("place", OF_THE_STORY)
def test_a_death_there_loses_and_doubles_nothing(tmp_path: Path, undisturbed: dict[str, Any], place: str) -> None:
    with telling(tmp_path, place) as tale:
        assert tale.tell(f"{place}:kill@{AT.get(place, 1)}") == undisturbed
    assert tale.deaths == [-9], "the place was reached"


@pytest.mark.parametrize("place", SURVIVED)
def test_an_error_there_does_no_harm(tmp_path: Path, undisturbed: dict[str, Any], place: str) -> None:
    with telling(tmp_path, place) as tale:
        assert tale.tell(f"{place}:raise@{AT.get(place, 1)}") == undisturbed
    assert tale.deaths == [], "the daemon lives on"


@pytest.mark.long
@pytest.mark.parametrize("place", sorted(set(OF_THE_STORY) - set(SURVIVED) - {"spool.piece_written"}))
def test_an_error_there_ends_the_daemon_at_worst(tmp_path: Path, undisturbed: dict[str, Any], place: str) -> None:
    """The spool's own failures are errors of the disk, not of the program: see its tests."""
    with telling(tmp_path, place) as tale:
        assert tale.tell(f"{place}:raise@{AT.get(place, 1)}") == undisturbed


@pytest.mark.long
@pytest.mark.parametrize("place", OF_THE_STORY)
def test_a_death_each_time_it_is_reached(tmp_path: Path, undisturbed: dict[str, Any], place: str) -> None:
    """Until a story ends without one: SQLite's own method."""
    for time_reached in range(1, 200):
        with telling(tmp_path, place) as tale:
            left = tale.tell(f"{place}:kill@{time_reached}")
        assert left == undisturbed, f"{place}:kill@{time_reached}"
        if not tale.deaths:
            assert time_reached > 1
            return
        shutil.rmtree(tmp_path / "desk")
    raise AssertionError("reached without end")
