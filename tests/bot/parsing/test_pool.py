import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from bot.parsing import pool as pool_module
from bot.parsing.parse import parse
from bot.parsing.pool import ParseFailed, ParserPool
from tests.parts.patience import PATIENCE

ROOT = Path(__file__).parents[3]
GOOD = b"From: anna@example.com\nSubject: printer\n\nIt smokes.\n"


def asking(words: str) -> bytes:
    return GOOD + words.encode()


@pytest.fixture
async def pool() -> AsyncIterator[ParserPool]:
    made = ParserPool(size=2, wall_seconds=PATIENCE, module="tests.bot.parsing.misbehaving")
    await made.start()
    yield made
    await made.close()


def children() -> set[int]:
    """The parsing children that live."""
    found = set()
    for process in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):  # or a zombie since it was listed
            if process.status() != psutil.STATUS_ZOMBIE and "bot.parsing" in " ".join(process.cmdline()):
                found.add(process.pid)
    return found


async def test_it_reads_as_the_parser_does(pool: ParserPool) -> None:
    assert await pool.parse(GOOD) == parse(GOOD)


async def test_many_mails_at_once_each_get_their_own_answer(pool: ParserPool) -> None:
    raws = [GOOD.replace(b"printer", f"printer {number}".encode()) for number in range(300)]
    mails = await asyncio.gather(*map(pool.parse, raws))
    assert [mail.subject for mail in mails] == [f"printer {number}" for number in range(300)]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("please be killed", "the parsing child died (SIGKILL)"),
        ("please exit", "the parsing child died (exit 3)"),
        ("please raise", "LookupError in misbehaving.py:"),
        ("please eat", "MemoryError in misbehaving.py:"),
        ("please babble", "the parsing child's answer makes no sense"),
    ],
)
async def test_a_mail_that_breaks_its_child_fails_alone(pool: ParserPool, words: str, reason: str) -> None:
    mails = [asking(words if at == 3 else "").replace(b"printer", b"printer %d" % at, 1) for at in range(8)]
    results = await asyncio.gather(*map(pool.parse, mails), return_exceptions=True)
    failed = [(at, result) for at, result in enumerate(results) if isinstance(result, BaseException)]
    assert [at for at, _ in failed] == [3]
    subjects = [one.subject for one in results if not isinstance(one, BaseException)]
    assert subjects == [f"printer {at}" for at in range(8) if at != 3], "each has its own answer"
    assert isinstance(failed[0][1], ParseFailed)
    assert failed[0][1].reason.startswith(reason)
    assert "secret" not in failed[0][1].reason
    assert (await pool.parse(GOOD)).subject == "printer"


async def test_a_mail_that_hangs_is_killed_and_the_others_go_on() -> None:
    pool = ParserPool(size=2, wall_seconds=PATIENCE, module="tests.bot.parsing.misbehaving")
    await pool.start()
    await asyncio.gather(pool.parse(GOOD), pool.parse(GOOD))
    before = children()
    pool._wall = 1
    hanging = asyncio.create_task(pool.parse(asking("please hang")))
    await asyncio.sleep(0)  # it has its child
    pool._wall = PATIENCE
    results = await asyncio.gather(hanging, *(pool.parse(GOOD) for _ in range(20)), return_exceptions=True)
    assert isinstance(results[0], ParseFailed)
    assert results[0].reason == "took longer than 1 s"
    assert [result.subject for result in results[1:] if not isinstance(result, BaseException)] == ["printer"] * 20
    await pool.close()
    assert not children() & before


async def test_a_mail_that_burns_cpu_is_killed_by_the_kernel(pool: ParserPool) -> None:
    """The wall limit of this pool is far away, so it is RLIMIT_CPU that ends it."""
    with pytest.raises(ParseFailed, match=r"SIGXCPU|SIGKILL"):
        await pool.parse(asking("please spin"))


async def test_a_child_that_has_grown_is_replaced_after_its_answer(pool: ParserPool) -> None:
    await asyncio.gather(pool.parse(GOOD), pool.parse(GOOD))  # a child that has only just begun is not known as one
    before = children()
    assert (await pool.parse(asking("please grow"))).subject == "printer"
    assert len(children() - before) == 1


