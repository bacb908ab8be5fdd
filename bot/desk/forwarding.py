"""Staff passes on a user's mail: the ticket is hers, and she is written to once somebody has confirmed who she is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import announce, readers_of
from bot.desk.journal import record, settle
from bot.desk.levels import reconsider
from bot.desk.mailroom import open_of, same_words_again
from bot.desk.merging import belongs
from bot.desk.opening import Opened, Report, confirmation, home_of
from bot.desk.threads import find_thread
from bot.desk.work import Work
from bot.domain.forwarded import Forwarded, read_forwarded
from bot.domain.language import language_of
from bot.domain.messages import ParsedMail
from bot.domain.ticket import OPEN, SOLVED, MoveRefusedError
from storage import inbox, journal, participants, people, tickets
from storage.participants import Participant
from storage.people import Person
from storage.tickets import Ticket

RULE = "staff-forward"


class ElsewhereError(Exception):
    """Somebody belongs to another customer than the ticket; `customer` is that one's name."""

    def __init__(self, customer: str) -> None:
        super().__init__(customer)
        self.customer = customer


def take_in_forwarded(work: Work, row: Any, mail: ParsedMail, named: str) -> str:
    """Makes a ticket of the mail that the speaker forwards, and ends its inbox row. Gives the outcome.

    `named` is the address that stands beside the mark, or "". Her words and subject are the ticket's; what the speaker
    wrote above is a note. Who she is, is shown to the speaker alone, and nothing is written to her.
    """
    if again := same_words_again(work, row, mail):
        inbox.finish(work.db, row.id, "duplicate", work.now, ticket_id=again.id, message_id=mail.message_id)
        return "duplicate"
    found = read_forwarded(mail.text, mail.subject)
    name, address = about.writer_of(work, found)
    guess = named or address
    guess = "" if guess in {mail.sender, *work.house.own_addresses} else guess
    thread = find_thread(work, mail)
    ticket = open_of(work, row, _hers(mail, found, guess), quiet=False, thread=thread, guessed=True)
    if found.comment:
        who = {"author_id": work.actor.id, "author": work.actor.name, "created_at": row.received_at}
        entry = tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", text=found.comment, **who)
        record(work, ticket, ("noted", {"entry": entry}), at=row.received_at)
    _ask(work, ticket, name if guess == address else "", guess)
    facts = {"ticket_id": ticket.id, "message_id": mail.message_id, "reasons": [RULE]}
    inbox.finish(work.db, row.id, "ticket", work.now, **facts)
    return "ticket"


def _hers(mail: ParsedMail, found: Forwarded, guess: str) -> ParsedMail:
    """The mail as she would have sent it: what the speaker wrote, and whom he wrote to, is not hers."""
    words = found.text or mail.text
    return replace(
        mail,
        sender=guess,
        sender_name=found.name,
        subject=found.subject,
        new_text=words,
        language=language_of(words, found.subject),
        to=(),
        cc=(),
        notes=(*mail.notes, about.FORWARDED),
    )


def _ask(work: Work, ticket: Ticket, name: str, address: str) -> None:
    """Shows the colleague who forwarded it whose it seems to be."""
    person = people.by_contact(work.db, "mail", address) if address else None
    customer = home_of(work, person, address) if address else None
    facts: dict[str, Any] = {"guess_name": (person.name if person else "") or name, "guess_address": address}
    facts |= {"customer": (customer.name or customer.key) if customer else "", "known": person is not None}
    announce(work, ticket, "forwarded", facts, person=work.actor.id)


def name_requester(work: Work, ticket: Ticket, address: str, name: str) -> Ticket:
    """Sets the ticket's requester: its mails go to this address from now on, the first one at once.

    Raises MoveRefusedError where the ticket is over, ElsewhereError where she is another customer's.
    """
    going_on = tickets.surviving(work.db, ticket)
    if going_on.state not in OPEN | {SOLVED}:
        raise MoveRefusedError("requester", going_on.state)
    person = people.by_contact(work.db, "mail", address)
    home = home_of(work, person, address)
    if home and home.id != ticket.customer_id:
        raise ElsewhereError(home.name or home.key)
    first = next(iter(tickets.entries(work.db, ticket.id)), None)
    guess_name, guess_address = about.guessed(work, ticket, first)
    ticket = _change(work, ticket, person, address, name or (guess_name if guess_address == address else ""))
    if going_on.id != ticket.id:
        _join(work, ticket, going_on)
        return ticket
    place = {"place": person.place} if person and person.place and not ticket.place else {}
    reconsider(work, ticket, **place)
    _greet(work, tickets.get(work.db, ticket.id), ticket)
    return ticket


def _join(work: Work, merged: Ticket, ticket: Ticket) -> None:
    """Her ticket was merged before she was known: she now takes part in the surviving one, like others who reported it.

    Raises ElsewhereError for somebody of whom nothing says that she is the customer's.
    """
    reader, *_ = readers_of(work, merged)
    if not belongs(work, ticket.customer_id, reader):
        raise ElsewhereError("")
    last = merged
    while last.merged_into_id not in {None, ticket.id}:
        last = tickets.get(work.db, last.merged_into_id)
    participants.join(work.db, ticket.id, last.id, [reader])
    _greet(work, tickets.change(work.db, ticket.id), merged, reader)


def _change(work: Work, ticket: Ticket, person: Person | None, address: str, name: str) -> Ticket:
    ticket = tickets.change(
        work.db,
        ticket.id,
        requester_id=person.id if person else None,
        requester_name=(person.name if person else "") or name,
        requester_address=address,
        known_sender=True,  # by a colleague's word
        quiet=False,
        locale=(person.language if person else "") or ticket.locale,
        first_message_id="",
        last_message_id="",
    )
    record(work, ticket, ("requester", {"person": ticket.requester_id}))
    return ticket


def _greet(work: Work, ticket: Ticket, hers: Ticket, reader: Participant | None = None) -> None:
    """Her first mail: that it has arrived, or, where it is done already, what was done. `hers`: what she reported.

    `reader`: she takes part in a ticket that others have reported, too.
    """
    readers = (reader,) if reader else None
    if ticket.state == SOLVED:
        solution = [one for one in tickets.entries(work.db, ticket.id) if one.kind == "solution"][-1:]
        said = {"text": solution[0].text if solution else "", "author": solution[0].author if solution else ""}
        announce(
            work, ticket, "solved", {**said, "reopen_days": work.house.reopen_days}, key="requester", readers=readers
        )
        return
    first = next(iter(tickets.entries(work.db, hers.id)), None)
    report = Report(
        address=hers.requester_address,
        name=hers.requester_name,
        subject=hers.subject,
        text=first.text if first else "",
        language=hers.locale,
        received_at=hers.opened_at,
        person=people.by_id(work.db, hers.requester_id),
        kind=hers.kind,
        notes=about.left_out(first.notes) if first else (),
    )
    by = _forwarder(work, hers) if first is not None and about.FORWARDED in first.notes else work.actor.name
    facts = confirmation(work, Opened(ticket, settle(work, ticket)), report, forwarded_by=by)
    announce(work, ticket, "requester", facts, readers=readers)


def _forwarder(work: Work, ticket: Ticket) -> str:
    opened = next(row for row in journal.of_ticket(work.db, ticket.id) if row.kind == "opened")
    return about.name_of_person(work, opened.actor_id)
