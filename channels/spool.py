"""Keeps each mail taken by SMTP in append-only files outside the database, to be fed in again after a restore (P14).

One file per UTC day. A record is a fixed head (mark, lengths, digest), a JSON text about the mail, and its raw bytes.
Nothing that was written is ever changed: a torn end stays, and a new file of the same day is begun after it.
"""

from __future__ import annotations

import json
import logging
import os
import struct
from asyncio import to_thread
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import IO, NamedTuple

from bot.domain.failpoints import reach
from bot.domain.messages import IncomingMail
from channels.base import Receive

log = logging.getLogger("faultdesk.spool")

HEAD = struct.Struct(">4sII32s")
MARK = b"FDS1"
BIG = 256 * 1024
"""Bytes above which a mail is written in a thread, so that a slow disk does not hold up the event loop."""


class Spool:
    """Writes the spool. It never refuses a mail: what goes wrong is logged and told in `problem`."""

    def __init__(self, folder: Path) -> None:
        self.problem = ""
        self._folder = folder
        self._lock = Lock()
        self._path = folder
        self._file: IO[bytes] | None = None
        self._day: date | None = None

    async def keep(self, mail: IncomingMail) -> None:
        """Appends the mail; in the page cache when it returns (no fsync: the database holds it safely already)."""
        try:
            if len(mail.raw) > BIG:
                await to_thread(self._append, mail)
            else:
                self._append(mail)
        except OSError as error:
            self.problem = f"mail spool not written: {error.strerror or error}"
            log.error("%s", self.problem)  # noqa: TRY400  -- the trace says no more than the words
        else:
            self.problem = ""

    def prune(self, before: date) -> list[Path]:
        """Deletes the files of days earlier than `before` (UTC) and returns them."""
        old = [path for path in files(self._folder) if date.fromisoformat(path.name[:10]) < before]
        for path in old:
            path.unlink()
        return old

    async def recall(self, since: datetime, receive: Receive) -> int:
        """Brings in again the mails received since then (see `channels.base.Recalling`)."""
        count = 0
        for path in files(self._folder):
            if date.fromisoformat(path.name[:10]) < since.astimezone(UTC).date():
                continue
            mails = read(path)
            while mail := await to_thread(next, mails, None):
                if mail.received_at >= since:
                    await receive(mail)
                    count += 1
        return count

    def close(self) -> None:
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None

    def _append(self, mail: IncomingMail) -> None:
        with self._lock:
            file = self._open(mail.received_at.astimezone(UTC).date())
            start = os.fstat(file.fileno()).st_size
            try:
                for piece in pack(mail):
                    write_all(file, piece)
                    reach("spool.piece_written")
            except OSError:
                self._close()  # before the cut: whatever happens, the next mail looks at the file anew
                os.truncate(self._path, start)
                raise

    def _open(self, day: date) -> IO[bytes]:
        if self._file is None or day != self._day:
            self._close()
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path = free_path(self._folder, day)
            self._file = open(self._path, "ab", buffering=0, opener=private)  # noqa: SIM115  -- stays open
            self._day = day
        return self._file


def private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def write_all(file: IO[bytes], data: bytes) -> None:
    """Writes all of it: an unbuffered file may take a part only."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


class Head(NamedTuple):
    """What stands before a record: the lengths of its two parts and the digest of both."""

    mark: bytes
    about: int
    raw: int
    digest: bytes


def pack(mail: IncomingMail) -> tuple[bytes, bytes]:
    """A record: what stands before the raw bytes, and the raw bytes (not joined, for they may be large)."""
    about = {
        "channel": mail.channel,
        "received_at": mail.received_at.isoformat(),
        "envelope_from": mail.envelope_from,
        "envelope_to": mail.envelope_to,
    }
    text = json.dumps(about).encode()
    return HEAD.pack(MARK, len(text), len(mail.raw), digest(text, mail.raw)) + text, mail.raw


def unpack(text: bytes, raw: bytes) -> IncomingMail:
    about = json.loads(text)
    return IncomingMail(
        channel=about["channel"],
        raw=raw,
        received_at=datetime.fromisoformat(about["received_at"]),
        envelope_from=about["envelope_from"],
        envelope_to=tuple(about["envelope_to"]),
    )


def digest(text: bytes, raw: bytes) -> bytes:
    whole = sha256(text)
    whole.update(raw)
    return whole.digest()


def files(folder: Path) -> list[Path]:
    """The spool's files, oldest first."""
    return sorted(folder.glob("????-??-??*.spool"), key=lambda path: (path.name[:10], len(path.name), path.name))


def read(path: Path) -> Iterator[IncomingMail]:
    """The mails of one file in order. Stops at a torn end; a record whose bytes do not fit its digest is left out."""
    with path.open("rb") as file:
        while head := next_head(file):
            text, raw = file.read(head.about), file.read(head.raw)
            if digest(text, raw) == head.digest:
                yield unpack(text, raw)
            else:
                log.warning("mail spool: a damaged record in %s is left out", path.name)


def free_path(folder: Path, day: date) -> Path:
    """The file of that day that can be continued: the first that is new or ends with a whole record."""
    number = 1
    while True:
        path = folder / (f"{day}.spool" if number == 1 else f"{day}-{number}.spool")
        if not path.exists() or ends_whole(path):
            return path
        number += 1


def ends_whole(path: Path) -> bool:
    """Whether the records fill the file exactly; looks at their heads alone."""
    with path.open("rb") as file:
        while head := next_head(file):
            file.seek(head.about + head.raw, os.SEEK_CUR)
        return file.tell() == path.stat().st_size


def next_head(file: IO[bytes]) -> Head | None:
    """The next record's head, if the whole record is there; else None, and the place in the file stays."""
    start, size = file.tell(), os.fstat(file.fileno()).st_size
    data = file.read(HEAD.size)
    if len(data) == HEAD.size:
        head = Head(*HEAD.unpack(data))
        if head.mark == MARK and file.tell() + head.about + head.raw <= size:
            return head
    file.seek(start)
    return None
