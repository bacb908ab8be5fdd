"""A known outage: one master ticket speaks for all that are linked to it (R16, service plan 4)."""

from __future__ import annotations

from collections.abc import Iterable

from bot.desk import facts as about
from bot.desk import majors
from bot.desk.announce import announce
from bot.desk.journal import record, ring_again, settle, silence
from bot.desk.moves import cover, move, reopen, solve
from bot.desk.work import Work
from bot.domain.secrecy import SECURITY
from bot.domain.ticket import NEW, OPEN, SOLVED, MoveRefusedError
from storage import clocks, journal, tickets
from storage.tickets import Ticket


class LinkRefusedError(Exception):
    """The tickets are not linked; `reason` is a short word, `ticket` the one that it is about."""

    def __init__(self, reason: str, ticket: Ticket) -> None:
        super().__init__(reason)
        self.reason = reason
        self.ticket = ticket


def mark(work: Work, ticket: Ticket) -> Ticket:
    """Makes it the master of an outage. Raises MoveRefusedError unless it is open, LinkRefusedError."""
    if ticket.state not in OPEN:
        raise MoveRefusedError("master", ticket.state)
    if ticket.is_master or ticket.master_id is not None:
        raise LinkRefusedError("already" if ticket.is_master else "linked", ticket)
    if ticket.kind == SECURITY:
        raise LinkRefusedError("secret", ticket)
    ticket = tickets.change(work.db, ticket.id, is_master=True)
    record(work, ticket, ("mastered", {}))
    announce(work, ticket, "master")
    return ticket


def link_alike(work: Work, master: Ticket) -> int:
    """Links what nobody has taken yet and may be part of the outage. Gives how many those were."""
    found = alike(work, master)
    for child in found:
        link(work, child, tickets.get(work.db, master.id))
    return len(found)


def alike(work: Work, master: Ticket) -> list[Ticket]:
    """The tickets that nobody has taken yet and that may be part of the outage."""
    return [one for one in tickets.find(work.db, customer_id=master.customer_id) if proposed(one, [master])]


def unmark(work: Work, ticket: Ticket) -> int:
    """Ends a master: its linked tickets are separate again. Gives how many of them are open."""
    if not ticket.is_master:
        raise LinkRefusedError("no_master", ticket)
    linked = tickets.linked_to(work.db, ticket.id)
    for child in linked:
        announce(work, _part(work, child), "parted")
    ticket = tickets.change(work.db, ticket.id, is_master=False)
    record(work, ticket, ("unmastered", {}))
    announce(work, ticket, "master")
    return sum(child.state in OPEN for child in linked)


def link(work: Work, child: Ticket, master: Ticket) -> Ticket:
    """The child's fault is the master's outage: it gives no alerts from now on, and its requester hears that.

    Its clocks go on; it needs no dispatch of its own where the master has an engineer.
    Raises MoveRefusedError, LinkRefusedError.
    """
    reason = _misfit(child, master)
    if reason:
        raise LinkRefusedError(reason, child if reason in {"itself", "already_linked", "master"} else master)
    if child.state not in OPEN:
        raise MoveRefusedError("child", child.state)
    child = tickets.change(work.db, child.id, master_id=master.id)
    record(work, child, ("known", {"master": master.id}))
    silence(work, child)
    if master.assignee_id is not None and child.assignee_id is None:
        cover(work, child)
    announce(work, child, "linked to master", _known(work, master))
    announce(work, master, "master", key=f"{child.id}:{child.version}")
    majors.flag_outage(work, master)
    return child


def _misfit(child: Ticket, master: Ticket) -> str:
    """Why the one cannot be linked to the other; "" if it can."""
    wrong = {
        "itself": child.id == master.id,
        "other_customer": child.customer_id != master.customer_id,
        "master": child.is_master,
        "no_master": not master.is_master,
        "already_linked": child.master_id == master.id,
        "over": master.state not in OPEN,
        "secret": SECURITY in {child.kind, master.kind},
    }
    return next((name for name, holds in wrong.items() if holds), "")


def _known(work: Work, master: Ticket) -> dict[str, object]:
    """What the requester of a linked ticket hears: how many others there are, who works on it, until when."""
    rows = clocks.open_of(work.db, [master.id]).get(master.id, [])
    resolve = next((row.due_at for row in rows if row.target == "resolve" and row.due_at), None)
    return {
        "master": work.house.name_of(master.number),
        "others": tickets.linked_counts(work.db, [master.id])[master.id],
        "engineer": about.name_of_person(work, master.assignee_id),
        "due": about.iso(resolve if resolve and resolve > work.now else None),
    }


def part(work: Work, child: Ticket) -> Ticket:
    """Takes a ticket out of an outage, and tells what is due on it by now. Gives the master.

    Raises LinkRefusedError for a ticket that is not linked.
    """
    if child.master_id is None:
        raise LinkRefusedError("not_linked", child)
    master = tickets.get(work.db, child.master_id)
    child = _part(work, child)
    announce(work, child, "parted")
    announce(work, master, "master", key=f"{child.id}:{child.version}")
    return master


def _part(work: Work, child: Ticket) -> Ticket:
    former = child.master_id
    child = tickets.change(work.db, child.id, master_id=None)
    record(work, child, ("parted", {"master": former}))
    settle(work, child)
    ring_again(work, child)
    return child


def solve_all(work: Work, ticket: Ticket, text: str) -> int:
    """Solves a ticket and, if it is a master, what is linked to it: each requester hears it on her own ticket.

    Gives how many linked ones were solved with it. Raises MoveRefusedError.
    """
    solve(work, ticket, text)
    linked = [one for one in tickets.linked_to(work.db, ticket.id) if one.state in OPEN]
    for child in linked:
        solve(work, child, text)
    return len(linked)


def reopen_all(work: Work, ticket: Ticket, why: str) -> int:
    """Reopens a ticket and, if it is a master, what was solved with it: each requester hears it on her own ticket.

    A master that is open again already takes what stayed solved along. Gives how many that were. Raises
    MoveRefusedError.
    """
    solved = [one.at for one in journal.of_ticket(work.db, ticket.id) if one.kind == "solved"]
    linked = tickets.linked_to(work.db, ticket.id) if ticket.is_master and solved else []
    with_it = [one for one in linked if one.state == SOLVED and one.solved_at == solved[-1]]
    if not with_it or ticket.state not in OPEN:
        ticket = reopen(work, ticket, why, with_linked=True)
    for child in with_it:
        again = move(work, child, "reopen", ("reopened", {"master": ticket.id}), solved_at=None, close_at=None)
        silence(work, again)
        announce(work, again, "linked to master", {**_known(work, ticket), "again": True})
    return len(with_it)


def proposed(ticket: Ticket, masters: Iterable[Ticket]) -> Ticket | None:
    """The open outage that a ticket which nobody has taken yet may belong to: of the same customer, at the same place.

    Where one of them names no place, the service item decides.
    """
    if ticket.state != NEW or ticket.is_master or ticket.master_id is not None:
        return None
    return next((one for one in masters if one.customer_id == ticket.customer_id and _alike(ticket, one)), None)


def _alike(one: Ticket, other: Ticket) -> bool:
    return one.place == other.place if one.place and other.place else one.item == other.item
