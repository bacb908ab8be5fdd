"""Emergency plans on a ticket: begun, ticked step by step, ended; the journal says who did what and when (SP-4.7)."""

from __future__ import annotations

from typing import Any

from bot.desk import facts as about
from bot.desk.announce import announce
from bot.desk.journal import record, standing
from bot.desk.work import Work
from bot.domain.plans import BEGUN, ENDED, TICKED, UNTICKED, Checklist, Plan, checklist
from bot.domain.ticket import OPEN, MoveRefusedError
from storage import journal, people, tickets
from storage.tickets import Ticket


class PlanError(Exception):
    """It is not done; `reason` is a short word: twice, none, ended, step, done, undone."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def plan_of(work: Work, ticket: Ticket) -> Checklist | None:
    """The ticket's newest plan as it stands."""
    return checklist(standing(journal.of_ticket(work.db, ticket.id)))


def begin(work: Work, ticket: Ticket, plan: Plan) -> None:
    """Puts a plan on the ticket; the project manager hears of it. Raises MoveRefusedError, PlanError."""
    if ticket.state not in OPEN:
        raise MoveRefusedError("plan", ticket.state)
    known = plan_of(work, ticket)
    if known and known.ended_at is None:
        raise PlanError("twice")
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, (BEGUN, {"plan": plan.key, "name": plan.name, "steps": list(plan.steps)}))
    announce(work, ticket, "plan begun", {"when": plan.when, **shown(work, ticket)})


def tick(work: Work, ticket: Ticket, step: int, *, done: bool = True) -> None:
    """A step is done, or is not after all; with the last one the plan ends. Raises PlanError."""
    known = _running(work, ticket)
    if not 0 < step <= len(known.steps):
        raise PlanError("step")
    if (step in known.done) == done:
        raise PlanError("done" if done else "undone")
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, (TICKED if done else UNTICKED, {"step": step}))
    if done and known.open == [step]:
        _end(work, ticket)


def end(work: Work, ticket: Ticket) -> None:
    """It is over, whatever steps are left. Raises PlanError."""
    _running(work, ticket)
    _end(work, tickets.change(work.db, ticket.id))


def shown(work: Work, ticket: Ticket) -> dict[str, Any]:
    """The plan as texts show it: its steps, each with who has done it and when; {} where there is none."""
    known = plan_of(work, ticket)
    if known is None:
        return {}
    names = {one.id: one.name or str(one.handle) for one in people.ever_staff(work.db)}
    steps = []
    for number, text in enumerate(known.steps, start=1):
        at, by = known.done.get(number, (None, None))
        steps.append({"step": number, "text": text, "at": about.iso(at), "by": names.get(by or 0, "")})
    return {"plan": known.name, "steps": steps, "begun_at": about.iso(known.begun_at), "done": len(known.done),
            "ended_at": about.iso(known.ended_at)}  # fmt: skip


def _running(work: Work, ticket: Ticket) -> Checklist:
    known = plan_of(work, ticket)
    if known is None or known.ended_at:
        raise PlanError("ended" if known else "none")
    return known


def _end(work: Work, ticket: Ticket) -> None:
    record(work, ticket, (ENDED, {}))
    announce(work, ticket, "plan ended", shown(work, ticket))
