"""Who may say what, where and in which form: every command tried by everybody, against a table written by hand.

Each try is a chat message as a channel brings it in, obeyed in a transaction of its own that is undone afterwards. A
command that is not in the table fails, and so does one whose effect comes where the table says nothing of it.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, func, select

from bot.commands.base import REGISTRY
from bot.commands.run import obey
from bot.config import Customer, Person, Settings
from bot.control import command as at_the_command_line
from bot.desk import kinds, linking, moves, plans, repairs, staff, stock
from bot.desk.cards import faces
from bot.desk.delivery import CHATTER
from bot.desk.opening import Report, open_ticket
from bot.desk.work import Actor, House, Work
from bot.domain.messages import IncomingChat, OutgoingChat
from bot.domain.staff import newcomer
from bot.house import build_house, calendars_of, enter
from bot.outgoing import Scribe
from bot.render import Renderer
from storage import actions, clocks, hardware, inbox, models, people, tickets
from storage.sql import fetch, fetch_value
from storage.store import Store
from tests.parts.tables import tables_at

ACTORS = "stranger requester owner colleague newcomer mobile senior desk manager deputy retired ended admin".split()
"""Nobody we know; a requester of the directory; the ticket's engineer; another resident; one who was added by command; …;
one whom the configuration has dropped; one who was ended by command; the administrator speaks at the command line only."""

HOME = """
           stranger requester owner colleague newcomer mobile senior desk manager deputy retired ended admin
