"""A small, fast SMTP server that keeps what it takes and fails when told to: for tests and benchmarks.

Run as a program it prints its port and takes mail until its input ends, then prints how many mails it took.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from base64 import b64encode
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

REPLIES = {
    "greeting": b"220 sink ESMTP",
    "mail": b"250 2.1.0 OK",
    "rcpt": b"250 2.1.5 OK",
    "data": b"354 Go on",
    "dot": b"250 2.0.0 OK: queued as 4ABC",
    "rset": b"250 2.0.0 OK",
    "noop": b"250 2.0.0 OK",
    "starttls": b"220 2.0.0 Go on",
    "auth": b"235 2.7.0 OK",
    "quit": b"221 2.0.0 Bye",
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong at one stage, once."""

    reply: bytes = b""
    cut: bool = False
    delay: float = 0
    taken: bool = False  # at "dot": the mail is kept all the same, only the answer goes wrong


@dataclass
class Mail:
    sender: str
    recipients: list[str]
    raw: bytes
    connection: int
    answered: bool = True  # else it was taken, and its sender cannot know


@dataclass
class Sink:
    """The server. Stages: greeting, ehlo, starttls, auth, mail, rcpt, data, body (its first bytes), dot, rset, quit."""

    fate: Callable[[], tuple[str, Fault] | None] = lambda: None
    """Asked at each mail: at which stage it goes wrong, and how; None lets it pass. `fail` comes before it."""
    password: str = ""
    tls: ssl.SSLContext | None = None
    offers: tuple[str, ...] = ("PIPELINING", "8BITMIME")
    mails: list[Mail] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    keep: bool = True
    taken: int = 0
    _faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    _lines: set[Line] = field(default_factory=set)
    _server: asyncio.Server | None = None
    port: int = 0

    def fail(self, stage: str, reply: str = "", *, cut: bool = False, delay: float = 0, taken: bool = False) -> None:
        """The next time that the stage is reached goes so; several calls line up."""
        self._faults[stage].append(Fault(reply.encode(), cut, delay, taken))

    def fault(self, stage: str) -> Fault | None:
        waiting = self._faults.get(stage)
        return waiting.popleft() if waiting else None

    async def start(self, port: int = 0) -> Sink:
        self._server = await asyncio.get_running_loop().create_server(lambda: Line(self), "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def drop_connections(self) -> None:
        """Closes all connections, as a server does with idle ones."""
        for line in list(self._lines):
            line.transport.close()

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.drop_connections()
        await asyncio.sleep(0)


class Line(asyncio.Protocol):
    """One connection to the sink."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.buffer = b""
        self.mail: Mail | None = None
        self.fate: tuple[str, Fault] | None = None
        self.in_data = self.in_body = self.secure = False
        self.handshake: asyncio.Task[None] | None = None

    def __hash__(self) -> int:
        return id(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.sink.connections += 1
        self.number = self.sink.connections
        self.sink._lines.add(self)
        self.answer("greeting")

    def connection_lost(self, error: Exception | None) -> None:
        self.sink._lines.discard(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while not (self.transport.is_closing() or self.handshake):
            if self.in_data:
                if not self.read_body():
                    return
            else:
                line, found, rest = self.buffer.partition(b"\r\n")
                if not found:
                    return
                self.buffer = rest
                self.command(line.decode())

    def read_body(self) -> bool:
        if not self.in_body:
            self.in_body = True
            if (fault := self.fault("body")) and fault.cut:
                self.transport.close()
                return False
        end = 0 if self.buffer.startswith(b".\r\n") else self.buffer.find(b"\r\n.\r\n") + 2
        if end == 1:
            return False
        assert self.mail is not None
        self.mail.raw = self.buffer[:end].replace(b"\r\n.", b"\r\n")
        if self.mail.raw.startswith(b"."):
            self.mail.raw = self.mail.raw[1:]
        self.buffer = self.buffer[end + 3 :]
        self.in_data = self.in_body = False
        self.answer("dot")
        return True

    def command(self, line: str) -> None:
        if self.sink.keep:
            self.sink.commands.append(line)
        verb = line.partition(" ")[0].lower()
        path = line[line.find("<") + 1 : line.find(">")]
        if verb == "mail":
            self.mail = Mail(path, [], b"", self.number)
            self.fate = self.sink.fate()
        elif verb == "rcpt" and self.mail:
            self.mail.recipients.append(path)
        self.answer(verb)

    def fault(self, stage: str) -> Fault | None:
        """What goes wrong here: as `fail` has said, or as is this mail's fate."""
        if (fault := self.sink.fault(stage)) or self.fate is None or self.fate[0] != stage:
            return fault
        (_, fault), self.fate = self.fate, None
        return fault

    def answer(self, stage: str) -> None:
        fault = self.fault(stage)
        if stage == "dot" and (fault is None or fault.taken or not (fault.reply or fault.cut)):
            self.sink.taken += 1
            if self.mail and fault:
                self.mail.answered = False
            if self.sink.keep and self.mail:
                self.sink.mails.append(self.mail)
        if fault is None:
            self.say(stage, self.reply(stage))
        elif fault.cut:
            self.transport.close()
        elif fault.delay:
            asyncio.get_running_loop().call_later(fault.delay, self.say, stage, fault.reply or self.reply(stage))
        else:
            self.say(stage, fault.reply)

    def say(self, stage: str, reply: bytes) -> None:
        if self.transport.is_closing():
            return  # the client had enough of waiting
        self.transport.write(reply + b"\r\n")
        if stage == "data":
            self.in_data = reply.startswith(b"354")
        elif stage == "quit" or reply.startswith(b"421"):
            self.transport.close()
        elif stage == "starttls":
            self.buffer = b""
            self.handshake = asyncio.ensure_future(self.start_tls())

    def reply(self, stage: str) -> bytes:
        if stage in ("ehlo", "helo"):
            offers = ["sink", *self.sink.offers]
            if self.sink.password:
                offers.append("AUTH PLAIN")
            if self.sink.tls and not self.secure:
                offers.append("STARTTLS")
            return "\r\n".join([*(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}"]).encode()
        if stage == "auth":
            right = "AUTH PLAIN " + b64encode(f"\0user\0{self.sink.password}".encode()).decode()
            return REPLIES["auth"] if self.sink.commands[-1] == right else b"535 5.7.8 Wrong"
        return REPLIES.get(stage, b"502 5.5.1 What?")

    async def start_tls(self) -> None:
        loop = asyncio.get_running_loop()
        assert self.sink.tls is not None
        try:
            transport = await loop.start_tls(self.transport, self, self.sink.tls, server_side=True)
        except OSError:
            transport = None
        if transport is None:
            return  # the client did not like our certificate
        self.transport, self.secure, self.handshake = transport, True, None
        self.data_received(b"")


async def main() -> None:
    sink = await Sink(keep=False).start()
    print(sink.port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(sink.taken, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
