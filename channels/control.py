"""The local socket over which the command line asks the running daemon, as JSON lines."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import struct
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

Handle = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Answers one request. What goes wrong with a request is part of its answer: an exception ends that connection."""

MOST_BYTES = 32 * 1024 * 1024  # of one request: a directory of 50,000 people
DEADLINE = 30.0  # seconds for one answer
TOO_MANY_FILES = 1.0  # seconds until the next try, when the process cannot open another one
LONGEST_PATH = 103  # bytes: what every system takes in a socket's address (Linux: 107)


class ControlError(Exception):
    """The socket cannot be opened, or the daemon gave no usable answer; the text is one line for a person."""


class NoDaemon(ControlError):  # noqa: N818  -- a state that callers choose by, not always an error
    """Nobody listens there."""


class ControlServer:
    """Answers requests of the daemon's own user and of root, several in a row on each connection.

    Args:
        path: the socket's file, mode 0600. It may be longer than a socket's address where `/proc` is mounted.
        handle: see `Handle`.
        deadline: seconds for one answer; then the asker is told that it may still be done.
    """

    def __init__(self, path: Path, handle: Handle, deadline: float = DEADLINE) -> None:
        self._path = path
        self._handle = handle
        self._deadline = deadline
        self._socket: socket.socket | None = None
        self._inode = 0
        self._talks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Takes the socket; askers wait in line until `run`.

        What a killed daemon left behind is replaced. Two daemons that start at the same instant must be kept apart by
        the database's lock, which is taken before. Raises ControlError if a daemon listens or the place is no good.
        """
        door = socket.socket(socket.AF_UNIX)
        try:
            _clear_away(self._path)
            with _address(self._path) as address:
                door.bind(address)
            # nobody can connect between these two: it does not listen yet
            self._path.chmod(0o600)
            door.listen()
            door.setblocking(False)
            self._inode = self._path.stat().st_ino
        except OSError as error:
            door.close()
            raise ControlError(f"cannot open {self._path}: {error.strerror or error}") from error
        except ControlError:
            door.close()
            raise
        self._socket = door

    async def run(self) -> None:
        """Answers until cancelled; then the door is closed and its file is gone."""
        # not asyncio's own server: closing that one loses sight of an asker that it has just let in
        try:
            while self._socket is not None:
                try:
                    connection, _ = await asyncio.get_running_loop().sock_accept(self._socket)
                except OSError:
                    await asyncio.sleep(TOO_MANY_FILES)
                    continue
                talk = asyncio.create_task(self._welcome(connection))
                self._talks.add(talk)
                talk.add_done_callback(self._talks.discard)
        finally:
            await self.close()

    async def close(self) -> None:
        """Ends all conversations and removes the file, unless a later daemon has put its own there."""
        for talk in self._talks:
            talk.cancel()
        if self._talks:
            await asyncio.wait(self._talks)
        if self._socket is None:
            return
        self._socket.close()
        self._socket = None
        with suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()

    async def _welcome(self, connection: socket.socket) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=connection, limit=MOST_BYTES)
        try:
            await self._talk(reader, writer)
        except ConnectionError:
            return  # the asker went away; what it asked for is done
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ours = _is_ours(writer.get_extra_info("socket"))
        while True:
            try:
                line = await reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return  # gone, or cut off in mid-request
            except asyncio.LimitOverrunError:
                await _reply(writer, {"error": f"a request has at most {MOST_BYTES} bytes"})
                return
            if not ours:
                await _reply(writer, {"error": "only the user who runs the daemon may ask it"})
                return
            await _reply(writer, await self._answer(line))

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            request = None
        if not isinstance(request, dict):
            return {"error": "a request is one line with a JSON object"}
        try:
            async with asyncio.timeout(self._deadline):
                return await self._handle(request)
        except TimeoutError:
            return {"error": f"no answer within {self._deadline:g} s; it may still be done"}


def ask(path: Path, request: dict[str, Any], timeout: float = DEADLINE + 5) -> dict[str, Any]:
    """Asks the daemon that listens there, and waits for its answer at most `timeout` seconds.

    Raises NoDaemon when nobody listens, ControlError for anything else that keeps the answer away. An answer may be
    `{"error": "..."}`.
    """
    asked = json.dumps(request).encode()
    if len(asked) > MOST_BYTES:
        raise ControlError(f"the request is too large: {len(asked)} bytes, at most {MOST_BYTES}")
    until = time.monotonic() + timeout
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(timeout)
        try:
            with _address(path) as address:
                line.connect(address)
            line.sendall(asked + b"\n")
            answer = _read_line(line, until)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
            raise NoDaemon(f"no daemon listens on {path}") from error
        except ConnectionError:
            answer = b""  # it hung up
        except TimeoutError as error:
            raise ControlError(f"the daemon did not answer within {timeout:g} s; it may still be done") from error
        except OSError as error:
            raise ControlError(f"cannot ask the daemon on {path}: {error.strerror or error}") from error
    try:
        reply = json.loads(answer)
    except ValueError:
        reply = None
    if not isinstance(reply, dict):
        raise ControlError("the daemon ended the conversation without an answer; its log says why")
    return reply


def _read_line(line: socket.socket, until: float) -> bytes:
    """Everything up to the end of the line, or what came before the other side hung up."""
    read = bytearray()
    while not read.endswith(b"\n"):
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(left)
        piece = line.recv(65536)
        if not piece:
            break
        read += piece
    return bytes(read)


async def _reply(writer: asyncio.StreamWriter, reply: dict[str, Any]) -> None:
    writer.write(json.dumps(reply).encode() + b"\n")
    await writer.drain()


def _is_ours(connection: socket.socket) -> bool:
    """Asks the kernel who connected. Where it cannot say (no Linux), the file's mode alone guards the door."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return uid in {0, os.geteuid()}


def _clear_away(path: Path) -> None:
    """Removes the socket of a daemon that is dead. Raises ControlError if it lives, or if it is no socket."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ControlError(f"{path} is in the way: it is no socket")
    with socket.socket(socket.AF_UNIX) as probe, _address(path) as address:
        probe.settimeout(2)
        try:
            probe.connect(address)
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise ControlError(f"a daemon listens on {path} already")


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """A name of the socket that fits into an address: a long path is reached through an open folder in `/proc`."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        short = f"/proc/self/fd/{folder}"
        if not Path(short).exists() or len(os.fsencode(path.name)) > LONGEST_PATH - len(short) - 1:
            raise ControlError(f"the path of the socket is too long for this system: {path}")
        yield f"{short}/{path.name}"
    finally:
        os.close(folder)
