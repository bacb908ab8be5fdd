"""The faces of cards as tickets are at this moment, made in bulk just before they are sent."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import BUTTONS, COMMANDS, GROUP, SPEAKER
from bot.desk.work import Work
from storage import clocks, outbox, people, tickets
from storage.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Face:
    """What a card shows, and the channel's id of the card that it replaces ("" for a new one)."""

    facts: dict[str, Any]
    edits: str


@dataclass(frozen=True, slots=True)
class Place:
    """A chat in which a card is seen; `private`: somebody's own."""

    channel: str
    address: str
    locale: str
    private: bool


def show_again(work: Work, ticket: Ticket, place: Place, *, key: str) -> None:
    """Shows a ticket's card afresh: a group's is edited where it hangs, in a private chat a new one comes."""
    row = {
        "dedup_key": key,
        "ticket_id": ticket.id,
        "event": "command",
        "kind": "card",
        "audience": SPEAKER if place.private else GROUP,
        "channel": place.channel,
        "address": place.address,
        "locale": place.locale,
        "facts": {"number": work.house.name_of(ticket.number)},
        "silent": True,
    }
    outbox.put(work.db, [row], work.now)


def faces(work: Work, rows: Sequence[Any]) -> dict[int, Face]:
    """The faces for outbox rows of one channel, by row; what their buttons do is kept."""
    if not rows:
        return {}
    ids = [row.ticket_id for row in rows]
    found, running = tickets.get_many(work.db, ids), clocks.open_of(work.db, ids)
    assigned = any(ticket.assignee_id for ticket in found.values())
    names = {one.id: one.name or str(one.handle) for one in people.staff(work.db)} if assigned else {}
    hanging = outbox.hanging_cards(work.db, rows[0].channel, ids)
    made, actions = {}, []
    for row in rows:
        ticket = found[row.ticket_id]
        facts = about.card(work, ticket, running.get(ticket.id, []), names.get(ticket.assignee_id or 0, ""))
        buttons, token = BUTTONS.get(ticket.state, ("details",)), secrets.token_urlsafe(12)
        commands = [COMMANDS[name].format(n=ticket.number) for name in buttons]
        place = {"channel": row.channel, "address": row.address, "created_at": work.now}
        actions.append({"id": token, "ticket_id": ticket.id, "version": ticket.version, "commands": commands, **place})
        facts |= {"action": token, "buttons": list(buttons)}
        made[row.id] = Face(facts, hanging.get((ticket.id, row.address), "") if row.audience == GROUP else "")
    outbox.keep_actions(work.db, actions)
    return made
