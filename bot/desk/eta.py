"""When the engineer will be there: told to the requester with an invitation for her calendar, moved, and called off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import announce
from bot.desk.journal import record
from bot.desk.work import Work
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
    if plan.eta is None or plan.eta + LASTS <= work.now:
        return {}
    gone = Plan(plan.visit, plan.sequence + 1)
    record(work, ticket, ("eta", {"eta": None, "visit": gone.visit, "sequence": gone.sequence}))
    return {"invite": _invite(work, ticket, gone, plan.eta, CANCEL)}


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
