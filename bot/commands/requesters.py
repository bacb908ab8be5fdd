"""The commands about the people of a ticket: who reported it, and who else takes part."""

from __future__ import annotations

from typing import Any

from bot.commands import notices  # noqa: F401  -- /help lists its command before these
from bot.commands.base import DESK, UNDO, Answer, Call, RefusedError, command, say, ticket_of
from bot.desk import copied, facts, forwarding
from bot.desk.announce import readers_of
from bot.domain.forwarded import plain_address
from storage import participants, tickets
from storage.tickets import Ticket

MOST = 5
"""People who have a button of their own."""
ALL = frozenset({"all", "全部"})


@command(
    "requester 报障人",
    ("<ticket> <address> [name]", "<工单> <邮箱> [姓名]"),
    (
        "Say whose a forwarded mail is: the confirmation goes to that user. Another requester: the desk only",
        "确认转报邮件的报障人：随即给其发确认邮件。更换报障人仅限服务台",
    ),
    example=("17 li@example.com", "17 li@example.com"),
)
def requester(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    number = call.work.house.name_of(ticket.number)
    word, _, name = rest.partition(" ")
    if not word:
        return _whose(call, ticket)
    address = _address(call, word)
    if address == ticket.requester_address:
        return say("requester_already", number=number)
    if ticket.requester_address and not (call.person is None or set(call.person.roles) & DESK):
        raise RefusedError("requester_set", number=number)
    try:
        forwarding.name_requester(call.work, ticket, address, name.strip()[:80])
    except forwarding.ElsewhereError as refusal:
        key = "requester_elsewhere" if refusal.customer else "requester_outside"
        raise RefusedError(key, number=number, customer=refusal.customer) from refusal
    return Answer("phrase", {"phrase": "requester_named", "number": number, "address": address}, private=True)


def _whose(call: Call, ticket: Ticket) -> Answer:
    """Whose it is, or seems to be, with a button that says so."""
    number = call.work.house.name_of(ticket.number)
    first = next(iter(tickets.entries(call.work.db, ticket.id)), None)
    name, address = facts.guessed(call.work, ticket, first)
    if not (address or ticket.requester_address):
        raise RefusedError("requester_unknown", number=number)
    known = ticket.requester_name or name, ticket.requester_address or address
    told = {"phrase": "requester_is", "number": number, "name": known[0], "address": known[1], "guess": bool(address)}
    choices = ((address, f"requester {ticket.number} {address}"),) if address else ()
    return Answer("phrase", told, private=True, choices=choices, ticket=ticket)


def _address(call: Call, word: str) -> str:
    """The address that a word is. Raises RefusedError for what is none, and for our own."""
    address = plain_address(word)
    if not address:
        raise RefusedError("no_such_address", word=word[:80])
    if address in call.work.house.own_addresses:
        raise RefusedError("address_ours", address=address)
    return address


@command(
    "cc 抄送",
    ("<ticket> [all, or address, or undo address]", "<工单> [全部，或 邮箱，或 撤销 邮箱]"),
    (
        "Who was in copy of the fault mail, and who of them takes part: hears what the user hears, and may answer",
        "报障邮件抄送了谁；让其参与：收到与报障人相同的邮件，也可回复补充",
    ),
    may=DESK,
    example=("17 all", "17 全部"),
)
def cc(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    number = call.work.house.name_of(ticket.number)
    word, _, other = rest.partition(" ")
    if not word:
        return _who(call, ticket)
    if word.casefold() in UNDO:
        gone = copied.dismiss(call.work, ticket, _address(call, other))
        return say("cc_gone" if gone else "cc_none", number=number)
    if word.casefold() in ALL:
        waiting = participants.proposed(call.work.db, ticket.id)
        wanted = [one.address for one in copied.of_the_customer(call.work, ticket, waiting)]
    else:
        wanted = [_address(call, word)]
    count = len(copied.admit(call.work, ticket, wanted))
    return say("cc_joined", number=number, count=count) if count else say("cc_none", number=number)


def _who(call: Call, ticket: Ticket) -> Answer:
    """Who takes part and who was in copy, with buttons that let the latter take part: for private eyes."""
    number = call.work.house.name_of(ticket.number)
    _, *there = readers_of(call.work, ticket)
    waiting = participants.proposed(call.work.db, ticket.id)
    mine = copied.of_the_customer(call.work, ticket, waiting)
    choices = [(one.name or one.address, f"cc {ticket.number} {one.address}") for one in waiting[:MOST]]
    if len(mine) > 1:
        choices.insert(0, (f"✚ {len(mine)}", f"cc {ticket.number} all"))
    shown = {"there": [one.shown for one in there], "waiting": [one.shown for one in waiting]}
    told: dict[str, Any] = {"phrase": "cc_who", "number": number, **shown}
    told["outside"] = len(waiting) - len(mine)
    return Answer("phrase", told, private=True, choices=tuple(choices), ticket=ticket)
