"""Two tickets about one fault become one: it keeps the earlier start, and everybody hears the number to use (R21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.desk import facts as about
from bot.desk import majors
from bot.desk.announce import ENGINEER, announce, readers_of
from bot.desk.eta import called_off, parted
from bot.desk.journal import Happening, history, record, renewed, settle
from bot.desk.levels import moved_by
from bot.desk.moves import move, promised
from bot.desk.onsite import ordered_at
from bot.desk.work import Work
from bot.domain.clocks import Clock, Event, derive
from bot.domain.ladder import OF_THE_FAULT, repeats
from bot.domain.secrecy import SECURITY
from bot.domain.targets import ABSORBED, RELEASED, TARGETS
from bot.domain.ticket import MERGED, OPEN, MoveRefusedError
from storage import clocks, hardware, journal, participants, people, tickets
from storage.participants import Participant
from storage.tickets import Ticket

ABNORMAL = "abnormal"
FROM_OPENING = frozenset(target.name for target in TARGETS if "opened" in target.starts)


class MergeRefusedError(Exception):
    """The two tickets are not merged; `reason` is a short word, `ticket` the one that it is about."""

    def __init__(self, reason: str, ticket: Ticket) -> None:
        super().__init__(reason)
        self.reason = reason
        self.ticket = ticket


@dataclass(frozen=True, slots=True)
class Merged:
    """The ticket that goes on, which of its deadlines moved, and whether the other one's people hear it by mail."""

    ticket: Ticket
    moved: list[dict[str, Any]]
    told: bool


@dataclass(frozen=True, slots=True)
class _Told:
    """Which rungs of a ticket's clock count as told, and when it would have rung next."""

    ticket_id: int
    passed: Sequence[str]
    next_alarm_at: datetime | None


def merge(work: Work, absorbed: Ticket, ticket: Ticket) -> Merged:
    """Ends a ticket as merged into another one, which takes over what was promised and who takes part.

    Raises MergeRefusedError.
    """
    _must_fit(work, absorbed, ticket)
    open_there = clocks.open_of(work.db, [absorbed.id]).get(absorbed.id, [])
    told, people_there = _told(work, open_there), readers_of(work, absorbed)
    facts = {"ticket": absorbed.id, "promised": _promised(work, absorbed)}
    if ordered := ordered_at(work, absorbed):  # whoever was ordered on site there is wanted here
        facts["onsite"] = ordered.isoformat()
    moved = moved_by(work, ticket, Event(ABSORBED, work.now, facts))
    abnormal = _abnormal(work, absorbed, ticket, open_there)
    into: dict[str, Any] = {"merged_into_id": ticket.id, "closed_at": work.now, "master_id": None}
    gone = move(work, absorbed, "merge", ("merged", {"into": ticket.id}), **into)
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, (ABSORBED, {**facts, "moved": moved}))
    for happened, at in abnormal:
        record(work, ticket, happened, at=at)
    taken_over = {one["target"] for one in moved} | ({ABNORMAL} if abnormal else set())
    _keep_told(work, ticket, settle(work, ticket), {name: told[name] for name in taken_over & set(told)})
    participants.join(work.db, ticket.id, gone.id, _joining(work, ticket, people_there))
    _tell(work, gone, ticket, people_there)
    return Merged(ticket, moved, any(one.address and not one.quiet for one in people_there))


def unmerge(work: Work, absorbed: Ticket) -> Ticket:
    """A wrong merge is undone: both tickets go on as if it had not been; what came in meanwhile stays where it is.

    Raises MoveRefusedError for a ticket that is not merged, MergeRefusedError where the other one has ended since.
    """
    if absorbed.merged_into_id is None:
        raise MoveRefusedError("unmerge", absorbed.state)
    ticket = tickets.get(work.db, absorbed.merged_into_id)
    if ticket.state not in OPEN:
        raise MergeRefusedError("over", ticket)
    back = move(work, absorbed, "unmerge", ("unmerged", {"from": ticket.id}), merged_into_id=None, closed_at=None)
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, (RELEASED, {"ticket": back.id}))
    settle(work, ticket)
    participants.leave(work.db, ticket.id, back.id)
    for other in tickets.absorbed_by(work.db, ticket.id):  # somebody may have come by both
        participants.join(work.db, ticket.id, other.id, _joining(work, ticket, readers_of(work, other)))
    nobody = frozenset({ENGINEER}) if back.assignee_id in {None, work.actor.id} else frozenset[str]()
    facts = {**promised(work, back), "former": work.house.name_of(ticket.number)}
    facts |= {"clocks": about.open_clocks(work, back), **parted(work, ticket, back.id)}
    announce(work, back, "unmerged", facts, unheard=nobody)
    announce(work, ticket, "released")
    return back


# ---- what is refused ----


def _must_fit(work: Work, absorbed: Ticket, ticket: Ticket) -> None:
    reason = _misfit(work, absorbed, ticket)
    if reason:
        about_the_first = reason in {"itself", "twice", "not_open", "master", "own_promise"}
        raise MergeRefusedError(reason, absorbed if about_the_first else ticket)


def _misfit(work: Work, absorbed: Ticket, ticket: Ticket) -> str:
    """Why the one cannot go into the other; "" if it can."""
    wrong = {
        "itself": absorbed.id == ticket.id,
        "twice": absorbed.state == MERGED,
        "gone": ticket.state == MERGED,
        "other_customer": absorbed.customer_id != ticket.customer_id,
        "not_open": absorbed.state not in OPEN,
        "over": ticket.state not in OPEN,
        "master": absorbed.is_master,
        "secret": SECURITY in {absorbed.kind, ticket.kind},
    }
    reason = next((name for name, holds in wrong.items() if holds), "")
    return reason or _unsafe(work, absorbed, ticket)


