"""The real daemon in a scratch folder, as the demo drives it: mail by SMTP, words by the control socket, fake time."""

from __future__ import annotations

import contextlib
import os
import smtplib
import socket
import sqlite3
import subprocess
import sys
import time
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from bot.demo.timeline import Timeline
from channels.control import ControlError, ask

START = "2026-11-23T08:55:00+08:00"
MAILBOX = "fault@localhost"
READY_SECONDS = 30
MESSAGES = """
    select o.id, o.event, o.kind, o.channel, o.address, o.ended_at, p.raw
    from outbox o join payload p on p.outbox_id = o.id
    where o.state = 'sent' and o.id > ? and o.kind <> 'phrase' order by o.id
"""


class DemoFailedError(Exception):
    """Something that the demo promises did not hold."""


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


class Desk:
    """The daemon and what has come out of it so far."""

    def __init__(self, folder: Path, timeline: Timeline) -> None:
        self.folder, self.timeline = folder, timeline
        self.smtp = free_port()
        self._seen = 0
        self._environment = {
            **os.environ,
            "FAULTDESK_DATA__FOLDER": str(folder),
            "FAULTDESK_MAIL__SMTP_IN__PORT": str(self.smtp),
            "FAULTDESK_HEALTH__PORT": "0",
            "FAULTDESK_DESK__LOCALE": timeline.locale,
        }

    def start(self) -> None:
        """Starts the daemon (again): its clock goes on where it stood."""
        with (self.folder / "output").open("ab") as output:
            command = [
                sys.executable,
                "-m",
                "bot",
                "--config",
                str(self.folder / "config.toml"),
                "run",
                "--fake-clock",
                START,
            ]
            self.process = subprocess.Popen(
                command, env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        begin = time.monotonic()
        while time.monotonic() - begin < READY_SECONDS:
            with contextlib.suppress(ControlError):
                self._ask({"op": "now"})
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise DemoFailedError((self.folder / "output").read_text(errors="replace")[-500:])

    def kill(self) -> None:
        """SIGKILL, in the middle of things."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """An orderly end."""
        self.process.terminate()
        self.process.wait(15)

    def now(self) -> datetime:
        """What the fake clock says."""
        return datetime.fromisoformat((self.folder / "clock").read_text())

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        answer = ask(self.folder / "faultdesk.sock", request, 30)
        if "error" in answer:
            raise DemoFailedError(str(answer["error"]))
        return answer

    # ---- what happens ----

    def mail(self, name: str, address: str, subject: str, text: str, **more: Any) -> None:
        """Somebody mails; `answers` is the Message-ID that she replies to, `file` a file's name that comes along."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"{name} <{address}>", MAILBOX, subject
        mail["Message-ID"] = f"<{self.now():%H%M%S}.{abs(hash(subject))}@customer.example>"
        if answers := more.get("answers"):
            mail["In-Reply-To"] = answers
        mail.set_content(text)
        if file := more.get("file"):
            mail.add_attachment(b"\x89PNG\r\n\x1a\n" + bytes(200), maintype="image", subtype="png", filename=file)
        self.timeline.show(self.now(), "mail", name, f"{subject} — {text}")
        with smtplib.SMTP("127.0.0.1", self.smtp) as line:
            line.send_message(mail)
        if not more.get("cut"):
            self.look()

    def says(self, handle: str, words: str) -> None:
        """Somebody of the staff says something."""
        self.timeline.show(self.now(), "says", handle, words)
        answer = self._ask({"op": "say", "as": handle, "text": words, "locale": self.timeline.locale})
        if not answer["ok"]:
            raise DemoFailedError(f"{words}: {answer['text']}")
        self.look()

    def until(self, clock: str) -> None:
        """Time passes until so late today; what rings on the way is shown."""
        to = datetime.fromisoformat(f"2026-11-23T{clock}:00+08:00")
        self._ask({"op": "advance", "to": to.isoformat()})
        self.look()

    def look(self) -> None:
        """Shows what has gone out since the last look."""
        self._ask({"op": "advance", "to": self.now().isoformat()})
        for row in self.rows(MESSAGES, self._seen):
            self._seen = row[0]
            self._show(row)

    def _show(self, row: tuple[Any, ...]) -> None:
        _, event, kind, channel, address, ended_at, raw = row
        at = datetime.fromisoformat(f"{ended_at}+00:00")
        words = subject_of(bytes(raw)) if channel == "mail" else bytes(raw).decode()
        plain = "mail" if channel == "mail" else "chat"
        how = "breach" if event == "breached" else "alert" if kind == "alert" else plain
        self.timeline.show(at, how, f"→ {self.timeline.say('群', 'group') if address == 'group' else address}", words)

    # ---- what is there ----

    def rows(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the daemon's database."""
        with contextlib.closing(sqlite3.connect(f"file:{self.folder / 'faultdesk.db'}?mode=ro", uri=True)) as db:
            return list(db.execute(question, values))

    def last_mail_to(self, address: str) -> str:
        """The Message-ID of the last mail that this address got."""
        found = self.rows(
            "select message_id from outbox where address = ? and state = 'sent' order by id desc", address
        )
        return str(found[0][0])


def subject_of(raw: bytes) -> str:
    """A mail in one line: its subject, and how it begins."""
    mail = message_from_bytes(raw, policy=default)
    body = mail.get_body(("plain",))
    lines = [line.strip() for line in (body.get_content() if body else "").splitlines() if line.strip()]
    return f"{mail['Subject']} — {' '.join(lines[1:4])}"
