"""A new fault becomes a ticket: who reports it, what it is about, what is promised, who hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import GROUP, REQUESTER, announce
from bot.desk.assignment import dispatch_at_once
from bot.desk.authorizations import begin, needs
from bot.desk.duty import as_events, support_for
from bot.desk.inventory import is_known, under_warranty
from bot.desk.journal import record, settle
from bot.desk.linking import proposed
from bot.desk.mailboxes import tell_gathered
from bot.desk.work import CustomerHouse, Work
from bot.domain.calendar import WorkingCalendar
from bot.domain.clocks import Clock, Event
from bot.domain.levels import Situation, choose_level, is_immediate, stamp
from bot.domain.longer_hours import is_ordered
from bot.domain.missing import DEVICE, missing
from bot.domain.plain_words import COMPLAINT, FAULT, REQUEST, SUGGESTION
from bot.domain.secrecy import SECURITY
from bot.domain.targets import SUGGESTED, TO_REQUESTER
from bot.domain.ticket import NEW
from storage import duty, outbox, people, tickets
from storage.people import Person
from storage.tickets import Ticket

NO_SOLUTION = frozenset({SUGGESTION, SECURITY, COMPLAINT})
"""What gets an answer, a complaint its settlement, too (SP-4.4): no solution is promised."""
AUTOMATIC_KINDS = ("confirmation", "assigned", "reassigned", "late", "breach", "wish_answer")


@dataclass(frozen=True, slots=True)
class Report:
    """A fault as it was reported. `quiet`: no automatic mail to the requester. `place`: what she named it, if known.

    `old`: it lay in a mailbox for more than a day. What was promised for it lapsed long before anybody could know, so
    it is listed, with no confirmation and no clocks that run; the desk is told of all such mails at once.
    `split_off`: it came on the ticket `related`, and is another matter.
    `phoned`: it was said to a person on the telephone, then: that was the response (R5).
    `guessed`: whose it is must be confirmed. Customer, place and level follow the guess; nothing is written to her.
    """

    address: str
    name: str
    subject: str
    text: str
    language: str
    received_at: datetime
    message_id: str = ""
    quiet: bool = False
    old: bool = False
    person: Person | None = None
    related: Ticket | None = None
    notes: tuple[str, ...] = ()
    kind: str = FAULT
    asks_knowledge: bool = False
    guessed: bool = False
    place: str = ""
    split_off: bool = False
    phoned: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket just opened, with its clocks."""

    ticket: Ticket
    clocks: list[Clock]


def open_ticket(work: Work, report: Report) -> Opened:
    """The new ticket with its clocks, running unless it is old. Nobody is told yet: see `tell_opened`."""
    person, sure = report.person, not report.guessed
    customer, known = _customer(work, person, report.address)
    item, place = _about(work, person, report)
    device = under_warranty(work, customer.id, f"{report.subject}\n{report.text}", report.received_at)
    situation = Situation(customer.key, item, place, vip=bool(person and person.vip), device=device)
    choice = choose_level(situation, work.house.rules)
    ticket = tickets.create(
        work.db,
        customer_id=customer.id,
        kind=report.kind,
        state=NEW,
        level=choice.level,
        level_reason=choice.reason,
        item=item,
        place=place,
        subject=report.subject,
        known_sender=known,
        quiet=report.quiet,
        locale=(person.language if person else "") or report.language,
        requester_id=person.id if person and sure else None,
        requester_name=((person.name if person else "") or report.name) if sure else "",
        requester_address=report.address if sure else "",
        opened_at=report.received_at,
        first_message_id=report.message_id,
        last_message_id=report.message_id,
        related_id=report.related.id if report.related else None,
        policy=stamp(choice, work.house.rules, situation),
    )
    support = support_for(work, place, report.received_at)
    record(work, ticket, ("opened", {"related": ticket.related_id}), *support, at=report.received_at)
    events = [Event("opened", report.received_at), *as_events(support, report.received_at)]
    if report.kind in NO_SOLUTION:
        record(work, ticket, (SUGGESTED, {}), at=report.received_at)
        events.append(Event(SUGGESTED, report.received_at))
    if report.phoned:
        record(work, ticket, ("contacted", {}), at=report.received_at)
        events.append(Event("contacted", report.received_at))
    if report.old:
        record(work, ticket, ("unconfirmed", {"why": "backlog"}), ("listed", {}))
        events.append(Event("listed", work.now))
    return Opened(ticket, settle(work, ticket, events))


