"""Calls an address outside each minute while all is well: its silence tells somebody else (a dead man's switch)."""

from __future__ import annotations

import asyncio
import logging
import urllib.request
from collections.abc import Callable
from http.client import HTTPException

log = logging.getLogger("faultdesk.heartbeat")
PAUSE, TIMEOUT = 60.0, 10.0


class Heartbeat:
    """Calls `url` each minute, only if `well` says so; what goes wrong with that is told in `problem`.

    The address is a secret of sorts (whoever knows it can feign life): it is never logged.
    """

    def __init__(self, url: str, well: Callable[[], bool], *, pause: float = PAUSE) -> None:
        self._url, self._well, self._pause = url, well, pause
        self.problem = ""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if self._well():
                await self._call()
            await asyncio.sleep(self._pause)

    async def _call(self) -> None:
        try:
            await asyncio.to_thread(get, self._url)
        except (OSError, HTTPException, ValueError) as error:
            self.problem = f"the outward heartbeat is not heard: {type(error).__name__}"
            log.warning("%s", self.problem)
        else:
            self.problem = ""


def get(url: str) -> None:
    """Asks the address, which the settings hold to http or https. Raises OSError for no answer and for a refusal."""
    request = urllib.request.Request(url, headers={"User-Agent": "Faultdesk"})  # noqa: S310  -- checked by the settings
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        answer.read(1024)
