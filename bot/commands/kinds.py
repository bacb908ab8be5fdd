"""The commands about what a ticket is: saying it anew, settling a complaint, the list of suggestions."""

from __future__ import annotations

from bot.commands.base import DESK, Answer, Call, RefusedError, command, say, text_of, ticket_of
from bot.commands.lists import listing
from bot.desk import kinds
from bot.domain.plain_words import COMPLAINT, FAULT, QUESTION, REQUEST, SUGGESTION
from storage import tickets
from storage.tickets import Ticket

KINDS = {
    FAULT: {"fault", "故障", "报障"},
    QUESTION: {"question", "咨询", "问题"},
    REQUEST: {"request", "special", "申请", "特殊请求"},
    SUGGESTION: {"suggestion", "建议"},
    COMPLAINT: {"complaint", "投诉"},
}
"""Each kind by the words that name it."""
APART = frozenset({"security", "安全", "安全事故"})
"""What is no kind to be said in a group: an incident has a command of its own (SP-10.4)."""


def _n(call: Call, ticket: Ticket) -> str:
    return call.work.house.name_of(ticket.number)


@command(
    "kind 类别 类型",
    ("<ticket> [fault, question, request, suggestion or complaint]", "<工单> [故障、咨询、申请、建议或投诉]"),
    (
        "What it is, if it was taken for something else: a request is approved first, a suggestion has no solution",
        "更正工单类别：申请须先获批准，建议没有解决时限",
    ),
    may=DESK,
    undo=True,
    example=("17 question", "17 咨询"),
)
def kind(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    if rest.strip().casefold().split(" ")[0] in APART:
        raise RefusedError("kind_security", number=_n(call, ticket))
    wanted = next((name for name, words in KINDS.items() if rest.strip().casefold() in words), "")
    if not wanted:
        choices = tuple((f"kind.{one}", f"kind {ticket.number} {one}") for one in KINDS if one != ticket.kind)
        facts = {"phrase": "kind_which", "number": _n(call, ticket), "matter": ticket.kind}
        return Answer("phrase", facts, choices=choices, ticket=ticket)
    try:
        ticket = kinds.set_kind(call.work, ticket, wanted)
    except kinds.KindError as error:
        raise RefusedError(f"kind_{error.reason}", number=_n(call, ticket), matter=wanted) from error
    return say("kind_set", number=_n(call, ticket), matter=wanted)


@command(
    "settle 处理投诉 了结",
    ("<ticket> <cause and what was done>", "<工单> <原因和处理结果>"),
    (
        "Settle a complaint: who complained is mailed what caused it and what was done, the manager knows",
        "了结投诉：把原因和处理结果发邮件告知投诉人，并告知项目经理",
    ),
    may=DESK,
    words=True,
    example=("17 Nobody was sent; a second engineer is on duty now", "17 漏派，已加派一名值班工程师"),
)
def settle(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    text = text_of(rest)
    try:
        ends = kinds.settle_complaint(call.work, ticket, text)
    except kinds.KindError as error:
        raise RefusedError(f"kind_{error.reason}", number=_n(call, ticket), matter=ticket.kind) from error
    return say("complaint_settled", number=_n(call, ticket), ends=ends, untold=not ticket.requester_address)


@command(
    "suggestions 建议 建议清单",
    ("", ""),
    ("What users suggest and nobody has answered for good: the improvement list", "尚未办结的用户建议：改进清单"),
    may=DESK,
)
def suggestions(call: Call) -> Answer:
    customer = call.group.customer_id if call.group else None
    found = [one for one in tickets.find(call.work.db, customer_id=customer) if one.kind == SUGGESTION]
    return listing(call, "suggestions", found)
