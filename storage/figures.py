"""Figures of a stretch of time: what came, what was solved, and which promises were kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from bot.domain.plain_words import FAULT
from storage import journal
from storage.models import clock, event, ticket

NOT_COUNTED = ("junk", "merged")


def opened(db: Connection, since: datetime, until: datetime) -> list[datetime]:
    """When each ticket came that came in [since, until), spam and merged ones aside."""
    rows = select(ticket.c.opened_at).where(ticket.c.opened_at >= since, ticket.c.opened_at < until)
    return list(db.execute(rows.where(ticket.c.state.not_in(NOT_COUNTED))).scalars())


def solved(db: Connection, since: datetime, until: datetime) -> list[datetime]:
    """When each ticket was solved for the last time before `until`, if that was in [since, until)."""
    return [row.at for row in _solutions(db, since, until)]


def first_line(db: Connection, since: datetime, until: datetime) -> tuple[int, int]:
    """Of the faults solved in [since, until), how many staff solved without an engineer on them, and all (SP-3.11).

    What was solved with an outage counts as the outage alone.
    """
    found = [row for row in _solutions(db, since, until) if row.kind == FAULT and row.master_id is None]
    return sum(row.actor_id is not None and row.assignee_id is None for row in found), len(found)


def _solutions(db: Connection, since: datetime, until: datetime) -> list[Any]:
    """Each ticket's last solution of [since, until) that was not taken back; spam and merged tickets aside."""
    columns = (event.c.id, event.c.ticket_id, event.c.at, event.c.actor_id)
    whose = (ticket.c.kind, ticket.c.master_id, ticket.c.assignee_id)
    rows = select(*columns, *whose).join(ticket, ticket.c.id == event.c.ticket_id).order_by(event.c.id)
    rows = rows.where(event.c.kind == "solved", event.c.at >= since, event.c.at < until)
    found = list(db.execute(rows.where(ticket.c.state.not_in(NOT_COUNTED))))
    undone = journal.of_kinds(db, ["undone"], sorted({row.ticket_id for row in found}))
    void = {number for row in undone for number in row.facts["events"]}
    return list({row.ticket_id: row for row in found if row.id not in void}.values())


def verdicts(db: Connection, since: datetime, until: datetime, now: datetime) -> dict[str, tuple[int, int]]:
    """Target → (kept, all) of the promises that were due in [since, until); an open one that has lapsed is not kept."""
    ended = clock.c.state.in_(("met", "late"))
    lapsed = and_(clock.c.state == "running", clock.c.due_at <= now)
    due = and_(clock.c.due_at >= since, clock.c.due_at < until)
    rows = select(clock.c.target, clock.c.state, func.count()).join(ticket, ticket.c.id == clock.c.ticket_id)
    rows = rows.where(due, or_(ended, lapsed), ticket.c.state.not_in(NOT_COUNTED))
    found: dict[str, tuple[int, int]] = {}
    for target, state, count in db.execute(rows.group_by(clock.c.target, clock.c.state)):
        kept, whole = found.get(target, (0, 0))
        found[target] = (kept + (count if state == "met" else 0), whole + count)
    return found


def breaches(db: Connection, customer_id: int, targets: Sequence[str], span: tuple[datetime, datetime]) -> list[Any]:
    """A customer's promises of these targets that lapsed unkept in the span: number, target, due_at; by due_at."""
    lapsed = clock.c.state.in_(("late", "running")), clock.c.due_at >= span[0], clock.c.due_at < span[1]
    rows = select(ticket.c.number, clock.c.target, clock.c.due_at).join(ticket, ticket.c.id == clock.c.ticket_id)
    rows = rows.where(*lapsed, clock.c.target.in_(targets), ticket.c.customer_id == customer_id)
    return list(db.execute(rows.where(ticket.c.state.not_in(NOT_COUNTED)).order_by(clock.c.due_at, ticket.c.number)))


def responses(db: Connection, since: datetime, until: datetime) -> list[Any]:
    """Each promised response that began in [since, until): when, on which calendar, and when it was given (or None)."""
    rows = select(clock.c.started_at, clock.c.calendar, clock.c.ended_at).where(clock.c.target == "response")
    rows = rows.where(clock.c.started_at >= since, clock.c.started_at < until, clock.c.state != "cancelled")
    return list(db.execute(rows.join(ticket).where(ticket.c.state.not_in(NOT_COUNTED))))


def open_now(db: Connection, now: datetime) -> dict[str, Any]:
    """How many tickets are open, and of those how many have a promise that has lapsed."""
    is_open = ticket.c.state.in_(("new", "dispatched", "accepted", "waiting"))
    count = db.execute(select(func.count()).select_from(ticket).where(is_open)).scalar_one()
    late = select(func.count(clock.c.ticket_id.distinct())).join(ticket, ticket.c.id == clock.c.ticket_id)
    late = late.where(is_open, clock.c.state == "running", clock.c.due_at <= now)
    return {"open": count, "late": db.execute(late).scalar_one()}
