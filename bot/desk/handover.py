"""Hand-over: as a shift begins, whoever comes on duty gets what is open, and says that she takes over."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import TABLE
from bot.desk.buttons import keep_commands
from bot.desk.extensions import promises
from bot.desk.journal import record
from bot.desk.notices import Notice, notify
from bot.desk.reachability import HAND_OVER, Asked, expect
from bot.desk.roster import Roster
from bot.desk.rota import rota
from bot.desk.work import Work
from bot.domain.rota import Rota
from bot.domain.ticket import NEW, SOLVED, WAITING
from storage import clocks, marks, outbox, people, tickets
from storage.people import Person

MARK = "hand-over"
LONGEST_BACK = timedelta(days=1)
"""A hand-over that a stopped daemon missed is made up for as long as that, if the shift still lasts."""
LOOKS_AHEAD = timedelta(days=10)
MOST = 10
ACCEPT = "accept"


def next_at(work: Work) -> datetime | None:
    """When a shift begins next (in the past: it is overdue); None for never."""
    if not work.house.handover or not work.house.rota.shifts:
        return None
    done = marks.get(work.db, MARK)
    return _following(work.house.rota, datetime.fromisoformat(done)) if done else work.now


@lru_cache(maxsize=16)  # asked at every turn of the alarm loop, nearly always with the same values
def _following(plan: Rota, after: datetime) -> datetime | None:
    begins = (begin for shift in plan.shifts for begin, _ in plan.occurrences(shift, after, after + LOOKS_AHEAD))
    return min((begin for begin in begins if begin > after), default=None)


def check(work: Work) -> int:
    """Hands over to whoever has come on duty since the last look. Gives how many instants were looked at."""
    coming = next_at(work)
    if coming is None or coming > work.now:
        return 0
    done = marks.get(work.db, MARK)
    marks.put(work.db, MARK, work.now.isoformat())
    if done:  # a new desk begins with its next shift
        _hand_over(work, max(datetime.fromisoformat(done), work.now - LONGEST_BACK))
    return 1


def _hand_over(work: Work, since: datetime) -> None:
    plan = rota(work)
    told: dict[str, tuple[str, list[str]]] = {}
    for at, role, keeper in plan.hand_overs(since, work.now):
        there, before = plan.holders(role, work.now, ()), plan.holders(role, at - timedelta(seconds=1), ())
        person = plan.present(keeper, work.now)
        if person and person in there and person not in before:
            told.setdefault(person, (role, before))
        elif not there:
            _tell_empty(work, role, plan)
    for handle, (role, before) in told.items():
        if incoming := people.by_handle(work.db, handle):
            _tell(work, incoming, role, before)


def _tell_empty(work: Work, role: str, plan: Rota) -> None:
    """A shift has begun and nobody keeps it: an alarm, never silence."""
    empty = next((end for _, end, held in plan.stretches(role, work.now, work.now + LOOKS_AHEAD, ()) if not held), None)
    record(work, None, ("duty empty", {"role": role}))
    notify(work, "duty empty", {"role": role, "until": about.iso(empty)}, key=f"{role}:{work.now.isoformat()}")


def _tell(work: Work, person: Person, role: str, before: list[str]) -> None:
    until = work.now + timedelta(minutes=work.house.reachability_minutes)
    one = Asked(person.id, role, work.now.isoformat(), until.isoformat(), HAND_OVER)
    recipient = Roster(work).recipient(person.id, role)
    record(work, None, ("handed over", {"person": person.id, "role": role}))
    expect(work, [one])
    if recipient is None:
        return
    facts = {"role": role, "until": one.until, "from": _names(work, before), **digest(work)}
    if recipient.ways[0][0] != "mail":
        facts |= {"action": keep_commands(work, None, recipient.ways[0], [ACCEPT]), "buttons": [ACCEPT]}
    notice = Notice(work, "hand-over", facts, f"{person.id}:{work.now.isoformat()}")
    outbox.put(work.db, [notice.row(TABLE["hand-over"][0], recipient)], work.now)


def _names(work: Work, handles: list[str]) -> list[str]:
    found = (people.by_handle(work.db, handle) for handle in handles)
    return [one.name or str(one.handle) for one in found if one]


def digest(work: Work) -> dict[str, Any]:
    """What is open: what can still be kept first, then what has lapsed; what waits, what was promised anew."""
    found = [one for one in tickets.find(work.db) if one.state != SOLVED and one.master_id is None]
    promised = promises(work, found)
    names = {work.house.name_of(one.number): promised.get(one.id) for one in found}
    rows = [row | {"extended": names.get(row["number"])} for row in about.listed(work, found, subjects=False)]
    now = work.now.isoformat()
    rows.sort(key=lambda row: (row["due"] is None, row["due"] is not None and row["due"]["due"] <= now, _due(row)))
    return {
        "rows": rows[:MOST],
        "total": len(rows),
        "unassigned": sum(one.state == NEW for one in found),
        "waiting": sum(one.state == WAITING for one in found),
        "late": _late(work, [one.id for one in found]),
    }


def _late(work: Work, ids: list[int]) -> int:
    """How many of these tickets have a promise that has lapsed."""
    rows = clocks.open_of(work.db, ids).values()
    return sum(any(one.state == "running" and one.due_at and one.due_at <= work.now for one in some) for some in rows)


def _due(row: dict[str, Any]) -> str:
    return row["due"]["due"] if row["due"] else ""
