"""A mail that never reached its user was no contact with her: what the clocks made of it never was (R5, R6)."""

from __future__ import annotations

from typing import Any

from bot.desk.announce import announce
from bot.desk.journal import UNDONE, record, settle, standing
from bot.desk.moves import move
from bot.desk.work import Work
from bot.domain.ticket import ENDED, WAITING
from storage import journal, tickets
from storage.tickets import Ticket

CONTACTED, ASKED, ANSWERED = "contacted", "waiting", "answered"


def never_reached(work: Work, ticket: Ticket, mail: Any) -> bool:
    """Takes back what a lost mail (a row of the outbox) counted for; gives whether it counted for anything.

    The response that it met is open again, and the wait for an answer to it never was. Other words that reached her
    stand, and so does the verdict on a ticket that has ended. Who has answered since was reached, whoever else was not.
    """
    entry = mail.facts.get("entry")
    if entry is None or mail.address != ticket.requester_address or ticket.state in ENDED:
        return False
    rows = standing(journal.of_ticket(work.db, ticket.id))
    void = [row for row in rows if row.kind in {CONTACTED, ASKED} and row.facts.get("entry") == entry]
    if not void or any(row.kind == ANSWERED and row.id > void[0].id for row in rows):
        return False
    taken_back = (UNDONE, {"events": [row.id for row in void], "outbox": mail.id})
    if ticket.state == WAITING and entry == [row.facts["entry"] for row in rows if row.kind == ASKED][-1]:
        ticket = move(work, ticket, "resume", taken_back)
    else:
        ticket = tickets.change(work.db, ticket.id)
        record(work, ticket, taken_back)
        settle(work, ticket)
    announce(work, ticket, UNDONE)
    return True
