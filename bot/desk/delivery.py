"""What became of a message that was tried: sent, tried again later, or dead: then somebody hears of it (P5, P9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.desk import chats
from bot.desk.announce import ENGINEER, GROUP, REQUESTER, announce
from bot.desk.contacts import never_reached
from bot.desk.journal import UNDONE, record
from bot.desk.message_ids import message_id, plain_id
from bot.desk.notices import tell_account
from bot.desk.roster import ways_of
from bot.desk.work import Work
from bot.domain.backoff import give_up_after, pause_before
from bot.domain.messages import Receipt, Topic
from storage import outbox, people, tickets, waiting

REACHED_WITHIN = timedelta(seconds=30)
"""A message to staff that has not gone out by its way in this time takes the next one."""

GATHERED = frozenset({"alert", "undelivered"})
"""Kinds of which all that wait for one person are one message."""

GATHERING = timedelta(minutes=75)
"""What an outage ends is told after this time, together: after five days it is not in a hurry, and it may be much.
Longer than the longest pause between two tries (72 minutes): mails of one hour are given up within that."""

NOT_FOR_JUNK = frozenset("confirmation assigned reassigned late breach repair".split())
"""Kinds that nobody gets any more whose mail was spam."""

OF_A_TICKET_ITSELF = frozenset("assigned reassigned late breach assignment urgent onsite onsite_call".split())
"""Kinds that nobody wants any more once the ticket has gone into another one."""

CHATTER = frozenset(
    "absences answer_group asset assisted authorizations board bookings calls checklist compensation desk_work "
    "details files forecast held_mails help notice_preview oncall phoned phoned_preview phrase proposals reply_preview "
    "satisfaction sheet staff stock swaps ticket_list told trace weekly who whoami why".split()
)
"""Answers to commands, and that somebody has answered. A chat's is not repeated when it is unknown whether it arrived:
it can be asked for again."""


@dataclass(frozen=True, slots=True)
class Result:
    """How one attempt ended. `receipt` is there if it was taken; else the failure's words and what they allow."""

    row: Any
    receipt: Receipt | None = None
    code: str = ""
    text: str = ""
    permanent: bool = False
    unsent: bool = True
    retry_after: float | None = None
    moved_to: str = ""
    chance: float = 0.5
    process_ended: bool = False  # our process died: the channel is not to blame


def note_results(work: Work, results: Sequence[Result]) -> None:
    """Writes down how attempts ended, with everything that follows from it."""
    if not results:
        return
    outbox.end_attempts(work.db, [_attempt(work, result) for result in results])
    sent = [result for result in results if result.receipt]
    said = [(one.row.id, one.receipt.external_id) for one in sent if one.receipt and one.receipt.said]
    outbox.end(work.db, [_ended(work, row, outbox.SENT, "sent", external) for row, external in said])
    outbox.hang_cards(work.db, [(one.row, _place(one.receipt)) for one in sent if one.receipt and is_hung(one.row)])
    for one in sent:
        if one.receipt and not one.receipt.said:  # only its topic is there so far
            outbox.retry(work.db, one.row.id, work.now, one.receipt.text, unsure=False)
        if one.receipt and one.receipt.trouble:
            chats.trouble(work, (one.row.channel, one.row.address), "topics", one.receipt.trouble)
    for result in results:
        if result.receipt is None:
            failed(work, result)
    waiting.go_on(work.db, [result.row for result in results if is_hung(result.row)], work.now)


def _place(receipt: Receipt) -> dict[str, Any]:
    """Where a card hangs."""
    topic = receipt.topic or Topic()
    return {"external_id": receipt.external_id, "topic": topic.id, "topic_open": topic.was_open}


def is_hung(row: Any) -> bool:
    """Whether a message is a group's card, which is edited from then on; in private each is a message of its own."""
    return bool(row.kind == "card" and row.audience == GROUP)


def _attempt(work: Work, result: Result) -> dict[str, Any]:
    how = "sent" if result.receipt and result.receipt.said else ("failed" if result.unsent else "unknown")
    text = result.receipt.text if result.receipt else result.text
    place = {"row": result.row.id, "try_no": result.row.attempts, "at": work.now}
    return {**place, "how": how, "reply_code": result.code, "reply": text[:500]}


