"""Files that stand in the text of a mail itself, uuencoded or in yEnc: linear, and only where a line proves it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.parsing.charset import decode
from bot.parsing.structure import decode_uu

MOST = 100
_BEGIN = re.compile(
    rb"(?m)^(?:begin [0-7]{3,4} ([^\r\n]{1,250})\r?\n(?=([!-`])([ -`]{0,90}))|"
    rb"=ybegin [^\r\n]{0,200}?\bname=([^\r\n]{1,250})\r?\n(?:=ypart [^\r\n]{0,200}\r?\n)?)"
)
_UU_END = re.compile(rb"(?m)^end[ \t]*+\r?(?:\n|\Z)")
_YENC_END = re.compile(rb"(?m)^=yend\b[^\n]*+(?:\n|\Z)")
_MINUS_42 = bytes((byte - 42) % 256 for byte in range(256))


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file's name and bytes, and where it stands in the text that holds it."""

    name: str
    data: bytes
    start: int
    end: int


def embedded_files(text: bytes) -> list[Embedded]:
    """The files in the bytes of a text part, in order; at most 100."""
    if b"begin" not in text:
        return []
    found: list[Embedded] = []
    for one in _found(text):
        found.append(one)
        if len(found) >= MOST:
            break
    return found


def without_files(text: bytes, files: list[Embedded]) -> bytes:
    """The text without the lines of these files."""
    kept, at = [], 0
    for file in files:
        kept.append(text[at : file.start])
        at = file.end
    return b"".join([*kept, text[at:]])


def _found(text: bytes) -> Iterator[Embedded]:
    """A file that never ends is left as words, and ends the search."""
    at = 0
    while begin := _BEGIN.search(text, at):
        at = begin.end()
        if begin[2] is not None and not _is_uu_line(begin):
            continue
        end = (_YENC_END if begin[2] is None else _UU_END).search(text, at)
        if not end:
            return
        body = text[at : end.start()]
        data = decode_yenc(body) if begin[2] is None else decode_uu(body)
        yield Embedded(decode((begin[1] or begin[4]).strip()), data, begin.start(), end.end())
        at = end.end()


def _is_uu_line(begin: re.Match[bytes]) -> bool:
    """Whether the line below `begin` is as long as its first character says (some encoders add one or two)."""
    size = (begin[2][0] - 32) & 63
    return 0 <= len(begin[3].rstrip()) - (size * 4 + 2) // 3 + 2 <= 5  # noqa: PLR2004  -- blanks lost at its end, or padding


def decode_yenc(body: bytes) -> bytes:
    """The bytes of a yEnc body without its control lines: each is 42 too large, and 64 more behind "="."""
    first, *escaped = body.translate(None, b"\r\n").split(b"=")
    pieces = [first.translate(_MINUS_42)]
    for piece in escaped:
        pieces += [bytes(((piece[0] - 64 - 42) % 256,)) if piece else b"", piece[1:].translate(_MINUS_42)]
    return b"".join(pieces)
