"""What mails made to stop a reader cost the real daemon, and the honest mails beside them (reliability G11, P4).

    python -m tests.benchmarks.hostile_mail [--all]

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
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.intake_speed import deliver, one_mail, scratch
from tests.channels.smtp_sink import Mail, Sink
from tests.parts.daemon import Daemon
from tests.parts.hostile import hostile_mails

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
            while not self.deliver(sender, raw):
                self.put_off += 1
                time.sleep(PAUSE)
            self.accepted[sender] = time.perf_counter()
            self.waits.append(self.accepted[sender] - begin)
            time.sleep(PAUSE)

    def deliver(self, sender: str, raw: bytes) -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", self.port) as line:
                line.sendmail(sender, ["fault@localhost"], raw)
        except (OSError, smtplib.SMTPException):
            return False
        return True


def part(numbers: Iterable[float], share: float) -> float:
    """The value that so large a share of them does not exceed."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ticket_after(daemon: Daemon, sender: str) -> str:
    """Waits until the mail with this envelope sender is something; gives what."""
    question = f"select outcome from inbox where envelope_from = '{sender}' and state in ('done', 'quarantined')"
    while not (found := daemon.ask(question)):
        time.sleep(0.005)
    return str(found[0][0])


def one_bomb(daemon: Daemon, number: int, raw: bytes) -> tuple[float, float, str]:
    """(seconds until accepted, seconds from there until it is something, what)."""
    sender = f"h{number}@hostile.example"
    begin = time.perf_counter()
    deliver(daemon.smtp, [(sender, raw)])
    accepted = time.perf_counter()
    outcome = ticket_after(daemon, sender)
    return accepted - begin, time.perf_counter() - accepted, outcome


async def beside(daemon: Daemon, sink: Sink, name: str, work: Iterable[asyncio.Future[None]]) -> None:
    """Does the work with honest mail beside it, and tells how that fared."""
    arrivals = Arrivals()
    sink.mails = arrivals
    honest = Honest(daemon.smtp, name)
    mailing = honest.begin()
    await asyncio.sleep(1)
    for one in work:
        await one
    await asyncio.sleep(1)
    honest.stopped = True
    await asyncio.to_thread(mailing.join)
    while honest.accepted.keys() - arrivals.at.keys():  # noqa: ASYNC110  -- the sink has no event for it
        await asyncio.sleep(0.01)
    times = [(arrivals.at[sender] - at) * 1000 for sender, at in honest.accepted.items()]
    takes = [one * 1000 for one in honest.waits]
    print(f"honest mails beside ({name}): {len(times)}")
    print(
        f"  250 → confirmation handed over  p50 {part(times, 0.5):.0f} ms, p99 {part(times, 0.99):.0f} ms, max {max(times):.0f} ms"
    )
    print(
        f"  connected → 250                 p50 {part(takes, 0.5):.0f} ms, p99 {part(takes, 0.99):.0f} ms, max {max(takes):.0f} ms"
    )


async def measure(folder: Path, *, every: bool) -> None:
    mails = hostile_mails()
    sink = await Sink().start()
    daemon = Daemon(folder, relay=sink.port)
    await asyncio.to_thread(daemon.start)
    found: dict[str, tuple[float, float, str]] = {}

    async def bomb(number: int, name: str, mark: str = "") -> None:
        raw = mails[name].replace(b"@hostile.example>", f"{mark}@hostile.example>".encode()) + mark.encode()
        found[name] = await asyncio.to_thread(one_bomb, daemon, number, raw)

    def tell(title: str) -> None:
        slow = sorted(found, key=lambda name: -found[name][1])
        print(f"{title}: {len(found)} mails, 250 → ticket max {found[slow[0]][1]:.2f} s")
        odd = [name for name in slow if found[name][2] != "ticket"]
        for name in slow if every else dict.fromkeys((*slow[:5], *odd, *KNOWN)):
            accepted, done, outcome = found[name]
            print(
                f"  {name:<40} {len(mails[name]) / 1024:9.0f} KiB  accepted {accepted:6.2f} s  {outcome} {done:6.2f} s"
            )
        found.clear()

    await beside(daemon, sink, "nothing", ())
    await beside(daemon, sink, "one-by-one", (bomb(*one) for one in enumerate(mails)))
    tell("one by one")
    everything = (
        asyncio.gather(*(bomb(number + 100, name, "again") for number, name in enumerate(mails))) for _ in "1"
    )
    await beside(daemon, sink, "all-at-once", everything)
    tell("all at once")
    unread = daemon.ask("select count(*) from inbox where reasons like '%unreadable%'")[0][0]
    print(f"could not be read: {unread}")
    await asyncio.to_thread(daemon.stop)
    await sink.stop()


KNOWN = ("02 Subject of 20,000 encoded words", "01 64 KiB of ; in Content-Type", "06 2,000 nested multiparts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    with scratch() as folder:
        asyncio.run(measure(folder, every=options.all))


if __name__ == "__main__":
    main()
