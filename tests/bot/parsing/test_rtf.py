"""Compressed RTF: the example of MS-OXRTFCP, Chinese words, and what is broken."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parsing.rtf import MOST, decompressed, rtf_to_text
from bot.parsing.tnef import read_tnef
from tests.bot.parsing.test_nested import attribute, properties

EXAMPLE = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)


def test_the_example_of_the_specification() -> None:
    rtf = decompressed(EXAMPLE)
    assert rtf == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert rtf_to_text(rtf) == "hello world"


def plain(rtf: bytes) -> bytes:
    return struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi\ansicpg936 \'b4\'f2\'d3\'a1\'bb\'fa\par \'c3\'b0\'d1\'cc}", "打印机\n冒烟"),
        (rb"{\rtf1 \u25171?\u21360?{\fonttbl{\f0 Arial;}}{\*\htmltag <p>}x \{y\} \\z}", "打印x {y} \\z"),
        (rb"{\rtf1 one\tab two\line three\emdash four}}}}", "one\ttwo\nthree—four"),
        (b"no rtf at all", "no rtf at all"),
        (b"", ""),
    ],
)
def test_the_words_of_rtf(rtf: bytes, text: str) -> None:
    assert rtf_to_text(decompressed(plain(rtf))) == text


@pytest.mark.parametrize("cut", range(len(EXAMPLE)))
def test_what_is_cut_gives_what_came_before(cut: int) -> None:
    assert b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}".startswith(decompressed(EXAMPLE[:cut])[:20])


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    head = struct.pack("<IIII", 2**32 - 1, 2**32 - 1, 0x75465A4C, 0)
    assert isinstance(rtf_to_text(decompressed(head + data)), str)
    assert isinstance(rtf_to_text(data), str)


def test_it_is_bounded() -> None:
    bomb = struct.pack("<IIII", 2**32 - 1, 2**32 - 1, 0x75465A4C, 0) + b"\xff\x00\x0f" * 1_000_000
    assert len(decompressed(bomb)) < MOST + 200
    assert rtf_to_text(b"{" * 1_000_000) == ""


def test_a_text_that_a_winmail_holds_as_rtf_only() -> None:
    data = b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x00069003, properties((0x1009, 0x102, EXAMPLE)))
    found = read_tnef(data)
    assert found is not None
    assert rtf_to_text(decompressed(found.rtf)) == "hello world"
