"""The commands about who knows: that the project manager was informed, and who was told what, and when (R12)."""

from __future__ import annotations

from bot.commands import rota  # noqa: F401  -- /help lists its commands before these
from bot.commands.base import Answer, Call, command, say, text_of, ticket_of
from bot.desk import moves
from bot.desk.told import told as told_of

MOST = 40


@command(
    "informed 已告知 知悉",
    ("<ticket> <who told the project manager, and how>", "<工单> <谁、怎样告知了项目经理>"),
    (
        "The project manager knows of the abnormal event: by telephone, for example",
        "项目经理已知悉该异常（例如电话告知）",
    ),
    words=True,
)
def informed(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    waited = moves.informed(call.work, ticket, text_of(rest))
    return say("informed" if waited else "informed_anyway", number=call.work.house.name_of(ticket.number))


@command(
    "told 通知记录",
    ("<ticket>", "<工单>"),
    ("Who was told what, and when; always to your private chat", "什么时候通知过谁什么；只发到您的私聊"),
)
def told(call: Call) -> Answer:
    ticket, _ = ticket_of(call)
    rows = told_of(call.work, ticket)
    facts = {"number": call.work.house.name_of(ticket.number), "rows": rows[-MOST:], "total": len(rows)}
    common = {"zone": call.work.house.zone, "now": call.work.now.isoformat()}
    return Answer("told", {**facts, **common}, private=True, ticket=ticket)
