"""The end of DATA, dots and line ends, whatever the pieces they come in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.smtp_data import BARE, BUSY, TOO_BIG, Data
from channels.smtp_rules import SMALL, Budget

LINE = st.binary(max_size=12).map(lambda line: line.translate(None, b"\r\n\0")) | st.sampled_from(
    [b"", b".", b"..", b".x"]
)
CUTS = st.lists(st.integers(0, 80), max_size=12)
TRICKY = st.lists(st.sampled_from([b"\r", b"\n", b".", b"\0", b"a", b"\r\n", b"\r\n.", b"MAIL"]), max_size=30).map(
    b"".join
)


def stuff(mail: bytes) -> bytes:
    """What a right client sends for this mail."""
    return (
        b"".join(b"." + line if line.startswith(b".") else line for line in mail.splitlines(keepends=True)) + b".\r\n"
    )


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


def receive(data: Data, chunks: list[bytes]) -> bytes | None:
    """Feeds until the end is found; what came behind it, with the chunks not fed."""
    for number, chunk in enumerate(chunks, 1):
        rest = data.feed(chunk)
        if rest is not None:
            return rest + b"".join(chunks[number:])
    return None


def read_slowly(stream: bytes) -> tuple[bytes, bytes] | None:
    """The rule itself, one byte at a time: the mail before the first CR LF dot CR LF, and what is behind it."""
    whole = b"\r\n" + stream
    end = whole.find(b"\r\n.\r\n")
    if end < 0:
        return None
    return whole[: end + 2].replace(b"\r\n.", b"\r\n")[2:], whole[end + 5 :]


@given(st.lists(LINE, max_size=8), CUTS, st.binary(max_size=20))
@example([], [1], b"QUIT\r\n")
@example([b"."], [1, 2, 3, 4, 5], b"")
def test_every_mail_comes_through_unchanged(lines: list[bytes], cuts: list[int], behind: bytes) -> None:
    mail = b"".join(line + b"\r\n" for line in lines)
    data = Data(10_000, Budget(10_000))
    assert receive(data, pieces(stuff(mail) + behind, cuts)) == behind
    assert data.refusal == ""
    assert data.take() == mail


@given(TRICKY, CUTS)
@example(b"a\r\r\n.\r\n", [])
@example(b"\n.\r\n", [1])
@example(b"\r", [])
def test_the_pieces_make_no_difference(stream: bytes, cuts: list[int]) -> None:
    stream += b"\r\n.\r\n"
    expected = read_slowly(stream)
    assert expected is not None
    mail, behind = expected
    data = Data(10_000, Budget(10_000))
    assert receive(data, pieces(stream, cuts)) == behind
    sent = stream[: len(stream) - len(behind)]
    bare = b"\0" in sent or b"\r" in sent.replace(b"\r\n", b"") or b"\n" in sent.replace(b"\r\n", b"")
    assert data.refusal == (BARE if bare else "")
    if not bare:
        assert data.take() == mail


def test_one_byte_at_a_time() -> None:
    data = Data(10_000, Budget(10_000))
    stream = stuff(b".\r\n..\r\nx\r\n\r\n")
    assert receive(data, [bytes([byte]) for byte in stream]) == b""
    assert data.take() == b".\r\n..\r\nx\r\n\r\n"


@pytest.mark.parametrize(("size", "refusal"), [(100, ""), (101, TOO_BIG)])
def test_the_size_limit_is_exact(size: int, refusal: str) -> None:
    data = Data(100, Budget(1000))
    assert data.feed(b"x" * (size - 2) + b"\r\n.\r\n") == b""
    assert data.refusal == refusal


def test_a_refused_mail_holds_no_memory_and_is_read_to_its_end() -> None:
    budget = Budget(100)
    data = Data(1000, budget)
    assert data.feed(b"x" * 90) is None
    assert budget.used == 90
    assert data.feed(b"x" * 90) is None
    assert (data.refusal, budget.used) == (BUSY, 0)
    assert data.feed(b"\r\n.\r\nQUIT\r\n") == b"QUIT\r\n"
    assert data.seen == 180 + 11


def test_the_budget_is_shared_and_given_back() -> None:
    budget = Budget(100)
    first, second = Data(1000, budget), Data(1000, budget)
    first.feed(b"x" * 60 + b"\r\n.\r\n")
    second.feed(b"x" * 60 + b"\r\n.\r\n")
    assert (first.refusal, second.refusal) == ("", BUSY)
    assert len(first.take()) == 62
    assert budget.used == 62  # until the mail is committed
    first.release()
    first.release()
    assert budget.used == 0


def test_many_large_mails_put_no_small_one_off() -> None:
    budget = Budget(10 * SMALL, reserve=SMALL)
    large = [Data(5 * SMALL, budget) for _ in range(2)]
    for one in large:
        one.feed((b"x" * 1022 + b"\r\n") * 4 * (SMALL // 1024))
        one.feed((b"x" * 1022 + b"\r\n") * (SMALL // 1024))
    assert [one.refusal for one in large] == ["", BUSY]
    full = Data(9 * SMALL, budget)
    full.feed((b"x" * 1022 + b"\r\n") * 4 * (SMALL // 1024))
    assert full.refusal == ""
    assert 9 * SMALL - 8 < budget.used <= 9 * SMALL  # the ends of lines wait for what follows
    small = Data(5 * SMALL, budget)
    assert small.feed(b"The printer is jammed.\r\n.\r\n") == b""
    assert small.refusal == ""
    assert bytes(small.take()) == b"The printer is jammed.\r\n"
