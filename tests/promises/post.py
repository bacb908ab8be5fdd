"""Mails as other servers send them, and what became of each in the daemon's books."""

from __future__ import annotations

import re
import smtplib
import socket
import uuid
from collections import Counter
from collections.abc import Iterable
from email.message import EmailMessage
from typing import Any

from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE


def written(sender: str, subject: str, text: str = "", **headers: str) -> bytes:
    """A mail as it travels. Header names are written with _ for -."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "fault@localhost", subject
    mail["Message-ID"] = headers.pop("message_id", f"<{uuid.uuid4().hex}@customer.example>")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text or subject)
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def header(raw: bytes, name: str) -> str:
    """By hand: a reader of mails would have to read the poison too."""
    found = re.search(rb"(?im)^" + name.encode() + rb": *([^\r\n]+)", raw[: 256 * 1024])
    return found[1].decode() if found else ""


def id_of(raw: bytes) -> str:
    return header(raw, "Message-ID")


def sender_of(raw: bytes) -> str:
    return header(raw, "From").rpartition("<")[2].strip("<> ")


def posted(daemon: Daemon, *raws: bytes, to: str = "fault@localhost") -> int:
    """Sends mails over one connection; gives how many were acknowledged."""
    done = 0
    try:
        with smtplib.SMTP("127.0.0.1", daemon.smtp, timeout=PATIENCE) as line:
            for raw in raws:
                line.sendmail(sender_of(raw), [to], raw)
                done += 1
    except (OSError, smtplib.SMTPException):
        return done
    return done


def sent_and_not_heard(daemon: Daemon, raw: bytes) -> None:
    """Sends a mail and goes away before the acknowledgement, as a peer whose line is cut."""
    with socket.create_connection(("127.0.0.1", daemon.smtp), timeout=PATIENCE) as line:
        answers = line.makefile("rb")
        answers.readline()
        for words in (b"HELO peer", b"MAIL FROM:<x@customer.example>", b"RCPT TO:<fault@localhost>", b"DATA"):
            line.sendall(words + b"\r\n")
            answers.readline()
        line.sendall(raw.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")


def ends(daemon: Daemon, ids: Iterable[str]) -> dict[str, Counter[str]]:
    """Message-ID → how often it ended as what; a mail that nobody could read is found by its bytes."""
    found: dict[str, Counter[str]] = {one: Counter() for one in ids}
    question = "select i.message_id, i.outcome, r.raw from inbox i join raw_mail r on r.inbox_id = i.id"
    for name, outcome, raw in daemon.ask(question):
        known = name if name in found else id_of(raw)
        if known in found:
            found[known][outcome] += 1
    return found


def count(daemon: Daemon, question: str) -> Any:
    """The one answer to a question."""
    return daemon.ask(question)[0][0]
