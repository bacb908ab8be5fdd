"""Which ticket a mail belongs to, and how far its claim can be trusted (decisions, Mail: Threading)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.desk.announce import IT_DEPARTMENT, readers_of
from bot.desk.work import Work
from bot.domain.mail import refs_in, subject_tags, verify_thread_id
from bot.domain.messages import ParsedMail
from bot.domain.subjects import number_named
from storage import inbox, outbox, people, tickets
from storage.participants import Participant
from storage.tickets import Ticket

OWN, UNPROVEN, STRANGER, STAFF, DEPARTMENT = "own", "unproven", "stranger", "staff", "department"
ABOUT_A_DEVICE = frozenset({"loan", "progress", "repair"})
"""Kinds of our mails that tell of a loan or a repair."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A ticket that a mail refers to, and how far to trust it.

    `own`: our signed token, from a participant: it may act. `unproven`: a participant's From without a token: kept,
    changes nothing. `stranger`: a good token from somebody else: held for approval. `staff`: a colleague's own
    mail to the requester, of which we got a copy: held until she says that it counts. `department`: the customer's IT
    department answers what we wrote to it: kept and told, changes nothing. `rule` is what refers to it.
    """

    ticket: Ticket
    trust: str
    rule: str


def find_thread(work: Work, mail: ParsedMail) -> Thread | None:
    """The ticket that the mail continues; None when nothing proves a claim: then it is a new fault.

    What belongs to a merged ticket goes to the one that goes on.
    """
    signed = _signed(work, mail)
    if signed:
        ticket = _going_on(work, tickets.by_number(work.db, signed[0]))
        outside = _outside(work, ticket, mail) if ticket else STRANGER
        trust = OWN if ticket and takes_part(work, ticket, mail.sender) else outside
        return Thread(ticket, trust, f"signed-id:{trust}") if ticket else None
    claimed, rule = _claimed(work, mail)
    ticket = _going_on(work, claimed)
    if ticket and takes_part(work, ticket, mail.sender):
        return Thread(ticket, UNPROVEN, rule)
    return Thread(ticket, STAFF, f"{rule}:staff") if ticket and _is_colleagues(work, ticket, mail) else None


def named(work: Work, mail: ParsedMail) -> Ticket | None:
    """The ticket that the mail refers to by any mark, whoever wrote it."""
    signed = _signed(work, mail)
    return _going_on(work, tickets.by_number(work.db, signed[0]) if signed else _claimed(work, mail)[0])


def _signed(work: Work, mail: ParsedMail) -> tuple[int, int] | None:
    ids = (*mail.references, *refs_in(mail.new_text))
    return next((found for one in ids if (found := verify_thread_id(work.house.secret, one))), None)


def about_a_device(work: Work, mail: ParsedMail) -> bool:
    """Whether it answers a mail of ours about a loan or a repair: that the fault is there again is not said by that."""
    ours = _answered(work, mail)
    return ours is not None and ours.kind in ABOUT_A_DEVICE


def answers_a_notice(work: Work, mail: ParsedMail) -> bool:
    """Whether it answers words of the desk to many, which are on no ticket."""
    ours = _answered(work, mail)
    return ours is not None and ours.ticket_id is None


def _answered(work: Work, mail: ParsedMail) -> Any | None:
    """The mail of ours that it answers, as it stands in the outbox."""
    return outbox.by_message_id(work.db, mail.references[:1])


def _outside(work: Work, ticket: Ticket, mail: ParsedMail) -> str:
    """Who writes with a good token without taking part."""
    if _is_colleagues(work, ticket, mail):
        return STAFF
    ours = _answered(work, mail)
    theirs = ours is not None and ours.audience == IT_DEPARTMENT and ours.address == mail.sender
    return DEPARTMENT if theirs else STRANGER


def _is_colleagues(work: Work, ticket: Ticket, mail: ParsedMail) -> bool:
    """Whether it bears a colleague's name and went to who takes part, too."""
    person = people.by_contact(work.db, "mail", mail.sender) if mail.sender else None
    addressed = {one.address for one in (*mail.to, *mail.cc)}
    readers = {one.address for one in readers_of(work, ticket)}
    return bool(person and person.active and person.roles) and not addressed.isdisjoint(readers)


def _going_on(work: Work, ticket: Ticket | None) -> Ticket | None:
    return tickets.surviving(work.db, ticket) if ticket else None


def _claimed(work: Work, mail: ParsedMail) -> tuple[Ticket | None, str]:
    known = next((ticket for one in mail.references for ticket in inbox.tickets_of_message(work.db, one)), None)
    if known is not None:
        return tickets.get(work.db, known), "references"
    if tags := subject_tags(mail.subject, work.house.prefix):
        return tickets.by_number(work.db, tags[0]), "subject-tag"
    named = number_named(mail.subject, work.house.prefix)
    return (tickets.by_number(work.db, named), "subject-tag") if named else (None, "")


def takes_part(work: Work, ticket: Ticket, sender: str) -> bool:
    """Whether the address is the requester's or of somebody else who takes part."""
    return who_wrote(work, ticket, sender) is not None


def who_wrote(work: Work, ticket: Ticket, sender: str) -> Participant | None:
    """Whose address it is: the one she wrote from, or another one of hers in the directory."""
    if not sender:
        return None
    known = readers_of(work, ticket)
    mine = next((one for one in known if one.address == sender), None)
    if mine or not any(one.person_id for one in known):
        return mine
    person = people.by_contact(work.db, "mail", sender)
    return next((one for one in known if person and one.person_id == person.id), None)
