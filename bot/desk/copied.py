"""Who was in copy of a fault mail takes part once the desk has approved it: an answer of hers is a comment then."""

from __future__ import annotations

from collections.abc import Sequence

from bot.desk.announce import announce, readers_of
from bot.desk.journal import record
from bot.desk.merging import belongs
from bot.desk.moves import promised
from bot.desk.work import Work
from bot.domain.messages import ParsedMail
from storage import participants, people, tickets
from storage.participants import Participant
from storage.tickets import Ticket

MOST = 20
"""People of one mail who are kept: a longer list is a distribution list, and the mail itself names them all."""


def propose(work: Work, ticket: Ticket, mail: ParsedMail, recipients: Sequence[str]) -> None:
    """Keeps who else the mail was written to, other than ourselves and staff; nothing is sent to them.

    `recipients` are those of its envelope: what came in by them is ours.
    """
    if len(mail.to) + len(mail.cc) < 2 or ticket.quiet:  # noqa: PLR2004  -- one is the mailbox
        return
    named = {one.address: one for one in (*mail.to, *mail.cc) if one.address}
    known = {one.address for one in readers_of(work, ticket)} | work.house.own_addresses | {mail.sender}
    known |= {one.lower() for one in recipients}
    strangers = {address: one for address, one in named.items() if not known & {address, _without_tag(address)}}
    others = [_participant(work, ticket, address, one.name) for address, one in strangers.items()]
    participants.propose(work.db, ticket.id, [one for one in others if one][:MOST])


def _without_tag(address: str) -> str:
    """fault@desk.example for fault+tag@desk.example, which is ours as well."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def admit(work: Work, ticket: Ticket, addresses: list[str]) -> list[Participant]:
    """Lets these take part from now on, whether or not they were in copy; each is told once. Gives who is new."""
    waiting = {one.address: one for one in participants.proposed(work.db, ticket.id)}
    there = {one.address for one in readers_of(work, ticket)} | work.house.own_addresses
    asked = dict.fromkeys(one for one in addresses if one not in there)
    found = [waiting.get(one) or _participant(work, ticket, one, "") for one in asked]
    fresh = [one for one in found if one]
    if fresh:
        participants.join(work.db, ticket.id, ticket.id, fresh)
        ticket = tickets.change(work.db, ticket.id)
        record(work, ticket, ("joined", {"count": len(fresh)}))
        announce(work, ticket, "joined", {**promised(work, ticket), "by": work.actor.name}, readers=tuple(fresh))
    return fresh


def dismiss(work: Work, ticket: Ticket, address: str) -> bool:
    """Ends the part of somebody who was in copy, or who was proposed. Gives whether there was such a one."""
    gone = participants.remove(work.db, ticket.id, address)
    if gone:
        record(work, tickets.change(work.db, ticket.id), ("left", {}))
    return gone


def of_the_customer(work: Work, ticket: Ticket, found: list[Participant]) -> list[Participant]:
    """Those who belong to the ticket's customer: one press may let them all take part."""
    return [one for one in found if belongs(work, ticket.customer_id, one)]


def _participant(work: Work, ticket: Ticket, address: str, name: str) -> Participant | None:
    """Somebody as she would take part; None for staff, who have other ways."""
    person = people.by_contact(work.db, "mail", address)
    if person and person.roles:
        return None
    locale = (person.language if person else "") or ticket.locale
    known = bool(person and person.customer_id)
    return Participant(address, (person.name if person else "") or name, locale, person.id if person else None, False,
                       known, "", "")  # fmt: skip
