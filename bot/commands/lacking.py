"""Answers that say what a ticket's service sheet still lacks, with what one press fills in (SP-4.1)."""

from __future__ import annotations

from typing import Any

from bot.commands.base import Answer, Call
from bot.desk.sheet_facts import sheet_of
from bot.domain.sheet import CHECKED, OPEN
from bot.domain.ticket import SOLVED
from storage import tickets
from storage.tickets import Ticket

PRESSED = ("mode", "cause")
"""What is filled in by buttons, each its command."""


def still(call: Call, ticket: Ticket) -> list[str]:
    """What the sheet lacks now, so that nobody has to look; nothing where nobody checks it."""
    sheet, ticket = sheet_of(call.work, ticket), tickets.get(call.work.db, ticket.id)
    settled = sheet.state == CHECKED or (sheet.state == OPEN and ticket.state == SOLVED)
    return [] if settled else list(sheet.missing)


def lacking(call: Call, ticket: Ticket, phrase: str, **facts: Any) -> Answer:
    """The answer with what is still missing, and the buttons for that."""
    missing, ticket = still(call, ticket), tickets.get(call.work.db, ticket.id)
    said = {"phrase": phrase, "number": call.work.house.name_of(ticket.number), "missing": missing, **facts}
    return Answer("phrase", said, offers=tuple(one for one in PRESSED if one in missing), about=ticket)
