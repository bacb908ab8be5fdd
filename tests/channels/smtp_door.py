"""An open SMTP inlet and a client that can say anything: for the tests of mail that comes in."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain.messages import Incoming, IncomingMail
from channels.base import Receive
from channels.smtp_in import SmtpIn, SmtpInSettings
from channels.spool import Spool
from tests.parts.patience import PATIENCE

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
GREETED = ("EHLO me", "MAIL FROM:<li@example.com>", "RCPT TO:<fault@localhost>")
MAIL = b"Subject: printer\r\n\r\nIt is on fire\r\n"


@dataclass
class House:
    """The inlet, what it took, and how to stop it."""

    inlet: SmtpIn
    run: asyncio.Task[None]
    mails: list[IncomingMail] = field(default_factory=list)

    async def stop(self) -> None:
        self.run.cancel()
        with suppress(asyncio.CancelledError):
            await self.run

    def hurries(self, seconds: float) -> None:
        """From now on those who are here may be silent for so long."""
        for session in self.inlet._sessions:
            session._timeout_duration = seconds
            session._reset_timeout()

    async def empty(self) -> None:
        """Waits until nobody is connected."""
        async with asyncio.timeout(PATIENCE):
            while self.inlet._sessions:  # noqa: ASYNC110  -- the inlet has no event for it, and needs none
                await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(receive: Receive | None = None, spool: Spool | None = None, **settings: Any) -> AsyncIterator[House]:
    """A listening inlet. Nothing may go wrong behind the scenes: asyncio's complaints fail the test."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    inlet = SmtpIn(SmtpInSettings(port=0, **settings), lambda: NOW, spool)
    await inlet.open()
    mails: list[IncomingMail] = []

    async def keep(mail: Incoming) -> None:
        assert isinstance(mail, IncomingMail)
        mails.append(mail)

    house = House(inlet, asyncio.create_task(inlet.run(receive or keep)), mails)
    port = None if inlet.settings.socket else inlet.port
    await asyncio.sleep(0)
    assert port is None or inlet.port == port
    try:
        yield house
    finally:
        await house.stop()
    assert complaints == []
    assert inlet.budget.used == 0


class Talk:
    """A client that sends exactly what it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, house: House, *commands: str) -> Talk:
        talk = cls(*await asyncio.open_connection("127.0.0.1", house.inlet.port, limit=2**20))
        assert (await talk.reply()).startswith("220 ")
        for command in commands:
            assert (await talk.say(command))[0] in "23", command
        return talk

    async def reply(self) -> str:
        """One reply, its lines joined by newlines; "" when the line is closed."""
        lines = []
        while True:
            line = (await asyncio.wait_for(self.reader.readline(), PATIENCE)).decode("ascii")
            lines.append(line.removesuffix("\r\n"))
            if line[3:4] != "-":
                return "\n".join(lines)

    async def say(self, command: str | bytes) -> str:
        self.send(command if isinstance(command, bytes) else command.encode() + b"\r\n")
        return await self.reply()

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def mail(self, raw: bytes = MAIL) -> str:
        """Sends DATA and the bytes as they are, then the end."""
        assert (await self.say("DATA")).startswith("354")
        return await self.say(raw + b".\r\n")

    async def at_end(self) -> bool:
        """Whether the other side has closed."""
        with suppress(ConnectionError):
            return await asyncio.wait_for(self.reader.read(), PATIENCE) == b""
        return True

    def vanish(self) -> None:
        """Breaks the connection without a word."""
        self.writer.transport.abort()


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost, valid today, and its key."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return certificate, key