def _customer(work: Work, person: Person | None, address: str) -> tuple[CustomerHouse, bool]:
    """Whose fault it is, and whether the address may be trusted with an echo of its own words."""
    customers = work.house.customers
    everybodys = next((one for one in customers if "*" in one.domains), None)
    known = everybodys is not None or bool(person and person.customer_id)
    return home_of(work, person, address) or everybodys or customers[0], known


def home_of(work: Work, person: Person | None, address: str) -> CustomerHouse | None:
    """The customer of an address, by the directory or by its domain; None if neither says."""
    if person and person.customer_id:
        return work.house.customer(person.customer_id)
    domain = address.rpartition("@")[2]
    return next((one for one in work.house.customers if domain in one.domains), None)


def _about(work: Work, person: Person | None, report: Report) -> tuple[str, str]:
    """The service item and the place: the directory first, then the words of the mail (decisions, Mail)."""
    words = f"{report.subject}\n{report.text}".casefold()
    item = _named(work.house.item_words, words) or work.house.default_item
    return item, report.place or (person.place if person else "") or _named(work.house.place_words, words)


def _named(lists: Any, words: str) -> str:
    return next((name for name, marks in lists.items() if any(mark.casefold() in words for mark in marks)), "")


def tell_opened(work: Work, opened: Opened, report: Report) -> None:
    """The requester hears that it has arrived (SP-3.1), the group sees it, the duty hears of what cannot wait."""
    if report.old:
        tell_gathered(work, "backlog")
        return
    ticket = opened.ticket
    urgent = is_urgent(ticket)
    facts = confirmation(work, opened, report)
    confirmed = may_confirm(work, ticket) and ticket.requester_address not in work.house.own_addresses
    if not confirmed and not ticket.quiet:
        address = ticket.requester_address
        why = "nobody" if not address else "own" if address in work.house.own_addresses else "budget"
        record(work, ticket, ("unconfirmed", {"why": why}))
    unheard = set() if confirmed else {REQUESTER}
    if not urgent and is_flood(work, ticket):
        unheard.add(GROUP)
        record(work, ticket, ("gathered", {}))
        tell_gathered(work, "flood")
    known = not urgent and proposed(ticket, tickets.open_masters(work.db)) is not None
    event = "opened in an outage" if known else "opened" if facts["open_now"] or urgent else "opened out of hours"
    announce(work, ticket, event, facts, unheard=frozenset(unheard))
    if ticket.kind == SECURITY:
        return
    begin(work, ticket)
    if urgent:
        tell_urgent(work, ticket)
    elif ticket.place and duty.bookings(work.db, work.now, ticket.place):
        announce(work, ticket, "supported", call_facts(work, ticket))


def tell_urgent(work: Work, ticket: Ticket) -> None:
    """What cannot wait is dispatched at once, and everybody on duty hears of it (SP-2.5)."""
    ticket = dispatch_at_once(work, ticket)
    announce(work, ticket, "urgent", call_facts(work, ticket))


def call_facts(work: Work, ticket: Ticket) -> dict[str, Any]:
    """What a call to the duty says: what is promised, and who has the ticket already."""
    clocks = about.open_clocks(work, ticket)
    return {"clocks": clocks, "by": work.actor.name, "engineer": about.name_of_person(work, ticket.assignee_id)}


def confirmation(work: Work, opened: Opened, report: Report, *, forwarded_by: str = "") -> dict[str, Any]:
    """What a confirmation tells beside the ticket's own facts."""
    hours = work_hours(work, opened)
    open_now = hours.is_open(work.now)
    return {
        **promised(opened.clocks),
        "open_now": open_now,
        "starts_at": None if open_now else about.iso(hours.next_open(work.now)),
        **_onsite(work, opened, open_now=open_now),
        "left_out": list(report.notes),
        "related": work.house.name_of(report.related.number) if report.related and not report.split_off else "",
        "split_from": work.house.name_of(report.related.number) if report.related and report.split_off else "",
        "late": work.now - report.received_at > timedelta(hours=1)
        and not (forwarded_by or report.split_off or report.phoned),
        "asks_knowledge": report.asks_knowledge,
        "complaint": report.kind == COMPLAINT,
        **about.complaint_dues(work, opened.ticket),
        "approval": report.kind == REQUEST and needs(work, opened.ticket),
        "missing": _missing(work, opened.ticket, report),
        "engineer": about.name_of_person(work, opened.ticket.assignee_id),
        "forwarded_by": forwarded_by,
    }


