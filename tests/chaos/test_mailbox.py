"""The daemon and a real mailbox: from the delivery to the ticket and the confirmation, also when either of them dies."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.parts.daemon import Daemon
from tests.parts.dovecot import PASSWORD, USER, Dovecot, mail
from tests.parts.patience import PATIENCE
from tests.parts.places import OF_MAILBOX

OLD = datetime.now(UTC) - timedelta(days=3)


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


def daemon_for(folder: Path, dovecot: Dovecot, **more: Any) -> Daemon:
    box = {"host": "localhost", "port": dovecot.imaps, "username": USER, "password": PASSWORD}
    box |= {"ca_file": str(dovecot.folder / "tls" / "cert.pem"), **more}
    return Daemon(folder / "desk", FAULTDESK_MAIL__IMAP=json.dumps([box]))


def wait_until(holds: Callable[[], Any]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def tickets(daemon: Daemon) -> list[str]:
    return sorted(row[0] for row in daemon.ask("select subject from ticket"))


def test_a_mail_in_the_mailbox_becomes_a_confirmed_ticket(tmp_path: Path, dovecot: Dovecot) -> None:
    dovecot.deliver(mail(0))
    with daemon_for(tmp_path, dovecot) as daemon:
        wait_until(lambda: dovecot.subjects("Processed") == ["fault 0"])
        dovecot.deliver(mail(1))
        wait_until(lambda: dovecot.subjects("Processed") == ["fault 0", "fault 1"])
        daemon.wait_until("select count(*) <> 2 from ticket")
        daemon.wait_until("select count(*) <> 2 from outbox where kind = 'confirmation' and state = 'sent'")
        assert daemon.ask("select distinct channel, envelope_from from inbox") == [("imap", None)]
    assert daemon.fsck() == []


def test_many_waiting_mails_and_no_choice_stop_the_start_in_one_line(tmp_path: Path, dovecot: Dovecot) -> None:
    dovecot.fill(mail(number) for number in range(51))
    daemon = daemon_for(tmp_path, dovecot)
    daemon.launch()
    assert daemon.process.wait(PATIENCE) == 1
    [line] = [line for line in daemon.errors().splitlines() if line.startswith("faultdesk: ")]
    assert "51 mails wait" in line
    assert 'start = "now", "all" or a date' in line
    assert len(dovecot.subjects()) == 51


def test_old_mails_are_listed_and_nobody_is_confirmed_or_alarmed(tmp_path: Path, dovecot: Dovecot) -> None:
    with dovecot.client() as client:
        for number in range(60):
            client.append("INBOX", mail(number), msg_time=OLD)
    dovecot.deliver(mail(99))
    with daemon_for(tmp_path, dovecot, start="all") as daemon:
        wait_until(lambda: len(dovecot.subjects("Processed")) == 61)
        daemon.wait_until("select count(*) <> 61 from ticket")
        daemon.wait_until("select count(*) from inbox where state <> 'done'")
        assert daemon.ask("select count(*) from outbox where kind = 'confirmation'") == [(1,)]
        assert daemon.ask("select count(*) from outbox where kind = 'card'") == [(1,)]
        assert daemon.ask("select count(*) from alarm") == [(0,)]
        assert daemon.ask("select count(distinct state) from ticket") == [(1,)]
        [(told,)] = daemon.ask("select count(distinct dedup_key) from outbox where kind = 'backlog'")
        assert told in {1, 2}, "one message, or two where ten minutes ended meanwhile"
    assert daemon.fsck() == []


def test_a_fault_of_now_is_confirmed_before_a_backlog_is_read(tmp_path: Path, dovecot: Dovecot) -> None:
    dovecot.fill((mail(number) for number in range(1_000)), stamp=OLD)
    with daemon_for(tmp_path, dovecot, start="all") as daemon:
        daemon.wait_until("select count(*) < 20 from ticket")
        dovecot.deliver(mail(9_999))
        daemon.wait_until("select count(*) <> 1 from outbox where kind = 'confirmation' and state = 'sent'")
        daemon.wait_until("select count(*) <> 1001 from ticket")
        [(number,)] = daemon.ask("select number from ticket where subject = 'fault 9999'")
        assert number <= 700, "it was after most of them"
    assert daemon.fsck() == []


def test_an_import_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    with Dovecot(layout="sdbox") as dovecot:
        dovecot.fill(mail(number) for number in range(400))
        daemon = daemon_for(tmp_path, dovecot, start="all")
        with daemon.ended():
            daemon.start()
            for least in (50, 200):
                daemon.wait_until(f"select count(*) < {least} from inbox")
                daemon.kill()
                daemon.start()
            daemon.wait_until("select count(*) <> 400 from ticket")
            wait_until(lambda: not dovecot.subjects())
        assert tickets(daemon) == sorted(f"fault {number}" for number in range(400))
        assert len(dovecot.subjects("Processed")) == 400
    assert daemon.fsck() == []


def test_a_death_between_store_and_move_loses_and_doubles_nothing(tmp_path: Path, dovecot: Dovecot) -> None:
    dovecot.deliver(mail(0))
    daemon = daemon_for(tmp_path, dovecot)
    with daemon.ended():
        daemon.launch(FAULTDESK_FAILPOINT="inbox.mail_stored:kill@1")
        assert daemon.process.wait(PATIENCE) == -9
        assert dovecot.subjects() == ["fault 0"]
        for place in OF_MAILBOX:
            daemon.start(FAULTDESK_FAILPOINT=f"{place}:kill@1")
            assert daemon.process.wait(PATIENCE) == -9
        assert dovecot.subjects() == []
        dovecot.deliver(mail(1))
        daemon.start()
        daemon.wait_until("select count(*) <> 2 from ticket")
        daemon.drain()
        assert daemon.ask("select sum(copies) from inbox") == [(0,)]
    assert daemon.fsck() == []


def test_health_names_a_mailbox_that_refuses_us(tmp_path: Path, dovecot: Dovecot) -> None:
    import urllib.request

    with daemon_for(tmp_path, dovecot, password="wrong") as daemon:
        daemon.wait_until("select count(*) = 0 from outbox where kind = 'mailbox'")
        with urllib.request.urlopen(f"http://127.0.0.1:{daemon.health}/healthz", timeout=PATIENCE) as answer:
            state = json.load(answer)
        assert state["status"] == "ok"
        assert "login: " in state["problems"][0]
        log = (tmp_path / "desk" / "log" / "faultdesk.log").read_text()
        assert "wrong" not in log + str(state)
        assert daemon.stop() == 0
