"""Ordering a printed document: the messages that carry it wait for it, in the same transaction as what they tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.desk.work import Work
from storage import documents, outbox
from storage.tickets import Ticket

SHEET, WEEK, BOARD = "sheet", "week", "board"
MOST_ATTEMPTS = 3


def order(work: Work, ticket: Ticket | None, facts: dict[str, Any], messages: Sequence[dict[str, Any]]) -> None:
    """Has a sheet or a picture printed in each language of the messages; they go out once it is there, or given up."""
    for locale in sorted({one["locale"] for one in messages}):
        row = {
            "ticket_id": ticket.id if ticket else None,
            "kind": facts.get("paper", SHEET),
            "locale": locale,
            "facts": facts,
            "created_at": work.now,
        }
        documents.order(work.db, row, [one for one in messages if one["locale"] == locale])


def printed(work: Work, document: Any, facts: dict[str, Any], data: bytes | None, failure: str = "") -> None:
    """The document is there, or it is given up for a reason: its messages go out, with it or without.

    `facts` as it was printed from: with its pictures redrawn, which the mail shows too.
    """
    carried = {"document": document.id if data else None, "unprinted": failure}
    rows = [{**one, "facts": {**one["facts"], **carried}} for one in document.messages]
    documents.done(work.db, document.id, {"done_at": work.now, "facts": facts, "data": data, "failure": failure})
    outbox.put(work.db, rows, work.now)
