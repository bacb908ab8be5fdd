"""One daemon a database: an operating system lock that ends with its process (P12)."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class TakenError(Exception):
    """Another daemon works on this database."""


class Lock:
    """Holds the file's lock until it is closed or the process ends."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 20, 0).decode(errors="replace").strip()
            os.close(self._file)
            raise TakenError(holder) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def close(self) -> None:
        """Lets go of it."""
        os.close(self._file)
