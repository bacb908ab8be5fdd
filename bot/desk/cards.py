"""The faces of cards as tickets are at this moment, made in bulk just before they are sent."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.desk import facts as about
from bot.desk import majors
from bot.desk.announce import GROUP, SPEAKER
from bot.desk.assignment import Proposer, shown
from bot.desk.authorizations import lacking
from bot.desk.buttons import BUTTONS, COMMANDS
from bot.desk.extensions import promises
from bot.desk.linking import proposed
from bot.desk.work import Work
from bot.domain.targets import LEVEL
from bot.domain.ticket import ACCEPTED, NEW, OPEN
from storage import clocks, journal, outbox, participants, people, tickets
from storage.actions import keep as keep_actions
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
    assigned = any(ticket.assignee_id or ticket.contact_id for ticket in found.values())
    names = {one.id: one.name or str(one.handle) for one in people.staff(work.db)} if assigned else {}
    moved = journal.newest_facts(work.db, LEVEL, [one.id for one in found.values() if one.version > 1])
    promised = promises(work, [one for one in found.values() if one.state in OPEN])
    waiting = lacking(work, list(found.values()))
    hanging = outbox.hanging_cards(work.db, rows[0].channel, ids)
    great = majors.states(work, [one.id for one in found.values() if one.version > 1 and one.state in OPEN])
    outages, proposals = _outages(work, list(found.values())), _proposals(work, list(found.values()))
    copied = participants.proposed_counts(work.db, list(found))
    made, actions = {}, []
    for row in rows:
        ticket = found[row.ticket_id]
        assignee, level = names.get(ticket.assignee_id or 0, ""), moved.get(ticket.id, {})
        facts = about.card(work, ticket, running.get(ticket.id, []), assignee, level.get("moved", ()))
        outage, token = outages[ticket.id], secrets.token_urlsafe(12)
        in_copy, engineer = copied.get(ticket.id, 0) if ticket.state in OPEN else 0, proposals.get(ticket.id)
        buttons = (*_buttons(ticket, outage, engineer), *(("cc",) if in_copy else ()))
        values = {"n": ticket.number, "master": outage["proposed"], "who": engineer["handle"] if engineer else ""}
        commands = [COMMANDS[name].format(**values) for name in buttons]
        place = {"channel": row.channel, "address": row.address, "created_at": work.now}
        actions.append({"id": token, "ticket_id": ticket.id, "version": ticket.version, "commands": commands, **place})
        contact = names.get(ticket.contact_id or 0, "")
        facts |= {**outage, "in_copy": in_copy, "engineer": engineer, "extended": promised.get(ticket.id)}
        facts |= {"contact": contact if contact != assignee else "", "unauthorized": ticket.id in waiting}
        facts |= {"major": great.get(ticket.id, "") == majors.LASTS}
        facts |= {"action": token, "buttons": list(buttons)}
        made[row.id] = Face(facts, hanging.get((ticket.id, row.address), "") if row.audience == GROUP else "")
    keep_actions(work.db, actions)
    return made


def _proposals(work: Work, found: Sequence[Ticket]) -> dict[int, dict[str, Any]]:
    """Who should get each ticket that nobody has, and why."""
    waiting = [one for one in found if one.state == NEW and one.master_id is None]
    proposer = Proposer(work) if waiting else None
    ranked = {one.id: proposer.proposals(one) for one in waiting} if proposer else {}
    return {number: shown(proposals[0]) for number, proposals in ranked.items() if proposals}


def _buttons(ticket: Ticket, outage: dict[str, Any], engineer: dict[str, Any] | None) -> tuple[str, ...]:
    """The next sensible steps: a linked ticket is worked on at its master."""
    if outage["master"]:
        return ("apart", "details")
    usual = BUTTONS.get((ticket.state == ACCEPTED and ticket.whereabouts) or ticket.state, ("details",))
    if engineer:
        usual = tuple(name for each in usual for name in (("follow", each) if each == "assign" else (each,)))
    return ("child", *usual) if outage["proposed"] else usual


def _outages(work: Work, found: Sequence[Ticket]) -> dict[int, dict[str, Any]]:
    """How open tickets stand to outages: how many are `linked` to it, its `master`, or one that is `proposed`."""
    there = [one for one in found if one.state in OPEN]
    masters = tickets.open_masters(work.db) if there else []
    counts = tickets.linked_counts(work.db, [one.id for one in there if one.is_master])
    names = {one.id: work.house.name_of(one.number) for one in masters}
    made = {}
    for one in found:
        other = proposed(one, masters)
        master = names.get(one.master_id or 0, "") if one.state in OPEN else ""
        made[one.id] = {
            "is_master": one.is_master and one.state in OPEN,
            "linked": counts.get(one.id, 0),
            "master": master,
            "proposed": names[other.id] if other else "",
        }
    return made