help          .         .       +       +        +       +      +     +      +      +       .      .     +
list          .         .       +       +        +       +      +     +      +      +       .      .     +
board         .         .       +       +        +       +      +     +      +      +       .      .     +
mine          .         .       +       +        +       +      +     +      +      +       .      .     ?
board         .         .       +       +        +       +      +     +      +      +       .      .     +
due           .         .       +       +        +       +      +     +      +      +       .      .     +
forecast      .         .       +       +        +       +      +     +      +      +       .      .     +
ticket        .         .       +       +        +       +      +     +      +      +       .      .     +
why           .         .       +       +        +       +      +     +      +      +       .      .     +
trace         .         .       +       +        +       +      +     +      +      +       .      .     +
files         .         .       +       +        +       +      +     +      +      +       .      .     +
who           .         .       +       +        +       +      +     +      +      +       .      .     +
whoami        .         .       +       +        +       +      +     +      +      +       .      .     ?
take          .         .       +       t        t       t      t     +      +      +       .      .     ?
assign        .         .       -       -        -       -      -     +      +      +       .      .     +
reply         .         .       +       o        o       o      o     +      +      +       .      .     +
called        .         .       +       o        o       o      o     +      +      +       .      .     +
note          .         .       +       +        +       +      +     +      +      +       .      .     +
wait          .         .       +       o        o       o      o     +      +      +       .      .     +
solve         .         .       +       o        o       o      o     +      +      +       .      .     +
reopen        .         .       +       +        +       +      +     +      +      +       .      .     +
escalate      .         .       +       +        +       +      +     +      +      +       .      .     +
slip          .         .       +       +        +       +      +     +      +      +       .      .     +
late          .         .       +       o        o       o      o     +      +      +       .      .     +
ack           .         .       +       +        +       +      +     +      +      +       .      .     ?
counts        .         .       +       +        +       +      +     +      +      +       .      .     ?
junk          .         .       +       +        +       +      +     +      +      +       .      .     +
approve       .         .       -       -        -       -      -     +      +      +       .      .     +
level         .         .       -       -        -       -      -     +      +      +       .      .     +
item          .         .       -       -        -       -      -     +      +      +       .      .     +
place         .         .       -       -        -       -      -     +      +      +       .      .     +
onsite        .         .       -       -        -       -      -     +      +      +       .      .     +
book          .         .       -       -        -       -      -     +      +      +       .      .     +
here          .         .       +       +        +       +      +     +      +      +       .      .     ?
reach         .         .       -       -        -       -      -     +      +      +       .      .     +
absent        .         .       +       +        +       +      +     +      +      +       .      .     +
informed      .         .       +       +        +       +      +     +      +      +       .      .     +
told          .         .       +       +        +       +      +     +      +      +       .      .     +
invite        .         .       -       -        -       -      -     +      +      +       .      .     +
unlink        .         .       +       +        +       +      +     +      +      +       .      .     ?
staff         .         .       -       -        -       -      -     -      +      -       .      .     +
merge         .         .       -       -        -       -      -     +      +      +       .      .     +
master        .         .       -       -        -       -      -     +      +      +       .      .     +
child         .         .       -       -        -       -      -     +      +      +       .      .     +
related       .         .       +       +        +       +      +     +      +      +       .      .     +
notice        .         .       -       -        -       -      -     +      +      +       .      .     +
requester     .         .       +       +        +       +      +     +      +      +       .      .     +
cc            .         .       -       -        -       -      -     +      +      +       .      .     +
stock         .         .       +       +        +       +      +     +      +      +       .      .     +
issue         .         .       +       o        o       o      o     +      +      +       .      .     +
works         .         .       +       o        o       o      o     +      +      +       .      .     +
repair        .         .       +       o        o       o      o     +      +      +       .      .     +
progress      .         .       +       o        o       o      o     +      +      +       .      .     +
return        .         .       +       +        +       +      +     +      +      +       .      .     +
asset         .         .       +       +        +       +      +     +      +      +       .      .     +
way           .         .       +       o        o       o      o     +      +      +       .      .     +
arrived       .         .       +       o        o       o      o     +      +      +       .      .     +
left          .         .       +       o        o       o      o     +      +      +       .      .     +
assist        .         .       +       o        o       o      o     +      +      +       .      .     +
helped        .         .       -       -        -       -      +     +      +      +       .      .     +
senior        .         .       -       -        -       -      -     +      +      +       .      .     +
part          .         .       +       o        o       o      o     +      +      +       .      .     +
vendor        .         .       +       o        o       o      o     +      +      +       .      .     +
came          .         .       +       +        +       +      +     +      +      +       .      .     +
undo          .         .       +       +        +       +      +     +      +      +       .      .     ?
send          .         .       +       +        +       +      +     +      +      +       .      .     ?
cancel        .         .       +       +        +       +      +     +      +      +       .      .     ?
new           .         .       -       -        -       -      -     +      +      +       .      .     +
contact       .         .       -       -        -       -      -     +      +      +       .      .     +
extend        .         .       -       -        -       -      -     -      +      -       .      .     +
calls         .         .       +       +        +       +      +     +      +      +       .      .     +
oncall        .         .       +       +        +       +      +     +      +      +       .      .     +
swap          .         .       +       +        +       +      +     +      +      +       .      .     +
accept        .         .       +       +        +       +      +     +      +      +       .      .     ?
back          .         .       +       +        +       +      +     +      +      +       .      .     ?
allow         .         .       -       -        -       -      -     -      -      -       .      .     ?
authorize     .         .       -       -        -       -      -     +      +      +       .      .     +
cause         .         .       +       o        o       o      o     +      +      +       .      .     +
mode          .         .       +       o        o       o      o     +      +      +       .      .     +
used          .         .       +       o        o       o      o     +      +      +       .      .     +
picture       .         .       +       o        o       o      o     +      +      +       .      .     +
finish        .         .       +       o        o       o      o     +      +      +       .      .     +
sheet         .         .       +       +        +       +      +     +      +      +       .      .     +
check         .         .       -       -        -       -      -     +      +      +       .      .     +
callback      .         .       -       -        -       -      -     +      +      +       .      .     +
satisfaction  .         .       -       -        -       -      -     +      +      +       .      .     +
compensation  .         .       -       -        -       -      -     -      +      -       .      .     +
split         .         .       -       -        -       -      -     +      +      +       .      .     +
kind          .         .       -       -        -       -      -     +      +      +       .      .     +
settle        .         .       -       -        -       -      -     +      +      +       .      .     +
suggestions   .         .       -       -        -       -      -     +      +      +       .      .     +
major         .         .       -       -        -       -      -     +      +      +       .      .     +
plan          .         .       -       -        -       -      -     +      +      +       .      .     +
done          .         .       +       +        +       +      +     +      +      +       .      .     +
security      .         .       +       +        +       +      +     +      +      +       .      .     +
week          .         .       -       -        -       -      -     -      +      -       .      .     +
board         .         .       +       +        +       +      +     +      +      +       .      .     +
"""
"""In a private chat, in a group of the ticket's customer (trusted or not) and at the command line."""

