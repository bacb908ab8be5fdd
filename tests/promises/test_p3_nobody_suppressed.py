"""P3: nobody can suppress another's mail by using its Message-ID, neither before nor after her."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.parts.daemon import Daemon
from tests.promises.post import count, posted, written

EVE = "eve@elsewhere.example"


def li(number: int) -> str:
    """Somebody else each time: one address alone is confirmed 30 times an hour."""
    return f"li{number}@customer.example"


def hers(number: int) -> bytes:
    return written(li(number), f"Printer {number}", f"The printer jams, {number}.", message_id=name(number))


def name(number: int) -> str:
    return f"<guessed-{number}@customer.example>"


FORGERIES: dict[str, Callable[[int], bytes]] = {
    "other words": lambda n: written(EVE, "Nothing", f"All is well {n}.", message_id=name(n)),
    "her words, another sender": lambda n: written(EVE, f"Printer {n}", f"The printer jams, {n}.", message_id=name(n)),
    "her address, other words": lambda n: written(li(n), f"Printer {n}", f"Forget it, {n}.", message_id=name(n)),
    "no words": lambda n: written(EVE, "", " ", message_id=name(n)),
    "other case and blanks": lambda n: written(EVE, "x", f"{n}").replace(
        b"Message-ID: <", b"MESSAGE-ID:   " + name(n).encode() + b"\r\nX-Old: <"
    ),
    "automatic": lambda n: written(EVE, "Away", "Away.", message_id=name(n), Auto_Submitted="auto-replied"),
    "twice the same header": lambda n: b"Message-ID: " + name(n).encode() + b"\r\n" + written(EVE, "y", f"{n}"),
}


def pairs(folder: Path, rounds: int, *, forged_first: bool) -> None:
    """Each forgery beside the true mail; then the true one again, by itself and through a list."""
    with Daemon(folder) as daemon:
        number, forged = 0, 0
        for _ in range(rounds):
            for forgery in FORGERIES.values():
                number += 1
                both = [forgery(number), hers(number)]
                for raw in both if forged_first else reversed(both):
                    assert posted(daemon, raw) == 1
                    daemon.drain()
                forged += 1
                assert posted(daemon, hers(number)) == 1
        daemon.drain()
        check(daemon, number, forged)
        daemon.kill()
        daemon.start()
        for one in range(1, number + 1):
            listed = hers(one).replace(b"\r\n\r\n", b"\r\nList-Id: <it.customer.example>\r\n\r\n", 1)
            assert posted(daemon, listed) == 1
        daemon.drain()
        check(daemon, number, forged)
        assert count(daemon, "select count(*) from inbox where outcome = 'duplicate'") == number
    assert daemon.fsck() == []


def check(daemon: Daemon, number: int, forged: int) -> None:
    """Every true mail has a ticket or entry with its words, once, and its sender has heard; every forgery is kept."""
    for one in range(1, number + 1):
        words = f"select count(*) from entry where text like '%The printer jams, {one}.%' and author like 'li{one}@%'"
        assert count(daemon, words) == 1, one
        heard = f"select count(*) from outbox where kind = 'confirmation' and address = '{li(one)}'"
        assert count(daemon, heard) >= 1, one
    kept = "select count(*) from inbox where state = 'done' and outcome <> 'duplicate'"
    assert count(daemon, kept) == number + forged


@pytest.mark.parametrize("forged_first", [True, False])
def test_the_same_id_with_other_words(tmp_path: Path, *, forged_first: bool) -> None:
    pairs(tmp_path, 1, forged_first=forged_first)


@pytest.mark.long
@pytest.mark.parametrize("forged_first", [True, False])
def test_forty_rounds(tmp_path: Path, *, forged_first: bool) -> None:
    pairs(tmp_path, 40, forged_first=forged_first)
