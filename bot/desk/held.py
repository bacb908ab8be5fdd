"""Mails of strangers that bear a good token: the desk reads each, and lets it onto the ticket or leaves it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import announce, readers_of
from bot.desk.journal import record
from bot.desk.merging import belongs
from bot.desk.work import Work
from bot.domain.ticket import OPEN, SOLVED
from storage import journal, outbox, people, tickets
from storage.participants import Participant
from storage.tickets import Ticket

LEFT_OUT = "left_out"
REMINDED = timedelta(days=14)
"""So long the desk is reminded each morning."""


@dataclass(frozen=True, slots=True)
class Held:
    """A mail that waits: its entry, whose address it names ("" where it named none), her name, when, and its words."""

    entry: int
    sender: str
    name: str
    at: datetime
    text: str
    notes: tuple[str, ...]


def waiting(work: Work, ticket: Ticket) -> list[Held]:
    """Held mails that nobody has decided on, oldest first; without colleagues' own mails (`/counts`)."""
    gone = {row.facts["entry"] for row in journal.of_ticket(work.db, ticket.id) if row.kind == LEFT_OUT}
    found = [one for one in tickets.entries(work.db, ticket.id) if one.kind == "held" and one.id not in gone]
    rows = [row for row in outbox.everything(work.db, ticket.id) if row.event == "held"] if found else []
    senders = {row.facts["entry"]: row.facts["sender"] for row in rows if "@" in row.facts["sender"]}
    return [
        Held(one.id, senders.get(one.id, ""), one.author, one.created_at, one.text, tuple(one.notes))
        for one in found
        if not _is_staffs(work, one.author_id)
    ]


def undecided(work: Work) -> list[dict[str, Any]]:
    """The tickets with mails of the last weeks that nobody has decided on: how many on each."""
    counts = [(one.number, len(waiting(work, one))) for one in tickets.with_held(work.db, work.now - REMINDED)]
    return [{"number": work.house.name_of(number), "count": count} for number, count in counts if count]


def _is_staffs(work: Work, author_id: int | None) -> bool:
    author = people.by_id(work.db, author_id)
    return author is not None and bool(author.roles)


def let_in(work: Work, ticket: Ticket, one: Held) -> None:
    """Adds a held mail to the ticket, as from an unproven sender; the engineer is told."""
    tickets.change_entry(work.db, one.entry, kind="mail")
    record(work, ticket, ("approved", {"entry": one.entry}))
    words = {"text": one.text[: about.EXCERPT], "author": one.name, "unproven": True}
    words["left_out"] = list(about.left_out(one.notes))
    announce(work, tickets.surviving(work.db, ticket), "answered", words, key=str(one.entry))


def leave_out(work: Work, ticket: Ticket, one: Held) -> None:
    """It is kept, and no part of the ticket; its sender hears nothing."""
    record(work, ticket, (LEFT_OUT, {"entry": one.entry}))


def may_take_part(work: Work, ticket: Ticket, one: Held) -> bool:
    """Whether its sender is one of the customer's who takes no part yet: one press, and her next mail is not held."""
    going_on = tickets.surviving(work.db, ticket)
    person = people.by_contact(work.db, "mail", one.sender) if one.sender else None
    reader = Participant(one.sender, one.name, ticket.locale, person.id if person else None, False, True, "", "")
    there = {known.address for known in readers_of(work, going_on)}
    alive = going_on.state in OPEN | {SOLVED}
    return alive and one.sender not in {"", *there} and belongs(work, ticket.customer_id, reader)
