"""Loan devices (SP-5.1): lent, prolonged, given for good, back, swapped back; and that somebody can work with one."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from bot.desk import facts as about
from bot.desk import repair_mails
from bot.desk.announce import announce
from bot.desk.journal import record, settle
from bot.desk.stock import StockError, movement, must_go_on
from bot.desk.work import Work
from bot.domain.repair import RETURNED
from bot.domain.ticket import OPEN
from storage import clocks, hardware, tickets
from storage.tickets import Ticket

LOAN_DAYS = 15
"""Working days after which a loan is to be back where nobody says when: those of a third-party repair (SP-5.2)."""
ASKED_AT = time(9)
"""The return of a loan is asked for at that time of the desk's zone: on its day, then each working day."""
GIVEN = "given"
"""What moved: a device that stays with its user, in the place of one that is beyond repair."""


def lend(work: Work, ticket: Ticket, device: Any, until: datetime | None = None) -> datetime:
    """Lends a device of the stock to the ticket's requester, or what she has longer. Gives when it is to be back.

    Raises StockError where it is not in stock, of another customer, or the day is over.
    """
    if until and (hers := _lent_on(work, ticket, device)):
        return _prolong(work, ticket, hers[0], until)
    must_go_on(work, ticket)
    if device.customer_id != ticket.customer_id:
        raise StockError("asset_unknown", tag=device.tag)
    if device.state != "stock":
        raise StockError("asset_not_in_stock", tag=device.tag, state=device.state, **_holder(work, device))
    due = until or _default_return(work)
    if due <= work.now:
        raise StockError("loan_past")
    loan = {"asset_id": device.id, "ticket_id": ticket.id, "person_id": ticket.requester_id, "out_at": work.now}
    number = hardware.lend(work.db, {**loan, "due_at": due, "remind_at": _asked(work, due)})
    hardware.change_asset(work.db, device.id, state="loaned", user_id=ticket.requester_id, place=ticket.place)
    hardware.note(work.db, {**movement(work, "loaned", ticket, ""), "asset_id": device.id})
    record(work, ticket, ("lent", {"asset": device.id, "loan": number, "due": about.iso(due)}))
    announce(work, ticket, "lent", _told(device, due) | {"due_now": False}, key=str(number))
    repair_mails.lent_meanwhile(work, ticket)
    return due


def _lent_on(work: Work, ticket: Ticket, device: Any) -> list[Any]:
    return [one for one in hardware.open_loans(work.db, asset_id=device.id) if one.ticket_id == ticket.id]


def _prolong(work: Work, ticket: Ticket, loan: Any, due: datetime) -> datetime:
    """It is to come back on another day, and its user is told so."""
    if due <= work.now:
        raise StockError("loan_past")
    hardware.change_loan(work.db, loan.id, due_at=due, remind_at=_asked(work, due))
    day = work.house.office.local_date(due).isoformat()
    hardware.note(work.db, {**movement(work, "prolonged", ticket, day), "asset_id": loan.asset_id})
    record(work, ticket, ("prolonged", {"asset": loan.asset_id, "loan": loan.id, "due": about.iso(due)}))
    facts = _told(loan, due) | {"due_now": False, "moved": True}
    announce(work, ticket, "lent", facts, key=f"{loan.id}:{due.isoformat()}:{work.now.isoformat()}")
    return due


def give(work: Work, ticket: Ticket, device: Any) -> None:
    """The ticket's requester keeps a device of the stock, or the one that she was lent: it replaces hers.

    Raises StockError where it is somebody else's.
    """
    must_go_on(work, ticket)
    loans = _lent_on(work, ticket, device)
    if device.customer_id != ticket.customer_id:
        raise StockError("asset_unknown", tag=device.tag)
    if device.state != "stock" and not loans:
        raise StockError("asset_not_in_stock", tag=device.tag, state=device.state, **_holder(work, device))
    for loan in loans:
        hardware.end_loan(work.db, loan.id, work.now)
    hardware.change_asset(work.db, device.id, state="in use", user_id=ticket.requester_id, place=ticket.place)
    hardware.note(work.db, {**movement(work, GIVEN, ticket, ""), "asset_id": device.id})
    record(work, ticket, (GIVEN, {"asset": device.id}))
    swapped_back(work, ticket)
    ticket = tickets.change(work.db, ticket.id)
    announce(work, ticket, GIVEN, _named(device) | {"open": ticket.state in OPEN})
    repair_mails.lent_meanwhile(work, ticket)


def take_back(work: Work, device: Any) -> Any:
    """A loan device is back in stock: what it stood in for works again (swapped back, SP-5.2). Gives what ends by it.

    So is one that was to replace another, and does not after all.
    """
    loans = hardware.open_loans(work.db, asset_id=device.id)
    held = loans or _given(work, device)
    if not held:
        raise StockError("loan_none", tag=device.tag, state=device.state)
    ticket = tickets.get(work.db, held[0].ticket_id)
    for loan in loans:
        hardware.end_loan(work.db, loan.id, work.now)
    hardware.change_asset(work.db, device.id, state="stock", user_id=None, place="")
    hardware.note(work.db, {**movement(work, "back", ticket, ""), "asset_id": device.id})
    record(work, ticket, ("loan_back", {"asset": device.id}))
    repair_mails.loan_back(work, ticket, device.tag, swapped_back(work, ticket))
    return held[0]


