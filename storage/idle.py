"""Whether anything is left to do, and which instant matters next: for the alarm loop and for clocks of simulations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    Select,
    TextClause,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    true,
)

from storage.duty_models import booking
from storage.hardware_models import loan, repair
from storage.models import INBOX_OPEN, alarm, clock, inbox, outbox, ticket
from storage.people_models import dispatch_plan
from storage.service_models import document
from storage.sql import fetch, fetch_value

_now: BindParameter[datetime] = bindparam("now")
_PENDING = text("state = 'pending'")  # word for word, for the index, as below


def _left(*, held: bool) -> Select[bool]:
    free = outbox.c.ticket_id.is_(None) if held else true()
    return select(
        or_(
            exists(select(inbox.c.id).where(text(INBOX_OPEN))),
            exists(select(outbox.c.id).where(text("state = 'sending'"))),
            exists(select(outbox.c.id).where(_PENDING, outbox.c.next_try_at <= _now, free)),
            exists(select(document.c.id).where(text("done_at is null"))),
        )
    )


def _first(column: Column[datetime], *conditions: TextClause) -> Select[datetime]:
    return select(func.min(column)).where(column.is_not(None), *conditions)


_LEFT = {held: _left(held=held) for held in (False, True)}
_MESSAGE = select(func.min(outbox.c.next_try_at)).where(_PENDING)
_DEADLINES = (
    _first(clock.c.next_alarm_at),
    _first(alarm.c.second_way_at),
    _first(ticket.c.close_at),
    _first(booking.c.remind_at),
    _first(loan.c.remind_at),
    _first(repair.c.remind_at, text("ended_at is null")),
    _first(repair.c.draft_at, text("ended_at is null")),
    _first(dispatch_plan.c.at),
)
_NEXT = select(*(one.scalar_subquery() for one in _DEADLINES))


def is_idle(db: Connection, now: datetime, *, held: bool = False) -> bool:
    """Whether nothing waits: no mail, no page to print, no message that is due but one `held` after a restore."""
    return not fetch_value(db, _LEFT[held], {"now": now})


def next_deadline(db: Connection) -> datetime | None:
    """The first instant (in the past: overdue) that a row names for something to be done of itself; messages apart."""
    return min((one for one in fetch(db, _NEXT)[0] if one), default=None)


def next_message(db: Connection) -> datetime | None:
    """When the next message is due, on whatever channel."""
    at: datetime | None = fetch_value(db, _MESSAGE)
    return at
