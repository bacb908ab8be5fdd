"""Staff by command: who may be added, and what becomes of the tickets of somebody who ends (reliability 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from bot.desk.journal import record
from bot.desk.notices import notify
from bot.desk.work import Work
from bot.domain.ladder import MANAGER
from bot.domain.staff import Newcomer
from storage import outbox, people, tickets
from storage.people import Person
from storage.tickets import Ticket

CHAT = "console"
"""Everybody has a place at the terminal, under her handle; accounts elsewhere she links herself."""


class StaffError(Exception):
    """It is not done; `key` names the phrase that says why, with its facts."""

    def __init__(self, key: str, **facts: Any) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


def add(work: Work, one: Newcomer) -> None:
    """Makes somebody staff, with the same rights as by an entry of [[people]]. Raises StaffError.

    Who was staff before comes back with her history, and links her chat account anew.
    """
    _administrator_only(work, one.roles, "add", one.handle)
    known = people.ever_called(work.db, one.handle)
    if known and known.active:
        key = "staff_there" if known.by_command else "staff_configured"
        raise StaffError(key, handle=one.handle, name=known.name or one.handle)
    _free(work, one)
    if known:
        people.forget_ways(work.db, known.id)
    facts = {"name": one.name, "phone": one.phone, "language": one.language, "roles": list(one.roles)}
    person_id = people.keep_staff(work.db, one.handle, facts, ways(one.handle, one.mail, one.prefers), by_command=True)
    record(work, None, ("staff added", {"person": person_id, "roles": list(one.roles)}))
    notify(work, "staff added", _about(one.handle, one.name, one.roles) | {"by": work.actor.name})


def ways(handle: str, mail: str, prefers: str) -> list[tuple[str, str]]:
    """How somebody is reached, the preferred way first."""
    found = [(CHAT, handle), *([("mail", mail.lower())] if mail else [])]
    return sorted(found, key=lambda way: (way[0] == "mail") != (prefers == "mail"))


def _administrator_only(work: Work, roles: Iterable[str], what: str, handle: str) -> None:
    """Who answers for the contract is named by whoever has an account on this machine, never from a chat."""
    if MANAGER in roles and work.actor.kind != "admin":
        raise StaffError("staff_administrator", what=what, handle=handle)


def _free(work: Work, one: Newcomer) -> None:
    """Raises StaffError for an address that is ours or somebody's."""
    if one.mail and one.mail in work.house.own_addresses:
        raise StaffError("staff_mail_ours", mail=one.mail)
    holder = people.by_contact(work.db, "mail", one.mail) if one.mail else None
    if holder and holder.active and holder.handle != one.handle:
        name = holder.name or holder.handle or one.mail
        raise StaffError("staff_mail_taken", mail=one.mail, name=name, requester=holder.handle is None)


def end(work: Work, person: Person) -> list[Ticket]:
    """Ends somebody's rights at once: accounts, addresses, what waits for her. Gives the tickets that she leaves.

    They stay hers until somebody takes them; until then the desk hears what she would. Raises StaffError.
    """
    _administrator_only(work, person.roles, "end", str(person.handle))
    if not person.by_command:
        raise StaffError("staff_in_file", name=person.name or person.handle)
    people.end_staff(work.db, person.id)
    outbox.drop_to(work.db, person.id, "she is staff no more", work.now)
    left = tickets.left_behind(work.db).get(person.id, [])
    record(work, None, ("staff ended", {"person": person.id, "tickets": [one.id for one in left]}))
    _tell_end(work, person, left, key=f"{person.id}:{work.now.isoformat()}")
    return left


def tell_left_behind(work: Work) -> None:
    """Tells desk and project manager of open tickets whose engineer the configuration has dropped, once each."""
    for person_id, left in tickets.left_behind(work.db).items():
        person = people.by_id(work.db, person_id)
        if person and not person.by_command:
            _tell_end(work, person, left, key=f"{person_id}:{','.join(str(one.number) for one in left)}")


def _tell_end(work: Work, person: Person, left: Sequence[Ticket], *, key: str) -> None:
    facts = _about(str(person.handle), person.name, person.roles)
    notify(work, "staff ended", facts | {"tickets": numbers(work, left)}, key=key)


def numbers(work: Work, found: Iterable[Ticket]) -> list[str]:
    """What people call the tickets."""
    return [work.house.name_of(one.number) for one in found]


def _about(handle: str, name: str, roles: Sequence[str]) -> dict[str, Any]:
    return {"handle": handle, "name": name or handle, "roles": list(roles)}


def listed(db: Connection) -> list[dict[str, Any]]:
    """The staff by handle: roles, ways, where each entry comes from, and how many tickets each has open."""
    staff = people.staff(db)
    ids = [one.id for one in staff]
    contacts, busy = people.contacts(db, ids), tickets.open_counts(db, ids)
    return [
        {
            "handle": one.handle,
            "name": one.name,
            "roles": list(one.roles),
            "mail": next((value for channel, value in contacts.get(one.id, ()) if channel == "mail"), ""),
            "phone": one.phone,
            "language": one.language,
            "accounts": [channel for channel, _ in contacts.get(one.id, ()) if channel not in people.CONFIGURED],
            "from": "command" if one.by_command else "configuration",
            "open_tickets": busy.get(one.id, 0),
        }
        for one in staff
    ]
