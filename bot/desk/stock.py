"""Spare parts and loan devices (SP-5.1): what comes and goes, on which ticket, and who has which device."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from bot.desk import facts as about
from bot.desk import needs
from bot.desk.announce import announce
from bot.desk.journal import record, settle
from bot.desk.work import Work
from bot.domain.repair import RETURNED, SENDING
from bot.domain.ticket import ENDED, OPEN
from storage import clocks, hardware, people, tickets
from storage.tickets import Ticket

LOAN_DAYS = 15
"""Working days after which a loan is to be back where nobody says when: those of a third-party repair (SP-5.2)."""
ASKED_AT = time(9)
"""The return of a loan is asked for at that time of the desk's zone: on its day, then each working day."""
MOST = 100_000
"""So many of one part, at most."""
MOVES_SHOWN = 10
GIVEN = "given"
"""What moved: a device that stays with its user, in the place of one that is beyond repair."""


class StockError(Exception):
    """It is not done; `key` names the phrase that says why, with its facts."""

    def __init__(self, key: str, **facts: Any) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


# ---- parts ----


def enter(work: Work, code: str, **known: Any) -> Any:
    """A kind of part that is new to the stock, or what is known of one. Gives its row; its quantity stays."""
    row = hardware.part_by_code(work.db, code)
    if row is None:
        hardware.add_part(work.db, {"code": code, **known})
    elif known:
        hardware.change_part(work.db, row.id, **known)
    return hardware.part_by_code(work.db, code)


def part(work: Work, code: str) -> Any:
    """The part with this code. Raises StockError with those that are near."""
    row = hardware.part_by_code(work.db, code)
    if row is None:
        raise StockError("stock_unknown", code=code[:40], codes=[one.code for one in hardware.parts(work.db)])
    return row


def add(work: Work, row: Any, amount: int, why: str) -> int:
    """So many came in. Gives how many there are now."""
    if row.quantity + amount > MOST:
        raise StockError("stock_too_many", most=MOST)
    return hardware.move_part(work.db, row.id, amount, movement(work, "added", None, why))


def count(work: Work, row: Any, found: int, why: str) -> int:
    """So many were counted: the difference is a movement like any other. Gives the difference."""
    difference = int(found - row.quantity)
    hardware.move_part(work.db, row.id, difference, movement(work, "counted", None, why))
    return difference


def issue(work: Work, ticket: Ticket, row: Any, amount: int, why: str = "") -> int:
    """Takes parts from the stock for a ticket (备件领用). Gives how many are left. Raises StockError for too many."""
    must_go_on(work, ticket)
    if amount > row.quantity:
        raise StockError("stock_short", code=row.code, left=row.quantity)
    left = hardware.move_part(work.db, row.id, -amount, movement(work, "issued", ticket, why))
    waited = any(one.what == "part" for one in needs.of_tickets(work, [ticket]).get(ticket.id, ()))
    record(work, ticket, ("issued", {"part": row.id, "amount": amount}))
    if waited:
        announce(work, tickets.change(work.db, ticket.id), "issued")
    return left


def give_back(work: Work, ticket: Ticket, row: Any, amount: int, why: str = "") -> int:
    """Parts that a ticket did not need. Gives how many there are now. Raises StockError for more than it got."""
    got = hardware.issued_on(work.db, ticket.id).get(row.id, 0)
    if amount > got:
        raise StockError("stock_never_issued", code=row.code, got=got, number=work.house.name_of(ticket.number))
    record(work, ticket, ("issue_returned", {"part": row.id, "amount": amount}))
    return hardware.move_part(work.db, row.id, amount, movement(work, "returned", ticket, why))


def movement(work: Work, what: str, ticket: Ticket | None, why: str) -> dict[str, Any]:
    """A row of the books: what moves, on which ticket, by whom and why."""
    return {"at": work.now, "what": what, "ticket_id": ticket.id if ticket else None,
            "actor_id": work.actor.id, "why": why}  # fmt: skip


def must_go_on(work: Work, ticket: Ticket) -> None:
    """Raises StockError for a ticket that has ended."""
    if ticket.state in ENDED:
        raise StockError("stock_ended", number=work.house.name_of(ticket.number))


