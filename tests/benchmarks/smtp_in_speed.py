"""What the mail channels alone cost: CPU milliseconds a mail to receive by SMTP, and to send to an SMTP sink.

    python -m tests.benchmarks.smtp_in_speed [--mails 2000]

Nothing is stored: what is left is the price of the line. The other side runs in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

from bot.domain.messages import Incoming, OutgoingMail
from channels.smtp_in import SmtpIn, SmtpInSettings
from channels.smtp_out import SmtpOut, SmtpOutSettings

LINE = b"The printer on floor 3 shows a paper jam again and nobody can print.\r\n"
CLIENT = """
import smtplib, sys
port, count, lines, kept = map(int, sys.argv[1:])
raw = b"Subject: printer\\r\\n\\r\\n" + sys.stdin.buffer.read() * lines
line = None
for _ in range(count):
    line = line or smtplib.SMTP("127.0.0.1", port, local_hostname="me")
    line.sendmail("li@example.com", ["fault@localhost"], raw)
    if not kept:
        line.quit()
        line = None
"""


def message(size: int, number: int = 0) -> OutgoingMail:
    raw = b"Subject: printer\r\n\r\n" + LINE * (size // len(LINE))
    return OutgoingMail(str(number), "li@example.com", "fault@localhost", raw)


async def measured(what: str, count: int, work: Callable[[], Awaitable[None]]) -> None:
    cpu, wall = time.process_time(), time.perf_counter()
    await work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{what:<44} {cpu / count * 1e3:6.2f} ms CPU a mail {count / wall:8.0f} mails/s")


async def nothing(_mail: Incoming) -> None:
    """The receiver that keeps nothing."""


async def receive(size: int, count: int, *, kept: bool) -> None:
    inlet = SmtpIn(SmtpInSettings(port=0), lambda: datetime.now(UTC))
    await inlet.open()
    running = asyncio.create_task(inlet.run(nothing))

    async def work() -> None:
        arguments = [str(number) for number in (inlet.port, count, size // len(LINE), int(kept))]
        client = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CLIENT, *arguments, stdin=asyncio.subprocess.PIPE
        )
        await client.communicate(LINE)
        assert client.returncode == 0

    await measured(f"receive {size // 1000} KB, {'one line' if kept else 'a line for each'}", count, work)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def send(size: int, count: int, connections: int) -> None:
    command = (sys.executable, "-m", "tests.channels.smtp_sink")
    sink = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    assert sink.stdin
    assert sink.stdout
    port = int(await sink.stdout.readline())
    outlet = SmtpOut(SmtpOutSettings(host="127.0.0.1", port=port, security="none", connections=connections))

    async def work() -> None:
        await asyncio.gather(*(outlet.send(message(size, number)) for number in range(count)))

    await measured(f"send {size // 1000} KB over {connections} lines", count, work)
    await outlet.close()
    sink.stdin.close()
    assert int(await sink.stdout.readline()) == count
    await sink.wait()


async def main(count: int) -> None:
    await receive(2_000, count, kept=True)
    await receive(2_000, count // 2, kept=False)
    await receive(50_000, count // 4, kept=True)
    await receive(10_000_000, 10, kept=True)
    await send(2_000, count, connections=4)
    await send(50_000, count // 4, connections=4)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=2000)
    asyncio.run(main(parser.parse_args().mails))
