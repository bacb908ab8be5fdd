"""Raising alarms: which rung of which clock is due, who hears of it, and what comes next (R7 to R10, R14, R16, R17).

Decided in bulk, since after an outage ten thousand may be due at once; each is one row by (clock, rung, person).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.desk import facts as about
from bot.desk import majors, repair_mails
from bot.desk.announce import GROUP, TABLE, announce
from bot.desk.extensions import promises
from bot.desk.journal import repeat_at
from bot.desk.journal import row as journal_row
from bot.desk.message_ids import message_id
from bot.desk.roster import Recipient, Roster
from bot.desk.work import Work
from bot.domain import longer_hours
from bot.domain.failpoints import reach
from bot.domain.ladder import (
    LONG,
    MANAGER,
    MINUTES_OF_DAY,
    NEVER_WAIT,
    OF_THE_FAULT,
    next_repeat,
    passed_rungs,
    quiet_until,
    read_rungs,
    roles_of,
)
from bot.domain.secrecy import SECURITY
from bot.domain.targets import TO_REQUESTER, UNITS
from bot.domain.ticket import OPEN
from storage import clocks, journal, outbox, people, tickets

log = logging.getLogger("faultdesk.alarms")
DAY = timedelta(days=1)
MOST_SHOWN = 20
"""So many cards show at once that a threshold has passed; after an outage they show it with their next change."""
LATE = timedelta(seconds=60)
"""An alarm decided later than this after its instant says so."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about one clock: the rung to raise ("" for none), and what its row says afterwards."""

    clock: Any
    rung: str
    rung_at: datetime
    passed: list[str]
    following: datetime | None
    late: bool


@dataclass(slots=True)
class Batch:
    """The rows that a batch of decisions writes."""

    alarms: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    passes: list[dict[str, Any]] = field(default_factory=list)
    breaches: list[Any] = field(default_factory=list)
    passing: dict[int, str] = field(default_factory=dict)
    """Tickets of which a threshold passes at this instant, each with what tells that from others."""


def raise_due(work: Work, most: int, *, mailbox_not_read: bool = False) -> int:
    """Decides the alarms whose time has come, at most so many. Gives how many clocks were looked at."""
    rows = clocks.due(work.db, work.now, most)
    if not rows:
        return 0
    seen = clocks.breach_acknowledged(work.db, [row.id for row in rows if "BREACH" in row.passed])
    roster, batch = Roster(work), Batch()
    for clock in rows:
        decision = decide(work, clock, acknowledged=clock.id in seen)
        batch.passes.append(
            {
                "clock": clock.id,
                "expected": clock.next_alarm_at,
                "seen": decision.passed,
                "following": decision.following,
            }
        )
        if decision.rung:
            _raise(work, batch, roster, decision, mailbox_not_read=mailbox_not_read)
    _write(work, batch)
    reach("alarms.decided")
    return len(rows)


def decide(work: Work, clock: Any, *, acknowledged: bool) -> Decision:
    """The highest rung whose time has come; the lower ones count as skipped (R14), or wait for the morning (R17)."""
    if clock.master_id is not None and clock.target in OF_THE_FAULT:  # the master speaks for it (R16)
        return Decision(clock, "", work.now, list(clock.passed), None, late=False)
    rungs = read_rungs(clock.rungs)
    come = passed_rungs(rungs, clock.passed, work.now)
    ringing = [one for one in come if not _held(work, clock, one[0], work.now)]
    repeat = next_repeat(clock.passed)
    if ringing:
        rung, at = ringing[-1]
        at = _held(work, clock, rung, at) or at
        skipped = come if rung == "BREACH" else ringing  # a breach makes earlier warnings untrue
        passed = [*clock.passed, *(name for name, _ in skipped)]
    elif come:
        return Decision(clock, "", work.now, list(clock.passed), _morning(work, clock, rungs), late=False)
    elif repeat and not acknowledged:
        rung, at, passed = repeat, clock.next_alarm_at, [*clock.passed, repeat]
    else:
        return Decision(clock, "", work.now, list(clock.passed), None, late=False)
    late = work.now - at > LATE
    following = _following(work, clock, rungs, passed, after=work.now if late else at)
    return Decision(clock, rung, at, passed, following, late)


def _held(work: Work, clock: Any, rung: str, at: datetime) -> datetime | None:
    """The end of the quiet hours that hold the rung back at this instant (R17); None where nothing does."""
    calendar = about.hours_of(work, clock)
    until = quiet_until(rung, clock.amount_seconds / 60, at, calendar.zone)
    if until is None or longer_hours.is_ordered(longer_hours.read(clock.windows), at):
        return until
    return until if calendar.elapsed(at - DAY, at + DAY) == 2 * MINUTES_OF_DAY else None


def _morning(work: Work, clock: Any, rungs: Sequence[tuple[str, datetime | None]]) -> datetime:
    """When held rungs are looked at again: as the quiet hours end, or at the next rung if that comes earlier."""
    ends = _held(work, clock, LONG[0].name, work.now) or work.now
    return min([ends, *(at for _, at in rungs if at is not None and at > work.now)])


