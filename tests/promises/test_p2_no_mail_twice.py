"""P2: one mail never makes two tickets or two comments, however often, from wherever and in whatever wrapping it comes."""

import random
import re
import threading
from pathlib import Path

import pytest

from tests.parts.daemon import Daemon
from tests.promises.post import count, id_of, posted, sender_of, sent_and_not_heard, written

TRACES = (
    "Received: from relay{n}.example (unknown [10.0.0.{n}])\r\n\tby mx.example; Mon, 23 Nov 2026 09:0{n}:00 +0800",
    "Return-Path: <bounce{n}@customer.example>",
    "Delivered-To: fault+{n}@localhost",
    "X-Spam-Status: No, score=0.{n}\r\n\ttests=none",
    "Authentication-Results: mx{n}.example; dkim=pass",
    "ARC-Seal: i={n}; a=rsa-sha256; b=AAAA",
)


def on_another_way(raw: bytes, chance: random.Random) -> bytes:
    """The same mail as another server's last hop leaves it."""
    lines = [chance.choice(TRACES).format(n=chance.randint(1, 9)) for _ in range(chance.randint(1, 4))]
    return "\r\n".join(lines).encode() + b"\r\n" + raw


def through_a_list(raw: bytes) -> bytes:
    """The same words under the same Message-ID, marked by a mailing list: another digest."""
    return raw.replace(b"\r\n\r\n", b"\r\nList-Id: <it.customer.example>\r\nPrecedence: list\r\n\r\n", 1)


def storm(folder: Path, mails: int, copies: int) -> None:
    chance = random.Random(mails)
    daemon = Daemon(folder)
    with daemon.ended():
        daemon.start()
        faults = [written(f"user{n}@customer.example", f"Fault {n}", f"It hums, number {n}.") for n in range(mails)]
        for raw in faults[::7]:
            sent_and_not_heard(daemon, raw)
        assert posted(daemon, *faults) == mails
        daemon.drain()
        replies = [answer(raw) for raw in faults[::5]]
        at_once = [threading.Thread(target=posted, args=(daemon, *replies)) for _ in range(4)]
        for one in at_once:
            one.start()
        for one in at_once:
            one.join()
        for turn in range(copies):
            again = [on_another_way(raw, chance) for raw in (*faults, *replies)]
            chance.shuffle(again)
            assert posted(daemon, *again, to="Fault@LOCALHOST" if turn % 2 else "fault@localhost") == len(again)
            daemon.kill()
            daemon.start()
        assert posted(daemon, *(through_a_list(raw) for raw in faults[::3])) == len(faults[::3])
        daemon.drain()
        check(daemon, faults, replies)
        daemon.stop()
    assert daemon.fsck() == []


def answer(raw: bytes) -> bytes:
    """What its sender says next, in reply to it."""
    subject = re.findall(rb"Subject: (.+)\r", raw)[0].decode()
    return written(sender_of(raw), f"Re: {subject}", f"More of {subject}", In_Reply_To=id_of(raw))


def check(daemon: Daemon, faults: list[bytes], replies: list[bytes]) -> None:
    outcomes = dict(daemon.ask("select outcome, count(*) from inbox group by outcome"))
    assert outcomes == {"ticket": len(faults), "comment": len(replies), "duplicate": len(faults[::3])}
    assert count(daemon, "select count(*) from ticket") == len(faults)
    assert count(daemon, "select count(*) from entry") == len(faults) + len(replies)
    assert count(daemon, "select count(*) from outbox where kind = 'confirmation'") == len(faults)
    told = "select count(*) - count(distinct ticket_id) from outbox where event = 'answered' and audience = 'group'"
    assert count(daemon, told) == 0
    assert count(daemon, "select min(copies) from inbox where outcome <> 'duplicate'") > 0


def test_a_storm_of_copies(tmp_path: Path) -> None:
    storm(tmp_path, 40, 2)


@pytest.mark.long
def test_two_thousand_mails_again_and_again(tmp_path: Path) -> None:
    storm(tmp_path, 2000, 5)
