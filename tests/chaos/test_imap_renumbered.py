"""UIDs that lose their meaning (a new UIDVALIDITY): nothing becomes new by it, nothing is lost, and a kill is no matter.

Real Dovecot, the real daemon; P2, reliability G4.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.chaos.test_mailbox import daemon_for, tickets, wait_until
from tests.parts.daemon import Daemon
from tests.parts.dovecot import MINIMAL, Dovecot, mail

MANY = 10_000
BOTH = [False, True]
NAMES = ["the UIDs stay", "the UIDs begin again"]
OLD = datetime.now(UTC) - timedelta(days=3)
COMPARED = "select coalesce(sum(copies), 0) from inbox"
"""How many mails have been recognised as known ones."""


def filled(dovecot: Dovecot, count: int) -> None:
    """All but a few lie there for longer than a day."""
    dovecot.fill((mail(number) for number in range(count - 20)), stamp=OLD)
    dovecot.fill(mail(number) for number in range(count - 20, count))


def number(daemon: Daemon, question: str) -> int:
    return int(daemon.ask(question)[0][0])


def is_done(daemon: Daemon) -> bool:
    return not number(daemon, "select count(*) from inbox where state <> 'done'")


def patiently(daemon: Daemon, question: str, least: int) -> float:
    """Waits until the answer is so much; gives the seconds."""
    begin = time.monotonic()
    daemon.wait_until(f"select max(0, {least} - ({question}))", 900)
    return time.monotonic() - begin


@pytest.mark.long
@pytest.mark.parametrize("fresh", BOTH, ids=NAMES)
def test_stored_mails_stay_what_they_are(tmp_path: Path, *, fresh: bool) -> None:
    """They all lie in the folder for ever, since the server cannot move them. The daemon is killed while it compares.

    A few of them on each run: `tests/channels/test_imap.py`.
    """
    with Dovecot(capability=MINIMAL) as dovecot:
        filled(dovecot, MANY)
        daemon = daemon_for(tmp_path, dovecot, start="all", poll_seconds=2)
        with daemon.ended():
            daemon.start()
            patiently(daemon, "select count(*) from inbox where state = 'done'", MANY)
            patiently(daemon, f"select count(*) from mailbox where \"left\" = '1:{MANY}'", 1)
            if fresh:
                daemon.stop()
                dovecot.forget_uids()
                daemon.start()
            else:
                dovecot.set_uidvalidity(1_999_999_999)
            patiently(daemon, COMPARED, MANY // 3)
            daemon.kill()
            compared = number(daemon, COMPARED)
            dovecot.deliver(mail(MANY))
            daemon.start()
            seconds = patiently(daemon, "select count(*) from ticket", MANY + 1)
            wait_until(lambda: is_done(daemon))
            assert tickets(daemon) == sorted(f"fault {one}" for one in range(MANY + 1))
            again = number(daemon, COMPARED) - MANY
        print(
            f"\n{MANY} mails, {compared} compared before the kill, {again} of them again, the rest in {seconds:.0f} s"
        )
        assert 0 <= again <= 700, "it goes on where it was: what is compared is remembered by the five hundred"
        assert len(dovecot.subjects()) == MANY + 1
    assert daemon.fsck() == []


def test_a_backlog_on_its_way_in_arrives_once(tmp_path: Path) -> None:
    arrives_once(tmp_path, 300, fresh=True)


@pytest.mark.long
@pytest.mark.parametrize("fresh", BOTH, ids=NAMES)
def test_a_large_backlog_on_its_way_in_arrives_once(tmp_path: Path, *, fresh: bool) -> None:
    arrives_once(tmp_path, MANY, fresh=fresh)


def arrives_once(tmp_path: Path, count: int, *, fresh: bool) -> None:
    """Some are stored and moved, some stored and not moved, some wait. The daemon is killed after it, too."""
    with Dovecot() as dovecot:
        filled(dovecot, count)
        daemon = daemon_for(tmp_path, dovecot, start="all", poll_seconds=2)
        with daemon.ended():
            daemon.start()
            begin = time.monotonic()
            patiently(daemon, "select count(*) from inbox", count // 3)
            if fresh:
                daemon.kill()
                dovecot.forget_uids()
                daemon.start()
            else:
                dovecot.set_uidvalidity(1_999_999_999)
            patiently(daemon, "select count(*) from inbox", 2 * count // 3)
            daemon.kill()
            daemon.start()
            patiently(daemon, "select count(*) from ticket", count)
            wait_until(lambda: not dovecot.subjects())
            seconds = time.monotonic() - begin
            wait_until(lambda: is_done(daemon))
            assert tickets(daemon) == sorted(f"fault {one}" for one in range(count))
            again = number(daemon, COMPARED)
        print(f"\n{count} mails in {seconds:.0f} s, {again} of them fetched twice")
        assert len(dovecot.subjects("Processed")) == count
    assert daemon.fsck() == []
