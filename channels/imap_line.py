"""A connection to a mail server that is logged in and has its folder open: what may be asked of it, in a thread."""

from __future__ import annotations

import imaplib
import logging
import re
import ssl
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from bot.domain.digest import HEADER_LIMIT, header_end
from bot.domain.headers import clean_header
from bot.domain.mailboxes import AWAY, FOLDER, LOGIN, PROTOCOL, TLS, TOKEN, UNSAFE
from bot.domain.uids import MOST, sequence
from channels.imap_rules import MIB, ImapSettings, Trouble
from channels.imap_wire import SMALL, Born, Wire

log = logging.getLogger("faultdesk.imap")
logging.getLogger("imapclient").setLevel(logging.WARNING)  # it tells each command

TEMPORARY = {"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"}
"""Response codes (RFC 5530) by which a server says that it is its own fault; any other refusal is about our name."""
CODE = re.compile(r"\[([A-Z-]+)")
ATOM = re.compile(r"[A-Za-z0-9!#$&'+,./:;<=>?@^_`|~-]+")
SLOWEST = 32 * 1024
"""Bytes a second below which a fetch is given up."""
BEGINNING = 64 * 1024
"""Bytes of an oversize mail's words that are read."""
LONG_WORK = 60.0
"""Seconds that a server may take longer where it has to search or move thousands of mails."""
NONSENSE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RuntimeError, ArithmeticError)
"""What imaplib and imapclient raise on an answer that makes no sense."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a mail before it is fetched: its size in bytes, and when the server got it."""

    size: int
    stamp: datetime | None


class Client(IMAPClient):  # type: ignore[misc]
    """imapclient (which has no types) on our own wire."""

    def __init__(self, settings: ImapSettings, context: ssl.SSLContext | None, born: Born) -> None:
        self._how = (context, settings.timeout, born)
        super().__init__(settings.host, settings.port, use_uid=True, ssl=False)
        self.normalise_times = False

    def _create_IMAP4(self) -> Wire:  # noqa: N802  -- imapclient's name
        return Wire((self.host, self.port), *self._how)


