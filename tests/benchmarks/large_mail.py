"""What a mail of 25 MB with 30 attachments costs: seconds until it is confirmed, and the memory of the whole daemon.

    python -m tests.benchmarks.large_mail [--times 5]

By SMTP to the real daemon with its files on disk; the confirmation is taken by an SMTP sink. Memory is the most that main
process and tree had, looked at every 50 ms; then the same with four such mails at once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import psutil

from tests.benchmarks.hostile_mail import PAUSE, Arrivals, sent
from tests.benchmarks.intake_speed import scratch
from tests.channels.smtp_sink import Sink
from tests.parts.daemon import Daemon

FILES, SIZE = 30, 25 * 10**6
MIB = 2**20


def large_mail(number: int) -> tuple[str, bytes]:
    """(sender, mail): pictures, documents and archives of random bytes, 25 MB as it is sent."""
    chance = random.Random(number)
    sender = f"l{number}@large.example"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "fault@localhost", "蓝屏, all my files"
    mail["Message-ID"] = f"<{number}.{time.time_ns()}@large.example>"
    mail.set_content("它又蓝屏了，日志见附件。\n")
    each = SIZE * 57 // 78 // FILES  # base64 writes 78 characters for 57 bytes
    for one in range(FILES):
        kind = (("image", "png"), ("application", "pdf"), ("application", "zip"))[one % 3]
        mail.add_attachment(chance.randbytes(each), maintype=kind[0], subtype=kind[1], filename=f"日志 {one}.{kind[1]}")
    return sender, mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


class Peak:
    """The most memory that the process and its tree had."""

    def __init__(self, pid: int) -> None:
        self.process, self.main, self.tree, self.stopped = psutil.Process(pid), 0, 0, False

    def cpu(self) -> float:
        """Seconds of work of the process and the children it has, until now."""
        times = [one.cpu_times() for one in (self.process, *self.process.children(recursive=True))]
        return sum(one.user + one.system for one in times)

    def watch(self) -> None:
        while not self.stopped:
            with contextlib.suppress(psutil.NoSuchProcess):
                main = self.process.memory_info().rss
                children = sum(child.memory_info().rss for child in self.process.children(recursive=True))
                self.main, self.tree = max(self.main, main), max(self.tree, main + children)
            time.sleep(0.05)


@contextlib.contextmanager
def watched(pid: int) -> Iterator[Peak]:
    peak = Peak(pid)
    thread = threading.Thread(target=peak.watch)
    thread.start()
    try:
        yield peak
    finally:
        peak.stopped = True
        thread.join()


def send(port: int, sender: str, raw: bytes) -> tuple[float, float]:
    """When it began and when it was taken; a mail that is put off comes again, as a server sends it."""
    begin = time.perf_counter()
    while not sent(port, sender, raw):
        time.sleep(PAUSE)
    return begin, time.perf_counter()


async def measure(times: int) -> None:
    arrivals = Arrivals()
    sink = await Sink(mails=arrivals).start()
    with scratch() as folder, Daemon(folder, relay=sink.port) as daemon:
        await asyncio.sleep(2)
        for count in (*[1] * times, 4):
            mails = [large_mail(number) for number in range(len(arrivals), len(arrivals) + count)]
            with watched(daemon.process.pid) as peak:
                worked = peak.cpu()
                with ThreadPoolExecutor(count) as pool:
                    loop = asyncio.get_running_loop()
                    spans = await asyncio.gather(
                        *(loop.run_in_executor(pool, send, daemon.smtp, *one) for one in mails)
                    )
                async with asyncio.timeout(120):
                    while not all(sender in arrivals.at for sender, _ in mails):  # noqa: ASYNC110  -- a list says when
                        await asyncio.sleep(0.01)
                worked = peak.cpu() - worked
            whole = [arrivals.at[sender] - begin for (sender, _), (begin, _) in zip(mails, spans, strict=True)]
            after = [arrivals.at[sender] - taken for (sender, _), (_, taken) in zip(mails, spans, strict=True)]
            print(f"{count} mail(s) of {len(mails[0][1]) / 1e6:.1f} MB: confirmed {max(whole):.2f} s after the first byte, "
                  f"{max(after):.2f} s after 250; {worked:.2f} s of work; main {peak.main // MIB} MiB, tree {peak.tree // MIB} MiB")  # fmt: skip
        files = daemon.ask("select count(*), count(distinct entry_id) from attachment")
        print("attachments kept, on entries:", *files)
    await sink.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    asyncio.run(measure(parser.parse_args().times))
