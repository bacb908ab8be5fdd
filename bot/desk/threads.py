"""Which ticket a mail belongs to, and how far its claim can be trusted (decisions, Mail: Threading)."""

from __future__ import annotations

from dataclasses import dataclass

from bot.desk.work import Work
from bot.domain.mail import subject_tags, verify_thread_id
from bot.domain.messages import ParsedMail
from storage import inbox, people, tickets
from storage.tickets import Ticket

OWN, UNPROVEN, STRANGER = "own", "unproven", "stranger"


@dataclass(frozen=True, slots=True)
class Thread:
    """A ticket that a mail refers to, and how far to trust it.

    `own`: our signed token, from a participant: it may act. `unproven`: a participant's From without a token: kept,
    changes nothing. `stranger`: a good token from somebody else: held for approval. `rule` is what refers to it.
    """

    ticket: Ticket
    trust: str
    rule: str


def find_thread(work: Work, mail: ParsedMail) -> Thread | None:
    """The ticket that the mail continues; None when nothing proves a claim: then it is a new fault."""
    signed = next((found for one in mail.references if (found := verify_thread_id(work.house.secret, one))), None)
    if signed:
        ticket = tickets.by_number(work.db, signed[0])
        trust = OWN if ticket and takes_part(work, ticket, mail.sender) else STRANGER
        return Thread(ticket, trust, f"signed-id:{trust}") if ticket else None
    ticket, rule = _claimed(work, mail)
    return Thread(ticket, UNPROVEN, rule) if ticket and takes_part(work, ticket, mail.sender) else None


def _claimed(work: Work, mail: ParsedMail) -> tuple[Ticket | None, str]:
    known = next((ticket for one in mail.references for ticket in inbox.tickets_of_message(work.db, one)), None)
    if known is not None:
        return tickets.get(work.db, known), "references"
    tags = subject_tags(mail.subject, work.house.prefix)
    return (tickets.by_number(work.db, tags[0]), "subject-tag") if tags else (None, "")


def takes_part(work: Work, ticket: Ticket, sender: str) -> bool:
    """Whether the address is the requester's (the one she wrote from, or another one of hers in the directory)."""
    if not sender:
        return False
    if sender == ticket.requester_address:
        return True
    person = people.by_contact(work.db, "mail", sender) if ticket.requester_id else None
    return person is not None and person.id == ticket.requester_id
