import base64
import binascii
import email
import email.policy
from email.message import EmailMessage, Message
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parsing import limits
from bot.parsing.body import Body, unflowed
from bot.parsing.structure import Structure, decode_base64, decode_transfer, decode_uu

LEAF = st.tuples(st.just("leaf"), st.text("ab \n-=.é", max_size=40))
TREE = st.recursive(
    LEAF,
    lambda inner: st.tuples(
        st.sampled_from(["mixed", "alternative", "related"]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def built(tree: tuple[str, Any]) -> EmailMessage:
    message = EmailMessage()
    kind, content = tree
    if kind == "leaf":
        message.set_content(content)
    else:
        message["Content-Type"] = f"multipart/{kind}"
        for child in content:
            message.attach(built(child))
    return message


@given(TREE, st.booleans())
def test_the_parts_are_those_that_the_standard_library_finds(tree: tuple[str, object], crlf: bool) -> None:
    raw = built(tree).as_bytes(policy=email.policy.SMTP if crlf else email.policy.default)
    structure = Structure(raw)
    theirs = [part for part in email.message_from_bytes(raw).walk() if not part.is_multipart()]
    ours = list(structure.root.leaves())
    assert [leaf.content_type for leaf in ours] == [part.get_content_type() for part in theirs]
    assert [structure.content(leaf).strip() for leaf in ours] == [decoded(part).strip() for part in theirs]
    assert not structure.notes


def decoded(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def text_of(raw: str) -> str:
    return Body(Structure(raw.encode())).text


MIXED = "Content-Type: multipart/mixed; boundary=b\n\n"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (MIXED + "preamble\n--b\n\none\n--b\n\ntwo\n--b--\nepilogue", "one\n\ntwo"),
        (MIXED + "--b\n\none\n--b\n\ntwo", "one\n\ntwo"),
        (MIXED + "--b\n\none\n--b  \n\ntwo\n--b--", "one\n\ntwo"),
        (MIXED + "--b\n\none\n--bb\n--b--x\n--b--", "one\n--bb\n--b--x"),
        (MIXED + "no boundary at all", "no boundary at all"),
        ("Content-Type: multipart/mixed\n\n--z\n\none\n--z--", "one"),
        ("Content-Type: text\n\nwords", "words"),
        ("Content-Type: \n\nwords", "words"),
        ("Content-Transfer-Encoding: 8-bit\n\nwords", "words"),
        ("Content-Transfer-Encoding: QUOTED-PRINTABLE (old)\n\n=77ords", "words"),
        ("Content-Type: text/plain\n\n<!DOCTYPE html>\n<html><p>words</p></html>\n", "words"),
        ("Content-Type: text/plain\n\n<html> does not close, why?", "<html> does not close, why?"),
        ("Content-Type: multipart/alternative; boundary=b\n\n--b\n\n \n--b\nContent-Type: text/html\n\n<p>html</p>\n--b--", "html"),
        ("Content-Type: multipart/alternative; boundary=b\n\n--b\n\nUse an HTML viewer\n--b\nContent-Type: text/html\n\n<p>html</p>\n--b--", "html"),
        ("Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>html</p>\n--b\n\nplain\n--b--", "plain"),
        (MIXED + "--b\n\nhello you\n--b\nContent-Type: text/html\n\n<p>hello <b>you</b></p>\n--b--", "hello you"),
        (MIXED + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\ninner\n--b\n\nouter\n--b--", "inner\n\nouter"),
        (MIXED + "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ninner\n--b--\n\n--b\n\nouter\n--b--", "inner\n\nouter"),
    ],
)  # fmt: skip
def test_texts(raw: str, text: str) -> None:
    assert text_of(raw) == text


def test_limits_of_parts_and_depth() -> None:
    many = Structure((MIXED + "--b\n\nx\n" * 1000).encode())
    assert len(list(many.root.leaves())) == limits.PARTS - 1
    assert "parts-omitted:801" in many.notes
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2000)) + "\nx"
    deep = Structure(nested.encode())
    assert "depth-cut" in deep.notes
    assert [leaf.depth for leaf in deep.root.leaves()] == [limits.DEPTH]


def test_the_kept_text_is_bounded() -> None:
    body = Body(Structure(b"A: b\n\n" + b"x" * (2 * limits.TEXT)))
    assert (len(body.text), body.notes) == (limits.TEXT, ["text-cut"])


@given(st.binary(max_size=200))
def test_base64_comes_back_whatever_stands_between(data: bytes) -> None:
    encoded = base64.encodebytes(data)
    assert decode_base64(encoded) == data
    assert decode_base64(encoded.replace(b"\n", b" \r\n!")) == data
    assert data.startswith(decode_base64(encoded[:-3]))


@given(st.binary(max_size=400))
def test_uu_comes_back(data: bytes) -> None:
    lines = b"".join(binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45))
    assert decode_uu(b"begin 644 x.bin\n" + lines + b"`\nend\n") == data