# ---- loans ----


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
    swapped_back(work, ticket)
    return held[0]


def _given(work: Work, device: Any) -> list[Any]:
    """The movement by which its user got it for good, if that was the last one."""
    return [one for one in hardware.movements(work.db, asset_id=device.id)[-1:] if one.what == GIVEN]


def swapped_back(work: Work, ticket: Ticket) -> None:
    """Once a repaired device is back, and no loan for it is out, the swap is done: a third party's limit ends there."""
    over = [one for one in hardware.repairs(work.db, ticket_id=ticket.id, ended=True) if one.state == RETURNED]
    over = [one for one in over if one.swapped_at is None]
    if not over or hardware.open_loans(work.db, ticket_id=ticket.id):
        return
    for one in over:
        hardware.change_repair(work.db, one.id, swapped_at=work.now)
    record(work, ticket, ("swapped_back", {"repair": over[-1].id}))
    settle(work, ticket)


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


# ---- what people look at ----


def device(work: Work, tag: str) -> Any:
    """The device with this tag. Raises StockError."""
    row = hardware.asset_by_tag(work.db, tag)
    if row is None:
        raise StockError("asset_unknown", tag=tag[:40])
    return row


def shelf(work: Work, words: str = "") -> dict[str, Any]:
    """What lies in stock and what is lent, as a text tells it: what runs short in front; of one part, its movements."""
    wanted = words.casefold()
    found = [one for one in hardware.parts(work.db) if wanted in f"{one.code} {one.name}".casefold()]
    parts = [
        {"code": one.code, "name": one.name, "place": one.place, "quantity": one.quantity, "minimum": one.minimum,
         "low": one.quantity < one.minimum}
        for one in found
    ]  # fmt: skip
    moved = [row for one in found if one.code.casefold() == wanted
             for row in hardware.movements(work.db, part_id=one.id)]  # fmt: skip
    devices = [
        {"tag": one.tag, "what": f"{one.kind} {one.model}".strip()}
        for one in hardware.assets(work.db, "stock") if wanted in f"{one.tag} {one.kind} {one.model}".casefold()
    ]  # fmt: skip
    lent = [
        {"device": one.tag, "number": work.house.name_of(one.number), "due": about.iso(one.due_at),
         "over": one.due_at < work.now}
        for one in hardware.open_loans(work.db) if wanted in f"{one.tag} {one.kind} {one.model}".casefold()
    ]  # fmt: skip
    parts.sort(key=lambda one: not one["low"])
    return {"parts": parts, "devices": devices, "lent": lent, "moved": _moves(work, moved)}


def record_of(work: Work, device: Any) -> dict[str, Any]:
    """All that is known of a device, with its last movements (SP-7.4)."""
    moved = _moves(work, hardware.movements(work.db, asset_id=device.id))
    user = people.by_id(work.db, device.user_id)
    dates = {name: str(getattr(device, name) or "") for name in ("accepted_on", "warranty_until")}
    covered = device.warranty_until is not None and device.warranty_until >= work.house.office.local_date(work.now)
    known = {name: getattr(device, name) for name in ("tag", "kind", "model", "serial", "place", "state")}
    return {**known, **dates, "user": user.name if user else "", "covered": covered, "moved": moved}


def _moves(work: Work, rows: list[Any]) -> list[dict[str, Any]]:
    """The last movements of a device or a part: when, what, how many, for which ticket, by whom, and why."""
    return [
        {"at": about.iso(one.at), "what": moved_as(one), "amount": one.amount, "why": _why(work, one),
         "number": work.house.name_of(one.number) if one.number else "",
         "who": about.name_of_person(work, one.actor_id)}
        for one in rows[-MOVES_SHOWN:]
    ]  # fmt: skip


def _why(work: Work, row: Any) -> str:
    """What was said of a movement; of one to who repairs, the name of his."""
    names = {one.key: one.name for one in work.house.vendors} if row.what in SENDING.values() else {}
    return names.get(row.why, str(row.why))


def moved_as(row: Any) -> str:
    """What a movement is called: a part that is returned is given back, a device stands at its user's again."""
    return "given_back" if row.code and row.what == "returned" else str(row.what)