class Line:
    """The connection. Every method may block for as long as its deadline says, and raises Trouble alone.

    One thread uses it at a time; `cut` may be called from any.
    """

    def __init__(self, settings: ImapSettings, access: str = "") -> None:
        self._settings, self._access = settings, access  # a token to log in with, where there is one
        self._lock = Lock()
        self._is_cut = False
        self._client: Any
        self._wire: Wire | None = None
        self.uidvalidity = 0

    # ---- coming and going ----

    def open(self) -> None:
        """Connects, logs in and opens the folder."""
        how = self._settings.security
        with self._telling():
            context = None if how == "none" else self._trust()
            self._client = Client(self._settings, context if how == "tls" else None, self._hold)
            self._enter(context)

    def _trust(self) -> ssl.SSLContext:
        """Whom we believe, read anew each time. It takes 35 ms of work, so only where there is TLS."""
        try:
            return ssl.create_default_context(cafile=self._settings.ca_file)
        except OSError as error:
            raise Trouble(TLS, f"ca_file cannot be used: {self._words(error)}") from error

    def _hold(self, wire: Wire) -> None:
        self._wire = wire
        if self._is_cut:
            raise wire.abort("hung up")

    @property
    def wire(self) -> Wire:
        """What it speaks over, once it is open."""
        assert self._wire is not None  # noqa: S101  -- only asked then
        return self._wire

    def _enter(self, context: ssl.SSLContext | None) -> None:
        self._allow()
        if self.wire.state != "NONAUTH":
            raise Trouble(UNSAFE, "the server greets us as somebody it knows already (PREAUTH)")
        if self._settings.security == "starttls":
            if "STARTTLS" not in self.wire.capabilities:
                raise Trouble(UNSAFE, "the server, or something before it, offers no STARTTLS")
            self.wire.starttls(context)
        self._log_in()
        self._allow()
        if self._client.has_capability("ID"):  # asked anew after the login; NetEase lets nobody in without it
            self._client.id_({"name": "Faultdesk", "version": "1", "vendor": "Faultdesk"})
        self._select()

    def _select(self) -> None:
        self._allow()
        try:
            answer = self._client.select_folder(self._settings.folder)
        except imaplib.IMAP4.readonly as error:
            raise Trouble(FOLDER, f"{self._settings.folder} can only be read") from error
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise Trouble(FOLDER, self._words(error)) from error
        self.uidvalidity = int(answer.get(b"UIDVALIDITY") or 0)
        if not 1 <= self.uidvalidity <= MOST:
            raise Trouble(PROTOCOL, f"the folder has the UIDVALIDITY {self.uidvalidity}")

    def cut(self) -> None:
        """Ends the connection at once; a thread that waits for it wakes up and closes it."""
        self._is_cut = True
        if self._wire:
            self._wire.hang_up()
        if self._lock.acquire(blocking=False):
            self._close()
            self._lock.release()

    def _close(self) -> None:
        if self._wire:
            self._wire.shutdown()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Whatever goes wrong is Trouble, and the connection is not used again."""
        try:
            with self._lock:
                yield
        except ssl.SSLCertVerificationError as error:
            raise Trouble(TLS, f"its certificate is not trusted: {error.verify_message}") from error
        except (imaplib.IMAP4.abort, OSError) as error:
            raise Trouble(AWAY, self._words(error)) from error
        except (imaplib.IMAP4.error, *NONSENSE) as error:
            raise Trouble(PROTOCOL, self._words(error)) from error
        finally:
            if self._is_cut:
                self._close()

    def _words(self, error: BaseException) -> str:
        """The error in one clean line, without the password, should the server have repeated it."""
        text = clean_header(str(error)) or type(error).__name__
        secret = self._access or self._settings.password.get_secret_value()
        return (text.replace(secret, "***") if secret else text)[:200]

    def _allow(self, size: int = SMALL, seconds: float = 0) -> None:
        self.wire.allow(self._settings.timeout + seconds, size)

    # ---- logging in ----

    def _log_in(self) -> None:
        """By password, or by a token; a token that is refused may be old, so a new one is tried once."""
        if self._access:
            self._try(self._token, self._access)
            return
        if not self._settings.token_command:
            self._try(self._password, self._settings.password.get_secret_value())
            return
        token = fetch_token(self._settings)
        try:
            self._try(self._token, token)
        except Trouble as trouble:
            fresh = fetch_token(self._settings) if trouble.kind == LOGIN else token
            if fresh == token:
                raise
            self._try(self._token, fresh)

    def _try(self, way: Any, secret: str) -> None:
        self._allow()
        try:
            way(self._settings.username, secret)
        except LoginError as error:
            cause, text = error.__context__, self._words(error).replace(secret, "***")
            code = CODE.search(text)
            if isinstance(cause, imaplib.IMAP4.abort) or (code and code[1] in TEMPORARY):
                raise Trouble(AWAY, text) from error
            raise Trouble(LOGIN, text) from error

    def _password(self, name: str, password: str) -> None:
        if "AUTH=PLAIN" in self.wire.capabilities:
            self._client.plain_login(name, password)
        elif not (name + password).isascii():
            raise Trouble(LOGIN, "the server takes no name or password with letters like these")
        else:
            self._client.login(name if ATOM.fullmatch(name) else quoted(name), password)

    def _token(self, name: str, token: str) -> None:
        bearer = "AUTH=XOAUTH2" not in self.wire.capabilities and "AUTH=OAUTHBEARER" in self.wire.capabilities
        (self._client.oauthbearer_login if bearer else self._client.oauth2_login)(name, token)

    # ---- reading ----

    def uids(self, after: int = 0) -> list[int]:
        """The UIDs above `after` that lie in the folder, in order."""
        with self._telling():
            self._allow()
            self._client.noop()  # some servers show what is new only then
            self._allow(16 * MIB, seconds=LONG_WORK)
            self.wire.told_of_mail = False
            found = self._client.search(["UID", f"{min(after + 1, MOST)}:*"])
        wrong = next((uid for uid in found if not 1 <= uid <= MOST), 0 if 0 in found else None)
        if wrong is not None:
            raise Trouble(PROTOCOL, f"the server names the UID {wrong}")
        return sorted({uid for uid in found if uid > after})  # n:* always gives the last one

    def heads(self, uids: Sequence[int]) -> dict[int, Head]:
        """Size and stamp of these mails, as far as they are still there."""
        with self._telling():
            self._allow(SMALL + 256 * len(uids))
            answer = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
            return {uid: Head(int(one[b"RFC822.SIZE"]), one.get(b"INTERNALDATE"))
                    for uid, one in answer.items() if b"RFC822.SIZE" in one}  # fmt: skip

    def bodies(self, uids: Sequence[int], expected: int) -> dict[int, bytes]:
        """These mails, as far as they are still there; b"" where the server has one and does not give it.

        They may have twice the bytes that are expected, or those of one mail of the largest size more: sizes that
        servers tell are not always right.
        """
        room = 2 * expected + self._settings.max_size + MIB
        return self._fetch(uids, "BODY.PEEK[]", room, expected)

    def beginning(self, uid: int) -> dict[int, bytes]:
        """The header of this mail and the first 64 KiB of what follows; of a small one, all."""
        most = HEADER_LIMIT + BEGINNING
        raws = self._fetch([uid], f"BODY.PEEK[]<0.{most}>", most + SMALL, most)
        return {one: raw[: header_end(raw) + 2 + BEGINNING] for one, raw in raws.items()}

    def _fetch(self, uids: Sequence[int], what: str, room: int, expected: int) -> dict[int, bytes]:
        with self._telling():
            self._allow(room, seconds=expected / SLOWEST)
            answer = self._client.fetch(uids, [what])
        raws: dict[int, bytes] = {}
        for uid, parts in answer.items():
            named = [raw for name, raw in parts.items() if name.startswith(b"BODY[]")]
            if named:
                raws[uid] = named[0] if isinstance(named[0], bytes) else b""
        return raws

    # ---- waiting ----

    @property
    def can_idle(self) -> bool:
        return self._client.has_capability("IDLE") is True

    def idle(self, seconds: float) -> bool:
        """Waits until the server tells of new mail; False when it has not in this time. A dead line is Trouble.

        It may have told already, beside the answer to whatever we asked since the last look; then it says so only once.
        """
        with self._telling():
            self._allow()
            if self.wire.told_of_mail:
                return True
            tag = self.wire._command("IDLE")  # noqa: SLF001  -- imapclient's fails if
            while self.wire._get_response() is not None:  # noqa: SLF001  -- mail comes now
                if self.wire.tagged_commands.get(tag):
                    raise self.wire.error("IDLE refused")
            changed = "EXISTS" in self.wire.untagged_responses or self._told_of_mail(seconds)
            self._allow()
            self.wire.send(b"DONE\r\n")
            self._client._consume_until_tagged_response(tag, "IDLE")  # noqa: SLF001  -- what idle_done does
        return changed

    def _told_of_mail(self, seconds: float) -> bool:
        self.wire.allow(seconds, SMALL)
        with suppress(TimeoutError):
            while True:
                line = self.wire._get_line()  # noqa: SLF001
                if line.endswith(b" EXISTS"):
                    return True
                if line.upper().startswith(b"* BYE"):
                    raise self.wire.abort(line.decode(errors="replace"))
        return False

    # ---- putting away ----

    @property
    def can_move(self) -> bool:
        """Whether single mails can leave the folder. A plain EXPUNGE would take those of others along."""
        return self._client.has_capability("MOVE") is True or self._client.has_capability("UIDPLUS") is True

    def move(self, uids: Iterable[int], folder: str) -> str:
        """Moves these mails. Gives "" or why the server did not; those that are gone already are no matter."""
        wanted, reason = sorted(uids), ""
        with self._telling():
            for _ in range(2):  # some refuse to move what is gone, until they have told us that it is
                try:
                    self._allow(SMALL + 64 * len(wanted), seconds=LONG_WORK)
                    self._client.noop()
                    self._move(wanted, folder)
                except imaplib.IMAP4.abort:
                    raise
                except imaplib.IMAP4.error as error:
                    reason = self._words(error)
                else:
                    return ""
        return reason

    def _move(self, uids: list[int], folder: str) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move(sequence(uids), folder)
        else:
            self._client.copy(sequence(uids), folder)
            self._client.add_flags(uids, [b"\\Deleted"], silent=True)
            self._client.uid_expunge(sequence(uids))

    def ensure(self, folder: str) -> str:
        """The folder's full name, once it is there; made where it is not. "" when the server lets us not."""
        with self._telling():
            try:
                for name in self._names(folder):
                    self._allow()
                    if self._client.folder_exists(name):
                        return name
                self._allow()
                self._client.create_folder(name)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                log.warning("folder not made: %s", self._words(error))
                return ""
            return name

    def _names(self, folder: str) -> list[str]:
        """What the folder may be called: as it is, and below the prefix of those servers that have one ("INBOX.")."""
        prefix = ""
        if self._client.has_capability("NAMESPACE"):
            personal = self._client.namespace().personal
            prefix = str(personal[0][0]) if personal else ""
        return [folder, prefix + folder] if prefix and not folder.startswith(prefix) else [folder]


def quoted(text: str) -> str:
    """Text as a quoted string of a command (RFC 3501 4.3)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def fetch_token(settings: ImapSettings) -> str:
    """What the token command prints. Raises Trouble; never tells what it printed."""
    try:
        done = subprocess.run(settings.token_command, capture_output=True, timeout=30, check=True, text=True)
    except subprocess.CalledProcessError as error:
        raise Trouble(TOKEN, f"{settings.token_command[0]} ended with status {error.returncode}") from error
    except subprocess.TimeoutExpired as error:
        raise Trouble(TOKEN, f"{settings.token_command[0]} did not end in 30 s") from error
    except (OSError, ValueError) as error:
        raise Trouble(TOKEN, f"{settings.token_command[0]} cannot be run: {type(error).__name__}") from error
    token = done.stdout.strip()
    if not token or not ATOM.fullmatch(token.replace("=", "")):
        raise Trouble(TOKEN, f"{settings.token_command[0]} printed no token")
    return token
