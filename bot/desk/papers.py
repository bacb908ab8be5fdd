"""The send-out sheet and the requisition as plain values, read from the books of hardware (SP-5.1, SP-5.5)."""

from __future__ import annotations

from typing import Any

from bot.desk import facts as about
from bot.desk.repair_facts import told
from bot.desk.sheet_facts import customer_name, sheet_facts, sheet_of
from bot.desk.stock import StockError, moved_as
from bot.desk.work import Work
from bot.domain import papers, repair
from storage import hardware, tickets
from storage.tickets import Ticket

STEPS = frozenset({*repair.SENDING.values(), *(kinds[0] for kinds in repair.EVENTS.values()), repair.TRANSPORT})
"""Movements of a device that belong to its repair."""
WORDLESS = frozenset({*repair.SENDING.values(), *(repair.EVENTS[one][0] for one in repair.DECISIONS)})
"""Of these the words stay with us: a vendor's key, and why a price was refused, on a paper that he may hold in hand."""
MOST_WORDS = 500
"""Characters of somebody's words that these papers show at one place."""


def paper_facts(work: Work, ticket: Ticket, paper: str) -> dict[str, Any]:
    """Everything that stands on a paper of the ticket; `paper` is one of bot.domain.papers.

    Personal data, as on the service sheet. Raises StockError where nothing was sent, or issued.
    """
    if paper == papers.SERVICE:
        return sheet_facts(work, ticket)
    return _repair(work, ticket) if paper == papers.REPAIR else _issue(work, ticket)


def for_vendor(facts: dict[str, Any]) -> dict[str, Any]:
    """The send-out sheet as it leaves the house: of the user it says nothing (SP-10.1)."""
    steps = [one for one in facts["steps"] if one["moved"] != repair.TRANSPORT]
    nothing = dict.fromkeys(("requester_name", "requester_phone", "place", "loans"), "")
    return facts | nothing | {"steps": steps, "without": ["user"]}


def _head(work: Work, ticket: Ticket, paper: str) -> dict[str, Any]:
    user = about.requester(work, ticket)
    return {
        **about.common(work, ticket),
        **{name: user[name] for name in ("requester_name", "requester_phone")},
        "paper": paper,
        "customer": customer_name(work, ticket),
        "engineer": about.name_of_person(work, ticket.assignee_id or sheet_of(work, ticket).solved_by),
    }


def _repair(work: Work, ticket: Ticket) -> dict[str, Any]:
    cases = [one for one in hardware.repairs(work.db, ticket_id=ticket.id, ended=True) if one.state != repair.UNDONE]
    if not cases:
        raise StockError("repair_none", number=work.house.name_of(ticket.number))
    case, sheet = cases[-1], sheet_of(work, ticket)
    device = hardware.asset_by_tag(work.db, case.tag)
    moved = hardware.movements(work.db, asset_id=device.id)
    steps = [one for one in moved if one.ticket_id == ticket.id and one.what in STEPS and one.at >= case.opened_at]
    void = [place for place, one in enumerate(steps, start=1) if one.what == "repair_undone"]
    said = tickets.get_entry(work.db, sheet.cause_words) if sheet.cause_words else None
    vendor = next((one for one in work.house.vendors if one.key == case.vendor), None)
    lent = hardware.open_loans(work.db, ticket_id=ticket.id, ended=True)
    known = told(work, case)
    return {
        **_head(work, ticket, papers.REPAIR),
        **{name: known[name] for name in ("device", "what", "at", "vendor", "case", "due")},
        "serial": device.serial,
        "warranty": str(device.warranty_until or ""),
        "vendor_mail": vendor.mail if vendor else "",
        "sent_at": about.iso(case.opened_at),
        "ended_at": about.iso(case.ended_at),
        "cause": sheet.cause,
        "cause_words": said.text[:MOST_WORDS] if said else "",
        "steps": [_step(work, one) for one in steps[max(void, default=0) :]],
        "result": next((one.why[:MOST_WORDS] for one in reversed(steps) if one.what == repair.RETURNED), ""),
        "loans": ", ".join(f"{one.tag} {one.kind} {one.model}".strip() for one in lent),
    }


def _issue(work: Work, ticket: Ticket) -> dict[str, Any]:
    dues = {one.tag: about.iso(one.due_at) for one in hardware.open_loans(work.db, ticket_id=ticket.id, ended=True)}
    moved = [one for one in hardware.movements(work.db, ticket_id=ticket.id) if one.what not in STEPS or one.code]
    if not moved:
        raise StockError("issue_none", number=work.house.name_of(ticket.number))
    items = [
        {**_step(work, one), "thing": _thing(one), "amount": abs(one.amount),
         "due": dues.get(one.tag) if one.what == "loaned" else None}
        for one in moved
    ]  # fmt: skip
    return {**_head(work, ticket, papers.ISSUE), "items": items}


def _thing(row: Any) -> str:
    """What moved, as who keeps the stock knows it."""
    known = (row.code, row.name) if row.code else (row.tag, row.device, row.model)
    return " ".join(filter(None, known))


def _step(work: Work, row: Any) -> dict[str, Any]:
    words = "" if row.what in WORDLESS else row.why[:MOST_WORDS]
    return {
        "at": about.iso(row.at),
        "moved": moved_as(row),
        "words": words,
        "who": about.name_of_person(work, row.actor_id),
    }
