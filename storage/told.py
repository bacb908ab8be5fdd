"""Who was told what of a ticket: its messages, and the alarms on its clocks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from storage.models import alarm, clock, outbox


def messages(db: Connection, ticket_id: int) -> list[Any]:
    """Every message about a ticket in the order of decision, but cards and answers to commands: whether it left, and
    who has acknowledged the alarm that it tells.
    """
    columns = (outbox.c.event, outbox.c.kind, outbox.c.audience, outbox.c.person_id, outbox.c.channel, outbox.c.address)
    ends = (outbox.c.state, outbox.c.outcome, outbox.c.created_at, outbox.c.ended_at, alarm.c.acknowledged_at)
    joined = outbox.outerjoin(alarm, alarm.c.outbox_id == outbox.c.id)
    rows = select(*columns, *ends, alarm.c.rung, clock.c.target).select_from(
        joined.outerjoin(clock, clock.c.id == outbox.c.clock_id)
    )
    mine = (outbox.c.ticket_id == ticket_id, outbox.c.kind != "card", outbox.c.event != "command")
    return list(db.execute(rows.where(*mine).order_by(outbox.c.id)))


def alarms(db: Connection, ticket_id: int) -> list[Any]:
    """Who was told of which rung of a ticket's clocks, and who has seen it (clock, rung, person, instants)."""
    columns = (alarm.c.clock_id, alarm.c.rung, alarm.c.person_id, alarm.c.decided_at, alarm.c.acknowledged_at)
    rows = select(*columns, clock.c.target, clock.c.arming).join(clock, clock.c.id == alarm.c.clock_id)
    return list(db.execute(rows.where(clock.c.ticket_id == ticket_id).order_by(alarm.c.decided_at, alarm.c.person_id)))
