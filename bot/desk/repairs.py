"""Broken devices on their way (SP-5.2 to SP-5.7): sent, how far they are, back at their users; and written progress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import IT_DEPARTMENT, announce, audience_of, readers_of
from bot.desk.journal import record, settle
from bot.desk.stock import StockError, movement, must_go_on, swapped_back
from bot.desk.work import Work
from bot.domain import repair as rules
from bot.domain.repair import Vendor
from storage import clocks, hardware, tickets
from storage.tickets import Ticket

PROGRESS = "progress"
BESIDE = ("vendor-15", "vendor-maker", "vendor-weekend", PROGRESS)
"""The clocks of a repair: they run beside the ticket's own and stop nothing (R10)."""
CAN_GO = {"in use", "stock", "repair"}
"""States of a device from which it goes to be repaired; `repair` where only a file said so."""


def vendor_of(work: Work, kind: str, key: str) -> Vendor | None:
    """Who of the configuration is meant: the one with the key, or the only one of the kind; None in house.

    Raises StockError with those that there are.
    """
    if kind == rules.HOUSE:
        return None
    known = [one for one in work.house.vendors if one.kind == kind]
    found = [one for one in known if key.casefold() in {one.key, one.name.casefold()}] if key else known
    if len(found) != 1:
        raise StockError("repair_vendor", word=key[:40], kind=kind, names=[one.key for one in known])
    return found[0]


def send(work: Work, ticket: Ticket, device: Any, kind: str, vendor: Vendor | None) -> list[dict[str, Any]]:
    """Opens the case of a device; its clocks start. Gives them. What we had in house may be sent out.

    Raises StockError where the device, or the ticket, cannot have a case now.
    """
    must_go_on(work, ticket)
    facts: dict[str, Any] = {"asset": device.id, "vendor": vendor.key if vendor else ""}
    held = _in_house(work, ticket, device) if vendor else None
    if held is None:
        was = _fit(work, ticket, device)
        row = {"ticket_id": ticket.id, "asset_id": device.id, "device_was": was, "opened_at": work.now}
        held = hardware.send_to_repair(work.db, {**row, "kind": kind, "changed_at": work.now})
    hardware.change_repair(work.db, held, kind=kind, vendor=facts["vendor"], state=rules.SENT, changed_at=work.now)
    hardware.change_asset(work.db, device.id, state="repair")
    hardware.note(work.db, {**movement(work, rules.SENDING[kind], ticket, facts["vendor"]), "asset_id": device.id})
    days = {"days": vendor.days} if vendor and vendor.days else {}
    record(work, ticket, (rules.SENDING[kind], {**facts, **days, "repair": held}))
    settle(work, ticket)
    return running(work, ticket)


def _in_house(work: Work, ticket: Ticket, device: Any) -> int | None:
    """The open case of a device that we tried to repair ourselves on this ticket."""
    found = hardware.repairs(work.db, ticket_id=ticket.id, asset_id=device.id)
    return int(found[0].id) if found and found[0].kind == rules.HOUSE else None


def _fit(work: Work, ticket: Ticket, device: Any) -> str:
    """The state to which the device goes back. Raises StockError."""
    if device.customer_id != ticket.customer_id:
        raise StockError("asset_unknown", tag=device.tag)
    for known in hardware.repairs(work.db, asset_id=device.id):
        raise StockError("repair_twice", tag=device.tag, on=work.house.name_of(known.number), kind=known.kind)
    for known in hardware.repairs(work.db, ticket_id=ticket.id):
        raise StockError("repair_other", tag=known.tag, number=work.house.name_of(ticket.number))
    if device.state not in CAN_GO:
        raise StockError("repair_state", tag=device.tag, state=device.state)
    return "in use" if device.state == "repair" else str(device.state)


def case_of(work: Work, ticket: Ticket) -> Any:
    """The ticket's open case. Raises StockError where there is none."""
    found = hardware.repairs(work.db, ticket_id=ticket.id)
    if not found:
        raise StockError("repair_none", number=work.house.name_of(ticket.number))
    return found[0]


