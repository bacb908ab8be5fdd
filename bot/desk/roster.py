"""Who holds which role at this moment, and the way each person is reached (R22)."""

from __future__ import annotations

from dataclasses import dataclass

from bot.desk.rota import rota
from bot.desk.work import Work
from bot.domain.ladder import DESK, ENGINEER, MANAGER, NEXT_HIGHER, SENIOR
from bot.domain.secrecy import SECURITY
from storage import people
from storage.people import Person

ROLES = {
    ENGINEER: ("resident", "mobile"),
    DESK: ("desk",),
    MANAGER: ("manager",),
    SENIOR: ("senior",),
    "deputy": ("deputy",),
    SECURITY: ("security",),
}
"""The ladder's roles and the staff roles that fill them."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is to be told, why (the ladder's role), and by which ways, the preferred first."""

    person: Person
    role: str
    ways: tuple[tuple[str, str], ...]


def ways_of(work: Work, person_ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    """How each person is reached, (channel, address), the preferred way first: by the channels that are there.

    The configured order says whether she prefers chat or mail; an account that she linked stands for all chat.
    """
    found = {}
    for person, ways in people.contacts(work.db, person_ids).items():
        order = ["mail" if channel == "mail" else work.house.ways[0] for channel, _ in ways]
        there = [way for way in ways if way[0] in work.house.ways]
        found[person] = sorted(there, key=lambda way, order=order: order.index(way[0]))  # type: ignore[misc]
    return found


def addresses_of(work: Work, person_id: int | None) -> set[str]:
    """Everything by which somebody is reached; nothing for nobody."""
    return {value for _, value in ways_of(work, [person_id])[person_id]} if person_id else set()


def by_account(work: Work, address: str) -> Recipient | None:
    """Who has this mail address, if she is the customer's and has linked a chat account: that first, then mail."""
    person = people.by_contact(work.db, "mail", address)
    if person is None or person.roles or not person.active:
        return None
    ways = sorted(ways_of(work, [person.id]).get(person.id, ()), key=lambda way: way[0] == "mail")
    return Recipient(person, "", tuple(ways)) if ways and ways[0][0] != "mail" else None


class Roster:
    """The staff, looked up once for a batch of decisions; `now` is the instant at which duty is asked for."""

    def __init__(self, work: Work) -> None:
        self.now, self._rota = work.now, rota(work)
        self._staff = {one.id: one for one in people.staff(work.db)}
        self._ways = ways_of(work, list(self._staff))

    def recipient(self, person_id: int, role: str) -> Recipient | None:
        """The person with her ways; None if she is gone or cannot be reached at all."""
        person, ways = self._staff.get(person_id), self._ways.get(person_id)
        return Recipient(person, role, tuple(ways)) if person and ways else None

    def holders(self, role: str, place: str = "") -> list[Recipient]:
        """Everybody who is on duty in the role (for a place: also by a booking) and can be reached."""
        by_handle = {str(one.handle): one for one in self._staff.values()}
        handles: dict[str, None] = {}
        for name in ROLES[role]:
            having = [handle for handle, one in by_handle.items() if name in one.roles]
            handles |= dict.fromkeys(self._rota.holders(name, self.now, having, place))
        found = [self.recipient(by_handle[one].id, role) for one in handles if one in by_handle]
        return [one for one in found if one]

    def is_manager(self, person: Person) -> bool:
        """Whether she is the project manager, or speaks for one: the deputy while none is on duty (R12)."""
        return MANAGER in person.roles or ("deputy" in person.roles and not self.holders(MANAGER))

    def booked(self, place: str) -> list[Recipient]:
        """Whoever's support is booked at the place for now, or stands in for her, and can be reached."""
        handles = {self._rota.present(one, self.now) for one in self._rota.booked(self.now, place)} if place else set()
        found = (self.recipient(one.id, ENGINEER) for one in self._staff.values() if one.handle in handles)
        return [one for one in found if one]

    def engineer(self, person_id: int | None) -> Recipient | None:
        """The engineer in charge, or whoever stands in for her now."""
        engineer = self._staff.get(person_id or 0)
        present = self._rota.present(str(engineer.handle), self.now) if engineer else ""
        found = next((one for one in self._staff.values() if one.handle == present), None)
        return self.recipient(found.id, ENGINEER) if found else None

    def told(self, roles: tuple[str, ...], assignee_id: int | None) -> tuple[list[Recipient], list[str]]:
        """Whom a rung reaches, each person once, and the roles that stood empty (the next higher one stands in)."""
        found: dict[int, Recipient] = {}
        empty: list[str] = []
        for role in roles:
            for one in self._fill(role, assignee_id, empty):
                found.setdefault(one.person.id, one)
        return list(found.values()), empty

    def _fill(self, role: str, assignee_id: int | None, empty: list[str]) -> list[Recipient]:
        if role == ENGINEER:
            engineer = self.engineer(assignee_id)
            return [engineer] if engineer else self._fill(DESK, None, empty)
        holders = self.holders(role)
        if holders:
            return holders
        empty.append(role)
        if role == MANAGER:  # above him is nobody: whoever can be told of it is told
            return self.holders("deputy") or self._everybody(MANAGER)
        return self._fill(NEXT_HIGHER[role], None, empty)

    def insiders(self, concerned: int | None) -> list[Recipient]:
        """Who hears of a security incident, on duty or not, but for whom it concerns (SP-10.4)."""
        found = {one.person.id: one for role in (SECURITY, MANAGER) for one in self._everybody(role)}
        return [one for number, one in found.items() if number != concerned]

    def _everybody(self, role: str) -> list[Recipient]:
        """Everybody who has the role, on duty or not."""
        having = (one.id for one in self._staff.values() if set(ROLES[role]) & set(one.roles))
        return [found for one in having if (found := self.recipient(one, role))]