def _ended(work: Work, row: int, state: str, how: str, external: str = "") -> dict[str, Any]:
    return {"row": row, "new_state": state, "how": how[:200], "at": work.now, "external": external}


def failed(work: Work, result: Result) -> None:
    """A failed attempt: later again, another way, or the end."""
    row = result.row
    if result.moved_to and chats.moved(work, row.channel, row.address, result.moved_to):
        outbox.retry(work.db, row.id, work.now, "the group has got another id", unsure=False)
        return
    not_again = row.kind in CHATTER and row.channel != "mail"  # a mail's copy is known by its id
    if not_again and not result.unsent and not result.permanent:
        outbox.end(work.db, [_ended(work, row.id, outbox.UNKNOWN, "unknown whether it arrived")])
        return
    age = work.now - row.created_at
    to_staff = row.audience != "requester" and row.person_id is not None
    waits_long = (result.retry_after or 0.0) >= REACHED_WITHIN.total_seconds() or has_company(work, row)
    if result.permanent and row.event == "command":
        _ask_to_write_first(work, row)
    fails = result.permanent or waits_long or age >= REACHED_WITHIN
    seen = row.facts.get("pressed")  # what a press in a group did is seen on its card
    other_way = to_staff and fails and not result.process_ended and not seen
    if other_way and go_another_way(work, row, result.text):
        return
    if result.permanent or result.moved_to or age > give_up_after(row.channel):
        give_up(work, row, result.code, result.text, after=timedelta() if result.permanent else GATHERING)
        return
    outbox.retry(work.db, row.id, next_try(work, result), result.text[:200], unsure=not result.unsent)


def has_company(work: Work, row: Any) -> bool:
    """Whether others travel in the row's message: they may have waited for longer than it has."""
    return row.kind in GATHERED and bool(outbox.carried_by(work.db, row.id))


def next_try(work: Work, result: Result) -> datetime:
    """When to try again: what the other side asked for, a quarter of the usual pause for alerts, else the usual one."""
    if result.retry_after is not None:
        return work.now + timedelta(seconds=result.retry_after)
    pause = pause_before(result.row.attempts, result.row.channel, result.chance)
    return work.now + (min(pause, timedelta(seconds=10)) if result.row.audience != "requester" else pause)


def go_another_way(work: Work, row: Any, reason: str) -> bool:
    """Sends by the next way what was to reach a person, in the transaction that ends this one.

    Whatever travelled in the same message goes with it. Gives whether a way was left.
    """
    ways = ways_of(work, [row.person_id]).get(row.person_id, [])
    here = (row.channel, row.address)
    later = ways[ways.index(here) + 1 :] if here in ways else [way for way in ways if way[0] != row.channel]
    if not later:
        return False
    channel, value = later[0]
    moved = []
    for one in [row, *outbox.carried_by(work.db, row.id)]:
        key = f"{one.dedup_key}>{channel}"
        moved.append(
            {
                "dedup_key": key,
                **{name: getattr(one, name) for name in ("ticket_id", "clock_id", "event", "kind", "audience")},
                **{name: getattr(one, name) for name in ("person_id", "locale", "facts", "silent", "urgent")},
                "channel": channel,
                "address": value,
                "message_id": _id_of(work, one, key) if channel == "mail" else "",
            }
        )
    outbox.put(work.db, moved, work.now)
    outbox.end(work.db, [_ended(work, row.id, outbox.DEAD, f"another way: {channel}; {reason}")])
    return True


def _id_of(work: Work, row: Any, key: str) -> str:
    """The Message-ID of a row: signed for its ticket, if it has one."""
    if row.ticket_id is None:
        return plain_id(work, key)
    return message_id(work, tickets.get(work.db, row.ticket_id).number, key)


