"""What a warning tells beside its deadline: what was tried so far, and the next steps as buttons; whom to call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import DEPUTY
from bot.desk.authorizations import lacking
from bot.desk.buttons import COMMANDS, keep_commands
from bot.desk.extensions import promises
from bot.desk.roster import Recipient, Roster
from bot.desk.work import Work
from bot.domain.ladder import DESK, ENGINEER, MANAGER, SENIOR
from storage import journal, people, tickets
from storage.tickets import Ticket

STEPS = {
    MANAGER: ("assign", "reply", "extend", "calls"),
    DEPUTY: ("assign", "reply", "calls"),
    DESK: ("assign",),
}
"""The buttons below warnings about one ticket, between "seen" and "details", by the role in which one gets them."""
KEEPING = {
    ENGINEER: {
        "confirm": ("take",),
        **dict.fromkeys(("response", "delay", "complaint-answer"), ("reply", "called")),
        "arrival": ("arrived",),
        "resolve": ("solve", "ask"),
        "progress": ("progress_write",),
    },
    DESK: {
        "help": ("help", "solve"),
        "progress": ("progress_write",),
        **dict.fromkeys(("delay", "complaint-answer"), ("reply", "called")),
    },
}
"""Before those: what keeps the promise, by role and target."""
MOST_STEPS, MOST_BUTTONS = 4, 6
TRIED = frozenset(
    "assigned accepted replied called noticed waiting resumed noted late escalated arrived reopened level "
    "extended".split()
)
"""What people have done about a fault."""


def tried(work: Work, ticket_id: int, most: int) -> list[dict[str, Any]]:
    """The last steps that somebody took, without the requester's own words."""
    names = {one.id: one.name or str(one.handle) for one in people.ever_staff(work.db)}
    steps = [row for row in journal.of_ticket(work.db, ticket_id) if row.kind in TRIED][-most:]
    return [
        {
            "at": about.iso(row.at),
            "who": names.get(row.actor_id, row.actor),
            "kind": row.kind,
            "what": _words(work, row.facts.get("entry")) if row.actor_id else "",
        }
        for row in steps
    ]


def _words(work: Work, entry_id: int | None) -> str:
    entry = tickets.get_entry(work.db, entry_id) if entry_id else None
    return entry.text[: about.EXCERPT] if entry else ""


def known(work: Work, row: Any, *, alone: bool) -> dict[str, Any]:
    """What is told of a ticket beside the deadline, as it is now: most to manager, deputy and senior engineer."""
    if row.ticket_id is None:
        return {}
    ticket = tickets.get(work.db, row.ticket_id)
    waits = {"unauthorized": bool(lacking(work, [ticket]))}
    if row.audience not in {MANAGER, DEPUTY, SENIOR}:
        return waits
    steps = tried(work, ticket.id, MOST_STEPS if alone else 1)
    return {**waits, "tried": steps, "extended": promises(work, [ticket]).get(ticket.id)}


def offered(work: Work, rows: Sequence[Any]) -> dict[str, Any]:
    """The buttons of a message with these warnings: the steps for a single one, "seen" for each of some."""
    row, place = rows[0], (rows[0].channel, rows[0].address)
    numbers = list(dict.fromkeys(one.facts["number"] for one in rows))
    if row.channel == "mail" or len(numbers) > MOST_BUTTONS:
        return {}
    if len(numbers) > 1:
        commands = [COMMANDS["ack"].format(n=one) for one in numbers]
        return {"action": keep_commands(work, None, place, commands), "labels": [f"✓ {one}" for one in numbers]}
    keeping = KEEPING.get(row.audience, {})
    steps = (step for one in rows for step in keeping.get(one.facts["target"], ()))
    names = tuple(dict.fromkeys(("ack", *steps, *STEPS.get(row.audience, ()), "details")))
    commands = [COMMANDS[name].format(n=numbers[0]) for name in names]
    return {"action": keep_commands(work, None, place, commands), "buttons": list(names)}


def call_list(work: Work, ticket: Ticket) -> list[dict[str, str]]:
    """Whom to call about a ticket, in this order: role, name and telephone, each person once."""
    requester, roster = people.by_id(work.db, ticket.requester_id), Roster(work)
    first = {"role": "requester", "name": ticket.requester_name or ticket.requester_address}
    found = [{**first, "phone": requester.phone if requester else ""}]
    engineer = roster.engineer(ticket.assignee_id)
    on_duty: list[tuple[str, Sequence[Recipient]]] = [("engineer", [engineer] if engineer else [])]
    on_duty += [(role, roster.holders(role, ticket.place)) for role in ("engineer", DESK, SENIOR, MANAGER, DEPUTY)]
    seen: set[int] = set()
    for role, holders in on_duty:
        for one in holders:
            if one.person.id not in seen:
                seen.add(one.person.id)
                name = one.person.name or str(one.person.handle)
                found.append({"role": role, "name": name, "phone": one.person.phone})
    return found
