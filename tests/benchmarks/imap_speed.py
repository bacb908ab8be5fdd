"""How fast a mailbox is read: delivered → confirmation handed over while it idles, and a large import, killed once.

    python -m tests.benchmarks.imap_speed [--alone 60] [--waiting 10000]

Real Dovecot on this machine (sdbox, not synced to disk), the real daemon, an SMTP sink that takes the confirmations.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.benchmarks.intake_speed import Measured, mails, scratch
from tests.parts.dovecot import PASSWORD, USER, Dovecot


def wait(done: Callable[[], Any], pause: float = 0.05) -> float:
    """Waits; gives the seconds."""
    begin = time.perf_counter()
    while not done():
        time.sleep(pause)
    return time.perf_counter() - begin


def daemon_on(folder: Path, dovecot: Dovecot, **more: Any) -> Measured:
    """A daemon that reads the mailbox over TLS."""
    box = {"host": "localhost", "port": dovecot.imaps, "username": USER, "password": PASSWORD, **more}
    daemon = Measured(folder)
    daemon.environment["FAULTDESK_MAIL__IMAP"] = json.dumps([{**box, "ca_file": f"{dovecot.folder}/tls/cert.pem"}])
    return daemon


def alone(folder: Path, count: int) -> None:
    """One mail at a time, each after the one before is confirmed."""
    with Dovecot(layout="sdbox") as dovecot, daemon_on(folder, dovecot) as daemon:
        seconds = []
        for _, raw in mails(count, seed=11):
            newest = daemon.newest()
            begin = time.perf_counter()
            dovecot.deliver(raw)
            wait(lambda since=newest: daemon.confirmed(since), 0.002)  # type: ignore[misc]
            seconds.append(time.perf_counter() - begin)
            time.sleep(0.2)
    steps = statistics.quantiles(seconds, n=20)
    p50, p95, last = statistics.median(seconds), steps[18], max(seconds)
    print(
        f"delivered → confirmation taken, {count} mails: p50 {p50 * 1e3:.0f} p95 {p95 * 1e3:.0f} max {last * 1e3:.0f} ms"
    )


def imported(folder: Path, count: int, stamp: datetime | None) -> None:
    """So many mails wait, since `stamp` or since now; the daemon is killed once in the middle."""
    with Dovecot(layout="sdbox") as dovecot:
        dovecot.fill((raw for _, raw in mails(count, seed=12)), stamp=stamp)
        daemon = daemon_on(folder, dovecot, start="all")

        def number(question: str) -> int:
            return int(daemon.ask(f"select count(*) from inbox where {question}")[0][0])

        with daemon:
            first = wait(lambda: number("true") >= count // 2)
            daemon.kill()
            daemon.start()
            begin, there, done = time.perf_counter(), number("true"), number("state = 'done'")
            if stamp:  # else they are as fresh as it is
                newest = daemon.newest()
                dovecot.deliver(mails(1, seed=13)[0][1])
                fresh = wait(lambda: daemon.confirmed(newest), 0.01)
                print(f"a fresh mail meanwhile, delivered → confirmation taken: {fresh:.2f} s")
            wait(lambda: number("true") >= count)
            second = time.perf_counter() - begin
            print(f"{count} mails: {count // 2 / first:.0f}/s stored before the kill, "
                  f"{(count - there) / second:.0f}/s after it")  # fmt: skip
            wait(lambda: not daemon.ask("select 1 from inbox where state <> 'done' limit 1"))
            rate, cpu = (count - done) / (time.perf_counter() - begin), daemon.cpu() / (count - done) * 1e3
            print(f"all of them tickets: {rate:.0f}/s since the kill, CPU {cpu:.1f} ms each")
            print(daemon.memory())
            copies, tickets = daemon.ask("select (select sum(copies) from inbox), (select count(*) from ticket)")[0]
            left, away = len(dovecot.subjects()), len(dovecot.subjects("Processed"))
        print(f"fetched twice {copies}, tickets {tickets}, left {left}, moved {away}, fsck: {daemon.fsck() or 'clean'}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--alone", type=int, default=60)
    parser.add_argument("--waiting", type=int, default=10_000)
    arguments = parser.parse_args()
    with scratch() as folder:
        alone(folder / "alone", arguments.alone)
        imported(folder / "fresh", arguments.waiting, None)
        print("the same, after they have lain there for three days:")
        imported(folder / "old", arguments.waiting, datetime.now(UTC) - timedelta(days=3))


if __name__ == "__main__":
    main()
