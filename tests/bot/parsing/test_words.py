import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parsing.words import decode_header, decode_words


def word(data: bytes, charset: str = "utf-8") -> str:
    return f"=?{charset}?B?{base64.b64encode(data).decode()}?="


GBK = "打印机坏了".encode("gbk")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?a=C3=A9_b?=", "aé b"),
        (word("打印机".encode()), "打印机"),
        (f"Re: {word(GBK, 'gb2312')} now", "Re: 打印机坏了 now"),
        (f"{word(GBK[:3], 'GBK')}\r\n {word(GBK[3:], 'gbk')}", "打印机坏了"),
        (
            f"=?gbk?B?{base64.b64encode(GBK).decode()[:6]}?= =?gbk?B?{base64.b64encode(GBK).decode()[6:]}?=",
            "打印机坏了",
        ),
        (f"{word(b'a')} {word(b'b')}", "ab"),
        (f"{word(b'a')} x {word(b'b')}", "a x b"),
        (f"{word(b'a')}{word('é'.encode('cp1252'), 'iso-8859-1')}", "aé"),
        ("=?utf-8*zh?q?=E4=B8=AD?=", "中"),
        ("=?UTF-8?Q?with space and ? inside?=", "with space and ? inside"),
        ("=?unknown?q?a=20b?=", "a b"),
        ("=?utf-8?b?5Lit5paH?", "=?utf-8?b?5Lit5paH?"),
        ("=?utf-8?b?5Lit!5paH?=", "中文"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("a =?= b", "a =?= b"),
    ],
)
def test_encoded_words(value: str, text: str) -> None:
    assert decode_words(value.replace("\r\n", "")) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Fw: =?utf-8?B?5omT5Y2w5py6", "Fw: 打印机"),
        ("=?utf-8?B?5omT5Y2w5py", "打印"),
        ("=?gb2312?Q?=B4=F2=D3=A1=BB?", "打印"),
        (word(word(GBK, "gb2312").encode()), "打印机坏了"),
    ],
)
def test_a_subject_that_was_cut_or_encoded_twice_on_its_way_is_read(value: str, text: str) -> None:
    assert decode_header(value.encode()) == text


def test_raw_bytes_take_the_charset_of_the_body() -> None:
    assert decode_header("打印机".encode()) == "打印机"
    assert decode_header(GBK) == "打印机坏了"
    assert decode_header("Ő".encode("iso8859_2"), "iso-8859-2") == "Ő"


def test_a_word_that_our_limit_cut_is_dropped() -> None:
    assert decode_header(b"=?utf-8?q?a?= =?utf-8?q?bc", was_cut=True).strip() == "a"


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: word(text.encode("utf-8", "surrogatepass")).encode())
)
def test_it_never_raises(value: bytes) -> None:
    assert isinstance(decode_header(value), str)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60), st.integers(1, 20))
def test_words_cut_anywhere_give_the_text_back(text: str, size: int) -> None:
    data = text.encode()
    words = " ".join(word(data[at : at + size]) for at in range(0, len(data), size))
    assert decode_words(words) == text.removeprefix("\ufeff")
