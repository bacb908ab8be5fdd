"""Arms failpoints from FAULTDESK_FAILPOINT=name:kill|raise|hang@n for tests: the n-th time the place is reached."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections import Counter

from bot.domain.failpoints import POINTS, set_hook

VARIABLE = "FAULTDESK_FAILPOINT"
_SPEC = re.compile(r"([a-z_.]+):(kill|raise|hang)(?:@(\d+))?")


class FaultInjectedError(Exception):
    """What an armed failpoint raises."""


def arm() -> None:
    """Reads the environment; raises ValueError for a place that does not exist."""
    spec = os.environ.get(VARIABLE)
    if not spec:
        return
    found = _SPEC.fullmatch(spec)
    if found is None or found[1] not in POINTS:
        raise ValueError(f"{VARIABLE}={spec}: write name:kill|raise|hang@n with a name of {sorted(POINTS)}")
    name, action, wanted = found[1], found[2], int(found[3] or 1)
    reached: Counter[str] = Counter()
    lock = threading.Lock()

    def hook(place: str) -> None:
        with lock:
            reached[place] += 1
            now = place == name and reached[place] == wanted
        if now:
            _act(action, place)

    set_hook(hook)


def _act(action: str, place: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "hang":
        time.sleep(3600)
    raise FaultInjectedError(place)
