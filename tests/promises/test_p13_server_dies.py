"""P13 on PostgreSQL: server and daemon are killed under load; the daemon lives through it, and nothing is lost.

P12 with it: a second daemon on the same database refuses to start.
"""

from __future__ import annotations

import asyncio
import random
import re
import smtplib
import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from tests.benchmarks.intake_speed import one_mail
from tests.channels.smtp_sink import Sink
from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE
from tests.parts.postgres import Postgres
from tests.promises.test_p1_nothing_is_lost import Peer, all_stop, check_ledger


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres(durable=True) as server:
        yield server


def say_a_mail(port: int, number: int) -> tuple[int, str]:
    """The answer to the end of one mail, and its Message-ID."""
    sender, raw = one_mail(random.Random(number), number, "single.example")
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as line:
            line.sendmail(sender, ["fault@localhost"], raw)
    except smtplib.SMTPDataError as refused:
        return refused.smtp_code, str(message_from_bytes(raw)["Message-ID"])
    return 250, str(message_from_bytes(raw)["Message-ID"])


def goes_on(daemon: Daemon, number: int) -> tuple[float, str]:
    """Seconds until the daemon takes a mail again, and that mail."""
    begin = time.monotonic()
    while time.monotonic() - begin < PATIENCE:
        code, message_id = say_a_mail(daemon.smtp, number)
        if code == 250:
            return time.monotonic() - begin, message_id
        time.sleep(0.05)
    raise AssertionError(daemon.errors()[-3000:])


async def chaos(folder: Path, server: Postgres, killings: str, seed: int) -> list[float]:
    """Kills as `killings` says (s: the server, d: the daemon) under load; gives the seconds to each recovery."""
    chance = random.Random(seed)
    sink = await Sink().start()
    daemon = Daemon(folder, relay=sink.port, database=server.database())
    await asyncio.to_thread(daemon.start)
    peers = [Peer(daemon.smtp, f"peer{number}", seed + number) for number in range(3)]
    for peer in peers:
        peer.start()
    waits: list[float] = []
    more: list[str] = []
    with daemon.ended():
        for number, victim in enumerate(killings):
            await asyncio.sleep(chance.uniform(0.02, 0.9))
            await asyncio.to_thread(daemon.say, "anna", f"take {chance.randint(1, 20)}")
            if victim == "d":
                daemon.kill()
                await asyncio.to_thread(daemon.start)
            else:
                await asyncio.to_thread(server.crash)
                await asyncio.sleep(chance.uniform(0, 1.5))
                await asyncio.to_thread(server.start)
                seconds, message_id = await asyncio.to_thread(goes_on, daemon, number)
                waits.append(seconds)
                more.append(message_id)
                assert daemon.process.poll() is None, "it lives through it"
        await all_stop(peers)
        await asyncio.to_thread(daemon.drain)
        await asyncio.to_thread(daemon.stop)
        assert daemon.fsck() == []
        acknowledged = {name: allowed for peer in peers for name, allowed in peer.acknowledged.items()}
        check_ledger(daemon, sink, acknowledged | {one: {"ticket"} for one in more})
    print(f"seconds until it went on: {sorted(round(one, 2) for one in waits)}")
    return waits


async def test_kills_of_server_and_daemon_lose_and_double_nothing(tmp_path: Path, server: Postgres) -> None:
    await chaos(tmp_path, server, "sdsdds", seed=random.Random().randrange(10**6))


@pytest.mark.long
async def test_twenty_kills_of_the_server_and_fifty_of_the_daemon(tmp_path: Path, server: Postgres) -> None:
    await chaos(tmp_path, server, "sddsddd" * 10, seed=random.Random().randrange(10**6))


def test_while_the_server_is_away_senders_and_people_are_asked_to_come_again(tmp_path: Path, server: Postgres) -> None:
    with Daemon(tmp_path / "desk", database=server.database()) as daemon:
        assert say_a_mail(daemon.smtp, 1)[0] == 250
        daemon.drain()
        server.crash()
        assert say_a_mail(daemon.smtp, 2)[0] == 451
        said = daemon.run("take", "1", "--as", "anna")
        assert (said.returncode, "not saved" in said.stderr) == (1, True)
        until = time.monotonic() + PATIENCE
        while daemon.is_well():
            assert time.monotonic() < until, "health says so"
            time.sleep(0.2)
        assert daemon.process.poll() is None
        server.start()
        goes_on(daemon, 2)
        while not daemon.is_well():
            assert time.monotonic() < until + PATIENCE
            time.sleep(0.2)
        daemon.drain()
        assert daemon.ask("select count(*) from ticket") == [(2,)]
        assert daemon.stop() == 0
        assert daemon.fsck() == []


def test_it_stops_in_order_while_the_server_is_away(tmp_path: Path, server: Postgres) -> None:
    with Daemon(tmp_path / "desk", database=server.database()) as daemon:
        assert say_a_mail(daemon.smtp, 1)[0] == 250
        server.crash()
        assert daemon.stop() == 0
        server.start()
        daemon.start()
        daemon.drain()
        assert daemon.fsck() == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"database": "nope"}, '"nope" at .* is not there: create it with'),
        ({"username": "nobody"}, "does not know this role: create it with"),
        ({"query": {"host": "/tmp/nowhere"}}, "does not answer: start PostgreSQL there"),
    ],
)
def test_a_daemon_that_cannot_reach_its_database_says_why_in_one_line(
    tmp_path: Path, server: Postgres, change: Any, line: str
) -> None:
    url = make_url(server.database()).set(password="hunter2").set(**change)
    daemon = Daemon(tmp_path / "desk", database=url.render_as_string(hide_password=False))
    daemon.launch()
    assert daemon.process.wait(PATIENCE) == 1
    said = [one for one in daemon.errors().splitlines() if one.startswith("faultdesk: the database cannot be used")]
    assert re.search(line, said[0]), said
    assert "Traceback" not in daemon.errors()
    log = (daemon.folder / "log" / "faultdesk.log").read_text()
    assert "hunter2" not in daemon.errors() + log + daemon.run("tickets").stderr


def test_a_second_daemon_on_the_same_database_refuses_to_start(tmp_path: Path, server: Postgres) -> None:
    database = server.database()
    with Daemon(tmp_path / "first", database=database) as first:
        second = Daemon(tmp_path / "second", database=database)
        second.start()
        assert second.process.wait(PATIENCE) == 1
        last = second.errors().splitlines()[-1]
        assert f"another Faultdesk (process {first.process.pid} on " in last
        assert last.endswith("already works on this database: stop it first")
        said = second.run("take", "1", "--as", "anna")
        assert (said.returncode, said.stderr.count("\n")) == (1, 1)
        assert first.is_well()
