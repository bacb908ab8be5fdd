"""A changed calendar: its versions stand in the journal, open promises are reckoned anew, and who must know is told."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.desk import facts as about
from bot.desk.announce import announce
from bot.desk.journal import CLOCKED, as_events, differs, renewed
from bot.desk.journal import row as journal_row
from bot.desk.notices import notify
from bot.desk.work import SYSTEM, House, Work
from bot.domain.calendar import DECREED_BY, CalendarError, WorkingCalendar
from bot.domain.calendar_versions import Calendars
from bot.domain.clocks import Clock, derive
from bot.domain.ladder import next_repeat
from bot.domain.targets import ABSORBED, LEVEL
from storage import clocks, journal, outbox, tickets
from storage.outbox import batched

log = logging.getLogger("faultdesk.calendars")
VERSION, MOVED = "calendar", "rescheduled"
"""Kinds of the journal: what a calendar says from now on; a ticket's promises that moved with it."""
SHOWN = 10
"""Deadlines that the message names, and tickets whose cards are renewed: those that lapse first."""
LOGGED = 200
YEARS_AHEAD = 3
Versions = dict[str, list[tuple[datetime, WorkingCalendar]]]


@dataclass(frozen=True, slots=True)
class Move:
    """An open promise whose row changes with a calendar: whose it is, the row as it is, the clock as it will be."""

    number: int
    stored: Any
    clock: Clock

    @property
    def is_later_or_earlier(self) -> bool:
        """Whether the deadline itself moves; else only a rung or a repeat does, or it is provisional no more."""
        return bool(self.stored.due_at != self.clock.due)


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A ticket whose promises cannot be reckoned with the calendars, and why."""

    number: int
    reason: str


# ---- versions ----


def versions_of(db: Connection) -> Versions:
    """Every calendar by name with all that it said, the oldest first."""
    versions: Versions = {}
    for row in journal.of_the_desk(db, VERSION):
        calendar = WorkingCalendar.from_mapping(row.facts["calendar"])
        versions.setdefault(row.facts["name"], []).append((row.at, calendar))
    return versions


def as_journaled(db: Connection, calendars: Mapping[str, WorkingCalendar]) -> Calendars:
    """The calendars that the database's promises go by; of those that were never journaled, the given ones."""
    versions = versions_of(db)
    return Calendars({name: one for name, one in calendars.items() if name not in versions}, versions)


def remembered(db: Connection, calendars: Mapping[str, WorkingCalendar], now: datetime) -> Calendars:
    """The calendars with all that they said before; whatever they say anew is written into the journal.

    A zone whose rules have changed is a new version, too: the same hours are other instants then.
    """
    versions, zones = (
        versions_of(db),
        {row.facts["name"]: row.facts["zone"] for row in journal.of_the_desk(db, VERSION)},
    )
    rows = []
    for name, calendar in sorted(calendars.items()):
        zone = calendar.zone_digest(range(now.year, now.year + YEARS_AHEAD))
        if name not in versions or versions[name][-1][1] != calendar or zones[name] != zone:
            rows.append(_version({"name": name, "calendar": calendar.to_mapping(), "zone": zone}, now))
            versions.setdefault(name, []).append((now, calendar))
    if rows:
        journal.append(db, rows)
    return Calendars(calendars, versions, [row["facts"]["name"] for row in rows])


