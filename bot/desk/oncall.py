"""Who is on duty: now and next, or on a date, role by role."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from bot.desk import facts as about
from bot.desk.rota import rota
from bot.desk.work import Work
from bot.domain.rota import Stretch
from bot.domain.spans import whole
from bot.domain.staff import ROLES
from storage import people

AHEAD = timedelta(days=14)
"""So far ahead the next one on duty is looked for."""


def now_and_next(work: Work) -> list[dict[str, Any]]:
    """For each role that somebody has: who holds it now and until when, and who comes next."""
    return [_row(work, role, found[:2]) for role, found in _stretches(work, work.now, work.now + AHEAD)]


def on_date(work: Work, day: date) -> list[dict[str, Any]]:
    """For each role that somebody has: who holds it from when to when on a date of the desk's zone."""
    since, until = whole(day, day, work.house.rota.zone)
    return [_row(work, role, found) for role, found in _stretches(work, since, until)]


def _stretches(work: Work, since: datetime, until: datetime) -> list[tuple[str, list[Stretch]]]:
    plan, staff = rota(work), people.staff(work.db)
    having = {role: [str(one.handle) for one in staff if role in one.roles] for role in ROLES}
    return [(role, plan.stretches(role, since, until, names)) for role, names in having.items() if names]


def _row(work: Work, role: str, found: list[Stretch]) -> dict[str, Any]:
    staff = {str(one.handle): one for one in people.staff(work.db)}
    planned = any(shift.role == role for shift in work.house.rota.shifts)
    stretches = [
        {
            "since": about.iso(since),
            "until": about.iso(until),
            "people": [
                {"name": one.name or str(one.handle), "phone": one.phone} for name in held if (one := staff.get(name))
            ],
        }
        for since, until, held in found
    ]
    return {"role": role, "planned": planned, "stretches": stretches}
