"""Whoever is on duty says that she can be reached; if she does not, others hear of it (SP-2.7)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any

from bot.desk.announce import DEPUTY, DESK, MANAGER, ON_DUTY, TABLE, Line
from bot.desk.buttons import keep_commands
from bot.desk.journal import record
from bot.desk.notices import Notice
from bot.desk.roster import ROLES, Recipient, Roster
from bot.desk.rota import rota
from bot.desk.work import Work
from bot.domain.reachability import checks, daily, following
from storage import marks, outbox, people
from storage.people import Person

MARK = "reachability"
OFF, SHIFTS = "off", "shifts"
LONGEST_BACK = timedelta(days=1)
"""A check that a stopped daemon missed is made up for as long as that, if the shift still lasts."""
HERE, HAND_OVER = "here", "hand-over"


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody was asked and has not answered yet: whom, in which role, and until when (ISO instants, UTC).

    `how` is "" for a question whether she can be reached, or HAND_OVER.
    """

    person: int
    role: str
    at: str
    until: str
    how: str = ""


@dataclass(slots=True)
class _State:
    """Up to when checks were made, and which of them wait for a press."""

    done: datetime | None
    waiting: list[Asked]


def _state(work: Work) -> _State:
    kept = json.loads(marks.get(work.db, MARK) or "{}")
    done = datetime.fromisoformat(kept["done"]) if "done" in kept else None
    return _State(done, [Asked(**one) for one in kept.get("waiting", ())])


def _keep(work: Work, state: _State) -> None:
    marks.put(work.db, MARK, _written(state, state.done or work.now))


def _written(state: _State, done: datetime | None) -> str:
    waiting = [asdict(one) for one in state.waiting]
    return json.dumps({**({"done": done.isoformat()} if done else {}), "waiting": waiting})


def _at_time(work: Work) -> time | None:
    """The time of a daily check; None where shifts decide."""
    how = work.house.reachability
    return None if how in {OFF, SHIFTS} else time.fromisoformat(how)


def next_at(work: Work) -> datetime | None:
    """When somebody is asked, or did not answer in time, next (in the past: it is overdue); None for never."""
    state = _state(work)
    ends = [datetime.fromisoformat(one.until) for one in state.waiting]
    return min([*ends, *([coming] if (coming := _following(work, state)) else [])], default=None)


def _following(work: Work, state: _State) -> datetime | None:
    plan = work.house.rota
    if work.house.reachability == OFF:
        return None
    if state.done is None:  # a new desk begins with the next one: nobody is asked about what was before
        return work.now if plan.shifts or _at_time(work) else None
    midnight = work.now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = max(state.done, midnight - LONGEST_BACK)
    return following(plan, work.house.reachability_roles, _at_time(work), since)


def check(work: Work) -> int:
    """Asks those whose time has come, and tells of those who did not answer. Gives how many that were."""
    coming = next_at(work)
    if coming is None or coming > work.now:
        return 0
    state = _state(work)
    silent = [one for one in state.waiting if datetime.fromisoformat(one.until) <= work.now]
    state.waiting = [one for one in state.waiting if one not in silent]
    for one in silent:
        _tell(work, one)
    due = _due(work, state)
    state.done = work.now
    asked = ask(work, due)
    state.waiting = [one for one in state.waiting if one.person not in {new.person for new in asked}] + asked
    _keep(work, state)
    return max(1, len(silent) + len(asked))


def _due(work: Work, state: _State) -> list[tuple[Person, str]]:
    """Who is to be asked now, each once."""
    if state.done is None or work.house.reachability == OFF:
        return []
    asked = {one.person for one in state.waiting if one.at == work.now.isoformat()}  # by a hand-over
    since, at = max(state.done, work.now - LONGEST_BACK), _at_time(work)
    plan, roles = rota(work), work.house.reachability_roles
    if at is not None:
        due = holders(work, roles) if daily(at, plan.zone, since, work.now) else []
        return [one for one in due if one[0].id not in asked]
    found: dict[int, tuple[Person, str]] = {}
    for _, handle, role, begin, end in checks(plan, roles, since, work.now):
        person = people.by_handle(work.db, plan.present(handle, max(begin, work.now)))
        if person and person.active and end > work.now and person.id not in asked:
            found[person.id] = (person, role)
    return list(found.values())


