"""P14: an old backup is put back after a death; all mail since then is there again, and nothing goes out unapproved."""

from __future__ import annotations

import asyncio
import random
import shutil
import smtplib
import threading
import time
from collections import Counter
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.benchmarks.intake_speed import one_mail
from tests.channels.smtp_sink import Sink
from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE
from tests.parts.places import OF_HOLD, OF_RESTORE
from tests.parts.postgres import Postgres


class Peer(threading.Thread):
    """Another mail server: fault after fault, each with an id of its own."""

    def __init__(self, port: int, name: str) -> None:
        super().__init__(daemon=True)
        self.port, self.name, self.chance = port, name, random.Random()
        self.acknowledged: list[str] = []
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.is_set():
            sender, raw = one_mail(self.chance, len(self.acknowledged) + 1, f"{self.name}.example")
            with smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE) as line:
                line.sendmail(sender, ["fault@localhost"], raw)
            self.acknowledged.append(str(message_from_bytes(raw)["Message-ID"]))
            time.sleep(self.chance.uniform(0, 0.05))


OPEN = "select count(*) from inbox where state in ('waiting', 'working')"


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_backup_under_load_death_restore_release(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    server: Postgres | None = request.getfixturevalue("postgres") if kind == "postgres" else None
    sink = await Sink().start()
    daemon = Daemon(tmp_path / "desk", relay=sink.port, database=server.database() if server else "")
    await asyncio.to_thread(daemon.start)
    try:
        await drill(daemon, sink)
    finally:
        if daemon.process.poll() is None:
            daemon.kill()
        await sink.stop()


async def have_more(peers: list[Peer]) -> None:
    """Lets so much time pass, and each of them have some more mails acknowledged."""
    least = [len(peer.acknowledged) + 10 for peer in peers]
    await asyncio.sleep(1.5)
    async with asyncio.timeout(PATIENCE):
        asked = list(zip(peers, least, strict=True))
        while any(len(peer.acknowledged) < few for peer, few in asked):  # noqa: ASYNC110  -- they are threads
            await asyncio.sleep(0.05)


async def drill(daemon: Daemon, sink: Sink) -> None:
    peers = [Peer(daemon.smtp, f"peer{number}") for number in range(2)]
    for peer in peers:
        peer.start()
    await have_more(peers)
    await asyncio.to_thread(daemon.wait_until, "select 2 > count(*) from ticket")
    for handle, words in (("anna", "take 1"), ("anna", "solve 1 Paper removed."), ("ben", "take 2")):
        assert (await asyncio.to_thread(daemon.say, handle, words))["ok"]
    made = await asyncio.to_thread(daemon.run, "backup")
    assert made.returncode == 0, made.stderr
    backup = Path(made.stdout.strip())
    await have_more(peers)
    for peer in peers:
        peer.stop.set()
    for peer in peers:
        await asyncio.to_thread(peer.join, PATIENCE)
    acknowledged = [one for peer in peers for one in peer.acknowledged]
    numbers = {row[0] for row in daemon.ask("select number from ticket")}
    refused = await asyncio.to_thread(daemon.run, "restore", str(backup))
    assert refused.returncode == 1
    assert "stop it first" in refused.stderr
    daemon.kill()
    if backup.suffix == ".dump":
        refused = await asyncio.to_thread(daemon.run, "restore", str(backup))
        assert "add --replace" in refused.stderr
        said = await asyncio.to_thread(daemon.run, "restore", "--replace", str(backup))
        assert "kept: schema faultdesk_replaced_" in said.stdout
    else:
        said = await asyncio.to_thread(daemon.run, "restore", str(backup))
    assert said.returncode == 0, said.stderr
    before = len(daemon.ask("select 1 from inbox where kind = 'mail'"))
    assert 0 < before < len(acknowledged)
    [(opened,)] = daemon.ask("select count(*) from ticket")

    # held: mail comes back, nothing goes out
    quiet = len(sink.mails)
    await asyncio.to_thread(daemon.start)
    assert "restored from a backup" in daemon.state()["problems"][0]
    await asyncio.to_thread(
        daemon.wait_until, f"select {len(acknowledged)} > (select count(*) from inbox where kind = 'mail')"
    )
    await asyncio.to_thread(daemon.wait_until, OPEN)
    await asyncio.to_thread(daemon.wait_until, "select count(*) from meta where key = 'fed_from'")
    await asyncio.to_thread(daemon.kill)  # a death while it is held changes nothing
    await asyncio.to_thread(daemon.start)
    assert daemon.say("anna", "list")["ok"]  # one can work
    held = await asyncio.to_thread(daemon.run, "outbox", "--held")
    assert "confirmation" in held.stdout
    told_of = "from outbox where event = 'database restored'"
    await asyncio.to_thread(daemon.wait_until, f"select count(*) {told_of} and state in ('pending', 'sending')")
    told = daemon.ask("select audience, state, count(*) " + told_of + " group by 1, 2")
    assert told == [("desk", "sent", 1), ("manager", "sent", 1)]
    assert [str(message_from_bytes(mail.raw)["Subject"]) for mail in sink.mails[quiet:]] == []

    # released: all is confirmed, under numbers that nobody has seen before
    said = await asyncio.to_thread(daemon.run, "release")
    assert said.returncode == 0, said.stderr
    await asyncio.to_thread(daemon.drain)
    assert daemon.state()["problems"] == []
    kept = Counter(row[0] for row in daemon.ask("select message_id from inbox where kind = 'mail'"))
    assert kept == Counter(acknowledged), "each acknowledged mail once"
    unconfirmed = daemon.ask("select ticket_id, state from outbox where kind = 'confirmation' and state <> 'sent'")
    assert unconfirmed == []
    old = daemon.ask(f"select count(*) from ticket where number > {max(numbers)}")[0][0]
    assert old == len(acknowledged) - opened, "numbers of the time that was lost are not given again"
    messages = {ids(mail.raw) for mail in sink.mails}
    assert len({message_id for message_id, *_ in messages}) == len(messages), "one id is one message, whoever reads it"
    assert await asyncio.to_thread(daemon.stop) == 0
    assert daemon.fsck() == []


def ids(raw: bytes) -> tuple[str, ...]:
    """The mail's own id, and what it is about."""
    mail = message_from_bytes(raw)
    return tuple(str(mail[name]) for name in ("Message-ID", "To", "Subject", "In-Reply-To"))


def test_what_is_held_may_be_ended_instead(tmp_path: Path) -> None:
    """Without a relay every mail that leaves is a file."""
    from tests.bot.cli.conftest import mail_fault

    daemon = Daemon(tmp_path / "desk")
    daemon.start()
    with daemon.ended():
        mail_fault(daemon, "Bob <bob@customer.example>", "No network", "Since this morning.")
        daemon.drain()
        backup = Path(daemon.run("backup", "--to", str(tmp_path / "kept")).stdout.strip())
        assert backup.parent == tmp_path / "kept"
        mail_fault(daemon, "Eve <eve@customer.example>", "No mouse", "It is gone.")
        daemon.drain()
        assert daemon.run("release").stderr == "faultdesk: nothing is held\n"
        daemon.kill()
        shutil.rmtree(daemon.folder / "mail")
        for place in OF_RESTORE:
            daemon.environment["FAULTDESK_FAILPOINT"] = f"{place}:kill"
            assert daemon.run("restore", str(backup)).returncode == -9
            assert daemon.fsck() == []
        for place in OF_HOLD:
            daemon.start(FAULTDESK_FAILPOINT=f"{place}:kill")
            assert daemon.died(PATIENCE)
        del daemon.environment["FAULTDESK_FAILPOINT"]
        daemon.start()
        daemon.wait_until("select 2 > count(*) from ticket")
        daemon.wait_until("select count(*) from meta where key = 'fed_from'")
        said = daemon.run("release", "--drop")
        assert "none of them is sent" in said.stdout
        daemon.drain()
        assert list(daemon.folder.glob("mail/*")) == []
        assert daemon.ask("select distinct state from outbox where ticket_id = 2") == [("dropped",)]
        mail_fault(daemon, "Joe <joe@customer.example>", "No screen", "Dark.")
        daemon.drain()
        assert len(list((daemon.folder / "mail").glob("*.eml"))) == 1
        assert daemon.stop() == 0
        assert daemon.fsck() == []


def test_a_hold_can_be_ended_without_a_daemon(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "desk")
    daemon.start()
    with daemon.ended():
        daemon.stop()
        backup = daemon.run("backup").stdout.strip()
        assert daemon.run("restore", backup).returncode == 0
        assert daemon.run("outbox", "--held").stdout.strip() == "nothing yet"
        assert daemon.run("release").stdout == "0 messages are released\n"
        assert daemon.fsck() == []
        daemon.start()
        assert daemon.state()["problems"] == []
        assert daemon.run("restore", str(tmp_path / "nothing.db")).returncode == 1


def test_a_torn_backup_changes_nothing(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "desk")
    daemon.start()
    with daemon.ended():
        daemon.stop()
        before = (daemon.folder / "faultdesk.db").read_bytes()
        (tmp_path / "torn.db").write_bytes(before[:-100])
        said = daemon.run("restore", str(tmp_path / "torn.db"))
        assert (said.returncode, said.stdout) == (1, "")
        assert "is torn" in said.stderr
        assert (daemon.folder / "faultdesk.db").read_bytes() == before
        assert not (daemon.folder / "faultdesk.db.restoring").exists()
