"""Two people exchange duty: the one asks, the other agrees; or the desk decrees it."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.desk.announce import TABLE
from bot.desk.buttons import COMMANDS, keep_commands
from bot.desk.duty import DutyError
from bot.desk.journal import record
from bot.desk.notices import Notice, notices
from bot.desk.roster import Roster
from bot.desk.work import Work
from storage import outbox, people, swaps
from storage.people import Person


def ask(work: Work, person: Person, other: Person, days: tuple[date, date], *, decreed: bool) -> dict[str, Any]:
    """Proposes a swap to `other`, or enters it at once (`decreed`). Raises DutyError where there is nothing to swap."""
    _possible(work, person, other, days)
    row = {"person_id": person.id, "other_id": other.id, "day": days[0], "other_day": days[1]}
    state = swaps.AGREED if decreed else swaps.ASKED
    number = swaps.add(work.db, {**row, "created_at": work.now, "state": state})
    told = _facts(swaps.get(work.db, number), person, other)
    if decreed:
        _settled(work, number, told, (person, other))
    else:
        record(work, None, ("swap asked", {"swap": number, "person": person.id, "other": other.id}))
        _tell(work, other, "swap asked", told)
    return told


def _possible(work: Work, person: Person, other: Person, days: tuple[date, date]) -> None:
    if person.id == other.id:
        raise DutyError("swap_herself")
    if min(days) < work.now.astimezone(work.house.rota.zone).date():
        raise DutyError("swap_past")
    roles = set(person.roles) & set(other.roles)
    hers = ((str(person.handle), days[0]), (str(other.handle), days[1]))
    if not any(
        shift.role in roles and shift.person == handle and shift.begins_on(day)
        for shift in work.house.rota.shifts
        for handle, day in hers
    ):
        raise DutyError("swap_nothing", name=_name(person), other=_name(other))


def answer(work: Work, number: int, person: Person | None, *, agreed: bool) -> dict[str, Any]:
    """She who was asked agrees or declines; for the desk (`person` None) too. Raises DutyError."""
    row = swaps.get(work.db, number)
    if row is None or row.state != swaps.ASKED or (person and row.other_id != person.id):
        raise DutyError("swap_none", number=number)
    one, other = people.by_id(work.db, row.person_id), people.by_id(work.db, row.other_id)
    assert one is not None  # noqa: S101  -- people are never deleted
    assert other is not None  # noqa: S101
    told = _facts(row, one, other)
    if agreed:
        _possible(work, one, other, (row.day, row.other_day))
        swaps.set_state(work.db, number, swaps.AGREED)
        _settled(work, number, told, (one, other))
    else:
        swaps.set_state(work.db, number, swaps.DECLINED)
        record(work, None, ("swap declined", {"swap": number, "other": row.other_id}))
        _tell(work, one, "swap declined", told)
    return told


def cancel(work: Work, number: int, person: Person | None) -> dict[str, Any]:
    """Takes a question back, or (the desk, `person` None) calls an agreed swap off. Raises DutyError."""
    row = swaps.get(work.db, number)
    mine = row is not None and row.state == swaps.ASKED and person is not None and row.person_id == person.id
    if row is None or row.state not in {swaps.ASKED, swaps.AGREED} or (person is not None and not mine):
        raise DutyError("swap_none", number=number)
    swaps.set_state(work.db, number, swaps.CANCELLED)
    record(work, None, ("swap cancelled", {"swap": number}))
    one, other = people.by_id(work.db, row.person_id), people.by_id(work.db, row.other_id)
    told = _facts(row, one, other)
    for each in (one, other):
        if each and each.id != work.actor.id:
            _tell(work, each, "swap cancelled", told)
    return told


def listed(work: Work) -> list[dict[str, Any]]:
    """The swaps that are asked or agreed and not over."""
    staff = {one.id: one for one in people.ever_staff(work.db)}
    rows = swaps.since(work.db, work.now.astimezone(work.house.rota.zone).date())
    return [_facts(row, staff.get(row.person_id), staff.get(row.other_id)) for row in rows]


def _settled(work: Work, number: int, told: dict[str, Any], both: tuple[Person, Person]) -> None:
    record(work, None, ("swapped", {"swap": number, "person": both[0].id, "other": both[1].id}))
    for each in both:
        if each.id != work.actor.id:
            _tell(work, each, "swapped", told)
    heard = {both[0].id, both[1].id, work.actor.id}
    rows = notices(work, "swapped", {**told, "what": "swapped", "by": work.actor.name}, key=f"desk:{number}")
    outbox.put(work.db, [row for row in rows if row["person_id"] not in heard], work.now)


def _facts(row: Any, person: Person | None, other: Person | None) -> dict[str, Any]:
    return {
        "number": str(row.id),
        "name": _name(person),
        "other": _name(other),
        "day": row.day.isoformat(),
        "other_day": row.other_day.isoformat(),
        "state": row.state,
    }


def _name(person: Person | None) -> str:
    return (person.name or str(person.handle)) if person else ""


def _tell(work: Work, person: Person, event: str, told: dict[str, Any]) -> None:
    """To herself, whoever stands in for her meanwhile."""
    one = Roster(work).recipient(person.id, "")
    if one is None:
        return
    facts = {**told, "what": event, "by": work.actor.name}
    if event == "swap asked" and one.ways[0][0] != "mail":
        names = ("agree", "decline")
        commands = [COMMANDS[name].format(n=told["number"]) for name in names]
        facts |= {"action": keep_commands(work, None, one.ways[0], commands), "buttons": list(names)}
    outbox.put(work.db, [Notice(work, event, facts, told["number"]).row(TABLE[event][0], one)], work.now)
