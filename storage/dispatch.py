"""When tickets that nobody has taken go to the proposed engineer by themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from storage.people_models import dispatch_plan
from storage.sql import insert_or_update, run

_due = select(dispatch_plan.c.ticket_id).where(dispatch_plan.c.at <= bindparam("now"))
_due = _due.order_by(dispatch_plan.c.at, dispatch_plan.c.ticket_id).limit(200)
_done = delete(dispatch_plan).where(dispatch_plan.c.ticket_id == bindparam("wanted"))


def plan(db: Connection, ticket_id: int, at: datetime) -> None:
    """The ticket is given away at that instant, if nobody has taken it by then."""
    run(db, insert_or_update(db, dispatch_plan, ("ticket_id",), ("at",)), {"ticket_id": ticket_id, "at": at})


def planned(db: Connection) -> dict[int, datetime]:
    """When each ticket is given away that nobody takes before, by the ticket's id."""
    return {row.ticket_id: row.at for row in db.execute(select(dispatch_plan))}


def due(db: Connection, now: datetime) -> list[int]:
    """The ids of the tickets whose instant has come, the earliest first."""
    return list(db.execute(_due, {"now": now}).scalars())


def done(db: Connection, ticket_id: int) -> None:
    """It is decided."""
    db.execute(_done, {"wanted": ticket_id})
