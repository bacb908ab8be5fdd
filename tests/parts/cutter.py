"""A proxy that cuts connections: each after so many bytes in one direction, or when nothing is said any more."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

COMMAND = re.compile(rb"^\w+ (UID )?(\w+)|^(DONE)", re.MULTILINE)


@dataclass(frozen=True)
class Cut:
    """When a connection ends: after so many bytes of the server's (`down`) or the client's (`up`); how: `reset` or not.

    It also ends after `quiet` seconds without a byte in which the client idles, and waits for no answer.
    """

    down: int = 10**9
    up: int = 10**9
    quiet: float = 3600
    reset: bool = False


class Cutter:
    """The proxy. `plan` makes each connection's end; `before` is waited for before a connection reaches the server."""

    def __init__(self, port: int, plan: Callable[[], Cut], before: Callable[[], Awaitable[None]]) -> None:
        self._target, self._plan, self._before = port, plan, before
        self.phases: Counter[str] = Counter()  # the last command that the client had given when it was cut
        self.cuts = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        cut, said = self._plan(), bytearray()
        await self._before()
        server, to_server = await asyncio.open_connection("127.0.0.1", self._target)
        pumps = [
            asyncio.ensure_future(pump(client, to_server, cut.up, said)),
            asyncio.ensure_future(pump(server, to_client, cut.down, bytearray())),
        ]
        with suppress(asyncio.CancelledError):
            await self._until_the_end(cut, pumps, said)
        self.cuts += 1
        found = COMMAND.findall(bytes(said))
        self.phases[(found[-1][1] or found[-1][2]).decode() if found else "greeting"] += 1
        for one in pumps:
            one.cancel()
        for writer in (to_client, to_server):
            writer.transport.abort() if cut.reset else writer.close()

    @staticmethod
    async def _until_the_end(cut: Cut, pumps: Sequence[asyncio.Future[None]], said: bytearray) -> None:
        ticking = asyncio.ensure_future(quiet(cut.quiet, pumps, said))
        await asyncio.wait([*pumps, ticking], return_when=asyncio.FIRST_COMPLETED)
        ticking.cancel()


LAST_BYTE: dict[int, float] = {}


async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, most: int, seen: bytearray) -> None:
    """Hands on at most so many bytes."""
    task = id(asyncio.current_task())
    try:
        while most > 0 and (data := await source.read(min(most, 65536))):
            LAST_BYTE[task] = asyncio.get_running_loop().time()
            seen += data
            most -= len(data)
            target.write(data)
            await target.drain()
    except OSError:
        pass
    finally:
        LAST_BYTE.pop(task, None)


async def quiet(seconds: float, pumps: Sequence[asyncio.Future[None]], said: bytearray) -> None:
    """Returns when neither side has said anything for so long, the client's last word being that it idles."""
    begin = asyncio.get_running_loop().time()
    while True:
        last = max([begin, *(LAST_BYTE.get(id(one), 0) for one in pumps)])
        left = last + seconds - asyncio.get_running_loop().time()
        if left <= 0 and said.endswith(b"IDLE\r\n"):
            return
        await asyncio.sleep(max(left, seconds / 10))
