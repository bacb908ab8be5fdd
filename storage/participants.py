"""Who besides the requester takes part in a ticket: by a merge, or since they were in copy and the desk approves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from storage.models import participant
from storage.sql import fetch, insert_new, run


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who hears of a ticket by mail, with the ends of her own thread; `quiet`: by no automatic mail.

    `in_copy`: she reported nothing herself, she was in copy.
    """

    address: str
    name: str
    locale: str
    person_id: int | None
    quiet: bool
    known_sender: bool
    first_message_id: str
    last_message_id: str
    in_copy: bool = False

    @property
    def shown(self) -> str:
        """Name and address as people read them: for private eyes."""
        return f"{self.name} <{self.address}>" if self.name else self.address


_stored = [participant.c[field.name] for field in fields(Participant) if field.name != "in_copy"]
_columns = [*_stored, participant.c.from_id == participant.c.ticket_id]
_all_of_ticket = select(*_columns).where(participant.c.ticket_id == bindparam("wanted")).order_by(participant.c.address)
_of_ticket = _all_of_ticket.where(participant.c.approved)
_proposed = _all_of_ticket.where(participant.c.approved.is_(False))
_proposed_counts = (
    select(participant.c.ticket_id, func.count())
    .where(participant.c.approved.is_(False), participant.c.ticket_id.in_(bindparam("wanted", expanding=True)))
    .group_by(participant.c.ticket_id)
)


def of_ticket(db: Connection, ticket_id: int) -> list[Participant]:
    """Everybody but the requester."""
    return [Participant(*row) for row in fetch(db, _of_ticket, {"wanted": ticket_id})]


def join(db: Connection, ticket_id: int, through: int, people: Iterable[Participant]) -> None:
    """Lets people take part, through the ticket of theirs that was merged; who does already stays as she is."""
    rows = [_row(ticket_id, through, one) for one in people]
    if rows:
        addresses = [one["address"] for one in rows]
        waiting = (participant.c.ticket_id == ticket_id, participant.c.approved.is_(False))
        db.execute(delete(participant).where(*waiting, participant.c.address.in_(addresses)))
        run(db, insert_new(db, participant), rows)


def _row(ticket_id: int, through: int, one: Participant) -> dict[str, Any]:
    values = {name: value for name, value in asdict(one).items() if name != "in_copy"}
    return {"ticket_id": ticket_id, "from_id": through, **values}


def propose(db: Connection, ticket_id: int, people: Iterable[Participant]) -> None:
    """Keeps who was in copy of the ticket's own mail: they take part once somebody has approved it (`join`)."""
    rows = [_row(ticket_id, ticket_id, one) | {"approved": False} for one in people]
    if rows:
        run(db, insert_new(db, participant), rows)


def proposed(db: Connection, ticket_id: int) -> list[Participant]:
    """Who was in copy and does not take part yet."""
    return [Participant(*row) for row in db.execute(_proposed, {"wanted": ticket_id})]


def proposed_counts(db: Connection, ticket_ids: Sequence[int]) -> dict[int, int]:
    """How many were in copy of each ticket and do not take part yet; those without any are not there."""
    return {row[0]: row[1] for row in fetch(db, _proposed_counts, {"wanted": list(ticket_ids)})}


def remove(db: Connection, ticket_id: int, address: str) -> bool:
    """Ends the part of somebody who was in copy. Gives whether there was such a one."""
    hers = delete(participant).where(
        participant.c.ticket_id == ticket_id, participant.c.from_id == ticket_id, participant.c.address == address
    )
    return db.execute(hers).rowcount > 0


def leave(db: Connection, ticket_id: int, through: int) -> None:
    """Ends the part of those who came through a ticket."""
    db.execute(delete(participant).where(participant.c.ticket_id == ticket_id, participant.c.from_id == through))


def wrote(db: Connection, ticket_id: int, address: str, message_id: str) -> None:
    """The newest mail of her thread."""
    hers = update(participant).where(participant.c.ticket_id == ticket_id, participant.c.address == address)
    db.execute(hers.values(last_message_id=message_id))