def _following(
    work: Work, clock: Any, rungs: Sequence[tuple[str, datetime | None]], passed: Sequence[str], *, after: datetime
) -> datetime | None:
    """When this clock rings next: its next rung, or the breach once more."""
    ahead = next((at for name, at in rungs if at is not None and name not in passed), None)
    if ahead or not next_repeat(passed):
        return ahead
    return repeat_at(about.hours_of(work, clock), clock.target, after)


def _raise(work: Work, batch: Batch, roster: Roster, decision: Decision, *, mailbox_not_read: bool) -> None:
    clock = decision.clock
    roles = roles_of(clock.target, clock.amount_seconds / 60, decision.rung, UNITS[clock.target])
    told, empty = roster.told(roles, clock.assignee_id)
    if clock.kind == SECURITY:
        told, empty = roster.insiders(clock.concerns_id), []
    if not told:
        log.critical("nobody on the ladder can be reached", extra={"ticket": work.house.name_of(clock.number)})
    facts = alert_facts(work, roster, decision, told, empty) | {"mailbox_not_read": mailbox_not_read}
    for one in told:
        _tell(work, batch, decision, one, facts)
    people_told = [one.person.id for one in told]
    happened = {"clock": clock.id, "target": clock.target, "rung": decision.rung, "people": people_told}
    batch.events.append(journal_row(work, clock.ticket_id, "alarm", happened))
    if not decision.late:
        batch.passing[clock.ticket_id] = f"{clock.id}:{decision.rung}"
    if decision.rung == "BREACH":
        batch.breaches.append(clock)


def alert_facts(
    work: Work, roster: Roster, decision: Decision, told: Sequence[Recipient], empty: Sequence[str]
) -> dict[str, Any]:
    """What an alert says: ticket, target, level, rung, due, who else knows. Of the ticket's words only why."""
    clock = decision.clock
    assignee = roster.recipient(clock.assignee_id, "engineer") if clock.assignee_id else None
    return {
        "number": work.house.name_of(clock.number),
        "zone": work.house.zone_of(clock.customer_id, clock.place),
        "target": clock.target,
        "level": clock.level,
        "rung": decision.rung,
        "due": about.iso(clock.due_at),
        "assignee": assignee.person.name if assignee else "",
        "people": [_name(one) for one in told],
        "late": decision.late,
        "provisional": clock.provisional,
        "empty_roles": list(empty),
        "replacement": _replacement_due(work, clock),
        "major": decision.rung == "BREACH" and majors.is_by_breach(work, clock.target, clock.level),
        **(about.abnormal(work, clock.ticket_id) if clock.target == "abnormal" else {"why": ""}),
        "linked": tickets.linked_counts(work.db, [clock.ticket_id])[clock.ticket_id] if clock.is_master else 0,
    }


def _replacement_due(work: Work, clock: Any) -> bool:
    """Whether, the solution's time being over, the level promises another device (SP-2.9)."""
    promised = work.house.rules.levels.get(clock.level, {}).get("replacement")
    return bool(promised) and clock.target == "resolve" and clock.due_at is not None and clock.due_at <= work.now


def _tell(work: Work, batch: Batch, decision: Decision, one: Recipient, facts: Mapping[str, Any]) -> None:
    clock = decision.clock
    channel, value = one.ways[0]
    key = f"alarm:{clock.id}:{decision.rung}:{one.person.id}"
    urgent = decision.rung in NEVER_WAIT
    batch.alarms.append(
        {"clock_id": clock.id, "rung": decision.rung, "person_id": one.person.id, "due_at": decision.rung_at,
         "decided_at": work.now, "late": decision.late}
    )  # fmt: skip
    batch.messages.append(
        {
            "dedup_key": key,
            "ticket_id": clock.ticket_id,
            "clock_id": clock.id,
            "event": "alarm",
            "kind": "alert",
            "audience": one.role,
            "person_id": one.person.id,
            "channel": channel,
            "address": value,
            "locale": one.person.language or work.house.customer(clock.customer_id).locale,
            "facts": {**facts, "also_told": _others(one, facts["people"])},
            "urgent": urgent,
            "silent": not urgent,
            "message_id": message_id(work, clock.number, key) if channel == "mail" else "",
        }
    )
    second = work.now + timedelta(minutes=work.house.acknowledge_minutes) if urgent and one.role == MANAGER else None
    batch.links.append({"clock": clock.id, "step": decision.rung, "who": one.person.id, "key": key, "second": second})


def _name(one: Recipient) -> str:
    return one.person.name or str(one.person.handle)


def _others(one: Recipient, aware: Sequence[str]) -> list[str]:
    """Who else knows, for the message to one of them."""
    return [name for name in aware if name != _name(one)]


