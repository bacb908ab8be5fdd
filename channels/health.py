"""Tells other programs by HTTP whether all is well: `/healthz` answers 200, or 503 and why; `/metrics` counts."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

State = Callable[[], dict[str, Any]]
Metrics = Callable[[], Awaitable[str]]
"""Gives the text that Prometheus reads; raises OSError when it cannot be had at present."""


async def no_metrics() -> str:
    """Nothing to count."""
    return ""


class _QuietServer(uvicorn.Server):
    """A server that leaves the process's signals to the daemon."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HealthServer:
    """Answers GET /healthz with the daemon's state (`state()["status"]` is "ok" or anything else), and GET /metrics."""

    def __init__(self, host: str, port: int, state: State, metrics: Metrics = no_metrics) -> None:
        self._place, self._state, self._metrics = (host, port), state, metrics
        self._socket: socket.socket | None = None

    @property
    def port(self) -> int:
        """The port that is really listened on, once open."""
        assert self._socket is not None  # noqa: S101  -- only asked after `open`
        return int(self._socket.getsockname()[1])

    def open(self) -> None:
        """Binds the port. Raises OSError with one readable line."""
        door = socket.socket(socket.AF_INET6 if ":" in self._place[0] else socket.AF_INET)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(self._place)
            door.listen(16)
        except OSError as error:
            door.close()
            place = f"{self._place[0]}:{self._place[1]}"
            raise OSError(error.errno, f"cannot answer health questions on {place}: {error.strerror}") from error
        self._socket = door

    async def run(self) -> None:
        """Answers until cancelled."""
        assert self._socket is not None  # noqa: S101  -- `open` comes first
        app = Starlette(routes=[Route("/healthz", self._healthz), Route("/metrics", self._counted)])
        config = uvicorn.Config(
            app, lifespan="off", access_log=False, log_config=None, timeout_graceful_shutdown=1, ws="none", workers=1
        )
        await _QuietServer(config).serve(sockets=[self._socket])

    async def _healthz(self, _request: Request) -> JSONResponse:
        state = self._state()
        return JSONResponse(state, status_code=200 if state["status"] == "ok" else 503)

    async def _counted(self, _request: Request) -> Response:
        try:
            return PlainTextResponse(await self._metrics(), media_type="text/plain; version=0.0.4")
        except OSError as error:
            return PlainTextResponse(f"no figures at present: {error}\n", status_code=503)
