"""Words of the desk to many requesters at once: of an outage, of a customer, or at a place (service plan 4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.desk.announce import REQUESTER, TABLE, announce, readers_of
from bot.desk.journal import record, settle
from bot.desk.merging import belongs
from bot.desk.message_ids import plain_id
from bot.desk.work import Work
from bot.domain.ticket import OPEN, SOLVED
from storage import journal, outbox, people, tickets
from storage.participants import Participant
from storage.tickets import Ticket

OUTAGE, CUSTOMER, PLACE = "outage", "customer", "place"
EVENT, WRITTEN = "notice", "noticed"
"""The message's event in the table, and what the journal says of it."""


class SentAlreadyError(Exception):
    """The same words went to the same people today."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a notice is for: who has reported an outage (its master is `ticket`), or a customer's people, or a place's.

    `name` is what people call it. `customer_id` narrows it to one customer; None for all.
    """

    kind: str
    name: str
    ticket: Ticket | None = None
    customer_id: int | None = None


Letters = dict[str, tuple[Participant, Ticket | None]]
"""Address → who it is, and the ticket of hers that it is about."""


def letters(work: Work, scope: Scope) -> Letters:
    """Who will get the notice, each address once."""
    found: Letters = {}
    for reader, ticket in _about(work, scope.ticket) if scope.ticket else _people(work, scope):
        if reader.address and reader.address not in work.house.own_addresses:
            found.setdefault(reader.address, (reader, ticket))
    return found


def _about(work: Work, master: Ticket) -> Iterator[tuple[Participant, Ticket]]:
    for ticket in _tickets(work, master):
        yield from ((reader, ticket) for reader in readers_of(work, ticket))


def _tickets(work: Work, master: Ticket) -> list[Ticket]:
    """The master, and what is linked to it and not closed."""
    return [master, *(one for one in tickets.linked_to(work.db, master.id) if one.state in OPEN | {SOLVED})]


def _people(work: Work, scope: Scope) -> Iterator[tuple[Participant, None]]:
    """The directory's people, and whoever of the customer's has an open ticket."""
    place = scope.name if scope.kind == PLACE else None
    for person, address in people.mailable(work.db, customer_id=scope.customer_id, place=place):
        locale = person.language or work.house.customer(person.customer_id or 0).locale
        yield Participant(address, person.name, locale, person.id, False, True, "", ""), None
    for ticket in tickets.find(work.db, customer_id=scope.customer_id):
        if place is None or ticket.place == place:
            mine = (one for one in readers_of(work, ticket) if belongs(work, ticket.customer_id, one))
            yield from ((replace(one, first_message_id="", last_message_id=""), None) for one in mine)


def send(work: Work, scope: Scope, text: str) -> int:
    """Writes to all of them, and says so in the journal. Gives to how many.

    To those of an outage it is a person's word about their tickets, so it counts as the response (R5). Raises
    SentAlreadyError.
    """
    whole = letters(work, scope)
    today = work.house.office.local_date(work.now).isoformat()
    mark = hashlib.sha256(f"{scope.kind} {scope.name} {today} {text}".encode()).hexdigest()[:16]
    history = journal.of_ticket(work.db, scope.ticket.id) if scope.ticket else journal.of_the_desk(work.db, WRITTEN)
    if any(row.kind == WRITTEN and row.facts.get("mark") == mark for row in history):
        raise SentAlreadyError
    facts = {"text": text, "author": work.actor.name, "scope": scope.kind, "name": scope.name}
    if scope.ticket:
        _on_tickets(work, scope.ticket, whole, facts, mark)
    else:
        outbox.put(work.db, [_row(work, reader, facts, mark) for reader, _ in whole.values()], work.now)
        record(work, None, (WRITTEN, {"mark": mark, "kind": scope.kind, "name": scope.name, "count": len(whole)}))
    return len(whole)


def _on_tickets(work: Work, master: Ticket, whole: Letters, facts: dict[str, Any], mark: str) -> None:
    for ticket in _tickets(work, master):
        who = {"author_id": work.actor.id, "author": work.actor.name, "created_at": work.now}
        entry = tickets.add_entry(work.db, ticket_id=ticket.id, kind="reply", text=facts["text"], **who)
        record(work, ticket, ("contacted", {"entry": entry}), (WRITTEN, {"entry": entry, "mark": mark}))
        settle(work, ticket)
        mine: Sequence[Participant] = [reader for reader, its in whole.values() if its and its.id == ticket.id]
        announce(work, ticket, EVENT, {**facts, "entry": entry}, key=mark, readers=tuple(mine))


def _row(work: Work, reader: Participant, facts: dict[str, Any], mark: str) -> dict[str, Any]:
    """A mail without a ticket; a reply to it is a new fault."""
    key = f"{EVENT}:{mark}:{reader.address}"
    common = {"tag": f"[{work.house.prefix}]", "number": "", "zone": work.house.zone, "by_hand": True}
    return {
        "dedup_key": key,
        "event": EVENT,
        "kind": TABLE[EVENT][0].kind,
        "audience": REQUESTER,
        "person_id": reader.person_id,
        "channel": "mail",
        "address": reader.address,
        "locale": reader.locale,
        "facts": {**common, **facts, "recipient_name": reader.name},
        "message_id": plain_id(work, key),
    }