def _given(work: Work, device: Any) -> list[Any]:
    """The movement by which its user got it for good, if that was the last one."""
    return [one for one in hardware.movements(work.db, asset_id=device.id)[-1:] if one.what == GIVEN]


def swapped_back(work: Work, ticket: Ticket) -> Any:
    """Once a repaired device is back, and no loan for it is out, the swap is done: a third party's limit ends there.

    Gives the case that ends by it; None where none does.
    """
    over = [one for one in hardware.repairs(work.db, ticket_id=ticket.id, ended=True) if one.state == RETURNED]
    over = [one for one in over if one.swapped_at is None]
    if not over or hardware.open_loans(work.db, ticket_id=ticket.id):
        return None
    for one in over:
        hardware.change_repair(work.db, one.id, swapped_at=work.now)
    record(work, ticket, ("swapped_back", {"repair": over[-1].id}))
    settle(work, ticket)
    return over[-1]


def at_work(work: Work, ticket: Ticket, words: str) -> Ticket:
    """With what was issued on the ticket its user can work again: that is what resolve is about (SP-5.1).

    The ticket goes on until the repair is over. Raises StockError where nothing was issued, or she can work already.
    """
    _must_be_open(work, ticket)
    if not _has_something(work, ticket):
        raise StockError("works_nothing_issued", number=work.house.name_of(ticket.number))
    if not _waits_for_work(work, ticket):
        raise StockError("works_already", number=work.house.name_of(ticket.number))
    return _noted(work, ticket, "at_work", words)


def stuck(work: Work, ticket: Ticket, words: str) -> Ticket:
    """She cannot work any more: resolve goes on with the time that is left (R15). Raises StockError."""
    _must_be_open(work, ticket)
    if _waits_for_work(work, ticket):
        raise StockError("works_not_yet", number=work.house.name_of(ticket.number))
    return _noted(work, ticket, "stuck", words)


def _must_be_open(work: Work, ticket: Ticket) -> None:
    if ticket.state not in OPEN:
        raise StockError("works_over", number=work.house.name_of(ticket.number))


def _has_something(work: Work, ticket: Ticket) -> bool:
    """Whether parts or a device that were taken for the ticket are still there."""
    if hardware.open_loans(work.db, ticket_id=ticket.id) or hardware.issued_on(work.db, ticket.id):
        return True
    kept = (one for one in hardware.movements(work.db, ticket_id=ticket.id) if one.what == GIVEN)
    return any(one.id == last.id for one in kept for last in hardware.movements(work.db, asset_id=one.asset_id)[-1:])


def _waits_for_work(work: Work, ticket: Ticket) -> bool:
    return any(one.target == "resolve" for one in clocks.open_of(work.db, [ticket.id]).get(ticket.id, []))


def _noted(work: Work, ticket: Ticket, event: str, words: str) -> Ticket:
    who = {"author_id": work.actor.id, "author": work.actor.name}
    note = {"ticket_id": ticket.id, "kind": "note", "text": words, "created_at": work.now, **who}
    facts = {"entry": tickets.add_entry(work.db, **note)} if words else {}
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, (event, facts))
    settle(work, ticket)
    announce(work, ticket, "at work")
    return ticket


def _default_return(work: Work) -> datetime:
    office = work.house.office
    day = office.add_working_days(work.now, LOAN_DAYS)
    return office.closing(office.local_date(day))


def _asked(work: Work, due: datetime) -> datetime:
    """When the return of a loan is asked for next: on the morning of its day, else on the next working day."""
    office = work.house.office
    day = office.local_date(due)
    at = datetime.combine(day, ASKED_AT, office.zone)
    while at <= work.now:
        day = office.working_date(day, 1)
        at = datetime.combine(day, ASKED_AT, office.zone)
    return at


def remind(work: Work) -> int:
    """Asks the engineers for loans that are to be back (and tells the requester once). Gives how many."""
    due = hardware.due_loans(work.db, work.now)
    for loan in due:
        hardware.change_loan(work.db, loan.id, remind_at=_asked(work, max(loan.due_at, work.now)))
        ticket, today = tickets.get(work.db, loan.ticket_id), loan.due_at > work.now
        facts = _told(loan, loan.due_at) | {"due_now": today}
        key = f"{loan.id}:{loan.remind_at.isoformat()}"
        announce(work, ticket, "loan due" if today else "loan overdue", facts, key=key)
    return len(due)


def _told(device: Any, due: datetime) -> dict[str, Any]:
    return _named(device) | {"due": about.iso(due)}


def _named(device: Any) -> dict[str, Any]:
    return {"device": device.tag, "what": f"{device.kind} {device.model}".strip()}


def _holder(work: Work, device: Any) -> dict[str, Any]:
    loans = hardware.open_loans(work.db, asset_id=device.id)
    number = work.house.name_of(loans[0].number) if loans else ""
    return {"on": number, "due": about.iso(loans[0].due_at) if loans else None}
