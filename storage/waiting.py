"""What waits in the outbox because its channel does not take it: looked for, put off, left behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from storage.models import outbox
from storage.outbox import DEAD, PENDING, SENDING
from storage.sql import change_row

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_waiting_for_staff = select(outbox).where(
    outbox.c.state == PENDING,
    outbox.c.channel == bindparam("channel_name"),
    outbox.c.person_id.is_not(None),
    outbox.c.audience != "requester",
    outbox.c.event != "command",
    outbox.c.created_at <= bindparam("before"),
    outbox.c.created_at > bindparam("after"),
)
_older = select(outbox).where(
    outbox.c.state == PENDING,
    outbox.c.channel == bindparam("channel_name"),
    outbox.c.created_at < bindparam("before"),
)
_untried = (
    select(outbox.c.id, outbox.c.facts)
    .where(
        outbox.c.ticket_id == bindparam("wanted"),
        outbox.c.kind == bindparam("kind"),
        outbox.c.channel == bindparam("channel_name"),
        outbox.c.address == bindparam("to"),
        outbox.c.state == PENDING,
        outbox.c.attempts == 0,
    )
    .order_by(outbox.c.id.desc())
    .limit(1)
)
_under_way = select(outbox.c.ticket_id, outbox.c.address).where(
    outbox.c.kind == "card",
    outbox.c.state == SENDING,
    outbox.c.channel == bindparam("channel_name"),
    outbox.c.ticket_id.in_(bindparam("tickets", expanding=True)),
    outbox.c.id.not_in(bindparam("claimed", expanding=True)),
)
_let_go = (
    update(outbox)
    .where(
        outbox.c.kind == "card",
        outbox.c.state == PENDING,
        outbox.c.ticket_id == bindparam("wanted"),
        outbox.c.channel == bindparam("channel_name"),
        outbox.c.address == bindparam("to"),
        outbox.c.id > bindparam("face"),
        outbox.c.next_try_at > bindparam("now"),
    )
    .values(next_try_at=bindparam("now"))
)
_newest_cards = (
    select(func.max(outbox.c.id))
    .where(
        outbox.c.address == bindparam("to"),
        outbox.c.channel == bindparam("channel_name"),
        outbox.c.kind == "card",
        outbox.c.ticket_id.is_not(None),
    )
    .group_by(outbox.c.ticket_id)
)
_not_taken = select(outbox.c.ticket_id).where(outbox.c.id.in_(_newest_cards), outbox.c.state == DEAD)


def put_off(db: Connection, channel: str, now: datetime, until: datetime, reason: str) -> None:
    """Lets whatever is due on a channel wait until an instant, with the reason."""
    due = update(outbox).where(outbox.c.state == PENDING, outbox.c.channel == channel, outbox.c.next_try_at <= now)
    db.execute(due.values(next_try_at=until, outcome=reason))


def hold(db: Connection, place: tuple[str, str], now: datetime, until: datetime, *, urgent: bool) -> None:
    """Lets what is due in a chat (channel, address) wait until an instant: all that is urgent, or all that is not."""
    mine = (outbox.c.channel == place[0]) & (outbox.c.address == place[1]) & (outbox.c.urgent == urgent)
    due = update(outbox).where(mine, outbox.c.state == PENDING, outbox.c.next_try_at <= now)
    db.execute(due.values(next_try_at=until))


def strand(db: Connection, channels: Sequence[str]) -> list[Any]:
    """At start: the rows that wait for a channel that is not there any more."""
    lost = outbox.c.channel.not_in(channels)
    return list(db.execute(select(outbox).where(outbox.c.state == PENDING, lost).order_by(outbox.c.id)))


def for_staff(db: Connection, channel: str, before: datetime, *, after: datetime = LONG_AGO) -> list[Any]:
    """What members of staff wait for on a channel, decided between two instants (answers to commands aside)."""
    return list(db.execute(_waiting_for_staff, {"channel_name": channel, "before": before, "after": after}))


def older_than(db: Connection, channel: str, before: datetime) -> list[Any]:
    """What waits on a channel since before an instant."""
    return list(db.execute(_older, {"channel_name": channel, "before": before}))


def count(db: Connection, channel: str) -> int:
    """How many messages wait on a channel."""
    mine = (outbox.c.state == PENDING, outbox.c.channel == channel)
    return db.execute(select(func.count()).select_from(outbox).where(*mine)).scalar_one()


def not_taken(db: Connection, place: tuple[str, str]) -> set[int]:
    """The tickets whose newest card a chat (channel, address) has refused."""
    return set(db.scalars(_not_taken, {"channel_name": place[0], "to": place[1]}))


def under_way(db: Connection, channel: str, ticket_ids: Sequence[int], claimed: Sequence[int]) -> set[tuple[int, str]]:
    """The cards (ticket, address) of which a face is being sent, other than what has just been claimed."""
    asked = {"channel_name": channel, "tickets": list(ticket_ids), "claimed": list(claimed)}
    return {(row.ticket_id, row.address) for row in db.execute(_under_way, asked)}


def go_on(db: Connection, faces: Sequence[Any], now: datetime) -> None:
    """Newer faces of these cards, whose sending has ended, wait no longer."""
    for row in faces:
        here = {"channel_name": row.channel, "to": row.address, "wanted": row.ticket_id}
        db.execute(_let_go, {**here, "face": row.id, "now": now})


def untried(db: Connection, ticket_id: int, kind: str, place: tuple[str, str]) -> Any | None:
    """The newest message of a kind about a ticket to a chat (channel, address) that waits for its first try."""
    asked = {"wanted": ticket_id, "kind": kind, "channel_name": place[0], "to": place[1]}
    return db.execute(_untried, asked).first()


def reword(db: Connection, outbox_id: int, facts: dict[str, Any]) -> None:
    """Other facts for a message that nobody has tried to send yet."""
    change_row(db, outbox, outbox_id, {"facts": facts})


def put_in_thread(db: Connection, outbox_id: int, in_reply_to: str, references: Sequence[str]) -> None:
    """Makes a mail that nobody has tried to send yet an answer to another one; `references` is oldest first."""
    change_row(db, outbox, outbox_id, {"in_reply_to": in_reply_to, "references": list(references)})
