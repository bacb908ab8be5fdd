# ruff: noqa: ASYNC240, ASYNC221  -- a look at a small file holds up nobody in a test
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from channels.control import MOST_BYTES, ControlError, ControlServer, NoDaemon, ask
from tests.parts.patience import PATIENCE

Answer = dict[str, Any]


async def echo(request: Answer) -> Answer:
    await asyncio.sleep(request.get("wait", 0))
    return {"asked": request}


@asynccontextmanager
async def serving(path: Path, **settings: Any) -> AsyncIterator[ControlServer]:
    server = ControlServer(path, settings.pop("handle", echo), **settings)
    server.open()
    running = asyncio.create_task(server.run())
    yield server
    running.cancel()
    await asyncio.wait([running])


async def asks(path: Path, request: Answer, patience: float = PATIENCE) -> Answer:
    return await asyncio.to_thread(ask, path, request, patience)


async def sends(path: Path, raw: bytes) -> list[Answer]:
    """Sends bytes and hangs up; returns all answers."""
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(raw)
    writer.write_eof()
    answers = await reader.read()
    writer.close()
    return [json.loads(line) for line in answers.splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "faultdesk.sock"


async def test_a_request_gets_its_answer(path: Path) -> None:
    async with serving(path):
        assert await asks(path, {"what": "票据\n\u2028"}) == {"asked": {"what": "票据\n\u2028"}}


async def test_several_requests_on_one_connection_are_answered_in_order(path: Path) -> None:
    async with serving(path):
        answers = await sends(path, b'{"n": 1}\n{"n": 2}\n{"n": 3}\n')
    assert [answer["asked"]["n"] for answer in answers] == [1, 2, 3]


async def test_many_ask_at_once_and_nobody_waits_for_the_slow_one(path: Path) -> None:
    async with serving(path):
        slow = asyncio.create_task(asks(path, {"wait": 3600}))
        answers = await asyncio.gather(*(asks(path, {"n": n}) for n in range(30)))
        assert not slow.done()
    assert [answer["asked"]["n"] for answer in answers] == list(range(30))
    with pytest.raises(ControlError, match="without an answer"):
        await slow


async def test_a_large_answer_arrives_whole(path: Path) -> None:
    async def handle(_: Answer) -> Answer:
        return {"tickets": ["x" * 1000] * 5000}

    async with serving(path, handle=handle):
        assert len((await asks(path, {}))["tickets"]) == 5000


@pytest.mark.parametrize("line", [b"", b"\xff\xfe", b"[1]", b"{", b"null", b"[" * 200_000, b"GET / HTTP/1.1\r"])
async def test_garbage_is_refused_and_the_conversation_goes_on(path: Path, line: bytes) -> None:
    async with serving(path):
        garbage, good = await sends(path, line + b'\n{"n": 1}\n')
    assert garbage == {"error": "a request is one line with a JSON object"}
    assert good == {"asked": {"n": 1}}


async def test_half_a_request_is_no_request(path: Path) -> None:
    handled: list[Answer] = []

    async def handle(request: Answer) -> Answer:
        handled.append(request)
        return {}

    async with serving(path, handle=handle):
        assert await sends(path, b'{"close": 1}') == []
    assert handled == []


async def test_too_large_a_request_is_refused(path: Path) -> None:
    async with serving(path):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"x" * (MOST_BYTES + 1))
        assert b"at most" in await reader.readline()
        writer.close()
        with pytest.raises(ControlError, match="too large"):
            await asks(path, {"text": "x" * MOST_BYTES})
        assert await asks(path, {"n": 1}) == {"asked": {"n": 1}}


async def test_a_request_of_the_largest_size_is_taken(path: Path) -> None:
    request = {"text": "x" * (MOST_BYTES - len('{"text": ""}'))}
    async with serving(path):
        assert await asks(path, request) == {"asked": request}


async def test_an_answer_that_takes_too_long_is_told(path: Path) -> None:
    async with serving(path, deadline=0.05):
        assert await asks(path, {"wait": 3600}) == {"error": "no answer within 0.05 s; it may still be done"}
        assert await asks(path, {"n": 1}) == {"asked": {"n": 1}}


async def test_the_asker_waits_no_longer_than_it_wants(path: Path) -> None:
    async with serving(path):
        with pytest.raises(ControlError, match=r"did not answer within 0\.05 s"):
            await asks(path, {"wait": 3600}, patience=0.05)