@given(st.binary(max_size=200), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit", "odd"]))
def test_decoding_never_raises(data: bytes, encoding: str) -> None:
    assert isinstance(decode_transfer(data, encoding), bytes)


@pytest.mark.parametrize(
    ("flowed", "text"),
    [
        ("a \nb", "a b"),
        ("> a \n> b\nc", "> a b\nc"),
        ("> a \nb", "> a\nb"),
        ("a\n-- \nb", "a\n-- \nb"),
        (" > no quote", "> no quote"),
        ("a \n\nb", "a\n\nb"),
    ],
)
def test_flowed_text(flowed: str, text: str) -> None:
    assert unflowed(flowed, delete_space=False) == text


def test_flowed_text_of_chinese_without_blanks() -> None:
    assert unflowed("打印 \n机", delete_space=True) == "打印机"


def test_parts_without_an_end_of_their_headers_are_searched_once() -> None:
    """A search from each of them to the end of the mail would take minutes, not milliseconds."""
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nx\n" * 1_000_000
    assert len(list(Structure(raw).root.leaves())) <= limits.PARTS


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Content-Disposition: attachment; filename='a b.pdf'", "a b.pdf"),
        ("Content-Disposition: attachment; filename=“a b.pdf”", "a b.pdf"),
        ('Content-Disposition: attachment; filename="%E6%89%93%E5%8D%B0%E6%9C%BA.pdf"', "打印机.pdf"),
        ('Content-Disposition: attachment; filename="a%20b%2fc.pdf"', "a%20b%2fc.pdf"),
        ('Content-Disposition: attachment; filename="%E6%89%FF.pdf"', "%E6%89%FF.pdf"),
        ('Content-Disposition: attachment; filename="%B4%F2%D3%A1%BB%FA.pdf"', "打印机.pdf"),
        ('Content-Disposition: attachment; filename="打%D3%A1%BB%FA.pdf"', "打%D3%A1%BB%FA.pdf"),
        ('Content-Disposition: attachment; filename="=?utf-8?B?5omT5Y2w5py6LnBkZg=="', "打印机.pdf"),
        ('Content-Disposition: attachment; filename="=?utf-8?Q?=E6=89=93=E5=8D=B0?"', "打印"),
        ('Content-Disposition: attachment; filename="=?utf-8?B?PT91dGYtOD9CPzVvbVQ1WTJ3NXB5Nj89?="', "打印机"),
        ('Content-Disposition: attachment filename="a.pdf"', "a.pdf"),
        ('Content-Disposition: filename="a.pdf"', "a.pdf"),
        ("Content-Disposition: =?utf-8?b?YXR0YWNobWVudDsgZmlsZW5hbWU9ICJhIGIuaHRtIg==?=", "a b.htm"),
        ("Content-Disposition: attachment; =?utf-8?b?ZmlsZW5hbWU9IlTDtnN0?=.pdf", "Töst.pdf"),
        ("Content-Disposition: attachment; filename=UTF-8''%E6%8A%A5%E5%91%8A.pdf", "报告.pdf"),
        ("Content-Disposition: attachment; filename=\"gbk''%B1%A8%B8%E6.pdf\"", "报告.pdf"),
        ("Content-Disposition: attachment; filename=\"Bob's 'x' 50%25.pdf\"", "Bob's 'x' 50%25.pdf"),
        ('Content-Type: application/pdf; name="\\"a.pdf\\""', "a.pdf"),
        ('Content-Disposition: attachment; filename="a.pdf"; filename*0=""', "a.pdf"),
        ('Content-Type: application/pdf; name="=?gbk?B?sai45g==?="\nContent-Disposition: x; filename="??.pdf"', "报告"),
        ('Content-Disposition: attachment; filename="??.pdf"', "??.pdf"),
        ('Content-Disposition: attachment; filename="&#25925;&#38556;.pdf"', "故障.pdf"),
        ('Content-Disposition: attachment; filename="A&#B;&amp;.pdf"', "A&#B;&amp;.pdf"),
        ('Content-Type: application/pdf; filename="a.pdf"', "a.pdf"),
        ("Content-Type: application/pdf\nContent-Location: a.pdf", "a.pdf"),
        ("Content-Type: application/pdf\nContent-Location: http://b.example/a.pdf", ""),
        ("Content-Type: application/pdf\nContent-Description: =?utf-8?q?the_plan?=", ""),
        ("Content-Type: application/pdf\nContent-Description: a.pdf", "a.pdf"),
        ("Content-Type: text/plain\nContent-Description: a.txt", ""),
    ],
)
def test_what_a_file_is_called(header: str, name: str) -> None:
    structure = Structure(f"{MIXED}--b\n{header}\n\nwords\n--b--".encode())
    assert [part.file_name for part in structure.root.leaves()] == [name]
