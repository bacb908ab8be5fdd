"""The buttons of messages: the next sensible steps, the command behind each, and the rows that a press names."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.desk.work import Work
from bot.domain.ticket import ACCEPTED, DISPATCHED, JUNK, MERGED, NEW, ON_SITE, ON_THE_WAY, SOLVED, WAITING
from storage.actions import keep as keep_actions
from storage.tickets import Ticket

BUTTONS = {
    NEW: ("take", "assign", "junk", "details"),
    DISPATCHED: ("take", "way", "cannot", "assign", "junk", "details"),
    ACCEPTED: ("way", "arrived", "solve", "ask", "late", "part", "assist", "assign", "details"),
    ON_THE_WAY: ("arrived", "late", "cannot", "ask", "solve", "details"),
    ON_SITE: ("solve", "ask", "part", "assist", "left", "details"),
    WAITING: ("solve", "assist", "assign", "details"),
    SOLVED: ("reopen", "details"),
    JUNK: ("undo", "details"),
    MERGED: (),
}
"""The next sensible steps in each state; while it is worked on, by where its engineer is."""

WORDS_FOLLOW = " …"
"""How a button's command ends that needs words: a press asks for them."""

COMMANDS = {
    "take": "take {n}", "assign": "assign {n}", "junk": "junk {n}", "details": "ticket {n}", "reopen": "reopen {n}",
    "undo": "junk {n} undo", "ack": "ack {n}", "counts": "counts {n}", "child": "child {n} of {master}",
    "apart": "child {n} undo", "way": "way {n}", "arrived": "arrived {n}", "left": "left {n}", "revoke": "undo {n}",
    "send": "send {n}", "stop": "undo {n}", "requester": "requester {n} {guess}", "cc": "cc {n}",
    "finish": "finish {n}", "cause": "cause {n}", "mode": "mode {n}",
    "solve": "solve {n} …", "ask": "wait {n} …", "late": "late {n} …", "cannot": "late {n} cannot …",
    "part": "part {n} …", "assist": "assist {n} …", "reply": "reply {n} …", "called": "called {n} …",
    "help": "helped {n} …", "follow": "assign {n} {who}", "extend": "extend {n} …", "calls": "calls {n}",
    "progress_send": "progress {n} draft", "progress_write": "progress {n} …", "vendor": "repair {n} ask …",
    "quoted": "repair {n} quoted …", "quote_yes": "repair {n} approved q{quote}",
    "quote_no": "repair {n} refused q{quote} …",
    "came": "came {n}", "senior": "senior {n}", "soon": "way {n} 20 min", "later": "way {n} 45 min",
    "files": "files {n}", "agree": "swap yes {n}", "decline": "swap no {n}",
    "allow": "allow {n}", "forbid": "allow {n} no", "held_read": "approve {n} read",
}  # fmt: skip

HERS = {DISPATCHED: ("take", "cannot"), ACCEPTED: ("reply", "called", "way")}
"""Below the word that a ticket is hers: she confirms it, or she calls the user and goes."""

OFFERED: dict[str, tuple[str, ...] | Callable[[Ticket, Mapping[str, Any]], tuple[str, ...]]] = {
    "assignment": lambda ticket, facts: (
        ("reply", "details") if facts.get("unauthorized") else HERS.get(ticket.state, ())
    ),
    "urgent": lambda ticket, _: ("take", "details") if ticket.state in {NEW, DISPATCHED} else ("details",),
    "onsite_call": lambda ticket, _: ("take", "details") if ticket.state == NEW else ("details",),
    "authorization_request": ("allow", "forbid"),
    "authorization": lambda _, facts: ("take" if facts["what"] == "authorized" else "reply", "details"),
    "held_own": ("counts",),
    "held": ("held_read",),
    "help_wanted": lambda _, facts: ("help", "senior", "details") if facts["due"] else ("help", "details"),
    "advice": ("solve", "assist"),
    "answer": ("reply",),
    "wish": ("reply", "details"),
    "wait_over": ("called", "reply", "solve", "details"),
    "need": lambda _, facts: ("details",) if facts["over"] else ("came", "details"),
    "part_wanted": ("came", "details"),
    "engineer_late": ("assign", "reply", "calls"),
    "reopened": ("reply", "called", "details"),
    "forwarded": lambda _, facts: ("requester",) if facts.get("guess_address") else (),
    "sheet_returned": ("finish", "details"),
    "progress_draft": ("progress_send", "progress_write", "details"),
    "vendor_wrote": ("vendor", "quoted", "progress_write", "details"),
    "quote": ("quote_yes", "quote_no", "details"),
    "quote_decided": ("vendor", "details"),
}
"""The buttons below messages to staff, by their kind; where they hang on more: of what."""

DECIDING = ("quote_yes", "quote_no")
"""Those for who may spend the money alone (`desk.quote_roles`)."""


def offered(work: Work, kind: str, ticket: Ticket, roles: Iterable[str], facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The buttons below a message about a ticket to somebody of staff with these roles."""
    names = OFFERED.get(kind, ())
    decides = not set(work.house.quote_roles).isdisjoint(roles)
    all_of_them = names(ticket, facts) if callable(names) else names
    return tuple(one for one in all_of_them if decides or one not in DECIDING)


def keep_buttons(
    work: Work, ticket: Ticket, chat: tuple[str, str], names: tuple[str, ...], *, guess: str = "", quote: str = ""
) -> dict[str, Any]:
    """Keeps what the buttons of one message do; gives the facts (`action`, `buttons`) that its text carries."""
    commands = [COMMANDS[name].format(n=ticket.number, guess=guess, quote=quote) for name in names]
    return {"action": keep_commands(work, ticket, chat, commands), "buttons": list(names)}


def keep_commands(work: Work, ticket: Ticket | None, chat: tuple[str, str], commands: list[str]) -> str:
    """Keeps commands behind buttons, bound to the chat and a ticket's version; gives the id that a press names."""
    token = secrets.token_urlsafe(12)
    about_it = {"ticket_id": ticket.id if ticket else None, "version": ticket.version if ticket else 0}
    row = {"id": token, **about_it, "channel": chat[0], "address": chat[1]}
    keep_actions(work.db, [{**row, "commands": commands, "created_at": work.now}])
    return token
