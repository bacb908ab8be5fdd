"""The board: today's work at a glance, without words of anybody's, so that a group may see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bot.desk import majors, waits
from bot.desk.authorizations import lacking
from bot.desk.digests import lapsing
from bot.desk.roster import Roster
from bot.desk.work import Work
from bot.domain.ladder import DESK, ENGINEER, MANAGER
from bot.domain.ticket import ACCEPTED, DISPATCHED, NEW, OPEN, SOLVED, WAITING
from storage import people, tickets
from storage.tickets import Ticket

MOST = 5
SOON = timedelta(hours=1)
FARTHEST = timedelta(days=3660)
STATES = (NEW, DISPATCHED, ACCEPTED, WAITING, SOLVED)
ROLES = (DESK, ENGINEER, MANAGER)


def board(work: Work, customer_id: int | None = None) -> dict[str, Any]:
    """The facts of the board, of all customers or of one: what is open, who is on duty, what lapses, what waits.

    `trouble` is the worst of it for the first line: "late", "empty" (nobody on duty in `empty`), "soon" or "".
    """
    whole = tickets.find(work.db, customer_id=customer_id)
    found = [one for one in whole if one.master_id is None or one.state not in OPEN]  # their masters stand for them
    rows = lapsing(work, found, work.now + FARTHEST)
    late = [row for row in rows if row["late"]]
    ahead = _one_a_ticket(row for row in rows if not row["late"])
    soon = sum(datetime.fromisoformat(row["due"]) <= work.now + SOON for row in ahead)
    duty = _duty(work)
    empty = [row["role"] for row in duty if not row["names"]]
    waiting = _waiting(work, found)
    great = majors.states(work, [one.id for one in whole])
    counts, lack = Counter(one.state for one in found), lacking(work, found)
    return {
        "trouble": "late" if late else "empty" if empty else "soon" if soon else "",
        "open": sum(counts[state] for state in OPEN),
        "linked": len(whole) - len(found),
        "states": [{"state": state, "count": counts[state]} for state in STATES if counts[state]],
        "duty": duty,
        "empty": empty,
        "soon": soon,
        "ahead": ahead[:MOST],
        "later": max(len(ahead) - MOST, 0),
        "late": late[:MOST],
        "late_total": len(late),
        "waiting": waiting[:MOST],
        "waiting_total": len(waiting),
        "unauthorized": [work.house.name_of(one.number) for one in found if one.id in lack][:MOST],
        "provisional": _provisional(work, rows),
        "majors": [work.house.name_of(one.number) for one in whole if great.get(one.id) == majors.LASTS],
        "majors_due": [work.house.name_of(one.number) for one in whole if great.get(one.id) == majors.IS_OVER],
    }


def _one_a_ticket(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each ticket what lapses first."""
    first: dict[str, dict[str, Any]] = {}
    for row in rows:
        first.setdefault(row["number"], row)
    return list(first.values())


def _duty(work: Work) -> list[dict[str, Any]]:
    roster = Roster(work)
    names = {role: [one.person.name or str(one.person.handle) for one in roster.holders(role)] for role in ROLES}
    return [{"role": role, "names": names[role]} for role in ROLES]


def _waiting(work: Work, found: list[Ticket]) -> list[dict[str, Any]]:
    """What waits for its user, a part or a vendor, the longest in front: since when, and until when."""
    open_ones = {one.id: one for one in found}
    names = {one.id: one.name or str(one.handle) for one in people.staff(work.db)}
    rows = [
        {
            "number": work.house.name_of(open_ones[ticket_id].number),
            "assignee": names.get(open_ones[ticket_id].assignee_id or 0, ""),
            **{name: one[name] for name in ("need", "since", "until")},
        }
        for ticket_id, some in waits.shown(work, found).items()
        for one in some
    ]
    return sorted(rows, key=lambda row: str(row["since"]))


def _provisional(work: Work, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Years whose official holidays nobody knows: those that should be known by now, or in which something lapses."""
    office = work.house.office
    dues = [row["due"] for row in rows if row["provisional"]]
    years = {office.local_date(datetime.fromisoformat(due)).year for due in dues}
    return {"years": sorted(years | {*office.unknown_years(office.local_date(work.now))}), "deadlines": len(dues)}
