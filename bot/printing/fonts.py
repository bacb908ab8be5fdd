"""Which characters a font can show: asked before printing, since what no font has would come out as a box."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

PREFERRED = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans SC", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Microsoft YaHei", "PingFang SC", "Droid Sans Fallback", "AR PL UMing CN",
)  # fmt: skip
"""Families with Chinese characters, the best for a printed page first."""
REGULAR = 400
LONGEST_WORD = 16
"""So many characters without a place to break at may stand together: as wide as a narrow cell is, were they all W."""
BREAK = "\u200b"
_LONG = re.compile(rf"[^\s{BREAK}\u2e80-\uffef]{{{LONGEST_WORD}}}(?=[^\s\u2e80-\uffef])")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_SELECTORS = range(0xFE00, 0xFE10)
_TABLE, _GROUP, _SUBTABLE = struct.Struct(">4sIII"), struct.Struct(">III"), struct.Struct(">HHI")
_FORMAT_4, _FORMAT_12 = 4, 12
_UNICODE = {(0, 3), (0, 4), (0, 6), (3, 1), (3, 10)}
"""Platform and encoding of the character maps that are by Unicode."""

Shower = Callable[[str], str]
"""Character → the family that shows it, or ""."""


def chinese(fonts: Iterable[Any]) -> str:
    """The family with Chinese characters to print in, or "". `fonts` as typst.Fonts().fonts() gives them."""
    families = {one.family for one in fonts}
    return next((name for name in PREFERRED if name in families), "")


def shower(fonts: Iterable[Any], family: str) -> Shower:
    """Says which family shows a character: `family` where that can, else another; each file is read when needed."""
    upright = [one for one in fonts if one.path and one.style == "normal" and one.weight == REGULAR]
    upright.sort(key=lambda one: (one.family != family, one.family, one.path))

    @cache
    def shows(character: str) -> str:
        return next((one.family for one in upright if ord(character) in covered(one.path, one.index)), "")

    return shows


@cache
def covered(path: str, index: int = 0) -> frozenset[int]:
    """The code points that a TrueType or OpenType font (the `index`-th of a collection) shows; none if unreadable."""
    try:
        return frozenset(_covered(Path(path).read_bytes(), index))
    except (OSError, struct.error, IndexError):
        return frozenset()


def _covered(data: bytes, index: int) -> Iterator[int]:
    start = struct.unpack_from(">I", data, 12 + 4 * index)[0] if data[:4] == b"ttcf" else 0
    for number in range(struct.unpack_from(">H", data, start + 4)[0]):
        tag, _, place, _ = _TABLE.unpack_from(data, start + 12 + 16 * number)
        if tag == b"cmap":
            yield from _mapped(data, place)


def _mapped(data: bytes, cmap: int) -> Iterator[int]:
    """What the Unicode maps hold in formats 4 and 12, which every font in use has."""
    for number in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        platform, encoding, offset = _SUBTABLE.unpack_from(data, cmap + 4 + 8 * number)
        form = struct.unpack_from(">H", data, cmap + offset)[0]
        if (platform, encoding) in _UNICODE and form == _FORMAT_12:
            yield from _groups(data, cmap + offset)
        elif (platform, encoding) in _UNICODE and form == _FORMAT_4:
            yield from _segments(data, cmap + offset)


def _groups(data: bytes, place: int) -> Iterator[int]:
    for number in range(struct.unpack_from(">I", data, place + 12)[0]):
        first, last, glyph = _GROUP.unpack_from(data, place + 16 + 12 * number)
        yield from range(first + (glyph == 0), last + 1)  # glyph 0 is the box itself


def _segments(data: bytes, place: int) -> Iterator[int]:
    doubled = struct.unpack_from(">H", data, place + 6)[0]
    for at in range(place + 14, place + 14 + doubled, 2):
        last, first, delta, shift = (
            struct.unpack_from(">H", data, at + step)[0] for step in (0, doubled + 2, 2 * doubled + 2, 3 * doubled + 2)
        )
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = point + delta
            if shift:
                glyph = struct.unpack_from(">H", data, at + 3 * doubled + 2 + shift + 2 * (point - first))[0]
                glyph = glyph and glyph + delta
            if glyph & 0xFFFF:
                yield point


def printable(text: str, shows: Shower) -> str:
    """The text as it can be set: what no font shows by its name or as [?], long words with places to break at."""
    lines = ["".join(_shown(line, shows)) for line in text.replace("\r\n", "\n").split("\n")]
    return _LONG.sub(lambda found: found[0] + BREAK, "\n".join(lines))


def _shown(line: str, shows: Shower) -> Iterator[str]:
    hidden = False
    for one in line.replace("\t", "    "):
        kind = unicodedata.category(one)
        if kind in _INVISIBLE or ord(one) in _SELECTORS:
            continue
        if one.isspace() or shows(one):
            hidden = False
            yield one
        elif kind == "So":
            yield f"[{unicodedata.name(one, '?').lower()}]"
        elif not hidden:
            hidden = True
            yield "[?]"
