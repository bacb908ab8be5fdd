"""How work is authorised: by the customer's administrator herself, or as the desk records it (SP-10.2)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.commands.base import (
    AUTHORIZERS,
    DESK,
    Answer,
    Call,
    RefusedError,
    command,
    number_and_rest,
    say,
    text_of,
    ticket_of,
)
from bot.desk import authorizations as desk
from bot.domain import spans
from bot.domain.authorization import Grant, grant_of

LIST = {"", "list", "列表"}
ALL = {"all", "全部", "*"}
_END = re.compile(r"(?:end|cancel|取消|终止)\s*#?(\d{1,18})", re.IGNORECASE)
_UNTIL = re.compile(r"(?:until|till|至|到)\s*(.*)", re.IGNORECASE | re.DOTALL)


@command(
    "authorize authorise 授权",
    (
        "[<ticket> <who, how>, or <customer> <item|all> until <date> <who, how>, or end <number>]",
        "[<工单> <谁、怎样授权>，或 <客户> <项目|全部> 至 <日期> <谁、怎样授权>，或 取消 <编号>]",
    ),
    (
        "Record who of the customer has authorised the work, and how; without words: what is in force",
        "记录客户方谁以何种方式授权；不写内容则列出长期授权",
    ),
    may=DESK,
    words=True,
    example=("17 Ms Li, by telephone", "17 李主任，电话"),
)
def authorize_(call: Call) -> Answer:
    words = call.words.strip()
    if words.casefold() in LIST:
        return Answer("authorizations", {"rows": desk.listed(call.work), **_common(call)}, private=True)
    if found := _END.fullmatch(spans.plain(words)):
        if not desk.end(call.work, int(found[1])):
            raise RefusedError("authorization_none", number=found[1])
        return say("authorization_ended", number=found[1])
    if number_and_rest(words):
        ticket, rest = ticket_of(call)
        number = call.work.house.name_of(ticket.number)
        if not desk.lacking(call.work, [ticket]):
            raise RefusedError("authorization_unneeded", number=number)
        desk.give(call.work, ticket, text_of(rest), "command")
        return say("authorized", number=number)
    return _standing(call, words)


@command(
    "allow 准许",
    ("<ticket> [until <date>, or no]", "<工单> [至 <日期>，或 拒绝]"),
    (
        "Authorise the work; `until`: all further work of this kind, too; `no`: it may not begin",
        "授权处理；“至”：同类工作一并授权；“拒绝”：不可处理",
    ),
    may=AUTHORIZERS,
)
def allow(call: Call) -> Answer:
    given = (call.speaker().name, "chat")
    ticket, words = ticket_of(call)
    grant = grant_of(words) or grant_of(f"approved {words}") if words else Grant(allowed=True)
    today = call.work.now.astimezone(ZoneInfo(call.work.house.zone)).date()
    if grant is None or (grant.until and grant.until < today):
        raise RefusedError("allow_how", text=words[:40])
    number = call.work.house.name_of(ticket.number)
    if not desk.lacking(call.work, [ticket]):
        raise RefusedError("authorization_unneeded", number=number)
    desk.take_answer(call.work, ticket, grant, given)
    return say("allowed", number=number, allowed=grant.allowed, until=grant.until.isoformat() if grant.until else "")


def _standing(call: Call, words: str) -> Answer:
    customers = {one.key: one for one in call.work.house.customers}
    key, _, rest = words.partition(" ")
    customer = customers.get(key.casefold())
    if customer is None or (call.group and call.group.customer_id != customer.id):
        raise RefusedError("no_such_customer", names=sorted(customers) if not call.group else [])
    item, _, rest = rest.strip().partition(" ")
    items = [*call.work.house.rules.item_levels]
    if item.casefold() not in {*ALL, *items}:
        raise RefusedError("no_such_item", word=item[:40], names=items)
    until, who = _until(call, rest.strip())
    given = (text_of(who), "command")
    scope = "" if item.casefold() in ALL else item.casefold()
    number = desk.give_standing(call.work, customer.id, scope, until, given)
    return Answer("phrase", {"phrase": "authorized_standing", "number": str(number), "until": until.isoformat(),
                             **_common(call)})  # fmt: skip


def _until(call: Call, words: str) -> tuple[datetime, str]:
    """The end of the date that words begin with, and the rest. Raises RefusedError."""
    found = _UNTIL.match(words)
    try:
        day, _, rest = spans.read_dates(found[1] if found else "")
    except ValueError as error:
        raise RefusedError("authorize_when", text=words[:40]) from error
    until = spans.whole(day, day, ZoneInfo(call.work.house.zone))[1]
    if until <= call.work.now:
        raise RefusedError("authorize_when", text=words[:40])
    return until, rest


def _common(call: Call) -> dict[str, Any]:
    return {"zone": call.work.house.zone, "now": call.work.now.isoformat()}
