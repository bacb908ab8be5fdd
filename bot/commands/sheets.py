"""The commands of the service sheet: filling it in by a word or two, showing it, and the desk's check of it."""

from __future__ import annotations

import re
from typing import Any

from bot.commands import hotline  # noqa: F401  -- /help lists its commands before these
from bot.commands.base import (
    DESK,
    Answer,
    Call,
    RefusedError,
    command,
    only_ticket_of,
    say,
    text_of,
    ticket_of,
)
from bot.commands.lacking import lacking, still
from bot.commands.stock import refusing
from bot.desk import sheets as desk
from bot.desk.desk_work import waiting
from bot.desk.moves import note
from bot.desk.papers import paper_facts
from bot.desk.sheet_facts import SHOWN, sheet_of
from bot.domain import sheet as rules
from bot.domain import spans
from bot.domain.papers import PAPERS, SERVICE
from storage import attached
from storage.tickets import Ticket

ACCEPTED = re.compile(r"(?:ok|yes|accept|通过|合格)\s*", re.IGNORECASE)
NONE = re.compile(r"(?:none|no|无|不要)", re.IGNORECASE)
RETURNED = re.compile(r"(?:return|reject|退回)(?:[\s:：,，]+|$)", re.IGNORECASE)


def _n(call: Call, ticket: Ticket) -> str:
    return call.work.house.name_of(ticket.number)


def _filled(call: Call, ticket: Ticket, field: str, value: str = "", **more: Any) -> None:
    try:
        desk.fill(call.work, ticket, field, value, **more)
    except desk.SheetError as error:
        raise RefusedError(error.key, number=_n(call, ticket)) from error


