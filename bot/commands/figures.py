"""The project manager's command for the figures of a week."""

from __future__ import annotations

from bot.commands.base import MANAGER, Answer, Call, RefusedError, command
from bot.desk.weekly import DAY, WEEK, figures, monday_of
from bot.domain import spans


@command(
    "week 周报",
    ("[date]", "[日期]"),
    ("The last week in figures, or the one with this date", "上周的数字，或该日期所在的一周"),
    may=MANAGER,
    example=("2026-11-16", "2026-11-16"),
)
def week(call: Call) -> Answer:
    words = spans.plain(call.words)
    today = call.work.house.office.local_date(call.work.now)
    try:
        day = spans.read_dates(words)[0] if words else today - WEEK * DAY
    except ValueError as error:
        raise RefusedError("oncall_when", text=words[:40]) from error
    common = {"zone": call.work.house.zone, "now": call.work.now.isoformat()}
    return Answer("weekly", {**figures(call.work, monday_of(day)), **common}, printed=call.chat is not None)