def step(work: Work, ticket: Ticket, to: str, words: str) -> Any:
    """The case is so far, by somebody's words. Gives it as it is now.

    Raises StockError where there is no case or the step does not follow.
    """
    case = case_of(work, ticket)
    try:
        state = rules.after(case.state, to)
    except rules.RepairMoveError as error:
        facts = {"number": work.house.name_of(ticket.number), "step": error.step, "state": error.state}
        raise StockError("repair_move", **facts) from error
    ended = {"ended_at": work.now} if state in rules.ENDED else {}
    hardware.change_repair(work.db, case.id, state=state, changed_at=work.now, **ended)
    if ended:
        gone = case.state == rules.IRREPARABLE
        hardware.change_asset(work.db, case.asset_id, state="retired" if gone else case.device_was)
    event = rules.EVENTS[state][0]
    hardware.note(work.db, {**movement(work, event, ticket, words[:200]), "asset_id": case.asset_id})
    facts = {"repair": case.id} | ({"entry": _note(work, ticket, words)} if words else {})
    record(work, ticket, *((kind, facts) for kind in rules.EVENTS[state]))
    swapped_back(work, ticket)
    settle(work, ticket)
    return next(one for one in hardware.repairs(work.db, ticket_id=ticket.id, ended=True) if one.id == case.id)


def undo(work: Work, ticket: Ticket) -> Any:
    """A case that was opened by mistake is none: its clocks are cancelled. Only on its day, before anything happened.

    Raises StockError.
    """
    case, office = case_of(work, ticket), work.house.office
    if office.local_date(case.changed_at) != office.local_date(work.now):
        raise StockError("repair_undo_late", number=work.house.name_of(ticket.number))
    return step(work, ticket, rules.UNDONE, "")


def _note(work: Work, ticket: Ticket, text: str) -> int:
    who = {"author_id": work.actor.id, "author": work.actor.name}
    return tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", text=text, created_at=work.now, **who)


def progress(work: Work, ticket: Ticket, words: str) -> dict[str, Any]:
    """Written progress to the requester and the customer's IT department, a mail each (SP-5.4). Gives who gets one.

    Raises StockError where nothing is repaired, or nobody has an address.
    """
    case = case_of(work, ticket)
    department = audience_of(work, ticket, IT_DEPARTMENT)
    own = work.house.own_addresses
    to = {
        "requester": any(one.address and one.address not in own for one in readers_of(work, ticket)),
        "department": len(department),
    }
    if not any(to.values()):
        raise StockError("progress_nobody", number=work.house.name_of(ticket.number))
    entry = _note(work, ticket, words)
    record(work, ticket, ("progressed", {"repair": case.id, "entry": entry}))
    settle(work, ticket)
    facts = told(work, case) | {"text": words, "author": work.actor.name}
    announce(work, ticket, "progressed", facts, key=str(entry))
    return to


# ---- what people look at ----


def running(work: Work, ticket: Ticket) -> list[dict[str, Any]]:
    """The open clocks of a ticket's repair, the earliest first."""
    rows = clocks.open_of(work.db, [ticket.id]).get(ticket.id, [])
    return [about.clock_facts(row) for row in rows if row.target in BESIDE]


def told(work: Work, case: Any) -> dict[str, Any]:
    """A case as texts tell it: the device, where it is, how far, and when it is to be back ("due", None for open)."""
    dues = [one for one in running(work, tickets.get(work.db, case.ticket_id)) if one["target"] != PROGRESS]
    names: Mapping[str, str] = {one.key: one.name for one in work.house.vendors}
    return {
        "device": case.tag,
        "what": f"{case.device} {case.model}".strip(),
        "number": work.house.name_of(case.number),
        "at": case.kind,
        "vendor": names.get(case.vendor, case.vendor),
        "case": case.state,
        "since": about.iso(case.opened_at),
        "due": dues[0]["due"] if dues else None,
        "over": any(one["due"] and one["due"] < about.iso(work.now) for one in dues),
    }


def under_way(work: Work, words: str = "") -> list[dict[str, Any]]:
    """All devices in repair, or those that words name."""
    wanted = words.casefold()
    found = [one for one in hardware.repairs(work.db) if wanted in f"{one.tag} {one.device} {one.model}".casefold()]
    return [told(work, one) for one in found]


def of_device(work: Work, device: Any) -> dict[str, Any] | None:
    """The open case of a device, as texts tell it."""
    found = hardware.repairs(work.db, asset_id=device.id)
    return told(work, found[0]) if found else None
