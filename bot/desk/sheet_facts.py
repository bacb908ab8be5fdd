"""A ticket's service sheet as plain values: for the page, the mail and the chat (SP-4.1, SP-4.5)."""

from __future__ import annotations

from typing import Any

from bot.desk import facts as about
from bot.desk.work import Work
from bot.domain import repair
from bot.domain.plain_words import REQUEST
from bot.domain.sheet import DAILY, REPAIR, SPARE, SPECIAL, SUPPORT, THIRD, Sheet, read
from storage import attached, clocks, hardware, journal, outbox, tickets
from storage.tickets import Ticket

SUPPORTING = frozenset({"question", "suggestion", "complaint", "knowledge"})
LONGEST = 3000
"""Characters of somebody's words that a sheet shows."""
SHOWN = ("image/jpeg", "image/png")
"""Pictures of these types stand on a sheet."""
MOST_PICTURES, MOST_BYTES, CAPTION = 6, 12 * 2**20, 80
"""So many pictures, bytes of them all, and characters below each."""

MOST_VISITS = 10
"""Earlier visits that a sheet shows: the last ones."""


def sheet_of(work: Work, ticket: Ticket) -> Sheet:
    """The sheet as the journal has it now."""
    return read(journal.of_ticket(work.db, ticket.id))


def sheet_facts(work: Work, ticket: Ticket) -> dict[str, Any]:
    """Everything that stands on the sheet; personal data, so for private chats, its requester and paper alone."""
    sheet, issued = sheet_of(work, ticket), _issued(work, ticket)
    words = {one.id: one.text[:LONGEST] for one in tickets.entries(work.db, ticket.id)}
    fault = about.requester(work, ticket)
    return {
        **about.common(work, ticket),
        **{name: fault[name] for name in ("subject", "requester_name", "requester_address", "requester_phone")},
        **_instants(sheet),
        "fault": fault["text"],
        "kind": _kind(work, ticket, spare=bool(sheet.parts or issued)),
        "customer": customer_name(work, ticket),
        "opened_at": about.iso(ticket.opened_at),
        "promises": _promises(work, ticket),
        "engineer": about.name_of_person(work, ticket.assignee_id or sheet.solved_by),
        "contact": about.name_of_person(work, ticket.contact_id),
        "visits": [[about.iso(at) for at in one] for one in sheet.visits[-MOST_VISITS:]],
        "mode": sheet.mode,
        "vehicle": sheet.vehicle,
        "cause": sheet.cause,
        "cause_words": words.get(sheet.cause_words or 0, ""),
        "parts": "\n".join(filter(None, (*issued, words.get(sheet.parts or 0, "")))),
        **_pictures(work, ticket, sheet),
        "work": "" if sheet.own_word else words.get(sheet.work or 0, ""),
        "sheet_state": sheet.state,
        "checked_by": about.name_of_person(work, sheet.checked_by),
        "why": words.get(sheet.returned_why or 0, ""),
        "confirmed": sheet.confirmed,
        "silence_at": about.iso(silent_from(work, ticket)),
        "score": sheet.rating,
        "call_score": sheet.call_score,
        "missing": list(sheet.missing),
    }


def _kind(work: Work, ticket: Ticket, *, spare: bool) -> str:
    """The kind of service that the ticket was (SP-2.8): what went furthest names it."""
    cases = hardware.repairs(work.db, ticket_id=ticket.id, ended=True)
    where = {one.kind for one in cases if one.state != repair.UNDONE}
    kinds = {
        SUPPORT: ticket.kind in SUPPORTING,
        THIRD: repair.SHOP in where,
        REPAIR: bool(where),
        SPECIAL: ticket.kind == REQUEST,
        SPARE: spare,
    }
    return next((kind for kind, holds in kinds.items() if holds), DAILY)


def _pictures(work: Work, ticket: Ticket, sheet: Sheet) -> dict[str, Any]:
    """The pictures of the sheet, as far as there is room: `id`, `at`, `words`; and how many are left out."""
    chosen = [one for one in attached.sent_to(work.db, ticket.id, SHOWN) if one.entry_id in sheet.pictures]
    fitting, room = [], MOST_BYTES
    for one in chosen[:MOST_PICTURES]:
        room -= one.size
        if room >= 0:
            fitting.append({"id": one.id, "at": about.iso(one.created_at), "words": one.text[:CAPTION]})
    return {"pictures": fitting, "pictures_left": len(chosen) - len(fitting)}


def _issued(work: Work, ticket: Ticket) -> list[str]:
    """What the stock gave out for the ticket, less what came back (备件领用)."""
    known = {one.id: f"{one.code} {one.name}".strip() for one in hardware.parts(work.db)}
    amounts = hardware.issued_on(work.db, ticket.id)
    return [f"{known[part]} × {amount}" for part, amount in amounts.items() if amount > 0 and part in known]


def reopens_until(work: Work, ticket: Ticket) -> Any:
    """The end of the time in which the requester may reopen what is solved; None for what is not."""
    if ticket.solved_at is None:
        return None
    return work.house.office.add_working_days(ticket.solved_at, work.house.reopen_days)


def silent_from(work: Work, ticket: Ticket) -> Any:
    """From when on silence counts as the requester's confirmation; None where she has given it, or was not reached."""
    if sheet_of(work, ticket).confirmed or outbox.unreached(work.db, [ticket.id]):
        return None
    return reopens_until(work, ticket)


def customer_name(work: Work, ticket: Ticket) -> str:
    """Whose ticket it is, or "": a customer that was taken out of the configuration keeps its tickets."""
    return next((one.name for one in work.house.customers if one.id == ticket.customer_id), "")


def _instants(sheet: Sheet) -> dict[str, Any]:
    names = "assigned_at accepted_at contacted_at set_out_at arrived_at left_at solved_at checked_at confirmed_at"
    return {name: about.iso(getattr(sheet, name)) for name in names.split()}


def _promises(work: Work, ticket: Ticket) -> dict[str, Any]:
    """Response and resolve: until when they were promised, and how that ended; the newest arming counts."""
    rows = {row.target: row for row in clocks.of_ticket(work.db, ticket.id)}
    shown = {name: rows[name] for name in ("response", "resolve") if name in rows}
    return {name: {"due": about.iso(row.due_at), "state": row.state} for name, row in shown.items()}
