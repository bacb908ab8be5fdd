"""What the customer's administrators have authorised: single tickets, and service items for a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, exists, or_, select, text, update

from bot.domain.ticket import OPEN
from storage.models import TICKET_OPEN, ticket
from storage.people_models import authorization
from storage.sql import insert_and_give, run

_valid = select(authorization).where(authorization.c.ended_at.is_(None))


def add(db: Connection, row: dict[str, Any]) -> int:
    """Enters an authorisation; gives its number."""
    return int(run(db, insert_and_give(authorization, "id"), row).scalar_one())


def of_tickets(db: Connection, ticket_ids: Sequence[int]) -> dict[int, Any]:
    """The authorisation of each ticket that has one."""
    rows = db.execute(_valid.where(authorization.c.ticket_id.in_(ticket_ids)).order_by(authorization.c.id))
    return {row.ticket_id: row for row in rows}


def unauthorized(db: Connection, customer_ids: Sequence[int]) -> list[Any]:
    """The open tickets of these customers without an authorisation, by number (id, number, and what needs one)."""
    has = exists().where(authorization.c.ticket_id == ticket.c.id, authorization.c.ended_at.is_(None))
    columns = (ticket.c[name] for name in "id number customer_id kind item master_id".split())
    mine = (ticket.c.customer_id.in_(customer_ids), ticket.c.state.in_(OPEN), ~has)
    rows = select(*columns).where(text(f"ticket.{TICKET_OPEN}"), *mine)
    return sorted(db.execute(rows), key=attrgetter("number"))


def standing(db: Connection, now: datetime) -> list[Any]:
    """The standing ones that hold at an instant, the oldest first."""
    lasting = or_(authorization.c.until_at.is_(None), authorization.c.until_at > now)
    rows = _valid.where(authorization.c.ticket_id.is_(None), lasting)
    return list(db.execute(rows.order_by(authorization.c.id)))


def end(db: Connection, number: int, now: datetime) -> bool:
    """It holds no more for what comes. Gives whether there was such a standing one."""
    mine = update(authorization).where(
        authorization.c.id == number, authorization.c.ticket_id.is_(None), authorization.c.ended_at.is_(None)
    )
    return bool(db.execute(mine.values(ended_at=now)).rowcount)