def give_up(work: Work, row: Any, code: str, reason: str, *, after: timedelta = timedelta()) -> None:
    """A dead letter: noted on the ticket, and the desk hears of it (P5), `after` a while."""
    outbox.end(work.db, [_ended(work, row.id, outbox.DEAD, reason)])
    if row.audience == GROUP:
        chats.trouble(work, (row.channel, row.address), "removed" if code == "403" else "refused", reason)
    if row.ticket_id is None or row.event in {"command", "undelivered"}:
        return
    ticket = tickets.get(work.db, row.ticket_id)
    record(work, ticket, ("undelivered", {"outbox": row.id, "kind": row.kind, "code": code}))
    counted = row.audience == REQUESTER and never_reached(work, ticket, row)
    if row.kind == "solution" and not counted:
        announce(work, ticket, UNDONE, key=str(row.id))  # the card says so from now on
    if row.kind != "card":
        hers = ticket.assignee_id is not None and row.audience == REQUESTER  # who works for her must know
        unheard = frozenset[str]() if hers else frozenset({ENGINEER})
        facts = {"kind": row.kind, "reason": reason, "counted": counted}
        announce(work, ticket, "undelivered", facts, key=str(row.id), after=after, unheard=unheard)


def _ask_to_write_first(work: Work, row: Any) -> None:
    """An answer for her private chat, where a bot may not write before she has: said where she asked."""
    group = row.facts.get("asked_in", "")
    if not group:
        return
    key = f"{row.dedup_key}>group"
    person = people.by_id(work.db, row.person_id)
    facts = {"phrase": "write_first", "name": (person.name or person.handle) if person else "", "bot": work.house.bot}
    tell_account(work, (row.channel, group), key, row.locale, facts, silent=True)


def leave_behind(work: Work, channels: Sequence[str]) -> None:
    """At the start: messages for a channel that no longer exists take another channel, or are dropped."""
    for row in waiting.strand(work.db, channels):
        if row.person_id is None or not go_another_way(work, row, "its channel is not configured any more"):
            outbox.drop(work.db, [row.id], "its channel is not configured any more", work.now)


def reroute_alerts(work: Work, channel: str, reason: str) -> bool:
    """While a channel is unwell: what staff has waited for too long takes the next way (P9). Gives whether any did."""
    rows = waiting.for_staff(work.db, channel, work.now - REACHED_WITHIN)
    moved = [go_another_way(work, row, reason) for row in rows]
    return any(moved)


def put_off(work: Work, channel: str, until: datetime, reason: str) -> bool:
    """While a channel is unwell: nothing is due on it until then, except that staff's messages are looked at in time.

    What has waited for as long as anything is tried is given up (P5). Gives whether other channels may have got work.
    """
    moved = reroute_alerts(work, channel, reason)
    old = waiting.older_than(work.db, channel, work.now - give_up_after(channel))
    for row in old:
        days = give_up_after(channel).days or 0.5
        give_up(work, row, "", f"not sent in {days:g} days: {reason}", after=GATHERING)
    young = waiting.for_staff(work.db, channel, work.now, after=work.now - REACHED_WITHIN)
    for row in young:
        outbox.retry(work.db, row.id, min(until, row.created_at + REACHED_WITHIN), reason, unsure=False)
    waiting.put_off(work.db, channel, work.now, until, reason)
    return moved or bool(old)


def recover(work: Work) -> int:
    """At start: what a dead process was sending may have arrived or not. Each is handled as an unknown end (P6)."""
    rows = outbox.in_hand(work.db)
    note_results(
        work, [Result(row, text="the process ended while sending", unsent=False, process_ended=True) for row in rows]
    )
    outbox.retry_at_once(work.db, [row.id for row in rows], work.now)
    return len(rows)


def wanted(row: Any, newest_faces: set[int]) -> str:
    """Looks once more just before sending: "" if the message is still wanted, else the reason to drop it."""
    if row.kind == "alert" and row.clock_state not in {None, "running", "paused"}:
        return f"clock {row.clock_state}"
    if row.kind == "card" and row.id not in newest_faces:
        return "a newer face waits"
    if row.kind in NOT_FOR_JUNK and row.ticket_state == "junk":
        return "junk"
    if row.kind in OF_A_TICKET_ITSELF and row.ticket_state == "merged":
        return "merged"
    if row.kind == "assignment" and row.assignee_id != row.person_id:
        return "assigned to somebody else"
    return ""
