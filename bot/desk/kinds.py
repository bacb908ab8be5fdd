"""What a ticket is, said anew by the desk (fault, question, request, suggestion, complaint), and complaints settled.

A suggestion promises an answer and no solution (service plan 4), and so does a complaint, which is answered and settled
by clocks of its own (SP-4.4).
"""

from __future__ import annotations

from bot.desk import wishes
from bot.desk.announce import announce
from bot.desk.authorizations import begin
from bot.desk.journal import Happening, record, settle
from bot.desk.moves import move
from bot.desk.work import Work
from bot.domain.plain_words import COMPLAINT, REQUEST, SUGGESTION
from bot.domain.targets import SUGGESTED, UNCOMPLAINED, UNSUGGESTED
from bot.domain.ticket import ENDED, OPEN, MoveRefusedError
from storage import clocks, tickets
from storage.tickets import Ticket


class KindError(Exception):
    """It is not done; `reason` is a short word: same, settled."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def set_kind(work: Work, ticket: Ticket, kind: str) -> Ticket:
    """The ticket is something else than it was taken for; what follows from that begins. Raises MoveRefusedError."""
    if ticket.state not in OPEN:
        raise MoveRefusedError("kind", ticket.state)
    if ticket.kind == kind:
        raise KindError("same")
    happened: list[Happening] = [("kind", {"kind": kind, "former": ticket.kind})]
    happened += [(over, {}) for over in _ENDS.get(ticket.kind, ())]
    if kind in {SUGGESTION, COMPLAINT}:
        happened.append((SUGGESTED, {}))
    first = next(iter(tickets.entries(work.db, ticket.id)), None)
    if kind == COMPLAINT:
        happened.append(("complained", {"entry": first.id} if first else {}))
    ticket = tickets.change(work.db, ticket.id, kind=kind)
    record(work, ticket, *happened)
    settle(work, ticket)
    announce(work, ticket, "kind")
    if kind in {COMPLAINT, SUGGESTION}:
        wishes.tell_kind(work, ticket, first.text if first else "", key=f"kind:{ticket.version}")
    elif kind == REQUEST:
        begin(work, ticket)
    return ticket


_ENDS = {SUGGESTION: (UNSUGGESTED,), COMPLAINT: (UNSUGGESTED, UNCOMPLAINED)}
"""What is over when a ticket is something else."""


def settle_complaint(work: Work, ticket: Ticket, text: str) -> bool:
    """Tells the user what caused it and what was done; a ticket that is a complaint ends with that.

    Gives whether it did. Raises MoveRefusedError, KindError where no complaint is open.
    """
    if ticket.state in ENDED:
        raise MoveRefusedError("settle", ticket.state)
    if not is_unsettled(work, ticket):
        raise KindError("settled")
    who = {"author_id": work.actor.id, "author": work.actor.name}
    facts = {"ticket_id": ticket.id, "kind": "reply", "text": text, "created_at": work.now}
    entry = tickets.add_entry(work.db, **facts, **who)
    happened: list[Happening] = [("contacted", {}), ("settled", {"entry": entry})]
    ends = ticket.kind == COMPLAINT and ticket.state in OPEN
    if ends:
        until = work.house.office.add_working_days(work.now, work.house.reopen_days)
        happened.append(("solved", {"entry": entry}))
        ticket = move(work, ticket, "solve", *happened, solved_at=work.now, close_at=until)
    else:
        ticket = tickets.change(work.db, ticket.id)
        record(work, ticket, *happened)
        settle(work, ticket)
    told = {"text": text, "author": work.actor.name, "reopen_days": work.house.reopen_days, "ends": ends}
    announce(work, ticket, "settled", {**told, "wish": "settled", "score": 0, "answer_due": None}, key=str(entry))
    return ends


def is_unsettled(work: Work, ticket: Ticket) -> bool:
    """Whether somebody has complained on the ticket, and that is not settled."""
    return any(row.target == "complaint-settle" for row in clocks.open_of(work.db, [ticket.id]).get(ticket.id, []))
