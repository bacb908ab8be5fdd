"""The newest command of each ticket while it can be taken back, and the messages that it made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from storage.chat_models import undoing
from storage.models import alarm, outbox
from storage.sql import fetch_value, insert_new, run

_newest_message = select(func.coalesce(func.max(outbox.c.id), 0))
_messages = select(outbox.c.id, outbox.c.state, outbox.c.kind, outbox.c.channel, outbox.c.audience).where(
    outbox.c.ticket_id == bindparam("wanted"), outbox.c.id > bindparam("first"), outbox.c.id <= bindparam("last")
)
_forget_older = delete(undoing).where(
    (undoing.c.ticket_id == bindparam("wanted")) | (undoing.c.expires_at < bindparam("now"))
)


def newest_message(db: Connection) -> int:
    """The id of the newest row of the outbox; 0 where there is none."""
    return int(fetch_value(db, _newest_message))


def keep(db: Connection, row: dict[str, Any], now: datetime) -> None:
    """Remembers a ticket's newest command in the place of the one before; whatever has expired is forgotten."""
    run(db, _forget_older, {"wanted": row["ticket_id"], "now": now})
    run(db, insert_new(db, undoing), [row])


def of_ticket(db: Connection, ticket_id: int) -> Any | None:
    """The command of a ticket that was remembered last."""
    return db.execute(select(undoing).where(undoing.c.ticket_id == ticket_id)).first()


def forget(db: Connection, ticket_id: int) -> None:
    """It was taken back."""
    db.execute(delete(undoing).where(undoing.c.ticket_id == ticket_id))


def messages(db: Connection, row: Any) -> list[Any]:
    """The messages that a remembered command made (id, state, kind, channel, audience)."""
    span = {"wanted": row.ticket_id, "first": row.first_outbox_id, "last": row.last_outbox_id}
    return list(db.execute(_messages, span))


def has_rung(db: Connection, clock_ids: list[int]) -> bool:
    """Whether an alarm of one of these clocks was decided."""
    return db.execute(select(alarm.c.id).where(alarm.c.clock_id.in_(clock_ids)).limit(1)).first() is not None
