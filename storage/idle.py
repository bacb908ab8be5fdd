"""Whether anything is left to do, and which instant matters next: for clocks that are advanced."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BindParameter, Connection, Select, bindparam, exists, false, func, or_, select, text, true

from storage.clocks import next_alarm_at
from storage.duty_models import booking
from storage.hardware_models import loan, repair
from storage.models import INBOX_OPEN, alarm, clock, inbox, outbox, ticket
from storage.people_models import dispatch_plan
from storage.service_models import document
from storage.sql import run

_now: BindParameter[datetime] = bindparam("now")
_PENDING = text("state = 'pending'")  # word for word, for the index, as below


def _left(*, held: bool) -> Select[bool]:
    """Asked hundreds of times a minute of simulated work, hence one statement, made once."""
    free = outbox.c.ticket_id.is_(None) if held else true()
    return select(
        or_(
            exists(select(inbox.c.id).where(text(INBOX_OPEN))),
            exists(select(outbox.c.id).where(text("state = 'sending'"))),
            exists(select(outbox.c.id).where(_PENDING, outbox.c.next_try_at <= _now, free)),
            exists(select(clock.c.id).where(clock.c.next_alarm_at <= _now)),
            exists(select(alarm.c.clock_id).where(alarm.c.second_way_at <= _now)),
            exists(select(ticket.c.id).where(ticket.c.close_at <= _now)),
            exists(select(booking.c.id).where(booking.c.remind_at <= _now)),
            exists(select(loan.c.id).where(loan.c.remind_at <= _now)),
            exists(select(repair.c.id).where(text("ended_at is null"), repair.c.remind_at <= _now)),
            exists(select(repair.c.id).where(text("ended_at is null"), repair.c.draft_at <= _now)),
            exists(select(dispatch_plan.c.ticket_id).where(dispatch_plan.c.at <= _now)),
            exists(select(document.c.id).where(text("done_at is null"))),
        )
    )


_LEFT = {held: _left(held=held) for held in (False, True)}
_COMING = {
    held: select(func.min(outbox.c.next_try_at)).where(_PENDING, false() if held else true()) for held in (False, True)
}
_CLOSING = select(func.min(ticket.c.close_at)).where(ticket.c.close_at.is_not(None))
_REMINDING = select(func.min(booking.c.remind_at)).where(booking.c.remind_at.is_not(None))
_LOANS = select(func.min(loan.c.remind_at)).where(loan.c.remind_at.is_not(None))
_REPAIRS = tuple(
    select(func.min(column)).where(text("ended_at is null")) for column in (repair.c.remind_at, repair.c.draft_at)
)
_PLANNED = select(func.min(dispatch_plan.c.at))
_SECOND = select(func.min(alarm.c.second_way_at)).where(alarm.c.second_way_at.is_not(None))


def is_idle(db: Connection, now: datetime, *, held: bool = False) -> bool:
    """Whether nothing waits at the instant: no mail, no alarm to ring, no message but one `held` after a restore."""
    return not run(db, _LEFT[held], {"now": now}).scalar_one()


def next_instant(db: Connection, *, held: bool = False) -> datetime | None:
    """When the next thing is due; what is held comes at no instant."""
    coming = (_COMING[held], _CLOSING, _SECOND, _REMINDING, _LOANS, *_REPAIRS, _PLANNED)
    instants = (db.execute(one).scalar_one() for one in coming)
    return min((one for one in (next_alarm_at(db), *instants) if one), default=None)
