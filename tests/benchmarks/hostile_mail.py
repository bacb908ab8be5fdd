"""What mails made to stop a reader cost the real daemon, and the honest mails beside them (reliability G11, P4).

    python -m tests.benchmarks.hostile_mail [--all] [--at-once]

Each hostile mail by itself: seconds from its "250" to its ticket; then all of them at once. Meanwhile an honest mail
comes every 100 ms: milliseconds from its "250" to its confirmation being taken by an SMTP sink. `--all` prints every one.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import smtplib
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from tests.benchmarks.intake_speed import one_mail, scratch
from tests.channels.smtp_sink import Mail, Sink
from tests.parts.daemon import Daemon
from tests.parts.hostile import hostile_mails
from tests.parts.pathological import pathological_mails

PAUSE = 0.1


class Arrivals(list[Mail]):
    """The sink's mails, with the time at which each was taken, by its recipient."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[str, float] = {}

    def append(self, mail: Mail) -> None:
        super().append(mail)
        for one in mail.recipients:
            self.at.setdefault(one, time.perf_counter())


@dataclass
class Honest:
    """Somebody who mails a fault every now and then, each under a name of its own."""

    port: int
    name: str
    accepted: dict[str, float] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    put_off: int = 0
    stopped: bool = False

    def begin(self) -> threading.Thread:
        thread = threading.Thread(target=self.mail)
        thread.start()
        return thread

    def mail(self) -> None:
        chance, number = random.Random(11), 1
        while not self.stopped:
            number += 1 + (number % 10 == 9)  # without the files of 50 KB: they say nothing here
            sender, raw = one_mail(chance, number, f"{self.name}.example")
            begin = time.perf_counter()
            while not sent(self.port, sender, raw):
                self.put_off += 1
                time.sleep(PAUSE)
            self.accepted[sender] = time.perf_counter()
            self.waits.append(self.accepted[sender] - begin)
            time.sleep(PAUSE)


def sent(port: int, sender: str, raw: bytes) -> bool:
    """Whether the mail was taken, not put off."""
    try:
        with smtplib.SMTP("127.0.0.1", port) as line:
            line.sendmail(sender, ["fault@localhost"], raw)
    except (OSError, smtplib.SMTPException):
        return False
    return True


def part(numbers: Iterable[float], share: float) -> float:
    """The value that so large a share of them does not exceed."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


Found = dict[str, tuple[float, float, str]]
"""Name → (seconds until accepted, seconds from there until it is something, what)."""


class Bomber:
    """Sends hostile mails; lives in a process of its own, so that its work does not hold up the clock and the sink."""

    def __init__(self, folder: Path, port: int) -> None:
        self.daemon = Daemon(folder)
        self.daemon.smtp = port
        self.mails = hostile_mails() | pathological_mails()
        self.numbers = count()

    def one(self, name: str, mark: str, look: float = 0.005) -> tuple[float, float, str]:
        """Looks for what became of it every so many seconds."""
        raw = self.mails[name].replace(b"@hostile.example>", f"{mark}@hostile.example>".encode()) + mark.encode()
        sender = f"h{next(self.numbers)}@hostile.example"
        question = f"select outcome from inbox where envelope_from = '{sender}' and state in ('done', 'quarantined')"
        begin = time.perf_counter()
        while not sent(self.daemon.smtp, sender, raw):
            time.sleep(PAUSE)
        accepted = time.perf_counter()
        while not (outcome := self.daemon.ask(question)):
            time.sleep(look)
        return accepted - begin, time.perf_counter() - accepted, str(outcome[0][0])

    def each(self) -> Found:
        return {name: self.one(name, "") for name in self.mails}

    def all_at_once(self) -> Found:
        with ThreadPoolExecutor(len(self.mails)) as threads:
            found = {name: threads.submit(self.one, name, "again", PAUSE) for name in self.mails}
            return {name: one.result() for name, one in found.items()}


def prepare(folder: Path, port: int) -> None:
    global bomber  # noqa: PLW0603  -- the process is there for it alone
    bomber = Bomber(folder, port)


def bomb(how: str) -> Found:
    return getattr(bomber, how)() if how else {}


bomber: Bomber


async def beside(daemon: Daemon, sink: Sink, name: str, work: Callable[[], Future[Found]]) -> Found:
    """Does the work with honest mail beside it, and tells how that fared."""
    arrivals = Arrivals()
    sink.mails = arrivals
    honest = Honest(daemon.smtp, name)
    mailing = honest.begin()
    await asyncio.sleep(1)
    found = await asyncio.wrap_future(work())
    await asyncio.sleep(2)
    honest.stopped = True
    await asyncio.to_thread(mailing.join)
    while honest.accepted.keys() - arrivals.at.keys():  # noqa: ASYNC110  -- the sink has no event for it
        await asyncio.sleep(0.01)
    print(f"honest mails beside ({name}): {len(honest.accepted)}, put off {honest.put_off}")
    show("250 → confirmation handed over", [arrivals.at[sender] - at for sender, at in honest.accepted.items()])
    show("connected → 250", honest.waits)
    return found


def show(what: str, times: list[float]) -> None:
    p50, p99, most = (part(times, share) * 1000 for share in (0.5, 0.99, 1))
    print(f"  {what:<32} p50 {p50:.0f} ms, p99 {p99:.0f} ms, max {most:.0f} ms")


def tell(title: str, found: Found, *, every: bool) -> None:
    slow = sorted(found, key=lambda name: -found[name][1])
    print(f"{title}: {len(found)} mails, 250 → ticket max {found[slow[0]][1]:.2f} s")
    odd = [name for name in slow if found[name][2] != "ticket"]
    for name in slow if every else dict.fromkeys((*slow[:5], *odd, *KNOWN)):
        accepted, done, outcome = found[name]
        print(f"  {name:<40} sent and accepted {accepted:6.2f} s  {outcome} {done:6.2f} s")


async def measure(folder: Path, *, every: bool, at_once: bool) -> None:
    sink = await Sink().start()
    daemon = Daemon(folder, relay=sink.port)
    await asyncio.to_thread(daemon.start)
    with daemon.ended(), ProcessPoolExecutor(1, get_context("spawn"), prepare, (folder, daemon.smtp)) as other:
        ways = [("", "nothing"), ("each", "one-by-one"), ("all_at_once", "all-at-once")]
        for how, title in ways[2:] if at_once else ways:
            found = await beside(daemon, sink, title, lambda how=how: other.submit(bomb, how))  # type: ignore[misc]
            if found:
                tell(title, found, every=every)
        unread = daemon.ask("select count(*) from inbox where reasons like '%unreadable%'")[0][0]
        print(f"could not be read: {unread}")
        await asyncio.to_thread(daemon.stop)
    await sink.stop()


KNOWN = ("02 Subject of 20,000 encoded words", "01 64 KiB of ; in Content-Type", "06 2,000 nested multiparts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--at-once", action="store_true", help="only all of them at once")
    options = parser.parse_args()
    with scratch() as folder:
        asyncio.run(measure(folder, every=options.all, at_once=options.at_once))


if __name__ == "__main__":
    main()