AWAY = """
           stranger requester owner colleague newcomer mobile senior desk manager deputy retired ended
help          .         .       +       +        +       +      +     +      +      +       .      .
list          .         .       +       +        +       +      +     +      +      +       .      .
board         .         .       +       +        +       +      +     +      +      +       .      .
mine          .         .       +       +        +       +      +     +      +      +       .      .
board         .         .       +       +        +       +      +     +      +      +       .      .
due           .         .       +       +        +       +      +     +      +      +       .      .
forecast      .         .       +       +        +       +      +     +      +      +       .      .
ticket        .         .       n       n        n       n      n     n      n      n       .      .
why           .         .       n       n        n       n      n     n      n      n       .      .
trace         .         .       n       n        n       n      n     n      n      n       .      .
files         .         .       n       n        n       n      n     n      n      n       .      .
who           .         .       +       +        +       +      +     +      +      +       .      .
whoami        .         .       +       +        +       +      +     +      +      +       .      .
take          .         .       n       n        n       n      n     n      n      n       .      .
assign        .         .       -       -        -       -      -     n      n      n       .      .
reply         .         .       n       n        n       n      n     n      n      n       .      .
called        .         .       n       n        n       n      n     n      n      n       .      .
note          .         .       n       n        n       n      n     n      n      n       .      .
wait          .         .       n       n        n       n      n     n      n      n       .      .
solve         .         .       n       n        n       n      n     n      n      n       .      .
reopen        .         .       n       n        n       n      n     n      n      n       .      .
escalate      .         .       n       n        n       n      n     n      n      n       .      .
slip          .         .       n       n        n       n      n     n      n      n       .      .
late          .         .       n       n        n       n      n     n      n      n       .      .
ack           .         .       n       n        n       n      n     n      n      n       .      .
counts        .         .       n       n        n       n      n     n      n      n       .      .
junk          .         .       n       n        n       n      n     n      n      n       .      .
approve       .         .       -       -        -       -      -     n      n      n       .      .
level         .         .       -       -        -       -      -     n      n      n       .      .
item          .         .       -       -        -       -      -     n      n      n       .      .
place         .         .       -       -        -       -      -     n      n      n       .      .
onsite        .         .       -       -        -       -      -     n      n      n       .      .
book          .         .       -       -        -       -      -     +      +      +       .      .
here          .         .       +       +        +       +      +     +      +      +       .      .
reach         .         .       -       -        -       -      -     +      +      +       .      .
absent        .         .       +       +        +       +      +     +      +      +       .      .
informed      .         .       n       n        n       n      n     n      n      n       .      .
told          .         .       n       n        n       n      n     n      n      n       .      .
invite        .         .       -       -        -       -      -     +      +      +       .      .
unlink        .         .       +       +        +       +      +     +      +      +       .      .
staff         .         .       -       -        -       -      -     -      +      -       .      .
merge         .         .       -       -        -       -      -     n      n      n       .      .
master        .         .       -       -        -       -      -     n      n      n       .      .
child         .         .       -       -        -       -      -     n      n      n       .      .
related       .         .       n       n        n       n      n     n      n      n       .      .
notice        .         .       -       -        -       -      -     n      n      n       .      .
requester     .         .       n       n        n       n      n     n      n      n       .      .
cc            .         .       -       -        -       -      -     n      n      n       .      .
stock         .         .       +       +        +       +      +     +      +      +       .      .
issue         .         .       n       n        n       n      n     n      n      n       .      .
works         .         .       n       n        n       n      n     n      n      n       .      .
repair        .         .       n       n        n       n      n     n      n      n       .      .
progress      .         .       n       n        n       n      n     n      n      n       .      .
return        .         .       n       n        n       n      n     n      n      n       .      .
asset         .         .       U       U        U       U      U     U      U      U       .      .
way           .         .       n       n        n       n      n     n      n      n       .      .
arrived       .         .       n       n        n       n      n     n      n      n       .      .
left          .         .       n       n        n       n      n     n      n      n       .      .
assist        .         .       n       n        n       n      n     n      n      n       .      .
helped        .         .       -       -        -       -      n     n      n      n       .      .
senior        .         .       -       -        -       -      -     n      n      n       .      .
part          .         .       n       n        n       n      n     n      n      n       .      .
vendor        .         .       n       n        n       n      n     n      n      n       .      .
came          .         .       n       n        n       n      n     n      n      n       .      .
undo          .         .       n       n        n       n      n     n      n      n       .      .
send          .         .       n       n        n       n      n     n      n      n       .      .
cancel        .         .       +       +        +       +      +     +      +      +       .      .
new           .         .       -       -        -       -      -     +      +      +       .      .
contact       .         .       -       -        -       -      -     n      n      n       .      .
extend        .         .       -       -        -       -      -     -      n      -       .      .
calls         .         .       n       n        n       n      n     n      n      n       .      .
oncall        .         .       +       +        +       +      +     +      +      +       .      .
swap          .         .       +       +        +       +      +     +      +      +       .      .
accept        .         .       +       +        +       +      +     +      +      +       .      .
back          .         .       +       +        +       +      +     +      +      +       .      .
allow         .         .       -       -        -       -      -     -      -      -       .      .
authorize     .         .       -       -        -       -      -     +      +      +       .      .
cause         .         .       n       n        n       n      n     n      n      n       .      .
mode          .         .       n       n        n       n      n     n      n      n       .      .
used          .         .       n       n        n       n      n     n      n      n       .      .
picture       .         .       n       n        n       n      n     n      n      n       .      .
finish        .         .       n       n        n       n      n     n      n      n       .      .
sheet         .         .       n       n        n       n      n     n      n      n       .      .
check         .         .       -       -        -       -      -     n      n      n       .      .
callback      .         .       -       -        -       -      -     n      n      n       .      .
satisfaction  .         .       -       -        -       -      -     +      +      +       .      .
compensation  .         .       -       -        -       -      -     -      +      -       .      .
split         .         .       -       -        -       -      -     n      n      n       .      .
kind          .         .       -       -        -       -      -     n      n      n       .      .
settle        .         .       -       -        -       -      -     n      n      n       .      .
suggestions   .         .       -       -        -       -      -     +      +      +       .      .
major         .         .       -       -        -       -      -     n      n      n       .      .
plan          .         .       n       n        n       n      n     n      n      n       .      .
done          .         .       n       n        n       n      n     n      n      n       .      .
security      .         .       +       +        +       +      +     +      +      +       .      .
week          .         .       -       -        -       -      -     -      +      -       .      .
board         .         .       +       +        +       +      +     +      +      +       .      .
"""
"""In a group of another customer: nothing of the ticket is done there, and that it exists is not said."""

