"""The commands of an engineer under way: on the way, there, gone again; help and parts; taking back the last one."""

from __future__ import annotations

from typing import Any

from bot.commands import requesters, told  # noqa: F401  -- /help lists their commands before these
from bot.commands.base import DESK, Answer, Call, RefusedError, command, only_ticket_of, say, text_of, ticket_of
from bot.commands.times import eta_of
from bot.desk import helping, needs, parting, similar, undoing, visits
from bot.desk.eta import tell
from bot.desk.linking import LinkRefusedError
from bot.desk.merging import MergeRefusedError
from bot.desk.moves import note
from bot.desk.splitting import SplitError
from bot.domain import spans
from storage import dialogues
from storage.tickets import Ticket


def _n(call: Call, ticket: Ticket) -> str:
    return call.work.house.name_of(ticket.number)


def _step(call: Call, action: str, key: str, *offers: str) -> Answer:
    ticket, _ = only_ticket_of(call)
    if visits.is_there(ticket, action):
        return say("step_already", number=_n(call, ticket), step=key)
    ticket = visits.step(call.work, ticket, action)
    return Answer("phrase", {"phrase": "step", "number": _n(call, ticket), "step": key}, offers=offers, about=ticket)


@command(
    "way 出发",
    ("<ticket> [when you will be there]", "<工单> [几时到]"),
    (
        "You are on your way; confirms a ticket that was assigned to you. With a time the user is told it by mail",
        "已出发；同时确认派给您的工单。写明几时到则邮件告知用户",
    ),
    own=True,
    undo=True,
    example=("17 25 min", "17 25 分钟"),
)
def way(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    eta, more = eta_of(call, spans.plain(rest))
    if eta is None:
        only_ticket_of(call)
    if eta is None and not more:
        offers = ("soon", "later") if ticket.requester_address else ()
        return _step(call, visits.SET_OUT, "way", *offers, "arrived", "late")
    if eta is None:
        raise RefusedError("eta_unread", text=more[:40])
    if not ticket.requester_address:
        raise RefusedError("no_address", number=_n(call, ticket))
    if not visits.is_there(ticket, visits.SET_OUT):
        ticket = visits.step(call.work, ticket, visits.SET_OUT)
    if more:
        note(call.work, ticket, more)
    ticket = tell(call.work, ticket, eta)
    facts = {"phrase": "eta_told", "number": _n(call, ticket), "eta": eta.isoformat(), "zone": call.work.house.zone}
    return Answer("phrase", facts, offers=("arrived", "late"), about=ticket)


@command(
    "arrived 到达 到了 到场",
    ("<ticket>", "<工单>"),
    ("You are with the user; counts as the response", "已到用户处；计为响应"),
    own=True,
    undo=True,
)
def arrived(call: Call) -> Answer:
    return _step(call, visits.ARRIVE, "site", "solve", "ask", "part", "assist")


@command(
    "left 离开",
    ("<ticket>", "<工单>"),
    ("You have left the user; the ticket stays yours", "已离开用户处；工单仍在您手上"),
    own=True,
    undo=True,
)
def left(call: Call) -> Answer:
    return _step(call, visits.LEAVE, "left")


@command(
    "assist 求助",
    ("<ticket> <what is needed>", "<工单> <需要什么帮助>"),
    ("Ask the service desk for help; it has five minutes to answer", "向服务台求助；服务台须在五分钟内答复"),
    own=True,
    words=True,
)
def assist(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    words = text_of(rest)
    helping.ask(call.work, ticket, words)
    alike = {"alike": similar.like(call.work, ticket, words), "zone": call.work.house.zone}
    return Answer("assisted", {"number": _n(call, ticket), **alike}, private=True)


@command(
    "helped 已协助 协助",
    ("<ticket> [words]", "<工单> [内容]"),
    (
        "Answer somebody who asked for help; without words: it was done by telephone, or at the first call",
        "答复求助；不写内容表示已电话协助",
    ),
    may=DESK | {"senior"},
    words=True,
)
def helped(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    waited = helping.answer(call.work, ticket, text_of(rest) if rest else "")
    return say("helped" if waited else "helped_anyway", number=_n(call, ticket), told=bool(rest))


@command(
    "senior 高工 请高工",
    ("<ticket>", "<工单>"),
    ("Bring in the senior engineer, who answers with /helped", "请高级工程师协助，由其用 /协助 答复"),
    may=DESK,
)
def senior(call: Call) -> Answer:
    ticket, _ = only_ticket_of(call)
    helping.bring_in_senior(call.work, ticket)
    return say("senior", number=_n(call, ticket))


@command(
    "part 备件 需要备件",
    ("<ticket> <which part>", "<工单> <什么备件>"),
    (
        "You need a part: the service desk is told at once; the clocks keep running",
        "需要备件：立即告知服务台；计时不停",
    ),
    own=True,
    words=True,
)
def part(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    helping.part(call.work, ticket, text_of(rest))
    return say("part", number=_n(call, ticket))


@command(
    "vendor 厂商 等厂商",
    ("<ticket> <whom, and for what>", "<工单> <等谁、等什么>"),
    (
        "You are waiting for a maker or another company: you are asked every few days until /came; clocks keep running",
        "等待厂商、运营商或第三方：每隔几天询问，直到 /到货；计时不停",
    ),
    own=True,
    words=True,
)
def vendor(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    helping.vendor(call.work, ticket, text_of(rest))
    return say("vendor", number=_n(call, ticket))


@command(
    "came 到货 已到位",
    ("<ticket>", "<工单>"),
    ("What you waited for is here, a part or a vendor's answer: the wait is over", "备件或厂商答复已到：等待结束"),
)
def came(call: Call) -> Answer:
    ticket, _ = only_ticket_of(call)
    return say("came", number=_n(call, ticket), needs=needs.end(call.work, ticket))


@command(
    "undo 撤销 撤回",
    ("<ticket>", "<工单>"),
    (
        "Take back your last command on a ticket, within 30 seconds; a merge, link, master or split within a day",
        "30 秒内撤销您对该工单的上一个操作；合并、关联、主单、拆分一天内可撤销",
    ),
)
def undo(call: Call) -> Answer:
    ticket, _ = only_ticket_of(call)
    person = call.speaker()
    joining = parting.newest(call.work, ticket) if set(person.roles) & DESK else None
    if joining is not None:
        return _taken_apart(call, ticket, joining)
    try:
        done = undoing.take_back(call.work, ticket)
    except undoing.UndoRefusedError as refusal:
        if refusal.reason == "nothing":
            return say("undo_nothing", number=_n(call, ticket))
        raise RefusedError(f"undo_{refusal.reason}", number=_n(call, ticket)) from refusal
    return say("taken_back", number=_n(call, ticket), **done)


def _taken_apart(call: Call, ticket: Ticket, joining: Any) -> Answer:
    """What brought tickets together, or apart, is taken back with its mails and clocks."""
    try:
        command = parting.take_back(call.work, ticket, joining)
    except (MergeRefusedError, LinkRefusedError, SplitError) as refusal:
        raise RefusedError("undo_changed", number=_n(call, ticket)) from refusal
    return say("parted_again", number=_n(call, ticket), command=command)


@command("cancel 取消 算了", ("", ""), ("End the question that you are being asked", "结束正在进行的提问"))
def cancel(call: Call) -> Answer:
    chat, person = call.chat, call.speaker()
    places = {(chat.channel, chat.chat), (chat.channel, chat.sender)} if chat else set()
    ended = [dialogues.end(call.work.db, place, person.id) for place in places]
    return say("cancelled" if any(ended) else "nothing_to_cancel")
