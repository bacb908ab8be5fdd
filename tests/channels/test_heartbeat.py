"""channels.heartbeat: called while all is well, silent else; what goes wrong is a problem and never an end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from channels.heartbeat import Heartbeat
from tests.parts.patience import PATIENCE


class Outside(BaseHTTPRequestHandler):
    """Somebody who listens for our life."""

    calls = 0
    status = 200

    def do_GET(self) -> None:
        type(self).calls += 1
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def outside() -> Iterator[tuple[type[Outside], str]]:
    handler = type("Fresh", (Outside,), {"calls": 0, "status": 200})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield handler, f"http://127.0.0.1:{server.server_port}/ping/secret"
    server.shutdown()
    server.server_close()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_it_calls_while_all_is_well(outside: tuple[type[Outside], str], caplog: pytest.LogCaptureFixture) -> None:
    handler, url = outside
    heart = Heartbeat(url, lambda: True, pause=0.02)
    task = asyncio.create_task(heart.run())
    await until(lambda: handler.calls >= 3)
    assert heart.problem == ""
    asked = 0

    def ill() -> bool:
        nonlocal asked
        asked += 1
        return False

    heart._well = ill
    await until(lambda: asked)  # the call that was under way is over
    calls = handler.calls
    await until(lambda: asked >= 4)
    assert handler.calls == calls
    heart._well = lambda: True
    handler.status = 500
    await until(lambda: "not heard: HTTPError" in heart.problem)
    handler.status = 200
    await until(lambda: heart.problem == "")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert "secret" not in caplog.text


async def test_nobody_there_is_a_problem_and_no_end() -> None:
    heart = Heartbeat("http://127.0.0.1:1/ping", lambda: True, pause=0.02)
    task = asyncio.create_task(heart.run())
    await until(lambda: heart.problem)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