MEANS = {
    ".": "ignored",
    "+": "done",
    "-": "refused",
    "o": "not_yours",
    "t": "taken_by",
    "n": "not_found",
    "?": "no_person",
    "b": "button_unknown",
    "s": "stale",
    "u": "nobody_called",
    "U": "asset_unknown",
}
"""A letter of the tables → what happens: nothing at all, the command's effect, or a refusal with this phrase."""

WORDS = {
    "help": "", "list": "all", "mine": "", "board": "", "due": "all", "forecast": "all", "ticket": "1", "why": "1", "trace": "1", "files": "1", "who": "", "whoami": "", "take": "1",
    "assign": "1 mo", "reply": "1 We come.", "called": "1 He waits.", "note": "1 Call back.", "wait": "1 Which one?", "solve": "1 Mended.",
    "reopen": "1", "escalate": "1 technical Smoke.", "late": "1 Train.", "ack": "1", "junk": "1", "approve": "1",
    "level": "1 vip correction The board's printer.", "item": "1 antivirus", "place": "1 none", "onsite": "1 The IT department wants it.", "book": "2026-12-05 hq ben", "here": "", "reach": "ben", "absent": "", "informed": "1 By telephone.", "told": "1", "counts": "1",
    "invite": "ben", "unlink": "", "staff": "add nina name=Nina role=mobile mail=nina@desk.example", "merge": "1 into 2",
    "master": "1", "child": "1 of 2", "related": "1 2", "notice": "1 yes We work on it.", "requester": "1 wang@acme.example", "cc": "1 li@acme.example",
    "stock": "", "repair": "1 PC-1 house", "progress": "1 It goes well.", "issue": "1 toner", "works": "1 With LP-3.", "return": "1 toner", "asset": "PC-1",
    "way": "1", "arrived": "1", "left": "1", "assist": "1 How does it open?", "helped": "1 With a key.", "senior": "1", "slip": "1 The part comes on Friday.", "part": "1 A roller.", "vendor": "1 The carrier.", "came": "1",
    "undo": "1", "send": "1", "cancel": "", "new": "wang@acme.example hq No light", "contact": "1 ben",
    "extend": "1 2026-11-24 15:00 The part comes.", "calls": "1", "oncall": "", "swap": "", "accept": "", "back": "",
    "authorize": "", "allow": "1",
    "cause": "1 hardware Roller worn.", "mode": "1 onsite vehicle", "used": "1 roller",
    "picture": "1 none", "finish": "1 Mended well.", "sheet": "1", "check": "1 ok", "callback": "1 5 Fine.", "satisfaction": "", "compensation": "",
    "week": "", "split": "1 2", "kind": "1 question", "settle": "1 The list is read out now.", "suggestions": "", "major": "1 All of it is dark.",
    "plan": "1 network", "done": "1 1", "security": "leak: a list was on the net",
}  # fmt: skip

