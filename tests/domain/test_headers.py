"""What `bot.domain.headers` lets into a header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.headers import LINE_LIMIT, clean_address, clean_header


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("printer jam", "printer jam"),
        ("三楼打印机卡纸", "三楼打印机卡纸"),
        ("hi\r\nBcc: evil@example.com", "hi Bcc: evil@example.com"),
        ("a\x0bb\x0cc\u2028d\u2029e\x85f\tg", "a b c d e f g"),
        ("\x1b]0;owned\x07title", "]0;ownedtitle"),
        ("exe.\u202efdp", "exe.fdp"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("  many   blanks ", "many blanks"),
        ("nul\x00", "nul"),
    ],
)
def test_a_header_is_one_clean_line(dirty: str, clean: str) -> None:
    assert clean_header(dirty) == clean


def test_a_long_line_is_cut_and_says_so() -> None:
    assert clean_header("x" * 10_000) == "x" * (LINE_LIMIT - 1) + "…"
    assert clean_header("word " * 3, 9) == "word wor…"
    assert clean_header("exactly10!", 10) == "exactly10!"


@given(st.text())
def test_nothing_unprintable_gets_through(text: str) -> None:
    line = clean_header(text)
    assert len(line) <= LINE_LIMIT
    assert line == line.strip()
    assert not {c for c in line if c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" or c in "\u2028\u2029"}
    assert line.splitlines() in ([], [line])


@pytest.mark.parametrize(
    "address", ["fault@localhost", "anna.berg+it@sub.example.com", "o'neill@example.co.uk", "1_2@x-y.example"]
)
def test_plain_addresses_pass_unchanged(address: str) -> None:
    assert clean_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "@example.com",
        "anna@",
        "anna@example.com\r\nBcc: x@y.z",
        "anna@example.com\n",
        " anna@example.com",
        "a@good.com <b@evil.com>",
        '"a b"@example.com',
        "a@b@example.com",
        "a..b@example.com",
        ".a@example.com",
        "a@-x.example",
        "a@example..com",
        "a@[127.0.0.1]",
        "góod@example.com",
        "anna@例子.example",
        "a(comment)@example.com",
        "x" * 65 + "@example.com",
        "a@" + "b." * 126 + "com",
    ],
)
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not a plain mail address"):
        clean_address(address)
