"""Starts a real Dovecot 2.3 for tests: IMAP, IMAPS and LMTP on ports and in a folder of its own, gone afterwards."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

import psutil
import pytest
from imapclient import IMAPClient

from tests.parts.daemon import free_ports
from tests.parts.patience import PATIENCE

USER, PASSWORD = "fault@desk.example", "correct horse"
MINIMAL = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ NAMESPACE SPECIAL-USE"


def program() -> str:
    """Dovecot 2.3. Without it the test skips; where CI runs, it fails."""
    found = shutil.which("dovecot", path="/usr/sbin:/usr/bin")
    if found:
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
        if version.startswith("2.3."):
            return found
    reason = "needs Dovecot 2.3 with IMAP and LMTP: python3 dev.py test --install"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class Dovecot:
    """One server, as a context manager.

    Args:
        capability: what it tells that it can do; "" for all of it. `MINIMAL` has neither MOVE nor UIDPLUS.
        layout: how mails lie on disk; "sdbox" for folders of thousands.
        oauth: the address of a token introspection (see `tests/parts/tokens.py`); with it XOAUTH2 is offered.
        extra: more of its configuration; `@SASL@` there is the port `sasl`.
    """

    def __init__(self, *, capability: str = "", layout: str = "maildir", oauth: str = "", extra: str = "") -> None:
        self.program = program()
        self.folder = Path(tempfile.mkdtemp(prefix="faultdesk-dovecot-", dir="/tmp"))
        self.folder.chmod(0o755)  # its processes are other users
        self.imap, self.imaps, self.lmtp, self.sasl = free_ports(4)
        self.options = {"capability": capability, "layout": layout, "oauth": oauth, "extra": extra}
        self.maildir = self.folder / "mail" / USER / "Maildir"

    def __enter__(self) -> Self:
        self._write()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- running ----

    def start(self) -> None:
        """Starts it and waits until it greets."""
        with (self.folder / "stdout").open("ab") as log:
            command = [self.program, "-F", "-c", str(self.folder / "dovecot.conf")]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + PATIENCE
        while not all(map(greets, (self.imap, self.lmtp))):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("Dovecot did not start:\n" + (self.folder / "stdout").read_text())
            time.sleep(0.02)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Ends it and all its sessions: they outlive a master that is told alone. Then its ports are free again."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGCONT)
            os.killpg(self.process.pid, number)
        self.process.wait(PATIENCE)
        until = time.monotonic() + PATIENCE
        while any(map(listens, (self.imap, self.imaps, self.lmtp))) and time.monotonic() < until:
            time.sleep(0.005)  # a process of it may end a little after its master

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def freeze(self) -> None:
        """None of its processes does anything any more; connections to it are still taken, by the kernel."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.process.pid, signal.SIGCONT)

    def freeze_sessions(self) -> bool:
        """Nobody who is served now hears anything any more; whether there is somebody. `stop` thaws them."""
        frozen = 0
        for session in self.sessions():
            with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
                session.suspend()
                frozen += 1
        return frozen > 0

    def sessions(self) -> list[psutil.Process]:
        """The processes that serve a client who has logged in; listed, not asked: they may end at any moment."""
        serves = {"name": "imap", "ppid": self.process.pid}
        return [one for one in psutil.process_iter(["name", "ppid"]) if one.info == serves]

    # ---- what lies in it ----

    def deliver(self, *mails: bytes, to: str = USER) -> None:
        """Delivers mails by LMTP."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as line:
            for mail in mails:
                line.sendmail("sender@customer.example", [to], mail)

    def fill(self, mails: Iterable[bytes], folder: str = "INBOX", *, stamp: datetime | None = None) -> None:
        """Appends mails in bulk, fast; as if they had come at `stamp`."""
        with self.client() as client:
            client.select_folder(folder)
            for mail in mails:
                client.append(folder, mail, msg_time=stamp)

    def make(self, folder: str) -> None:
        """A new, empty folder."""
        with self.client() as client:
            client.create_folder(folder)

    def drop(self, raw: bytes, folder: str, stamp: datetime) -> str:
        """Lays a mail into a folder as its file, as if it had come at `stamp`, also one to come; gives its name."""
        name, place = f"{time.time_ns()}.{os.urandom(4).hex()}.test", self.maildir / f".{folder}"
        half = place / "tmp" / name
        half.write_bytes(raw)
        owner = place.stat()
        os.chown(half, owner.st_uid, owner.st_gid)
        os.utime(half, (stamp.timestamp(), stamp.timestamp()))
        half.rename(place / "new" / name)
        return name

    def holds(self, name: str, folder: str) -> bool:
        """Whether the mail of that name still lies there."""
        place = self.maildir / f".{folder}"
        return any(one.name.startswith(name) for sub in ("new", "cur") for one in (place / sub).iterdir())

    def client(self) -> Any:
        """A mail program that is logged in."""
        client = IMAPClient("127.0.0.1", port=self.imap, ssl=False)
        client.login(USER, PASSWORD)
        return client

    def subjects(self, folder: str = "INBOX") -> list[str]:
        """The subjects of the mails in a folder, sorted; [] if it is not there."""
        with self.client() as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            rows = client.fetch(client.search(), ["ENVELOPE"])
        return sorted((one[b"ENVELOPE"].subject or b"").decode() for one in rows.values())

    def set_uidvalidity(self, value: int, folder: str = "INBOX") -> None:
        """A new UIDVALIDITY; the UIDs stay. An open session is dropped."""
        command = ["doveadm", "-c", str(self.folder / "dovecot.conf"), "mailbox", "update", "-u", USER]
        subprocess.run([*command, "--uid-validity", str(value), folder], check=True, capture_output=True)

    def forget_uids(self) -> None:
        """A new UIDVALIDITY, and UIDs that begin at 1 again; once no session is open that would write the old ones."""
        until = time.monotonic() + PATIENCE
        while self.sessions() and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(1.1)  # the value is the time in seconds: a folder made anew within the same one would have it again
        for path in self.maildir.glob("dovecot*"):
            path.unlink(missing_ok=True)

    # ---- configuration ----

    def _write(self) -> None:
        root = os.geteuid() == 0
        owner = "nobody" if root else pwd.getpwuid(os.geteuid()).pw_name
        entry = pwd.getpwnam(owner)
        for name in ("run", "state", "mail", "tls"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "mail", entry.pw_uid, entry.pw_gid)
        self._certificate()
        home = self.folder / "mail"
        users = f"{USER}:{{PLAIN}}{PASSWORD}:{entry.pw_uid}:{entry.pw_gid}::{home / USER}::\n"
        (self.folder / "users").write_text(users)
        (self.folder / "users").chmod(0o644)
        internal = "dovecot" if root else owner
        values = {
            "internal": internal,
            "group": grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name,
            "login": "dovenull" if root else owner,
        }
        (self.folder / "dovecot.conf").write_text(self._configuration(**values))

    def _certificate(self) -> None:
        request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost"
        names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        files = ["-keyout", str(self.folder / "tls/key.pem"), "-out", str(self.folder / "tls/cert.pem")]
        subprocess.run(["openssl", *request.split(), *names, *files], check=True, capture_output=True)

    def _configuration(self, *, internal: str, group: str, login: str) -> str:
        here, options = self.folder, self.options
        mechanisms, oauth = "plain login", ""
        if options["oauth"]:
            mechanisms += " xoauth2 oauthbearer"
            (here / "oauth2.conf").write_text(OAUTH.format(url=options["oauth"]))
            oauth = f"passdb {{\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = {here}/oauth2.conf\n}}\n"
        capability = f"imap_capability = {options['capability']}\n" if options["capability"] else ""
        location = "maildir:~/Maildir" if options["layout"] == "maildir" else f"{options['layout']}:~/mails"
        text = CONFIGURATION
        for name, value in {
            "HERE": here, "INTERNAL": internal, "GROUP": group, "LOGIN": login, "MECHANISMS": mechanisms,
            "OAUTH": oauth, "CAPABILITY": capability, "LOCATION": location, "IMAPS": self.imaps, "IMAP": self.imap,
            "LMTP": self.lmtp, "EXTRA": options["extra"], "SASL": self.sasl,
        }.items():  # fmt: skip
            text = text.replace(f"@{name}@", str(value))
        return text


OAUTH = """introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
timeout_msecs = 3000
"""

CONFIGURATION = """base_dir = @HERE@/run
state_dir = @HERE@/state
instance_name = faultdesk-test
log_path = @HERE@/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
default_login_user = @LOGIN@
default_internal_user = @INTERNAL@
default_internal_group = @GROUP@
first_valid_uid = 1
shutdown_clients = yes
default_vsz_limit = 256 M
ssl = yes
ssl_cert = <@HERE@/tls/cert.pem
ssl_key = <@HERE@/tls/key.pem
disable_plaintext_auth = no
auth_mechanisms = @MECHANISMS@
auth_failure_delay = 0
auth_cache_size = 0
@OAUTH@
passdb {
  driver = passwd-file
  args = username_format=%u @HERE@/users
}
userdb {
  driver = passwd-file
  args = username_format=%u @HERE@/users
}
mail_location = @LOCATION@
mail_home = @HERE@/mail/%u
mail_fsync = never
imap_idle_notify_interval = 3 secs
@CAPABILITY@
mail_max_userip_connections = 200
namespace inbox {
  inbox = yes
  separator = /
}
service imap-login {
  chroot =
  inet_listener imap {
    port = @IMAP@
  }
  inet_listener imaps {
    port = @IMAPS@
    ssl = yes
  }
  service_count = 0
  process_min_avail = 1
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = @LMTP@
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
protocol lmtp {
  postmaster_address = postmaster@desk.example
  hostname = mx.desk.example
}
lda_mailbox_autocreate = yes
@EXTRA@
"""
"""Without the anvil's penalty each failed login would slow down all later ones."""


def listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as line:
            return bool(line.recv(100))
    except OSError:
        return False


def subject_of(raw: bytes) -> str:
    """The subject of a mail as it was stored."""
    return str(message_from_bytes(raw)["Subject"])


def mail(number: int, size: int = 0, subject: str = "") -> bytes:
    """A fault mail: its subject says its number, and with `size` it has so many bytes of words."""
    message = EmailMessage()
    message["From"], message["To"] = "Bob Miller <bob@customer.example>", USER
    message["Subject"] = subject or f"fault {number}"
    message["Message-ID"] = f"<{number}.{os.urandom(6).hex()}@customer.example>"
    message.set_content(f"Number {number}.\n" + "words and words\n" * (size // 16))
    return message.as_bytes()
