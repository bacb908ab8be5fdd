"""Calling users back (SP-4.2): whoever rated low or not at all, and a sample of the others; the desk's queue."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from bot.desk import facts as about
from bot.desk.journal import record
from bot.desk.sheet_facts import sheet_of
from bot.desk.work import Work
from bot.domain.sheet import CHECKED
from storage import call_backs, marks, tickets
from storage.tickets import Ticket

LOW, UNRATED, SAMPLE = "low", "unrated", "sample"
REOPENED, UNREACHED = "reopened", "unreached"
COUNT = "satisfied users"
MOST_TRIES = 3
"""So many calls that reach nobody end it."""


def open_one(work: Work, ticket: Ticket, reason: str) -> None:
    """Puts the ticket's user onto the queue, unless she is there already; a low rating is due the next working day."""
    if call_backs.of_ticket(work.db, ticket.id) is None:
        days = 1 if reason == LOW else work.house.callback_days
        due_at = work.house.office.add_working_days(work.now, days)
        row = {"ticket_id": ticket.id, "reason": reason, "created_at": work.now, "due_at": due_at}
        call_backs.add(work.db, row)
        record(work, ticket, ("callback_due", {"reason": reason}))


def on_close(work: Work, ticket: Ticket) -> None:
    """Plans a call to a user who has not rated a checked sheet, and to a sample of the others; never a second one."""
    sheet = sheet_of(work, ticket)
    if sheet.state != CHECKED or sheet.called:
        return
    if not sheet.score:
        open_one(work, ticket, UNRATED)
    elif _is_drawn(work):
        open_one(work, ticket, SAMPLE)


def _is_drawn(work: Work) -> bool:
    count = int(marks.get(work.db, COUNT) or 0)
    marks.put(work.db, COUNT, str(count + 1))
    return is_drawn(count, work.house.callback_sample, work.house.secret)


def is_drawn(count: int, quota: int, key: bytes) -> bool:
    """Whether the user of this number, from 0, is one of the `quota` that are drawn of each hundred.

    A hundred is cut into as many runs as are to be drawn, as long as each other, and of each run one is: which, only
    the key tells.
    """
    if not quota:
        return False
    hundred, place = divmod(count, 100)
    run = place * quota // 100
    first, following = -(-run * 100 // quota), -(-(run + 1) * 100 // quota)
    digest = hashlib.sha256(key + f"{hundred} {run}".encode()).digest()
    return place == first + int.from_bytes(digest[:4]) % (following - first)


def done(work: Work, ticket: Ticket, outcome: str) -> None:
    """The call has been made."""
    if found := call_backs.of_ticket(work.db, ticket.id):
        call_backs.change(work.db, found.id, done_at=work.now, outcome=outcome)


def called_off(work: Work, ticket: Ticket) -> None:
    """The ticket is open again: what there was to ask is asked after the next solution."""
    done(work, ticket, REOPENED)


def due_again(work: Work, ticket: Ticket, since: datetime) -> None:
    """It never was open again: what was called off at that instant is due as before."""
    call_backs.take_up(work.db, ticket.id, REOPENED, since)


def not_reached(work: Work, ticket: Ticket) -> int:
    """Nobody answered: again on the next working day, MOST_TRIES times in all. Gives how many tries are left; -1: none
    was due.
    """
    found = call_backs.of_ticket(work.db, ticket.id)
    if found is None:
        return -1
    tries = int(found.tries) + 1
    record(work, ticket, ("not_reached", {"tries": tries}))
    due_at = work.house.office.add_working_days(work.now, 1)
    call_backs.change(work.db, found.id, tries=tries, due_at=due_at)
    if tries >= MOST_TRIES:
        done(work, ticket, UNREACHED)
    return MOST_TRIES - tries


def queue(work: Work) -> list[dict[str, Any]]:
    """Whom to call, what is due first in front; with personal data, so for private chats alone."""
    rows = call_backs.waiting(work.db)
    found = tickets.get_many(work.db, [row.ticket_id for row in rows])
    return [_presented(work, found[row.ticket_id], row) for row in rows]


def _presented(work: Work, ticket: Ticket, row: Any) -> dict[str, Any]:
    sheet = sheet_of(work, ticket)
    reader = about.requester(work, ticket)
    return {
        "number": work.house.name_of(ticket.number),
        "reason": row.reason,
        "score": sheet.score,
        "due": about.iso(row.due_at),
        "tries": row.tries,
        "engineer": about.name_of_person(work, ticket.assignee_id or sheet.solved_by),
        **{name: reader[name] for name in ("requester_name", "requester_phone", "requester_address", "subject")},
    }
