"""Filling in the service sheet, and the desk's check of it, without which no ticket closes (SP-3.8, SP-4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.desk import call_backs, documents
from bot.desk import facts as about
from bot.desk.announce import announce, messages, readers_of
from bot.desk.journal import record, settle
from bot.desk.sheet_facts import reopens_until, sheet_facts, sheet_of
from bot.desk.work import Work
from bot.domain.sheet import BY_CALL, BY_WORD, CHECKED, FINISHED, RETURNED, SATISFIED
from bot.domain.ticket import CLOSED, SOLVED
from storage import tickets
from storage.tickets import Ticket


class SheetError(Exception):
    """Not done; `key` is the phrase that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def fill(work: Work, ticket: Ticket, field: str, value: str = "", *, words: str = "", vehicle: bool = False) -> None:
    """Writes a field of the sheet: cause, mode, parts or work. Raises SheetError for one that is checked already."""
    if sheet_of(work, ticket).state == CHECKED:
        raise SheetError("sheet_closed")
    entry = {"entry": _write(work, ticket, words)} if words else {}
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, ("sheet_filled", {"field": field, "value": value, "vehicle": vehicle, **entry}))


def show(work: Work, ticket: Ticket, entries: Sequence[int]) -> None:
    """The pictures that came with these entries stand on the sheet, no others. Raises SheetError as `fill`."""
    if sheet_of(work, ticket).state == CHECKED:
        raise SheetError("sheet_closed")
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, ("sheet_filled", {"field": "pictures", "entries": list(entries)}))


def finish(work: Work, ticket: Ticket, text: str) -> Ticket:
    """The engineer hands the sheet in again, with other words for what was done if she likes. Raises SheetError."""
    if ticket.state != SOLVED or sheet_of(work, ticket).state == CHECKED:
        raise SheetError("sheet_closed" if ticket.state in {SOLVED, CLOSED} else "sheet_unsolved")
    if text:
        fill(work, ticket, "work", words=text)
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, ("sheet_finished", {}))
    settle(work, ticket)
    return ticket


def accept(work: Work, ticket: Ticket) -> Ticket:
    """The desk accepts the sheet: the requester gets it, and the ticket closes when she can no longer reopen it."""
    _to_be_checked(work, ticket)
    until = reopens_until(work, ticket)
    ticket = tickets.change(work.db, ticket.id, close_at=max(until, work.now))
    record(work, ticket, ("sheet_checked", {"missing": list(sheet_of(work, ticket).missing)}))
    settle(work, ticket)
    facts = sheet_facts(work, ticket)
    if not ticket.known_sender:  # whoever wrote it, its words are not sent to the address that it names
        facts |= {"subject": "", "fault": ""}
    reader = tuple(readers_of(work, ticket)[:1])  # her name and telephone are nobody else's
    documents.order(work, ticket, facts, messages(work, ticket, "checked", {"sheet": facts}, readers=reader))
    return ticket


def give_back(work: Work, ticket: Ticket, why: str) -> Ticket:
    """The desk gives the sheet back with a word; the engineer is told what it lacks."""
    _to_be_checked(work, ticket)
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, ("sheet_returned", {"entry": _write(work, ticket, why)}))
    settle(work, ticket)
    told = {"text": why, "author": work.actor.name, "missing": list(sheet_of(work, ticket).missing)}
    announce(work, ticket, "sheet returned", told, person=_whose(work, ticket))
    return ticket


def _whose(work: Work, ticket: Ticket) -> int | None:
    return ticket.assignee_id or sheet_of(work, ticket).solved_by


def _to_be_checked(work: Work, ticket: Ticket) -> None:
    if ticket.state != SOLVED:
        raise SheetError("sheet_unsolved" if ticket.state != CLOSED else "sheet_closed")
    if sheet_of(work, ticket).state not in {FINISHED, RETURNED}:
        raise SheetError("sheet_closed")


def unchecked(work: Work) -> list[dict[str, Any]]:
    """The sheets that wait for the desk, those due first in front, each with what it lacks."""
    found = [one for one in tickets.find(work.db) if one.state == SOLVED and one.close_at is None]
    rows = [_waiting(work, one) for one in found]
    return sorted(rows, key=lambda row: row["due"] or "9")


def _waiting(work: Work, ticket: Ticket) -> dict[str, Any]:
    sheet = sheet_of(work, ticket)
    due = next((row["due"] for row in about.open_clocks(work, ticket) if row["target"] == "sheet-check"), None)
    return {
        "number": work.house.name_of(ticket.number),
        "engineer": about.name_of_person(work, _whose(work, ticket)),
        "returned": sheet.state == RETURNED,
        "missing": list(sheet.missing),
        "due": due,
    }


def confirm(work: Work, ticket: Ticket, entry: int, at: Any) -> None:
    """The requester's own word that it works (a rating of 4 or 5 says so, too)."""
    record(work, ticket, ("confirmed", {"how": BY_WORD, "entry": entry}), at=at)


def called(work: Work, ticket: Ticket, score: int, words: str) -> None:
    """The desk has spoken to the requester: what she says of it ends the call-back. `score` 0: she gave none."""
    said = {"entry": _write(work, ticket, words)} if words else {}
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, ("called_back", {"score": score, **said}))
    if score == 0:
        record(work, ticket, ("confirmed", {"how": BY_CALL}))
    call_backs.done(work, ticket, "satisfied" if score >= SATISFIED else "unsatisfied" if score else "spoken")


def _write(work: Work, ticket: Ticket, text: str) -> int:
    who = {"author_id": work.actor.id, "author": work.actor.name}
    return tickets.add_entry(work.db, ticket_id=ticket.id, kind="note", text=text, created_at=work.now, **who)
