"""Work begins only when the customer's administrator has authorised it (SP-10.2): asked, given, waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.desk import facts as about
from bot.desk.announce import AUTHORIZER, announce
from bot.desk.journal import record
from bot.desk.work import Work
from bot.domain.authorization import Grant, grant_of
from bot.domain.mail import refs_in, thread_id, verify_thread_id
from bot.domain.messages import ParsedMail
from bot.domain.plain_words import REQUEST, words_of_answer
from bot.domain.secrecy import SECURITY
from bot.domain.ticket import OPEN, NotAuthorizedError
from storage import authorizations, outbox, people, tickets
from storage.people import Person
from storage.tickets import Ticket

EVERYTHING = "*"
"""Among a customer's items that need it: all of them."""


def needs(work: Work, ticket: Any) -> bool:
    """Whether the customer wants to authorise work on this service item; each special request goes to who can."""
    if ticket.kind == SECURITY:  # whom it concerns may be among those who authorise
        return False
    customer = work.house.customer(ticket.customer_id)
    wanted = ticket.kind == REQUEST and bool(customer.authorizers)
    return wanted or ticket.item in customer.authorized_items or EVERYTHING in customer.authorized_items


def lacking(work: Work, found: Sequence[Ticket]) -> set[int]:
    """The ids of the open tickets that wait for authorisation."""
    needing = [one.id for one in found if one.state in OPEN and needs(work, one)]
    return set(needing) - set(authorizations.of_tickets(work.db, needing)) if needing else set()


def must_be_authorized(work: Work, ticket: Ticket) -> None:
    """Raises NotAuthorizedError where work on the ticket may not begin, or go on."""
    if lacking(work, [ticket]):
        raise NotAuthorizedError(ticket.number, ticket.state)


def begin(work: Work, ticket: Ticket) -> None:
    """A new ticket, or one of another item: a standing authorisation is noted on it, else one is asked for."""
    if not lacking(work, [ticket]):
        return
    standing = (row for row in authorizations.standing(work.db, work.now) if row.customer_id == ticket.customer_id)
    single = ticket.kind == REQUEST  # parts and upgrades are approved one by one
    found = None if single else next((row for row in standing if row.item in {"", ticket.item}), None)
    if found:
        _note(work, ticket, found.given_by, f"#{found.id}", standing=found.id)
    else:
        record(work, ticket, ("authorization asked", {}))
        asked = {**about.requester(work, ticket), "customer": work.house.customer(ticket.customer_id).name}
        announce(work, ticket, "authorization needed", asked)


def give(work: Work, ticket: Ticket, given_by: str, how: str) -> None:
    """One ticket is authorised; card and engineer show it."""
    ticket = tickets.change(work.db, ticket.id)
    _note(work, ticket, given_by, how)
    told = {"what": "authorized", "given_by": given_by, "how": how, "by": work.actor.name}
    announce(work, ticket, "authorized", told)


def give_standing(work: Work, customer_id: int, item: str, until: datetime | None, given: tuple[str, str]) -> int:
    """All of a service item ("" for every one) is authorised for a time, what waits for it included. Gives its number.

    `given`: by whom, and how that reached us.
    """
    given_by, how = given
    row = _row(work, customer_id, given_by, how) | {"item": item, "until_at": until}
    number = authorizations.add(work.db, row)
    facts = {"authorization": number, "customer": customer_id, "item": item, "until": about.iso(until)}
    record(work, None, ("authorized", facts))
    found = [
        one for one in tickets.find(work.db, customer_id=customer_id) if item in {"", one.item} and one.kind != REQUEST
    ]
    waiting = lacking(work, found)
    for ticket in found:
        if ticket.id in waiting:
            give(work, ticket, given_by, f"#{number}")
    return number


def end(work: Work, number: int) -> bool:
    """Ends a standing authorisation; tickets on which it was noted keep it. Gives whether there was one."""
    ended = authorizations.end(work.db, number, work.now)
    if ended:
        record(work, None, ("authorization ended", {"authorization": number}))
    return ended


def listed(work: Work) -> list[dict[str, Any]]:
    """The standing authorisations."""
    return [
        {
            "number": str(row.id),
            "customer": work.house.customer(row.customer_id).key,
            "item": row.item,
            "until": about.iso(row.until_at),
            "given_by": row.given_by,
        }
        for row in authorizations.standing(work.db, work.now)
    ]


