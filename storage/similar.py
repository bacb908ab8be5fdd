"""Solved tickets with what was done on them, to find those that are like a new one."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from bot.domain.secrecy import SECURITY
from bot.domain.ticket import CLOSED, SOLVED
from storage.models import entry, ticket

LATELY = 500


class Solved(NamedTuple):
    """A ticket that was solved, and the words of its solution."""

    number: int
    item: str
    place: str
    subject: str
    solved_at: datetime | None
    solution: str


def solved(db: Connection, customer_id: int) -> list[Solved]:
    """A customer's tickets that were solved lately, the newest first, each with its newest solution."""
    columns = (ticket.c.number, ticket.c.item, ticket.c.place, ticket.c.subject, ticket.c.solved_at, entry.c.text)
    rows = select(*columns).join(entry, (entry.c.ticket_id == ticket.c.id) & (entry.c.kind == "solution"))
    mine = rows.where(
        ticket.c.customer_id == customer_id, ticket.c.state.in_((SOLVED, CLOSED)), ticket.c.kind != SECURITY
    )
    found: dict[int, Solved] = {}
    for row in db.execute(mine.order_by(ticket.c.id.desc(), entry.c.id.desc()).limit(LATELY)):
        found.setdefault(row.number, Solved(*row))
    return list(found.values())
