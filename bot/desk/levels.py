"""Changing what a ticket is promised: its level by hand, its service item, its place (R13, SP-2.4, SP-2.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import announce
from bot.desk.authorizations import begin
from bot.desk.duty import as_events, moved_to
from bot.desk.inventory import under_warranty
from bot.desk.journal import history, record, settle
from bot.desk.opening import call_facts, is_urgent, tell_urgent
from bot.desk.work import Work
from bot.domain.clocks import Clock, Event, derive
from bot.domain.levels import Choice, Situation, by_hand, choose_level, is_by_hand, stamp
from bot.domain.targets import CORRECTION, FROM_NOW, LEVEL
from bot.domain.ticket import CLOSED, NEW, OPEN, SOLVED, MoveRefusedError
from storage import people, tickets
from storage.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Changed:
    """A ticket with its new level, the level before, and the deadlines that moved (target, old, new, verdict)."""

    ticket: Ticket
    former: str
    moved: list[dict[str, Any]]


def set_level(work: Work, ticket: Ticket, level: str, how: str, why: str) -> Changed:
    """Gives the ticket a level by hand, with the reason: it stands until it is set again (R13).

    `how`: correction (it was wrong from the start) or from now on. Raises MoveRefusedError where no clock can run.
    """
    if ticket.state not in OPEN and (how == FROM_NOW or ticket.state not in {SOLVED, CLOSED}):
        raise MoveRefusedError("level", ticket.state)
    entry = {"entry": _note(work, ticket, why)}
    return _rule(work, ticket, by_hand(level, _situation(work, ticket), work.house.rules), how, entry)


def set_facts(work: Work, ticket: Ticket, **changes: str) -> Changed:
    """Corrects the ticket's `item` or `place`, and with it what is promised: it was wrong from the start (R13)."""
    if ticket.state not in OPEN | {SOLVED, CLOSED}:
        raise MoveRefusedError("level", ticket.state)
    return _rule(work, ticket, _choice(work, ticket, **changes), CORRECTION, changes)


def reconsider(work: Work, ticket: Ticket, **changes: str) -> None:
    """`set_facts` where that changes anything: another requester may be a VIP, or sit at a place served at once."""
    choice = _choice(work, ticket, **changes)
    if changes or (choice.level, choice.reason) != (ticket.level, ticket.level_reason):
        set_facts(work, ticket, **changes)


def _choice(work: Work, ticket: Ticket, **changes: str) -> Choice:
    facts, rules = _situation(work, ticket, **changes), work.house.rules
    hand = is_by_hand(ticket.level_reason) and ticket.level in rules.levels
    return by_hand(ticket.level, facts, rules) if hand else choose_level(facts, rules)


def _situation(work: Work, ticket: Ticket, **changes: str) -> Situation:
    person = people.by_id(work.db, ticket.requester_id)
    facts = {"item": ticket.item, "place": ticket.place, **changes}
    said = [one.text for one in tickets.entries(work.db, ticket.id)[:1]]
    words = "\n".join([ticket.level_reason.removeprefix("device:"), ticket.subject, *said])  # words may be erased
    device = under_warranty(work, ticket.customer_id, words, ticket.opened_at)
    customer = work.house.customer(ticket.customer_id).key
    return Situation(customer, vip=bool(person and person.vip), device=device, **facts)


def _rule(work: Work, ticket: Ticket, choice: Choice, how: str, more: dict[str, Any]) -> Changed:
    """Writes the change down with what it moves, renews the clocks, and shows it."""
    facts = {"how": how, "level": choice.level, "reason": choice.reason, "former": ticket.level, **more}
    columns = {name: value for name, value in more.items() if name in {"item", "place"}}
    policy = stamp(choice, work.house.rules, _situation(work, ticket, **columns))
    event = Event(LEVEL, work.now, {**facts, "policy": policy})
    support = moved_to(work, ticket, columns.get("place", ticket.place))
    moved = moved_by(work, ticket, *as_events(support, work.now), event)
    after = tickets.change(work.db, ticket.id, level=choice.level, level_reason=choice.reason, **columns)
    record(work, after, *support, (LEVEL, {**event.facts, "moved": moved}))
    settle(work, after)
    announce(work, after, "level")
    if after.item != ticket.item:
        begin(work, after)
    if is_urgent(after) and not is_urgent(ticket) and after.state == NEW:
        tell_urgent(work, after)
    elif support and after.state == NEW:
        announce(work, after, "supported", call_facts(work, after))
    return Changed(after, ticket.level, moved)


def moved_by(work: Work, ticket: Ticket, *events: Event) -> list[dict[str, Any]]:
    """Which deadlines the events move: of the promises that are open, and of those whose verdict changes.

    What they promise anew has no `old` one, and is `added`.
    """
    past, calendars = history(work, ticket), work.house.calendars
    before = _by_key(derive(past, ticket.policy, calendars))
    moved = []
    for key, clock in _by_key(derive([*past, *events], ticket.policy, calendars)).items():
        old = before.get(key)
        if (old is None or old.due != clock.due) and (clock.is_open or (old and old.state != clock.state)):
            verdict = "" if clock.is_open else clock.state
            dues = {"old": about.iso(old.due if old else None), "new": about.iso(clock.due), "added": old is None}
            moved.append({"target": clock.target, "arming": clock.arming, **dues, "verdict": verdict})
    return moved


def _by_key(clocks: Sequence[Clock]) -> dict[tuple[str, int], Clock]:
    return {(clock.target, clock.arming): clock for clock in clocks}


def _note(work: Work, ticket: Ticket, text: str) -> int:
    who = {"author_id": work.actor.id, "author": work.actor.name}
    return tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", text=text, created_at=work.now, **who)