LEAVES = {
    "take": "accepted", "assign": "assigned", "reply": "replied", "called": "called", "note": "noted", "wait": "waiting", "solve": "solved",
    "reopen": "reopened", "escalate": "escalated", "late": "late", "ack": "acknowledged", "junk": "junked", "approve": "approved",
    "level": "level", "item": "level", "place": "level", "onsite": "onsite", "book": "booked", "here": "reachable", "reach": "reach asked", "informed": "informed", "invite": "invited", "staff": "staff added",
    "merge": "merged", "master": "mastered", "related": "related", "child": "known", "notice": "noticed", "requester": "requester", "cc": "joined",
    "repair": "kept_in_house", "progress": "progressed", "issue": "issued", "works": "at_work", "return": "issue_returned",
    "way": "set_out", "arrived": "arrived", "assist": "helping", "helped": "helped", "senior": "helped", "slip": "escalated", "part": "part_wanted", "vendor": "vendor_wanted", "new": "phoned", "contact": "contact",
    "extend": "extended", "accept": "reachable",
    **dict.fromkeys(("cause", "mode", "used", "picture"), "sheet_filled"),
    "finish": "sheet_finished", "check": "sheet_checked", "callback": "called_back",
    "split": "split", "kind": "kind", "settle": "settled", "major": "major", "plan": "plan_begun", "done": "plan_ticked", "security": "incident",
}  # fmt: skip
"""Command → the event that it leaves in the journal; the others leave none."""

FRESH = {
    "take",
    "assign",
    "counts",
    "ticket",
    "files",
    "requester",
    "cc",
    "approve",
    "undo",
    "send",
    "finish",
    "done",
    "plan",
    "sheet",
    "came",
    "repair",
}
"""A press of these on an older card is no mistake: they look at the ticket as it is."""

FORMS = "text button repeated stale forged elsewhere".split()
"""Words; a press; the same update twice; a press on a card from before; one that we never made; one of another chat."""

HANDLES = {
    "owner": "anna", "colleague": "ben", "mobile": "mo", "senior": "sam", "desk": "dora", "manager": "paul",
    "deputy": "dep", "retired": "old", "requester": "li", "stranger": "eve", "newcomer": "nora", "ended": "gone",
}  # fmt: skip
PLACES = {"private": "", "own group": "acme", "trusted group": "lab", "other customer": "rival", "unknown": "nowhere"}
CANARIES = ("Wang", "wang@acme.example", "139-0000", "payroll", "confidential")
"""Name, address, telephone, subject and words of the requester."""

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)  # at noon: somebody can be ordered on site
STAFF = [
    Person(handle="anna", name="Anna", roles=["resident"]),
    Person(handle="ben", name="Ben", roles=["resident"]),
    Person(handle="mo", name="Mo", roles=["mobile"]),
    Person(handle="sam", name="Sam", roles=["senior"]),
    Person(handle="dora", name="Dora", roles=["desk"]),
    Person(handle="paul", name="Paul", roles=["manager"]),
    Person(handle="dep", name="Dep", roles=["deputy"]),
    Person(handle="old", name="Old", roles=["manager", "resident"]),
]


def cells(table: str) -> dict[str, dict[str, str]]:
    """Command → actor → what happens."""
    head, *rows = (line.split() for line in table.strip().splitlines())
    return {name: dict(zip(head, letters, strict=True)) for name, *letters in rows}


EXPECTED = {
    "own group": cells(HOME),
    "private": cells(HOME),
    "trusted group": cells(HOME),
    "other customer": cells(AWAY),
}
COMMANDS = list(cells(HOME))


def expected(name: str, actor: str, place: str, form: str) -> str:
    """What shall happen. The form of a message makes a difference to those only who are heard at all."""
    if place == "unknown":
        return "ignored"
    letter = EXPECTED[place][name][actor]
    if letter != "." and form in {"forged", "elsewhere"}:
        letter = "b"
    elif letter not in ".-" and form == "stale" and name not in FRESH and place != "other customer":
        letter = "s"
    return MEANS[letter]


