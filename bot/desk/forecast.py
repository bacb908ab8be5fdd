"""Who would be alerted when, if nobody did anything: the alarm loop's own rules, played forward without writing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.desk import facts as about
from bot.desk.alarms import decide
from bot.desk.roster import Roster
from bot.desk.work import Work
from bot.domain.ladder import ENGINEER, MANAGER, NEVER_WAIT, roles_of
from bot.domain.secrecy import SECURITY
from bot.domain.targets import UNITS
from storage import clocks, dispatch

ALARMS_OF_A_CLOCK = 20
"""More than any ladder with its repeats: an end for what should not be endless."""


class _Ahead:
    """A clock's row as it will be: the alarms that are foreseen count as given."""

    def __init__(self, row: Any) -> None:
        self.row, self.passed, self.next_alarm_at = row, list(row.passed), row.next_alarm_at

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def forecast(work: Work, until: datetime, **whose: int | None) -> list[dict[str, Any]]:
    """Every alarm until then, in order: when, which ticket, target and rung, and who holds those roles as of now.

    `whose` narrows it: ticket_id, assignee_id, customer_id. What is overdue comes now. A fault that goes to somebody by
    itself stands there with `given`: what she has to confirm from then on is not foreseen.
    """
    roster, given = Roster(work), dispatch.planned(work.db)
    found: list[dict[str, Any]] = []
    for row in clocks.ringing(work.db, until, **whose):
        if row.kind == SECURITY and not whose.get("ticket_id"):  # who may name it has been asked already
            continue
        away = given.get(row.ticket_id) if row.target == "dispatch" else None
        if away and away <= until and _goes_away(roster, away):
            found += [*_alarms_of(work, roster, row, away), _of(work, row) | {"at": about.iso(away), "given": True}]
        else:
            found += _alarms_of(work, roster, row, until)
    return sorted(found, key=lambda alarm: (alarm["at"], alarm["number"]))


def _goes_away(roster: Roster, at: datetime) -> bool:
    """Whether a fault that nobody takes before goes to somebody by itself at that instant."""
    roster.now = at
    return bool(roster.holders(ENGINEER))


def _alarms_of(work: Work, roster: Roster, row: Any, until: datetime) -> Iterator[dict[str, Any]]:
    ahead = _Ahead(row)
    for _ in range(ALARMS_OF_A_CLOCK):
        at = ahead.next_alarm_at
        if at is None or at > until:
            return
        at = max(at, work.now)
        decision = decide(replace(work, now=at), ahead, acknowledged=False)
        if decision.rung:
            yield from _told(work, roster, row, (decision.rung, at, until))
        ahead.passed, ahead.next_alarm_at = decision.passed, decision.following


def _of(work: Work, row: Any) -> dict[str, Any]:
    return {"number": work.house.name_of(row.number), "target": row.target, "rung": "", "level": row.level,
            "due": about.iso(row.due_at), "provisional": row.provisional, "unacknowledged": False}  # fmt: skip


def _told(work: Work, roster: Roster, row: Any, alarm: tuple[str, datetime, datetime]) -> Iterator[dict[str, Any]]:
    """The alarm itself, and what follows while the project manager does not acknowledge it."""
    rung, at, until = alarm
    roster.now = at  # R22: roles are looked up at the instant of the alert
    told, _ = roster.told(roles_of(row.target, row.amount_seconds / 60, rung, UNITS[row.target]), row.assignee_id)
    facts = _of(work, row) | {"rung": rung}
    yield facts | {"at": about.iso(at), "people": [one.person.name or one.person.handle for one in told]}
    second = at + timedelta(minutes=work.house.acknowledge_minutes)
    managers = [one for one in told if one.role == MANAGER]
    others = [*(one for one in managers if one.ways[1:]), *roster.holders("deputy")]
    if rung in NEVER_WAIT and managers and others and second <= until:
        names = [one.person.name or one.person.handle for one in others]
        yield facts | {"at": about.iso(second), "people": names, "unacknowledged": True}
