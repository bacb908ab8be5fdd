"""Parses mail in children that can be killed, so that no mail stops or harms the daemon (P4)."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import bot
from bot.domain.messages import ParsedMail
from bot.parsing.wire import from_json
from bot.parsing.worker import EXTRACT, FAILED, HEAD, LENGTH, MAX_REQUEST, PART, READY, RETIRING

T = TypeVar("T")
RECYCLE_AFTER = 5_000
START_SECONDS = 20.0
MAX_ANSWER = 32 * 1024 * 1024
_CHUNK = 256 * 1024
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")


class ParseFailed(Exception):  # noqa: N818  -- it is the mail's failing, and said so to people
    """The mail could not be read: its child died or hung over it. `reason` says how; the mail itself is unharmed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Unread(ParseFailed):
    """The child died before it had read the mail, so most likely for a reason of its own."""


class ParserPool:
    """A few parsing children. Each works on one mail at a time, so a child that dies or hangs tells which mail it was.

    Args:
        size: how many children, and so how many mails are parsed at once.
        wall_seconds: how long one mail may take before its child is killed.
        module: the child's main module (tests put in one that misbehaves).
    """

    def __init__(self, size: int = 2, wall_seconds: float = 2.0, *, module: str = "bot.parsing.worker") -> None:
        self._size = size
        self._wall = wall_seconds
        self._module = module
        self._idle: asyncio.Queue[_Child | None] = asyncio.Queue()
        self._ended: list[subprocess.Popen[bytes]] = []
        self._open = False

    async def start(self) -> None:
        """Starts the children; the first mails may come before they are ready. OSError where none can be started."""
        self._open = True
        for _ in range(self._size):
            self._idle.put_nowait(self._spawn())

    async def parse(self, raw: bytes) -> ParsedMail:
        """What the mail says. Raises ParseFailed for this mail, OSError where no child can be started at all."""
        return await self._answered(raw, _read)

    async def extract(self, raw: bytes, part: int) -> bytes:
        """A file of the mail, by the number that `Attachment.part` gave; raises as `parse` does."""
        return await self._answered(PART.pack(part) + raw, bytes, EXTRACT)

    async def _answered(self, raw: bytes, read: Callable[[bytes], T], flag: int = 0) -> T:
        if len(raw) > MAX_REQUEST:
            raise ParseFailed(f"larger than {MAX_REQUEST} bytes")
        child = await self._idle.get()
        following = None
        try:
            if child is None or child.process.poll() is not None:
                child = self._spawn()
            try:
                payload, retires = await self._ask(child, raw, flag)
            except _Unread:
                self._end(child)
                child = self._spawn()
                payload, retires = await self._ask(child, raw, flag)
            answer = read(payload)  # a child that answers nonsense is gone before its next one: whose would that be?
            following = None if retires or child.count >= RECYCLE_AFTER else child
        finally:
            self._idle.put_nowait(following or self._successor(child))
        return answer

    async def _ask(self, child: _Child, raw: bytes, flag: int) -> tuple[bytes, bool]:
        await child.is_ready()
        return await child.ask(raw, self._wall, flag)

    async def close(self) -> None:
        """Ends the children and waits for them; mails under way fail."""
        self._open = False
        while not self._idle.empty():
            self._end(self._idle.get_nowait())
        for process in self._ended:
            await asyncio.to_thread(process.wait)
        self._ended.clear()

    def _spawn(self) -> _Child:
        self._ended = [process for process in self._ended if process.poll() is None]
        return _Child(self._module)

    def _successor(self, child: _Child | None) -> _Child | None:
        """A fresh child in the place of one that is done with; None, for the next mail to try again, if that fails."""
        self._end(child)
        if not self._open:
            return None
        try:
            return self._spawn()
        except OSError:
            return None

    def _end(self, child: _Child | None) -> None:
        if child:
            child.kill()
            self._ended.append(child.process)


def _read(payload: bytes) -> ParsedMail:
    try:
        return from_json(payload)
    except (ValueError, KeyError, TypeError) as error:
        raise ParseFailed("the parsing child's answer makes no sense") from error


class _Child:
    """One parsing process and our end of the line to it."""

    def __init__(self, module: str) -> None:
        self._line, theirs = socket.socketpair()
        self._line.setblocking(False)
        self._ready = False
        self.count = 0
        try:
            self.process = self._start(module, theirs)
        except OSError:
            self._line.close()
            raise
        finally:
            theirs.close()

    @staticmethod
    def _start(module: str, theirs: socket.socket) -> subprocess.Popen[bytes]:
        """Without our environment, open files and terminal session; when we die, its input ends and so does it."""
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment["MALLOC_MMAP_THRESHOLD_"] = str(_CHUNK)  # what large mails took goes back to the system (glibc)
        environment["PYTHONPATH"] = str(Path(bot.__file__).parent.parent)
        return subprocess.Popen(
            [sys.executable, "-P", "-s", "-m", module],
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )

    async def is_ready(self) -> None:
        """Waits for a new child's imports, which are not the mail's fault and do not count against it."""
        if self._ready:
            return
        try:
            async with asyncio.timeout(START_SECONDS):
                self._ready = await self._receive(1) == bytes([READY])
        except (TimeoutError, ConnectionError, EOFError) as error:
            raise OSError(f"the parsing child did not start within {START_SECONDS:g} s, or died") from error
        if not self._ready:
            raise OSError("the parsing child did not start well")

    async def ask(self, raw: bytes, wall_seconds: float, flag: int = 0) -> tuple[bytes, bool]:
        """The child's answer, and whether it was its last. ParseFailed where it dies, fails or takes too long."""
        self.count += 1
        try:
            async with asyncio.timeout(wall_seconds):
                return await self._exchange(raw, flag)
        except TimeoutError as error:
            raise ParseFailed(f"took longer than {wall_seconds:g} s") from error
        except EOFError as error:
            raise ParseFailed(await self._epitaph()) from error
        except ConnectionError as error:  # the system tells a line that ended with something unread from one read empty
            raise _Unread(await self._epitaph()) from error

    async def _exchange(self, raw: bytes, flag: int) -> tuple[bytes, bool]:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._line, LENGTH.pack(len(raw) | flag))
        await loop.sock_sendall(self._line, raw)
        status, length = HEAD.unpack(await self._receive(HEAD.size))
        if length > (MAX_REQUEST if flag else MAX_ANSWER):
            raise ParseFailed(f"its words fill {length} bytes")
        payload = await self._receive(length)
        if status & FAILED:
            raise ParseFailed(payload.decode("utf-8", "replace")[:200])
        return payload, bool(status & RETIRING)

    async def _receive(self, size: int) -> bytes:
        loop = asyncio.get_running_loop()
        data = b""
        while len(data) < size:
            piece = await loop.sock_recv(self._line, min(_CHUNK, size - len(data)))
            if not piece:
                raise EOFError
            data += piece
        return data

    async def _epitaph(self) -> str:
        """How the child died, once its line is closed; it is a zombie by then or about to be one."""
        try:
            code = await asyncio.to_thread(self.process.wait, 1)
        except subprocess.TimeoutExpired:
            return "the parsing child closed its line"
        return f"the parsing child died ({signal.Signals(-code).name if code < 0 else f'exit {code}'})"

    def kill(self) -> None:
        self._line.close()
        self.process.kill()
