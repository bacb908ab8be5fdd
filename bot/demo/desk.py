"""The real daemon in a scratch folder, as the demo drives it: mail by SMTP, words by the control socket, fake time."""

from __future__ import annotations

import contextlib
import os
import re
import smtplib
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from bot.demo.timeline import Timeline
from channels.control import ControlError, ask

DAY = "2026-11-23"
TODAY = re.compile("11月23日 周一 |Mon 23 Nov, ")
"""How messages spell the day, which the reader of a timeline knows."""
MAILBOX = "fault@localhost"
SECONDS_TO_START, SECONDS_TO_STOP = 30, 15
MESSAGES = """
    select o.id, o.event, o.kind, o.channel, o.address, o.ended_at, p.raw
    from outbox o join payload p on p.outbox_id = o.id
    where o.state = 'sent' and o.id > ? order by o.id
"""


class DemoFailedError(Exception):
    """Something that the demo promises did not hold."""


@dataclass(frozen=True, slots=True)
class Requester:
    """Somebody who mails faults."""

    name: str
    address: str


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


class Desk:
    """The daemon, what came in (the ledger of accepted mails), and what has come out of it so far."""

    def __init__(self, folder: Path, timeline: Timeline) -> None:
        self.folder, self.timeline = folder, timeline
        self.accepted: list[str] = []
        self.names: dict[str, str] = {"group": timeline.say("维修群", "group")}
        self._seen = 0
        self._smtp = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "config.toml").write_text("")  # so that none of the user's own is found
        ours = {
            "FAULTDESK_DATA__FOLDER": str(folder),
            "FAULTDESK_MAIL__SMTP_IN__PORT": str(self._smtp),
            "FAULTDESK_HEALTH__PORT": "0",
            "FAULTDESK_DESK__ASSIGN_MINUTES": "0",  # so that a neglected fault stays neglected
            "FAULTDESK_DESK__LOCALE": timeline.locale,
        }
        users = {name: value for name, value in os.environ.items() if not name.upper().startswith("FAULTDESK_")}
        self._environment = {**users, **ours}

    # ---- the process ----

    def start(self) -> None:
        """Starts the daemon (again): its clock goes on where it stood."""
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                self._command("run", "--fake-clock", f"{DAY}T08:55:00+08:00"),
                env=self._environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for the demo, which then stops it in order
            )
        begin = time.monotonic()
        while self._process.poll() is None and time.monotonic() - begin < SECONDS_TO_START:
            with contextlib.suppress(ControlError):
                self._ask({"op": "now"})
                self.names.update(self.rows("select handle, name from person where handle is not null"))
                return
            time.sleep(0.05)
        self.stop()
        raise DemoFailedError((self.folder / "output").read_text(errors="replace")[-500:])

    def kill(self) -> None:
        """SIGKILL, in the middle of things."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """An orderly end, if it is still there; a hard one where that takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.kill()

    def fsck(self) -> str:
        """What `faultdesk fsck` says of what is left."""
        done = subprocess.run(
            self._command("fsck"), env=self._environment, cwd=self.folder, capture_output=True, text=True, check=False
        )
        return (done.stdout + done.stderr).strip()

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "bot", "--config", str(self.folder / "config.toml"), *words]

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        answer = ask(self.folder / "faultdesk.sock", request, 30)
        if "error" in answer:
            raise DemoFailedError(str(answer["error"]))
        return answer

    # ---- what happens ----

    def now(self) -> datetime:
        """What the fake clock says."""
        return datetime.fromisoformat((self.folder / "clock").read_text())

    def mail(self, who: Requester, subject: str, text: str, **more: Any) -> None:
        """Somebody mails. `file`: the name of a picture that comes along; `answers`: it replies to our last mail."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"{who.name} <{who.address}>", MAILBOX, subject
        mail["Message-ID"] = f"<{len(self.accepted) + 1}@customer.example>"
        if more.get("answers"):
            last = self.last_mail_to(who)
            mail.replace_header("Subject", f"Re: {last['Subject']}")
            mail["In-Reply-To"] = mail["References"] = str(last["Message-ID"])
        mail.set_content(text)
        words = f"{mail['Subject']} — {text}"
        if file := more.get("file"):
            mail.add_attachment(b"\x89PNG\r\n\x1a\n" + bytes(200), maintype="image", subtype="png", filename=file)
            words += f"  [{file}]"
        self.names[who.address] = who.name
        self.timeline.show(self.now(), "come", who.name, words)
        with smtplib.SMTP("127.0.0.1", self._smtp) as line:
            line.send_message(mail)
            self.accepted.append(str(mail["Message-ID"]))
            if more.get("cut"):
                self.kill()
                return
        self.look()

    def last_mail_to(self, who: Requester) -> EmailMessage:
        """The last mail that she got, read from the file in which it is kept."""
        files = sorted((self.folder / "mail").glob(f"*-to-{who.address}-*.eml"))
        return message_from_bytes(files[-1].read_bytes(), policy=default)

    def says(self, handle: str, words: str) -> None:
        """Somebody of the staff says something."""
        self.timeline.show(self.now(), "say", self.names[handle], words)
        answer = self._ask({"op": "say", "as": handle, "text": words, "locale": self.timeline.locale})
        if not answer["ok"]:
            raise DemoFailedError(f"{words}: {answer['text']}")
        self.look()

    def until(self, clock: str) -> None:
        """Time passes until so late today; what rings on the way is shown."""
        self._ask({"op": "advance", "to": f"{DAY}T{clock}:00+08:00"})
        self.look()

    def look(self) -> None:
        """Shows what has gone out since the last look, once nothing is left to be done at this instant."""
        self._ask({"op": "advance", "to": self.now().isoformat()})
        for row in self.rows(MESSAGES, self._seen):
            self._seen = row[0]
            self._show(row)

    def _show(self, row: tuple[Any, ...]) -> None:
        _, event, kind, channel, address, ended_at, raw = row
        words = TODAY.sub("", in_short(raw) if channel == "mail" else raw.decode())
        look = "mail" if channel == "mail" else "group" if address == "group" else "private"
        if kind in {"alert", "breach"}:
            look = "breach" if "🔴" in words or event == "breached" else "alert"
        at = datetime.fromisoformat(f"{ended_at}+00:00")
        self.timeline.show(at, look, self.names.get(address, address), words)

    def rows(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the daemon's database, read beside it."""
        with contextlib.closing(sqlite3.connect(f"file:{self.folder / 'faultdesk.db'}?mode=ro", uri=True)) as db:
            return list(db.execute(question, values))


def in_short(raw: bytes) -> str:
    """A mail in one line: its subject, and how it begins."""
    mail = message_from_bytes(raw, policy=default)
    body = mail.get_body(("plain",))
    lines = [line.strip() for line in (body.get_content() if body else "").splitlines() if line.strip()]
    return "\n".join([f"{mail['Subject']} — {lines[1] if len(lines) > 1 else ''}", *lines[2:4]])
