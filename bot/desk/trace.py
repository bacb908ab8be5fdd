"""The story of a mail: when it was seen, what it was taken for and by which rule, and what was sent because of it."""

from __future__ import annotations

from typing import Any

from bot.desk import facts as about
from bot.desk.work import Work
from bot.domain.secrecy import SECURITY, may_see
from storage import inbox, journal, outbox, tickets
from storage.tickets import Ticket

MOST = 40
"""Lines of one story; of a longer one the newest."""


def of_ticket(work: Work, ticket: Ticket) -> dict[str, Any]:
    """All mails that came to a ticket, and all messages that it sent."""
    came = [_came(work, row, _authors(work, ticket.id)) for row in inbox.of_ticket(work.db, ticket.id)]
    left = [_left(row) for row in outbox.everything(work.db, ticket.id)]
    return _story(work, work.house.name_of(ticket.number), [*came, *left])


def of_mail(work: Work, message_id: str, customer_id: int | None = None) -> dict[str, Any] | None:
    """What became of the mails with a Message-ID, or of the one that we sent with it; None where none is known.

    With a customer, what is on tickets of others is not known. What was sent because of a mail was decided in the
    instant in which it was taken in.
    """
    lines = []
    for row in inbox.of_message(work.db, message_id):
        if _may_be_told(work, row.ticket_id, customer_id):
            lines.append(_came(work, row, _authors(work, row.ticket_id)))
            sent = outbox.everything(work.db, row.ticket_id) if row.ticket_id else ()
            lines += [_left(one) for one in sent if one.created_at == row.done_at]
    ours = outbox.by_message_id(work.db, [message_id])
    if ours and _may_be_told(work, ours.ticket_id, customer_id):
        lines.append(_left(ours))
    return _story(work, message_id, lines) if lines else None


def _may_be_told(work: Work, ticket_id: int | None, customer_id: int | None) -> bool:
    if ticket_id is None:
        return True
    ticket, person = tickets.get(work.db, ticket_id), work.actor.person
    seen = person is None or may_see(ticket.kind, ticket.concerns_id, person.id, person.roles)
    return seen and (not customer_id or (ticket.customer_id == customer_id and ticket.kind != SECURITY))


def _story(work: Work, of: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    lines.sort(key=lambda one: str(one["at"]))
    common = {"tag": f"[{work.house.prefix}]", "zone": work.house.zone, "now": work.now.isoformat()}
    return {**common, "of": of, "lines": lines[-MOST:], "left_out": max(0, len(lines) - MOST)}


def _authors(work: Work, ticket_id: int | None) -> dict[int, str]:
    """Who wrote each mail of a ticket, by its inbox row."""
    return {one.inbox_id: one.author for one in tickets.entries(work.db, ticket_id)} if ticket_id else {}


def _came(work: Work, row: Any, authors: dict[int, str]) -> dict[str, Any]:
    ticket = tickets.get(work.db, row.ticket_id) if row.ticket_id else None
    return {
        "way": "in",
        "at": about.iso(row.received_at),
        "done": about.iso(row.done_at),
        "who": authors.get(row.id) or row.envelope_from or "",
        "channel": row.channel,
        "outcome": row.outcome or row.state,
        "number": work.house.name_of(ticket.number) if ticket else "",
        "rules": list(row.reasons),
        "unconfirmed": _unconfirmed(work, ticket) if ticket and row.outcome == "ticket" else "",
        "copies": row.copies,
        "inbox": row.id,
    }


def _unconfirmed(work: Work, ticket: Ticket) -> str:
    """Why nobody was told that her mail has arrived, as a note; "" where she was."""
    rows = journal.of_ticket(work.db, ticket.id)
    return next((f"unconfirmed:{row.facts.get('why', '')}" for row in rows if row.kind == "unconfirmed"), "")


def _left(row: Any) -> dict[str, Any]:
    return {
        "way": "out",
        "at": about.iso(row.created_at),
        "done": about.iso(row.ended_at),
        "who": row.address,
        "channel": row.channel,
        "kind": "the answer" if row.event == "command" else row.kind,
        "state": row.state,
        "outcome": row.outcome,
        "attempts": row.attempts,
    }
