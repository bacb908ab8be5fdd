"""The commands about repairs: where a broken device is, how far, and the written progress on it (SP-5.2 to SP-5.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.commands.base import UNDO, Answer, Call, RefusedError, command, say, text_of, ticket_of
from bot.commands.stock import refusing
from bot.desk import prices, stock, vendors
from bot.desk import repairs as desk
from bot.desk.repair_facts import PROGRESS, case_of, running, told, transport, warranty_over
from bot.domain import repair as rules
from bot.domain import spans
from storage import hardware
from storage.tickets import Ticket

WHERE: Mapping[str, str] = {
    **{kind: kind for kind in rules.KINDS},
    "自修": rules.HOUSE, "内部": rules.HOUSE, "原厂": rules.MAKER, "厂家": rules.MAKER, "厂商": rules.MAKER,
    "第三方": rules.SHOP, "维修店": rules.SHOP, "维修商": rules.SHOP,
}  # fmt: skip
ASK = frozenset({"ask", "询问", "催", "催修"})
CARRY = frozenset({"transport", "运输", "取送"})
DRAFT = frozenset({"draft", "草稿", "发送"})
"""Words of /progress that send what is drafted from the case."""
PRESSED = re.compile(r"q([0-9]+)(?:\s+|$)")
"""What a button says of the quote below which it stood."""
STEPS: Mapping[str, str] = {
    **{step: step for step in rules.MOVES if step != rules.UNDONE},
    "诊断": rules.DIAGNOSED, "已诊断": rules.DIAGNOSED, "报价": rules.QUOTED, "已报价": rules.QUOTED,
    "同意": rules.APPROVED, "批准": rules.APPROVED, "拒绝": rules.REFUSED, "不同意": rules.REFUSED,
    "修好": rules.REPAIRED, "已修好": rules.REPAIRED,
    "无法修复": rules.IRREPARABLE, "修不好": rules.IRREPARABLE, "返还": rules.RETURNED, "送回": rules.RETURNED,
}  # fmt: skip


@command(
    "repair 送修 维修",
    (
        "<ticket> [<device> maker, shop or house [vendor]], or <step> or transport <words>, or ask [words], or undo",
        "<工单> [<设备> 原厂、第三方或自修 [厂商]]，或 <进度> 或 运输 <说明>，或 催修 [内容]，或 撤销",
    ),
    (
        "Send a device to be repaired, and say how far it is: diagnosed, quoted, approved, refused, repaired, returned",
        "送修设备并登记进度：诊断、报价、同意、拒绝、修好、无法修复、送回",
    ),
    own=True,
    words=True,
    example=("17 PC-0117 maker dell", "17 PC-0117 原厂 dell"),
)
@refusing
def repair(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    first, _, more = rest.partition(" ")
    word = spans.plain(first).casefold()
    if not word:
        return _how_it_stands(call, ticket)
    if word in UNDO:
        return say("repair_undone", number=_n(call, ticket), tag=desk.undo(call.work, ticket).tag)
    if word in ASK:
        vendor = vendors.ask(call.work, ticket, case_of(call.work, ticket), text_of(more) if more else "")
        return say("vendor_asked", number=_n(call, ticket), vendor=vendor.name)
    if word in CARRY:
        return say("repair_transport", number=_n(call, ticket), tag=desk.arrange(call.work, ticket, text_of(more)).tag)
    if word in STEPS and not hardware.asset_by_tag(call.work.db, word):
        return _stepped(call, ticket, STEPS[word], more)
    return _sent(call, ticket, spans.plain(first), more)


def _n(call: Call, ticket: Ticket) -> str:
    return call.work.house.name_of(ticket.number)


def _times(call: Call) -> dict[str, Any]:
    return {"zone": call.work.house.zone, "now": call.work.now.isoformat()}


def _how_it_stands(call: Call, ticket: Ticket) -> Answer:
    """In private where it holds words of somebody's."""
    case = case_of(call.work, ticket)
    words, price = transport(call.work, case), prices.quote(call.work, case)["text"]
    answer = say("repair_case", **told(call.work, case), transport=words, price=price, **_times(call))
    return replace(answer, private=bool(words or price))


def _sent(call: Call, ticket: Ticket, tag: str, words: str) -> Answer:
    where, _, key = spans.plain(words).partition(" ")
    device = stock.device(call.work, tag)
    if where.casefold() not in WHERE:
        raise RefusedError("usage")
    kind = WHERE[where.casefold()]
    vendor = desk.vendor_of(call.work, kind, key.strip())
    clocks = desk.send(call.work, ticket, device, kind, vendor)
    known = {"vendor": vendor.name if vendor else "", "unknown": kind == rules.MAKER and not (vendor and vendor.days)}
    known["expired"] = warranty_over(call.work, device) if kind == rules.MAKER else ""
    facts = {"phrase": "repair_sent", "number": _n(call, ticket), "tag": device.tag, "at": kind, "clocks": clocks}
    paper = (("button.repair_sheet", f"sheet {ticket.number} repair"),)
    return Answer("phrase", {**facts, **known, **_times(call)}, choices=paper, ticket=ticket)


def _stepped(call: Call, ticket: Ticket, step: str, words: str) -> Answer:
    seen = PRESSED.match(words)
    if step in rules.DECISIONS:
        _must_decide(call, ticket, seen)
    words = words[seen.end() :] if seen else words
    case = desk.step(call.work, ticket, step, words.strip() if step == rules.APPROVED else text_of(words))
    facts = {"number": _n(call, ticket), "tag": case.tag, "case": case.state}
    if step != rules.RETURNED:
        told_too = {"roles": list(call.work.house.quote_roles), "mailed": bool(vendors.of_case(call.work, case))}
        return say("repair_step", **facts, **told_too)
    loans = [one.tag for one in hardware.open_loans(call.work.db, ticket_id=ticket.id)]
    replaced = stock.device(call.work, case.tag).state == "retired"
    return say("repair_returned", **facts, loans=loans, replaced=replaced)


def _must_decide(call: Call, ticket: Ticket, seen: re.Match[str] | None) -> None:
    """Money is spent by who may spend it, and on the quote that she saw. Raises RefusedError, or StockError."""
    case = case_of(call.work, ticket)
    if not prices.may_decide(call.work, call.person):
        raise RefusedError("quote_not_yours", number=_n(call, ticket), roles=list(call.work.house.quote_roles))
    if seen:
        prices.must_be_newest(call.work, case, seen[1])


@command(
    "progress 进展",
    ("<ticket> <words>, or <ticket> draft", "<工单> <内容>，或 <工单> 草稿"),
    (
        "Progress of a repair, in your words or the draft: a mail to the requester and one to the IT department",
        "维修进展，自己写或用草稿：邮件告知报障人和客户信息部门",
    ),
    own=True,
    words=True,
    example=("17 The maker waits for a main board.", "17 原厂正在等主板到货。"),
)
@refusing
def progress(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    words = "" if spans.plain(rest).casefold() in DRAFT else text_of(rest)
    to = desk.progress(call.work, ticket, words)
    nexts = [one["due"] for one in running(call.work, ticket) if one["target"] == PROGRESS]
    due = nexts[0] if nexts else None
    return say("progress_sent", number=_n(call, ticket), **to, due=due, **_times(call))
