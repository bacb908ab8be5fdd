"""What the buttons of messages do: a row a message, pressed by its id and a place in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select

from bot.domain.ticket import ENDED
from storage.models import action, ticket
from storage.sql import run

AT_ONCE = 1000
"""Rows that one transaction takes out, so that nobody waits for it."""

_keep = insert(action)
_of_ended = or_(action.c.ticket_id.is_(None), ticket.c.state.in_(sorted(ENDED)), ticket.c.version != action.c.version)
_useless = (
    select(action.c.id)
    .select_from(action.outerjoin(ticket, ticket.c.id == action.c.ticket_id))
    .where(action.c.created_at < bindparam("before"), _of_ended)
    .limit(AT_ONCE)
)


def keep(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keeps what the buttons of messages do."""
    if rows:
        run(db, _keep, rows)


def get(db: Connection, action_id: str) -> Any | None:
    """What a message's buttons do."""
    return db.execute(select(action).where(action.c.id == action_id)).first()


def prune(db: Connection, before: datetime) -> int:
    """Takes out buttons made before an instant (UTC) that nobody can use any more; gives how many, at most AT_ONCE.

    Those of a ticket that is still open and as it was then stay, however old: its card may hang there unchanged.
    """
    old = list(db.execute(_useless, {"before": before}).scalars())
    if old:
        db.execute(delete(action).where(action.c.id.in_(old)))
    return len(old)
