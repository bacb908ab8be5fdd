"""P4: a mail that is poison delays the others a little, stops nothing, and is accounted for like every other."""

import random
import threading
from collections import Counter
from pathlib import Path

import pytest

from bot.clock import RealClock
from bot.domain.digest import mail_digest
from bot.domain.messages import IncomingMail
from bot.starting import open_store
from storage import inbox
from tests.parts.daemon import Daemon
from tests.parts.faulty import received
from tests.parts.patience import PATIENCE
from tests.promises.post import count, ends, id_of, posted, sender_of, written
from tests.stories.story import settings_for

HEAD = "From: Eve <eve@elsewhere.example>\r\nTo: fault@localhost\r\nSubject: Poison {name}\r\nMessage-ID: <{name}@poison>\r\n"
NESTED = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(2_000))

POISON = {
    "semicolons": "Content-Type: text/html" + ";" * 65_536 + "\r\n\r\nwords",
    "encoded-words": "X-Subject:" + " =?utf-8?q?x=41?=" * 20_000 + "\r\n\r\nwords",
    "addresses": "Cc: " + "a@b.example, " * 20_000 + "\r\n\r\nwords",
    "references": "References:" + "".join(f" <{n}@x>" for n in range(20_000)) + "\r\n\r\nwords",
    "brackets": "Reply-To: " + "(" * 10_000 + "\r\n\r\nwords",
    "nested": NESTED + "\r\nx",
    "messages": "Content-Type: message/rfc822\r\n\r\n" * 2_000 + "x",
    "parts": "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + "--b\r\n\r\nx\r\n" * 50_000 + "--b--",
    "headers": "X: y\r\n" * 50_000 + "\r\nwords",
    "charset": "Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\x00\\ud800",
    "tags": "Content-Type: text/html\r\n\r\n" + "<div>" * 50_000,
    "quotes": "\r\n" + "On a a a " * 5_000 + "wrote:\r\n" + "> " * 2_000,
    "base64": "Content-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\n" + "=A=" * 50_000,
}
"""Reliability 3 A, as far as a mail reaches the reader with it: all of these are read."""

DEADLY = ("hang", "spin", "be killed", "exit", "raise", "eat", "babble")
"""What a fault of the parser would do to its child: each mail becomes a ticket that says so, the original kept."""


def poison(name: str) -> bytes:
    return (HEAD.format(name=name) + POISON[name]).encode()


def deadly(what: str, number: int = 0) -> bytes:
    return written("eve@elsewhere.example", f"Deadly {what}", f"please {what}", message_id=f"<{number}@{what[-5:]}>")


def normal(count_: int) -> list[bytes]:
    return [written(f"user{n}@customer.example", f"Fault {n}") for n in range(count_)]


def amid(folder: Path, bad: list[bytes], good: list[bytes], *, kill: bool) -> Daemon:
    """Bad and good mails at the same time, over two lines."""
    daemon = Daemon(folder)
    daemon.program = "tests.parts.faulty"
    with daemon.ended():
        daemon.start()
        acknowledged: list[int] = []
        lines = [
            threading.Thread(target=lambda raws=raws: acknowledged.append(posted(daemon, *raws)))
            for raws in (bad, good)
        ]
        for line in lines:
            line.start()
        for line in lines:
            line.join()
        assert sum(acknowledged) == len(bad) + len(good)
        if kill:
            daemon.kill()
            daemon.start()
        daemon.drain()
        check(daemon, bad, good)
        assert daemon.stop() == 0
    assert daemon.fsck() == []
    return daemon


def check(daemon: Daemon, bad: list[bytes], good: list[bytes]) -> None:
    """Every mail has exactly one end, every normal one is a confirmed ticket."""
    names = [id_of(raw) for raw in good]
    assert ends(daemon, names) == {name: Counter(ticket=1) for name in names}
    confirmed = "select count(*) from outbox where kind = 'confirmation' and state = 'sent' and address like 'user%'"
    assert count(daemon, confirmed) == len(good)
    assert count(daemon, "select count(*) from inbox where state = 'done' or state = 'quarantined'") == len(bad) + len(
        good
    )


def test_hostile_mails_are_read_amid_normal_ones(tmp_path: Path) -> None:
    bad = [poison(name) for name in POISON]
    daemon = amid(tmp_path, bad, normal(20), kill=False)
    unread = "select subject from ticket where id in (select ticket_id from event where kind = 'unreadable')"
    assert daemon.ask(unread) == []


