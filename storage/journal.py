"""The journal: append-only, each row's hash taken over the one before it (P18)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, text

from storage.models import EVENT_MARKED, TICKET_OPEN, event, ticket
from storage.sql import fetch, fetch_value, run

_last = select(event.c.hash).order_by(event.c.id.desc()).limit(1)
_add = insert(event)
_of_ticket = select(event).where(event.c.ticket_id == bindparam("wanted")).order_by(event.c.id)
_of_kind = select(event.c.ticket_id, event.c.facts).order_by(event.c.id)
_of_kind = _of_kind.where(event.c.ticket_id.in_(bindparam("wanted", expanding=True)), event.c.kind == bindparam("kind"))
_of_tickets = (
    select(event.c.ticket_id, event.c.id, event.c.kind, event.c.at, event.c.actor_id, event.c.facts)
    .where(event.c.ticket_id.in_(bindparam("wanted", expanding=True)))
    .order_by(event.c.id)
)
_of_kinds = _of_tickets.where(event.c.kind.in_(bindparam("kinds", expanding=True)))

_newest = select(func.coalesce(func.max(event.c.id), 0))
_since = select(event.c.id, event.c.ticket_id, event.c.kind).where(event.c.id > bindparam("known")).order_by(event.c.id)

START = "0" * 64
"""What the first row names as the hash before it."""

CHAINED = ("ticket_id", "at", "recorded_at", "actor_id", "actor", "channel", "kind", "facts")


def append(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Adds rows (all of CHAINED) at the end of the chain."""
    previous = fetch_value(db, _last) or START
    chained = []
    for row in rows:
        digest = row_hash(previous, row)
        chained.append({**row, "previous_hash": previous, "hash": digest})
        previous = digest
    run(db, _add, chained)


def of_ticket(db: Connection, ticket_id: int) -> list[Any]:
    """A ticket's rows in the order in which they were recorded."""
    return fetch(db, _of_ticket, {"wanted": ticket_id})


def newest_id(db: Connection) -> int:
    """The id of the newest row; 0 where there is none."""
    return int(fetch_value(db, _newest))


def since(db: Connection, event_id: int) -> list[Any]:
    """The rows after one (id, ticket_id, kind), as they were recorded."""
    return list(run(db, _since, {"known": event_id}))


def newest_facts(db: Connection, kind: str, ticket_ids: Sequence[int]) -> dict[int, Any]:
    """The facts of each ticket's newest row of a kind; tickets without one are left out."""
    if not ticket_ids:
        return {}
    rows = fetch(db, _of_kind, {"wanted": list(ticket_ids), "kind": kind})
    return {row.ticket_id: row.facts for row in rows}


def of_kinds(db: Connection, kinds: Collection[str], ticket_ids: Sequence[int]) -> list[Any]:
    """The rows of these kinds on these tickets (id, ticket_id, kind, at, actor_id, facts), as they were recorded."""
    return fetch(db, _of_kinds, {"wanted": list(ticket_ids), "kinds": list(kinds)}) if ticket_ids else []


def of_tickets(db: Connection, ticket_ids: Sequence[int], kinds: Collection[str] | None = None) -> dict[int, list[Any]]:
    """What happened on several tickets, by ticket, as `of_kinds` gives it; of all kinds where none are named."""
    found: dict[int, list[Any]] = {}
    every = {"wanted": list(ticket_ids)}
    for row in fetch(db, _of_tickets, every) if kinds is None else of_kinds(db, kinds, ticket_ids):
        found.setdefault(row.ticket_id, []).append(row)
    return found


def marked(db: Connection) -> list[int]:
    """The ids of the tickets that are not over and have, or had, a wait for a part or a vendor or a major event."""
    open_ones = select(ticket.c.id).where(text(f"ticket.{TICKET_OPEN}"))
    rows = select(event.c.ticket_id).where(text(f"event.{EVENT_MARKED}"), event.c.ticket_id.in_(open_ones))
    return list(db.execute(rows.distinct()).scalars())


def of_the_desk(db: Connection, kind: str) -> list[Any]:
    """The rows of one kind that are about no ticket, the oldest first."""
    rows = select(event).where(event.c.ticket_id.is_(None), event.c.kind == kind)
    return list(db.execute(rows.order_by(event.c.id)))


def tickets_since(db: Connection, kind: str, since: datetime) -> list[int]:
    """The numbers of the tickets to which something has happened since an instant."""
    rows = select(ticket.c.number).join(event, event.c.ticket_id == ticket.c.id)
    return list(db.execute(rows.where(event.c.kind == kind, event.c.recorded_at >= since)).scalars())


def broken_links(db: Connection) -> Iterator[str]:
    """Where the chain does not hold: a row changed, taken out or put in. Empty when all is well."""
    previous = START
    for row in db.execute(select(event).order_by(event.c.id)).mappings():
        if row["previous_hash"] != previous:
            yield f"event {row['id']} does not follow the row before it"
        if row_hash(row["previous_hash"], row) != row["hash"]:
            yield f"event {row['id']} was changed after it was written"
        previous = row["hash"]


def row_hash(previous: str, row: Any) -> str:
    """SHA-256 over the hash before and the row in one canonical spelling."""
    facts = json.dumps([_plain(row[name]) for name in CHAINED], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(f"{previous}\n{facts}".encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
