"""What abuse of SMTP costs the real daemon in memory, and the honest mails beside it (reliability 3 B 54 to 56, G17).

    python -m tests.benchmarks.smtp_abuse [name …]

Prints, for each abuse, the most memory seen (main process; whole tree with shared pages split), how long honest mails
took from connecting to their "250", and what the abusers were told. The abusers run in a process of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

import psutil

from tests.benchmarks.hostile_mail import Honest, part
from tests.benchmarks.intake_speed import Measured, scratch

GREETED = b"EHLO me\r\nMAIL FROM:<mallory@hostile.example>%s\r\nRCPT TO:<fault@localhost>\r\nDATA\r\n"
LINE = b"x" * 998 + b"\r\n"
SECONDS = 20.0


class Line:
    """One abuser's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> Line:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def say(self, words: bytes) -> None:
        self.writer.write(words)
        await self.writer.drain()

    async def last_code(self) -> str:
        """The code of the last reply before the line is closed or silent for a second."""
        code = "nothing"
        with suppress(ConnectionError, TimeoutError):
            while line := await asyncio.wait_for(self.reader.readline(), 1):
                code = line[:3].decode()
        return code


async def flood(port: int, number: int, *, megabytes: int) -> str:
    """A mail of so many MB, of which nothing was said before, or something untrue."""
    line = await Line.to(port)
    with suppress(ConnectionError):
        await line.say(GREETED % (b" SIZE=1000" if number % 2 else b""))
        while not (await line.reader.readline()).startswith(b"354"):
            pass
        for _ in range(megabytes):
            await line.say(LINE * 1000)
        await line.say(b".\r\n")
        return (await asyncio.wait_for(line.reader.readline(), 120))[:3].decode() or "closed"
    return "closed"


async def flood_until_taken(port: int, number: int) -> str:
    """A mail just within the limit, sent again as often as it is put off."""
    for _ in range(500):
        if await flood(port, number, megabytes=34) == "250":
            return "250"
        await asyncio.sleep(0.5)
    return "never taken"


async def trickle(port: int, _number: int) -> str:
    """DATA at one byte a second."""
    line = await Line.to(port)
    with suppress(ConnectionError):
        await line.say(GREETED % b"")
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            await line.say(b"x")
            await asyncio.sleep(1)
    return await line.last_code()


async def recipients(port: int, _number: int) -> str:
    return await _commands(port, b"RCPT TO:<fault@localhost>\r\n", 50_000)


async def noops(port: int, number: int) -> str:
    return await _commands(port, b"RSET\r\n" if number % 2 else b"NOOP\r\n", 5_000)


async def _commands(port: int, command: bytes, count: int) -> str:
    line = await Line.to(port)
    with suppress(ConnectionError):
        told = asyncio.ensure_future(line.last_code())
        await line.say(b"EHLO me\r\nMAIL FROM:<mallory@hostile.example>\r\n")
        for _ in range(count // 100):
            await line.say(command * 100)
            await asyncio.sleep(0)
    return await told


async def connections(port: int, _number: int) -> str:
    """A connection that says nothing."""
    line = await Line.to(port)
    with suppress(TimeoutError, ConnectionError):
        await asyncio.wait_for(line.reader.readline(), SECONDS)
        return (await asyncio.wait_for(line.reader.readline(), SECONDS))[:3].decode() or "closed"
    return "still open"


ABUSES: dict[str, tuple[int, Callable[[int, int], Awaitable[str]]]] = {
    "20 mails of 60 MB": (20, lambda port, number: flood(port, number, megabytes=60)),
    "20 mails of 34 MB, each until it is taken": (20, flood_until_taken),
    "200 clients of 1 byte/s": (200, trickle),
    "20 times 50,000 RCPT": (20, recipients),
    "20 times 5,000 NOOP or RSET": (20, noops),
    "1,000 connections": (1000, connections),
}


async def abuse(name: str, port: int) -> None:
    """In the abusers' process: all of them at once, and what they were told."""
    count, how = ABUSES[name]
    told = await asyncio.gather(*(how(port, number) for number in range(count)), return_exceptions=True)
    print(json.dumps(Counter(one if isinstance(one, str) else type(one).__name__ for one in told)))


def measured(daemon: Measured, name: str) -> None:
    honest = Honest(daemon.smtp, f"peer{list(ABUSES).index(name)}")
    mailing = honest.begin()
    command = [sys.executable, "-m", "tests.benchmarks.smtp_abuse", "--abuse", name, "--port", str(daemon.smtp)]
    abusers = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    begin = time.monotonic()
    most = Most(daemon)
    while abusers.poll() is None:
        most.look()
        time.sleep(0.03)
    seconds = time.monotonic() - begin
    for _ in range(100):  # what was taken is still being read and sent
        most.look()
        time.sleep(0.03)
    honest.stopped = True
    mailing.join()
    assert abusers.stdout is not None
    waits = [one * 1000 for one in honest.waits]
    print(f"{name}: {seconds:.1f} s, told {json.loads(abusers.stdout.read())}")
    print(f"  most memory     main {most.main / 2**20:.0f} MiB, tree {most.tree / 2**20:.0f} MiB")
    print(
        f"  honest mails    {len(waits)}, put off {honest.put_off}, connected → 250  p50 {part(waits, 0.5):.0f} ms, "
        f"p99 {part(waits, 0.99):.0f} ms, max {max(waits):.0f} ms"
    )


class Most:
    """The most memory of the daemon and of its tree that was seen."""

    def __init__(self, daemon: Measured) -> None:
        self.daemon, self.main, self.tree = daemon, 0, 0

    def look(self) -> None:
        with suppress(psutil.Error):  # a parser's child that has just ended
            family = self.daemon.family()
            self.main = max(self.main, family[0].memory_info().rss)
            self.tree = max(self.tree, sum(one.memory_full_info().pss for one in family))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="beginnings of the abuses' names; else all")
    parser.add_argument("--abuse", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.abuse:
        asyncio.run(abuse(options.abuse, options.port))
        return
    with scratch() as folder, Measured(folder) as daemon:
        print(f"idle                    {daemon.memory()}")
        for name in ABUSES:
            if not options.names or name.startswith(tuple(options.names)):
                measured(daemon, name)
        print(f"afterwards              {daemon.memory()}")


if __name__ == "__main__":
    main()
