"""The commands about hardware: spare parts, loan devices, and what is known of a device (SP-5.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from bot.commands import told  # noqa: F401  -- /help lists its command before these
from bot.commands.base import DESK, Answer, Call, RefusedError, command, say, text_of, ticket_of
from bot.desk import loans
from bot.desk import repair_facts as repairs
from bot.desk import stock as desk
from bot.desk.facts import open_clocks
from bot.domain import spans
from bot.domain.ticket import OPEN
from storage import hardware
from storage.tickets import Ticket

NEW, ADD, COUNT = {"new", "新增", "登记"}, {"add", "入库"}, {"count", "盘点"}
NAMES = {"name": "name", "名称": "name", "place": "place", "位置": "place", "min": "minimum", "最低": "minimum"}
CODE = re.compile(r"[\w.+/-]{1,40}")
WITH_NAME = re.compile(r"(?:^|\s)(\w+)\s*=\s*")
UNTIL = re.compile(r"(?:until|至|到)?\s*(\d{4}-\d\d?-\d\d?)$", re.IGNORECASE)
FOR_GOOD = re.compile(r"for good|更换|换新|不还", re.IGNORECASE)
"""Behind a device: its user keeps it."""
NOT = re.compile(r"(?:not|no|不行|不能|又坏了)(?:[\s:：,，]+|$)", re.IGNORECASE)
"""How the words of /works begin when she cannot work any more."""
MOST_ONCE = 9_999


def refusing(effect: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
    """Lets the desk's refusal be said as any other."""

    def tried(call: Call) -> Answer:
        try:
            return effect(call)
        except desk.StockError as error:
            zone, now = call.work.house.zone, call.work.now.isoformat()
            raise RefusedError(error.key, **{"zone": zone, "now": now, **error.facts}) from error

    return tried


@command(
    "stock 库存",
    (
        "[words, or new <code> name=… place=… min=…, or add/count <code> <number> [why]]",
        "[关键字，或 登记 <编码> 名称=… 位置=… 最低=…，或 入库/盘点 <编码> <数量> [说明]]",
    ),
    (
        "Spare parts and loan devices: what is there, what runs short, what is lent or in repair",
        "备件与备机：库存、低于最低库存的、借出的、送修中的",
    ),
    example=("add toner-85a 10 delivery of Monday", "入库 toner-85a 10 周一到货"),
)
@refusing
def stock(call: Call) -> Answer:
    first, _, rest = spans.plain(call.words).partition(" ")
    what = next((one for one in (NEW, ADD, COUNT) if first.casefold() in one), None)
    if what is None:
        wanted = spans.plain(call.words)
        shelf = {**desk.shelf(call.work, wanted), "repairs": repairs.under_way(call.work, wanted)}
        facts = {**shelf, "zone": call.work.house.zone, "now": call.work.now.isoformat()}
        return Answer("stock", facts, private=bool(shelf["moved"]))  # why is in somebody's own words
    if call.person is not None and DESK.isdisjoint(call.person.roles):
        raise RefusedError("refused", command="stock")
    if what is NEW:
        return _entered(call, rest)
    code, amount, why = _amount(rest, least=0 if what is COUNT else 1)
    part = desk.part(call.work, code)
    if what is ADD:
        return say("stock_added", code=part.code, amount=amount, left=desk.add(call.work, part, amount, why))
    return say("stock_counted", code=part.code, left=amount, difference=desk.count(call.work, part, amount, why))


def _entered(call: Call, words: str) -> Answer:
    code, known = _known(words)
    part = desk.enter(call.work, code, **known)
    return say("stock_entered", code=part.code, name=part.name, minimum=part.minimum, left=part.quantity)


def _known(words: str) -> tuple[str, dict[str, Any]]:
    pieces = WITH_NAME.split(words)
    known: dict[str, Any] = {}
    for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
        if name.casefold() not in NAMES:
            raise RefusedError("usage")
        known[NAMES[name.casefold()]] = value.strip()[:100]
    if not CODE.fullmatch(pieces[0].strip()):
        raise RefusedError("usage")
    if "minimum" in known:
        known["minimum"] = _number(known["minimum"], 0)
    return pieces[0].strip(), known


def _amount(words: str, *, least: int = 1) -> tuple[str, int, str]:
    """A code, how many, and why."""
    pieces = words.split(None, 2)
    if len(pieces) < 2:  # noqa: PLR2004
        raise RefusedError("usage")
    return pieces[0], _number(pieces[1], least), pieces[2] if len(pieces) > 2 else ""  # noqa: PLR2004


def _number(text: str, least: int) -> int:
    if not text.isdecimal() or not least <= int(text[:6]) <= MOST_ONCE:
        raise RefusedError("stock_number", text=text[:20], least=least, most=MOST_ONCE)
    return int(text)


