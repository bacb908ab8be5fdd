"""Broken devices on their way (SP-5.2 to SP-5.7): sent, how far they are, back at their users; and written progress."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from bot.desk import prices, repair_mails, vendors
from bot.desk.announce import IT_DEPARTMENT, announce, audience_of, readers_of
from bot.desk.journal import record, settle
from bot.desk.loans import swapped_back
from bot.desk.repair_facts import PROGRESS, case_of, running, told
from bot.desk.stock import StockError, movement, must_go_on
from bot.desk.work import Work
from bot.domain import repair as rules
from bot.domain.repair import Vendor
from storage import hardware, journal, tickets
from storage.tickets import Ticket

DRAFTED_AT = time(9)
"""Progress is drafted at that time of the desk's zone."""
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
    vendors.order(work, ticket, case_of(work, ticket))
    _plan(work, ticket)
    repair_mails.sent(work, ticket, case_of(work, ticket))
    return running(work, ticket)


def _plan(work: Work, ticket: Ticket) -> None:
    """When who repairs is reminded first, and when the next progress is drafted."""
    case = case_of(work, ticket)
    drafted = _drafted_at(work, ticket)
    hardware.change_repair(work.db, case.id, remind_at=vendors.next_reminder(work, case), draft_at=drafted)


def _drafted_at(work: Work, ticket: Ticket) -> datetime | None:
    """On the morning of the working day before written progress is due: two days are left for one press."""
    due = next((one["due"] for one in running(work, ticket) if one["target"] == PROGRESS), None)
    if due is None:
        return None
    office = work.house.office
    day = office.working_date(office.local_date(datetime.fromisoformat(due)), -1)
    return max(datetime.combine(day, DRAFTED_AT, office.zone), work.now)


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


def step(work: Work, ticket: Ticket, to: str, words: str) -> Any:
    """Records a step of the case, with somebody's words. Gives the case as it is now.

    Raises StockError where there is no case or the step does not follow.
    """
    case = case_of(work, ticket)
    try:
        state = rules.after(case.state, to)
    except rules.RepairMoveError as error:
        facts = {"number": work.house.name_of(ticket.number), "step": error.step, "state": error.state}
        raise StockError("repair_move", **facts) from error
    ended: dict[str, Any] = {"ended_at": work.now, "draft_at": None} if state in rules.ENDED else {}
    if state not in vendors.REMINDING:
        ended |= {"remind_at": None}
    hardware.change_repair(work.db, case.id, state=state, changed_at=work.now, **ended)
    if state in rules.ENDED:
        gone = case.state == rules.IRREPARABLE
        hardware.change_asset(work.db, case.asset_id, state="retired" if gone else case.device_was)
    event = rules.EVENTS[state][0]
    hardware.note(work.db, {**movement(work, event, ticket, words[:200]), "asset_id": case.asset_id})
    facts = {"repair": case.id} | ({"entry": _note(work, ticket, words)} if words else {})
    record(work, ticket, *((kind, facts) for kind in rules.EVENTS[state]))
    swapped_back(work, ticket)
    settle(work, ticket)
    if state in rules.DECISIONS:  # his turn again
        _plan(work, ticket)
    now = next(one for one in hardware.repairs(work.db, ticket_id=ticket.id, ended=True) if one.id == case.id)
    if state == rules.QUOTED:
        prices.named(work, ticket, now)
    elif state in rules.DECISIONS:
        prices.decided(work, ticket, now, words)
    repair_mails.stepped(work, ticket, case.state, now)
    return now


def arrange(work: Work, ticket: Ticket, words: str) -> Any:
    """Who carries the device, how and when, is arranged and stands on the sheet (SP-5.5). Gives the case."""
    case = case_of(work, ticket)
    hardware.note(work.db, {**movement(work, rules.TRANSPORT, ticket, words[:200]), "asset_id": case.asset_id})
    record(work, ticket, (rules.TRANSPORT, {"repair": case.id, "entry": _note(work, ticket, words)}))
    return case


def undo(work: Work, ticket: Ticket) -> Any:
    """A case that was opened by mistake is none: its clocks are cancelled. Only on its day, before anything happened.

    Raises StockError.
    """
    case, office = case_of(work, ticket), work.house.office
    if office.local_date(case.changed_at) != office.local_date(work.now):
        raise StockError("repair_undo_late", number=work.house.name_of(ticket.number))
    vendors.call_off(work, case)
    repair_mails.undone(work, ticket, case)
    return step(work, ticket, rules.UNDONE, "")


def _note(work: Work, ticket: Ticket, text: str) -> int:
    who = {"author_id": work.actor.id, "author": work.actor.name}
    return tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", text=text, created_at=work.now, **who)


def progress(work: Work, ticket: Ticket, words: str) -> dict[str, Any]:
    """Written progress to the requester and the customer's IT department, a mail each (SP-5.4). Gives who gets one.

    Without words it is what the case says; that goes once a day. Raises StockError where nothing is repaired, nobody
    has an address, or that was written already.
    """
    case, today = case_of(work, ticket), work.house.office.local_date(work.now).isoformat()
    department = audience_of(work, ticket, IT_DEPARTMENT)
    own = work.house.own_addresses
    to = {
        "requester": any(one.address and one.address not in own for one in readers_of(work, ticket)),
        "department": len(department),
    }
    if not any(to.values()):
        raise StockError("progress_nobody", number=work.house.name_of(ticket.number))
    if not words and journal.newest_facts(work.db, "progressed", [ticket.id]).get(ticket.id, {}).get("on") == today:
        raise StockError("progress_today", number=work.house.name_of(ticket.number))
    said = {"entry": _note(work, ticket, words)} if words else {}
    record(work, ticket, ("progressed", {"repair": case.id, "on": today, **said}))
    settle(work, ticket)
    hardware.change_repair(work.db, case.id, draft_at=_drafted_at(work, ticket))
    facts = told(work, case) | {"text": words, "author": work.actor.name}
    announce(work, ticket, "progressed", facts, key=f"{case.id}:{said.get('entry', today)}")
    return to


def remind(work: Work) -> int:
    """Reminds who repairs, or decides on his price, and shows the desk the drafted progress. Gives how many cases."""
    due = hardware.due_repairs(work.db, work.now)
    for case in due:
        if case.remind_at and case.remind_at <= work.now:
            hardware.change_repair(work.db, case.id, remind_at=None)
            (prices if case.state == rules.QUOTED else vendors).remind(work, case)
        if case.draft_at and case.draft_at <= work.now:
            hardware.change_repair(work.db, case.id, draft_at=None)
            ticket = tickets.get(work.db, case.ticket_id)
            facts = told(work, case) | vendors.last_word(work, case)
            announce(work, ticket, "progress drafted", facts, key=f"{case.id}:{case.draft_at.isoformat()}")
    return len(due)
