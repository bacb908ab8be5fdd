"""bot.loops: a loop survives what it did not expect, and is given up loudly when it fails again and again."""

import asyncio

import pytest
from sqlalchemy.exc import OperationalError

from bot import loops
from bot.loops import Heart, LoopDiedError, keep_running, where


class Over(BaseException):
    """The test has seen enough; no loop survives it."""


async def until_over(cycle: object, heart: Heart) -> None:
    with pytest.raises(Over):
        await keep_running("x", cycle, heart)  # type: ignore[arg-type]


async def test_a_failure_is_retried_and_the_loop_goes_on() -> None:
    seen: list[int] = []

    async def cycle() -> None:
        seen.append(len(seen))
        await asyncio.sleep(0.01)
        if len(seen) == 1:
            raise ValueError("once")
        if len(seen) == 4:
            raise Over

    await until_over(cycle, Heart())
    assert len(seen) == 4


async def test_the_fifth_failure_in_ten_minutes_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    async def no_wait(_seconds: float) -> None:
        tries.append(1)

    async def cycle() -> None:
        raise RuntimeError("li.wei@example.com")

    monkeypatch.setattr(asyncio, "sleep", no_wait)
    with pytest.raises(LoopDiedError, match=r"x failed 5 times in ten minutes, last: RuntimeError at test_loops\.py"):
        await keep_running("x", cycle, Heart())
    assert len(tries) == 4


async def test_a_database_that_cannot_write_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """P13: the loop is not to blame; only its missing heartbeat shows."""
    monkeypatch.setattr(loops, "DATABASE_REST", 0)
    heart, tries = Heart(), []

    async def cycle() -> None:
        tries.append(heart.beats["x"])
        await asyncio.sleep(0)
        if len(tries) < 50:
            raise OperationalError("insert", {}, OSError("database or disk is full"))
        raise Over

    await until_over(cycle, heart)
    assert (len(tries), len(set(tries))) == (50, 1)


async def test_only_completed_cycles_keep_the_heart_beating(monkeypatch: pytest.MonkeyPatch) -> None:
    heart = Heart()
    monkeypatch.setattr(loops, "STALE_SECONDS", 0.05)

    async def stuck() -> None:
        await asyncio.sleep(0.1)
        raise Over

    await until_over(stuck, heart)
    assert heart.stale() == ["x"]


def test_of_an_error_only_type_and_place_are_told() -> None:
    with pytest.raises(ValueError, match=r"li\.wei") as caught:
        raise ValueError("li.wei@example.com")
    assert where(caught.value).startswith("ValueError at test_loops.py:")