def holders(work: Work, roles: Iterable[str]) -> list[tuple[Person, str]]:
    """Everybody who holds one of these roles of staff now, each once with the first of them."""
    plan, staff = rota(work), people.staff(work.db)
    found: dict[int, tuple[Person, str]] = {}
    for role in roles:
        having = [str(one.handle) for one in staff if role in one.roles]
        for handle in plan.holders(role, work.now, having):
            person = next((one for one in staff if one.handle == handle), None)
            if person:
                found.setdefault(person.id, (person, role))
    return list(found.values())


def ask(work: Work, due: Iterable[tuple[Person, str]]) -> list[Asked]:
    """Sends each the question with its one button. Whoever cannot be reached at all counts as silent at once."""
    roster, until, asked = Roster(work), work.now + timedelta(minutes=work.house.reachability_minutes), []
    for person, role in due:
        one = Asked(person.id, role, work.now.isoformat(), until.isoformat())
        told = roster.recipient(person.id, role)
        record(work, None, ("reach asked", {"person": person.id, "role": role}))
        if told is None:
            _tell(work, one)
            continue
        asked.append(one)
        facts: dict[str, Any] = {"role": role, "until": one.until}
        if told.ways[0][0] != "mail":
            facts |= {"action": keep_commands(work, None, told.ways[0], [HERE]), "buttons": [HERE]}
        _put(work, TABLE["reach check"][0], told, "reach check", facts)
    return asked


def expect(work: Work, asked: Iterable[Asked]) -> None:
    """People were asked by a message of another kind: a missing answer is reported in the same way."""
    state, asked = _state(work), list(asked)
    state.waiting = [one for one in state.waiting if one.person not in {new.person for new in asked}] + asked
    marks.put(work.db, MARK, _written(state, state.done))


def ask_now(work: Work, due: list[tuple[Person, str]]) -> None:
    """Asks these people at somebody's command, and expects their answers."""
    state = _state(work)
    asked = ask(work, due)
    state.waiting = [one for one in state.waiting if one.person not in {new.person for new in asked}] + asked
    _keep(work, state)


def answered(work: Work, person: Person) -> bool:
    """Notes that she can be reached. Gives whether she had been asked, and answered in time."""
    state = _state(work)
    mine = [one for one in state.waiting if one.person == person.id]
    record(work, None, ("reachable", {"person": person.id, "asked_at": mine[0].at if mine else None}))
    if mine:
        state.waiting = [one for one in state.waiting if one.person != person.id]
        _keep(work, state)
    return bool(mine)


def _tell(work: Work, one: Asked) -> None:
    """The others on duty, or else the deputy, and the project manager hear that she did not answer."""
    person = people.by_id(work.db, one.person)
    record(work, None, ("unreachable", {"person": one.person, "role": one.role, "asked_at": one.at}))
    roster = Roster(work)
    facts = {
        "name": (person.name or person.handle) if person else "",
        "phone": person.phone if person else "",
        "role": one.role,
        "asked_at": one.at,
        "how": one.how,
    }
    ladder = next((name for name, roles in ROLES.items() if one.role in roles), one.role)
    told: dict[int, tuple[Line, Recipient]] = {}
    managers = roster.told((MANAGER,), None)[0]
    by_audience = {ON_DUTY: roster.holders(ladder), DEPUTY: roster.holders("deputy"), MANAGER: managers,
                   DESK: roster.told((DESK,), None)[0]}  # fmt: skip
    event = "not taken over" if one.how == HAND_OVER else "unreachable"
    for line in TABLE[event]:
        for recipient in by_audience[line.audience]:
            if recipient.person.id != one.person:
                told.setdefault(recipient.person.id, (line, recipient))
    for line, recipient in told.values():
        _put(work, line, recipient, event, facts)


def _put(work: Work, line: Line, one: Recipient, event: str, facts: dict[str, Any]) -> None:
    notice = Notice(work, event, facts, f"{facts.get('name', '')}:{work.now.isoformat()}")
    outbox.put(work.db, [notice.row(line, one) | {"urgent": True}], work.now)