@command(
    "issue 领用 借出",
    (
        "<ticket> <part> [number], or <loan device> [until <date>, or for good]",
        "<工单> <备件> [数量]，或 <备机> [至 <日期>，或 更换]",
    ),
    (
        "Take a spare part for a ticket, lend its requester a device, or replace hers for good",
        "为工单领用备件，借出备机，或更换设备",
    ),
    own=True,
    example=("17 toner-85a 2", "17 LP-03 至 2026-12-18"),
)
@refusing
def issue(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    thing, _, more = spans.plain(text_of(rest)).partition(" ")
    number = call.work.house.name_of(ticket.number)
    if hardware.asset_by_tag(call.work.db, thing):
        device = desk.device(call.work, thing)
        if FOR_GOOD.fullmatch(more.strip()):
            loans.give(call.work, ticket, device)
            return _offering(ticket, say("given", number=number, tag=device.tag))
        due = loans.lend(call.work, ticket, device, _until(call, more))
        when = {"due": due.isoformat(), "zone": call.work.house.zone, "now": call.work.now.isoformat()}
        return _offering(
            ticket, say("lent", number=number, tag=device.tag, mailed=bool(ticket.requester_address), **when)
        )
    part = desk.part(call.work, thing)
    amount = _number(more.strip() or "1", 1)
    left = desk.issue(call.work, ticket, part, amount)
    return _offering(
        ticket, say("issued", number=number, code=part.code, amount=amount, left=left, low=left < part.minimum)
    )


def _offering(ticket: Ticket, answer: Answer) -> Answer:
    """With what comes next as buttons: that she can work with it, and the requisition."""
    works = (("button.works", f"works {ticket.number}"),) if ticket.state in OPEN else ()
    return replace(answer, choices=(*works, ("button.issue_sheet", f"sheet {ticket.number} issue")), ticket=ticket)


def _until(call: Call, words: str) -> datetime | None:
    """The end of the office's day that words name; None where they name none."""
    if not words.strip():
        return None
    found = UNTIL.fullmatch(words.strip())
    if found is None:
        raise RefusedError("loan_when", text=words[:40])
    try:
        year, month, day = map(int, found[1].split("-"))
        asked = date(year, month, day)
    except ValueError as error:
        raise RefusedError("loan_when", text=words[:40]) from error
    office = call.work.house.office
    return office.closing(asked if office.is_working_date(asked) else office.working_date(asked, 1))


@command(
    "return 归还 还",
    ("<loan device>, or <ticket> <part> [number]", "<备机>，或 <工单> <备件> [数量]"),
    ("A loan device is back, or parts that were not needed", "备机已归还，或退回未用的备件"),
    example=("LP-03", "LP-03"),
)
@refusing
def give_back(call: Call) -> Answer:
    words = spans.plain(text_of(call.words))
    if hardware.asset_by_tag(call.work.db, words):
        loan = loans.take_back(call.work, desk.device(call.work, words))
        return say("loan_ended", tag=loan.tag, number=call.work.house.name_of(loan.number))
    ticket, rest = ticket_of(call)
    thing, _, more = spans.plain(text_of(rest)).partition(" ")
    part, amount = desk.part(call.work, thing), _number(more.strip() or "1", 1)
    left = desk.give_back(call.work, ticket, part, amount)
    return say(
        "issue_returned", number=call.work.house.name_of(ticket.number), code=part.code, amount=amount, left=left
    )


@command(
    "works 能用 恢复",
    ("<ticket> [words], or <ticket> not [why]", "<工单> [说明]，或 <工单> 不行 [原因]"),
    (
        "With the spare or loan device the user can work: the solution's deadline is met; the repair goes on",
        "用户已用备件或备机恢复工作：解决时限达成，维修继续",
    ),
    own=True,
    undo=True,
    example=("17 She works with LP-03.", "17 已用 LP-03 办公"),
)
@refusing
def works(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    if found := NOT.match(rest):
        ticket = loans.stuck(call.work, ticket, rest[found.end() :].strip())
        return say("works_no_more", number=call.work.house.name_of(ticket.number), **_due(call, ticket, "resolve"))
    ticket = loans.at_work(call.work, ticket, rest)
    return say("works", number=call.work.house.name_of(ticket.number), **_due(call, ticket, "response"))


def _due(call: Call, ticket: Ticket, target: str) -> dict[str, Any]:
    due = next((one["due"] for one in open_clocks(call.work, ticket) if one["target"] == target), None)
    return {"due": due, "zone": call.work.house.zone, "now": call.work.now.isoformat()}


@command(
    "asset 资产 设备",
    ("<tag>", "<资产标签>"),
    ("What is known of a device, and what became of it", "设备档案与经历"),
    example=("PC-0117", "PC-0117"),
)
@refusing
def asset(call: Call) -> Answer:
    device = desk.device(call.work, spans.plain(text_of(call.words)))
    if call.group and call.group.customer_id != device.customer_id:
        raise desk.StockError("asset_unknown", tag=device.tag)
    facts = {**desk.record_of(call.work, device), "case": repairs.of_device(call.work, device)}
    return Answer("asset", {**facts, "zone": call.work.house.zone, "now": call.work.now.isoformat()}, private=True)
