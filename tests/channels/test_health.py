"""channels.health: 200 while all is well, 503 with the name of what is stale."""

import asyncio
import contextlib
import json
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.health import HealthServer
from tests.parts.patience import PATIENCE


@contextlib.asynccontextmanager
async def served(state: dict[str, Any]) -> AsyncIterator[str]:
    server = HealthServer("127.0.0.1", 0, lambda: state)
    server.open()
    task = asyncio.create_task(server.run())
    yield f"http://127.0.0.1:{server.port}/healthz"
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def ask(url: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


async def test_it_tells_what_is_stale() -> None:
    state: dict[str, Any] = {"status": "ok", "stale": []}
    async with served(state) as url:
        assert await asyncio.to_thread(ask, url) == (200, state)
        state |= {"status": "stale", "stale": ["alarms"]}
        assert await asyncio.to_thread(ask, url) == (503, state)


def test_a_taken_port_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot answer health questions on 127.0.0.1:{port}"):
            HealthServer("127.0.0.1", port, dict).open()
