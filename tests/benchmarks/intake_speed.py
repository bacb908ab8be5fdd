"""How fast mails become tickets, end to end: accepted by SMTP → ticket committed → confirmation taken by an SMTP sink.

    python -m tests.benchmarks.intake_speed [--mails 2000] [--tickets 100000 | --database postgres]

Prints mails a second, CPU milliseconds a mail of the daemon with its parser children, and the time of one mail alone.
`--tickets` fills the database with so many tickets before; `--database postgres` starts a server with fsync for it.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import smtplib
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import psutil

from tests.parts.daemon import Daemon
from tests.parts.postgres import Postgres

ENGLISH = "The printer on floor 3 shows a paper jam again and nobody can print the invoices that must leave today. "
CHINESE = "三楼财务室的打印机又卡纸了，今天要寄出的发票一张也打不出来，请尽快安排工程师处理，谢谢。"


def mails(count: int, seed: int = 7, domain: str = "customer.example") -> list[tuple[str, bytes]]:
    """(sender, raw) of mixed mails of 1 to 3 KB, every tenth with a file of 50 KB, half of them Chinese."""
    chance = random.Random(seed)
    return [one_mail(chance, number, domain) for number in range(count)]


def one_mail(chance: random.Random, number: int, domain: str = "customer.example") -> tuple[str, bytes]:
    zh = number % 2 == 0
    sender = f"user{number}@{domain}"
    mail = EmailMessage()
    mail["From"] = f"{'李伟' if zh else 'Li Wei'} <{sender}>"
    mail["To"] = "fault@localhost"
    mail["Subject"] = f"打印机卡纸 {number}" if zh else f"Printer jam {number}"
    mail["Date"] = "Mon, 23 Nov 2026 10:00:00 +0800"
    mail["Message-ID"] = f"<{number}.{chance.getrandbits(40)}@customer.example>"
    mail["User-Agent"] = "Mozilla Thunderbird"
    line = CHINESE if zh else ENGLISH
    text = "\n".join(line for _ in range(chance.randint(6, 16)))
    mail.set_content(text)
    if number % 3 == 0:
        mail.add_alternative(f"<html><body><p>{text[:900]}</p></body></html>", subtype="html")
    if number % 10 == 0:
        mail.add_attachment(chance.randbytes(50_000), maintype="image", subtype="png", filename=f"photo-{number}.png")
    return sender, mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


IDLE_SECONDS = 30


class Measured(Daemon):
    """A daemon whose mails a sink of its own takes, and whose CPU and memory are looked at."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.sink = subprocess.Popen(
            [sys.executable, "-m", "tests.channels.smtp_sink"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.sink.stdout is not None
        super().__init__(folder, relay=int(self.sink.stdout.readline().split()[-1]), database=database)

    def __exit__(self, *how: object) -> None:
        super().__exit__(*how)
        self.sink.terminate()
        self.sink.wait(5)

    def family(self) -> list[psutil.Process]:
        main = psutil.Process(self.process.pid)
        return [main, *main.children(recursive=True)]

    def cpu(self) -> float:
        """CPU seconds of the daemon and its children so far."""
        return sum(sum(one.cpu_times()[:2]) for one in self.family())

    def memory(self) -> str:
        """MiB of the main process, and of the whole tree (shared pages split)."""
        family = self.family()
        main, tree = family[0].memory_info().rss / 2**20, sum(one.memory_full_info().pss for one in family) / 2**20
        return f"main {main:.0f} MiB, tree {tree:.0f} MiB"

    def idle(self) -> float:
        """Percent of a core that it takes while nothing happens."""
        before = self.cpu()
        time.sleep(IDLE_SECONDS)
        return 100 * (self.cpu() - before) / IDLE_SECONDS

    def newest(self) -> int:
        """The id of the newest message."""
        return int(self.ask("select coalesce(max(id), 0) from outbox")[0][0])

    def confirmed(self, since: int) -> int:
        """How many confirmations with a later id than `since` were sent: so the question costs the same however many
        tickets there are."""
        question = f"select count(*) from outbox where id > {since} and kind = 'confirmation' and state = 'sent'"
        return int(self.ask(question)[0][0])


def deliver(port: int, some: list[tuple[str, bytes]]) -> None:
    """Sends mails over one connection, as a relay does."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        answers = line.makefile("rb")

        def say(words: bytes) -> bytes:
            line.sendall(words + b"\r\n")
            return last()

        def last() -> bytes:
            while (answer := answers.readline())[3:4] == b"-":
                pass
            return answer

        last()
        say(b"EHLO bench")
        for sender, raw in some:
            say(b"MAIL FROM:<" + sender.encode() + b">")
            say(b"RCPT TO:<fault@localhost>")
            say(b"DATA")
            answer = say(raw.replace(b"\r\n.", b"\r\n..") + b"\r\n.")
            assert answer.startswith(b"250"), answer
        say(b"QUIT")


def load(daemon: Measured, all_mails: list[tuple[str, bytes]], connections: int) -> tuple[float, float, float]:
    """(seconds until accepted, seconds until all confirmed, CPU seconds)."""
    before, newest = daemon.cpu(), daemon.newest()
    begin = time.perf_counter()
    senders = [
        threading.Thread(target=deliver, args=(daemon.smtp, all_mails[start::connections]))
        for start in range(connections)
    ]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    accepted = time.perf_counter() - begin
    while daemon.confirmed(newest) < len(all_mails):
        time.sleep(0.02)
        if time.perf_counter() - begin > 300:
            raise SystemExit(f"only {daemon.confirmed(newest)} of {len(all_mails)} confirmed after 300 s")
    return accepted, time.perf_counter() - begin, daemon.cpu() - before


def alone(daemon: Measured, count: int = 40) -> list[float]:
    """Milliseconds from the 250 of one mail to its confirmation being handed over, with nothing else to do."""
    times = []
    for number in range(count):
        sender, raw = one_mail(random.Random(number), 1_000_000 + number)
        newest = daemon.newest()
        with smtplib.SMTP("127.0.0.1", daemon.smtp) as line:
            line.sendmail(sender, ["fault@localhost"], raw)
            begin = time.perf_counter()
            while not daemon.confirmed(newest):
                time.sleep(0.001)
            times.append((time.perf_counter() - begin) * 1000)
        time.sleep(0.05)
    return sorted(times)


def yardstick() -> float:
    """CPU seconds of five million additions: how fast this machine is at the moment, so that runs can be compared."""
    begin = time.process_time()
    total = 0
    for number in range(5_000_000):
        total += number
    return time.process_time() - begin


def fill(folder: Path, count: int) -> None:
    """Multiplies the one ticket that is there: `count` tickets with their events, clocks and messages."""
    with contextlib.closing(sqlite3.connect(folder / "faultdesk.db")) as db:
        db.execute("PRAGMA foreign_keys=OFF")
        for table, changes in COPIES.items():
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            picked = ", ".join(changes.get(name, f'"{name}"') for name in columns)
            names = ", ".join(f'"{name}"' for name in columns)
            rows = f"WITH RECURSIVE n(i) AS (SELECT 1000000 UNION ALL SELECT i+1 FROM n WHERE i<{999_999 + count})"
            db.execute(
                f"INSERT INTO {table} ({names}) {rows} SELECT {picked} FROM (SELECT * FROM {table} WHERE id <= 10), n"
            )
        db.execute("UPDATE counter SET value = value + 2000000 WHERE name = 'ticket'")
        db.commit()


COPIES = {
    "inbox": {"id": "id+i*10", "digest": "digest||i", "ticket_id": "ticket_id+i*10", "message_id": "message_id||i"},
    "ticket": {"id": "id+i*10", "number": "number+i", "requester_address": "'x'||i||requester_address"},
    "event": {"id": "id+i*10", "ticket_id": "ticket_id+i*10"},
    "entry": {"id": "id+i*10", "ticket_id": "ticket_id+i*10", "inbox_id": "inbox_id+i*10"},
    "clock": {"id": "id+i*10", "ticket_id": "ticket_id+i*10", "next_alarm_at": "'2030-01-01 00:00:00.000000'"},
    "outbox": {"id": "id+i*10", "ticket_id": "ticket_id+i*10", "dedup_key": "dedup_key||i", "message_id": "message_id||i",
               "address": "address||i"},
}  # fmt: skip


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fd-bench-") as name:
        yield Path(name)


@contextlib.contextmanager
def database_for(kind: str) -> Iterator[str]:
    """The address of a database of that kind; empty for SQLite, which lies in the daemon's folder."""
    if kind == "sqlite":
        yield ""
        return
    with Postgres(durable=True) as server:
        yield server.database()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--tickets", type=int, default=0)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    options = parser.parse_args()
    if options.tickets and options.database == "postgres":
        parser.error("--tickets fills SQLite only")
    all_mails = mails(options.mails)
    with scratch() as folder, database_for(options.database) as database:
        with Measured(folder, database) as daemon:
            load(daemon, mails(20, seed=1)[:1], 1)
        if options.tickets:
            fill(folder, options.tickets)
        with Measured(folder, database) as daemon:
            print(f"start                {daemon.seconds_to_start:.2f} s")
            load(daemon, mails(50, seed=2, domain="warm.example"), 2)
            print(f"memory idle          {daemon.memory()}")
            print(f"CPU idle             {daemon.idle():.2f} % of a core")
            before = yardstick()
            accepted, confirmed, cpu = load(daemon, all_mails, options.connections)
            print(f"five million adds    {before:.2f} s before, {yardstick():.2f} s after")
            print(f"accepted             {len(all_mails) / accepted:.0f} mails/s")
            print(f"confirmed            {len(all_mails) / confirmed:.0f} mails/s")
            print(f"CPU                  {cpu / len(all_mails) * 1000:.2f} ms a mail")
            print(f"memory after         {daemon.memory()}")
            times = alone(daemon)
            print(
                f"one mail alone       p50 {statistics.median(times):.0f} ms, p95 {times[int(len(times) * 0.95)]:.0f} ms"
            )


if __name__ == "__main__":
    main()
