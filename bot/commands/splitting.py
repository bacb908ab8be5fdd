"""The command that makes a ticket of its own of one mail."""

from __future__ import annotations

import re
from typing import Any

from bot.commands.base import DESK, UNDO, Answer, Call, RefusedError, command, say, ticket_of
from bot.desk import splitting as desk
from bot.desk.merging import MergeRefusedError
from storage.tickets import Ticket

FIRST = 2
"""The place of the first mail that can be split off: the one before it opened the ticket."""
MOST = 8
"""Mails that are offered as buttons, the newest."""
_NUMBER = re.compile(r"(?:no\.?|mail|第)?\s*(\d{1,3})\s*(?:封)?", re.IGNORECASE)


@command(
    "split 拆分 分单",
    ("<ticket> [which mail], or <ticket> undo", "<工单> [第几封]，或 <工单> 撤销"),
    (
        "One of its mails is another matter: it becomes a ticket of its own; without a number, choose",
        "其中一封来信是另一件事：拆成新工单；不写第几封则列出选择；“撤销”并回原单",
    ),
    may=DESK,
    example=("17 2", "17 2"),
)
def split(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    name = call.work.house.name_of
    try:
        if rest.casefold() in UNDO:
            return say("rejoined", number=name(ticket.number), into=name(desk.rejoin(call.work, ticket).ticket.number))
        mails = desk.later_mails(call.work, ticket)
        if not mails:
            raise RefusedError("split_nothing", number=name(ticket.number))
        found = _NUMBER.fullmatch(rest)
        if found is None or not FIRST <= int(found[1]) <= len(mails) + 1:
            return _offered(call, ticket, mails)
        fresh = desk.split(call.work, ticket, mails[int(found[1]) - FIRST])
    except desk.SplitError as error:
        raise RefusedError(f"split_{error.reason}", number=name(ticket.number)) from error
    except MergeRefusedError as refusal:
        raise RefusedError(f"merge_{refusal.reason}", number=name(refusal.ticket.number), into="",
                           state=refusal.ticket.state) from refusal  # fmt: skip
    told = bool(fresh.requester_address) and not fresh.quiet
    return say("split_done", number=name(ticket.number), into=name(fresh.number), told=told)


def _offered(call: Call, ticket: Ticket, mails: list[Any]) -> Answer:
    """The mails to choose from, by their places on the ticket; their words are for a private chat."""
    rows = [
        {"place": place, "at": one.created_at.isoformat(), "who": one.author, "text": one.text}
        for place, one in enumerate(mails, start=FIRST)
    ][-MOST:]
    choices = tuple((str(row["place"]), f"split {ticket.number} {row['place']}") for row in rows)
    facts = {"phrase": "split_which", "number": call.work.house.name_of(ticket.number), "rows": rows,
             "zone": call.work.house.zone, "now": call.work.now.isoformat()}  # fmt: skip
    return Answer("phrase", facts, private=True, choices=choices, ticket=ticket)
