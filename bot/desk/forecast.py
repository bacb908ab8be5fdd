"""Who would be alerted when, if nobody did anything: the alarm loop's own rules, played forward without writing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from bot.desk import facts as about
from bot.desk.alarms import decide
from bot.desk.assignment import Proposer
from bot.desk.journal import columns, history
from bot.desk.roster import Roster
from bot.desk.work import Work
from bot.domain.assignment import Candidate
from bot.domain.clocks import Event, derive
from bot.domain.ladder import MANAGER, NEVER_WAIT, roles_of
from bot.domain.secrecy import SECURITY
from bot.domain.targets import UNITS
from bot.domain.ticket import NEW
from storage import clocks, dispatch, tickets
from storage.tickets import Ticket

ALARMS_OF_A_CLOCK = 20
"""More than any ladder with its repeats: an end for what should not be endless."""


class _Ahead:
    """A clock's row as it will be: the alarms that are foreseen count as given."""

    def __init__(self, row: Any) -> None:
        self.row, self.passed, self.next_alarm_at = row, list(row.passed), row.next_alarm_at

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


@dataclass(frozen=True, slots=True)
class _Given:
    """A fault that goes to an engineer by itself: the row of its dispatch, when, to whom, what she has to confirm."""

    row: Any
    at: datetime
    engineer: Candidate
    confirm: Any | None


def forecast(work: Work, until: datetime, **whose: int | None) -> list[dict[str, Any]]:
    """Every alarm until then, in order: when, which ticket, target and rung, and who holds those roles as of now.

    `whose` narrows it: ticket_id, assignee_id, customer_id. What is overdue comes now. A fault that goes to somebody by
    itself stands there with `given`: from then on its alarms are hers, and she has to confirm it.
    """
    roster = Roster(work)
    rows = [  # who may name a secret one has been asked already
        row for row in clocks.ringing(work.db, until, **whose) if row.kind != SECURITY or whose.get("ticket_id")
    ]
    given = _given_away(work, roster, rows, until)
    found: list[dict[str, Any]] = []
    for row in rows:
        away = given.get(row.ticket_id)
        found += _alarms_of(work, roster, row, away.at if away and row.target == "dispatch" else until, away)
    for away in given.values():
        found.append(_of(work, away.row) | {"at": about.iso(away.at), "given": True, "people": [away.engineer.name]})
        found += _alarms_of(work, roster, away.confirm, until, away) if away.confirm else ()
    return sorted(found, key=lambda alarm: (alarm["at"], alarm["number"]))


def _given_away(work: Work, roster: Roster, rows: Sequence[Any], until: datetime) -> dict[int, _Given]:
    """The faults that nobody takes before they go to who is fittest then, by the ticket's id: one after the other."""
    planned = dispatch.planned(work.db)
    waiting = [(planned[row.ticket_id], row) for row in rows if row.target == "dispatch" and row.ticket_id in planned]
    given: dict[int, _Given] = {}
    for at, row in sorted(waiting, key=lambda one: (one[0], one[1].ticket_id)):
        roster.now, ticket = max(at, work.now), tickets.get(work.db, row.ticket_id)
        more = Counter(one.engineer.person for one in given.values())
        first = next(iter(Proposer(work, roster, more).proposals(ticket)), None) if roster.now <= until else None
        if first and ticket.state == NEW and ticket.master_id is None:
            confirm = _confirm(work, row, ticket, roster.now)
            given[row.ticket_id] = _Given(row, roster.now, first.candidate, confirm)
    return given


def _confirm(work: Work, row: Any, ticket: Ticket, at: datetime) -> Any | None:
    """The row of the promise to confirm, as it will be once the fault is given to somebody; None if there is none."""
    events = [*history(work, ticket), Event("assigned", at)]
    derived = derive(events, ticket.policy, work.house.calendars, {"confirm"})
    own = [{"target": one.target, "arming": one.arming, "passed": [], **columns(one)} for one in derived]
    return SimpleNamespace(**{**row._asdict(), **own[-1]}) if own else None


def _alarms_of(work: Work, roster: Roster, row: Any, until: datetime, away: _Given | None) -> Iterator[dict[str, Any]]:
    ahead, second = _Ahead(row), ""
    for _ in range(ALARMS_OF_A_CLOCK):
        at = ahead.next_alarm_at
        if at is None or at > until:
            return
        at = max(at, work.now)
        decision = decide(replace(work, now=at), ahead, acknowledged=False)
        if decision.rung:
            engineer = away.engineer.person if away and at > away.at else row.assignee_id
            for alarm in _told(work, roster, row, (decision.rung, at, until, engineer)):
                if not alarm["unacknowledged"]:
                    yield alarm
                elif str(about.iso(at)) > second:  # else the second way of the one before told of this one, too
                    second = alarm["at"]
                    yield alarm
        ahead.passed, ahead.next_alarm_at = decision.passed, decision.following


def _of(work: Work, row: Any) -> dict[str, Any]:
    return {"number": work.house.name_of(row.number), "target": row.target, "rung": "", "level": row.level,
            "due": about.iso(row.due_at), "provisional": row.provisional, "unacknowledged": False}  # fmt: skip


def _told(
    work: Work, roster: Roster, row: Any, alarm: tuple[str, datetime, datetime, int | None]
) -> Iterator[dict[str, Any]]:
    """The alarm itself, and what follows while the project manager does not acknowledge it."""
    rung, at, until, engineer = alarm
    roster.now = at  # R22: roles are looked up at the instant of the alert
    told, _ = roster.told(roles_of(row.target, row.amount_seconds / 60, rung, UNITS[row.target]), engineer)
    facts = _of(work, row) | {"rung": rung}
    yield facts | {"at": about.iso(at), "people": [one.person.name or one.person.handle for one in told]}
    second = at + timedelta(minutes=work.house.acknowledge_minutes)
    managers = [one for one in told if one.role == MANAGER]
    others = [*(one for one in managers if one.ways[1:]), *roster.holders("deputy")]
    if rung in NEVER_WAIT and managers and others and second <= until:
        names = [one.person.name or one.person.handle for one in others]
        yield facts | {"at": about.iso(second), "people": names, "unacknowledged": True}
