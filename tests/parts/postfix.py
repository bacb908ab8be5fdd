"""Starts a real Postfix for tests: it relays, returns what cannot be delivered, and reaches nothing but this machine.

`customer.example` is delivered to Dovecot by LMTP: it does not know `nobody@customer.example`, so the mail comes back.
`desk.example` goes to the daemon's own SMTP door. `late.example` cannot be reached: the mail is late, then comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from tests.channels.smtp_sink import Sink
from tests.parts.daemon import free_ports
from tests.parts.dovecot import PASSWORD, Dovecot, greets
from tests.parts.patience import PATIENCE

PROGRAMS = Path("/usr/lib/postfix/sbin")
CUSTOMER = "bob@customer.example"
FOLDERS = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")
HOUR = 3600


def needs_postfix() -> None:
    """Without Postfix, or without the rights that its master wants, the test skips; where CI runs, it fails."""
    if (PROGRAMS / "master").exists() and os.geteuid() == 0:
        return
    reason = "needs Postfix, and root to start it: python3 dev.py test --install"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class Postfix:
    """One mail system in a folder of its own. `port` is known at once; `start` says where the others listen."""

    def __init__(self) -> None:
        needs_postfix()
        self.folder = Path(tempfile.mkdtemp(prefix="faultdesk-postfix-", dir="/tmp"))
        self.folder.chmod(0o755)  # its processes are other users
        (self.port,) = free_ports(1)
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *, desk: str | int, lmtp: int, sasl: int = 0) -> None:
        """Starts it and waits until it greets. `desk` is the daemon's SMTP port, or a transport; `lmtp` Dovecot's port.

        With `sasl`, Dovecot's port for that, who writes must log in.
        """
        self._write(f"smtp:[127.0.0.1]:{desk}" if isinstance(desk, int) else desk, lmtp, sasl)
        with (self.folder / "stdout").open("ab") as log:
            command = [str(PROGRAMS / "master"), "-c", str(self.folder / "etc"), "-s"]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + PATIENCE
        while not greets(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("Postfix did not start:\n" + self.log())
            time.sleep(0.02)

    def stop(self) -> None:
        """Ends it and all its helpers."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(PATIENCE)
        self.process = None

    def log(self) -> str:
        """What it says of each mail."""
        paths = (self.folder / "stdout", self.folder / "mail.log")
        return "\n".join(path.read_text(errors="replace") for path in paths if path.exists())

    def queued(self) -> int:
        """How many mails are still on their way."""
        folders = ("maildrop", "incoming", "active", "deferred", "active")  # as they go; between the last, to and fro
        return sum(path.is_file() for name in folders for path in (self.folder / "spool" / name).rglob("*"))

    def _write(self, desk: str, lmtp: int, sasl: int) -> None:
        etc, spool, data = (self.folder / name for name in ("etc", "spool", "data"))
        for folder in (etc, spool, data):
            folder.mkdir(exist_ok=True)
        shutil.chown(data, "postfix")
        for name in FOLDERS:
            self._folder(spool / name, 0o700)
        self._folder(spool / "maildrop", 0o1730, "postdrop")
        self._folder(spool / "public", 0o710, "postdrop")
        (spool / "pid").mkdir(exist_ok=True)
        main = MAIN + (SASL.replace("@SASL@", str(sasl)) if sasl else "")
        (etc / "main.cf").write_text(main.replace("@HERE@", str(self.folder)).replace("@LMTP@", str(lmtp)))
        (etc / "master.cf").write_text(MASTER.replace("@PORT@", str(self.port)))
        (etc / "transport").write_text(f"desk.example {desk}\nlate.example smtp:[127.0.0.1]:9\n")
        for path in etc.iterdir():  # a younger file is read again and again, 0.3 s each
            os.utime(path, (time.time() - HOUR, time.time() - HOUR))

    @staticmethod
    def _folder(path: Path, mode: int, group: str | None = None) -> None:
        path.mkdir(exist_ok=True)
        shutil.chown(path, "postfix", group)
        path.chmod(mode)


