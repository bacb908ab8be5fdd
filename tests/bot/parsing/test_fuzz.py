"""Damaged mails by the thousand: each becomes a clean mail and a verdict. The same ones in every run, by their seeds."""

import random
from pathlib import Path

import pytest

from bot.domain.mail import verdict
from bot.parsing.parse import extract, parse
from tests.bot.parsing.test_nested import CONTENT, EVENT, HEAD, INNER, TNEF, WORDS, base64_part, mixed, uuencoded
from tests.bot.parsing.test_parse import check

SAMPLES = [path.read_bytes() for path in sorted((Path(__file__).parents[2] / "mails").glob("*.eml"))] + [
    mixed(WORDS, f"Content-Type: message/rfc822\n\n{INNER}"),
    mixed(WORDS, "Content-Type: application/ms-tnef\nContent-Transfer-Encoding: 8bit\n\n").replace(b"8bit\n\n", b"8bit\n\n" + TNEF),
    mixed(WORDS, f"Content-Type: text/calendar\n\n{EVENT}"),
    f"{HEAD}\nwords\n{uuencoded('a.bin', bytes(range(200)))}".encode(),
    f"{HEAD}{base64_part('application/pkcs7-mime', CONTENT)}".encode(),
]  # fmt: skip
PIECES = [b"\n", b"\n\n", b"--", b"=?gb2312?b?", b"?=", b"=ybegin name=x\n", b"begin 644 x\n", b"\r", b"\xff\xfe", b"<", b">> ",
          b"Content-Type: message/rfc822\n\n", b"Content-Transfer-Encoding: base64\n", b"-----BEGIN PGP SIGNED MESSAGE-----\n",
          b"\x78\x9f\x3e\x22", b"\x80\x80\x80\x80", "发件人：".encode("gb18030"), b"<!--", b"<blockquote>"]  # fmt: skip


def damaged(chance: random.Random) -> bytes:
    raw = bytearray(chance.choice(SAMPLES))
    for _ in range(chance.randint(1, 8)):
        at, size = chance.randrange(len(raw) + 1), chance.choice((0, 1, 4, 40))
        action = chance.randrange(4)
        if action == 0:
            raw[at : at + size] = chance.choice(PIECES)
        elif action == 1:
            raw[at : at + size] = chance.randbytes(size)
        elif action == 2:
            other = chance.choice(SAMPLES)
            begin = chance.randrange(len(other))
            raw[at:at] = other[begin : begin + 400]
        else:
            del raw[at : at + size * 10]
    return bytes(raw)


def of_a_slice(number: int, count: int) -> None:
    chance = random.Random(number)
    for _ in range(count):
        raw = damaged(chance)
        mail = parse(raw)
        check(mail)
        assert verdict(mail).kind in {"human", "no-answer", "automatic", "bounce"}
        assert all(len(extract(raw, file.part)) == file.size for file in mail.attachments)


@pytest.mark.parametrize("number", range(5))
def test_damaged_mails_are_read(number: int) -> None:
    of_a_slice(number, 1_000)


@pytest.mark.long
@pytest.mark.parametrize("number", range(100, 200))
def test_half_a_million_damaged_mails_are_read(number: int) -> None:
    of_a_slice(number, 5_000)