def shown(work: Work, ticket: Ticket) -> dict[str, Any] | None:
    """Who authorised a ticket, how and when; None where nobody did."""
    row = authorizations.of_tickets(work.db, [ticket.id]).get(ticket.id)
    return {"given_by": row.given_by, "how": row.how, "at": about.iso(row.given_at)} if row else None


# ---- by chat ----


def with_address(work: Work, address: str) -> Person | None:
    """Who authorises a customer's work and has this mail address; entered in the directory if she is not there yet."""
    address = address.strip().casefold()
    customer = next((one for one in work.house.customers if address in one.authorizers), None)
    if customer is None:
        return None
    known = people.by_contact(work.db, "mail", address)
    number = known.id if known else people.keep_requester(work.db, address, {"customer_id": customer.id})
    found = people.by_id(work.db, number)
    return replace(found, name=found.name or address) if found else None


def recognised(work: Work, person: Person) -> Person:
    """The person, with the role of an authorizer if she is one; staff never is, so that nobody allows her own work."""
    mine = [] if person.roles else _addresses(work, person)
    customer = next((one for one in work.house.customers if not set(mine).isdisjoint(one.authorizers)), None)
    if customer is None:
        return person
    language = person.language or customer.locale
    return replace(person, roles=(AUTHORIZER,), name=person.name or mine[0], language=language)


def authorizers(work: Work) -> list[Person]:
    """Everybody known who authorises work, each once."""
    addresses = {address for one in work.house.customers for address in one.authorizers}
    found = (people.by_contact(work.db, "mail", address) for address in sorted(addresses))
    return list({one.id: recognised(work, one) for one in found if one and not one.roles}.values())


def authorizes_for(work: Work, person: Person, customer_id: int) -> bool:
    """Whether she may authorise work for this customer."""
    return not set(_addresses(work, person)).isdisjoint(work.house.customer(customer_id).authorizers)


def _addresses(work: Work, person: Person) -> list[str]:
    ways = people.contacts(work.db, [person.id]).get(person.id, [])
    return [value for channel, value in ways if channel == "mail"]


# ---- by mail ----


def answer_of(work: Work, mail: ParsedMail, ticket: Ticket) -> Grant | None:
    """What an administrator says who answers a question that we sent to her very address; None for any other mail."""
    customer = work.house.customer(ticket.customer_id)
    if mail.sender not in customer.authorizers or not _asked(work, mail, ticket):
        return None
    return grant_of(words_of_answer(mail.new_text))


def _asked(work: Work, mail: ParsedMail, ticket: Ticket) -> bool:
    for one in (*mail.references, *refs_in(mail.new_text)):
        signed = verify_thread_id(work.house.secret, one)
        ids = [one, thread_id(work.house.secret, *signed, work.house.host)] if signed else []
        row = outbox.by_message_id(work.db, ids) if ids else None
        if row is not None and row.audience == AUTHORIZER and row.ticket_id == ticket.id:
            return bool(row.address == mail.sender)
    return False


def take_answer(work: Work, ticket: Ticket, grant: Grant, given: tuple[str, str]) -> None:
    """Does what she says: for the ticket, for its item until a date, or not at all. `given`: by whom, and how."""
    if not grant.allowed:
        ticket = tickets.change(work.db, ticket.id)
        record(work, ticket, ("authorization refused", {}))
        told = {"what": "refused", "given_by": given[0], "how": given[1], "by": given[0]}
        announce(work, ticket, "authorization refused", told)
    elif grant.until and ticket.kind != REQUEST:  # such are approved one by one
        until = datetime.combine(grant.until + timedelta(days=1), time(), ZoneInfo(work.house.zone))
        give_standing(work, ticket.customer_id, ticket.item, until, given)
    else:
        give(work, ticket, *given)


def _note(work: Work, ticket: Ticket, given_by: str, how: str, standing: int | None = None) -> None:
    row = _row(work, ticket.customer_id, given_by, how) | {"ticket_id": ticket.id, "item": ticket.item}
    number = authorizations.add(work.db, row)
    record(work, ticket, ("authorized", {"authorization": number, "standing": standing}))


def _row(work: Work, customer_id: int, given_by: str, how: str) -> dict[str, Any]:
    recorded_by = work.actor.id if work.actor.kind != "requester" else None
    return {"customer_id": customer_id, "given_by": given_by, "how": how, "recorded_by_id": recorded_by,
            "given_at": work.now}  # fmt: skip