def work_hours(work: Work, opened: Opened) -> WorkingCalendar:
    """The hours of the new ticket: its calendar's, and those of an order on site or of booked support."""
    calendar = work.house.calendars[opened.ticket.policy["resolve"][1]]
    windows = next((clock.windows for clock in opened.clocks if clock.target == "resolve"), {})
    return calendar.widened(windows.values()) if windows else calendar


def _onsite(work: Work, opened: Opened, *, open_now: bool) -> dict[str, Any]:
    """Whether somebody comes out of hours, or by which words the requester can have that."""
    windows = next((clock.windows for clock in opened.clocks if clock.target == "resolve"), {})
    words, english = work.house.onsite_words, opened.ticket.locale == "en"
    known = opened.ticket.known_sender or is_customers(work, opened.ticket.requester_address)
    fitting = next((one for one in words if one.isascii() == english), "".join(words[:1]))
    return {"onsite": is_ordered(windows.values(), work.now), "onsite_words": fitting if known and not open_now else ""}


def _missing(work: Work, ticket: Ticket, report: Report) -> list[str]:
    """What is asked for, once, in the confirmation of a fault."""
    if ticket.kind != FAULT:
        return []
    words, who = f"{report.subject}\n{report.text}", report.person
    found = missing(words, place=ticket.place, phone=who.phone if who else "")
    known = DEVICE in found and is_known(work, ticket.customer_id, words, who.id if who else None)
    return [one for one in found if one != DEVICE or not known]


def is_flood(work: Work, ticket: Ticket) -> bool:
    """Whether so many tickets were opened within the hour that a card for each would bury all others (2.5)."""
    before = tickets.by_number(work.db, ticket.number - work.house.budgets.cards_hour)
    return before is not None and before.opened_at > work.now - timedelta(hours=1)


def is_urgent(ticket: Ticket) -> bool:
    """Whether the duty is told at once, whatever the hour: VIP, and places that are served at once (SP-2.5, SP-2.7)."""
    return ticket.kind != SECURITY and (ticket.level == "vip" or is_immediate(ticket.level_reason))


def promised(clocks: list[Clock]) -> dict[str, Any]:
    """When response, arrival and solution are due, as the confirmation says it; what is kept already is none of it."""
    running = [clock for clock in clocks if clock.target in TO_REQUESTER and clock.is_open]
    dues = {f"{clock.target}_due": about.iso(clock.due) for clock in running}
    return {"response_due": None, "resolve_due": None, **dues, "provisional": any(one.provisional for one in running)}


def may_confirm(work: Work, ticket: Ticket) -> bool:
    """Whether the budgets allow one more automatic mail to this address (decisions, Budgets; reliability 2.5)."""
    budgets, address = work.house.budgets, ticket.requester_address
    if ticket.quiet or not address:
        return False

    def sent(**span: float) -> int:
        return outbox.sent_since(work.db, address, AUTOMATIC_KINDS, work.now - timedelta(**span))

    if ticket.known_sender or is_customers(work, address):
        return sent(hours=1) < budgets.confirmations_known_hour
    domain = address.rpartition("@")[2]
    to_domain = outbox.sent_to_domain_since(work.db, domain, AUTOMATIC_KINDS, work.now - timedelta(hours=1))
    return (
        sent(minutes=10) < budgets.confirmations_ten_minutes
        and sent(hours=1) < budgets.confirmations_hour
        and sent(days=1) < budgets.confirmations_day
        and to_domain < budgets.confirmations_domain_hour
    )


def is_customers(work: Work, address: str) -> bool:
    """Whether the address lies in a customer's domain."""
    domain = address.rpartition("@")[2]
    return any(domain in one.domains or "*" in one.domains for one in work.house.customers)


def collecting_ticket(work: Work, address: str) -> Ticket | None:
    """The ticket that takes the rest when a stranger opens too many in an hour; None while the budget lasts."""
    since = work.now - timedelta(hours=1)
    if not address or is_customers(work, address) or people.by_contact(work.db, "mail", address):
        return None
    if tickets.opened_since(work.db, address, since) < work.house.budgets.tickets_hour:
        return None
    return tickets.newest_from(work.db, address, since)
