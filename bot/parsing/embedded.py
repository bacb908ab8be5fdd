"""Files that stand in the text of a mail itself, uuencoded or in yEnc: linear, and only where a line proves it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from bot.parsing.charset import decode
from bot.parsing.structure import decode_uu

MOST = 100
_BEGIN = re.compile(
    rb"(?m)^(?:begin [0-7]{3,4} ([^\r\n]{1,250})\r?\n(?=([!-`])([ -`]{0,90}))|"
    rb"=ybegin ([^\r\n]{0,200}?)\bname=([^\r\n]{1,250})\r?\n(?:=ypart [^\r\n]{0,200}\r?\n)?)"
)
_PIECE, _SIZE = re.compile(rb"\bpart=([0-9]{1,9})\b"), re.compile(rb"\bsize=([0-9]{1,12})\b")
_UU_END = re.compile(rb"(?m)^end[ \t]*+\r?(?:\n|\Z)")
_YENC_END = re.compile(rb"(?m)^=yend\b[^\n]*+(?:\n|\Z)")
_MINUS_42 = bytes((byte - 42) % 256 for byte in range(256))


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file's name and bytes, and the places in the text that hold it: several where yEnc has cut it in pieces.

    `size` is how many bytes it should have, as yEnc says; -1 where nothing says that. `piece`: its newest, from 1.
    """

    name: str
    data: bytes
    places: tuple[tuple[int, int], ...]
    size: int = -1
    piece: int = 0

    @property
    def is_cut(self) -> bool:
        return 0 <= self.size != len(self.data)


def embedded_files(text: bytes) -> list[Embedded]:
    """The files in the bytes of a text part, in order; at most 100."""
    if b"begin" not in text:
        return []
    found: list[Embedded] = []
    for one in islice(_found(text), MOST):
        before = found[-1] if found else None
        if before and (one.name, one.size) == (before.name, before.size) and one.piece == before.piece + 1 > 1:
            found[-1] = replace(one, data=before.data + one.data, places=(*before.places, *one.places))
        else:
            found.append(one)
    return found


def without_files(text: bytes, files: list[Embedded]) -> bytes:
    """The text without the lines of these files."""
    kept, at = [], 0
    for start, end in (place for file in files for place in file.places):
        kept.append(text[at:start])
        at = end
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
        body, place = text[at : end.start()], ((begin.start(), end.end()),)
        if begin[2] is None:
            size, piece = (int(found[1]) if (found := wanted.search(begin[4])) else -1 for wanted in (_SIZE, _PIECE))
            yield Embedded(decode(begin[5].strip()), decode_yenc(body), place, size, max(piece, 0))
        else:
            yield Embedded(decode(begin[1].strip()), decode_uu(body), place)
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