async def test_what_was_asked_is_done_even_if_the_asker_goes_away(path: Path) -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handle(_: Answer) -> Answer:
        begun.set()
        await go_on.wait()
        done.set()
        return {"answer": "x" * 1_000_000}

    async with serving(path, handle=handle):
        _, writer = await asyncio.open_unix_connection(path)
        writer.write(b"{}\n")
        await begun.wait()
        writer.transport.abort()
        go_on.set()
        await asyncio.wait_for(done.wait(), PATIENCE)


async def test_a_broken_handler_ends_its_conversation_only(path: Path) -> None:
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    async def handle(request: Answer) -> Answer:
        return {"n": 10 // request["n"]}

    async with serving(path, handle=handle):
        with pytest.raises(ControlError, match="without an answer"):
            await asks(path, {"n": 0})
        assert await asks(path, {"n": 2}) == {"n": 5}


async def test_only_the_owner_can_reach_the_file(path: Path) -> None:
    async with serving(path):
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("missing", ["faultdesk.sock", "no/folder/faultdesk.sock"])
def test_nobody_listens(tmp_path: Path, missing: str) -> None:
    with pytest.raises(NoDaemon, match="no daemon listens on"):
        ask(tmp_path / missing, {})


async def test_the_file_is_gone_after_the_end(path: Path) -> None:
    async with serving(path) as server:
        reader, writer = await asyncio.open_unix_connection(path)
    assert not path.exists()
    assert await reader.read() == b""  # idle askers are sent away
    writer.close()
    await server.close()  # again: no harm


async def test_a_later_daemons_file_is_left_alone(path: Path) -> None:
    async with serving(path):
        path.unlink()
        later = ControlServer(path, echo)
        later.open()
    assert path.exists()
    await later.close()
    assert not path.exists()


async def test_a_second_daemon_is_refused(path: Path) -> None:
    async with serving(path):
        with pytest.raises(ControlError, match=r"listens on .* already"):
            ControlServer(path, echo).open()
        assert await asks(path, {}) == {"asked": {}}


async def test_what_a_killed_daemon_left_is_replaced(path: Path) -> None:
    script = f"""
        import os, signal, pathlib
        from channels.control import ControlServer
        ControlServer(pathlib.Path({str(path)!r}), print).open()
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.is_socket()
    with pytest.raises(NoDaemon):
        ask(path, {})
    async with serving(path):
        assert await asks(path, {}) == {"asked": {}}


def test_a_file_in_the_way_is_kept(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(ControlError, match="it is no socket"):
        ControlServer(path, echo).open()
    assert path.read_text() == "precious"


def test_a_folder_that_is_missing_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match=r"cannot open .*: No such file or directory"):
        ControlServer(tmp_path / "none" / "x.sock", echo).open()


async def test_a_path_longer_than_a_sockets_address(tmp_path: Path) -> None:
    folder = tmp_path / ("很长的文件夹" * 10) / ("d" * 100)
    folder.mkdir(parents=True)
    path = folder / "faultdesk.sock"
    with pytest.raises(NoDaemon):
        ask(path, {})
    async with serving(path):
        assert path.is_socket()
        assert await asks(path, {}) == {"asked": {}}
        with pytest.raises(ControlError, match="already"):
            ControlServer(path, echo).open()
    assert not path.exists()


def test_a_name_that_cannot_be_shortened_is_told(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="too long"):
        ControlServer(tmp_path / ("s" * 200), echo).open()


@pytest.fixture
def public_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def stranger_asks(path: Path) -> bytes:
    """What a process of the user `nobody` reads after it asked."""
    script = f"""
        import os, socket
        os.setresuid(65534, 65534, 65534)
        with socket.socket(socket.AF_UNIX) as line:
            try:
                line.connect({str(path)!r})
            except PermissionError:
                print("kept out")
            else:
                line.sendall(b"{{}}\\n")
                print(line.makefile().read())
    """
    return subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, stdout=subprocess.PIPE).stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_another_user_is_kept_out_by_the_file_and_refused_behind_it(public_folder: Path) -> None:
    path = public_folder / "faultdesk.sock"
    async with serving(path):
        assert await asyncio.to_thread(stranger_asks, path) == b"kept out\n"
        path.chmod(0o666)
        assert b"only the user who runs the daemon" in await asyncio.to_thread(stranger_asks, path)


def test_an_answer_that_is_no_json_is_told(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        door.listen()

        async def meet() -> None:
            asked = asyncio.create_task(asks(path, {}))
            line, _ = await asyncio.to_thread(door.accept)
            with line:
                assert await asyncio.to_thread(line.recv, 100) == b"{}\n"
                line.sendall(b"hello\n")
            with pytest.raises(ControlError, match="without an answer"):
                await asked

        asyncio.run(meet())
