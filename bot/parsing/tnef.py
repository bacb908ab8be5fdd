"""Reads winmail.dat, the envelope that Outlook puts files and words into (MS-OXTNEF): linear, bounded, never raising.

Only what people sent is read: the files with their names, and the words. A stream that breaks off gives what came
before.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.parsing.charset import decode
from bot.parsing.structure import TNEF_SIGNATURE

MOST_FILES = 100
_MOST_PROPERTIES = 2_000
_HEAD, _LEAST, _CHECKSUM = 6, 9, 2

_BODY, _CODEPAGE, _MAPI = 0x0002800C, 0x00069007, 0x00069003
_NEW_FILE, _FILE_NAME, _FILE_DATA, _FILE_MAPI = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_PR_BODY, _PR_RTF, _PR_HTML, _PR_DATA, _PR_NAME, _PR_LONG_NAME, _PR_TYPE = (
    0x1000,
    0x1009,
    0x1013,
    0x3701,
    0x3704,
    0x3707,
    0x370E,
)
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_TEXT, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_VARIABLE = frozenset({_TEXT, _UNICODE, _OBJECT, _BINARY})
_MULTIPLE, _NAMED, _GUID = 0x1000, 0x8000, 16
_CODEPAGES = {936: "gb18030", 950: "big5", 932: "shift_jis", 949: "euc-kr", 65001: "utf-8"}


@dataclass(slots=True)
class TnefFile:
    """One file: its name and declared type as they stand, and its bytes."""

    name: str = ""
    media_type: str = ""
    data: bytes = b""


@dataclass(slots=True)
class Tnef:
    """What a stream holds. `html` and `rtf` (compressed) are the text in other forms. `is_cut`: it breaks off."""

    text: str = ""
    html: bytes = b""
    rtf: bytes = b""
    files: list[TnefFile] = field(default_factory=list)
    is_cut: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.files or self.text or self.html or self.rtf)


def read_tnef(data: bytes) -> Tnef | None:
    """The stream's words and files; None where it is no such stream."""
    if not data.startswith(TNEF_SIGNATURE):
        return None
    found, charset, end = Tnef(), "", _HEAD
    for kind, value in _attributes(data):
        end += _LEAST + len(value) + _CHECKSUM
        if kind == _CODEPAGE and len(value) >= 4:  # noqa: PLR2004  -- a long
            charset = _charset(struct.unpack_from("<I", value)[0])
        elif kind == _BODY:
            found.text = found.text or _text(value, charset)
        elif kind == _MAPI:
            _read_words(found, value, charset)
        elif kind == _NEW_FILE:
            if len(found.files) >= MOST_FILES:
                break
            found.files.append(TnefFile())
        elif found.files:
            _read_file(found.files[-1], kind, value, charset)
    found.is_cut = end + _LEAST <= len(data) and len(found.files) < MOST_FILES
    found.files = [file for file in found.files if file.data]
    return found


def _charset(page: int) -> str:
    return _CODEPAGES.get(page, f"windows-{page}")


def _text(value: bytes, charset: str) -> str:
    return decode(value.rstrip(b"\0"), charset)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = _HEAD
    while at + _LEAST <= len(data):
        _level, kind, size = struct.unpack_from("<BII", data, at)
        if at + _LEAST + size > len(data):
            return
        yield kind, data[at + _LEAST : at + _LEAST + size]
        at += _LEAST + size + _CHECKSUM


def _read_words(found: Tnef, value: bytes, charset: str) -> None:
    for name, kind, content in _properties(value):
        if name == _PR_BODY:
            found.text = found.text or _string(kind, content, charset)
        elif name == _PR_HTML:
            found.html = found.html or content
        elif name == _PR_RTF:
            found.rtf = found.rtf or content


def _read_file(file: TnefFile, kind: int, value: bytes, charset: str) -> None:
    if kind == _FILE_NAME:
        file.name = file.name or _text(value, charset)
    elif kind == _FILE_DATA:
        file.data = value
    elif kind == _FILE_MAPI:
        _read_file_properties(file, value, charset)


def _read_file_properties(file: TnefFile, value: bytes, charset: str) -> None:
    for name, kind, content in _properties(value):
        if name == _PR_LONG_NAME or (name == _PR_NAME and not file.name):
            file.name = _string(kind, content, charset) or file.name
        elif name == _PR_TYPE:
            file.media_type = _string(kind, content, charset).lower()
        elif name == _PR_DATA and not file.data:
            file.data = content[_GUID:] if kind == _OBJECT else content


def _string(kind: int, content: bytes, charset: str) -> str:
    if kind == _UNICODE:
        return content.decode("utf-16-le", "replace").rstrip("\0")
    return _text(content, charset)


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(id, type, first value) of each property; ends where the data does or makes no sense."""
    try:
        count, at = min(struct.unpack_from("<I", data)[0], _MOST_PROPERTIES), 4
        for _ in range(count):
            kind, name = struct.unpack_from("<HH", data, at)
            at = _after_name(data, at + 4) if name >= _NAMED else at + 4
            value, at = _value(data, at, kind)
            yield name, kind & ~_MULTIPLE, value
    except (struct.error, KeyError):
        return


def _after_name(data: bytes, at: int) -> int:
    """Past the GUID and the number or text that name a property of a program's own."""
    by_text, size = struct.unpack_from("<II", data, at + _GUID)
    return at + _GUID + 8 + (_padded(size) if by_text else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    """The property's first value, and the place after all of them."""
    single = kind & ~_MULTIPLE
    if single in _VARIABLE:
        values, at = struct.unpack_from("<I", data, at)[0], at + 4
        first = b""
        for number in range(min(values, _MOST_PROPERTIES)):
            size = struct.unpack_from("<I", data, at)[0]
            first = data[at + 4 : at + 4 + size] if number == 0 else first
            at += 4 + _padded(size)
        return first, at
    values = 1
    if kind & _MULTIPLE:
        values, at = struct.unpack_from("<I", data, at)[0], at + 4
    return data[at : at + _FIXED[single]], at + values * _FIXED[single]


def _padded(size: int) -> int:
    return (size + 3) & ~3
