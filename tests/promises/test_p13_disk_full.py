"""P13: a full disk is said politely to who writes, loses nothing, and is over by itself when there is room again."""

import secrets
import shutil
import smtplib
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.parts.daemon import Daemon
from tests.parts.patience import PATIENCE
from tests.parts.postgres import Postgres
from tests.promises.post import count, ends, id_of, posted, sender_of, written


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own, of this size. Skips where that is not permitted."""
    place.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip(f"mounting is not permitted: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Takes all the room that is left."""
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (65_536, 4_096, 512):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return ballast


class Peer:
    """Another server that sends on and on, and keeps what is put off."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.waiting = [written(f"user{n}@customer.example", f"Fault {n}", "It hums. " * 40) for n in range(400)]
        self.acknowledged: list[str] = []
        self.answers: Counter[int] = Counter()

    def sends(self, most: int) -> None:
        """Tries so many of those that wait, each over a line of its own."""
        for raw in self.waiting[:most]:
            try:
                with smtplib.SMTP("127.0.0.1", self.daemon.smtp, timeout=PATIENCE) as line:
                    line.sendmail(sender_of(raw), ["fault@localhost"], raw)
            except smtplib.SMTPResponseException as refusal:
                self.answers[refusal.smtp_code] += 1
                continue
            except smtplib.SMTPRecipientsRefused as refusal:
                self.answers[next(iter(refusal.recipients.values()))[0]] += 1
                continue
            self.acknowledged.append(id_of(raw))
            self.waiting.remove(raw)


def noted(daemon: Daemon, *, at_once: bool, most: int) -> int:
    """Notes something on a full disk until that is refused, `at_once` or later: what is said must be true.

    Later, room in SQLite's log may be used again; PostgreSQL may have room in pages that are there. Gives how many were saved.
    """
    for saved in range(most):
        said = daemon.run("note", "1", secrets.token_hex(1_900), "--as", "anna")
        assert (said.returncode == 0) != ("not saved" in said.stderr), said
        if said.returncode:
            return saved
        assert not at_once, said
    return most


def full(disk: Path, turns: int, daemon: Daemon) -> None:
    with daemon.ended():
        daemon.start()
        peer = Peer(daemon)
        peer.sends(5)
        daemon.drain()
        notes = 0
        for turn in range(turns):
            ballast = fill(disk)
            peer.answers.clear()
            peer.sends(40)
            assert set(peer.answers) <= {451, 452}, peer.answers
            assert peer.answers[452] > 0, "nobody was told"
            most = 20 if daemon.database.startswith("postgresql") else 1
            saved = noted(daemon, at_once=turn == 0 and most == 1, most=most)
            assert most == 1 or saved < most, "nobody was told"
            notes += saved
            assert daemon.process.poll() is None, daemon.errors()[-2000:]
            ballast.unlink()
            peer.sends(len(peer.waiting) // turns)
            daemon.drain()
            assert daemon.run("note", "1", f"turn {turn}", "--as", "anna").returncode == 0
            notes += 1
            assert count(daemon, "select count(*) from entry where kind = 'note'") == notes
        check(daemon, peer.acknowledged)
        assert daemon.stop() == 0
    assert daemon.fsck() == []


def check(daemon: Daemon, acknowledged: list[str]) -> None:
    assert len(acknowledged) > 30
    assert ends(daemon, acknowledged) == {one: Counter(ticket=1) for one in acknowledged}
    assert count(daemon, "select count(*) from ticket") == len(acknowledged)
    unsent = "select count(*) from outbox where kind = 'confirmation' and state <> 'sent'"
    assert count(daemon, unsent) == 0


def test_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24) as disk:
        full(disk, 1, Daemon(disk / "desk"))


@pytest.mark.long
def test_a_disk_that_is_full_again_and_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 64) as disk:
        full(disk, 8, Daemon(disk / "desk"))


def test_a_full_disk_of_the_database_server(tmp_path: Path, postgres: Postgres) -> None:
    """The database lies on a disk of its own, which is full; its log (WAL) and our folder lie elsewhere."""
    with small_disk(postgres.folder / "small", 64) as disk:
        if postgres.user:
            shutil.chown(disk, postgres.user)
        try:
            full(disk, 2, Daemon(tmp_path / "desk", database=postgres.database_at(disk)))
        finally:
            postgres.forget_place(disk)


def test_a_full_disk_of_the_servers_log(tmp_path: Path) -> None:
    """PostgreSQL's log (pg_wal) lies on a disk of its own. When that is full PostgreSQL ends and cannot start again. The
    daemon lives on and puts everybody off; with room, and PostgreSQL started again, it goes on by itself.

    The last commit was asked for and never answered: it is not said to be kept, nor lost, before that is known.
    """
    place = Path(tempfile.mkdtemp(prefix="faultdesk-log-", dir="/tmp"))  # PostgreSQL's user must be able to enter it
    place.chmod(0o755)
    try:
        with small_disk(place / "disk", 16) as disk:
            with_full_log(tmp_path, disk)
    finally:
        shutil.rmtree(place)


def until_refused(peer: Peer) -> None:
    while not peer.answers:
        peer.sends(1)


def with_full_log(folder: Path, disk: Path) -> None:
    with Postgres(durable=True, log=disk) as server:
        daemon = Daemon(folder / "desk", database=server.database())
        with daemon.ended():
            daemon.start()
            peer = Peer(daemon)
            peer.waiting = [
                written(f"user{n}@customer.example", f"Fault {n}", secrets.token_hex(40_000)) for n in range(200)
            ]
            peer.sends(5)
            daemon.drain()
            ballast = fill(disk)
            sending = threading.Thread(target=until_refused, args=(peer,))
            sending.start()
            server.process.wait(PATIENCE)
            assert "No space left on device" in (server.folder / "server.log").read_text()
            assert posted(daemon, peer.waiting[-1]) == 0
            assert daemon.run("note", "1", "while it is away", "--as", "anna").returncode == 1
            assert daemon.process.poll() is None, daemon.errors()[-2000:]
            ballast.unlink()
            server.start()
            sending.join(PATIENCE)
            assert not sending.is_alive()
            assert set(peer.answers) <= {451, 452}, peer.answers
            peer.sends(20)
            daemon.drain()
            check(daemon, peer.acknowledged)
            assert count(daemon, "select count(*) from entry where kind = 'note'") == 0
            assert daemon.stop() == 0
        assert daemon.fsck() == []


def test_a_disk_that_fills_under_load(tmp_path: Path) -> None:
    """It becomes full while mails are read and answers are sent, not between two of them."""
    with small_disk(tmp_path / "disk", 24) as disk:
        daemon = Daemon(disk / "desk")
        with daemon.ended():
            daemon.start()
            peer = Peer(daemon)
            filling = threading.Timer(0.3, fill, [disk])
            filling.start()
            peer.sends(60)
            filling.join()
            until = time.monotonic() + PATIENCE
            while not peer.answers[452] and time.monotonic() < until:  # there may be room in the log that is there
                peer.sends(1)
            assert peer.answers[452] > 0
            (disk / "ballast").unlink()
            peer.sends(60)
            assert posted(daemon, written("last@customer.example", "The last")) == 1
            daemon.drain()
            names = peer.acknowledged
            assert ends(daemon, names) == {one: Counter(ticket=1) for one in names}
            assert daemon.stop() == 0
        assert daemon.fsck() == []
