import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digest import HEADER_LIMIT
from bot.parsing import limits
from bot.parsing.fields import read_fields, split_parameters


def read(raw: bytes) -> tuple[dict[str, list[bytes]], bytes]:
    fields = read_fields(raw, 0, len(raw))
    return fields.values, raw[fields.body :]


def test_fields_and_folding() -> None:
    raw = b"Subject: a\r\n b\r\nX: 1\r\nsubject:c\r\n\r\nbody\r\n"
    fields = read_fields(raw, 0, len(raw))
    assert fields.first("subject") == b"a b"
    assert (fields.count("subject"), fields.first("absent"), raw[fields.body :]) == (2, b"", b"body\r\n")


@pytest.mark.parametrize(
    ("raw", "names", "body"),
    [
        (b"A: b", ["a"], b""),
        (b"\r\nno headers", [], b"no headers"),
        (b"From x Mon\nA: b\n\nbody", ["a"], b"body"),
        (b"A: b\nstray line\nSubject: c\n\nbody", ["a", "subject"], b"body"),
        (b"A: b\nHello, I am\nhttp://example.com\n\nbody", ["a"], b"Hello, I am\nhttp://example.com\n\nbody"),
        (b"A : b\n\nbody", ["a"], b"body"),
        (b"A:\n\n", ["a"], b""),
    ],
)
def test_where_headers_end(raw: bytes, names: list[str], body: bytes) -> None:
    values, rest = read(raw)
    assert (list(values), rest) == (names, body)


def test_a_parameter_that_a_program_forgot_to_indent() -> None:
    raw = b'Content-Type: multipart/mixed;\nboundary="a=b"\nSubject: c\n\nbody'
    values, rest = read(raw)
    assert split_parameters(values["content-type"][0]) == ("multipart/mixed", {"boundary": "a=b"})
    assert (list(values), rest) == (["content-type", "subject"], b"body")
    assert read(b"Subject: a;\nis it so=1\n\nbody")[1] == b"is it so=1\n\nbody"


def test_limits() -> None:
    many = read_fields(raw := b"X: y\n" * 3000 + b"\nbody", 0, len(raw))
    assert (many.count("x"), many.notes, raw[many.body :]) == (limits.FIELDS, ("headers-cut",), b"body")
    long = read_fields(raw := b"X: " + b"y" * HEADER_LIMIT + b"\nZ: 1\n\nbody", 0, len(raw))
    assert (list(long.values), long.notes, raw[long.body :]) == (["x"], ("headers-cut",), b"body")


@pytest.mark.parametrize(
    ("value", "main", "parameters"),
    [
        (b"text/plain; charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        (b'Text/Plain; Charset="gb2312"; x', "text/plain", {"charset": "gb2312"}),
        (b'multipart/mixed;boundary="a;b=c"', "multipart/mixed", {"boundary": "a;b=c"}),
        (b"attachment; filename=my file.pdf", "attachment", {"filename": "my file.pdf"}),
        (b'attachment; filename="C:\\dir\\x.txt"', "attachment", {"filename": "C:\\dir\\x.txt"}),
        (b'attachment; filename="a \\"b\\".txt"', "attachment", {"filename": 'a "b".txt'}),
        (b'attachment; filename="open', "attachment", {"filename": "open"}),
        (b"attachment; filename*=utf-8''%E5%9B%BE.png", "attachment", {"filename": "图.png"}),
        (b"attachment; filename*1*=%BC; filename*0*=gbk''%CD; filename*2=.png", "attachment", {"filename": "图.png"}),
        (b"attachment; filename*0*=gb2312''%C; filename*1*=D%B; filename*2*=C.png", "attachment", {"filename": "图.png"}),
        (b'attachment; filename="=?gbk?B?zbwucG5n?="', "attachment", {"filename": "图.png"}),
        ('attachment; filename="图.png"'.encode(), "attachment", {"filename": "图.png"}),
        ('attachment; filename="故障报告.png"'.encode("gbk"), "attachment", {"filename": "故障报告.png"}),
        (b"attachment; filename=first; filename=second", "attachment", {"filename": "first"}),
        (b"attachment; filename=plain.txt; filename*=utf-8''%E5%9B%BE.txt", "attachment", {"filename": "图.txt"}),
        (b";;;;", "", {}),
        (b"", "", {}),
    ],
)  # fmt: skip
def test_parameters(value: bytes, main: str, parameters: dict[str, str]) -> None:
    assert split_parameters(value) == (main, parameters)


@given(st.binary(max_size=300) | st.text(st.sampled_from("a*01=\";%'\\ \n:"), max_size=200).map(str.encode))
def test_nothing_raises(raw: bytes) -> None:
    fields = read_fields(raw, 0, len(raw))
    assert 0 <= fields.body <= len(raw)
    split_parameters(raw)
