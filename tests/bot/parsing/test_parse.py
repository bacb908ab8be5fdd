import unicodedata
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digest import header_of
from bot.domain.messages import ParsedMail
from bot.parsing import limits
from bot.parsing.parse import extract, parse
from bot.parsing.wire import to_json

SAMPLES = sorted((Path(__file__).parents[2] / "mails").glob("*.eml"))
NAMES = st.sampled_from([b"From", b"To", b"Subject", b"Message-ID", b"References", b"Content-Type", b"Content-Disposition",
                         b"Content-Transfer-Encoding", b"Return-Path", b"Auto-Submitted", b"X"])  # fmt: skip
VALUES = st.one_of(
    st.binary(max_size=80).map(lambda value: value.replace(b"\n", b"")),
    st.sampled_from([b"multipart/mixed; boundary=b", b"multipart/alternative; boundary=b", b"message/rfc822", b"text/html",
                     b"base64", b"quoted-printable", b"=?utf-8?q?a=0d=0aBcc:_x?=", b"a@b.c <d@e.f>", b"<a@b>", b"((((", b"<>",
                     b'attachment; filename="../x"', b"text/plain; charset=utf-7", b"x-uuencode"]),
)  # fmt: skip
BODY = st.lists(
    st.sampled_from([b"--b\n", b"--b--\n", b"\n", b"Content-Type: text/html\n", b"> q\n", b"begin 644 x\n", b"words\n"])
    | st.binary(max_size=40),
    max_size=20,
)


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    fields = draw(st.lists(st.tuples(NAMES, VALUES), max_size=12))
    header = b"".join(name + b": " + value + b"\n" for name, value in fields)
    return header + b"\n" + b"".join(draw(BODY))


@st.composite
def damaged_samples(draw: st.DrawFn) -> bytes:
    raw = bytearray(draw(st.sampled_from(SAMPLES)).read_bytes())
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(raw)))
        raw[at : at + draw(st.integers(0, 30))] = draw(st.binary(max_size=20))
    return bytes(raw)


def is_one_clean_line(text: str) -> bool:
    return not [character for character in text if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}]


def check(mail: ParsedMail) -> None:
    lines = [mail.subject, mail.sender_name, mail.sender, mail.message_id, mail.content_type, mail.report_type]
    lines += chain(mail.references, mail.headers.values(), mail.headers.keys(), mail.notes)
    lines += chain.from_iterable((box.name, box.address) for box in mail.to + mail.cc)
    lines += chain.from_iterable((file.name, file.media_type) for file in mail.attachments)
    assert all(map(is_one_clean_line, lines))
    assert not [character for character in mail.text if character < " " and character not in "\n\t"]
    assert bool(mail.text.strip()) == bool(mail.new_text.strip())
    assert mail.message_id.startswith("<")
    assert bool(mail.sender) != bool(mail.sender_problem)
    assert len(mail.references) <= limits.IDS
    assert all(file.name and "/" not in file.name for file in mail.attachments)
    to_json(mail)


@given(mails() | st.binary(max_size=300) | damaged_samples())
def test_any_bytes_become_a_clean_mail(raw: bytes) -> None:
    mail = parse(raw)
    check(mail)
    assert all(len(extract(raw, file.part)) == file.size for file in mail.attachments)
    check(parse(header_of(raw)))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_header_alone_says_who_wrote_and_about_what(path: Path) -> None:
    mail, head = parse(path.read_bytes()), parse(header_of(path.read_bytes()))
    assert (head.sender, head.sender_name, head.subject) == (mail.sender, mail.sender_name, mail.subject)


def test_extract_says_when_there_is_no_such_part() -> None:
    with pytest.raises(KeyError):
        extract(b"A: b\n\nwords", 7)


def test_references_are_newest_first_and_few() -> None:
    old = " ".join(f"<{number}@x>" for number in range(50))
    mail = parse(f"In-Reply-To: <49@x>\nReferences: {old}\n\n".encode())
    assert mail.references == tuple(f"<{number}@x>" for number in range(49, 29, -1))


@pytest.mark.parametrize(
    "value", ["", "none", "<>", "<a b@c>", "<a@b> <c@d>", "<" * 70_000, "<a@b\x00>", "<" + "a" * 1000 + ">"]
)
def test_an_odd_message_id_is_replaced_by_one_from_the_digest(value: str) -> None:
    mail = parse(f"From: a@b.c\nMessage-ID: {value}\n\nx".encode())
    assert mail.message_id == f"<{mail.digest}@no-message-id.invalid>"


def test_a_return_path_that_is_there_and_null_is_told_from_one_that_is_not_there() -> None:
    assert parse(b"Return-Path: <>\n\n").headers["return-path"] == "<>"
    assert parse(b"Return-Path:\n\n").headers["return-path"] == ""
    assert "return-path" not in parse(b"From: a@b\n\n").headers


def test_received_headers_are_counted_and_the_topmost_result_is_kept() -> None:
    raw = b"Authentication-Results: ours; dmarc=pass\n" + b"Received: x\n" * 51 + b"Authentication-Results: forged\n\n"
    headers = parse(raw).headers
    assert (headers["received-count"], headers["authentication-results"]) == ("51", "ours; dmarc=pass")


def test_a_first_mail_is_never_stripped_and_an_answer_is() -> None:
    body = "new\n\nOn Mon, 2 Nov 2026 10:00, A <a@b> wrote:\n> old"
    assert parse(f"Subject: x\n\n{body}".encode()).new_text == body
    assert parse(f"Subject: Re: x\n\n{body}".encode()).new_text == "new"
    assert parse(f"Subject: Fwd: x\n\n{body}".encode()).new_text == body


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (b"ours;\r\n\tdmarc=pass", "ours; dmarc=pass"),
        (b"ours; x==?utf-8?q?=22?=", "ours; x==?utf-8?q?=22?="),
        ("ours; é".encode(), "ours; \ufffd\ufffd"),
        (b"ours; " + b"x" * 5000, "ours; " + "x" * 5000),
        (b"ours; " + b"x" * 9000, ""),
    ],
)
def test_what_proves_something_is_neither_decoded_nor_cut(value: bytes, kept: str) -> None:
    mail = parse(b"Authentication-Results: " + value + b"\r\nFrom: a@b.example\r\n\r\nx\r\n")
    assert mail.headers["authentication-results"] == kept


def test_words_with_a_file_name_are_shown_and_are_a_file() -> None:
    raw = b"From: a@example.com\nContent-Type: text/plain; name=log.txt\n\nThe log.\n"
    mail = parse(raw)
    assert (mail.text.strip(), [one.name for one in mail.attachments]) == ("The log.", ["log.txt"])
    assert extract(raw, mail.attachments[0].part) == b"The log.\n"