def test_mails_that_kill_their_reader_become_tickets_that_say_so(tmp_path: Path) -> None:
    bad = [deadly(what) for what in DEADLY]
    daemon = amid(tmp_path, bad, normal(20), kill=True)
    assert count(daemon, "select count(*) from event where kind = 'unreadable'") == len(DEADLY)
    told = [one for one in received(daemon.folder) if one["to"] == "desk"]
    assert len(told) >= len(DEADLY)
    kept = {row[0] for row in daemon.ask("select raw from raw_mail")}
    assert all(any(b"please " + what.encode() in raw for raw in kept) for what in DEADLY)


def test_a_mail_that_breaks_the_program_is_parked_and_can_be_replayed(tmp_path: Path) -> None:
    broken = [deadly("break the program", number) for number in range(3)]
    daemon = amid(tmp_path, broken, normal(5), kill=False)
    assert count(daemon, "select count(*) from inbox where state = 'quarantined'") == 3
    with daemon.ended():
        daemon.program = "bot"  # mended
        daemon.start()
        assert daemon.run("quarantine", "list").stdout.count("ZeroDivisionError") == 3
        row = count(daemon, "select min(id) from inbox where state = 'quarantined'")
        assert daemon.run("quarantine", "replay", str(row)).returncode == 0
        daemon.drain()
        assert count(daemon, "select count(*) from inbox where state = 'quarantined'") == 2
        daemon.stop()
    assert daemon.fsck() == []


def test_a_mail_that_ends_the_daemon_each_time_is_set_aside(tmp_path: Path) -> None:
    """As a library that crashes over it would: the service manager starts us again, and the others go on."""
    daemon = Daemon(tmp_path)
    daemon.program = "tests.parts.faulty"
    good = normal(10)
    with daemon.ended():
        daemon.start()
        assert posted(daemon, *good[:5]) == 5
        posted(daemon, deadly("end the daemon"))
        open_ones = "select count(*) from inbox where state in ('waiting', 'working')"
        for _ in range(10):
            while not daemon.died(0.1) and count(daemon, open_ones):
                pass
            if daemon.process.poll() is None:
                break
            daemon.start()
        assert daemon.process.poll() is None, "it ends again and again"
        assert posted(daemon, *good[5:]) == 5
        daemon.drain()
        check(daemon, [deadly("end the daemon")], good)
        assert count(daemon, "select count(*) from event where kind = 'unreadable'") == 1
        daemon.stop()
    assert daemon.fsck() == []


def kept(daemon: Daemon, *mails: bytes) -> None:
    """What the daemon has accepted before it died, and not begun."""
    store = open_store(settings_for(daemon.folder), RealClock())
    for raw in mails:
        mail = IncomingMail("smtp", raw, RealClock().now(), sender_of(raw))
        store.write_now(lambda db, mail=mail: inbox.keep_mail(db, mail, mail_digest(mail.raw)))  # type: ignore[misc]
    store.close()


def test_mails_that_were_near_when_the_daemon_ended_are_not_blamed(tmp_path: Path) -> None:
    """Sixteen are in hand at each of five ends for which none of them is to blame."""
    daemon, good = Daemon(tmp_path), normal(16)
    kept(daemon, *good)
    with daemon.ended():
        for _ in range(5):
            daemon.launch(FAULTDESK_FAILPOINT="inbox.parsed:kill")
            assert daemon.died(PATIENCE)
        assert sorted(row[0] for row in daemon.ask("select attempts from inbox")) == [2] * 13 + [3] * 3
        daemon.start()
        daemon.drain()
        check(daemon, [], good)
        assert count(daemon, "select count(*) from event where kind = 'unreadable'") == 0
        daemon.stop()
    assert daemon.fsck() == []


def test_the_one_of_many_that_ends_the_daemon_is_found(tmp_path: Path) -> None:
    daemon, good, bad = Daemon(tmp_path), normal(30), deadly("end the daemon")
    daemon.program = "tests.parts.faulty"
    kept(daemon, *good[:5], bad, *good[5:])
    with daemon.ended():
        for _ in range(5):
            daemon.launch()
            assert daemon.died(PATIENCE)
        daemon.start()
        daemon.drain()
        check(daemon, [bad], good)
        assert daemon.ask("select subject from ticket where requester_address like 'eve%'") == [
            ("Deadly end the daemon",)
        ]
        assert count(daemon, "select count(*) from event where kind = 'unreadable'") == 1
        daemon.stop()
    assert daemon.fsck() == []


@pytest.mark.long
def test_much_poison(tmp_path: Path) -> None:
    chance = random.Random(4)
    bad = [poison(name) for name in POISON] * 3
    bad = [raw.replace(b"@poison>", b".%d@poison>" % number) for number, raw in enumerate(bad)]
    bad += [deadly(chance.choice(DEADLY), number) for number in range(60)]
    chance.shuffle(bad)
    amid(tmp_path, bad, normal(1000), kill=True)
