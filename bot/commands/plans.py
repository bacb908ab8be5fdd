"""The commands of what is more than a fault: major events, and emergency plans as check-lists."""

from __future__ import annotations

import re
from typing import Any

from bot.commands.base import DESK, UNDO, Answer, Call, RefusedError, command, say, text_of, ticket_of
from bot.desk import majors, plans
from bot.domain.plans import named
from storage.tickets import Ticket

OVER = {"over", "end", "结束"}
NONE = {"no", "none", "不是", "误报"} | UNDO
REPORT = re.compile(r"(?:report|reported|报告|已报告)(?:[\s:：,，]+|$)", re.IGNORECASE)
STEP = re.compile(r"(?:no\.?|第)?\s*(\d{1,2})\s*(?:步|项)?\s*(.*)", re.IGNORECASE)
MOST = 8
"""Steps that are offered as buttons."""


def _n(call: Call, ticket: Ticket) -> str:
    return call.work.house.name_of(ticket.number)


@command(
    "major 重大 重大事件",
    (
        "<ticket> <why>, or <ticket> over, report <to whom>, or no",
        "<工单> <原因>，或 <工单> 结束、报告 <给谁>、不是",
    ),
    (
        "A major event: manager and IT department are told; `over`: the cause is removed; `report`: it has been sent",
        "重大事件：立即告知项目经理和客户信息部门；原因消除写“结束”，报告发出写“报告”，误报写“不是”",
    ),
    may=DESK,
    words=True,
    example=("17 The whole head office has no network", "17 机关大楼全楼断网"),
)
def major(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    try:
        return _major(call, ticket, rest)
    except majors.MajorError as error:
        raise RefusedError(f"major_{error.reason}", number=_n(call, ticket)) from error


def _major(call: Call, ticket: Ticket, rest: str) -> Answer:
    word = rest.strip().casefold()
    if word in OVER:
        majors.finish(call.work, ticket)
        return say("major_ended", **_due(call, ticket))
    if word in NONE:
        majors.revoke(call.work, ticket)
        return say("major_revoked", number=_n(call, ticket))
    if found := REPORT.match(rest):
        majors.reported(call.work, ticket, text_of(rest[found.end() :]))
        return say("major_report_noted", number=_n(call, ticket))
    majors.declare(call.work, ticket, text_of(rest))
    department = bool(call.work.house.customer(ticket.customer_id).it_department)
    plan = bool(call.work.house.plans) and plans.plan_of(call.work, ticket) is None
    return say("major_declared", department=department, plan=plan, **_due(call, ticket))


def _due(call: Call, ticket: Ticket) -> dict[str, Any]:
    due = majors.report_due(call.work, ticket)
    return {"number": _n(call, ticket), "due": due, "zone": call.work.house.zone}


@command(
    "plan 预案 应急预案",
    ("<ticket> [plan, or end]", "<工单> [预案，或 结束]"),
    (
        "Put an emergency plan on a ticket, or see how far it is; `end` when it is over",
        "在工单上启动应急预案，或查看进行到哪一步；结束写“结束”",
    ),
    example=("17 network", "17 network"),
)
def plan(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    try:
        if rest.casefold() in OVER:
            _must_lead(call)
            plans.end(call.work, ticket)
            return say("plan_ended", number=_n(call, ticket))
        if rest:
            return _begun(call, ticket, rest)
    except plans.PlanError as error:
        raise RefusedError(f"plan_{error.reason}", number=_n(call, ticket)) from error
    return _list(call, ticket) if plans.plan_of(call.work, ticket) else _offered(call, ticket)


def _must_lead(call: Call) -> None:
    """Plans are begun and ended by desk and project manager. Raises RefusedError."""
    if call.person is not None and not set(call.person.roles) & DESK:
        raise RefusedError("refused", command="plan")


def _begun(call: Call, ticket: Ticket, rest: str) -> Answer:
    _must_lead(call)
    found = named(call.work.house.plans, rest)
    if found is None:
        names = [one.key for one in call.work.house.plans]
        raise RefusedError("plan_unknown" if names else "plan_nothing", word=rest[:40], names=names)
    plans.begin(call.work, ticket, found)
    return _list(call, ticket)


def _offered(call: Call, ticket: Ticket) -> Answer:
    house = call.work.house
    if not house.plans:
        raise RefusedError("plan_nothing")
    choices = tuple((one.name, f"plan {ticket.number} {one.key}") for one in house.plans[:MOST])
    facts = {"phrase": "plan_which", "number": _n(call, ticket), "when": [[one.name, one.when] for one in house.plans]}
    return Answer("phrase", facts, choices=choices, ticket=ticket)


def _list(call: Call, ticket: Ticket) -> Answer:
    shown = plans.shown(call.work, ticket)
    left = [one["step"] for one in shown["steps"] if not one["at"]] if not shown["ended_at"] else []
    choices = tuple((f"✓ {step}", f"done {ticket.number} {step}") for step in left[:MOST])
    facts = {"number": _n(call, ticket), "zone": call.work.house.zone, "now": call.work.now.isoformat(), **shown}
    return Answer("checklist", facts, choices=choices, ticket=ticket)


@command(
    "done 完成步骤 步骤",
    ("<ticket> <step> [undo]", "<工单> <第几步> [撤销]"),
    ("A step of the ticket's emergency plan is done", "应急预案的某一步已完成"),
    example=("17 3", "17 3"),
)
def done(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    found = STEP.fullmatch(rest)
    if found is None or found[2].casefold() not in {"", *UNDO}:
        raise RefusedError("plan_step", number=_n(call, ticket))
    try:
        plans.tick(call.work, ticket, int(found[1]), done=not found[2])
    except plans.PlanError as error:
        raise RefusedError(f"plan_{error.reason}", number=_n(call, ticket)) from error
    return _list(call, ticket)
