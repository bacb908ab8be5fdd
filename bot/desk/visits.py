"""An engineer's way to the user: she sets out, arrives, leaves again (SP-4, SP-4.1)."""

from __future__ import annotations

from bot.desk.announce import announce
from bot.desk.authorizations import must_be_authorized
from bot.desk.journal import Happening
from bot.desk.moves import move
from bot.desk.work import Work
from bot.domain.ticket import DISPATCHED, ON_SITE, ON_THE_WAY
from storage.tickets import Ticket

SET_OUT, ARRIVE, LEAVE = "set out", "arrive", "leave"
STEPS: dict[str, tuple[str, str]] = {
    SET_OUT: ("set_out", ON_THE_WAY),
    ARRIVE: ("arrived", ON_SITE),
    LEAVE: ("left_site", ""),
}
"""Step → its event in the journal, and where the engineer is then. Who has arrived has responded (R5)."""


def step(work: Work, ticket: Ticket, action: str) -> Ticket:
    """One step of the way; of a ticket that was assigned to her it also confirms that she is on it (SP-3.4).

    Raises MoveRefusedError while nobody has the ticket, NotAuthorizedError (SP-10.2).
    """
    kind, whereabouts = STEPS[action]
    happened: list[Happening] = [(kind, {"engineer": ticket.assignee_id})]
    if ticket.state == DISPATCHED:
        must_be_authorized(work, ticket)
        happened.insert(0, ("accepted", {"assignee": ticket.assignee_id}))
    ticket = move(work, ticket, action, *happened, whereabouts=whereabouts)
    announce(work, ticket, "on the way")
    return ticket


def is_there(ticket: Ticket, action: str) -> bool:
    """Whether the step has been made already."""
    return ticket.whereabouts == STEPS[action][1]
