"""Solved tickets that are like a fault: shown to whoever takes it in and to whoever asks for help (SP-3.2, SP-3.6)."""

from __future__ import annotations

from typing import Any

from bot.desk import facts as about
from bot.desk.work import Work
from bot.domain.alike import likeness, marks
from storage import similar, tickets
from storage.tickets import Ticket

MOST = 3


def like(work: Work, ticket: Ticket, words: str = "") -> list[dict[str, Any]]:
    """The customer's solved tickets that are most like this one, with what was done; for private chats only."""
    first = next(iter(tickets.entries(work.db, ticket.id)), None)
    mine = marks(f"{ticket.subject} {first.text if first else ''} {words}")
    found = []
    for one in similar.solved(work.db, ticket.customer_id):
        same = {"place": bool(one.place) and one.place == ticket.place, "item": one.item == ticket.item}
        found.append((likeness(mine, marks(f"{one.subject} {one.solution}"), **same), one))
    best = sorted((pair for pair in found if pair[0] and pair[1].number != ticket.number), key=lambda pair: -pair[0])
    return [
        {
            "number": work.house.name_of(one.number),
            "at": about.iso(one.solved_at),
            "subject": one.subject,
            "text": one.solution[: about.EXCERPT],
        }
        for _, one in best[:MOST]
    ]
