"""A ticket's life: its states, the actions on it, and the one table of allowed moves."""

from __future__ import annotations

NEW, DISPATCHED, ACCEPTED, WAITING, SOLVED, CLOSED, JUNK, MERGED = (
    "new", "dispatched", "accepted", "waiting", "solved", "closed", "junk", "merged",
)  # fmt: skip

OPEN = frozenset({NEW, DISPATCHED, ACCEPTED, WAITING})
"""Somebody still has to do something."""

ENDED = frozenset({CLOSED, JUNK, MERGED})
"""Nothing more happens here by itself."""

MOVES: dict[str, dict[str, str]] = {
    "assign": {NEW: DISPATCHED, DISPATCHED: DISPATCHED, ACCEPTED: DISPATCHED, WAITING: DISPATCHED},
    "accept": {DISPATCHED: ACCEPTED, ACCEPTED: ACCEPTED, WAITING: WAITING},
    "set out": {DISPATCHED: ACCEPTED, ACCEPTED: ACCEPTED},
    "arrive": {DISPATCHED: ACCEPTED, ACCEPTED: ACCEPTED, WAITING: WAITING},
    "leave": {ACCEPTED: ACCEPTED, WAITING: WAITING},
    "wait": {DISPATCHED: WAITING, ACCEPTED: WAITING},
    "resume": {WAITING: ACCEPTED},
    "solve": {NEW: SOLVED, DISPATCHED: SOLVED, ACCEPTED: SOLVED, WAITING: SOLVED},
    "reopen": {SOLVED: ACCEPTED},
    "close": {SOLVED: CLOSED},
    "junk": {NEW: JUNK, DISPATCHED: JUNK, ACCEPTED: JUNK, WAITING: JUNK},
    "restore": {JUNK: NEW},
    "merge": {NEW: MERGED, DISPATCHED: MERGED, ACCEPTED: MERGED, WAITING: MERGED},
    "unmerge": {MERGED: NEW},
}
"""Action → from state → to state. What is not here is refused."""

ON_THE_WAY, ON_SITE = "way", "site"
"""Where the engineer of a ticket is, besides its state; "" for elsewhere."""

ELSEWHERE = frozenset({"assign", "solve", "junk", "merge"})
"""Actions after which nobody is on the way or on site any more."""


class MoveRefusedError(Exception):
    """The ticket's state does not allow the action."""

    def __init__(self, action: str, state: str) -> None:
        super().__init__(f"{action} is not possible while the ticket is {state}")
        self.action = action
        self.state = state


class NotAuthorizedError(MoveRefusedError):
    """The customer's administrator has not authorised work on the ticket `number` (SP-10.2)."""

    def __init__(self, number: int, state: str) -> None:
        super().__init__("begin", state)
        self.number = number


def after(state: str, action: str, *, assigned: bool) -> str:
    """The state that the action leads to. Raises MoveRefusedError.

    A ticket that comes back (reopened, restored, unmerged) without an engineer is new again.
    """
    try:
        target = MOVES[action][state]
    except KeyError:
        raise MoveRefusedError(action, state) from None
    if action == "reopen" and not assigned:
        return NEW
    if action in {"restore", "unmerge"} and assigned:
        return ACCEPTED
    return target
