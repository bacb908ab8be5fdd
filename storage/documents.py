"""Documents: those to be printed, and their bytes for the messages that carry them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, text, update

from storage.service_models import document
from storage.sql import fetch, insert_and_give, run

_waiting = select(document).where(text("done_at is null")).order_by(document.c.id).limit(1)
_made = select(document.c.data, document.c.facts).where(document.c.id == bindparam("wanted"))


def order(db: Connection, row: dict[str, Any], messages: Sequence[dict[str, Any]]) -> int:
    """Keeps what is to be printed, and what waits for it; gives its id."""
    return int(run(db, insert_and_give(document, "id"), {**row, "messages": list(messages)}).scalar_one())


def waiting(db: Connection) -> Any | None:
    """The oldest document that is not made yet."""
    return next(iter(fetch(db, _waiting)), None)


def begin(db: Connection, document_id: int) -> None:
    """Counts an attempt before it is made, so that a document which ends the process is not tried for ever."""
    db.execute(update(document).where(document.c.id == document_id).values(attempts=document.c.attempts + 1))


def done(db: Connection, document_id: int, how: dict[str, Any]) -> None:
    """It is made, or given up: `how` its columns say."""
    db.execute(update(document).where(document.c.id == document_id).values({**how, "messages": []}))


def made(db: Connection, document_id: int) -> Any | None:
    """The printed bytes (`data`) and the `facts` they show; None where it could not be made, or was pruned."""
    found = db.execute(_made, {"wanted": document_id}).first()
    return found if found and found.data else None


def prune(db: Connection, before: datetime) -> int:
    """Forgets what was printed before an instant: it can be printed again from the journal. Gives how many."""
    return db.execute(delete(document).where(document.c.done_at < before)).rowcount
