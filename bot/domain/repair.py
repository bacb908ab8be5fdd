"""A repair's life: where a broken device goes, its states, and the one table of allowed moves (SP-5.2 to SP-5.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HOUSE, MAKER, SHOP = "house", "maker", "shop"
"""Who repairs: ourselves, its maker under warranty, a third party that is paid."""
KINDS = (HOUSE, MAKER, SHOP)

SENT, DIAGNOSED, QUOTED, APPROVED, REFUSED, REPAIRED, IRREPARABLE, RETURNED, UNDONE = (
    "sent", "diagnosed", "quoted", "approved", "refused", "repaired", "irreparable", "returned", "undone",
)  # fmt: skip
ENDED = frozenset({RETURNED, UNDONE})
"""The device is where it belongs again."""
DECISIONS = frozenset({APPROVED, REFUSED})
"""What becomes of a quote: decided by who may spend the money, the project manager as a rule."""

MOVES: Mapping[str, frozenset[str]] = {
    DIAGNOSED: frozenset({SENT}),
    QUOTED: frozenset({SENT, DIAGNOSED, QUOTED, REFUSED}),
    APPROVED: frozenset({QUOTED, REFUSED}),
    REFUSED: frozenset({QUOTED}),
    REPAIRED: frozenset({SENT, DIAGNOSED, APPROVED}),
    IRREPARABLE: frozenset({SENT, DIAGNOSED, QUOTED, APPROVED, REFUSED}),
    RETURNED: frozenset({SENT, DIAGNOSED, APPROVED, REFUSED, REPAIRED, IRREPARABLE}),
    UNDONE: frozenset({SENT}),
}
"""State → the states from which it is reached. A quote waits for its answer: approved, refused (then another one
may follow, or the device comes back as it was), or irreparable at that price."""

SENDING: Mapping[str, str] = {HOUSE: "kept_in_house", MAKER: "sent_to_maker", SHOP: "sent_to_shop"}
"""Who repairs → the journal's event when the device goes there; those of the clocks among them."""

EVENTS: Mapping[str, tuple[str, ...]] = {
    DIAGNOSED: ("repair_diagnosed",),
    QUOTED: ("repair_quoted",),
    APPROVED: ("repair_approved",),
    REFUSED: ("repair_refused",),
    REPAIRED: ("repaired",),
    IRREPARABLE: ("irreparable",),
    RETURNED: ("returned", "delivered"),
    UNDONE: ("repair_undone",),
}
"""State → the journal's events. What we call returned stands at its user's site: item back, and delivered."""


TOLD = (
    "device away", "device stays", "device too dear", "device agreed", "device beyond repair", "device back",
    "loan back", "device late",
)  # fmt: skip
"""What a device's user hears, as events of the message table: it goes, it does not after all, its price is refused,
another one is approved, it cannot be repaired, it is at her place again; her loan is with us again; it is not back by
the day that she was told.
"""

TRANSPORT = "transport"
"""Who carries the device and how is arranged (SP-5.5): an event that moves no state."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """Who repairs for us. `days`: a maker's own standard time in working days (SP-5.7); None where nobody knows it.
    `language`: that of letters and papers to him.
    """

    key: str
    name: str
    kind: str
    mail: str = ""
    days: int | None = None
    language: str = "zh"


class RepairMoveError(Exception):
    """The case's state does not allow the step."""

    def __init__(self, step: str, state: str) -> None:
        super().__init__(f"{step} is not possible while the repair is {state}")
        self.step, self.state = step, state


def after(state: str, step: str) -> str:
    """The state that a step leads to: the step's own. Raises RepairMoveError."""
    if state not in MOVES[step]:
        raise RepairMoveError(step, state)
    return step
