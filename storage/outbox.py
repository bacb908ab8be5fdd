"""The outbox: every message that was decided, one row a recipient, until it is sent or somebody knows it is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, and_, bindparam, case, func, or_, select, text, true, update

from storage.models import alarm, attempt, card, clock, outbox, payload, ticket
from storage.sql import fetch, fetch_value, insert_new, insert_or_update, run

T = TypeVar("T")
PENDING, SENDING, SENT, DROPPED, DEAD, UNKNOWN, CARRIED = (
    "pending", "sending", "sent", "dropped", "dead", "unknown", "carried",
)  # fmt: skip
DEFAULTS: dict[str, Any] = {
    "ticket_id": None,
    "person_id": None,
    "clock_id": None,
    "silent": False,
    "urgent": False,
    "message_id": "",
    "in_reply_to": "",
    "references": [],
    "state": PENDING,
}
_rank = case(
    (outbox.c.urgent, 0),
    (outbox.c.event == "command", 1),  # somebody waits for the answer
    (or_(*(outbox.c.event == f"opened{how}" for how in ("", " out of hours", " in an outage"))), 2),
    (outbox.c.kind == "card", 3),  # one that hangs already
    else_=2,
)
"""Who goes first where there is not room for all: alerts, then answers, then what is new, then what changes a card."""


_due = (
    select(outbox.c.id)
    .where(
        outbox.c.state == PENDING,
        outbox.c.channel == bindparam("channel_name"),
        outbox.c.next_try_at <= bindparam("now"),
    )
    .order_by(_rank, outbox.c.next_try_at, outbox.c.id)
    .limit(bindparam("most"))
)
_bundle = select(outbox.c.id).where(
    outbox.c.state == PENDING,
    outbox.c.kind == bindparam("wanted"),
    outbox.c.channel == bindparam("channel_name"),
    outbox.c.address == bindparam("to"),
)


def _taking(ids: Any) -> Any:
    taken = update(outbox).where(outbox.c.id.in_(ids)).values(state=SENDING, attempts=outbox.c.attempts + 1)
    return taken.returning(outbox.c.id)


_take_due, _take_bundle = _taking(_due), _taking(_bundle)
_take_due_but_alerts = _taking(_due.where(outbox.c.kind != "alert"))
_claimed = (
    select(
        outbox,
        clock.c.state.label("clock_state"),
        ticket.c.state.label("ticket_state"),
        ticket.c.assignee_id.label("assignee_id"),
    )
    .outerjoin(clock, clock.c.id == outbox.c.clock_id)
    .outerjoin(ticket, ticket.c.id == outbox.c.ticket_id)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_rank, outbox.c.id)
)
_newest_faces = (
    select(outbox.c.ticket_id, outbox.c.address, func.max(outbox.c.id))
    .where(
        outbox.c.kind == "card",
        outbox.c.state.in_((PENDING, SENDING)),
        outbox.c.channel == bindparam("channel_name"),
        outbox.c.ticket_id.in_(bindparam("tickets", expanding=True)),
    )
    .group_by(outbox.c.ticket_id, outbox.c.address)
)
_hanging = select(card).where(
    card.c.channel == bindparam("channel_name"), card.c.ticket_id.in_(bindparam("tickets", expanding=True))
)
_next_try = select(func.min(outbox.c.next_try_at)).where(
    outbox.c.state == PENDING, outbox.c.channel == bindparam("channel_name")
)
_carrier = outbox.alias("carrier")
_carrier_unsure = (
    select(_carrier.c.unsure).where(_carrier.c.id == outbox.c.carried_by_id).correlate(outbox).scalar_subquery()
)
_carried = select(outbox).where(outbox.c.carried_by_id == bindparam("carrier")).order_by(outbox.c.id)
_about = (
    select(outbox.c.ticket_id)
    .where(
        outbox.c.external_id == bindparam("message"),
        outbox.c.address == bindparam("to"),
        outbox.c.channel == bindparam("channel_name"),
        text("external_id <> '' and channel <> 'mail'"),  # word for word, for the index
        outbox.c.ticket_id.is_not(None),
    )
    .order_by(outbox.c.id.desc())
    .limit(1)
)
_unsent_of = (
    select(outbox)
    .where(
        outbox.c.ticket_id == bindparam("wanted"),
        outbox.c.audience == "requester",
        or_(outbox.c.state == DEAD, and_(outbox.c.state.in_((PENDING, SENDING)), outbox.c.outcome != "")),
    )
    .order_by(outbox.c.id)
)


def put(db: Connection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Enters messages to be sent, each once by its dedup_key. What a row leaves out is as in DEFAULTS."""
    if rows:
        run(db, insert_new(db, outbox), [{**DEFAULTS, "created_at": now, "next_try_at": now, **row} for row in rows])


