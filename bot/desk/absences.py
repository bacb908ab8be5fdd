"""Absences by command: who is away, who stands in, and where that leaves a role of the rota without anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from bot.desk import facts as about
from bot.desk.duty import DutyError
from bot.desk.journal import record
from bot.desk.notices import notify, tell_person
from bot.desk.rota import rota
from bot.desk.work import Work
from bot.domain.rota import Absence, Rota
from bot.domain.spans import Span
from storage import duty, people
from storage.people import Person


def leave(work: Work, person: Person, span: Span, stand_in: Person | None) -> dict[str, Any]:
    """Notes an absence. Gives what follows from it: bookings that nobody keeps, roles that nobody holds.

    Raises DutyError for what is over, and for a stand-in who is away herself.
    """
    since, until = span
    _possible(work, person, span, stand_in)
    row = {"person_id": person.id, "stand_in_id": stand_in.id if stand_in else None, "since_at": since,
           "until_at": until, "created_at": work.now}  # fmt: skip
    number = duty.leave(work.db, row)
    people_concerned = {"person": person.id, "stand_in": stand_in.id if stand_in else None}
    window = {"since": about.iso(since), "until": about.iso(until)}
    record(work, None, ("absent", {"absence": number, **people_concerned, **window}))
    facts = {
        "number": number,
        "name": _name(person),
        "stand_in": _name(stand_in) if stand_in else "",
        **window,
        "bookings": [one for one in _bookings(work, person, span) if not stand_in],
        "holes": _holes(work, person, span),
    }
    _tell(work, facts | {"what": "absent"}, stand_in, f"{number}")
    return facts


def _possible(work: Work, person: Person, span: Span, stand_in: Person | None) -> None:
    since, until = span
    if until <= work.now:
        raise DutyError("absent_past", until=about.iso(until))
    if stand_in is None:
        return
    if stand_in.id == person.id:
        raise DutyError("absent_herself")
    for away in rota(work).absences:
        if away.person == stand_in.handle and away.since < until and since < away.until:
            edges = {"since": about.iso(away.since), "until": about.iso(away.until)}
            raise DutyError("absent_stand_in", name=_name(stand_in), **edges)


def _bookings(work: Work, person: Person, span: Span) -> list[int]:
    """The numbers of her bookings in that time."""
    since, until = span
    rows = duty.bookings(work.db, max(since, work.now))
    return [row.id for row in rows if row.person_id == person.id and row.starts_at < until]


def _holes(work: Work, person: Person, span: Span) -> list[dict[str, Any]]:
    """The first time in the span at which each of her planned roles has nobody because she is away."""
    now, before, found = rota(work), _without(rota(work), str(person.handle)), []
    since = max(span[0], work.now)
    for role in person.roles:
        held = list(before.holes(role, since, span[1]))
        fresh = next(_uncovered(list(now.holes(role, since, span[1])), held), None)
        if fresh:
            found.append({"role": role, "since": about.iso(fresh[0]), "until": about.iso(fresh[1])})
    return found


def _uncovered(holes: Sequence[Span], known: Sequence[Span]) -> Iterator[Span]:
    """The parts of holes that do not lie in known ones."""
    for begin, until in holes:
        at = begin
        for since, end in known:
            if at < since < until:
                yield at, since
            if since <= at < end or at < since < until:
                at = end
        if at < until:
            yield at, until


def _without(plan: Rota, handle: str) -> Rota:
    """The rota as if she were never away."""
    others: tuple[Absence, ...] = tuple(one for one in plan.absences if one.person != handle)
    return replace(plan, absences=others)


def cancel(work: Work, number: int, by: Person | None) -> dict[str, Any]:
    """She is there after all; of somebody else's only the desk may say that (`by` None). Raises DutyError."""
    row = duty.get_absence(work.db, number)
    if row is None or row.until_at <= work.now or (by and row.person_id != by.id):
        raise DutyError("absent_none", number=number)
    duty.cancel_absence(work.db, number, work.now)
    record(work, None, ("present", {"absence": number, "person": row.person_id}))
    person, stand_in = people.by_id(work.db, row.person_id), people.by_id(work.db, row.stand_in_id)
    facts = {
        "number": number,
        "name": _name(person),
        "stand_in": _name(stand_in) if stand_in else "",
        "since": about.iso(row.since_at),
        "until": about.iso(row.until_at),
    }
    _tell(work, facts | {"what": "present"}, stand_in, f"{number}:back")
    return facts


def _tell(work: Work, facts: dict[str, Any], stand_in: Person | None, key: str) -> None:
    told = {**facts, "by": work.actor.name}
    if stand_in:
        tell_person(work, stand_in.id, "standing in", told | {"you": True}, key=key)
    notify(work, "absent", told | {"you": False}, key=key, knows=stand_in.id if stand_in else None)


def listed(work: Work) -> list[dict[str, Any]]:
    """Who is or will be away, by command (with a number) or by the configuration."""
    names = {str(one.handle): _name(one) for one in people.staff(work.db)}
    by_id = {one.id: str(one.handle) for one in people.staff(work.db)}
    numbers = {
        (by_id.get(row.person_id), row.since_at, row.until_at, by_id.get(row.stand_in_id, "")): row.id
        for row in duty.absences(work.db, work.now)
    }
    away = sorted((one for one in rota(work).absences if one.until > work.now), key=lambda one: one.since)
    return [
        {
            "number": numbers.get((one.person, one.since, one.until, one.stand_in), 0),
            "name": names.get(one.person, one.person),
            "stand_in": names.get(one.stand_in, one.stand_in),
            "since": about.iso(one.since),
            "until": about.iso(one.until),
        }
        for one in away
    ]


def _name(person: Person | None) -> str:
    return (person.name or str(person.handle)) if person else ""
