"""Tickets, what was written on them, and their files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Text, bindparam, cast, func, select, text, update
from sqlalchemy.exc import NoResultFound

from bot.domain.secrecy import SECURITY
from bot.domain.ticket import ENDED, OPEN
from storage.models import TICKET_OPEN, attachment, counter, entry, person, ticket
from storage.sql import change_row, fetch, insert_and_give, insert_new, run


@dataclass(frozen=True, slots=True)
class Ticket:
    """A row of `ticket` as the use cases see it."""

    id: int
    customer_id: int
    number: int
    kind: str
    state: str
    level: str
    level_reason: str
    item: str
    place: str
    subject: str
    known_sender: bool
    quiet: bool
    locale: str
    requester_id: int | None
    requester_name: str
    requester_address: str
    assignee_id: int | None
    contact_id: int | None
    opened_at: datetime
    solved_at: datetime | None
    close_at: datetime | None
    closed_at: datetime | None
    version: int
    first_message_id: str
    last_message_id: str
    related_id: int | None
    policy: dict[str, Any]
    merged_into_id: int | None
    master_id: int | None
    is_master: bool
    whereabouts: str
    concerns_id: int | None


_LATELY = 20
_waiting = select(ticket.c.id).where(text(TICKET_OPEN), ticket.c.state == "waiting").limit(1)

NEW: dict[str, Any] = {
    "kind": "fault",
    "assignee_id": None,
    "contact_id": None,
    "solved_at": None,
    "close_at": None,
    "closed_at": None,
    "version": 1,
    "merged_into_id": None,
    "master_id": None,
    "is_master": False,
    "whereabouts": "",
    "concerns_id": None,
}
"""What a ticket is when it opens, beside its facts."""

_columns = [ticket.c[field.name] for field in fields(Ticket)]
_ticket = select(*_columns)
_by_id = _ticket.where(ticket.c.id == bindparam("wanted"))
_by_ids = _ticket.where(ticket.c.id.in_(bindparam("wanted", expanding=True)))
_numbers = select(ticket.c.id, ticket.c.number).where(ticket.c.id.in_(bindparam("wanted", expanding=True)))
_policies = select(ticket.c.id, cast(ticket.c.policy, Text)).where(ticket.c.id.in_(bindparam("wanted", expanding=True)))
_by_number = _ticket.where(ticket.c.number == bindparam("wanted"))
_next_number = (
    update(counter).where(counter.c.name == "ticket").values(value=counter.c.value + 1).returning(counter.c.value)
)
_raise_version = update(ticket).where(ticket.c.id == bindparam("wanted")).values(version=ticket.c.version + 1)
_to_close = _ticket.where(ticket.c.close_at <= bindparam("now"), ticket.c.close_at.is_not(None))
_to_close = _to_close.order_by(ticket.c.close_at).limit(200)
_open_masters = _ticket.where(text("is_master"), ticket.c.kind != SECURITY, ticket.c.state.in_(OPEN))
_entries = select(entry).where(entry.c.ticket_id == bindparam("wanted")).order_by(entry.c.id)


def _as_ticket(row: Any) -> Ticket:
    return Ticket(*row)


def next_number(db: Connection) -> int:
    """The next ticket number: never given twice, not even for a ticket that was never committed."""
    number = run(db, _next_number, {}).scalar_one_or_none()
    if number is None:
        db.execute(insert_new(db, counter), {"name": "ticket", "value": 0})
        return next_number(db)
    return int(number)


def create(db: Connection, **facts: Any) -> Ticket:
    """A new ticket with the next number."""
    row = {**NEW, "number": next_number(db), **facts}
    return Ticket(id=run(db, insert_and_give(ticket, "id"), row).scalar_one(), **row)


def get(db: Connection, ticket_id: int) -> Ticket:
    """The ticket with this id. Raises NoResultFound."""
    found = fetch(db, _by_id, {"wanted": ticket_id})
    if not found:
        raise NoResultFound
    return _as_ticket(found[0])


def get_many(db: Connection, ticket_ids: Sequence[int]) -> dict[int, Ticket]:
    """Several tickets by their ids."""
    return {row[0]: _as_ticket(row) for row in fetch(db, _by_ids, {"wanted": list(ticket_ids)})}


def numbers(db: Connection, ticket_ids: Sequence[int]) -> dict[int, int]:
    """What people call several tickets, by their ids."""
    return {row[0]: row[1] for row in db.execute(_numbers, {"wanted": list(ticket_ids)})}


def policies(db: Connection, ticket_ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """What several tickets were promised when they opened (`policy`), by their ids. Few differ: each is read once."""
    return {row[0]: _policy(row[1]) for row in db.execute(_policies, {"wanted": list(ticket_ids)})}


@lru_cache(maxsize=256)
def _policy(text: str) -> Mapping[str, Any]:
    return MappingProxyType(json.loads(text))


def by_number(db: Connection, number: int) -> Ticket | None:
    """The ticket that people call FD-<number>."""
    found = fetch(db, _by_number, {"wanted": number}) if 0 < number < 2**62 else []
    return _as_ticket(found[0]) if found else None


def change(db: Connection, ticket_id: int, **facts: Any) -> Ticket:
    """Writes the facts and raises the version. Only `desk.move` and its neighbours call this."""
    run(db, _raise_version, {"wanted": ticket_id})
    if facts:
        change_row(db, ticket, ticket_id, facts)
    return get(db, ticket_id)


def anything_waits(db: Connection) -> bool:
    """Whether a ticket waits for its requester."""
    return db.execute(_waiting).first() is not None


def find(
    db: Connection,
    *,
    customer_id: int | None = None,
    assignee_id: int | None = None,
    ended: bool = False,
    secret: bool = False,
) -> list[Ticket]:
    """Tickets by number: the open and solved ones, or all of them; security incidents only if they are asked for.

    They are sorted here: asked to sort, SQLite would go through all tickets by number.
    """
    query = _ticket if ended else _ticket.where(text(f"ticket.{TICKET_OPEN}"))
    if customer_id is not None:
        query = query.where(ticket.c.customer_id == customer_id)
    if assignee_id is not None:
        query = query.where(ticket.c.assignee_id == assignee_id)
    if not secret:
        query = query.where(ticket.c.kind != SECURITY)
    return sorted((_as_ticket(row) for row in db.execute(query)), key=attrgetter("number"))


def counts(db: Connection, customer_id: int | None) -> dict[tuple[str, bool], int]:
    """How many tickets are open or solved, by state and by whether they are linked to a master; no incidents."""
    linked = ticket.c.master_id.is_not(None)
    rows = select(ticket.c.state, linked, func.count()).where(text(TICKET_OPEN), ticket.c.kind != SECURITY)
    rows = rows if customer_id is None else rows.where(ticket.c.customer_id == customer_id)
    return {(row[0], bool(row[1])): row[2] for row in db.execute(rows.group_by(ticket.c.state, linked))}


def waiting(db: Connection) -> list[Ticket]:
    """The tickets that wait for their requesters."""
    return [_as_ticket(row) for row in db.execute(_ticket.where(text(TICKET_OPEN), ticket.c.state == "waiting"))]


def surviving(db: Connection, ticket: Ticket) -> Ticket:
    """The ticket that goes on: the ticket itself, or the one that it was merged into, through any chain of merges."""
    while ticket.merged_into_id is not None:
        ticket = get(db, ticket.merged_into_id)
    return ticket


def absorbed_by(db: Connection, ticket_id: int) -> list[Ticket]:
    """The tickets that were merged into this one."""
    merged = _ticket.where(ticket.c.merged_into_id == ticket_id, ticket.c.merged_into_id.is_not(None))
    return [_as_ticket(row) for row in db.execute(merged.order_by(ticket.c.number))]


def linked_to(db: Connection, master_id: int) -> list[Ticket]:
    """The tickets that are linked to a master, ended ones too."""
    linked = _ticket.where(ticket.c.master_id == master_id, ticket.c.master_id.is_not(None))
    return [_as_ticket(row) for row in db.execute(linked.order_by(ticket.c.number))]


def linked_counts(db: Connection, master_ids: Sequence[int]) -> dict[int, int]:
    """How many open tickets are linked to each of these masters; 0 for none."""
    if not master_ids:
        return {}
    open_ones = select(ticket.c.master_id, func.count()).where(
        ticket.c.master_id.in_(master_ids), ticket.c.state.in_(OPEN)
    )
    found = {row[0]: row[1] for row in db.execute(open_ones.group_by(ticket.c.master_id))}
    return {one: found.get(one, 0) for one in master_ids}


def open_masters(db: Connection) -> list[Ticket]:
    """The masters of outages that last, the newest first."""
    return sorted(map(_as_ticket, fetch(db, _open_masters)), key=attrgetter("number"), reverse=True)


def first_opened_at(db: Connection) -> datetime | None:
    """When the oldest ticket was opened."""
    return db.execute(select(func.min(ticket.c.opened_at))).scalar_one()  # type: ignore[no-any-return]


def to_close(db: Connection, now: datetime) -> list[Ticket]:
    """Solved tickets whose reopen window is over."""
    return [_as_ticket(row) for row in db.execute(_to_close, {"now": now})]


def opened_since(db: Connection, address: str, since: datetime) -> int:
    """How many tickets this address opened since then."""
    mine = (ticket.c.requester_address == address) & (ticket.c.opened_at >= since)
    return db.execute(select(func.count()).where(mine)).scalar_one()


def newest_from(db: Connection, address: str, since: datetime) -> Ticket | None:
    """The newest ticket that this address opened since then."""
    mine = _ticket.where(ticket.c.requester_address == address, ticket.c.opened_at >= since)
    row = db.execute(mine.order_by(ticket.c.id.desc()).limit(1)).first()
    return _as_ticket(row) if row else None


def left_behind(db: Connection) -> dict[int, list[Ticket]]:
    """The open tickets whose engineer is staff no more, by that person's id."""
    gone = _ticket.join(person, person.c.id == ticket.c.assignee_id).where(
        person.c.active.is_(False), ticket.c.state.in_(OPEN)
    )
    found: dict[int, list[Ticket]] = {}
    for row in db.execute(gone.order_by(ticket.c.number)):
        one = _as_ticket(row)
        found.setdefault(one.assignee_id or 0, []).append(one)
    return found


