"""The price that who repairs names: told to who decides, asked about each working day, approved or refused (SP-5.2)."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from bot.desk import facts as about
from bot.desk import vendors
from bot.desk.announce import ENGINEER, announce
from bot.desk.repair_facts import told
from bot.desk.stock import StockError
from bot.desk.work import Work
from bot.domain import repair as rules
from storage import hardware, journal, tickets
from storage.people import Person
from storage.tickets import Ticket

AT = time(9)
"""A quote that waits is told again at that time of the desk's zone, each working day."""
QUOTED, WAITS, DECIDED = "quoted", "quote waits", "quote decided"
"""Events of the message table."""
LETTERS = {rules.APPROVED: "quote approved", rules.REFUSED: "quote refused"}
"""Decision → the event of the letter to who repairs."""


def may_decide(work: Work, person: Person | None) -> bool:
    """Whether she may spend the money (`desk.quote_roles`); the administrator at the command line may."""
    return person is None or not set(work.house.quote_roles).isdisjoint(person.roles)


def named(work: Work, ticket: Ticket, case: Any) -> None:
    """A price was noted: tells those who decide, now and again until they have decided."""
    hardware.change_repair(work.db, case.id, remind_at=_next_morning(work))
    _told(work, ticket, QUOTED, case, again=False)


def remind(work: Work, case: Any) -> None:
    """Nobody has decided yet."""
    hardware.change_repair(work.db, case.id, remind_at=_next_morning(work))
    _told(work, tickets.get(work.db, case.ticket_id), WAITS, case, again=True)


def decided(work: Work, ticket: Ticket, case: Any, words: str) -> None:
    """The engineer hears it, and who repairs gets a letter: without the words, which are our own affair."""
    facts = _told(work, ticket, DECIDED, case, why=words[: about.EXCERPT], by=work.actor.name)
    vendors.answer_quote(work, case, LETTERS[case.state], facts["text"])


def quote(work: Work, case: Any) -> dict[str, Any]:
    """The newest quote of a case as texts tell it: the case, the words, who noted them, and what he wrote last.

    `quote` is what tells it from an earlier one.
    """
    said = journal.newest_facts(work.db, "repair_quoted", [case.ticket_id]).get(case.ticket_id, {})
    entry = tickets.get_entry(work.db, said["entry"]) if said.get("repair") == case.id and "entry" in said else None
    known = {"text": "", "author": "", "quoted_at": about.iso(case.changed_at), "quote": ""}
    if entry:
        known = {"text": entry.text, "author": entry.author, "quoted_at": about.iso(entry.created_at)}
        known |= {"quote": str(entry.id)}
    return told(work, case) | known | vendors.last_word(work, case)


def must_be_newest(work: Work, case: Any, seen: str) -> None:
    """Raises StockError for a press below a quote that another one has replaced."""
    newest = quote(work, case)
    if seen != newest["quote"]:
        raise StockError("quote_newer", number=newest["number"], text=newest["text"])


def undecided(work: Work, customer_id: int | None = None) -> list[dict[str, Any]]:
    """The quotes that wait, of all customers or of one, the oldest first."""
    waiting = [one for one in hardware.repairs(work.db) if one.state == rules.QUOTED]
    found = tickets.get_many(work.db, [one.ticket_id for one in waiting])
    mine = (one for one in waiting if customer_id in {None, found[one.ticket_id].customer_id})
    return sorted((quote(work, one) for one in mine), key=lambda one: str(one["quoted_at"]))


def _told(work: Work, ticket: Ticket, event: str, case: Any, **more: Any) -> dict[str, Any]:
    facts = quote(work, case) | more
    key = f"{case.id}:{facts['quote']}:{work.now.isoformat()}"
    herself = work.actor.id is not None and work.actor.id == ticket.assignee_id  # who decided it needs not be told
    unheard = frozenset({ENGINEER} if herself else ())
    announce(work, ticket, event, facts, key=key, unheard=unheard)
    return facts


def _next_morning(work: Work) -> datetime:
    office = work.house.office
    return datetime.combine(office.working_date(office.local_date(work.now), 1), AT, office.zone)
