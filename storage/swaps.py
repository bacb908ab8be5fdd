"""Duty that two people exchange, proposed and agreed."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from storage.people_models import swap
from storage.sql import fetch, insert_and_give, run

ASKED, AGREED, DECLINED, CANCELLED = "asked", "agreed", "declined", "cancelled"

_since = (
    select(swap)
    .where(
        or_(swap.c.state == ASKED, swap.c.state == AGREED),
        or_(swap.c.day >= bindparam("earliest"), swap.c.other_day >= bindparam("earliest")),
    )
    .order_by(swap.c.day, swap.c.id)
)


def since(db: Connection, earliest: date) -> list[Any]:
    """What is asked or agreed and has a date from then on, the earliest first."""
    return fetch(db, _since, {"earliest": earliest})


def get(db: Connection, swap_id: int) -> Any:
    """The swap in whatever state; None if there is none."""
    return db.execute(select(swap).where(swap.c.id == swap_id)).first()


def add(db: Connection, row: dict[str, Any]) -> int:
    """Enters a swap; gives its number."""
    return int(run(db, insert_and_give(swap, "id"), row).scalar_one())


def set_state(db: Connection, swap_id: int, state: str) -> None:
    """It is agreed, declined or cancelled."""
    db.execute(update(swap).where(swap.c.id == swap_id).values(state=state))
