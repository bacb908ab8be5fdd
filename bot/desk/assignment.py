"""Who is proposed for a ticket and why; and tickets that go to the proposed engineer by themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.desk import moves
from bot.desk.journal import dispatch_at
from bot.desk.roster import Roster
from bot.desk.work import SYSTEM, Work
from bot.domain.assignment import MOBILE, RESIDENT, Candidate, Proposal, Strengths, ranked
from bot.domain.ladder import ENGINEER
from bot.domain.ticket import NEW
from storage import dispatch, people, tickets
from storage.tickets import Ticket


class Proposer:
    """Ranks the engineers on duty, looked up once for a batch of tickets.

    `roster`: as of another instant; `more`: open tickets that each person will have got by then.
    """

    def __init__(
        self, work: Work, roster: Roster | None = None, more: Mapping[int, int] = MappingProxyType({})
    ) -> None:
        self._work, self._roster = work, roster or Roster(work)
        self._busy = Counter(tickets.open_counts(work.db, [one.id for one in people.staff(work.db)])) + Counter(more)
        self._by_place: dict[str, list[Candidate]] = {}

    def proposals(self, ticket: Ticket) -> list[Proposal]:
        """Everybody who could take the ticket, the fittest first; whoever has it already is left out."""
        if ticket.place not in self._by_place:
            self._by_place[ticket.place] = self._candidates(ticket.place)
        others = (one for one in self._by_place[ticket.place] if one.person != ticket.assignee_id)
        return ranked(others, ticket.item, ticket.place)

    def _candidates(self, place: str) -> list[Candidate]:
        booked = {one.person.id for one in self._roster.booked(place)}
        return [
            Candidate(
                person=one.person.id,
                handle=str(one.person.handle),
                name=one.person.name or str(one.person.handle),
                kind=RESIDENT if RESIDENT in one.person.roles else MOBILE,
                strengths=self._work.house.strengths.get(str(one.person.handle), Strengths()),
                booked=one.person.id in booked,
                busy=self._busy[one.person.id],
            )
            for one in self._roster.holders(ENGINEER, place)
        ]


def shown(proposal: Proposal) -> dict[str, Any]:
    """A proposal as texts tell it."""
    one = proposal.candidate
    return {"handle": one.handle, "name": one.name, "traits": list(proposal.traits), "busy": one.busy}


def dispatch_at_once(work: Work, ticket: Ticket) -> Ticket:
    """A ticket that cannot wait goes to the proposed engineer (SP-2.5), unless the desk assigns by hand only."""
    if not work.house.assign_minutes or ticket.state != NEW:
        return ticket
    work = work.by(SYSTEM)  # the daemon chose her, not the user whose mail opened the ticket
    return _give(work, ticket, Proposer(work))


def assign_due(work: Work) -> int:
    """Assigns tickets that nobody took in time to the proposed engineer. Gives how many were looked at.

    Where nobody is on duty nothing happens: the ladder goes on and says so.
    """
    due = dispatch.due(work.db, work.now)
    proposer = Proposer(work) if due else None
    for ticket_id in due:
        dispatch.done(work.db, ticket_id)
        ticket = tickets.get(work.db, ticket_id)
        if proposer is None or ticket.state != NEW or ticket.master_id is not None:
            continue
        at = dispatch_at(work, ticket)
        if at and at > work.now:  # its calendar has changed
            dispatch.plan(work.db, ticket_id, at)
        elif at and _give(work, ticket, proposer).state != NEW:
            proposer = Proposer(work)  # who got it has more to do now
    return len(due)


def _give(work: Work, ticket: Ticket, proposer: Proposer) -> Ticket:
    first = next(iter(proposer.proposals(ticket)), None)
    person = people.by_id(work.db, first.candidate.person) if first else None
    if first is None or person is None:
        return ticket
    return moves.assign(work, ticket, person, {"traits": list(first.traits), "busy": first.candidate.busy})