class Undo(Exception):  # noqa: N818  -- it is no error
    """Ends a try; nothing of it is kept."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


class Desk:
    """A desk with two customers, their groups, and one ticket that is Anna's."""

    def __init__(self, store: Store) -> None:
        customers = [
            Customer(key="acme", domains=["acme.example"], locale="en"),
            Customer(key="rival", domains=["rival.example"], locale="en"),
        ]
        place: dict[str, Any] = {"data": {"folder": Path("unused")}, "places": {"hq": {}}}
        plans = [{"key": "network", "steps": ["Desk: call the carrier", "Engineer: switch over"]}]
        settings = Settings(customers=customers, people=STAFF, plans=plans, **place)
        later = settings.model_copy(update={"people": [one for one in STAFF if one.handle != "old"]})
        self.store = store
        self.house: House = store.write_now(lambda db: self._enter(db, settings, later))
        self.scribe = Scribe(Renderer("Desk", "", "fault@desk.example", "Asia/Shanghai"), "Desk", "a@b.c", "a@b.c")
        store.write_now(self._open)

    def _enter(self, db: Connection, settings: Settings, later: Settings) -> House:
        enter(db, settings)
        acme, rival = (one.id for one in enter(db, later))
        for customer, place, trusted in ((acme, "acme", False), (acme, "lab", True), (rival, "rival", False)):
            people.keep_group(db, customer, "console", place, title=place, locale="en", trusted=trusted)
        self.requester = self._requester(db, acme)
        house = build_house(later, enter(db, later), b"k" * 32, calendars_of(later, 2026))
        admin = Work(db, house, NOW, Actor("admin", "cli"))
        staff.add(admin, newcomer("nora name=Nora role=resident"))
        staff.add(admin, newcomer("gone name=Gone role=manager,resident"))
        staff.end(admin, self.person(db, "gone"))
        enter(db, later)  # a reload spares the one and does not bring back the other
        return house

    @staticmethod
    def _requester(db: Connection, customer: int) -> int:
        row = {"customer_id": customer, "name": "Wang Li", "phone": "139-0000", "roles": []}
        requester = int(db.execute(models.person.insert().returning(models.person.c.id), row).scalar_one())
        ways = (("console", "li"), ("mail", "wang@acme.example"))
        rows = [{"person_id": requester, "channel": channel, "value": value} for channel, value in ways]
        db.execute(models.contact.insert(), rows)
        return requester

    def _open(self, db: Connection) -> None:
        work, ticket = self.work(db), self._report(db, "payroll")
        words = {"author": "Wang Li", "kind": "mail", "text": "confidential words", "created_at": NOW}
        tickets.add_entry(db, ticket_id=ticket.id, **words)
        moves.assign(work.by(self.actor(db, "dora")), ticket, self.person(db, "anna"))

    def _report(self, db: Connection, subject: str) -> tickets.Ticket:
        wang = people.by_id(db, self.requester)
        report = Report("wang@acme.example", "Wang Li", subject, "confidential words", "en", NOW, "<1@x>", person=wang)
        return open_ticket(self.work(db), report).ticket

    def work(self, db: Connection) -> Work:
        return Work(db, self.house, NOW)

    @staticmethod
    def actor(db: Connection, handle: str) -> Actor:
        return Actor("person", "console", people.by_handle(db, handle), handle.title())

    def prepare(self, db: Connection, name: str) -> None:
        """Brings the ticket to where the command is possible."""
        anna = self.work(db).by(self.actor(db, "anna"))
        ticket = self.ticket(db)
        if name not in {"take", "assign"}:
            ticket = moves.take(anna, ticket, self.person(db, "anna"))
        if name == "requester":
            tickets.change(db, ticket.id, requester_address="")
        if name in {"reopen", "finish", "check", "callback"}:
            moves.solve(anna, ticket, "Mended.")
        other = self._report(db, "again") if name in {"merge", "child", "related"} else None
        if name == "notice":
            linking.mark(anna, ticket)
        if name in {"issue", "works", "return", "asset", "repair", "progress"}:
            hardware.keep_asset(db, None, "PC-1", {"customer_id": ticket.customer_id})
            stock.add(anna, stock.enter(anna, "toner"), 1, "")
        self._prepare_flow(anna, name, ticket)
        if name == "progress":
            repairs.send(anna, ticket, stock.device(anna, "PC-1"), "house", None)
        if name in {"works", "return"}:
            stock.issue(anna, ticket, stock.part(anna, "toner"), 1)
        if name == "child" and other:
            linking.mark(anna, other)
        if name == "approve":
            words = {"author": "Eve", "kind": "held", "text": "held", "created_at": NOW}
            tickets.add_entry(db, ticket_id=ticket.id, **words)
        if name == "ack":
            clock = clocks.of_ticket(db, ticket.id)[-1].id
            rows = [{"clock_id": clock, "rung": "W50", "person_id": one.id} for one in people.staff(db)]
            clocks.raise_alarms(db, [{**row, "due_at": NOW, "decided_at": NOW, "late": False} for row in rows])

    @staticmethod
    def _prepare_flow(anna: Work, name: str, ticket: tickets.Ticket) -> None:
        if name == "split":
            words = {"author": "Wang Li", "kind": "mail", "text": "confidential words", "created_at": NOW}
            tickets.add_entry(anna.db, ticket_id=ticket.id, **words)
        if name == "settle":
            kinds.set_kind(anna, ticket, "complaint")
        if name == "done":
            plans.begin(anna, ticket, anna.house.plans[0])

    @staticmethod
    def person(db: Connection, handle: str) -> people.Person:
        person = people.by_handle(db, handle)
        assert person is not None
        return person

    @staticmethod
    def ticket(db: Connection) -> tickets.Ticket:
        ticket = tickets.by_number(db, 1)
        assert ticket is not None
        return ticket

    def undone(self, work: Callable[[Connection], Any]) -> Any:
        """What the work gives; nothing of what it writes stays."""

        def unit(db: Connection) -> None:
            raise Undo(work(db))

        with pytest.raises(Undo) as undo:
            self.store.write_now(unit)
        return undo.value.result

    # ---- one try ----

    def tries(self, db: Connection, name: str, place: str) -> list[str]:
        """Everybody tries a command at a place in every form. Gives what is not as it shall be."""
        self.prepare(db, name)
        before, wrong = traces(db), []
        for actor, form in product(ACTORS[:-1], FORMS):
            db.exec_driver_sql("SAVEPOINT one_try")
            happened, mistakes = self._try(db, name, (HANDLES[actor], place, form), before)
            db.exec_driver_sql("ROLLBACK TO one_try")
            wanted = expected(name, actor, place, form)
            if happened != wanted:
                mistakes.append(f"{happened}, and not {wanted}")
            wrong += [f"{actor}, {form}: {mistake}" for mistake in mistakes]
        return wrong

    def _try(self, db: Connection, name: str, how: tuple[str, str, str], before: Any) -> tuple[str, list[str]]:
        handle, place, form = how
        chat = self._chat(db, name, handle, (PLACES[place] or handle, form))
        last_row, before = newest(db), traces(db) if form == "stale" else before
        taken = [inbox.keep_chat(db, chat) for _ in range(2 if form == "repeated" else 1)]
        [row] = inbox.claim_said(db, 5)
        outcome = obey(self.work(db), row)
        assert [one for one in taken if one is not None] == [row.id]
        assert inbox.claim_said(db, 5) == []
        said = list(db.execute(select(models.outbox).where(models.outbox.c.id > last_row)))
        answers = [one for one in said if one.event == "command"]
        happened = outcome if outcome == "ignored" else "done"
        if outcome == "refused":
            happened = answers[0].facts["phrase"]
        return happened, [*self._mistakes(db, name, happened, before), *self._leaks(db, said)]

    def _chat(self, db: Connection, name: str, handle: str, how: tuple[str, str]) -> IncomingChat:
        chat, form = how
        line = f"{name} {WORDS[name]}".strip()
        said = IncomingChat("console", uuid4().hex, handle, chat, NOW, f"/{line}")
        if form in {"text", "repeated"}:
            return said
        ticket = self.ticket(db)
        row = {"id": uuid4().hex, "ticket_id": ticket.id, "version": ticket.version, "channel": "console"}
        row |= {"address": "dora" if form == "elsewhere" else chat, "commands": [line], "created_at": NOW}
        if form == "elsewhere" and chat == "dora":
            row["address"] = "acme"
        actions.keep(db, [row])
        if form == "stale":
            tickets.change(db, ticket.id)
        return dataclasses.replace(said, text="", action=f"{uuid4().hex if form == 'forged' else row['id']}:0")

    def _mistakes(self, db: Connection, name: str, happened: str, before: Any) -> Iterator[str]:
        left = [one for one in traces(db)["events"] if one not in before["events"]]
        if happened != "done" or name not in LEAVES:
            if traces(db) != before:
                yield f"{happened}, and yet something changed: {left}"
        elif LEAVES[name] not in [kind for _, kind in left]:
            yield f"done, and its event is not there: {left}"

    def _leaks(self, db: Connection, said: list[Any]) -> Iterator[str]:
        """Personal data in a group, words of one customer's ticket in another's group, details in any group (P17)."""
        for row in said:
            if row.channel != "console" or row.address not in PLACES.values():
                continue
            face = faces(self.work(db), [row])[row.id] if row.kind == "card" else None
            message = self.scribe.write(self.work(db), [row], face).message
            assert isinstance(message, OutgoingChat)
            words = message.text + "".join(one.label for line in message.buttons for one in line)
            if row.kind == "details" or (row.address != "lab" and any(one in words for one in CANARIES)):
                yield f"{row.kind} in {row.address} says {words}"
            if row.address == "rival" and "not_found" not in row.facts.values() and "FD-1" in words:
                yield f"in {row.address} one hears of FD-1: {words}"


