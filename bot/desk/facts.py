"""What the texts are told about a ticket: plain JSON values, personal data only where the kind is private."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.desk.work import Work
from bot.domain import longer_hours
from bot.domain.calendar import WorkingCalendar
from bot.domain.forwarded import Forwarded, read_forwarded
from bot.domain.levels import is_immediate
from bot.domain.ticket import SOLVED
from storage import clocks, journal, outbox, participants, people, tickets
from storage.tickets import Ticket

EXCERPT, WHOLE = 1500, 3000
TINY_PICTURE = 2_048
"""Bytes: no photo or screenshot is so small, but icons are."""


def common(work: Work, ticket: Ticket) -> dict[str, Any]:
    """What every text about a ticket may use."""
    name = work.house.name_of(ticket.number)
    zone = work.house.zone_of(ticket.customer_id, ticket.place)
    return {"number": name, "tag": f"[{name}]", "zone": zone, "now": work.now.isoformat(), "matter": ticket.kind,
            "level": ticket.level, "item": ticket.item, "place": ticket.place, "state": ticket.state}  # fmt: skip


def iso(at: datetime | None) -> str | None:
    """An instant as facts hold it."""
    return at.isoformat() if at else None


def name_of_person(work: Work, person_id: int | None) -> str:
    """The person's name, or ""."""
    person = people.by_id(work.db, person_id)
    return (person.name or person.handle or "") if person else ""


def open_clocks(work: Work, ticket: Ticket) -> list[dict[str, Any]]:
    """The ticket's running promises, those that lapse first in front."""
    rows = clocks.open_of(work.db, [ticket.id]).get(ticket.id, [])
    return [clock_facts(row) for row in rows]


def complaint_dues(work: Work, ticket: Ticket) -> dict[str, Any]:
    """Until when a person must have answered a complaint on the ticket, and what was done must be told (SP-4.4)."""
    dues = {row["target"]: row["due"] for row in open_clocks(work, ticket)}
    return {"answer_due": dues.get("complaint-answer"), "settle_due": dues.get("complaint-settle")}


def clock_facts(row: Any) -> dict[str, Any]:
    """One stored clock as texts use it."""
    return {"target": row.target, "state": row.state, "due": iso(row.due_at), "provisional": row.provisional}


def hours_of(work: Work, clock: Any) -> WorkingCalendar:
    """The open time of a stored clock: its calendar's, with the ticket's further hours."""
    calendar = work.house.calendars[clock.calendar]
    return calendar.widened(longer_hours.read(clock.windows)) if clock.windows else calendar


def next_due(rows: Sequence[Any], now: datetime) -> dict[str, Any] | None:
    """What lapses next of a ticket's open clocks (in the order of their dues); where all have lapsed, the first."""
    found = _next_due(rows, now)
    if found is None:
        return None
    return {"target": found.target, "due": iso(found.due_at), "provisional": found.provisional}


def _next_due(rows: Sequence[Any], now: datetime) -> Any | None:
    running = [row for row in rows if row.state == "running" and row.due_at]
    return next(iter([row for row in running if row.due_at > now] or running), None)


def _with_left(work: Work, rows: Sequence[Any]) -> dict[str, Any] | None:
    """What lapses next, with the minutes of its working time that are left now (0: none)."""
    found, due = _next_due(rows, work.now), next_due(rows, work.now)
    if found is None or due is None or found.due_at <= work.now:
        return due and {**due, "left": 0}
    return {**due, "left": hours_of(work, found).elapsed(work.now, found.due_at)}


