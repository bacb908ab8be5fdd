"""The bytes of an IMAP connection: imaplib on a socket of ours, bounded in time and size, closable from outside."""

from __future__ import annotations

import imaplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bot.domain.mailboxes import PROTOCOL
from channels.imap_rules import Trouble

CHUNK = 256 * 1024
SMALL = 256 * 1024
"""Bytes that an answer may have which holds no mail."""
MOST_LINES = 20_000
"""Lines that any answer may have: reading short ones costs far more time than their bytes would tell."""


Born = Callable[["Wire"], None]


class Wire(imaplib.IMAP4):
    """imaplib with an end. Each operation is allowed so many seconds and bytes in all, not from byte to byte.

    It keeps a buffer of its own: imaplib's reads ahead past STARTTLS, hides lines from who waits for them, and takes a
    literal that was cut short for a whole one.
    """

    def __init__(self, server: tuple[str, int], context: ssl.SSLContext | None, seconds: float, born: Born) -> None:
        """Connects and hears the greeting; `born` is called in between, once there is something to hang up."""
        self._context, self._born = context, born
        self._buffer = bytearray()
        self.told_of_mail = False
        self.untagged_responses: dict[str, list[Any]] = {}
        self.allow(seconds, SMALL)
        super().__init__(*server)

    def allow(self, seconds: float, size: int) -> None:
        """Begins an operation; of what the server said beside its answers, only that there is mail is remembered."""
        self.told_of_mail |= "EXISTS" in self.untagged_responses
        self._until = time.monotonic() + seconds
        self._room, self._lines = size, MOST_LINES
        self.untagged_responses.clear()

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        return left

    # ---- what imaplib asks for ----

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Connects, with TLS from the first byte where there is a context. Raises OSError."""
        del timeout
        self.host, self.port = host, port
        self.sock = socket.create_connection((host, port), self._left())
        self._born(self)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context:
            self.encrypt(self._context)

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Goes over to TLS. What came in clear behind the answer to STARTTLS is an attack (RFC 3207 4.2 tells why)."""
        if self._buffer:
            raise Trouble(PROTOCOL, "the server said something in clear after STARTTLS")
        self.sock.settimeout(self._left())
        try:
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        except OSError:
            self.sock.close()
            raise

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> Any:
        """Asks for TLS, takes it up, and asks again what the server can do. Raises IMAP4.error, OSError or Trouble."""
        assert ssl_context is not None  # noqa: S101  -- we never trust imaplib's own, which checks nothing
        answer, _ = self._simple_command("STARTTLS")
        if answer != "OK":
            raise self.error("STARTTLS refused")
        self.encrypt(ssl_context)
        self._tls_established = True
        self._get_capabilities()
        return answer, [b""]

    def readline(self) -> bytes:
        """One line; less than that when the other side has hung up. Raises TimeoutError, Trouble."""
        self._lines -= 1
        if self._lines < 0:
            raise Trouble(PROTOCOL, "the server says more than it was asked for")
        seen = 0
        while (end := self._buffer.find(b"\n", seen)) < 0:
            seen = len(self._buffer)
            if not self._fill():
                end = seen - 1
                break
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line

    def read(self, size: int) -> bytes:
        """A literal, whole. Raises IMAP4.abort when the other side hangs up within, Trouble when it is too long."""
        if size > self._room + len(self._buffer):
            raise Trouble(PROTOCOL, f"the server sends {size} bytes where {max(self._room, 0)} are allowed")
        data = bytearray(self._buffer[:size])
        del self._buffer[:size]
        while len(data) < size:
            more = self._receive(min(CHUNK, size - len(data)))
            if not more:
                raise self.abort("hung up within a literal")
            data += more
        return bytes(data)

    def send(self, data: Any) -> None:
        self.sock.settimeout(self._left())
        self.sock.sendall(data)

    def shutdown(self) -> None:
        """Closes the connection."""
        self.hang_up()
        self.sock.close()

    # ---- our own ----

    def hang_up(self) -> None:
        """Ends the connection from whatever thread: who waits for it wakes up. Below TLS, which is not asked."""
        with suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def _fill(self) -> bool:
        data = self._receive(CHUNK)
        self._buffer += data
        return bool(data)

    def _receive(self, most: int) -> bytes:
        self.sock.settimeout(self._left())
        data = self.sock.recv(most)
        self._room -= len(data)
        if self._room < 0:
            raise Trouble(PROTOCOL, "the server says more than it was asked for")
        return data
