"""Canary mails: the ones that were sent, and whether they came back in."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, exists, select, update

from storage.models import inbox, outbox

KIND = "canary"


class Canary(NamedTuple):
    """A mail from ourselves to our mailbox."""

    message_id: str
    created_at: datetime
    back: bool


def newest(db: Connection, mailbox: str) -> Canary | None:
    """The last one that was sent."""
    back = exists().where(inbox.c.message_id == outbox.c.message_id, inbox.c.message_id != "")
    mine = (outbox.c.address == mailbox, outbox.c.kind == KIND)
    rows = select(outbox.c.message_id, outbox.c.created_at, back).where(*mine)
    row = db.execute(rows.order_by(outbox.c.created_at.desc(), outbox.c.id.desc()).limit(1)).first()
    return Canary(row[0], row[1], bool(row[2])) if row else None


def drop_waiting(db: Connection, mailbox: str, now: datetime) -> None:
    """Ends those that have not left yet: a newer one is on its way."""
    waiting = (outbox.c.address == mailbox, outbox.c.kind == KIND, outbox.c.state == "pending")
    ended = {"state": "dropped", "outcome": "a newer canary", "ended_at": now, "next_try_at": None}
    db.execute(update(outbox).where(*waiting).values(**ended))
