"""What the daemon tells the service manager that started it (sd_notify): ready, reloading, stopping, still alive."""

from __future__ import annotations

import logging
import os
import socket
import time

log = logging.getLogger("faultdesk.service")


def tell(state: str) -> None:
    """Says it to systemd where systemd listens (see sd_notify(3)); elsewhere nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    place = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as line:
            line.connect(place)
            line.send(state.encode())
    except OSError as error:
        log.warning("the service manager does not listen: %s", error.strerror)


def reloading() -> str:
    """What is said when a reload begins; `READY=1` ends it."""
    return f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}"


class Watchdog:
    """Tells systemd that the daemon lives, at most three times in the interval in which it wants to hear so.

    Fed only by what proves it: a turn of the alarm loop, which has written to the database and read from it.
    """

    def __init__(self) -> None:
        wanted = os.environ.get("WATCHDOG_USEC", "")
        self._pause = int(wanted) / 3e6 if wanted.isdecimal() else 0.0
        self._next = 0.0

    def feed(self) -> None:
        """A proof of life."""
        now = time.monotonic()
        if self._pause and now >= self._next:
            self._next = now + self._pause
            tell("WATCHDOG=1")
