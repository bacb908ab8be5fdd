"""Tells an undeclared charset from the shape of its bytes: East Asian ones by their pairs, Cyrillic by its runs.

Each answer needs a handful of bytes of its kind: Latin text with a few accents must never be taken for another.
"""

from __future__ import annotations

import re

_LOOKED_AT = 4096
_ENOUGH, _MOST, _SOME = 6, 0.9, 0.25
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_SINGLE_WORD = 3
_ODD_SHARE = 0.2
_CYRILLIC = frozenset(range(0xC0, 0x100)) | {0xA3, 0xA8, 0xB3, 0xB8}
_VOWELS = {codec: frozenset("аеио".encode(codec)) for codec in ("koi8_r", "cp1251")}
_KANA_ROWS = frozenset({0xA4, 0xA5})
_HANGUL_ROWS = frozenset(range(0xB0, 0xC9))
_BIG5_ROWS = frozenset(range(0xA1, 0xC7))
_SJIS_KANA = frozenset({0x82, 0x83})


def codec_by_shape(data: bytes) -> str:
    """The codec whose shape the bytes have: Shift JIS, EUC-JP, EUC-KR, Big5, KOI8-R or Windows-1251; else ""."""
    head = data[:_LOOKED_AT]
    runs = _HIGH_RUN.findall(head)
    if sum(map(len, runs)) < _ENOUGH:
        return ""
    pairs = _PAIR.findall(head)
    if _is_shift_jis(head, pairs):
        return "cp932"
    if _is_big5(head, pairs):
        return "big5hkscs"
    odd = sum(len(run) % 2 for run in runs)
    if odd >= _ODD_SHARE * len(runs):
        return _cyrillic(runs)
    return _euc(pairs)


def _share(pairs: list[bytes], rows: frozenset[int]) -> float:
    """The share of the pairs whose first byte lies in these rows of the charset."""
    return sum(pair[0] in rows for pair in pairs) / len(pairs) if pairs else 0.0


def _decodes(data: bytes, codec: str) -> bool:
    """Whether it does, but for a character that our own limit may have cut."""
    text = data.decode(codec, "replace")
    return "\ufffd" not in text[:-1]


def _is_shift_jis(head: bytes, pairs: list[bytes]) -> bool:
    kana = sum(pair[0] in _SJIS_KANA and pair[1] < 0xF2 for pair in pairs)  # noqa: PLR2004  -- the last kana
    return kana >= max(_SINGLE_WORD, _SOME * len(pairs)) and _decodes(head, "cp932")


def _is_big5(head: bytes, pairs: list[bytes]) -> bool:
    """Its everyday characters lie in its first rows, and the second byte of many is an ASCII letter or sign."""
    low = sum(pair[1] < 0x80 for pair in pairs)  # noqa: PLR2004  -- ASCII
    return low >= max(2, _SOME / 2 * len(pairs)) and _share(pairs, _BIG5_ROWS) >= _MOST and _decodes(head, "big5hkscs")


def _cyrillic(runs: list[bytes]) -> str:
    """Which of the two Cyrillic charsets, by its most frequent vowels; "" for Greek, Swedish and all else."""
    letters = b"".join(runs)
    words = [run for run in runs if len(run) >= _SINGLE_WORD]
    long_enough = sum(map(len, words)) > len(letters) // 2
    if not long_enough or sum(byte in _CYRILLIC for byte in letters) < _MOST * len(letters):
        return ""
    for codec, vowels in _VOWELS.items():
        found = [byte for byte in letters if byte in vowels]
        if len(found) >= _ODD_SHARE * len(letters) and len(set(found)) > 1:
            return codec
    return ""


def _euc(pairs: list[bytes]) -> str:
    if _share(pairs, _KANA_ROWS) >= _SOME:
        return "euc_jp"
    return "cp949" if len(pairs) >= 2 * _ENOUGH and _share(pairs, _HANGUL_ROWS) >= _MOST else ""
