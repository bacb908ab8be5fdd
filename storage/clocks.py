"""The clocks' rows and the alarms raised on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, delete, exists, func, insert, or_, select, text, update

from bot.domain.secrecy import SECURITY
from bot.domain.ticket import SOLVED
from storage.models import TICKET_OPEN, alarm, clock, event, outbox, ticket
from storage.outbox import batched
from storage.sql import change_row, change_rows, fetch, insert_new, run

_of_ticket = select(clock).where(clock.c.ticket_id == bindparam("wanted")).order_by(clock.c.id)
_open_of = (
    select(clock)
    .where(clock.c.ticket_id.in_(bindparam("wanted", expanding=True)), clock.c.state.in_(("running", "paused")))
    .order_by(clock.c.due_at)
)
_running_of = (
    select(*(clock.c[name] for name in "id ticket_id target arming state due_at provisional passed".split()))
    .where(clock.c.ticket_id.in_(bindparam("wanted", expanding=True)), clock.c.state == "running")
    .order_by(clock.c.due_at)
)
_add = insert(clock)


def of_ticket(db: Connection, ticket_id: int) -> list[Any]:
    """A ticket's clocks in the order in which they were armed."""
    return fetch(db, _of_ticket, {"wanted": ticket_id})


def open_of(db: Connection, ticket_ids: Sequence[int]) -> dict[int, list[Any]]:
    """The open clocks of several tickets, those that lapse first in front."""
    found: dict[int, list[Any]] = {}
    for some in batched(ticket_ids):
        for row in fetch(db, _open_of, {"wanted": list(some)}):
            found.setdefault(row.ticket_id, []).append(row)
    return found


def running_of(db: Connection, ticket_ids: Sequence[int]) -> dict[int, list[Any]]:
    """Ticket → of its running clocks what a list needs, those that lapse first in front.

    Whole rows, with their rungs, cost some times that: with a thousand open tickets somebody waits for it.
    """
    found: dict[int, list[Any]] = {}
    for some in batched(ticket_ids):
        for row in db.execute(_running_of, {"wanted": list(some)}):
            found.setdefault(row.ticket_id, []).append(row)
    return found


def lapsing(db: Connection, now: datetime, *, customer_id: int | None, assignee_id: int | None) -> list[Any]:
    """The tickets that are not over and have a running promise: what can still be kept first, the soonest in front,
    then what has lapsed. Without incidents, and without what a master stands for.

    Of each: ticket_id, when the next promise lapses (`ahead`), when the first that has did (`lapsed`), how many have
    (`late`), how many are `provisional`, and `until` when.
    """
    open_ones = select(ticket.c.id).where(text(f"ticket.{TICKET_OPEN}"), ticket.c.kind != SECURITY)
    open_ones = open_ones.where(or_(ticket.c.master_id.is_(None), ticket.c.state == SOLVED))
    for column, value in ((ticket.c.customer_id, customer_id), (ticket.c.assignee_id, assignee_id)):
        open_ones = open_ones if value is None else open_ones.where(column == value)
    ahead = func.min(case((clock.c.due_at > now, clock.c.due_at)))
    lapsed = func.min(case((clock.c.due_at <= now, clock.c.due_at)))
    late, provisional = func.count(case((clock.c.due_at <= now, 1))), func.count(case((clock.c.provisional, 1)))
    until = func.max(case((clock.c.provisional, clock.c.due_at)))
    told = {"ahead": ahead, "lapsed": lapsed, "late": late, "provisional": provisional, "until": until}
    rows = select(clock.c.ticket_id, *(what.label(name) for name, what in told.items()))
    rows = rows.where(clock.c.ticket_id.in_(open_ones), clock.c.state == "running", clock.c.due_at.is_not(None))
    order = (ahead.is_(None), func.coalesce(ahead, lapsed), clock.c.ticket_id)
    return list(db.execute(rows.group_by(clock.c.ticket_id).order_by(*order)))


def running_tickets(db: Connection, calendars: Collection[str], promised_twice: Collection[str]) -> list[int]:
    """The ids of all tickets on which a clock runs or is paused that goes by one of these calendars, or may.

    `promised_twice`: kinds of the journal after which a clock may have a second limit, by any calendar.
    """
    again = exists().where(event.c.ticket_id == clock.c.ticket_id, event.c.kind.in_(promised_twice))
    rows = select(clock.c.ticket_id).where(
        clock.c.state.in_(("running", "paused")), or_(clock.c.calendar.in_(calendars), again)
    )
    return list(db.execute(rows.distinct().order_by(clock.c.ticket_id)).scalars())


def provisional_count(db: Connection) -> int:
    """How many open deadlines lie in a year whose holidays are not known."""
    rows = select(func.count()).where(clock.c.state == "running", clock.c.provisional)
    return db.execute(rows).scalar_one()


