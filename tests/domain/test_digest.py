import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digest import HEADER_LIMIT, header_end, header_of, mail_digest

MAIL = b"From: anna@example.com\r\nSubject: printer\r\nDate: Mon, 2 Nov 2026 10:00:00 +0800\r\n\r\nIt smokes.\r\n"
TRACE = st.sampled_from(
    [
        b"Received: from a by b;\r\n\tMon, 2 Nov 2026 10:00:01 +0800\r\n",
        b"Return-Path: <anna@example.com>\r\n",
        b"Delivered-To: desk@example.com\r\n",
        b"ARC-Seal: i=1; a=rsa-sha256;\r\n d=example.com\r\n",
        b"Authentication-Results: mx.example.com;\r\n dmarc=pass\r\n",
        b"X-Local-Delivery: 1\r\n",
        b"X-Spam-Status: No, score=-1\r\n",
        b"received-spf : pass\r\n",
        b"X-Original-To: desk@example.com\r\n",
    ]
)


@given(st.lists(TRACE, max_size=8), st.integers(0, 2))
def test_trace_headers_make_no_difference(trace: list[bytes], place: int) -> None:
    lines = MAIL.split(b"\r\n", 3)
    mixed = b"".join(line + b"\r\n" for line in lines[:place]) + b"".join(trace) + b"\r\n".join(lines[place:])
    assert mail_digest(mixed) == mail_digest(MAIL)


@given(st.binary(max_size=400))
def test_it_never_raises_and_line_ends_make_no_difference(raw: bytes) -> None:
    unix = b"A: b\n\n" + raw.replace(b"\r", b"")
    assert mail_digest(unix) == mail_digest(unix.replace(b"\n", b"\r\n")) == mail_digest(unix + b"\n\n")
    assert len(mail_digest(raw)) == 64


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"smokes", b"burns"),
        MAIL.replace(b"printer", b"Printer"),
        MAIL.replace(b"anna@", b"bert@"),
        MAIL + b"Received: in the body is no header\r\n",
        MAIL.replace(b"Date", b"X-Date"),
    ],
)
def test_any_other_change_makes_another_digest(other: bytes) -> None:
    assert mail_digest(other) != mail_digest(MAIL)


def test_it_is_the_same_whatever_the_size_of_the_pieces() -> None:
    body = b"0123456789abcdef\r\n" * 200_000
    crlf, unix = MAIL + body, (MAIL + body).replace(b"\r\n", b"\n")
    assert mail_digest(crlf) == mail_digest(unix)
    assert mail_digest(crlf + b"x") != mail_digest(crlf)


def test_trace_headers_beyond_the_limit_count() -> None:
    filler = b"X-Filler: y\r\n" * (HEADER_LIMIT // 13 + 1)
    assert mail_digest(filler + b"Received: a\r\n" + MAIL) != mail_digest(filler + MAIL)


def test_a_header_without_its_body() -> None:
    assert header_of(MAIL) == MAIL[: MAIL.index(b"\r\n\r\n") + 2]
    assert len(header_of(b"x" * 2 * HEADER_LIMIT)) == HEADER_LIMIT


def test_headers_end_at_the_first_empty_line() -> None:
    assert header_end(MAIL) == MAIL.index(b"\r\n\r\n") + 2
    assert header_end(b"Subject: x") == 10
    assert header_end(b"Subject: x\n\nbody", 0, 5) == 5
