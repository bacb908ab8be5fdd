"""How a ticket came to its deadlines, told from the journal: the rule, the segments, the alerts given and to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.desk import facts as about
from bot.desk.extensions import granted
from bot.desk.journal import history
from bot.desk.work import Work
from bot.domain.calendar import WorkingCalendar
from bot.domain.calendar_versions import in_force
from bot.domain.clocks import Clock, derive
from bot.domain.ladder import DAYS, MINUTES
from bot.domain.why import Days, Segment, days, segments
from storage import clocks, people, told
from storage.tickets import Ticket

MOST = 12
"""Segments of a clock that are told at each end; what lies between is told as a sum."""


def explain(work: Work, ticket: Ticket, target: str = "") -> dict[str, Any]:
    """The facts of `/why`: the open promises, or those of one target; where none is open, all of them."""
    derived = derive(history(work, ticket), ticket.policy, work.house.calendars)
    wanted = [clock for clock in derived if clock.target == target or (not target and clock.is_open)]
    passed = {(row.target, row.arming): row.passed for row in clocks.of_ticket(work.db, ticket.id)}
    by, _, name = ticket.level_reason.partition(":")
    name = name.partition(" +")[0]  # of a device at a place that is served at once
    heard = _heard(work, ticket)
    shown = [_told(work, clock, passed.get((clock.target, clock.arming), ()), heard) for clock in wanted or derived]
    merged = {"into": about.merged_into(work, ticket), "absorbed": _numbers(about.absorbed(work, ticket))}
    merged |= {**about.outage(work, ticket), "contact": about.name_of_person(work, ticket.contact_id)}
    merged |= {"extensions": granted(work, ticket)}
    return {**about.common(work, ticket), "rule": {"by": by, "name": name}, "clocks": shown, **merged}


def _numbers(absorbed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without names: it may be asked in a group."""
    return [{"number": one["number"], "opened_at": one["opened_at"]} for one in absorbed]


def _heard(work: Work, ticket: Ticket) -> dict[tuple[str, int, str], list[str]]:
    """Target, arming and rung → the names of those who were told."""
    names = {one.id: one.name or str(one.handle) for one in people.ever_staff(work.db)}
    found: dict[tuple[str, int, str], list[str]] = {}
    for row in told.alarms(work.db, ticket.id):
        found.setdefault((row.target, row.arming, row.rung), []).append(names.get(row.person_id, ""))
    return found


def _told(work: Work, clock: Clock, passed: Any, heard: Mapping[tuple[str, int, str], Sequence[str]]) -> dict[str, Any]:
    calendar = in_force(work.house.calendars, clock.calendar, clock.ended_at)
    end = max(clock.due or work.now, clock.ruled_from)
    whole = segments(calendar, clock.ruled_from, end, clock.pauses, clock.windows) if clock.unit == MINUTES else []
    return {
        "target": clock.target,
        "state": clock.state,
        "type": clock.type,
        "minutes": clock.minutes,
        "unit": clock.unit,
        "calendar": clock.calendar,
        "since": about.iso(clock.ruled_from),
        "upgraded": clock.ruled_from != clock.started_at,
        "due": about.iso(clock.due),
        "ended_at": about.iso(clock.ended_at),
        "provisional": clock.provisional,
        "used": sum(one.minutes for one in whole if one.counts),
        "parts": _in_days(calendar, clock.ruled_from, end) if clock.unit == DAYS else _parts(calendar.zone, whole),
        "rungs": [
            {
                "rung": name,
                "at": about.iso(at),
                "given": name in passed,
                "people": heard.get((clock.target, clock.arming, name), ()),
            }
            for name, at in clock.rungs
        ],
    }


def _parts(zone: ZoneInfo, whole: list[Segment]) -> list[dict[str, Any]]:
    """The segments as texts show them; of very many only both ends, and the rest as a sum."""
    if len(whole) <= 2 * MOST:
        return [_shown(zone, one) for one in whole]
    rest = whole[MOST:-MOST]
    minutes = sum(one.minutes for one in rest if one.counts)
    left_out = {"kind": "left_out", "count": len(rest), "minutes": minutes, "until": about.iso(rest[-1].until)}
    ends = [[_shown(zone, one) for one in some] for some in (whole[:MOST], whole[-MOST:])]
    return [*ends[0], left_out, *ends[1]]


def _in_days(calendar: WorkingCalendar, start: datetime, due: datetime) -> list[dict[str, Any]]:
    """The dates of a promise in working days (R18); each is told by its first instant."""
    first, last = (calendar.local_date(at) for at in (start, due))
    return [_dated(calendar.zone, one) for one in days(calendar, first, last)]


def _dated(zone: ZoneInfo, one: Days) -> dict[str, Any]:
    since, until = (about.iso(_begins(zone, day)) for day in (one.first, one.last))
    return {"since": since, "until": until, "kind": one.kind, "days": one.counted, "same_day": one.first == one.last}


def _begins(zone: ZoneInfo, day: date) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _shown(zone: ZoneInfo, one: Segment) -> dict[str, Any]:
    same_day = one.since.astimezone(zone).date() == one.until.astimezone(zone).date()
    return {"since": about.iso(one.since), "until": about.iso(one.until), "kind": one.kind,
            "minutes": one.minutes, "same_day": same_day}  # fmt: skip
