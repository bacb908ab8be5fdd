"""When a message is tried again: spaced more and more widely, with a little chance in it, and not for ever."""

from __future__ import annotations

from datetime import timedelta

GIVE_UP = timedelta(days=5)
"""How long a mail is tried (RFC 5321, 4.5.4.1)."""

GIVE_UP_CHAT = timedelta(hours=12)
FIRST = {"mail": 60.0}
FIRST_CHAT = 2.0
LONGEST = 3600.0
SPREAD = 0.2


def pause_before(attempt: int, channel: str, chance: float) -> timedelta:
    """The pause after the given attempt (1 for the first); `chance` in [0, 1) spreads it by ±20 %."""
    first = FIRST.get(channel, FIRST_CHAT)
    seconds = min(first * 2 ** min(attempt - 1, 20), LONGEST)
    return timedelta(seconds=seconds * (1 - SPREAD + 2 * SPREAD * chance))


def give_up_after(channel: str) -> timedelta:
    """How long after its decision a message is given up."""
    return GIVE_UP if channel == "mail" else GIVE_UP_CHAT