def _unsafe(work: Work, absorbed: Ticket, ticket: Ticket) -> str:
    """What would be lost or shown: a stranger would read what we write to the customer; a promise would end unkept."""
    requester, *_ = readers_of(work, ticket)
    same = requester.address == absorbed.requester_address
    if requester.address and not same and not belongs(work, ticket.customer_id, requester):
        return "stranger"
    running = clocks.open_of(work.db, [absorbed.id, ticket.id])
    own = any(row.target not in {*OF_THE_FAULT, ABNORMAL} for row in running.get(absorbed.id, ()))
    if own or hardware.is_out(work.db, absorbed.id) or majors.state_of(work, absorbed) == majors.LASTS:
        return "own_promise"
    resolve = {one for one, rows in running.items() if any(row.target == "resolve" for row in rows)}
    return "no_promise" if absorbed.id in resolve and ticket.id not in resolve else ""


def belongs(work: Work, customer_id: int, reader: Participant) -> bool:
    """Whether somebody is the customer's: by the directory, or by the domain of the address."""
    person = people.by_id(work.db, reader.person_id)
    domains = work.house.customer(customer_id).domains
    mine = person is not None and person.customer_id == customer_id
    return mine or "*" in domains or reader.address.rpartition("@")[2] in domains


# ---- what goes over ----


def _promised(work: Work, ticket: Ticket) -> dict[str, Any]:
    """What was promised when the ticket opened and is not kept yet, as the event `absorbed` holds it."""
    derived = derive(history(work, ticket), ticket.policy, work.house.calendars)
    running = [clock for clock in derived if clock.is_open and clock.target in FROM_OPENING]
    return {clock.target: _as_facts(clock, work.now) for clock in running}


def _as_facts(clock: Clock, now: datetime) -> dict[str, Any]:
    pauses = [[since.isoformat(), (until or now).isoformat()] for since, until in clock.pauses]
    limit = {"from": clock.ruled_from.isoformat(), "minutes": clock.minutes, "calendar": clock.calendar}
    return {"start": clock.started_at.isoformat(), "pauses": pauses, **limit}


def _told(work: Work, rows: Sequence[Any]) -> dict[str, _Told]:
    """The rungs told of each open clock; where somebody has acknowledged the breach, its repeats count as told."""
    seen = clocks.breach_acknowledged(work.db, [row.id for row in rows])
    return {
        row.target: _Told(row.ticket_id, [*row.passed, *(repeats() if row.id in seen else ())], row.next_alarm_at)
        for row in rows
    }


def _keep_told(work: Work, ticket: Ticket, derived: Sequence[Clock], told: Mapping[str, _Told]) -> None:
    """What was told of a promise that has come over is not told again."""
    stored = {(row.target, row.arming): row for row in clocks.of_ticket(work.db, ticket.id)}
    for clock in derived:
        if clock.is_open and clock.target in told:
            row, known = stored[clock.target, clock.arming], told[clock.target]
            passed = list(dict.fromkeys([*row.passed, *known.passed]))
            both = _Told(ticket.id, passed, known.next_alarm_at or row.next_alarm_at)
            following = renewed(work, clock, both)["next_alarm_at"]
            clocks.change(work.db, row.id, passed=both.passed, next_alarm_at=following)


def _abnormal(
    work: Work, absorbed: Ticket, ticket: Ticket, open_there: Sequence[Any]
) -> list[tuple[Happening, datetime]]:
    """An abnormal event that the project manager does not know about yet, continued here (R12)."""
    row = next((row for row in open_there if row.target == ABNORMAL), None)
    here = [one for one in clocks.of_ticket(work.db, ticket.id) if one.target == ABNORMAL]
    if row is None or any(one.ended_at is None for one in here):
        return []
    why = {"text": about.abnormal(work, absorbed.id)["why"], "author_id": work.actor.id, "author": work.actor.name}
    entry = tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", created_at=work.now, **why)
    former = journal.newest_facts(work.db, "escalated", [absorbed.id])[absorbed.id]
    happened = ("escalated", {"entry": entry, "technical": bool(former.get("technical"))})
    return [(happened, work.now if here else row.started_at)]


def _joining(work: Work, ticket: Ticket, readers: Sequence[Participant]) -> list[Participant]:
    """Who takes part from now on: the customer's own people; a stranger hears the number and no more."""
    mine = [one for one in readers if one.address and belongs(work, ticket.customer_id, one)]
    there = readers_of(work, ticket)
    known = {one.address for one in there} | {one.person_id for one in there if one.person_id}
    return [one for one in mine if not known & {one.address, one.person_id}]


def _tell(work: Work, gone: Ticket, ticket: Ticket, readers: Sequence[Participant]) -> None:
    former, into = work.house.name_of(gone.number), work.house.name_of(ticket.number)
    engineer = about.name_of_person(work, ticket.assignee_id)
    knows = {None, work.actor.id, ticket.assignee_id}
    away = None if gone.assignee_id in knows else gone.assignee_id
    announce(work, gone, "merged", {"into": into, "engineer": engineer}, former=away)
    facts = {**promised(work, ticket), **about.requester(work, gone), "former": former, "engineer": engineer}
    facts |= called_off(work, gone)
    unheard = frozenset({ENGINEER}) if ticket.assignee_id in {None, work.actor.id} else frozenset[str]()
    announce(work, ticket, "absorbed", facts, unheard=unheard, readers=tuple(readers))
