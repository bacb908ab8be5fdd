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


def newest(db: Connection, mailbox: str, count: int = 2) -> list[Canary]:
    """The newest ones, the last in front."""
    back = exists().where(inbox.c.message_id == outbox.c.message_id, inbox.c.message_id != "")
    mine = (outbox.c.address == mailbox, outbox.c.kind == KIND)
    rows = select(outbox.c.message_id, outbox.c.created_at, back).where(*mine)
    found = db.execute(rows.order_by(outbox.c.created_at.desc(), outbox.c.id.desc()).limit(count))
    return [Canary(row[0], row[1], bool(row[2])) for row in found]


def drop_waiting(db: Connection, mailbox: str, now: datetime) -> None:
    """Ends those that have not left yet: a newer one is on its way."""
    waiting = (outbox.c.address == mailbox, outbox.c.kind == KIND, outbox.c.state == "pending")
    ended = {"state": "dropped", "outcome": "a newer canary", "ended_at": now, "next_try_at": None}
    db.execute(update(outbox).where(*waiting).values(**ended))
