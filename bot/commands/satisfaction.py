"""The commands about satisfaction and its price: whom to call back, how a call went, figures, and compensation."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.commands import sheets as filling  # noqa: F401  -- /help lists its commands before these
from bot.commands.base import DESK, MANAGER, Answer, Call, RefusedError, command, say, ticket_of
from bot.desk import call_backs, compensation, satisfaction, sheets
from bot.desk.announce import DESK as TO_DESK
from bot.desk.announce import REQUESTER, announce
from bot.desk.desk_work import waiting
from bot.desk.facts import EXCERPT
from bot.domain.day_targets import month_after
from bot.domain.plain_words import RATE
from bot.domain.sheet import SATISFIED
from storage.tickets import Ticket

UNREACHED = re.compile(r"(?:unreached|unreachable|nobody|未接通|无人接听|未联系上)\s*", re.IGNORECASE)
SCORE = re.compile(r"([1-5])(?![0-9])\s*(?:/\s*5|分|星)?[\s:：,，.。]*(.*)", re.DOTALL)
MONTH = re.compile(r"(\d{4})[-/年.]?(\d{1,2})月?")
PERIODS = {"month": 1, "月": 1, "本月": 1, "quarter": 3, "季度": 3, "本季度": 3, "year": 12, "年": 12, "本年": 12}


@command(
    "callback 回访",
    ("[<ticket> <1 to 5, or unreached> [words]]", "[<工单> <1 到 5，或 未接通> [说明]]"),
    (
        "Whom to call back; with a ticket, how the call went: the user's rating, or nobody answered",
        "回访清单；写工单则登记回访结果：用户评分，或未接通",
    ),
    may=DESK,
    words=True,
    example=("17 5 very content", "17 5 很满意"),
)
def callback(call: Call) -> Answer:
    if not call.words.strip():
        return Answer("desk_work", waiting(call.work, sheets=False), private=True)
    ticket, rest = ticket_of(call)
    if ticket.solved_at is None:
        raise RefusedError("callback_unsolved", number=call.work.house.name_of(ticket.number))
    number = call.work.house.name_of(ticket.number)
    if UNREACHED.match(rest):
        left = call_backs.not_reached(call.work, ticket)
        return say("callback_none" if left < 0 else "callback_unreached", number=number, left=left)
    found = SCORE.fullmatch(rest)
    if found is None:
        raise RefusedError("callback_how", number=number)
    return _spoken(call, ticket, int(found[1]), found[2].strip()[:EXCERPT])


def _spoken(call: Call, ticket: Ticket, score: int, words: str) -> Answer:
    sheets.called(call.work, ticket, score, words)
    if score < SATISFIED:
        said = {"wish": RATE, "score": score, "text": words, "author": ticket.requester_name, "answer_due": None}
        key = call.work.now.isoformat()
        announce(call.work, ticket, "rated low", said, key=key, unheard=frozenset({REQUESTER, TO_DESK}))
    return say("callback_noted", number=call.work.house.name_of(ticket.number), score=score)


@command(
    "satisfaction 满意度",
    ("[month, quarter, year or 2026-11]", "[月、季度、年或 2026-11]"),
    (
        "How satisfied users are, by level, with the number of answers; this month unless said otherwise",
        "按级别统计满意度，注明样本数；默认本月",
    ),
    may=DESK,
    example=("quarter", "季度"),
)
def satisfaction_(call: Call) -> Answer:
    first, last = period_of(call)
    return Answer("satisfaction", satisfaction.figures(call.work, first, last), private=True)


@command(
    "compensation 赔付 违约金",
    ("[month, quarter, year or 2026-11]", "[月、季度、年或 2026-11]"),
    (
        "What is owed for missed promises, where the contract grants it; this month unless said otherwise",
        "按合同应付的超时赔付；默认本月",
    ),
    may=MANAGER,
    example=("2026-11", "2026-11"),
)
def compensation_(call: Call) -> Answer:
    told = compensation.due(call.work, *period_of(call))
    return Answer("compensation", {**told, "zone": call.work.house.zone}, private=True)


def period_of(call: Call) -> tuple[date, date]:
    """The dates meant: from the first to before the last."""
    today, word = call.work.house.office.local_date(call.work.now), call.words.strip().casefold() or "month"
    if word in PERIODS:
        months = PERIODS[word]
        first = date(today.year, (today.month - 1) // months * months + 1, 1)
        return first, today + timedelta(days=1)
    found = MONTH.fullmatch(word)
    if found is None or not 1 <= int(found[2]) <= 12 or int(found[1]) < 1:  # noqa: PLR2004  -- months of a year
        raise RefusedError("which_period", word=word[:40])
    first = date(int(found[1]), int(found[2]), 1)
    return first, month_after(first)
