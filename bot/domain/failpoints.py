"""Named places where a test makes the process die, fail or hang: one per commit and one per outside effect.

Pure: the place only calls a hook. `bot.faults` sets the hook from FAULTDESK_FAILPOINT at start; without it, nothing
happens here. Each name is listed below with what has happened when it is reached, and a test holds the list against
the code.
"""

from __future__ import annotations

from collections.abc import Callable

POINTS: dict[str, str] = {}
"""Name → what has just happened. Filled below, so that one look shows all of them."""

_hook: Callable[[str], None] | None = None


def set_hook(hook: Callable[[str], None] | None) -> None:
    """Sets what reaching a failpoint does; None for nothing."""
    global _hook  # noqa: PLW0603  -- a single switch for the whole process is the point
    _hook = hook


def reach(name: str) -> None:
    """Marks that the named place is reached."""
    if _hook is not None:
        _hook(name)
