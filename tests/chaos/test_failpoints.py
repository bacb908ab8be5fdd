"""The canonical story with one death at each named place; after a restart it goes on as if nothing had been."""

from __future__ import annotations

import re
import smtplib
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.domain.failpoints import POINTS
from tests.parts.daemon import Daemon

ROOT = Path(__file__).parents[2]


def test_every_place_in_the_code_is_listed_and_every_listed_place_is_in_the_code() -> None:
    sources = [path.read_text() for folder in ("bot", "storage", "channels") for path in (ROOT / folder).rglob("*.py")]
    reached = {name for source in sources for name in re.findall(r'reach\("([a-z_.]+)"\)', source)}
    assert reached == set(POINTS)


def fault(message_id: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "bob@customer.example", "fault@localhost", "Printer jam"
    mail["Message-ID"] = message_id
    mail.set_content("Jammed again.")
    return mail


def deliver(daemon: Daemon, message_id: str) -> bool:
    """As a peer does: until it is acknowledged, or the daemon is dead."""
    try:
        with smtplib.SMTP("127.0.0.1", daemon.smtp, timeout=5) as line:
            line.send_message(fault(message_id))
    except (OSError, smtplib.SMTPException):
        return False
    return True


@pytest.mark.parametrize("place", sorted(POINTS))
def test_a_death_there_loses_and_doubles_nothing(tmp_path: Path, place: str) -> None:
    daemon = Daemon(tmp_path / "desk")
    daemon.start(FAULTDESK_FAILPOINT=f"{place}:kill@{1 if place.startswith(('inbox', 'migrate')) else 2}")
    acknowledged = daemon.process.poll() is None and deliver(daemon, "<one@customer.example>")
    if daemon.process.poll() is None:
        daemon.say("anna", "take 1")
    died = wait_for_death(daemon)
    if not died:
        daemon.kill()
    daemon.start()
    if not acknowledged:
        assert deliver(daemon, "<one@customer.example>")
    daemon.drain()
    daemon.say("anna", "take 1")
    assert daemon.say("anna", "solve 1 Paper removed.")["ok"]
    daemon.drain()
    daemon.stop()
    assert daemon.fsck() == []
    assert daemon.ask("select number, state from ticket") == [(1, "solved")]
    sent = daemon.ask(
        "select kind from outbox where channel = 'mail' and audience = 'requester' and state = 'sent' order by id"
    )
    assert [kind for (kind,) in sent] == ["confirmation", "assigned", "solution"]
    assert len(list((tmp_path / "desk" / "mail").glob("*.eml"))) == 3


def wait_for_death(daemon: Daemon, seconds: float = 1) -> bool:
    begin = time.monotonic()
    while daemon.process.poll() is None:
        if time.monotonic() - begin > seconds:
            return False
        time.sleep(0.05)
    return True
