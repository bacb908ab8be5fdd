"""Who was told what of a ticket, when, and whether it left (R12): every message but cards and answers to commands."""

from __future__ import annotations

from typing import Any

from bot.desk import facts as about
from bot.desk.announce import GROUP, REQUESTER
from bot.desk.work import Work
from storage import outbox, people
from storage import told as sent
from storage.tickets import Ticket

LEFT = frozenset({outbox.SENT, outbox.CARRIED})


def told(work: Work, ticket: Ticket) -> list[dict[str, Any]]:
    """The messages in the order of decision; of an alarm also its rung, and when it was seen."""
    names = {one.id: one.name or str(one.handle) for one in people.ever_staff(work.db)}
    return [_told(row, ticket, names) for row in sent.messages(work.db, ticket.id)]


def _told(row: Any, ticket: Ticket, names: dict[int, str]) -> dict[str, Any]:
    to = names.get(row.person_id, "")
    if row.audience == REQUESTER:
        to = ticket.requester_name or row.address
    return {
        "at": about.iso(row.ended_at if row.state in LEFT else row.created_at),
        "to": to,
        "group": row.audience == GROUP,
        "kind": row.kind,
        "target": row.target or "",
        "rung": row.rung or "",
        "channel": row.channel,
        "state": "sent" if row.state in LEFT else row.state,
        "reason": row.outcome if row.state not in LEFT else "",
        "seen_at": about.iso(row.acknowledged_at),
    }
