"""The board: today's work at a glance, without words of anybody's, so that a group may see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Any

from bot.desk import majors, waits
from bot.desk.authorizations import needs
from bot.desk.digests import lapsing as deadlines
from bot.desk.prices import undecided
from bot.desk.roster import Roster
from bot.desk.work import Work
from bot.domain.ladder import DESK, ENGINEER, MANAGER
from bot.domain.secrecy import SECURITY
from bot.domain.ticket import ACCEPTED, DISPATCHED, NEW, OPEN, SOLVED, WAITING
from storage import authorizations, clocks, journal, people, tickets
from storage.tickets import Ticket

MOST = 5
SOON = timedelta(hours=1)
FARTHEST = timedelta(days=3660)
STATES = (NEW, DISPATCHED, ACCEPTED, WAITING, SOLVED)
ROLES = (DESK, ENGINEER, MANAGER)


def board(work: Work, customer_id: int | None = None) -> dict[str, Any]:
    """The facts of the board, of all customers or of one: what is open, who is on duty, what lapses, what waits.

    `trouble` is the worst of it for the first line: "late", "empty" (nobody on duty in `empty`), "soon" or "".
    Only what is shown is read whole: somebody waits for it, with a thousand open tickets too.
    """
    counts = tickets.counts(work.db, customer_id)
    linked = sum(counts.get((state, True), 0) for state in OPEN)  # their masters stand for them
    states = Counter({state: counts.get((state, False), 0) for state in OPEN})
    states[SOLVED] = sum(counts.get((SOLVED, whose), 0) for whose in (True, False))
    lapsing = clocks.lapsing(work.db, work.now, customer_id=customer_id, assignee_id=None)
    ahead, late, late_total = (
        [one for one in lapsing if one.ahead],
        _late(work, lapsing),
        sum(one.late for one in lapsing),
    )
    soon = sum(one.ahead <= work.now + SOON for one in ahead)
    duty = _duty(work)
    empty = [row["role"] for row in duty if not row["names"]]
    marked = _of(customer_id, tickets.get_many(work.db, journal.marked(work.db)).values())
    waiting = _waiting(work, [*_of(customer_id, tickets.waiting(work.db)), *marked])
    great = majors.states(work, [one.id for one in marked])
    return {
        "trouble": "late" if late else "empty" if empty else "soon" if soon else "",
        "open": sum(states[state] for state in OPEN),
        "linked": linked,
        "states": [{"state": state, "count": states[state]} for state in STATES if states[state]],
        "duty": duty,
        "empty": empty,
        "soon": soon,
        "ahead": _ahead(work, ahead[:MOST]),
        "later": max(len(ahead) - MOST, 0),
        "late": late,
        "late_total": late_total,
        "waiting": waiting[:MOST],
        "waiting_total": len(waiting),
        "unauthorized": _unauthorized(work, customer_id)[:MOST],
        "quotes": [one["number"] for one in undecided(work, customer_id)][:MOST],
        "provisional": _provisional(work, lapsing),
        "majors": [work.house.name_of(one.number) for one in marked if great.get(one.id) == majors.LASTS],
        "majors_due": [work.house.name_of(one.number) for one in marked if great.get(one.id) == majors.IS_OVER],
    }


def _of(customer_id: int | None, found: Iterable[Ticket]) -> list[Ticket]:
    """The customer's tickets by number; no incidents."""
    mine = (one for one in found if one.kind != SECURITY and customer_id in {None, one.customer_id})
    return sorted(mine, key=attrgetter("number"))


def _ahead(work: Work, first: Sequence[Any]) -> list[dict[str, Any]]:
    """Of each of these tickets what lapses first."""
    shown: dict[str, dict[str, Any]] = {}
    for row in _rows(work, [one.ticket_id for one in first]):
        if not row["late"]:
            shown.setdefault(row["number"], row)
    return list(shown.values())


def _late(work: Work, lapsing: Sequence[Any]) -> list[dict[str, Any]]:
    """The deadlines that lapsed first: they are on the tickets of which one lapsed first."""
    late = sorted((one for one in lapsing if one.lapsed), key=attrgetter("lapsed"))
    return [row for row in _rows(work, [one.ticket_id for one in late[:MOST]]) if row["late"]][:MOST]


def _rows(work: Work, ticket_ids: Sequence[int]) -> list[dict[str, Any]]:
    return deadlines(work, list(tickets.get_many(work.db, ticket_ids).values()), work.now + FARTHEST)


def _duty(work: Work) -> list[dict[str, Any]]:
    roster = Roster(work)
    names = {role: [one.person.name or str(one.person.handle) for one in roster.holders(role)] for role in ROLES}
    return [{"role": role, "names": names[role]} for role in ROLES]


def _waiting(work: Work, found: Sequence[Ticket]) -> list[dict[str, Any]]:
    """What waits for its user, a part or a vendor, the longest in front: since when, and until when."""
    open_ones = {one.id: one for one in found if one.master_id is None}
    names = {one.id: one.name or str(one.handle) for one in people.staff(work.db)}
    rows = [
        {
            "number": work.house.name_of(open_ones[ticket_id].number),
            "assignee": names.get(open_ones[ticket_id].assignee_id or 0, ""),
            **{name: one[name] for name in ("need", "since", "until")},
        }
        for ticket_id, some in waits.shown(work, list(open_ones.values())).items()
        for one in some
    ]
    return sorted(rows, key=lambda row: str(row["since"]))


def _unauthorized(work: Work, customer_id: int | None) -> list[str]:
    wanting = [one.id for one in work.house.customers if one.authorizers or one.authorized_items]
    mine = [one for one in wanting if customer_id in {None, one}]
    found = authorizations.unauthorized(work.db, mine) if mine else []
    return [work.house.name_of(one.number) for one in found if one.master_id is None and needs(work, one)]


def _provisional(work: Work, lapsing: Sequence[Any]) -> dict[str, Any]:
    """Years whose official holidays nobody knows: those that should be known by now, or in which something lapses."""
    office = work.house.office
    years = {office.local_date(one.until).year for one in lapsing if one.until}
    unknown = sorted(years | {*office.unknown_years(office.local_date(work.now))})
    return {"years": unknown, "deadlines": sum(one.provisional for one in lapsing)}
