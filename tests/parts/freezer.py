"""Stands between a client and a real server, and stops the server's processes (SIGSTOP) at a word of either side."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class Freezer:
    """The proxy. Once `word` has been said ("" is the greeting), `freeze` is called before the word is handed on, once.

    From then on `frozen` is set. Whoever thaws the server does so without us.
    """

    def __init__(self, port: int, word: str, freeze: Callable[[], None]) -> None:
        self._target, self._word, self._freeze = port, re.compile(word.encode()), freeze
        self.frozen = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        self._hear(b"")
        server, to_server = await asyncio.open_connection("127.0.0.1", self._target)
        pumps = [
            asyncio.ensure_future(self._pump(client, to_server)),
            asyncio.ensure_future(self._pump(server, to_client)),
        ]
        with suppress(asyncio.CancelledError):
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for one in pumps:
            one.cancel()
        for writer in (to_client, to_server):
            writer.close()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                self._hear(data)
                target.write(data)
                await target.drain()

    def _hear(self, data: bytes) -> None:
        if not self.frozen.is_set() and (self._word.search(data) if self._word.pattern else not data):
            self._freeze()
            self.frozen.set()
