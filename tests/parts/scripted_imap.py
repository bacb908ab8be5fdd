"""An IMAP server that says what a test tells it to, however wrong; it writes down what it was told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Self

Answer = bytes | Callable[[], AsyncIterator[bytes]] | None
"""What it says to a command (TAG stands for the command's tag); a stream; or nothing at all."""

MAIL = b"Subject: fault\r\nMessage-ID: <1@x.example>\r\n\r\nwords\r\n"
HEADS = b'* 1 FETCH (UID 7 RFC822.SIZE %d INTERNALDATE "23-Nov-2026 09:00:00 +0800")\r\nTAG OK done\r\n' % len(MAIL)
BODIES = b"* 1 FETCH (UID 7 BODY[] {%d}\r\n%s)\r\nTAG OK done\r\n" % (len(MAIL), MAIL)

HONEST: dict[str, Answer] = {
    "greeting": b"* OK hello\r\n",
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 MOVE\r\nTAG OK done\r\n",
    "LOGIN": b"TAG OK in\r\n",
    "SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 5] ok\r\n* OK [UIDNEXT 8] ok\r\nTAG OK [READ-WRITE] done\r\n",
    "NOOP": b"TAG OK done\r\n",
    "UID SEARCH": b"* SEARCH 7\r\nTAG OK done\r\n",
    "heads": HEADS,
    "UID FETCH": BODIES,
    "UID MOVE": b"TAG OK moved\r\n",
    "LIST": b'* LIST () "/" Processed\r\nTAG OK done\r\n',
    "STARTTLS": b"TAG OK begin\r\n",
}


class ScriptedImap:
    """The server. What is not told by `answers` it does as an honest one with one mail (UID 7) would."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = HONEST | answers
        self.heard = b""
        self.connections = self.open = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._say("greeting", b"", to_client)
            while line := await client.readline():
                self.heard += line
                tag, _, command = line.strip().partition(b" ")
                await self._say(self._name(command), tag, to_client)
        self.open -= 1
        to_client.close()

    def _name(self, command: bytes) -> str:
        if b"RFC822.SIZE" in command:
            return "heads"
        found = re.match(rb"(UID )?\w+", command)
        return found[0].decode().upper() if found else "?"

    async def _say(self, name: str, tag: bytes, to_client: asyncio.StreamWriter) -> None:
        answer = self.answers.get(name, b"TAG BAD unknown\r\n")
        if callable(answer):
            async for piece in answer():
                to_client.write(piece)
                await to_client.drain()
        elif answer is not None:
            to_client.write(answer.replace(b"TAG", tag))
            await to_client.drain()


def endless(piece: bytes, pause: float = 0) -> Callable[[], AsyncIterator[bytes]]:
    """The same again and again, without end."""

    async def stream() -> AsyncIterator[bytes]:
        while True:
            yield piece
            await asyncio.sleep(pause)

    return stream
