"""Stands between a client and a server on a socket, and cuts the line at a word of the client's, before or after it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self


class CuttingProxy:
    """Listens on `folder/.s.PGSQL.5432` for the server that listens on the same name in `target`.

    Set `cut` to ("before", word): the word does not reach the server; or ("after", word): it does, and the server's
    answer to it is thrown away. Each setting cuts once. While `closed`, nobody gets through.
    """

    def __init__(self, folder: Path, target: Path) -> None:
        self.path, self.target = folder / ".s.PGSQL.5432", target / ".s.PGSQL.5432"
        self.cut: tuple[str, bytes] | None = None
        self.closed = False
        self.door = socket.socket(socket.AF_UNIX)

    def __enter__(self) -> Self:
        self.door.bind(str(self.path))
        self.door.listen()
        threading.Thread(target=self._welcome, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()

    def _welcome(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.door.accept()
                if self.closed:
                    client.close()
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self.target))
                line = Line(self, client, server)
                threading.Thread(target=line.up, daemon=True).start()
                threading.Thread(target=line.down, daemon=True).start()


class Line:
    """One connection through the proxy."""

    def __init__(self, proxy: CuttingProxy, client: socket.socket, server: socket.socket) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self.deaf = threading.Event()  # the next answer is thrown away

    def up(self) -> None:
        with suppress(OSError):
            while data := self.client.recv(65536):
                when, word = self.proxy.cut or ("", b"")
                if word and word in data:
                    self.proxy.cut, self.proxy.closed = None, True
                    if when == "before":
                        break
                    self.deaf.set()
                self.server.sendall(data)
        self._end()

    def down(self) -> None:
        with suppress(OSError):
            while data := self.server.recv(65536):
                if self.deaf.is_set():
                    break
                self.client.sendall(data)
        self._end()

    def _end(self) -> None:
        for one in (self.client, self.server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