def ids_of(db: Connection, dedup_keys: Sequence[str]) -> dict[str, int]:
    """The rows' ids by their keys."""
    found: dict[str, int] = {}
    for some in batched(dedup_keys):
        rows = db.execute(select(outbox.c.dedup_key, outbox.c.id).where(outbox.c.dedup_key.in_(some)))
        found.update((row.dedup_key, row.id) for row in rows)
    return found


def batched(values: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Pieces of a long list that fit into one statement."""
    return (values[start : start + size] for start in range(0, len(values), size))


# ---- claiming ----


def claim(db: Connection, channel: str, now: datetime, most: int, *, alerts: bool = True) -> list[Any]:
    """Takes the rows that are due on a channel, by their rank, and counts the attempt.

    Each comes with its clock's and its ticket's state. Without `alerts`, those wait: more of them are being decided,
    and one message shall hold them all.
    """
    taking = _take_due if alerts else _take_due_but_alerts
    taken = run(db, taking, {"channel_name": channel, "now": now, "most": most})
    return _with_states(db, list(taken.scalars()))


def claim_free(db: Connection, channel: str, now: datetime, most: int, since: datetime) -> list[Any]:
    """`claim` while the outbox is held after a restore: only what is on no ticket and was decided since then.

    That is: answers to commands, and messages about the desk itself.
    """
    free = _due.where(outbox.c.ticket_id.is_(None), outbox.c.created_at >= since)
    taken = db.execute(_taking(free), {"channel_name": channel, "now": now, "most": most})
    return _with_states(db, list(taken.scalars()))


def claim_bundle(db: Connection, kind: str, channel: str, address: str) -> list[Any]:
    """Takes all other messages of a kind that wait for one address, to travel in one message (R16)."""
    taken = run(db, _take_bundle, {"wanted": kind, "channel_name": channel, "to": address})
    return _with_states(db, list(taken.scalars()))


def _with_states(db: Connection, ids: list[int]) -> list[Any]:
    return [row for some in batched(ids) for row in fetch(db, _claimed, {"ids": list(some)})]


def newest_faces(db: Connection, channel: str, ticket_ids: Sequence[int]) -> set[int]:
    """The rows that are the newest face of a card and not sent yet; an older one is not wanted any more."""
    found = fetch(db, _newest_faces, {"channel_name": channel, "tickets": list(ticket_ids)}) if ticket_ids else ()
    return {row[2] for row in found}


def begin_attempts(db: Connection, rows: Iterable[Any], now: datetime) -> None:
    """Records the attempts before anything is dialled."""
    values = [{"outbox_id": row.id, "number": row.attempts, "started_at": now, "outcome": "begun"} for row in rows]
    if values:
        run(db, insert_new(db, attempt), values)


def payloads(db: Connection, ids: Sequence[int]) -> dict[int, bytes]:
    """The bytes that earlier attempts of these rows have fixed."""
    if not ids:
        return {}
    return {row.outbox_id: row.raw for row in db.execute(select(payload).where(payload.c.outbox_id.in_(ids)))}


def keep_payloads(db: Connection, raws: dict[int, bytes]) -> None:
    """Fixes the bytes of these rows for all later attempts."""
    if raws:
        run(db, insert_new(db, payload), [{"outbox_id": key, "raw": raw} for key, raw in raws.items()])


# ---- results ----


_attempt_ends = update(attempt).where(
    attempt.c.outbox_id == bindparam("row"), attempt.c.number == bindparam("try_no"), attempt.c.outcome == "begun"
)
_attempt_ends = _attempt_ends.values(
    ended_at=bindparam("at"), outcome=bindparam("how"), code=bindparam("reply_code"), text=bindparam("reply")
)
_ends = update(outbox).where(outbox.c.id == bindparam("row"), outbox.c.state != DEAD)
_ends = _ends.values(
    state=bindparam("new_state"),
    outcome=bindparam("how"),
    ended_at=bindparam("at"),
    external_id=bindparam("external"),
    next_try_at=None,
)


def end_attempts(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Records how attempts ended: row, try_no, at, how, reply_code, reply."""
    if rows:
        run(db, _attempt_ends, rows)


def end(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Ends rows: row, new_state, how, at, external."""
    if rows:
        run(db, _ends, rows)


def waiting_alerts(db: Connection) -> list[Any]:
    """The alerts that have not left yet: id, clock_id, facts."""
    rows = select(outbox.c.id, outbox.c.clock_id, outbox.c.facts)
    return list(db.execute(rows.where(outbox.c.state == PENDING, outbox.c.kind == "alert")))


def drop(db: Connection, ids: Sequence[int], reason: str, now: datetime) -> None:
    """Ends rows that are not wanted any more, with the reason. What travelled with them goes on by itself."""
    _set(db, ids, state=DROPPED, outcome=reason, ended_at=now, next_try_at=None)
    for some in batched(ids):
        left = update(outbox).where(outbox.c.carried_by_id.in_(some), outbox.c.state == CARRIED)
        unsure = or_(outbox.c.unsure, _carrier_unsure)
        db.execute(left.values(state=PENDING, carried_by_id=None, unsure=unsure, next_try_at=now, ended_at=None))


def drop_to(db: Connection, person_id: int, reason: str, now: datetime) -> None:
    """Ends all rows that wait for a person."""
    waiting = select(outbox.c.id).where(outbox.c.person_id == person_id, outbox.c.state == "pending")
    while found := db.execute(waiting).scalars().all():
        for ids in batched(found):
            drop(db, ids, reason, now)


def carry(db: Connection, ids: Sequence[int], carrier: int, now: datetime) -> None:
    """Lets rows travel in another row's message, with what travelled in theirs."""
    for some in batched(ids):
        db.execute(update(outbox).where(outbox.c.carried_by_id.in_(some)).values(carried_by_id=carrier))
    _set(db, ids, state=CARRIED, carried_by_id=carrier, ended_at=now, next_try_at=None)


def carried_by(db: Connection, outbox_id: int) -> list[Any]:
    """The rows that travel in this one's message."""
    return list(db.execute(_carried, {"carrier": outbox_id}))


def retry(db: Connection, outbox_id: int, at: datetime, outcome: str, *, unsure: bool) -> None:
    """Puts a row back for a later try; `unsure` marks that an earlier one may have arrived (P6)."""
    values: dict[str, Any] = {"state": PENDING, "next_try_at": at, "outcome": outcome}
    if unsure:
        values["unsure"] = True
    _set(db, [outbox_id], **values)


def newest_attempts(db: Connection, channel: str, most: int) -> list[datetime]:
    """When the newest messages of a channel were tried, the newest first."""
    tried = select(attempt.c.started_at).join(outbox, outbox.c.id == attempt.c.outbox_id)
    tried = tried.where(outbox.c.channel == channel).order_by(attempt.c.id.desc()).limit(most)
    return list(db.execute(tried).scalars())


def put_back(db: Connection, ids: Sequence[int], until: datetime) -> None:
    """Undoes a claim of which nothing was tried; the rows are due again at that instant."""
    _set(db, ids, state=PENDING, attempts=outbox.c.attempts - 1, next_try_at=until)


def returned(db: Connection, outbox_id: int, code: str, now: datetime) -> None:
    """A mail that its relay took has come back, perhaps before we have written down that it was taken."""
    taken = update(attempt).where(attempt.c.outbox_id == outbox_id, attempt.c.outcome.in_(("begun", "sent")))
    db.execute(taken.values(outcome="returned", code=code, ended_at=now))


def _set(db: Connection, ids: Sequence[int], **values: Any) -> None:
    for some in batched(ids):
        db.execute(update(outbox).where(outbox.c.id.in_(some)).values(**values))


def in_hand(db: Connection) -> list[Any]:
    """At start: the rows that a dead process was sending. Whether they arrived is unknown."""
    return list(db.execute(select(outbox).where(outbox.c.state == SENDING).order_by(outbox.c.id)))


def next_try_at(db: Connection, channel: str) -> datetime | None:
    """When the next row of a channel is due."""
    at: datetime | None = fetch_value(db, _next_try, {"channel_name": channel})
    return at


# ---- asking ----


def sent_since(db: Connection, address: str, kinds: Sequence[str], since: datetime) -> int:
    """How many messages of these kinds were decided for an address since then (budgets)."""
    return int(fetch_value(db, _sent_since(tuple(kinds)), {"to": address, "since": since}))


@cache
def _sent_since(kinds: tuple[str, ...]) -> Select[int]:
    mine = and_(outbox.c.address == bindparam("to"), outbox.c.created_at >= bindparam("since"))
    return select(func.count()).where(mine, or_(*(outbox.c.kind == kind for kind in kinds)))


def by_message_id(db: Connection, message_ids: Sequence[str], *, row: int | None = None) -> Any | None:
    """The mail that bears one of these Message-IDs, or is this row."""
    named = and_(outbox.c.message_id.in_(message_ids), outbox.c.message_id != "") if row is None else outbox.c.id == row
    return db.execute(select(outbox).where(named).limit(1)).first()


def sent_to_domain_since(db: Connection, domain: str, kinds: Sequence[str], since: datetime) -> int:
    """The same for all addresses of a mail domain."""
    mine = and_(outbox.c.address.endswith("@" + domain, autoescape=True), outbox.c.kind.in_(kinds))
    return db.execute(select(func.count()).where(mine, outbox.c.created_at >= since)).scalar_one()


def everything(db: Connection, ticket_id: int | None = None, *, most: int | None = None) -> Iterator[Any]:
    """The rows (only the newest `most`), oldest first, with their tickets' numbers and the bytes that were sent."""
    mine = true() if ticket_id is None else outbox.c.ticket_id == ticket_id
    wanted = select(outbox.c.id).where(mine).order_by(outbox.c.id.desc()).limit(most) if most else None
    rows = select(outbox, ticket.c.number, payload.c.raw).outerjoin(ticket).outerjoin(payload)
    rows = rows.where(mine if wanted is None else outbox.c.id.in_(wanted)).order_by(outbox.c.id)
    yield from db.execute(rows, execution_options={"yield_per": 200})


def unsent_of(db: Connection, ticket_id: int) -> list[Any]:
    """The mails to a ticket's requester that are given up, or have been tried or put off and not left yet."""
    return list(db.execute(_unsent_of, {"wanted": ticket_id}))


def unreached(db: Connection, ids: Sequence[int]) -> set[int]:
    """Of these tickets, those whose newest solution mail to somebody could not be delivered."""
    told = outbox.c.kind.in_(("solution", "sheet")) & (outbox.c.audience == "requester") & (outbox.c.state != DROPPED)
    rows = select(outbox.c.ticket_id, outbox.c.address, outbox.c.state).where(outbox.c.ticket_id.in_(list(ids)), told)
    newest = {(row.ticket_id, row.address): row.state for row in db.execute(rows.order_by(outbox.c.id))}
    return {ticket for (ticket, _), state in newest.items() if state == DEAD}


def open_counts(db: Connection) -> dict[str, int]:
    """How many rows wait to be sent, and how many are being sent, by state."""
    rows = select(outbox.c.state, func.count()).where(or_(outbox.c.state == PENDING, outbox.c.state == SENDING))
    return {row[0]: row[1] for row in db.execute(rows.group_by(outbox.c.state))}


# ---- cards and buttons ----


def hang_cards(db: Connection, hung: Sequence[tuple[Any, dict[str, Any]]]) -> None:
    """Remembers where tickets' cards hang: (row, external_id and topic of the message)."""
    values = [
        {"ticket_id": row.ticket_id, "channel": row.channel, "address": row.address, **place} for row, place in hung
    ]
    if values:
        run(db, insert_or_update(db, card, ("ticket_id", "channel", "address"), tuple(hung[0][1])), values)


def hanging_cards(db: Connection, channel: str, ticket_ids: Sequence[int]) -> dict[tuple[int, str], Any]:
    """The cards that hang there (external_id, topic, topic_open), by ticket and address."""
    found = fetch(db, _hanging, {"channel_name": channel, "tickets": list(ticket_ids)}) if ticket_ids else ()
    return {(row.ticket_id, row.address): row for row in found}


def ticket_of_message(db: Connection, channel: str, address: str, external_id: str) -> int | None:
    """The ticket that a message of ours in a chat is about, by the channel's id of the message."""
    found = db.execute(_about, {"message": external_id, "to": address, "channel_name": channel}).scalars().first()
    return int(found) if found is not None else None


def link_alarms(db: Connection, pairs: Sequence[dict[str, Any]]) -> None:
    """Notes which row carries an alarm: clock, rung, person, row, second."""
    link = update(alarm).where(
        alarm.c.clock_id == bindparam("clock"), alarm.c.rung == bindparam("step"), alarm.c.person_id == bindparam("who")
    )
    if pairs:
        db.execute(link.values(outbox_id=bindparam("row"), second_way_at=bindparam("second")), list(pairs))


def retry_at_once(db: Connection, ids: Sequence[int], now: datetime) -> None:
    """Makes those of the rows due that wait for a later try."""
    if ids:
        db.execute(update(outbox).where(outbox.c.id.in_(ids), outbox.c.state == PENDING).values(next_try_at=now))
