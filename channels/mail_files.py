"""Keeps outgoing mail as one readable file each instead of sending it: what happens without any mail server."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.policy import compat32
from hashlib import sha256
from pathlib import Path

from bot.domain.failpoints import reach
from bot.domain.headers import clean_header
from bot.domain.messages import Outgoing, OutgoingMail, Receipt
from channels.base import ChannelError

Announce = Callable[[Path, str, str], None]
"""Told of each mail kept: its file, its recipient, its subject."""

UNSAFE = re.compile(r"[^\w.@+-]+")


class MailFiles:
    """The outlet that writes `.eml` files.

    The name is made of the message's key, its recipient and its subject, so that a repeat overwrites itself; the bytes
    are kept as they are.
    """

    name = "mail"

    def __init__(self, folder: Path, announce: Announce | None = None) -> None:
        self._folder = folder
        self._announce = announce

    async def send(self, message: Outgoing) -> Receipt:
        """Writes the mail's file. Raises ChannelError where the folder cannot be written."""
        if not isinstance(message, OutgoingMail):
            raise ChannelError("not a mail", permanent=True)
        subject = read_subject(message.raw)
        path = self._folder / file_name(message, subject)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, message.raw)
        except OSError as error:
            raise ChannelError(f"{path.name}: {error.strerror or error}", broken=True) from error
        if self._announce:
            self._announce(path, message.recipient, subject)
        return Receipt(path.name, "kept as a file")

    async def close(self) -> None:
        """Nothing is open."""


def file_name(mail: OutgoingMail, subject: str) -> str:
    """`0001-to-anna@example.com-FD-1-received.eml`: safe on every system, and at most 200 bytes long."""
    key = f"{mail.key:0>4}" if mail.key.isdigit() else mail.key
    if safe(key, 40) != key:  # two keys must never share a file
        key = f"{safe(key, 31)}-{sha256(mail.key.encode()).hexdigest()[:8]}"
    pieces = (key, "to", safe(mail.recipient, 64), safe(subject, 24))
    return "-".join(piece for piece in pieces if piece) + ".eml"


def safe(text: str, most: int) -> str:
    """The text with letters, digits and `.@+-_` alone; other things become one dash."""
    return UNSAFE.sub("-", text)[:most].strip("-.")


def read_subject(raw: bytes) -> str:
    """The decoded subject in one clean line, or ""."""
    header = BytesHeaderParser(policy=compat32).parsebytes(raw).get("Subject", "")
    try:
        return clean_header(str(make_header(decode_header(header))))
    except (ValueError, LookupError):
        return clean_header(str(header))


def write_whole(path: Path, data: bytes) -> None:
    """Writes the file under another name first, so that nobody ever sees half of it."""
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(data)
    reach("mail_files.written")
    unfinished.replace(path)
