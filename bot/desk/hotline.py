"""A fault that somebody phones in: the desk opens its ticket, and stays named as first contact (SP-3.2, SP-4.6)."""

from __future__ import annotations

from bot.desk.announce import announce
from bot.desk.journal import record, settle
from bot.desk.opening import Report, open_ticket, tell_opened
from bot.desk.work import Work
from bot.domain.language import language_of
from bot.domain.phoned import Phoned, address_of
from storage import people, tickets
from storage.people import Person
from storage.tickets import Ticket

LONGEST_SUBJECT = 100


def caller(work: Work, who: str) -> tuple[Person | None, str, str]:
    """Who calls, by address, name or telephone number: the person of the directory, her address, her name."""
    address = address_of(who)
    if address:
        person = people.by_contact(work.db, "mail", address)
        name = who.replace(address, "").strip(" <>,，") if address in who else ""
        return person, address, (person.name if person else "") or name
    wanted = who.strip().casefold()
    known = [one for one in people.requesters(work.db) if wanted and wanted in {one["name"].casefold(), one["phone"]}]
    if len(known) != 1:
        return None, "", who.strip()
    return people.by_contact(work.db, "mail", known[0]["address"]), known[0]["address"], known[0]["name"]


def take_call(work: Work, phoned: Phoned) -> Ticket:
    """Opens the ticket of a call, in the name of the actor, who is its first contact; the five minutes of help begin.

    A call that was written down later has had its help: then no such clock runs.
    """
    person, address, name = caller(work, phoned.who)
    at, known = phoned.at or work.now, phoned.where in work.house.place_words
    text = phoned.what if known or not phoned.where else f"{phoned.where}\n{phoned.what}"
    subject = phoned.what.partition("\n")[0][:LONGEST_SUBJECT]
    place = phoned.where if known else ""
    language = language_of(phoned.what)
    report = Report(address, name, subject, text, language, at, person=person, place=place, phoned=True)
    opened = open_ticket(work, report)
    ticket = tickets.change(work.db, opened.ticket.id, contact_id=work.actor.id)
    who = {"author_id": work.actor.id, "author": name}
    entry = tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", text=text, created_at=at, **who)
    record(work, ticket, ("phoned", {"entry": entry}), *(() if phoned.at else (("helping", {}),)))
    settle(work, ticket)
    tell_opened(work, opened, report)
    return ticket


def hand_contact_over(work: Work, ticket: Ticket, person: Person) -> None:
    """Somebody else is the first contact from now on (SP-4.6)."""
    ticket = tickets.change(work.db, ticket.id, contact_id=person.id)
    record(work, ticket, ("contact", {"person": person.id, "by": work.actor.id}))
    announce(work, ticket, "contact")
