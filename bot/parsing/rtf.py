"""The words of the compressed RTF in which Outlook keeps a text (MS-OXRTFCP): bounded, and never raising."""

from __future__ import annotations

import re
import struct

from bot.parsing.charset import decode

MOST = 256 * 1024
"""Bytes of RTF that are read."""

_HEAD = struct.Struct("<III4x")
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_RING = 4096
_BEGINNING = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?[0-9]{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_NO_WORDS = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer generator listtable listoverridetable rsidtbl "
    b"themedata colorschememapping latentstyles datastore xmlnstbl filetbl".split()
)
_SIGNS = {b"par": "\n", b"line": "\n", b"tab": "\t", b"cell": "\t", b"row": "\n", b"emdash": "—", b"endash": "–",
          b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•"}  # fmt: skip


def decompressed(data: bytes) -> bytes:
    """The RTF, at most MOST bytes of it; b"" where the data are none."""
    if len(data) < _HEAD.size:
        return b""
    _size, raw_size, kind = _HEAD.unpack_from(data)
    if kind == _PLAIN:
        return data[_HEAD.size : _HEAD.size + min(raw_size, MOST)]
    return _unpacked(data, min(raw_size, MOST)) if kind == _COMPRESSED else b""


def _unpacked(data: bytes, most: int) -> bytes:
    """Each control byte says of eight tokens whether it is a byte, or a place and length in what came before."""
    out = bytearray(_BEGINNING)
    start, at = len(out), _HEAD.size
    while at < len(data) and len(out) - start < most:
        control, at = data[at], at + 1
        for bit in range(8):
            if not control >> bit & 1:
                out += data[at : at + 1]
                at += 1
                continue
            if at + 2 > len(data):
                return bytes(out[start:])
            token, at = data[at] << 8 | data[at + 1], at + 2
            back = (len(out) - (token >> 4)) % _RING
            if back == 0:
                return bytes(out[start:])
            for _ in range((token & 0xF) + 2):
                out.append(out[len(out) - back] if back <= len(out) else 0)
    return bytes(out[start:])


def rtf_to_text(rtf: bytes) -> str:
    """The words of an RTF document, line by line."""
    reader = _Reader()
    for token in _TOKEN.finditer(rtf[:MOST]):
        reader.take(token)
    return reader.text()


class _Reader:
    """Collects words; `_skips` holds, for each open group, whether it holds none."""

    def __init__(self) -> None:
        self._skips: list[bool] = [False]
        self._pieces: list[str] = []
        self._bytes = bytearray()
        self._charset = "windows-1252"
        self._fallbacks = 0

    def take(self, token: re.Match[bytes]) -> None:
        word, number, code, sign, brace, plain = token.groups()
        if brace:
            self._group(opens=brace == b"{")
        elif word:
            self._word(word, int(number or 0))
        elif sign:
            self._sign(sign)
        elif code:
            self._add(bytes((int(code, 16),)))
        elif plain:
            self._add(plain)

    def _group(self, *, opens: bool) -> None:
        if opens:
            self._skips.append(self._skips[-1])
        elif len(self._skips) > 1:
            self._skips.pop()

    def _word(self, word: bytes, number: int) -> None:
        if word in _NO_WORDS:
            self._skips[-1] = True
        elif word == b"ansicpg":
            self._charset = "gb18030" if number == 936 else f"windows-{number}"  # noqa: PLR2004  -- code page of GBK
        elif word == b"u" and not self._skips[-1]:
            self._flush()
            self._pieces.append(chr(number % 0x10000))
            self._fallbacks = 1
        elif word in _SIGNS and not self._skips[-1]:
            self._flush()
            self._pieces.append(_SIGNS[word])

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._skips[-1] = True
        elif sign in {b"\\", b"{", b"}"}:
            self._add(sign)
        elif sign == b"~":
            self._add(b" ")

    def _add(self, data: bytes) -> None:
        if self._skips[-1]:
            return
        self._bytes += data[self._fallbacks :]  # what stands for a \u where that is not understood
        self._fallbacks = 0

    def _flush(self) -> None:
        if self._bytes:
            self._pieces.append(decode(bytes(self._bytes), self._charset))
            self._bytes.clear()

    def text(self) -> str:
        self._flush()
        return "".join(self._pieces).strip()
