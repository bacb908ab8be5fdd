"""The project manager's commands about a fault that lapses: a new promised time, and whom to call."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.commands.base import MANAGER, Answer, Call, RefusedError, command, only_ticket_of, say, text_of, ticket_of
from bot.commands.deadlines import FARTHEST, instant
from bot.desk import extensions
from bot.desk.escalations import call_list
from storage.tickets import Ticket

_AT = re.compile(r"((?:\d{4}-\d\d?-\d\d?[ T]+)?\d{1,2}:\d\d)(?!\d)[\s,，:：]*(.*)", re.DOTALL)
_WIDE = str.maketrans("０１２３４５６７８９：－　", "0123456789:- ")


@command(
    "extend 延期 顺延",
    ("<ticket> <new time> <why>", "<工单> <新的时间> <原因>"),
    (
        "Promise a new time beside the verdict: no clock moves, the user is mailed time and reason",
        "承诺新的解决时间：时限与是否超时不变，时间和原因会发邮件告知报障人",
    ),
    may=MANAGER,
    words=True,
    example=("17 2026-12-01 15:00 The part comes on Tuesday", "17 2026-12-01 15:00 配件周二到货"),
)
def extend(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    number = call.work.house.name_of(ticket.number)
    if not rest:
        return Answer("phrase", {"phrase": "extend_how", "number": number}, ticket=ticket)
    found = _AT.fullmatch(rest.translate(_WIDE).strip())
    if found is None:
        raise RefusedError("extend_when", text=rest[:40])
    until, why = _until(call, found[1]), text_of(rest.translate(_WIDE).strip()[found.start(2) :])
    extensions.extend(call.work, ticket, until, why)
    told = bool(ticket.requester_address)
    return say("extended", number=number, until=until.isoformat(), told=told, zone=call.work.house.zone)


def _until(call: Call, words: str) -> datetime:
    now = call.work.now.astimezone(ZoneInfo(call.work.house.zone))
    *date, time = words.replace("T", " ").split()
    day = "-".join(part.zfill(2) for part in date[0].split("-")) if date else ""
    try:
        until = instant(f"{day} {time.zfill(5)}".strip(), now)
    except ValueError as error:
        raise RefusedError("extend_when", text=words[:40]) from error
    if not now < until <= now + FARTHEST:
        raise RefusedError("extend_when", text=words[:40])
    return until


@command(
    "calls 电话 联系人",
    ("<ticket>", "<工单>"),
    (
        "Whom to call about a ticket: user, engineer, others on duty; always to your private chat",
        "工单相关电话：报障人、工程师、值班人员；只发到您的私聊",
    ),
)
def calls(call: Call) -> Answer:
    ticket, _ = only_ticket_of(call)
    return Answer("calls", _called(call, ticket), private=True, ticket=ticket)


def _called(call: Call, ticket: Ticket) -> dict[str, object]:
    return {"number": call.work.house.name_of(ticket.number), "people": call_list(call.work, ticket)}
