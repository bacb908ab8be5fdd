"""The faces of cards as tickets are at this moment, made in bulk just before they are sent."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.desk import facts as about
from bot.desk import majors, waits
from bot.desk.announce import GROUP, SPEAKER
from bot.desk.assignment import Proposer, shown
from bot.desk.authorizations import lacking
from bot.desk.buttons import BUTTONS, COMMANDS
from bot.desk.extensions import promises
from bot.desk.linking import proposed
from bot.desk.work import Work
from bot.domain.messages import Topic
from bot.domain.targets import LEVEL
from bot.domain.ticket import ACCEPTED, ENDED, NEW, OPEN
from storage import clocks, hardware, journal, outbox, participants, people, tickets, waiting
from storage.actions import keep as keep_actions
from storage.tickets import Ticket

LONGEST_UNDER_WAY = timedelta(minutes=1)
"""After this a newer face is looked at again by itself; it goes before, when the older one's sending has ended."""


@dataclass(frozen=True, slots=True)
class Face:
    """What a card shows, the channel's id of the card that it replaces ("" for a new one), and its topic."""

    facts: dict[str, Any]
    edits: str
    topic: Topic | None = None


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


def one_by_one(work: Work, channel: str, rows: list[Any]) -> list[Any]:
    """Without the cards of which an older face is still under way: sent beside it they might arrive the wrong way
    round, or twice where none hangs yet. They go as soon as that has ended.
    """
    hung = [row for row in rows if row.kind == "card" and row.audience == GROUP]
    if not hung:
        return rows
    under_way = waiting.under_way(work.db, channel, [row.ticket_id for row in hung], [row.id for row in rows])
    early = [row.id for row in hung if (row.ticket_id, row.address) in under_way]
    outbox.put_back(work.db, early, work.now + LONGEST_UNDER_WAY)
    return [row for row in rows if row.id not in early]


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
    hanging, topical = outbox.hanging_cards(work.db, rows[0].channel, ids), people.with_topics(work.db, rows[0].channel)
    great = majors.states(work, [one.id for one in found.values() if one.version > 1 and one.state in OPEN])
    outages, proposals = _outages(work, list(found.values())), _proposals(work, list(found.values()))
    solved = [one.id for one in found.values() if one.solved_at]
    unreached = outbox.unreached(work.db, solved) if solved else set()
    copied = participants.proposed_counts(work.db, list(found))
    lasting = waits.shown(work, [one for one in found.values() if one.version > 1 and one.state in OPEN])
    trusted = {one.value for one in people.groups_on(work.db, rows[0].channel) if one.trusted} if lasting else set()
    quoted = hardware.quoted(work.db) if any(one.version > 1 for one in found.values()) else set()
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
        in_private = row.audience != GROUP or row.address in trusted
        facts |= {**outage, "in_copy": in_copy, "engineer": engineer, "extended": promised.get(ticket.id)}
        facts |= {"contact": contact if contact != assignee else "", "unauthorized": ticket.id in waiting}
        facts |= {"major": great.get(ticket.id, "") == majors.LASTS, "quoted": ticket.id in quoted}
        facts["unreached"] = ticket.id in unreached
        facts |= {"waits": _with_words(work, lasting.get(ticket.id, ()), private=in_private)}
        facts |= {"action": token, "buttons": list(buttons)}
        made[row.id] = _face(row, ticket, facts, hanging.get((ticket.id, row.address)), topical)
    keep_actions(work.db, actions)
    return made


def _with_words(work: Work, lasting: Sequence[dict[str, Any]], *, private: bool) -> list[dict[str, Any]]:
    """What is waited for; people's own words only where they are nobody else's business."""
    written = [tickets.get_entry(work.db, one["entry"]) if private else None for one in lasting]
    return [{**one, "text": said.text if said else ""} for one, said in zip(lasting, written, strict=True)]


def _face(row: Any, ticket: Ticket, facts: dict[str, Any], hangs: Any, topical: set[str]) -> Face:
    """In private each is a new message; in a group the one that hangs is renewed, in the ticket's topic if any."""
    if row.audience != GROUP:
        return Face(facts, "")
    topic = Topic(
        hangs.topic if hangs else "", is_open=ticket.state not in ENDED, was_open=hangs.topic_open if hangs else True
    )
    return Face(facts, hangs.external_id if hangs else "", topic if topic.id or row.address in topical else None)


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
