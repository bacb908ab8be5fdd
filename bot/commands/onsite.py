"""The command that orders somebody on site out of hours."""

from __future__ import annotations

from bot.commands import levels  # noqa: F401  -- /help lists its commands before this one
from bot.commands.base import DESK, Answer, Call, RefusedError, command, say, text_of, ticket_of
from bot.desk import onsite as desk


@command(
    "onsite 现场 到场",
    ("<ticket> <who orders it, and why>", "<工单> <谁要求及原因>"),
    (
        "Out of hours the customer wants somebody on site: the work runs round the clock from now on",
        "非工作时间用户要求到现场：从现在起昼夜计时",
    ),
    may=DESK,
    words=True,
)
def onsite(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    house = call.work.house
    number = house.name_of(ticket.number)
    try:
        ticket = desk.order(call.work, ticket, text_of(rest))
    except desk.OrderError as refusal:
        raise RefusedError(
            refusal.key, number=number, zone=house.zone, now=call.work.now.isoformat(), **refusal.facts
        ) from refusal
    facts = desk.new_times(call.work, ticket)
    return say("onsite_ordered", number=number, clocks=facts["clocks"], zone=house.zone, now=call.work.now.isoformat())