def _version(facts: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A journal row of the desk's own."""
    return {
        "ticket_id": None,
        "at": now,
        "recorded_at": now,
        "actor_id": SYSTEM.id,
        "actor": SYSTEM.kind,
        "channel": SYSTEM.channel,
        "kind": VERSION,
        "facts": facts,
    }


# ---- open promises ----


def compared(db: Connection, calendars: Calendars) -> Iterator[Move | Unreachable]:
    """Every open promise that another row would stand for, were these the calendars; changes nothing."""
    if not calendars.fresh:
        return
    for some in batched(clocks.running_tickets(db, calendars.fresh, {ABSORBED, LEVEL})):
        found = {ticket_id: what for ticket_id, what in _changed(db, some, calendars) if what}
        numbers = tickets.numbers(db, list(found))
        for ticket_id, what in found.items():
            if isinstance(what, str):
                yield Unreachable(numbers[ticket_id], what)
            else:
                yield from (Move(numbers[ticket_id], row, clock) for row, clock in what)


def _changed(
    db: Connection, ticket_ids: Sequence[int], calendars: Mapping[str, WorkingCalendar]
) -> Iterator[tuple[int, list[tuple[Any, Clock]] | str]]:
    """Of each ticket the rows that change, each with its clock as it will be; or why it cannot be reckoned."""
    policies, journals = tickets.policies(db, ticket_ids), journal.of_tickets(db, ticket_ids, CLOCKED)
    rows = clocks.open_of(db, ticket_ids)
    for ticket_id in ticket_ids:
        try:
            events, mine = as_events(journals.get(ticket_id, ())), rows.get(ticket_id, ())
            derived = derive(events, policies[ticket_id], calendars, {row.target for row in mine})
            by_key = {(one.target, one.arming): one for one in derived}
            pairs = [(row, by_key[row.target, row.arming]) for row in mine]
        except (CalendarError, LookupError) as error:
            yield ticket_id, str(error)
        else:
            yield ticket_id, [(row, clock) for row, clock in pairs if differs(clock, row) or next_repeat(row.passed)]


def recompute(work: Work) -> tuple[list[Move], list[Unreachable]]:
    """Brings all open promises in line with the house's calendars (R20), and says so: journal, log, project manager.

    Gives the deadlines that have moved, those that lapse first in front, and the tickets that could not be reckoned.
    Rungs already given stay given, and nothing is raised here: what is due now is the alarm loop's next work (R14).
    """
    calendars = work.house.calendars
    found = list(compared(work.db, calendars)) if isinstance(calendars, Calendars) else []
    moves = [one for one in found if isinstance(one, Move)]
    clocks.change_all(work.db, [{"id": one.stored.id, **renewed(work, one.clock, one.stored)} for one in moves])
    _call_off(work, {one.stored.id: untrue for one in moves if (untrue := _untrue(work, one))})
    moved = sorted((one for one in moves if one.is_later_or_earlier), key=next_first)
    if moved:
        by_ticket: dict[int, list[Move]] = {}
        for one in moved:
            by_ticket.setdefault(one.stored.ticket_id, []).append(one)
        journal.append(work.db, [_happened(work, ticket, some) for ticket, some in by_ticket.items()])
        _tell(work, moved)
    lost = [one for one in found if isinstance(one, Unreachable)]
    for ticket in lost:
        where = {"ticket": work.house.name_of(ticket.number)}
        log.critical("its deadlines stay as they were: %s", ticket.reason, extra=where)
    return moved, lost


def _call_off(work: Work, untrue: Mapping[int, set[str]]) -> None:
    """Alerts by clock that are no longer true: what has not left stays here, what has waits for no answer."""
    for clock_id, rungs in untrue.items():
        clocks.call_off_second_way(work.db, clock_id, rungs)
    waiting = outbox.waiting_alerts(work.db) if untrue else []
    stale = [row.id for row in waiting if row.facts.get("rung") in untrue.get(row.clock_id, ())]
    outbox.drop(work.db, stale, "its deadline has moved", work.now)


def _untrue(work: Work, move: Move) -> set[str]:
    """Rungs that were told and now lie ahead again: they take no second channel, acknowledged or not."""
    ahead = {name for name, at in move.clock.rungs if at is None or at > work.now}
    return {name for name in move.stored.passed if name in ahead or (name.startswith("REPEAT") and "BREACH" in ahead)}


def next_first(move: Move) -> tuple[str, int]:
    """Sorts by the new deadline; what a wait holds stands last."""
    return move.clock.due.isoformat() if move.clock.due else "9", move.number


def _happened(work: Work, ticket_id: int, moves: Sequence[Move]) -> dict[str, Any]:
    told = [{"target": one.clock.target, "arming": one.clock.arming, **_from_and_to(one)} for one in moves]
    return dict(journal_row(work, ticket_id, MOVED, {"moves": told}))


def _from_and_to(move: Move) -> dict[str, Any]:
    return {"from": about.iso(move.stored.due_at), "to": about.iso(move.clock.due)}


def _tell(work: Work, moved: Sequence[Move]) -> None:
    for one in moved[:LOGGED]:
        log.warning(line_of(work.house, one), extra={"ticket": work.house.name_of(one.number)})
    if len(moved) > LOGGED:
        log.warning("more deadlines have moved; the journal has all of them", extra={"count": len(moved) - LOGGED})
    rows = [
        {"number": work.house.name_of(one.number), "target": one.clock.target, **_from_and_to(one)}
        for one in moved[:SHOWN]
    ]
    calendars = sorted({one.clock.calendar for one in moved})
    facts = {"moves": rows, "total": len(moved), "rest": len(moved) - len(rows), "calendars": calendars}
    notify(work, "deadlines moved", facts)
    for ticket_id in dict.fromkeys(one.stored.ticket_id for one in moved[:SHOWN]):
        announce(work, tickets.get(work.db, ticket_id), "rescheduled", key=work.now.isoformat())


def line_of(house: House, move: Move) -> str:
    """One line for the log: which deadline moves, from when to when in the desk's zone."""
    zone = ZoneInfo(house.zone)
    before, after = (
        f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}" if at else "paused" for at in (move.stored.due_at, move.clock.due)
    )
    name, clock = house.name_of(move.number), move.clock
    return f"{name} {clock.target}: {before} → {after}, by the calendar {clock.calendar}"


# ---- years that nobody knows yet ----


def remind_of_holidays(work: Work, names: Iterable[str]) -> None:
    """Tells the project manager, once a week, of a year whose official holidays these calendars should know by now."""
    unknown: dict[int, list[str]] = {}
    for name in sorted(names):
        calendar = work.house.calendars[name]
        today = calendar.local_date(work.now)
        for year in calendar.unknown_years(today):
            unknown.setdefault(year, []).append(name)
    for year, calendars in unknown.items():
        week = (work.now.date() - date(year - 1, *DECREED_BY)).days // 7
        facts = {"year": str(year), "calendars": calendars, "open_deadlines": clocks.provisional_count(work.db)}
        notify(work, "holidays unknown", facts, key=f"{year}:{week}")
