"""When the engineer will be there: told to the requester with an invitation for her calendar, moved, and called off."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import announce
from bot.desk.journal import record
from bot.desk.work import Work
from bot.domain.targets import ABSORBED
from bot.domain.visit import CANCEL, LASTS, REQUEST, Plan, read_plan
from storage import journal, tickets
from storage.tickets import Ticket


def tell(work: Work, ticket: Ticket, eta: datetime) -> Ticket:
    """The requester reads when the engineer comes, or that it is another time now."""
    ticket = tickets.change(work.db, ticket.id)
    facts = moved(work, ticket, eta)
    engineer = about.name_of_person(work, ticket.assignee_id)
    announce(work, ticket, "visit", {**facts, "engineer": engineer}, key=facts["eta"])
    return ticket


def moved(work: Work, ticket: Ticket, eta: datetime) -> dict[str, Any]:
    """Writes a new time down. Gives the facts that a mail to the requester carries: `eta`, `again` and `invite`."""
    before = read_plan(journal.of_ticket(work.db, ticket.id))
    plan = before.moved(eta)
    record(work, ticket, ("eta", {"eta": about.iso(eta), "visit": plan.visit, "sequence": plan.sequence}))
    return {"eta": about.iso(eta), "again": plan.sequence > 0, "invite": _invite(work, ticket, plan, eta, REQUEST)}


def called_off(work: Work, ticket: Ticket) -> dict[str, Any]:
    """Nobody comes at the time that was told. Gives the facts that take it out of her calendar; none where none is."""
    plan = read_plan(journal.of_ticket(work.db, ticket.id))
    return _off(work, ticket, plan, plan.eta)


def call_off(work: Work, ticket: Ticket) -> None:
    """Cancels a visit that the requester was told of, by a mail of its own."""
    _tell_off(work, ticket, called_off(work, ticket))


def taken_back(work: Work, ticket: Ticket, events: Collection[int]) -> None:
    """A command was taken back whose mail is with the requester: if that told, moved or called off a visit, she reads
    how it stands now.
    """
    rows = journal.of_ticket(work.db, ticket.id)
    said = [row.facts["eta"] for row in rows if row.kind == "eta" and row.id in events]
    plan = read_plan(rows)
    if said and plan.eta and plan.eta > work.now:
        tell(work, ticket, plan.eta)
    elif said and said[-1]:
        _tell_off(work, ticket, _off(work, ticket, plan, datetime.fromisoformat(said[-1])))


def parted(work: Work, ticket: Ticket, absorbed: int) -> dict[str, Any]:
    """A merge is undone: who came by it was told of a visit that is not hers. Gives what takes it out of her calendar;
    the visit stays.
    """
    rows = journal.of_ticket(work.db, ticket.id)
    joined = max(row.id for row in rows if row.kind == ABSORBED and row.facts["ticket"] == absorbed)
    plan, told = read_plan(rows), any(row.kind == "eta" and row.id > joined for row in rows)
    return _off(work, ticket, plan, plan.eta if told else None, left=plan.eta)


def _off(
    work: Work, ticket: Ticket, plan: Plan, eta: datetime | None, *, left: datetime | None = None
) -> dict[str, Any]:
    """What takes a visit out of a calendar; `left`: when it is for others all the same."""
    if eta is None or eta + LASTS <= work.now:
        return {}
    gone = Plan(plan.visit, plan.sequence + 1)
    record(work, ticket, ("eta", {"eta": about.iso(left), "visit": gone.visit, "sequence": gone.sequence}))
    return {"called_off": about.iso(eta), "invite": _invite(work, ticket, gone, eta, CANCEL)}


def _tell_off(work: Work, ticket: Ticket, facts: dict[str, Any]) -> None:
    if facts:
        announce(work, ticket, "visit off", {**facts, "eta": facts["called_off"]})


def _invite(work: Work, ticket: Ticket, plan: Plan, eta: datetime, method: str) -> dict[str, Any]:
    return {
        "method": method,
        "uid": f"visit-{plan.visit}-{work.house.name_of(ticket.number)}@{work.house.host}".lower(),
        "sequence": plan.sequence,
        "start": about.iso(eta),
        "end": about.iso(eta + LASTS),
        "stamp": about.iso(work.now),
        "engineer": about.name_of_person(work, ticket.assignee_id),
    }
