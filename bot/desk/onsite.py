"""Somebody is ordered on site out of hours: from then on the ticket's work runs round the clock (SP-2.7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import ENGINEER, REQUESTER, announce
from bot.desk.journal import record, settle
from bot.desk.opening import Opened, Report, is_customers
from bot.desk.threads import named
from bot.desk.work import Work
from bot.domain.authentication import proves_domain
from bot.domain.ladder import BREACH, repeats
from bot.domain.longer_hours import OFFSITE, ONSITE, read
from bot.domain.mail import AUTHENTICATION
from bot.domain.messages import ParsedMail
from bot.domain.ticket import OPEN, MoveRefusedError
from storage import clocks, tickets
from storage.tickets import Ticket

DAY = timedelta(days=1)


class OrderError(Exception):
    """There is nothing to order: `key` names the phrase that says why, with its facts."""

    def __init__(self, key: str, **facts: Any) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


def ordered_at(work: Work, ticket: Ticket) -> datetime | None:
    """When somebody was ordered on site, also on a ticket that went into this one; None if nobody was."""
    row = _resolve(work, ticket)
    return next((since for since, until in read(row.windows) if until is None), None) if row else None


def _resolve(work: Work, ticket: Ticket) -> Any | None:
    """The row of the ticket's newest resolve clock."""
    return next((row for row in clocks.of_ticket(work.db, ticket.id)[::-1] if row.target == "resolve"), None)


def order(
    work: Work, ticket: Ticket, why: str, *, at: datetime | None = None, unheard: frozenset[str] = frozenset()
) -> Ticket:
    """Orders somebody on site: what remains of dispatch and resolve runs round the clock from `at` (default: now).

    Raises OrderError where that would change nothing, MoveRefusedError where nobody works on the ticket any more.
    """
    if ticket.state not in OPEN:
        raise MoveRefusedError("onsite", ticket.state)
    _needed(work, ticket, at or work.now)
    facts: dict[str, Any] = {"entry": _note(work, ticket, why)} if why else {}
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, (ONSITE, facts), at=at)
    settle(work, ticket)
    _tell(work, ticket, "onsite", why, unheard)
    return ticket


def take_back(work: Work, ticket: Ticket, why: str, *, void: bool) -> Ticket:
    """Nobody need come any more: from now on the calendars' hours hold again.

    `void`: it was a mistake, and counts as if it had never been; else what has passed of it stands. Raises OrderError
    where nothing is ordered, MoveRefusedError where nobody works on the ticket any more.
    """
    if ticket.state not in OPEN:
        raise MoveRefusedError("onsite", ticket.state)
    if ordered_at(work, ticket) is None:
        raise OrderError("onsite_none")
    entry: dict[str, Any] = {"entry": _note(work, ticket, why)} if why else {}
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, (OFFSITE, {"void": void, **entry}))
    settle(work, ticket)
    _call_off_untrue(work, ticket)
    _tell(work, ticket, "onsite ended", why, frozenset())
    return ticket


def _call_off_untrue(work: Work, ticket: Ticket) -> None:
    """Stops the second channel of rungs that were told and now lie ahead again."""
    for row in clocks.open_of(work.db, [ticket.id]).get(ticket.id, []):
        ahead = {name for name, at in row.rungs if at is None or datetime.fromisoformat(at) > work.now}
        clocks.call_off_second_way(work.db, row.id, ahead | ({*repeats()} if BREACH.name in ahead else set()))


def _tell(work: Work, ticket: Ticket, event: str, why: str, unheard: frozenset[str]) -> None:
    told = {**new_times(work, ticket), "by": work.actor.name, "why": why, "over": event != "onsite"}
    nobody = frozenset() if ticket.assignee_id else frozenset({ENGINEER})
    announce(work, ticket, event, told, unheard=unheard | nobody)


def _needed(work: Work, ticket: Ticket, at: datetime) -> None:
    """Raises OrderError in working hours, and where an order holds already."""
    if since := ordered_at(work, ticket):
        raise OrderError("onsite_already", since=about.iso(since))
    row = _resolve(work, ticket)
    if row is None:
        raise MoveRefusedError("onsite", ticket.state)
    hours = about.hours_of(work, row)
    if hours.is_open(at):
        until = hours.open_between(at, at + DAY)[0][1]
        raise OrderError("onsite_open", until=None if until == at + DAY else about.iso(until))


def new_times(work: Work, ticket: Ticket) -> dict[str, Any]:
    """The open promises as texts tell them, and when the work is due."""
    rows = about.open_clocks(work, ticket)
    dues = {row["target"]: row["due"] for row in rows}
    return {"clocks": rows, "dispatch_due": dues.get("dispatch"), "resolve_due": dues.get("resolve")}


def _note(work: Work, ticket: Ticket, text: str) -> int:
    who = {"author_id": work.actor.id, "author": work.actor.name}
    return tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", text=text, created_at=work.now, **who)


def asked_by_mail(work: Work, text: str) -> bool:
    """Whether the requester's own words ask for somebody on site (需要现场)."""
    words = text.casefold()
    return any(mark.casefold() in words for mark in work.house.onsite_words)


def ordered_by_mail(work: Work, ticket: Ticket, words: str, at: datetime) -> Ticket:
    """The ticket after the requester's own words, which may order somebody on site; in office hours they need not."""
    if not asked_by_mail(work, words):
        return ticket
    try:
        return order(work, ticket, "", at=at)
    except (OrderError, MoveRefusedError):
        return ticket


def ordered_at_once(work: Work, opened: Opened, report: Report) -> Opened:
    """The new ticket, if its first mail orders somebody on site. Only those of whom we know may order."""
    ticket = opened.ticket
    known = ticket.known_sender or is_customers(work, ticket.requester_address)
    if report.old or report.quiet or not known or not asked_by_mail(work, f"{report.subject}\n{report.text}"):
        return opened
    try:
        ticket = order(work, ticket, "", at=report.received_at, unheard=frozenset({REQUESTER}))
    except (OrderError, MoveRefusedError):
        return opened
    return Opened(ticket, settle(work, ticket))


def ordered_by_department(work: Work, mail: ParsedMail, at: datetime) -> Ticket | None:
    """The ticket on which its customer's IT department orders somebody on site; None for every other mail (SP-2.7).

    The mail names the ticket, and our border says that its sender is who it says (`dmarc=pass`). In working hours, and
    where somebody is ordered already, it is a mail like any other.
    """
    ticket, (_, _, domain) = named(work, mail), mail.sender.rpartition("@")
    if ticket is None or mail.sender not in work.house.customer(ticket.customer_id).it_department:
        return None
    proved = proves_domain(mail.headers.get(AUTHENTICATION, ""), work.house.authserv_id, domain)
    if not proved or not asked_by_mail(work, mail.new_text):
        return None
    try:
        return order(work, ticket, mail.new_text[: about.EXCERPT], at=at)
    except (OrderError, MoveRefusedError):
        return None
