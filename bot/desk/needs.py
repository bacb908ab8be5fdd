"""What a ticket waits for beside its user, a part or a vendor: noted, asked about and ended; no clock stops (R6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import ENGINEER, announce
from bot.desk.journal import UNDONE, record, standing
from bot.desk.work import Work
from bot.domain.calendar import WorkingCalendar
from bot.domain.ticket import OPEN
from storage import journal, marks, tickets
from storage.tickets import Ticket

MARK = "waits"
BEGUN = {"part_wanted": "part", "vendor_wanted": "vendor"}
"""Event → what is waited for from then on."""
ASKED, OVER = "need_asked", "need_over"
ENDED = {OVER: None, "solved": None, "issued": "part"}
"""Event → what is waited for no longer; None: nothing at all."""
KINDS = frozenset({*BEGUN, *ENDED, ASKED, UNDONE})


@dataclass(frozen=True, slots=True)
class Need:
    """What is waited for (part, vendor), since when, in whose words (an entry), and when people were asked last."""

    what: str
    since: datetime
    entry: int
    asked: datetime | None = None


def begin_to_look(work: Work) -> None:
    """From now on waits are looked at as the office opens."""
    if not marks.get(work.db, MARK):
        marks.put(work.db, MARK, work.house.office.local_date(work.now).isoformat())


def of_tickets(work: Work, found: Sequence[Ticket]) -> dict[int, list[Need]]:
    """Ticket id → what it waits for."""
    events = journal.of_tickets(work.db, [one.id for one in found if one.state in OPEN], KINDS)
    return {ticket_id: needs for ticket_id, rows in events.items() if (needs := read(rows))}


def read(rows: Iterable[Any]) -> list[Need]:
    """What is waited for after these rows of a ticket's journal; of each kind what was said last."""
    needs: dict[str, Need] = {}
    for row in standing(rows):
        if row.kind in BEGUN:
            needs[BEGUN[row.kind]] = Need(BEGUN[row.kind], row.at, row.facts["entry"])
        elif row.kind == ASKED:
            needs = {what: replace(need, asked=row.at) for what, need in needs.items()}
        elif row.kind in ENDED:
            needs = {what: need for what, need in needs.items() if ENDED[row.kind] not in {what, None}}
    return list(needs.values())


def end(work: Work, ticket: Ticket) -> list[str]:
    """Ends all waits of the ticket. Gives what it waited for; its engineer is told unless she says so herself."""
    needs = of_tickets(work, [ticket]).get(ticket.id, [])
    if needs:
        ticket = tickets.change(work.db, ticket.id)
        record(work, ticket, (OVER, {}))
        unheard = frozenset({ENGINEER} if work.actor.id == ticket.assignee_id else ())
        announce(work, ticket, "need over", _told(work, ticket, needs) | {"over": True}, unheard=unheard)
    return [one.what for one in needs]


def remind(work: Work, found: Sequence[Ticket]) -> None:
    """Asks engineer and desk every few working days, and the project manager too once it lasts (desk.wait_days)."""
    every, most = work.house.wait_reminder, work.house.wait_days
    waiting = of_tickets(work, found) if every else {}
    for ticket_id, needs in waiting.items():
        if min(_after(work, one.asked or one.since, every) for one in needs) > work.now:
            continue
        ticket = tickets.change(work.db, ticket_id)
        record(work, ticket, (ASKED, {}))
        lasts = most and min(_after(work, one.since, most) for one in needs) <= work.now
        announce(work, ticket, "need lasts" if lasts else "need asked", _told(work, ticket, needs) | {"over": False})


def shown(work: Work, ticket: Ticket) -> list[dict[str, Any]]:
    """What the ticket waits for, as texts say it."""
    return _shown(work, of_tickets(work, [ticket]).get(ticket.id, []))


def _told(work: Work, ticket: Ticket, needs: Sequence[Need]) -> dict[str, Any]:
    return {"needs": _shown(work, needs), "assignee": about.name_of_person(work, ticket.assignee_id)}


def _shown(work: Work, needs: Sequence[Need]) -> list[dict[str, Any]]:
    said = [tickets.get_entry(work.db, one.entry) for one in needs]
    return [
        {"need": one.what, "since": about.iso(one.since), "text": entry.text if entry else ""}
        for one, entry in zip(needs, said, strict=True)
    ]


def _after(work: Work, moment: datetime, days: int) -> datetime:
    return opening_after(work.house.office, work.house.office.local_date(moment), days)


@lru_cache(maxsize=256)
def opening_after(office: WorkingCalendar, day: date, days: int) -> datetime:
    """When the office opens on the working day that lies so many of them after a date."""
    return office.opening(office.working_date(day, days))