def add(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Enters newly armed clocks."""
    if rows:
        run(db, _add, rows)


def remove(db: Connection, ids: Sequence[int]) -> None:
    """Takes out clocks that nothing started after all; none of their alarms may have been given."""
    db.execute(delete(clock).where(clock.c.id.in_(ids)))


def change(db: Connection, clock_id: int, **facts: Any) -> None:
    """Renews one clock."""
    change_row(db, clock, clock_id, facts)


_of_open_tickets = select(
    clock,
    ticket.c.number,
    ticket.c.place,
    ticket.c.customer_id,
    ticket.c.level,
    ticket.c.assignee_id,
    ticket.c.quiet,
    ticket.c.locale,
    ticket.c.requester_address,
    ticket.c.requester_name,
    ticket.c.first_message_id,
    ticket.c.last_message_id,
    ticket.c.version,
    ticket.c.master_id,
    ticket.c.is_master,
    ticket.c.kind,
    ticket.c.concerns_id,
).join(ticket, ticket.c.id == clock.c.ticket_id)


_come = _of_open_tickets.where(clock.c.next_alarm_at <= bindparam("now"))
_come = _come.order_by(clock.c.next_alarm_at).limit(bindparam("most"))


def change_all(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Renews many clocks, the same columns of each; each row names its `id`."""
    if rows:
        change_rows(db, clock, rows)


def due(db: Connection, now: datetime, most: int) -> list[Any]:
    """Clocks whose next alarm's time has come, each with its ticket, the longest due first."""
    return fetch(db, _come, {"now": now, "most": most})


def ringing(
    db: Connection,
    until: datetime,
    *,
    ticket_id: int | None = None,
    assignee_id: int | None = None,
    customer_id: int | None = None,
) -> list[Any]:
    """Running clocks that ring until then, each with its ticket, those that ring first in front."""
    rows = _of_open_tickets.where(clock.c.state == "running", clock.c.next_alarm_at <= until)
    for column, value in (
        (clock.c.ticket_id, ticket_id), (ticket.c.assignee_id, assignee_id), (ticket.c.customer_id, customer_id)
    ):  # fmt: skip
        rows = rows if value is None else rows.where(column == value)
    return list(db.execute(rows.order_by(clock.c.next_alarm_at).limit(10_000)))


_pass = update(clock).where(clock.c.id == bindparam("clock"), clock.c.next_alarm_at == bindparam("expected"))
_pass = _pass.values(passed=bindparam("seen"), next_alarm_at=bindparam("following"))


def pass_rungs(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Marks rungs as passed (sent or skipped); each row has clock, expected, seen, following."""
    run(db, _pass, rows)


def raise_alarms(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Enters alarms, each once by its key (clock, rung, person)."""
    if rows:
        run(db, insert_new(db, alarm), rows)


_came = case((alarm.c.late, alarm.c.decided_at), else_=alarm.c.due_at)
_wanted = bindparam("wanted", type_=ticket.c.id.type)
_merged = select(ticket.c.id).where(ticket.c.merged_into_id == _wanted, ticket.c.merged_into_id.is_not(None))
_last_told = (
    select(func.max(_came))
    .select_from(clock.join(alarm))
    .where(clock.c.ticket_id.in_(_merged.union_all(select(_wanted))))
    .where(clock.c.target == bindparam("target"))
)


def last_told(db: Connection, ticket_id: int, target: str) -> datetime | None:
    """When the newest alarm about a ticket's promise came, its repeats count from there; None where there was none.

    What was told of it on tickets that were merged into this one counts.
    """
    at: datetime | None = db.execute(_last_told, {"wanted": ticket_id, "target": target}).scalar_one()
    return at


def acknowledge(db: Connection, ticket_id: int, person_id: int, now: datetime, *, alone: Collection[str]) -> list[Any]:
    """Marks the ticket's unacknowledged alarms of every recipient as seen, if this person got one of them (R9, R10).

    On the targets `alone` only her own. Gives the clocks' rows (id, target) that it was about.
    """
    mine = select(clock.c.id, clock.c.target).join(alarm).where(
        clock.c.ticket_id == ticket_id, alarm.c.person_id == person_id, alarm.c.acknowledged_at.is_(None)
    )  # fmt: skip
    clocks = list(db.execute(mine.distinct()))
    shared = [row.id for row in clocks if row.target not in alone]
    hers = and_(alarm.c.clock_id.in_([row.id for row in clocks]), alarm.c.person_id == person_id)
    seen = update(alarm).where(alarm.c.acknowledged_at.is_(None), or_(alarm.c.clock_id.in_(shared), hers))
    db.execute(seen.values(acknowledged_at=now, second_way_at=None))
    return clocks


def breach_acknowledged(db: Connection, clock_ids: Sequence[int]) -> set[int]:
    """The clocks whose breach somebody has acknowledged: no more repeats (R10).

    An acknowledgment from before the clock lapsed was of a breach that a corrected level has undone since (R13).
    """
    rows = select(alarm.c.clock_id).join(clock, clock.c.id == alarm.c.clock_id)
    rows = rows.where(
        alarm.c.clock_id.in_(clock_ids),
        alarm.c.acknowledged_at >= clock.c.due_at,
        alarm.c.rung.in_(("BREACH", "REPEAT1", "REPEAT2", "REPEAT3")),
    )
    return set(db.execute(rows.distinct()).scalars())


_unanswered = (
    select(alarm, outbox.c.facts, outbox.c.channel, outbox.c.ticket_id, outbox.c.event, outbox.c.kind, outbox.c.state)
    .join(outbox, outbox.c.id == alarm.c.outbox_id)
    .where(alarm.c.second_way_at <= bindparam("now"))
    .order_by(alarm.c.second_way_at)
    .limit(500)
)


def unanswered(db: Connection, now: datetime) -> list[Any]:
    """Alarms to a project manager that nobody has acknowledged in time, each with its outbox row's facts."""
    return list(db.execute(_unanswered, {"now": now}))


def call_off_second_way(db: Connection, clock_id: int, rungs: Collection[str]) -> None:
    """Nobody needs to acknowledge these rungs of a clock in time any more: they are no longer true."""
    rows = update(alarm).where(alarm.c.clock_id == clock_id, alarm.c.rung.in_(rungs))
    db.execute(rows.values(second_way_at=None))


def second_way_taken(db: Connection, alarms: Sequence[Any]) -> None:
    """Marks that the other way was tried, for all that the same person was told of the same clock until now."""
    for row in alarms:
        same = update(alarm).where(alarm.c.clock_id == row.clock_id, alarm.c.person_id == row.person_id)
        db.execute(same.values(second_way_at=None))
