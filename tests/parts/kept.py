"""Parsing children that outlive the desk they worked for: starting them takes longer than most stories."""

from __future__ import annotations

from typing import Any, ClassVar

from bot.parsing.pool import ParserPool


class KeptPool(ParserPool):
    """Goes on with the children of the pool before it, where they live and have nothing in hand."""

    kept: ClassVar[list[Any]] = []

    def _spawn(self) -> Any:
        while KeptPool.kept:
            child = KeptPool.kept.pop()
            if child.process.poll() is None:
                return child
        return super()._spawn()

    async def close(self) -> None:
        while not self._idle.empty():
            child = self._idle.get_nowait()
            if child and child.process.poll() is None:
                KeptPool.kept.append(child)
        await super().close()