def _write(work: Work, batch: Batch) -> None:
    clocks.pass_rungs(work.db, batch.passes)
    clocks.raise_alarms(work.db, batch.alarms)
    outbox.put(work.db, batch.messages, work.now)
    ids = outbox.ids_of(work.db, [link["key"] for link in batch.links])
    outbox.link_alarms(work.db, [{**link, "row": ids[link.pop("key")]} for link in batch.links])
    if batch.events:
        journal.append(work.db, batch.events)
    for clock in batch.breaches:
        if _tell_requester(work, clock):
            batch.passing.pop(clock.ticket_id, None)
    for ticket_id, key in batch.passing.items() if len(batch.passing) <= MOST_SHOWN else ():
        announce(work, tickets.get(work.db, ticket_id), "threshold", key=key)


def _tell_requester(work: Work, clock: Any) -> bool:
    """She hears of a breached promise at once, once per clock (SP-3.9): what her confirmation promised, and a repair.

    Gives whether that was announced, with the group's card.
    """
    if clock.target not in TO_REQUESTER or clock.arming > 1:
        repair_mails.late(work, clock)
        return False
    ticket = tickets.get(work.db, clock.ticket_id)
    if majors.is_by_breach(work, clock.target, clock.level):
        majors.flag_breach(work, ticket)
    engineer = about.name_of_person(work, ticket.assignee_id)
    dues = {row["target"]: row["due"] for row in about.open_clocks(work, ticket)}
    ahead = {"resolve_due": dues.get("resolve"), "extended": promises(work, [ticket]).get(ticket.id)}
    facts = {"target": clock.target, "due": about.iso(clock.due_at), "engineer": engineer, **ahead}
    announce(work, ticket, "breached", facts, key=clock.target)
    if ticket.is_master and clock.target == "resolve":  # their requesters were promised an end by then
        for child in tickets.linked_to(work.db, ticket.id):
            if child.state in OPEN:
                announce(work, child, "breached", facts, key=f"master:{clock.id}", unheard=frozenset({GROUP}))
    return True


def take_second_way(work: Work) -> int:
    """Alarms to the project manager that nobody acknowledged in time go by the other channel, and to the deputy.

    One message tells how the promise stands, whichever of its alarms asks for it: the breach that came meanwhile needs
    none of its own minutes later. Gives how many there were. (decisions, Sending.)
    """
    rows = list({(row.clock_id, row.person_id): row for row in clocks.unanswered(work.db, work.now)}.values())
    if not rows:
        return 0
    roster, told = Roster(work), []
    for row in rows:
        manager = roster.recipient(row.person_id, MANAGER)
        other = 0 if row.state == outbox.DEAD else 1  # his first channel failed: the second has told him
        others = [] if manager is None else [(manager, way) for way in manager.ways[other : other + 1]]
        if tickets.get(work.db, row.ticket_id).kind != SECURITY:
            others += [(deputy, deputy.ways[0]) for deputy in roster.holders("deputy")]
        aware = list(dict.fromkeys([*row.facts.get("people", ()), *(_name(one) for one, _ in others)]))
        told += [(row, _second(work, row, one, way, aware)) for one, way in others]
    outbox.put(work.db, [message for _, message in told], work.now)
    ids = outbox.ids_of(work.db, [message["dedup_key"] for _, message in told])
    clocks.raise_alarms(work.db, [_hers(row, message, ids[message["dedup_key"]]) for row, message in told])
    clocks.second_way_taken(work.db, rows)
    return len(rows)


def _hers(row: Any, message: Mapping[str, Any], outbox_id: int) -> dict[str, Any]:
    """The alarm as one of whoever hears of it by the second way: she can acknowledge it, too (R10)."""
    same = {name: getattr(row, name) for name in ("clock_id", "rung", "due_at", "decided_at", "late")}
    return {**same, "person_id": message["person_id"], "outbox_id": outbox_id}


def _second(work: Work, row: Any, one: Recipient, way: tuple[str, str], aware: Sequence[str]) -> dict[str, Any]:
    key = f"unacknowledged:{row.clock_id}:{row.rung}:{one.person.id}:{way[0]}"
    line = TABLE["unacknowledged"][0]
    ticket = tickets.get(work.db, row.ticket_id)
    return {
        "dedup_key": key,
        "ticket_id": row.ticket_id,
        "clock_id": row.clock_id,
        "event": "unacknowledged",
        "kind": line.kind,
        "audience": one.role,
        "person_id": one.person.id,
        "channel": way[0],
        "address": way[1],
        "locale": one.person.language or work.house.customer(ticket.customer_id).locale,
        "facts": {**row.facts, "unacknowledged": True, "also_told": _others(one, aware)},
        "urgent": True,
        "message_id": message_id(work, ticket.number, key) if way[0] == "mail" else "",
    }


def acknowledge(work: Work, ticket: tickets.Ticket, person: people.Person) -> list[str]:
    """Marks the ticket's alarms as seen by this person, for all who got them (R9, R10). Gives the targets.

    Of an abnormal event the project manager shall know, whoever else does: there each speaks for herself (R12).
    """
    seen = clocks.acknowledge(work.db, ticket.id, person.id, work.now, alone=("abnormal",))
    return sorted({row.target for row in seen})
