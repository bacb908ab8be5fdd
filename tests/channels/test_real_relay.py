"""Behind a real Postfix and a real Dovecot: mail comes, goes, comes back, and machines do not talk to each other."""

from __future__ import annotations

import json
import smtplib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE
from tests.parts.postfix import CUSTOMER, Mailboxes, Postfix

FAULT = "fault@desk.example"


@dataclass
class Town:
    """A desk, the mail system that it uses, and the mailbox of a customer."""

    daemon: Daemon
    postfix: Postfix
    mailboxes: Mailboxes

    def mail(self, sender: str, subject: str, *to: str) -> None:
        """A customer hands a mail for the fault mailbox to the mail system; in its envelope it may go `to` others."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, FAULT, subject
        mail["Message-ID"] = f"<{time.time_ns()}@customer.example>"
        mail.set_content(f"{subject}.")
        with smtplib.SMTP("127.0.0.1", self.postfix.port) as line:
            line.send_message(mail, to_addrs=to or [FAULT])

    def becomes(self, what: Callable[[], object]) -> None:
        """Waits until it is so."""
        until = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < until, f"{self.postfix.log()[-3000:]}\n{self.daemon.errors()[-2000:]}"
            time.sleep(0.1)

    def count(self, table: str, condition: str = "1 = 1") -> int:
        return int(self.daemon.ask(f"select count(*) from {table} where {condition}")[0][0])

    def is_quiet(self) -> bool:
        """Nothing waits in the desk, and nothing is on its way: asked in the order in which mails go, and once more."""
        places: tuple[Callable[[], int], ...] = (
            lambda: self.count("inbox", "state in ('waiting', 'working')"),
            lambda: self.count("outbox", "state in ('sending', 'pending')"),
            self.postfix.queued,
        )
        return not any(there() for there in (*places, *places))


@contextmanager
def town(folder: Path, protocol: str = "smtp") -> Iterator[Town]:
    with Postfix() as postfix, Mailboxes(postfix.port) as mailboxes:
        settings = {
            "MAILBOX": FAULT,
            "HOST": "desk.example",
            "SMTP_IN__ADDRESSES": json.dumps([FAULT]),
            "SMTP_IN__PROTOCOL": protocol,
        }
        environment: dict[str, Any] = {f"FAULTDESK_MAIL__{name}": value for name, value in settings.items()}
        daemon = Daemon(folder, relay=postfix.port, **environment)
        desk = f"lmtp:inet:127.0.0.1:{daemon.smtp}" if protocol == "lmtp" else daemon.smtp
        postfix.start(desk=desk, lmtp=mailboxes.lmtp)
        with daemon.ended():
            daemon.start()
            assert daemon.is_well(), daemon.errors()
            yield Town(daemon, postfix, mailboxes)
            assert daemon.stop() == 0
            assert daemon.fsck() == []


def test_a_mail_is_relayed_to_the_desk_and_confirmed_through_the_relay(tmp_path: Path) -> None:
    with town(tmp_path / "desk") as here:
        here.mail(CUSTOMER, "Printer jam")
        here.becomes(here.mailboxes.mails)
        here.becomes(here.is_quiet)
        (raw,) = here.mailboxes.mails()
        confirmation = message_from_bytes(raw)
        assert confirmation["Auto-Submitted"] == "auto-replied"
        assert confirmation["Return-Path"] == f"<{FAULT}>"
        assert here.daemon.ask("select state, external_id <> '' from outbox where kind = 'confirmation'") == [
            ("sent", 1)
        ]


def test_a_mail_to_nobody_comes_back_and_is_told_to_the_desk(tmp_path: Path) -> None:
    with town(tmp_path / "desk") as here:
        here.mail("nobody@customer.example", "Printer jam")
        here.becomes(lambda: here.count("outbox", "kind = 'undelivered'"))
        here.becomes(here.is_quiet)
        assert here.count("ticket") == 1
        assert here.daemon.ask("select outcome, ticket_id, copies from inbox order by id") == [
            ("ticket", 1, 0),
            ("bounce", 1, 0),
        ]
        ((state, outcome),) = here.daemon.ask("select state, outcome from outbox where channel = 'mail'")
        assert state == "dead"
        assert outcome.startswith("5.1.1 550 5.1.1")
        assert here.count("event", "kind = 'undelivered' and ticket_id = 1") == 1
        assert here.count("outbox", "kind = 'undelivered' and audience = 'desk'") == 1


def test_a_mail_that_is_late_is_noted_and_then_comes_back(tmp_path: Path) -> None:
    with town(tmp_path / "desk") as here:
        here.mail("eve@late.example", "Printer jam")
        here.becomes(lambda: here.count("event", "kind = 'delayed' and ticket_id = 1"))
        assert here.daemon.ask("select state from outbox where channel = 'mail'") == [("sent",)]
        here.becomes(lambda: here.count("event", "kind = 'undelivered' and ticket_id = 1"))
        here.becomes(here.is_quiet)
        assert [row[0] for row in here.daemon.ask("select outcome from inbox order by id")] == [
            "ticket",
            "bounce",
            "bounce",
        ]
        assert here.count("outbox", "kind in ('delayed', 'undelivered')") == 2


def test_a_vacation_reply_is_filed_and_answered_by_nobody(tmp_path: Path) -> None:
    """Reliability 2.5: three mails at most. Sieve keeps silent about automatic mail by itself; it answers a person's."""
    with town(tmp_path / "desk") as here:
        here.mailboxes.on_holiday()
        here.mail(CUSTOMER, "Printer jam")
        here.becomes(here.mailboxes.mails)
        here.becomes(here.is_quiet)
        assert here.count("inbox") == 1, "our confirmation says that it is automatic: no vacation reply"
        assert here.daemon.say("anna", "take 1")["ok"]
        assert here.daemon.say("anna", "reply 1 On my way.")["ok"]
        here.becomes(lambda: here.count("inbox", "outcome = 'automatic'"))
        here.becomes(here.is_quiet)
        assert here.daemon.ask("select outcome, ticket_id from inbox order by id") == [("ticket", 1), ("automatic", 1)]
        assert here.count("ticket") == 1
        kinds = [row[0] for row in here.daemon.ask("select kind from outbox where channel = 'mail' order by id")]
        assert kinds == ["confirmation", "assigned", "reply"], (
            "what people caused, and nothing after the reply of a machine"
        )
        assert len(here.mailboxes.mails()) == 3
