"""The stored mails that a command reads: each file is one, but for an mbox, which holds many (RFC 4155)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

_SEPARATOR = re.compile(rb"From \S{1,256} .{0,40}\d\d:\d\d.{0,60}\r?\n?")
_NEXT = re.compile(rb"\n\r?\nFrom \S{1,256} [^\n]{0,40}\d\d:\d\d[^\n]{0,60}\n[!-9;-~]{1,80}:")
_ESCAPED = re.compile(rb">+From ")
_MBOX = frozenset({".mbox", ".mbx"})


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored mail: what it is called in a row, and how to read its bytes, which may raise OSError."""

    name: str
    read: Callable[[], bytes]


def stored_mails(places: Sequence[Path], longest: int) -> Iterator[Stored]:
    """Each mail of the files and of the folders' files, in order; of a mail in an mbox at most one byte over `longest`.

    A link to nothing is among them, so that none goes without a word. The second mail of `old.mbox` is `old.mbox:2`.
    """
    for path in _files(places):
        if is_mbox(path):
            yield from _mails_of(path, longest)
        else:
            yield Stored(str(path), path.read_bytes)


def is_mbox(path: Path) -> bool:
    """By its name: a single mail may begin with "From " too, and may quote another mailbox."""
    return path.suffix.lower() in _MBOX or path.name == "mbox"


def holds_more(raw: bytes) -> bool:
    """Whether a file read as one mail begins as an mbox does, and another mail with its headers follows."""
    return raw.startswith(b"From ") and _NEXT.search(raw) is not None


def _files(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            found = sorted(place.rglob("*"))
            yield from (path for path in found if path.is_file() or (path.is_symlink() and not path.exists()))
        else:
            yield place


def _mails_of(path: Path, longest: int) -> Iterator[Stored]:
    """The mails of an mbox; where it cannot be read, one that says so."""
    number = 0
    try:
        for number, raw in enumerate(_split(path, longest), start=1):
            yield Stored(f"{path}:{number}", partial(bytes, raw))
    except OSError as error:
        yield _unread(f"{path}:{number + 1}" if number else str(path), error)


def _unread(name: str, error: OSError) -> Stored:
    def read() -> bytes:
        raise error

    return Stored(name, read)


def _split(path: Path, longest: int) -> Iterator[bytes]:
    """Each mail's bytes without the line that begins it: such a line is the first or follows an empty one."""
    mail: list[bytes] = []
    size, after_empty = 0, True
    with path.open("rb") as file:
        while line := file.readline(longest + 1):
            if after_empty and _SEPARATOR.fullmatch(line):
                if any(part.strip() for part in mail):
                    yield b"".join(mail)
                mail, size = [], 0
            elif size <= longest:
                mail.append(line[1:] if _ESCAPED.match(line) else line)
                size += len(mail[-1])
            after_empty = line in {b"\n", b"\r\n"}
    if any(part.strip() for part in mail):
        yield b"".join(mail)
