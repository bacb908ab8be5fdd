"""The command that orders somebody on site out of hours."""

from __future__ import annotations

import re

from bot.commands import levels  # noqa: F401  -- /help lists its commands before this one
from bot.commands.base import DESK, Answer, Call, RefusedError, command, say, text_of, ticket_of
from bot.desk import onsite as desk

_BACK = re.compile(r"(undo|撤销|恢复|end|结束)(?:[\s:：,，]+|$)(.*)", re.IGNORECASE | re.DOTALL)
ENDS = frozenset({"end", "结束"})
"""Nobody is wanted on site any more, and what has passed of the order stands; the other words take back a mistake."""


@command(
    "onsite 现场",
    ("<ticket> <who orders it, and why>, or undo/end", "<工单> <谁要求及原因>，或 撤销/结束"),
    (
        "Out of hours the customer wants somebody on site: round the clock from now on; `undo` a mistake, `end` it",
        "非工作时间用户要求到现场：从现在起全天候计时；派错写“撤销”，不再需要写“结束”",
    ),
    may=DESK,
    words=True,
)
def onsite(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    house = call.work.house
    number = house.name_of(ticket.number)
    back = _BACK.match(rest)
    void = back is not None and back[1].casefold() not in ENDS
    try:
        if back:
            ticket = desk.take_back(call.work, ticket, back[2][:4000], void=void)
        else:
            ticket = desk.order(call.work, ticket, text_of(rest))
    except desk.OrderError as refusal:
        raise RefusedError(
            refusal.key, number=number, zone=house.zone, now=call.work.now.isoformat(), **refusal.facts
        ) from refusal
    facts = desk.new_times(call.work, ticket)
    phrase = "onsite_ended" if back else "onsite_ordered"
    more = {"clocks": facts["clocks"], "zone": house.zone, "now": call.work.now.isoformat()}
    return say(phrase, number=number, void=void, **more)