def traces(db: Connection) -> dict[str, Any]:
    """Everything that a command may change, and that is not a message."""
    return {name: [tuple(row) for row in fetch(db, statement)] for name, statement in TRACES.items()}


TRACES = {table.name: select(table) for table in (models.ticket, models.clock, models.entry, models.alarm)}
TRACES["events"] = select(models.event.c.id, models.event.c.kind)
NEWEST = select(func.max(models.outbox.c.id))


def newest(db: Connection) -> int:
    return fetch_value(db, NEWEST) or 0


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    store = Store(tables_at(tmp_path_factory.mktemp("matrix") / "desk.db"))
    yield Desk(store)
    store.close()


def test_every_command_has_its_row() -> None:
    names = [one.name for one in REGISTRY.commands]
    assert (sorted(names), COMMANDS) == (sorted(COMMANDS), list(cells(AWAY)))
    assert set(WORDS) == set(names)
    assert set(LEAVES) < set(names)
    assert list(cells(HOME)["help"]) == ACTORS
    assert list(cells(AWAY)["help"]) == ACTORS[:-1]


def everywhere() -> Iterator[Any]:
    """Each command at each place; without `--long` in the ticket's own group, every other one elsewhere as well, in turn."""
    elsewhere = [place for place in PLACES if place != "own group"]
    for number, name in enumerate(COMMANDS):
        soon = {"own group", *(elsewhere[number // 2 % len(elsewhere)] for _ in range(number % 2))}
        yield from (pytest.param(name, one, marks=() if one in soon else pytest.mark.long) for one in PLACES)


@pytest.mark.parametrize(("name", "place"), list(everywhere()))
def test_in_the_chat(desk: Desk, name: str, place: str) -> None:
    wrong = desk.undone(lambda db: desk.tries(db, name, place))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", COMMANDS)
def test_at_the_command_line(desk: Desk, name: str) -> None:
    """Who may use this machine may speak as any of the staff, and as the administrator."""
    for actor in ACTORS:
        nobody = actor in {"stranger", "requester", "retired", "ended"}
        wanted = MEANS["u" if nobody else cells(HOME)[name][actor]]

        def work(db: Connection, actor: str = actor) -> tuple[str, list[str]]:
            desk.prepare(db, name)
            before = traces(db)
            said = (HANDLES.get(actor, ""), f"{name} {WORDS[name]}", "en")
            answer = at_the_command_line(db, desk.house, NOW, said)
            happened = "done" if answer["ok"] else answer["facts"]["phrase"]
            return happened, list(desk._mistakes(db, name, happened, before))

        assert desk.undone(work) == (wanted, []), actor


def test_a_detail_asked_for_in_a_group_goes_to_the_private_chat(desk: Desk) -> None:
    def work(db: Connection) -> list[tuple[str, str]]:
        chat = IncomingChat("console", "d", "ben", "lab", NOW, "/ticket 1")
        inbox.keep_chat(db, chat)
        [row] = inbox.claim_said(db, 5)
        obey(desk.work(db), row)
        told = db.execute(select(models.outbox.c.kind, models.outbox.c.address).order_by(models.outbox.c.id.desc()))
        return [tuple(one) for one in told.fetchmany(1)]

    assert desk.undone(work) == [("details", "ben")]


def test_without_a_word_nobody_has_rights(desk: Desk) -> None:
    """A name, an address or the administrator's own words in a chat are no proof."""

    def work(db: Connection) -> list[str]:
        for number, who in enumerate(("admin", "", "Paul", "paul@desk.example", "PAUL", "console")):
            inbox.keep_chat(db, IncomingChat("console", f"p{number}", who, "acme", NOW, "/assign 1 mo"))
        return [obey(desk.work(db), row) for row in inbox.claim_said(db, 9)]

    assert desk.undone(work) == ["ignored"] * 6


def test_who_authorises_work_may_that_alone_and_in_her_private_chat(desk: Desk) -> None:
    """Of all commands she may use those four, on her own customer's tickets (SP-10.2)."""
    hers = dataclasses.replace(desk.house.customers[0], authorizers=("wang@acme.example",))
    house = dataclasses.replace(desk.house, customers=(hers, *desk.house.customers[1:]))

    def work(db: Connection) -> dict[tuple[str, str], str]:
        said = [(place, name) for place in ("li", "acme", "lab") for name in COMMANDS]
        for place, name in said:
            inbox.keep_chat(db, IncomingChat("console", f"{place}{name}", "li", place, NOW, f"/{name} {WORDS[name]}"))
        rows = inbox.claim_said(db, len(said))
        rows.sort(key=lambda row: row.id)
        return dict(zip(said, [obey(Work(db, house, NOW), row) for row in rows], strict=True))

    outcomes = desk.undone(work)
    may = {(place, name) for (place, name), outcome in outcomes.items() if outcome == "command"}
    assert may == {("li", name) for name in ("help", "whoami", "unlink")}
    assert outcomes["li", "allow"] == "refused"  # nothing on that ticket needs it
    assert {outcome for (place, _), outcome in outcomes.items() if place != "li"} == {"ignored"}


def test_every_kind_of_answer_is_known_as_one() -> None:
    """Else it is beyond the hourly bound of answers by mail, and said twice in a chat where nobody knows whether it arrived."""
    sources = [path.read_text() for path in (Path(__file__).parents[3] / "bot").rglob("*.py")]
    kinds = {kind for source in sources for kind in re.findall(r'Answer\(\s*"([a-z_]+)"', source)}
    assert kinds
    assert kinds - CHATTER == set()
