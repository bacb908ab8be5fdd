"""Taking a command back within half a minute, or a reopening within a day: what was written into the journal is void.

What has been mailed is mailed: then whoever takes back hears so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.desk import call_backs, eta
from bot.desk import facts as about
from bot.desk.announce import REQUESTER, announce
from bot.desk.journal import UNDONE, record, settle, standing
from bot.desk.work import Work
from bot.domain.clocks import CANCELLED
from bot.domain.targets import KINDS
from bot.domain.ticket import OPEN, SOLVED
from storage import clocks, journal, outbox, tickets, undo
from storage.tickets import Ticket

WINDOW, DAY = timedelta(seconds=30), timedelta(days=1)
INSTANTS = ("solved_at", "close_at")
COLUMNS = ("kind", "state", "assignee_id", "contact_id", "whereabouts", *INSTANTS)
"""What comes back."""


MAILS = frozenset({"reply"})
"""Commands that are a mail and nothing else: they can be taken back while it has not left."""


class UndoRefusedError(Exception):
    """It cannot be taken back; `reason` is a short word: nothing, late, changed, told, mailed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Before:
    """How things stood before a command."""

    ticket: Ticket
    event: int
    message: int


def before(work: Work, ticket: Ticket) -> Before:
    """How things stand now."""
    return Before(ticket, journal.newest_id(work.db), undo.newest_message(work.db))


def keep(work: Work, was: Before, command: str) -> Ticket | None:
    """Remembers what the command has done since. Gives the ticket, or None where there is nothing to take back.

    What touched other tickets as well, took something back itself, or took the ticket from somebody else, has words of
    its own to set it right.
    """
    events, ticket = journal.since(work.db, was.event), tickets.get(work.db, was.ticket.id)
    elsewhere = any(row.ticket_id != ticket.id or row.kind == UNDONE for row in events)
    handed_over = was.ticket.assignee_id not in {None, ticket.assignee_id}
    gone = command in MAILS and not work.house.reply_seconds
    if not events or gone or elsewhere or handed_over or ticket.master_id != was.ticket.master_id:
        return None
    changed = {
        name: getattr(was.ticket, name) for name in COLUMNS if getattr(was.ticket, name) != getattr(ticket, name)
    }
    row = {
        "ticket_id": ticket.id,
        "person_id": work.actor.id,
        "command": command,
        "version": ticket.version,
        "before": {name: about.iso(value) if name in INSTANTS else value for name, value in changed.items()},
        "events": [one.id for one in events],
        "first_outbox_id": was.message,
        "last_outbox_id": undo.newest_message(work.db),
        "expires_at": work.now + WINDOW,
    }
    undo.keep(work.db, row, work.now)
    return ticket


def take_back(work: Work, ticket: Ticket) -> dict[str, Any]:
    """The actor's newest command on the ticket never was. Gives which `command` it was, and whether it was `mailed`.

    Raises UndoRefusedError.
    """
    row = undo.of_ticket(work.db, ticket.id)
    if row is None or row.person_id != work.actor.id:
        raise UndoRefusedError("nothing")
    if row.expires_at < work.now:
        raise UndoRefusedError("late")
    if row.version != ticket.version and row.before:
        raise UndoRefusedError("changed")
    former = ticket.assignee_id
    mailed = _unsay(work, row)
    if mailed and row.command in MAILS:
        raise UndoRefusedError("mailed")
    values = {name: _value(name, value) for name, value in row.before.items()}
    ticket = tickets.change(work.db, ticket.id, **values)
    record(work, ticket, (UNDONE, {"events": row.events, "command": row.command}))
    _settle(work, ticket)
    call_backs.due_again(work, ticket, row.expires_at - WINDOW)
    if mailed:
        eta.taken_back(work, ticket, row.events)
    undo.forget(work.db, ticket.id)
    robbed = former if former not in {ticket.assignee_id, work.actor.id} else None
    announce(work, ticket, "undone", {"by": work.actor.name}, former=robbed)
    return {"command": row.command, "mailed": mailed}


def stay_solved(work: Work, ticket: Ticket) -> None:
    """A reopening of the last day was a mistake: the solution stands, with its instant, and the gap never was (R15).

    Raises UndoRefusedError: nothing, late, changed (somebody has worked on it since), linked (others were reopened with
    it, and their users told so).
    """
    rows = standing(journal.of_ticket(work.db, ticket.id))
    place = next((at for at in range(len(rows) - 1, -1, -1) if rows[at].kind == "reopened"), None)
    if place is None or ticket.state not in OPEN:
        raise UndoRefusedError("nothing")
    event, later = rows[place], rows[place + 1 :]
    if "solved_at" not in event.facts or any(one.state in OPEN for one in tickets.linked_to(work.db, ticket.id)):
        raise UndoRefusedError("linked")
    if event.recorded_at < work.now - DAY:
        raise UndoRefusedError("late")
    came = {row.id for row in later if row.kind == "parted"}  # with the reopening
    came |= {row.id for row in later if row.kind == "complained" and row.recorded_at == event.recorded_at}
    if any(row.kind in KINDS - {"contacted"} and row.id not in came for row in later):
        raise UndoRefusedError("changed")
    void = [event.id, *sorted(came)]
    instants = {name: _value(name, event.facts[name]) for name in INSTANTS}
    ticket = tickets.change(work.db, ticket.id, state=SOLVED, master_id=event.facts["master"], **instants)
    record(work, ticket, (UNDONE, {"events": void, "command": "reopen"}))
    settle(work, ticket)
    call_backs.due_again(work, ticket, event.recorded_at)
    undo.forget(work.db, ticket.id)
    engineer = ticket.assignee_id if ticket.assignee_id != work.actor.id else None
    announce(work, ticket, "undone", {"by": work.actor.name, "reopened": True}, former=engineer)


def hurry(work: Work, ticket: Ticket) -> bool:
    """The actor's mail that still waits on the ticket leaves now; gives whether there was one."""
    row = undo.of_ticket(work.db, ticket.id)
    if row is None or row.person_id != work.actor.id or row.command not in MAILS:
        return False
    waiting = [one.id for one in undo.messages(work.db, row) if one.state == outbox.PENDING]
    outbox.retry_at_once(work.db, waiting, work.now)
    undo.forget(work.db, ticket.id)
    return bool(waiting)


def _value(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name in INSTANTS and value else value


def _unsay(work: Work, row: Any) -> bool:
    """Calls off the messages that have not left; gives whether a mail to the requester has."""
    said = undo.messages(work.db, row)
    waiting = [one.id for one in said if one.state == outbox.PENDING and one.kind != "card"]
    outbox.drop(work.db, waiting, "taken back", work.now)
    return any(one.audience == REQUESTER and one.id not in waiting and one.state != outbox.DROPPED for one in said)


def _settle(work: Work, ticket: Ticket) -> None:
    """The clocks once more; those that nothing started after all go, unless an alarm of theirs was heard.

    What had been called off before stays: it was promised once (R13).
    """
    before = {row.id for row in clocks.of_ticket(work.db, ticket.id) if row.state != CANCELLED}
    derived = {(one.target, one.arming) for one in settle(work, ticket)}
    rows = [row for row in clocks.of_ticket(work.db, ticket.id) if row.id in before]
    gone = [row.id for row in rows if (row.target, row.arming) not in derived]
    if gone and undo.has_rung(work.db, gone):
        raise UndoRefusedError("told")
    clocks.remove(work.db, gone)
