"""A death while a service sheet is printed: it is printed all the same, and goes out once."""

from __future__ import annotations

import smtplib
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE
from tests.parts.places import OF_PRINTER

NINE = "2026-11-23T09:00:00+08:00"


def report(daemon: Daemon) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "bob@customer.example", "fault@localhost", "Printer jam"
    mail["Message-ID"] = "<one@customer.example>"
    mail.set_content("It jams.")
    with smtplib.SMTP("127.0.0.1", daemon.smtp, timeout=PATIENCE) as line:
        line.send_message(mail)


@pytest.mark.parametrize("place", OF_PRINTER)
def test_a_death_there_loses_and_doubles_no_sheet(tmp_path: Path, place: str) -> None:
    daemon = Daemon(tmp_path / "desk", arguments=("--fake-clock", NINE))
    with daemon.ended():
        daemon.start(FAULTDESK_FAILPOINT=f"{place}:kill@1")
        report(daemon)
        assert daemon.advance(NINE)
        for who, words in (("anna", "take 1"), ("anna", "solve 1 Paper removed.")):
            assert daemon.say(who, words)["ok"]
        daemon.say("desk", "check 1 ok")
        assert daemon.died(PATIENCE), "the place was reached"
        daemon.start()
        assert daemon.advance(NINE)
        assert daemon.ask("select count(*) from document where done_at is not null and failure = ''") == [(1,)]
        mails = [message_from_bytes(path.read_bytes()) for path in (daemon.folder / "mail").glob("*.eml")]
        files = [part.get_filename() for mail in mails for part in mail.walk() if part.get_filename()]
        assert files == ["FD-1.pdf"]
        assert daemon.fsck() == []
        assert daemon.stop() == 0