async def test_children_are_replaced_after_many_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "RECYCLE_AFTER", 5)
    pool = ParserPool(size=1)
    await pool.start()
    seen: set[int] = set()
    for _ in range(11):
        await pool.parse(GOOD)
        seen |= children()
    await pool.close()
    assert len(seen) == 3


async def test_a_child_that_died_while_idle_costs_no_mail(pool: ParserPool) -> None:
    await asyncio.gather(pool.parse(GOOD), pool.parse(GOOD))
    for pid in children():
        os.kill(pid, signal.SIGKILL)
    while children():  # noqa: ASYNC110  -- nothing tells of their end
        await asyncio.sleep(0.01)
    mails = await asyncio.gather(*(pool.parse(GOOD) for _ in range(4)))
    assert [mail.subject for mail in mails] == ["printer"] * 4


async def test_a_child_that_dies_with_the_mail_unread_costs_no_mail(pool: ParserPool) -> None:
    """As when the kernel takes an idle child's memory, and it is not yet to be seen as dead when its mail comes."""
    await asyncio.gather(pool.parse(GOOD), pool.parse(GOOD))
    before = children()
    for pid in before:
        os.kill(pid, signal.SIGSTOP)
    parsing = [asyncio.create_task(pool.parse(GOOD)) for _ in range(4)]
    await asyncio.sleep(0.2)  # their mails lie in the children's lines
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert [mail.subject for mail in await asyncio.gather(*parsing)] == ["printer"] * 4


async def test_who_gives_up_waiting_leaves_the_pool_whole(pool: ParserPool) -> None:
    waiting = [asyncio.create_task(pool.parse(asking("please hang"))) for _ in range(2)]
    await asyncio.sleep(0.5)
    for task in waiting:
        task.cancel()
    assert all(
        isinstance(result, asyncio.CancelledError) for result in await asyncio.gather(*waiting, return_exceptions=True)
    )
    assert (await pool.parse(GOOD)).subject == "printer"


async def test_a_child_that_cannot_start_is_no_fault_of_the_mail() -> None:
    pool = ParserPool(size=1, module="tests.bot.parsing.not_there")
    await pool.start()
    with pytest.raises(OSError, match="did not start"):
        await pool.parse(GOOD)
    await pool.close()


async def test_children_know_no_secret_and_ignore_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTDESK_SMTP__PASSWORD", "canary")
    pool = ParserPool(size=1)
    await pool.start()
    await pool.parse(GOOD)
    (child,) = map(psutil.Process, children())
    assert not [name for name in child.environ() if name.startswith("FAULTDESK")]
    child.send_signal(signal.SIGINT)
    assert (await pool.parse(GOOD)).subject == "printer"
    assert children() == {child.pid}
    await pool.close()


DAEMON = """
import asyncio
from bot.parsing.pool import ParserPool
async def main():
    pool = ParserPool(size=2)
    await pool.start()
    await asyncio.gather(pool.parse(b"A: b\\n\\nx"), pool.parse(b"A: b\\n\\nx"))
    print("ready", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def test_children_end_when_the_daemon_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", DAEMON], stdout=subprocess.PIPE, cwd=ROOT) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline() == b"ready\n"
        orphans = psutil.Process(daemon.pid).children(recursive=True)
        daemon.kill()
    assert len(orphans) == 2
    _gone, alive = psutil.wait_procs(orphans, timeout=PATIENCE)
    assert not alive


async def test_large_mails_pass(pool: ParserPool) -> None:
    mail = await pool.parse(GOOD + b"x" * 20_000_000)
    assert (mail.subject, mail.notes) == ("printer", ("text-cut",))


async def test_a_dead_line_is_told_from_a_slow_one(pool: ParserPool) -> None:
    started = time.monotonic()
    with pytest.raises(ParseFailed):
        await pool.parse(asking("please exit"))
    assert time.monotonic() - started < PATIENCE  # the wall limit of this pool was not waited for