def card(
    work: Work, ticket: Ticket, rows: Sequence[Any], assignee: str, moved: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """The ticket's face in a group, from its open clocks and its engineer's name: nothing personal (P17).

    `moved`: which deadlines the last change of its level has moved, from when to when.
    """
    first = None if ticket.state == SOLVED else _with_left(work, rows)
    was = [one["old"] for one in moved if first and (one["target"], one["new"]) == (first["target"], first["due"])]
    late = [row.target for row in rows if row.state == "running" and row.due_at and row.due_at <= work.now]
    return {
        **common(work, ticket),
        "opened_at": iso(ticket.opened_at),
        "assignee": assignee,
        "next_due": first,
        "was": was[-1] if was else None,
        "late": late,
        "immediate": is_immediate(ticket.level_reason),
        "into": merged_into(work, ticket),
        "whereabouts": ticket.whereabouts,
    }


def merged_into(work: Work, ticket: Ticket) -> str:
    """The number of the ticket that goes on in place of a merged one, else ""."""
    return "" if ticket.merged_into_id is None else work.house.name_of(tickets.surviving(work.db, ticket).number)


def outage(work: Work, ticket: Ticket) -> dict[str, Any]:
    """The number of its master, and how many open tickets are linked to it."""
    master = tickets.get(work.db, ticket.master_id) if ticket.master_id is not None else None
    linked = tickets.linked_counts(work.db, [ticket.id])[ticket.id] if ticket.is_master else 0
    return {"master": work.house.name_of(master.number) if master else "", "linked": linked}


def absorbed(work: Work, ticket: Ticket) -> list[dict[str, Any]]:
    """The tickets that were merged into this one: when they came, and whose they are."""
    return [
        {
            "number": work.house.name_of(one.number),
            "opened_at": iso(one.opened_at),
            "requester_name": one.requester_name or one.requester_address,
        }
        for one in tickets.absorbed_by(work.db, ticket.id)
    ]


def private(work: Work, ticket: Ticket) -> dict[str, Any]:
    """Everything about a ticket, for the private chat of who may see it."""
    facts = common(work, ticket)
    facts |= requester(work, ticket)
    taking_part, in_copy = participants.of_ticket(work.db, ticket.id), participants.proposed(work.db, ticket.id)
    facts |= {"others": [one.shown for one in taking_part], "copied": [one.shown for one in in_copy]}
    facts["assignee"] = name_of_person(work, ticket.assignee_id)
    facts["contact"] = name_of_person(work, ticket.contact_id)
    facts["opened_at"] = iso(ticket.opened_at)
    facts |= {"into": merged_into(work, ticket), "absorbed": absorbed(work, ticket), **outage(work, ticket)}
    facts["clocks"] = [clock_facts(row) for row in clocks.of_ticket(work.db, ticket.id)]
    facts["attachments"] = [
        {"name": row.name, "size": row.size, "state": row.state} for row in files_to_see(work, ticket)
    ]
    facts["unsent"] = [
        {"kind": row.kind, "dead": row.state == outbox.DEAD, "reason": row.outcome}
        for row in outbox.unsent_of(work.db, ticket.id)
    ]
    facts["history"] = _history(work, ticket)
    facts["whole"] = False
    return facts


def newest_mail(work: Work, ticket: Ticket) -> dict[str, Any]:
    """The newest mail as it came, with what it quotes and its signature, in the place of all that private() tells."""
    mails = [one for one in tickets.entries(work.db, ticket.id) if one.kind == "mail"]
    text = mails[-1].full_text or mails[-1].text if mails else ""
    return {"text": text[:WHOLE], "whole": True, "clocks": [], "attachments": [], "unsent": [], "history": []}


def files_to_see(work: Work, ticket: Ticket) -> list[Any]:
    """The ticket's files, each once, without the pictures that only decorate a mail.

    Those stand inline, and are tiny or come with each of the requester's mails: logos of a signature.
    """
    files = tickets.files(work.db, ticket.id)
    pictures = [row for row in files if row.inline and row.media_type.startswith("image/")]
    logos = tickets.pictures_elsewhere(work.db, ticket, [row.sha256 for row in pictures])
    logos |= {row.sha256 for row in pictures if row.size < TINY_PICTURE}
    seen = {row.sha256: row for row in reversed(files) if row.sha256 not in logos}
    return [row for row in files if seen.get(row.sha256) is row]


_TOLD = frozenset(
    "parts-omitted rest-omitted text-cut depth-cut encrypted-part files-cut files-empty files-omitted file-elsewhere "
    "piece-of-a-mail winmail-unread".split()
)


def left_out(notes: Iterable[str]) -> tuple[str, ...]:
    """Of the parser's notes, what could not be kept or read: only the sender can send it another way."""
    return tuple(note for note in notes if note.partition(":")[0] in _TOLD)


FORWARDED = "staff-forward"
"""The note on the entry of a mail that staff has forwarded."""


def guessed(work: Work, ticket: Ticket, first: Any) -> tuple[str, str]:
    """Name and address of who seems to have written the mail that staff forwarded, until that is confirmed."""
    if ticket.requester_address or first is None or FORWARDED not in first.notes:
        return "", ""
    return writer_of(work, read_forwarded(first.full_text or first.text, ticket.subject))


def writer_of(work: Work, found: Forwarded) -> tuple[str, str]:
    """Name and address as the headers inside a forwarded mail say it.

    Inside one house mail programs show a name alone: then the one person of the directory who is called so.
    """
    if found.address or not found.name:
        return found.name, "" if found.address in work.house.own_addresses else found.address
    called = [address for person, address in people.mailable(work.db) if person.name == found.name]
    return found.name, called[0] if len(called) == 1 else ""


def requester(work: Work, ticket: Ticket) -> dict[str, Any]:
    """Who reports what, with her first words."""
    person = people.by_id(work.db, ticket.requester_id)
    first = next(iter(tickets.entries(work.db, ticket.id)), None)
    return {
        "guess": " ".join(guessed(work, ticket, first)).strip(),
        "left_out": list(left_out(first.notes)) if first else [],
        "subject": ticket.subject,
        "subject_line": ticket.subject,
        "requester_name": ticket.requester_name,
        "requester_address": ticket.requester_address,
        "requester_phone": person.phone if person else "",
        "text": first.text[:EXCERPT] if first else "",
    }


def abnormal(work: Work, ticket_id: int) -> dict[str, Any]:
    """What was said (`why`) when an abnormal event was reported last, and whether it is that the solution `slips`."""
    found = journal.newest_facts(work.db, "escalated", [ticket_id]).get(ticket_id, {})
    entry = tickets.get_entry(work.db, found["entry"]) if found else None
    return {"why": entry.text[:EXCERPT] if entry else "", "slips": bool(found.get("slips"))}


def _history(work: Work, ticket: Ticket) -> list[dict[str, Any]]:
    rows = [row for row in journal.of_ticket(work.db, ticket.id) if row.kind != "contacted"]  # what beside it says how
    names = {one.id: one.name or one.handle for one in people.ever_staff(work.db)}
    files: dict[int, list[str]] = {}
    for row in tickets.files(work.db, ticket.id):
        files.setdefault(row.entry_id, []).append(row.name)
    texts = {one.id: one.text or ", ".join(files.get(one.id, ())) for one in tickets.entries(work.db, ticket.id)}
    return [
        {
            "at": iso(row.at),
            "who": names.get(row.actor_id, row.actor),
            "kind": row.kind,
            "what": texts.get(row.facts.get("entry"), "")[:EXCERPT],
        }
        for row in rows
    ]


def listed(work: Work, found: Sequence[Ticket], *, subjects: bool) -> list[dict[str, Any]]:
    """Tickets as a list shows them; subjects only in private."""
    by_ticket = clocks.running_of(work.db, [one.id for one in found])
    names = {one.id: one.name or one.handle for one in people.staff(work.db)}
    linked = tickets.linked_counts(work.db, [one.id for one in found if one.is_master])
    masters = tickets.get_many(work.db, sorted({one.master_id for one in found if one.master_id}))
    return [
        {
            "number": work.house.name_of(one.number),
            "linked": linked.get(one.id, 0),
            "master": work.house.name_of(masters[one.master_id].number) if one.master_id else "",
            "subject": one.subject if subjects else "",
            "state": one.state,
            "level": one.level,
            "place": one.place,
            "requester": (one.requester_name or one.requester_address) if subjects else "",
            "assignee": names.get(one.assignee_id, "") if one.assignee_id else "",
            "due": next_due(by_ticket.get(one.id, []), work.now),
            "lapsed": [row.target for row in by_ticket.get(one.id, []) if row.due_at and row.due_at <= work.now],
        }
        for one in found
    ]
