"""Which mails of a mailbox went wrong, how often, and when each is tried again: a poison mail holds up nobody (P4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

TRIES = 3
"""Failures after which a mail has to wait, ever longer, and people are told."""
CUT_SHORT = 8
"""Failures after which only the beginning of a mail is asked for; those before have taken a quarter of an hour."""
FIRST, MOST = 15.0, 600.0
"""Seconds to wait after that, doubled each time, at most."""


class Setbacks:
    """What went wrong with single mails. `patience` multiplies every wait (tests)."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._counts: Counter[int] = Counter()
        self._until: dict[int, float] = {}

    def count(self, uid: int) -> int:
        """How often the mail went wrong."""
        return self._counts[uid]

    def note(self, uids: Iterable[int], now: float, *, at_least: int = 1) -> None:
        """They went wrong; `at_least` is what this failure counts for where it is sure whose it is."""
        for uid in uids:
            self._counts[uid] = max(self._counts[uid] + 1, at_least)
            over = self._counts[uid] - TRIES
            if over >= 0:
                self._until[uid] = now + min(FIRST * 2.0 ** min(over, 20), MOST) * self._patience

    def forget(self, uid: int) -> None:
        """It is well."""
        del self._counts[uid]
        self._until.pop(uid, None)

    def clear(self) -> None:
        """The UIDs mean other mails now."""
        self._counts.clear()
        self._until.clear()

    def may_try(self, uid: int, now: float) -> bool:
        """Whether it is time to try the mail."""
        return self._until.get(uid, now) <= now
