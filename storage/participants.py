"""Who besides the requester takes part in a ticket, since theirs were merged into it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

from sqlalchemy import Connection, bindparam, delete, select, update

from storage.models import participant
from storage.sql import insert_new, run


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who hears of a ticket by mail, with the ends of her own thread; `quiet`: by no automatic mail."""

    address: str
    name: str
    locale: str
    person_id: int | None
    quiet: bool
    known_sender: bool
    first_message_id: str
    last_message_id: str


_columns = [participant.c[field.name] for field in fields(Participant)]
_of_ticket = select(*_columns).where(participant.c.ticket_id == bindparam("wanted")).order_by(participant.c.address)


def of_ticket(db: Connection, ticket_id: int) -> list[Participant]:
    """Everybody but the requester."""
    return [Participant(*row) for row in db.execute(_of_ticket, {"wanted": ticket_id})]


def join(db: Connection, ticket_id: int, through: int, people: Iterable[Participant]) -> None:
    """Lets people take part, through the ticket of theirs that was merged; who does already stays as she is."""
    rows = [{"ticket_id": ticket_id, "from_id": through, **asdict(one)} for one in people]
    if rows:
        run(db, insert_new(db, participant), rows)


def leave(db: Connection, ticket_id: int, through: int) -> None:
    """Ends the part of those who came through a ticket."""
    db.execute(delete(participant).where(participant.c.ticket_id == ticket_id, participant.c.from_id == through))


def wrote(db: Connection, ticket_id: int, address: str, message_id: str) -> None:
    """The newest mail of her thread."""
    hers = update(participant).where(participant.c.ticket_id == ticket_id, participant.c.address == address)
    db.execute(hers.values(last_message_id=message_id))