# ---- what was written ----


def add_entry(db: Connection, **facts: Any) -> int:
    """Keeps words on a ticket; gives the entry's id."""
    return int(run(db, insert_and_give(entry, "id"), facts).scalar_one())


def add_files(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keeps what is known of a mail's files; their bytes stay in the raw mail."""
    if rows:
        run(db, insert_new(db, attachment), rows)


def entries(db: Connection, ticket_id: int) -> list[Any]:
    """Everything written on a ticket, oldest first."""
    return list(db.execute(_entries, {"wanted": ticket_id}))


def with_held(db: Connection, since: datetime) -> list[Ticket]:
    """The tickets on which mails are held that have come since then."""
    found = select(entry.c.ticket_id).where(entry.c.kind == "held", entry.c.created_at >= since).distinct()
    return [get(db, one) for one in sorted(db.execute(found).scalars())]


def get_entry(db: Connection, entry_id: int) -> Any | None:
    """One thing written."""
    return db.execute(select(entry).where(entry.c.id == entry_id)).first()


def change_entry(db: Connection, entry_id: int, **facts: Any) -> None:
    """Renews an entry (a held one is approved)."""
    change_row(db, entry, entry_id, facts)


def files(db: Connection, ticket_id: int) -> list[Any]:
    """The files that came with a ticket's mails, in the order in which they came."""
    rows = select(attachment).join(entry, entry.c.id == attachment.c.entry_id).where(entry.c.ticket_id == ticket_id)
    return list(db.execute(rows.order_by(attachment.c.id)))


def pictures_elsewhere(db: Connection, mine: Ticket, hashes: Sequence[str]) -> set[str]:
    """Which of these pictures, by SHA-256, stand inline in the mails of the requester's other tickets too."""
    if not hashes:
        return set()
    others = select(ticket.c.id).where(ticket.c.requester_address == mine.requester_address, ticket.c.id != mine.id)
    lately = others.order_by(ticket.c.opened_at.desc()).limit(_LATELY)
    found = (
        select(attachment.c.sha256)
        .join(entry, entry.c.id == attachment.c.entry_id)
        .where(entry.c.ticket_id.in_(lately), attachment.c.inline, attachment.c.sha256.in_(hashes))
    )
    return set(db.scalars(found))


def open_counts(db: Connection, person_ids: Iterable[int]) -> dict[int, int]:
    """How many open tickets each person has."""
    mine = select(ticket.c.assignee_id, func.count()).where(
        ticket.c.assignee_id.in_(list(person_ids)), ticket.c.state.not_in((*ENDED, "solved"))
    )
    rows = db.execute(mine.group_by(ticket.c.assignee_id))
    return {row[0]: row[1] for row in rows}
