"""The commands that bring tickets together."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.commands import deadlines, staff  # noqa: F401  -- /help lists their commands before these
from bot.commands.base import DESK, UNDO, Answer, Call, RefusedError, command, number_and_rest, say, ticket_of
from bot.desk import linking, related
from bot.desk.facts import merged_into, name_of_person
from bot.desk.linking import LinkRefusedError
from bot.desk.merging import Merged, MergeRefusedError, merge, unmerge
from bot.domain.ticket import OPEN
from storage import people, tickets
from storage.tickets import Ticket

BETWEEN = re.compile(r"(?:into|to|in|of|并入|合并到|属于|属|到|入|进|→|->)[\s:：]*", re.IGNORECASE)
"""What may stand between the two tickets."""
MOST = 5
"""Tickets that are offered as buttons."""
EVERY = frozenset({"all", "全部", "所有"})


@command(
    "merge 合并 duplicate 重复",
    ("<ticket> into <ticket>, or <ticket> undo", "<工单> 到 <工单>，或 <工单> 撤销"),
    (
        "The same fault reported twice: the first ends, the second goes on from the earlier start; `undo` parts them",
        "同一故障的重复报障：前一张并入后一张，时限按较早的算；“撤销”可恢复",
    ),
    may=DESK,
    example=("17 into 12", "17 到 12"),
)
def merge_(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    try:
        if rest.casefold() in UNDO:
            return _undone(call, ticket)
        other = _other(call, rest)
        return _told(call, ticket, merge(call.work, ticket, other)) if other else _offered(call, ticket)
    except MergeRefusedError as refusal:
        raise _refused(call, refusal) from refusal


def _other(call: Call, rest: str) -> Ticket | None:
    """The second ticket that a command names; None where it names none. Raises RefusedError."""
    between = BETWEEN.match(rest)
    rest = rest[between.end() :] if between else rest
    if not rest:
        return None
    if number_and_rest(rest) is None:
        raise RefusedError("which_ticket")
    return ticket_of(replace(call, words=rest))[0]


def _undone(call: Call, ticket: Ticket) -> Answer:
    former = merged_into(call.work, ticket)
    back = unmerge(call.work, ticket)
    return say("unmerged", number=call.work.house.name_of(back.number), former=former)


def _told(call: Call, ticket: Ticket, merged: Merged) -> Answer:
    """What has become of it; where the other ticket had an engineer and this one has none, she is proposed."""
    house, into = call.work.house, merged.ticket
    numbers = {"number": house.name_of(ticket.number), "into": house.name_of(into.number)}
    facts = {"moved": merged.moved, "told": merged.told, "zone": house.zone, "now": call.work.now.isoformat()}
    engineer = people.by_id(call.work.db, ticket.assignee_id) if into.assignee_id is None else None
    name = name_of_person(call.work, engineer.id) if engineer else ""
    choices = ((name, f"assign {into.number} {engineer.handle}"),) if engineer and engineer.active else ()
    facts = {"phrase": "merged", "engineer": name, **numbers, **facts}
    return Answer("phrase", facts, choices=choices, ticket=into)


def _offered(call: Call, ticket: Ticket) -> Answer:
    """The open tickets that may be meant, those of the same user and about the same thing first."""
    name = call.work.house.name_of

    def alike(one: Ticket) -> tuple[bool, bool, int]:
        same = (one.item, one.place) == (ticket.item, ticket.place)
        return one.requester_address == ticket.requester_address, same, one.number

    found = tickets.find(call.work.db, customer_id=ticket.customer_id)
    others = sorted((one for one in found if one.id != ticket.id and one.state in OPEN), key=alike, reverse=True)
    if not others:
        raise RefusedError("which_ticket")
    choices = tuple((name(one.number), f"merge {ticket.number} into {one.number}") for one in others[:MOST])
    return Answer("phrase", {"phrase": "merge_whither", "number": name(ticket.number)}, choices=choices, ticket=ticket)


def _refused(call: Call, refusal: MergeRefusedError) -> RefusedError:
    ticket = refusal.ticket
    facts = {"state": ticket.state, "into": merged_into(call.work, ticket)}
    return RefusedError(f"merge_{refusal.reason}", number=call.work.house.name_of(ticket.number), **facts)


# ---- master tickets ----


@command(
    "master 主单 主工单",
    ("<ticket> [all, or undo]", "<工单> [全部，或 撤销]"),
    (
        "A known outage: it speaks for all linked to it; `all` links what may be part of it, `undo` separates them",
        "已知的大面积故障：以此单为主单，代表所有关联的工单；“全部”关联所有可能属于它的，“撤销”恢复各自处理",
    ),
    may=DESK,
)
def master(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    name = call.work.house.name_of
    try:
        if rest.casefold() in UNDO:
            return say("unmastered", number=name(ticket.number), count=linking.unmark(call.work, ticket))
        every = rest.casefold() in EVERY
        ticket = ticket if every and ticket.is_master else linking.mark(call.work, ticket)
        if every:
            return say("linked_all", number=name(ticket.number), count=linking.link_alike(call.work, ticket))
    except LinkRefusedError as refusal:
        raise _unlinked(call, refusal) from refusal
    alike = linking.alike(call.work, ticket)
    choices = tuple((name(one.number), f"child {one.number} of {ticket.number}") for one in alike[:MOST])
    if len(alike) > 1:
        choices = (("button.all_alike", f"master {ticket.number} all"), *choices)
    return Answer("phrase", {"phrase": "mastered", "number": name(ticket.number), "alike": len(alike)},
                  choices=choices, ticket=ticket)  # fmt: skip


@command(
    "child 关联 子单 parent",
    ("<ticket> of <master ticket>, or <ticket> undo", "<工单> 到 <主单>，或 <工单> 撤销"),
    (
        "It is part of a known outage: its user is told, it gives no alerts of its own and is solved with the master",
        "属于已知的大面积故障：告知报障人，不再单独提醒，随主单一起解决",
    ),
    may=DESK,
    example=("17 of 12", "17 到 12"),
)
def child(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    name = call.work.house.name_of
    try:
        if rest.casefold() in UNDO:
            former = linking.part(call.work, ticket)
            return say("parted", number=name(ticket.number), master=name(former.number))
        other = _other(call, rest)
        if other is None:
            return _masters(call, ticket)
        linking.link(call.work, ticket, other)
        return say("linked_to_master", number=name(ticket.number), master=name(other.number))
    except LinkRefusedError as refusal:
        raise _unlinked(call, refusal) from refusal


@command(
    "related 相关",
    ("<ticket> <ticket> [undo]", "<工单> <工单> [撤销]"),
    (
        "The two are related: each shows the other, nothing else changes",
        "两张工单相关：互相显示对方，其他不变",
    ),
    example=("17 12", "17 12"),
)
def related_(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    if number_and_rest(rest) is None:
        raise RefusedError("which_ticket")
    other, more = ticket_of(replace(call, words=rest))
    apart = more.casefold() in UNDO
    try:
        related.relate(call.work, ticket, other, apart=apart)
    except LinkRefusedError as refusal:
        raise _unlinked(call, refusal) from refusal
    name = call.work.house.name_of
    return say("unrelated" if apart else "related", number=name(ticket.number), other=name(other.number))


def _masters(call: Call, ticket: Ticket) -> Answer:
    name = call.work.house.name_of
    found = [one for one in tickets.open_masters(call.work.db) if one.customer_id == ticket.customer_id]
    if not found:
        raise RefusedError("no_masters")
    choices = tuple((name(one.number), f"child {ticket.number} of {one.number}") for one in found[:MOST])
    return Answer("phrase", {"phrase": "child_of", "number": name(ticket.number)}, choices=choices, ticket=ticket)


def _unlinked(call: Call, refusal: LinkRefusedError) -> RefusedError:
    ticket = refusal.ticket
    return RefusedError(f"link_{refusal.reason}", number=call.work.house.name_of(ticket.number), state=ticket.state)