@command(
    "cause 原因",
    ("<ticket> [kind] [words]", "<工单> [类别] [说明]"),
    (
        "The cause of the fault, for the service sheet; without a kind, choose from buttons",
        "故障原因，记入服务单；不写类别则用按钮选择",
    ),
    own=True,
    words=True,
    example=("17 hardware pickup roller worn", "17 硬件 搓纸轮磨损"),
)
def cause(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    kind, words = rules.cause_of(rest)
    if not kind and rest:
        raise RefusedError("no_such_cause", word=rest.split()[0][:40], kinds=list(rules.CAUSES))
    if not kind:
        names = tuple((f"cause.{name}", f"cause {ticket.number} {name}") for name in rules.CAUSES)
        return Answer("phrase", {"phrase": "cause_which", "number": _n(call, ticket)}, choices=names, ticket=ticket)
    _filled(call, ticket, "cause", kind, words=text_of(words) if words else "")
    return lacking(call, ticket, "cause_noted", cause=kind)


@command(
    "mode 方式",
    ("<ticket> [hotline, remote or onsite] [vehicle]", "<工单> [电话、远程或现场] [用车]"),
    (
        "How it was worked on, and whether with a vehicle, for the service sheet",
        "服务方式及是否用车，记入服务单",
    ),
    own=True,
    example=("17 onsite vehicle", "17 现场 用车"),
)
def mode(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    if not rest:
        names = tuple((f"mode.{name}", f"mode {ticket.number} {name}") for name in rules.MODES)
        return Answer("phrase", {"phrase": "mode_which", "number": _n(call, ticket)}, choices=names, ticket=ticket)
    named = rules.mode_of(rest)
    if named is None:
        raise RefusedError("no_such_mode", word=rest[:40])
    _filled(call, ticket, "mode", named[0], vehicle=named[1])
    return lacking(call, ticket, "mode_noted", mode=named[0], vehicle=named[1])


@command(
    "used 用料",
    ("<ticket> <what was used>", "<工单> <所用备件>"),
    ("Spare parts and consumables that were used, for the service sheet", "所用备件和耗材，记入服务单"),
    own=True,
    words=True,
    example=("17 1 pickup roller", "17 搓纸轮 1 个"),
)
def used(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    _filled(call, ticket, "parts", words=text_of(rest))
    return lacking(call, ticket, "parts_noted")


@command(
    "picture 照片 图片",
    ("<ticket> [words, or none]", "<工单> [说明，或 无]"),
    (
        "Put pictures on the service sheet that the user gets: below a picture, or alone for all of the ticket",
        "把图片印在发给报障人的服务单上：写在图片下方；单独发则为工单的全部图片；写“无”则都不印",
    ),
    own=True,
    undo=True,
    example=("17 the worn roller", "17 磨损的搓纸轮"),
)
def picture(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    found = attached.sent_to(call.work.db, ticket.id, SHOWN)
    before = sheet_of(call.work, ticket).pictures
    file = call.chat.file if call.chat else None
    if file and file.media_type not in SHOWN:
        raise RefusedError("picture_kind", number=_n(call, ticket))
    entries = [] if NONE.fullmatch(rest) else [one.entry_id for one in found]
    count = len(entries)
    if file:
        count = sum(one.entry_id in before for one in found) + 1
        entries = [*before, note(call.work, ticket, rest)]
    try:
        desk.show(call.work, ticket, entries)
    except desk.SheetError as error:
        raise RefusedError(error.key, number=_n(call, ticket)) from error
    return say("pictures_noted", number=_n(call, ticket), count=count)


@command(
    "finish 交单",
    ("<ticket> [what was done]", "<工单> [处理结果]"),
    (
        "Hand the service sheet in again after it was returned, with better words if you like",
        "服务单退回补充后重新提交，可改写处理结果",
    ),
    own=True,
    words=True,
)
def finish(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    try:
        desk.finish(call.work, ticket, text_of(rest) if rest else "")
    except desk.SheetError as error:
        raise RefusedError(error.key, number=_n(call, ticket)) from error
    return say("finished", number=_n(call, ticket), missing=still(call, ticket))


@command(
    "sheet 服务单 单据",
    ("<ticket> [repair or issue]", "<工单> [送修 或 领用]"),
    (
        "The service sheet, the send-out sheet or the requisition as a printable file; always to your private chat",
        "可打印的服务单、设备送修单或备件领用单；只发到您的私聊",
    ),
    example=("17", "17"),
)
@refusing
def sheet(call: Call) -> Answer:
    ticket, rest = only_ticket_of(call)
    word = spans.plain(rest).casefold() or SERVICE
    if word not in PAPERS:
        raise RefusedError("no_such_paper", word=rest[:40], number=_n(call, ticket))
    facts = paper_facts(call.work, ticket, PAPERS[word])
    told = {"number": facts["number"], "zone": facts["zone"], "sheet": facts, "document": None, "unprinted": ""}
    kind = "sheet" if PAPERS[word] == SERVICE else "paper"
    return Answer(kind, told, private=True, ticket=ticket, printed=True)


@command(
    "check 审核 review",
    ("[<ticket> [ok, or return <why>]]", "[<工单> [通过，或 退回 <原因>]]"),
    (
        "Accept a service sheet, or give it back with a word; without a ticket, all that wait, and what they lack",
        "审核服务单：通过，或写明原因退回；不写工单则列出待审核的及缺项",
    ),
    may=DESK,
    words=True,
    example=("17 ok", "17 通过"),
)
def check(call: Call) -> Answer:
    if not call.words.strip():
        return Answer("desk_work", waiting(call.work, calls=False), private=True)
    ticket, rest = ticket_of(call)
    try:
        return _checked(call, ticket, rest)
    except desk.SheetError as error:
        raise RefusedError(error.key, number=_n(call, ticket)) from error


def _checked(call: Call, ticket: Ticket, rest: str) -> Answer:
    lacks = still(call, ticket)
    if ACCEPTED.fullmatch(rest):
        ticket = desk.accept(call.work, ticket)
        zone = call.work.house.zone
        return say("checked", number=_n(call, ticket), missing=lacks, closes=ticket.close_at.isoformat(), zone=zone)  # type: ignore[union-attr]
    if found := RETURNED.match(rest):
        desk.give_back(call.work, ticket, text_of(rest[found.end() :]))
        return say("returned", number=_n(call, ticket))
    facts = {"phrase": "check_what", "number": _n(call, ticket), "missing": lacks}
    return Answer("phrase", facts, choices=(("button.passed", f"check {ticket.number} ok"),), ticket=ticket)
