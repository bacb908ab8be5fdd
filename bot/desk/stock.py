"""Spare parts and loan devices (SP-5.1): what comes and goes, on which ticket, and who has which device."""

from __future__ import annotations

from typing import Any

from bot.desk import facts as about
from bot.desk import needs
from bot.desk.announce import announce
from bot.desk.journal import record
from bot.desk.work import Work
from bot.domain.repair import SENDING
from bot.domain.ticket import ENDED
from storage import hardware, people, tickets
from storage.tickets import Ticket

MOST = 100_000
"""So many of one part, at most."""
MOVES_SHOWN = 10


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
