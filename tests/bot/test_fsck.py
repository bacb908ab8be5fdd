"""fsck finds what is broken: each invariant is broken once in a copy of a sound database (reliability 2.3)."""

import json
import shutil
import smtplib
import sqlite3
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.config_file import read_settings
from bot.fsck import check
from bot.house import calendars_of
from channels.control import ask
from storage.checks import QUESTIONS
from storage.engine import reading_engine
from tests.parts.daemon import Daemon

START, LATER = "2026-11-23T09:00:00+08:00", "2026-11-23T10:01:00+08:00"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a desk with a solved ticket, and one of which the dispatch is overdue and much was told, and a device."""
    daemon = Daemon(tmp_path_factory.mktemp("fsck") / "desk", arguments=("--fake-clock", START))
    with daemon:
        for number in (1, 2):
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = "li@customer.example", "fault@localhost", f"Printer {number}"
            mail.set_content(f"Printer {number} jams.")
            with smtplib.SMTP("127.0.0.1", daemon.smtp) as line:
                line.send_message(mail)
            daemon.drain()
        for words in ("take 1", "solve 1 Paper removed."):
            assert daemon.say("anna", words)["ok"]
        assert "error" not in ask(daemon.folder / "faultdesk.sock", {"op": "advance", "to": LATER}, 60)
    with closing(sqlite3.connect(daemon.folder / "faultdesk.db")) as db:
        db.execute("insert into asset (customer_id, tag) values (1, 'PC-1')")
        db.commit()
        db.execute("pragma wal_checkpoint(truncate)")
    return daemon.folder / "faultdesk.db"


def findings(path: Path) -> list[str]:
    engine = reading_engine(f"sqlite:///{path}")
    with engine.connect() as db:
        found = list(check(db, calendars_of(read_settings(None), 2026)))
    engine.dispose()
    return found


def broken(sound: Path, folder: Path, statement: str) -> list[str]:
    """What fsck finds in a copy after the statement."""
    copy = folder / "faultdesk.db"
    shutil.copy(sound, copy)
    with closing(sqlite3.connect(copy)) as db, db:
        db.execute("pragma ignore_check_constraints=on")
        assert db.execute(statement).rowcount != 0
    return findings(copy)


def test_a_sound_database_is_clean(sound: Path) -> None:
    assert findings(sound) == []


OF_THE_TABLES = {
    "a part's quantity is not the sum of its movements": "insert into part (code, quantity) values ('roller', 3)",
    "a device is lent and has no open loan, or the other way round": (
        "insert into asset (customer_id, tag, state) values (1, 'LP-1', 'loaned')"
    ),
    "an open repair has no device in repair": (
        "insert into repair (ticket_id, asset_id, kind, device_was, opened_at, changed_at) "
        "select 1, id, 'shop', 'in use', '2026-11-23', '2026-11-23' from asset where tag = 'PC-1'"
    ),
    "an item of the inbox is done and has no outcome": "update inbox set outcome = '' where id = 1",
    "an item of the inbox is still waiting after too many attempts": (
        "update inbox set state = 'waiting', attempts = 6 where id = 1"
    ),
    "a mail lost its original": "delete from raw_mail where inbox_id = 2",
    "a mail that became a ticket or comment has no ticket": "update inbox set ticket_id = null where id = 1",
    "a mail that became a ticket or comment has no entry on it, or more than one": (
        "insert into entry (ticket_id, inbox_id, kind, text, created_at) values (1, 1, 'mail', '', '2026-11-23')"
    ),
    "a mail that became nothing has an entry": "update inbox set outcome = 'automatic' where id = 1",
    "a command by mail has no answer": (
        "insert into inbox (channel, kind, received_at, state, outcome, message_id, done_at) "
        "values ('smtp', 'mail', '2026-11-23', 'done', 'command', '<a@b>', '2026-11-23')"
    ),
    "two mails opened the same ticket": "update inbox set ticket_id = 1",
    "a ticket was opened by no event, or by more than one": "delete from event where ticket_id = 1 and kind = 'opened'",
    "the next ticket number is taken already": "update counter set value = 1",
    "a ticket is neither confirmed to its requester nor says why not": (
        "update outbox set kind = 'reply' where kind = 'confirmation' and ticket_id = 1"
    ),
    "a ticket is confirmed more than once": (
        "update outbox set kind = 'confirmation', event = 'opened' where kind = 'assigned'"
    ),
    "a message is sent and no attempt says so, or more than one": "delete from attempt where outbox_id = 1",
    "an attempt succeeded and its message is not sent": "update outbox set state = 'dead' where id = 1",
    "a message has more attempts on record than were counted": "update outbox set attempts = 0 where id = 1",
    "a message has ended at no time, or waits for none": "update outbox set ended_at = null where id = 1",
    "a message travels in another one that does not travel": (
        "update outbox set state = 'carried', carried_by_id = null where id = 1"
    ),
    "an alarm has no message": "update alarm set outbox_id = null where id = 1",
    "an alarm's message is not an alert of its clock": "update alarm set outbox_id = 1 where id = 1",
    "an alert is sent and no alarm was given": "delete from alarm where id = 1",
    "an alarm was given for a rung that its clock has not passed": "update clock set passed = '[]'",
    "a clock rings though it does not run": "update clock set next_alarm_at = '2026-11-23' where state = 'met'",
    "a running clock has no deadline": "update clock set due_at = null where state = 'running'",
    "a ticket that somebody works on has no engineer": "update ticket set state = 'accepted' where id = 2",
    "a ticket that is not solved closes itself": "update ticket set close_at = '2026-11-30' where id = 2",
    "a solved ticket neither closes itself nor has a sheet to be checked": "delete from event where kind = 'sheet_finished'",
    "a merged ticket does not say where it went, or one that is not merged does": (
        "update ticket set merged_into_id = 1 where id = 2"
    ),
    "a ticket is merged into itself or into another customer's": "update ticket set merged_into_id = 1 where id = 1",
    "a merged ticket still promises something": "update ticket set state = 'merged', merged_into_id = 1 where id = 2",
    "a ticket is linked to itself, to no master, to another customer's, or is itself a master": (
        "update ticket set master_id = 1 where id = 2"
    ),
    "somebody takes part through a ticket that was not merged": (
        "insert into participant (ticket_id, address, from_id) values (1, 'bob@customer.example', 2)"
    ),
}


@pytest.mark.parametrize("what", QUESTIONS)
def test_each_question_finds_what_it_asks_for(sound: Path, tmp_path: Path, what: str) -> None:
    found = broken(sound, tmp_path, OF_THE_TABLES[what])
    assert [line for line in found if line.startswith(f"{what}: ")], found


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("update event set facts = '{\"assignee\": 2}' where kind = 'assigned'", "was changed after it was written"),
        ("update event set at = '2026-11-23 00:00:00.000000' where id = 1", "was changed after it was written"),
        ("delete from event where kind = 'accepted'", "does not follow the row before it"),
        ("update event set facts = 'no json' where id = 1", "the journal cannot be read to its end"),
        ("update ticket set policy = '{}' where id = 1", "ticket 1: its journal and its clocks cannot be compared"),
        ("update clock set due_at = '2027-01-01' where id = 1", "is not what its journal says"),
        ("update clock set state = 'late' where id = 1", "is not what its journal says"),
        ("delete from clock where target = 'resolve' and ticket_id = 1", "the resolve clock 1 is missing"),
        ("update clock set arming = 2 where id = 1", "nothing in the journal started the dispatch clock 2"),
        (
            "update raw_mail set raw = cast(raw || 'more' as blob) where inbox_id = 1",
            "the original of mail 1 is not what",
        ),
        ("update raw_mail set raw = raw || 'more' where inbox_id = 1", "the original of mail 1 is not what came in"),
        ("update entry set ticket_id = 99 where id = 1", "names a row of ticket that is not there"),
    ],
)
def test_what_was_tampered_with_shows(sound: Path, tmp_path: Path, statement: str, finding: str) -> None:
    found = broken(sound, tmp_path, statement)
    assert [line for line in found if finding in line], found


def test_a_damaged_file_is_one_finding(sound: Path, tmp_path: Path) -> None:
    copy = tmp_path / "faultdesk.db"
    data = bytearray(sound.read_bytes())
    page = data.find(b"Printer 2 jams.") // 4096 * 4096
    data[page : page + 16] = b"\xff" * 16  # the head of a page
    copy.write_bytes(data)
    (line,) = findings(copy)
    assert line.startswith("the database file is damaged: ")


def test_the_whole_ladder_was_told_there(sound: Path) -> None:
    """So that the questions about alarms have something to look at."""
    with closing(sqlite3.connect(sound)) as db:
        passed = [json.loads(one) for (one,) in db.execute("select passed from clock where ticket_id = 2 order by id")]
    assert passed[0] == ["W50", "W80", "BREACH", "REPEAT1"]
