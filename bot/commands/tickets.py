"""The commands that change a ticket."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from bot.commands.base import (
    DESK,
    UNDO,
    Answer,
    Call,
    RefusedError,
    command,
    named,
    only_ticket_of,
    say,
    text_of,
    ticket_of,
)
from bot.commands.lacking import lacking
from bot.commands.times import eta_of
from bot.desk import alarms, delays, facts, held, linking, moves, undoing
from bot.desk.assignment import Proposer, shown
from bot.desk.journal import record, settle
from bot.desk.opening import is_urgent
from bot.desk.roster import ROLES, Roster
from bot.domain.sheet import dispatched
from bot.domain.ticket import DISPATCHED, JUNK
from storage import hardware, people, tickets
from storage.tickets import Ticket

TECHNICAL = re.compile(r"(?:technical|技术)(?:[\s:：,，]+|$)", re.IGNORECASE)
"""How the words of /escalate begin when the event is technical (R12)."""
CANNOT = re.compile(r"(?:cannot|无法到场|无法|不能到场)(?:[\s:：,，]+|$)", re.IGNORECASE)
"""How the words of /late begin when the engineer cannot come at all."""

READ, NOT = frozenset({"read", "查看"}), frozenset({"no", "不放行", "拒绝"})
MOST_HELD = 5
"""Held mails, and senders, that one answer shows."""


def _n(call: Call, ticket: Ticket) -> str:
    return call.work.house.name_of(ticket.number)


def _told(answer: Answer, ticket: Ticket, kind: str) -> Answer:
    """What she did is told to who is in charge; if that is herself, she need not read it twice."""
    return replace(answer, ticket=ticket, told_by=kind)


@command(
    "take 接单 接",
    ("<ticket>", "<工单>"),
    ("Take a ticket yourself, or confirm one that was assigned to you", "自己接单，或确认派给您的工单"),
    undo=True,
)
def take(call: Call) -> Answer:
    ticket, _ = only_ticket_of(call)
    person = call.speaker()
    unconfirmed = any(row["target"] == "confirm" for row in facts.open_clocks(call.work, ticket))
    if ticket.assignee_id == person.id and ticket.state != DISPATCHED and not unconfirmed:
        return say("taken_already", number=_n(call, ticket))
    holder = people.by_id(call.work.db, ticket.assignee_id)
    free = ticket.state == DISPATCHED and is_urgent(ticket)  # all on duty are called, and the first one has it
    if holder and holder.id != person.id and holder.active and not free and not set(person.roles) & DESK:
        raise RefusedError(
            "taken_by", number=_n(call, ticket), name=facts.name_of_person(call.work, ticket.assignee_id)
        )
    ticket = moves.take(call.work, ticket, person)
    if ticket.state == DISPATCHED:
        return _told(say("taken_unauthorized", number=_n(call, ticket)), ticket, "assignment")
    promised = moves.promised(call.work, ticket)
    return _told(say("taken", number=_n(call, ticket), **promised, zone=call.work.house.zone), ticket, "assignment")


@command(
    "assign 派单 派",
    ("<ticket> <who> [hotline, remote or onsite] [vehicle]", "<工单> <工程师> [电话、远程或现场] [用车]"),
    (
        "Give a ticket to an engineer, and say how to work on it; without a name, choose from buttons",
        "把工单派给工程师，可写明服务方式及是否用车；不写名字则用按钮选择",
    ),
    may=DESK,
    undo=True,
    example=("17 anna onsite vehicle", "17 anna 现场 用车"),
)
def assign(call: Call) -> Answer:
    ticket, who = ticket_of(call)
    engineers = people.with_role(call.work.db, *ROLES["engineer"], "senior")
    if not who:
        return _whom(call, ticket, engineers)
    who, how = dispatched(who)
    person = named(engineers, who)
    moves.assign(call.work, ticket, person, how)
    return say("assigned", number=_n(call, ticket), name=person.name or person.handle)


def _whom(call: Call, ticket: Ticket, engineers: list[people.Person]) -> Answer:
    """Everybody to choose from: first who is proposed and why, then the others."""
    proposals = Proposer(call.work).proposals(ticket)
    order = [one.candidate.handle for one in proposals]
    engineers = sorted(engineers, key=lambda one: order.index(one.handle) if one.handle in order else len(order))
    choices = tuple((one.name or str(one.handle), f"assign {ticket.number} {one.handle}") for one in engineers)
    facts = {"number": _n(call, ticket), "proposals": [shown(one) for one in proposals]}
    return Answer("proposals", facts, choices=choices, ticket=ticket)


@command(
    "reply 回复 答复",
    ("<ticket> <words>", "<工单> <内容>"),
    (
        "Write to the requester by mail; in chat you see it first. Counts as the response",
        "发邮件给报障人，聊天中先预览；计为响应",
    ),
    own=True,
    words=True,
    undo=True,
)
def reply(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    if not ticket.requester_address:
        raise RefusedError("no_address", number=_n(call, ticket))
    text, wait = text_of(rest), timedelta(seconds=call.work.house.reply_seconds if call.chat else 0)
    moves.reply(call.work, ticket, text, after=wait)
    if not wait:
        return say("replied", number=_n(call, ticket))
    reader = {"name": ticket.requester_name, "address": ticket.requester_address}
    shown = {"number": _n(call, ticket), **reader, "text": text, "seconds": call.work.house.reply_seconds}
    return Answer("reply_preview", shown, private=True, offers=("send",), about=ticket, undo="stop")


@command(
    "send 发送",
    ("<ticket>", "<工单>"),
    ("Your reply goes out now, without a second look", "立即发出刚写的回复"),
)
def send(call: Call) -> Answer:
    ticket, _ = only_ticket_of(call)
    call.speaker()
    return say("replied" if undoing.hurry(call.work, ticket) else "send_nothing", number=_n(call, ticket))


@command(
    "note 备注",
    ("<ticket> <words>", "<工单> <内容>"),
    ("Write a note for colleagues; never mailed", "给同事的内部备注，不会发给报障人"),
    words=True,
)
def note(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    moves.note(call.work, ticket, text_of(rest))
    return say("noted", number=_n(call, ticket))


@command(
    "wait 等待 待复",
    ("<ticket> <question>", "<工单> <问题>"),
    ("Ask the requester by mail; the solution clock stops until the answer", "邮件询问报障人；解决时限暂停，直到答复"),
    own=True,
    words=True,
    undo=True,
)
def wait(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    if not ticket.requester_address:
        raise RefusedError("no_address", number=_n(call, ticket))
    moves.wait(call.work, ticket, text_of(rest))
    return say("waiting", number=_n(call, ticket))


@command(
    "solve answer 解决 完成 解答",
    ("<ticket> <what was done>", "<工单> <处理结果>"),
    ("It works again, or is answered: the requester is told what was done", "已恢复或已解答：把结果告知报障人"),
    own=True,
    words=True,
    undo=True,
)
def solve(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    done = text_of(rest)
    if not any(one.isalpha() for one in done):  # a step of a plan (/done 17 2), say
        raise RefusedError("solved_how", number=_n(call, ticket))
    linked = linking.solve_all(call.work, ticket, done)
    return lacking(call, ticket, "solved", linked=linked, untold=not ticket.requester_address)


@command(
    "reopen 重开",
    ("<ticket> [why], or <ticket> undo", "<工单> [原因]，或 <工单> 撤销"),
    (
        "It does not work after all: the clocks go on; `undo` for a day: it was solved, whoever reopened it",
        "问题未解决：重新打开，时限继续；一天内可“撤销”：其实已解决，谁重开的都行",
    ),
    words=True,
    undo=True,
)
def reopen(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    if rest.casefold() in UNDO:
        return _stays_solved(call, ticket)
    linked = linking.reopen_all(call.work, ticket, rest[:4000])
    return _told(say("reopened", number=_n(call, ticket), linked=linked), ticket, "reopened")


def _stays_solved(call: Call, ticket: Ticket) -> Answer:
    try:
        undoing.stay_solved(call.work, ticket)
    except undoing.UndoRefusedError as refusal:
        raise RefusedError(f"reopen_undo_{refusal.reason}", number=_n(call, ticket)) from refusal
    return say("stays_solved", number=_n(call, ticket))


@command(
    "escalate 升级 异常 abnormal",
    ("<ticket> [technical] <why>", "<工单> [技术] <原因>"),
    (
        "Something abnormal: the project manager is told at once; if `technical`, the senior engineer too",
        "异常情况：立即通知项目经理；写“技术”则同时通知高级工程师",
    ),
    words=True,
)
def escalate(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    marked = TECHNICAL.match(rest)
    why = text_of(rest[marked.end() :] if marked else rest)
    moves.escalate(call.work, ticket, why, technical=bool(marked))
    return say("escalated", number=_n(call, ticket), technical=bool(marked))


@command(
    "slip 赶不上 无法按时",
    ("<ticket> <why>", "<工单> <原因>"),
    ("It cannot be solved in time: the project manager is told at once", "无法按时解决：立即通知项目经理"),
    words=True,
)
def slip(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    moves.escalate(call.work, ticket, text_of(rest), slips=True)
    return say("slips", number=_n(call, ticket))


@command(
    "late 延迟 迟到",
    ("<ticket> [cannot, or when you will be there] <why>", "<工单> [无法到场，或几时到] <原因>"),
    (
        "The engineer is late, or cannot come: user and desk know at once, and somebody else is sent",
        "延迟或无法到场：立即告知用户和服务台，并改派",
    ),
    own=True,
    words=True,
)
def late(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    cannot = CANNOT.match(rest)
    eta, rest = (None, rest[cannot.end() :]) if cannot else eta_of(call, rest)
    why, reason = text_of(rest), delays.CANNOT if cannot else delays.LATE
    if not delays.is_news(call.work, ticket, reason, eta):
        return say("late_already", number=_n(call, ticket))
    due = facts.iso(delays.notice(call.work, ticket, why, reason, eta))
    return say("late", number=_n(call, ticket), reason=reason, due=due, zone=call.work.house.zone)


@command(
    "ack 知道了 已阅",
    ("<ticket>", "<工单>"),
    ("You have seen the warning; no more repeats of a breach", "已看到提醒；超时不再重复提醒"),
)
def ack(call: Call) -> Answer:
    ticket, _ = only_ticket_of(call)
    seen = alarms.acknowledge(call.work, ticket, call.speaker())
    if not seen:
        return say("nothing_to_ack", number=_n(call, ticket))
    happened = [("acknowledged", {"targets": seen})]
    if "abnormal" in seen and Roster(call.work).is_manager(call.speaker()):
        happened.append(("informed", {}))
    record(call.work, ticket, *happened)
    settle(call.work, ticket)
    return say("acknowledged", number=_n(call, ticket), targets=seen)


@command(
    "junk 垃圾",
    ("<ticket> [undo]", "<工单> [撤销]"),
    ("It is spam: all clocks are called off; undo brings it back", "垃圾邮件：取消所有时限；撤销可恢复"),
    undo=True,
)
def junk(call: Call) -> Answer:
    ticket, rest = only_ticket_of(call)
    if rest.casefold() in UNDO:
        moves.restore(call.work, ticket)
        return say("unjunked", number=_n(call, ticket))
    if ticket.state == JUNK:
        return say("junked_already", number=_n(call, ticket))
    if ticket.is_master:
        raise RefusedError("master_no_junk", number=_n(call, ticket))
    if hardware.is_out(call.work.db, ticket.id):
        raise RefusedError("junk_device_out", number=_n(call, ticket))
    moves.junk(call.work, ticket)
    return say("junked", number=_n(call, ticket))


@command(
    "approve 放行",
    ("<ticket> [address, or read, or no address]", "<工单> [邮箱，或 查看，或 不放行 邮箱]"),
    (
        "Let a held mail from an unknown sender onto the ticket; read it first, or leave it out",
        "放行该工单上被拦下的陌生来信；可先查看，也可不放行",
    ),
    may=DESK,
    example=("17 read", "17 查看"),
)
def approve(call: Call) -> Answer:
    ticket, rest = ticket_of(call) if "@" in call.words else only_ticket_of(call)
    word, _, other = rest.partition(" ")
    left_out = word.casefold() in NOT
    address = (other if left_out else "" if word.casefold() in READ else rest).strip().lower()
    waiting = held.waiting(call.work, ticket)
    chosen = [one for one in waiting if not address or one.sender == address]
    if not waiting:
        return say("nothing_held", number=_n(call, ticket))
    if not chosen or word.casefold() in READ or (not address and len({one.sender for one in chosen}) > 1):
        return _held(call, ticket, waiting)
    for one in chosen:
        (held.leave_out if left_out else held.let_in)(call.work, ticket, one)
    done = {"number": _n(call, ticket), "count": len(chosen)}
    if left_out:
        return say("left_out", **done)
    joins = held.may_take_part(call.work, ticket, chosen[0])
    choices = (("✚", f"cc {ticket.number} {chosen[0].sender}"),) if joins else ()
    return Answer("phrase", {"phrase": "approved", "joins": joins, **done}, choices=choices, ticket=ticket)


def _held(call: Call, ticket: Ticket, waiting: list[held.Held]) -> Answer:
    """What is held, word for word, for private eyes, with a button for each sender and either answer."""
    rows = [{"at": one.at.isoformat(), "who": one.sender or one.name, "text": one.text} for one in waiting]
    senders = dict.fromkeys(one.sender for one in waiting)
    choices = [
        choice
        for one in list(senders)[:MOST_HELD]
        for choice in (
            (f"✓ {one}".rstrip(), f"approve {ticket.number} {one}".rstrip()),
            (f"✗ {one}".rstrip(), f"approve {ticket.number} no {one}".rstrip()),
        )
    ]
    told = {"number": _n(call, ticket), "rows": rows[-MOST_HELD:]}
    told |= {"zone": call.work.house.zone, "now": call.work.now.isoformat()}
    return Answer("held_mails", told, private=True, choices=tuple(choices), ticket=ticket)


@command(
    "counts 计为响应 算响应",
    ("<ticket>", "<工单>"),
    (
        "Your own mail to the user, of which we got a copy, counts as a response",
        "您直接发给用户的邮件计为响应",
    ),
)
def counts(call: Call) -> Answer:
    ticket, _ = only_ticket_of(call)
    person = call.speaker()
    entries = tickets.entries(call.work.db, ticket.id)
    mine = [one for one in entries if one.kind == "held" and one.author_id == person.id]
    if not mine:
        return say("nothing_held", number=_n(call, ticket))
    for one in mine:
        moves.replied_directly(call.work, ticket, one)
    return say("counted", number=_n(call, ticket))
