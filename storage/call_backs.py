"""Whom the desk is to call back, and what satisfaction figures are counted from (SP-4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, text, update

from bot.domain.ticket import CLOSED, SOLVED
from storage.models import event, ticket
from storage.service_models import call_back
from storage.sql import insert_and_give, run

_open = select(call_back).where(text("done_at is null")).order_by(call_back.c.due_at, call_back.c.id)
_of_ticket = _open.where(call_back.c.ticket_id == bindparam("wanted"))


def add(db: Connection, row: dict[str, Any]) -> None:
    """Puts a ticket's user onto the queue."""
    run(db, insert_and_give(call_back, "id"), row)


def waiting(db: Connection) -> list[Any]:
    """The queue: what is due first in front."""
    return list(db.execute(_open))


def of_ticket(db: Connection, ticket_id: int) -> Any | None:
    """The ticket's open call-back."""
    return db.execute(_of_ticket, {"wanted": ticket_id}).first()


def of_tickets(db: Connection, ticket_ids: Sequence[int]) -> list[Any]:
    """All call-backs of some tickets, those that are over, too."""
    return list(db.execute(select(call_back).where(call_back.c.ticket_id.in_(ticket_ids))))


def change(db: Connection, call_back_id: int, **facts: Any) -> None:
    """Writes how a call went."""
    db.execute(update(call_back).where(call_back.c.id == call_back_id).values(**facts))


def take_up(db: Connection, ticket_id: int, outcome: str, at: datetime) -> None:
    """The ticket's call-back that ended so at that instant is open again."""
    ended = update(call_back).where(call_back.c.ticket_id == ticket_id, call_back.c.outcome == outcome)
    db.execute(ended.where(call_back.c.done_at == at).values(done_at=None, outcome=""))


def solved_between(db: Connection, since: datetime, until: datetime) -> list[Any]:
    """The tickets (id, level) solved in a time and not reopened since: the base of the figures."""
    held = ticket.c.solved_at.is_not(None), ticket.c.solved_at >= since, ticket.c.solved_at < until
    withdrawn = select(event.c.id).where(event.c.ticket_id == ticket.c.id, event.c.kind == "withdrawn").exists()
    chosen = select(ticket.c.id, ticket.c.level).where(*held, ticket.c.state.in_((SOLVED, CLOSED)), ~withdrawn)
    return list(db.execute(chosen.order_by(ticket.c.id)))