class Relay(Postfix):
    """A Postfix that brings every mail, to whomever, to a sink of its own."""

    def __enter__(self) -> Self:
        self.sink = Sink()
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(self.sink.start())
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.start(desk=0, lmtp=0)
        return self

    def __exit__(self, *more: object) -> None:
        super().__exit__(*more)
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _write(self, desk: str, lmtp: int, sasl: int) -> None:
        super()._write(desk, lmtp, sasl)
        transport = self.folder / "etc" / "transport"
        transport.write_text(f"* smtp:[127.0.0.1]:{self.sink.port}\n")
        os.utime(transport, (time.time() - HOUR, time.time() - HOUR))

    def must_have_brought(self, mails: Sequence[bytes], seconds: float) -> None:
        """Waits until all of these have come out, each byte as it went in, only with more header fields above."""
        until, waiting = time.monotonic() + seconds, Counter(map(_lines, mails))
        while missing := waiting - Counter(_ours(one.raw, waiting) for one in list(self.sink.mails)):
            assert time.monotonic() < until, f"{len(missing)} of {len(mails)} did not come as they were: {self.log()}"
            time.sleep(0.01)
        self.sink.mails.clear()


def _lines(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n")


def _ours(raw: bytes, given: Iterable[bytes]) -> bytes:
    """Which of the mails given this one is, or itself."""
    return next((one for one in given if _lines(raw).endswith(one)), raw)


class Mailboxes(Dovecot):
    """A Dovecot for `bob@customer.example`, whose Sieve scripts answer through a Postfix at `submission`."""

    def __init__(self, submission: int, **more: Any) -> None:
        super().__init__(extra=SIEVE.replace("@PORT@", str(submission)), **more)
        self.home = self.folder / "mail" / CUSTOMER

    def _write(self) -> None:
        super()._write()
        users = self.folder / "users"
        name, _, rest = users.read_text().partition(":")
        _, uid, gid, *_ = rest.split(":")
        users.write_text(f"{name}:{rest}{CUSTOMER}:{{PLAIN}}{PASSWORD}:{uid}:{gid}::{self.home}::\n")
        self.home.mkdir()
        (self.home / ".dovecot.sieve").write_text("keep;\n")
        for path in (self.home, self.home / ".dovecot.sieve"):
            os.chown(path, int(uid), int(gid))

    def on_holiday(self) -> None:
        """From now on each mail to the customer is answered by a vacation reply (RFC 5230)."""
        (self.home / ".dovecot.sieve").write_text(VACATION)

    def mails(self) -> list[bytes]:
        """What lies in the customer's mailbox."""
        return [path.read_bytes() for path in sorted(self.home.glob("Maildir/new/*"))]


SIEVE = """submission_host = 127.0.0.1:@PORT@
protocol lmtp {
  mail_plugins = $mail_plugins sieve
}
plugin {
  sieve = file:~/sieve;active=~/.dovecot.sieve
  sieve_extensions = +vacation-seconds
  sieve_vacation_min_period = 0
  sieve_vacation_send_from_recipient = yes
}
"""
VACATION = f"""require ["vacation-seconds"];
vacation :seconds 1 :subject "Out of office" :addresses ["{CUSTOMER}"] "I am on holiday until Monday.";
"""
MAIN = """compatibility_level = 3.6
config_directory = @HERE@/etc
queue_directory = @HERE@/spool
data_directory = @HERE@/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = @HERE@/mail.log
maillog_file_prefixes = @HERE@
myhostname = mx.customer.example
mydomain = customer.example
myorigin = customer.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:5.1.1 no local mail here
virtual_mailbox_domains = customer.example
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:@LMTP@
transport_maps = texthash:@HERE@/etc/transport
default_transport = error:5.4.4 nothing leaves this machine
relay_domains = desk.example, late.example
relay_recipient_maps = static:all
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_dns_support_level = disabled
lmtp_dns_support_level = disabled
disable_dns_lookups = yes
smtp_host_lookup = native
queue_run_delay = 1s
minimal_backoff_time = 2s
maximal_backoff_time = 3s
transport_retry_time = 1s
delay_warning_time = 3s
maximal_queue_lifetime = 10s
bounce_queue_lifetime = 60s
confirm_delay_cleared = no
smtpd_tls_security_level = none
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
in_flow_delay = 0
"""
"""Small pauses: a mail is late after 3 s and comes back after 10. The two pauses differ from the queue's own second,
else a mail that is looked at while its first attempt runs is parked for a minute."""
SASL = """smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:@SASL@
smtpd_relay_restrictions = permit_sasl_authenticated, reject
"""
MASTER = """127.0.0.1:@PORT@ inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""
