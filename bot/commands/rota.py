"""The commands about the rota: who is on duty, swapping duty, taking over, and being back."""

from __future__ import annotations

import re
from datetime import date

from bot.commands import absences  # noqa: F401  -- /help lists its command before these
from bot.commands.base import DESK, Answer, Call, RefusedError, command, named, number_and_rest, say
from bot.desk import absences as away
from bot.desk import oncall as desk
from bot.desk import reachability
from bot.desk import swaps as swapping
from bot.desk.duty import DutyError
from bot.domain import spans
from storage import duty, people
from storage.people import Person

LIST = {"", "list", "列表"}
_AGREE = re.compile(r"(?:yes|ok|agree|同意)\s*#?(\d{1,18})", re.IGNORECASE)
_DECLINE = re.compile(r"(?:no|decline|不同意|拒绝)\s*#?(\d{1,18})", re.IGNORECASE)
_CANCEL = re.compile(r"(?:cancel|取消)\s*#?(\d{1,18})", re.IGNORECASE)


def _common(call: Call) -> dict[str, str]:
    return {"zone": call.work.house.zone, "now": call.work.now.isoformat()}


@command(
    "oncall 值班",
    ("[date]", "[日期]"),
    (
        "Who is on duty now and next, or on a date; telephones in your private chat only",
        "现在和接下来谁值班，或某天谁值班；电话只在私聊中显示",
    ),
    example=("2026-12-01", "2026-12-01"),
)
def oncall(call: Call) -> Answer:
    words = spans.plain(call.words)
    try:
        day = spans.read_dates(words)[0] if words else None
    except ValueError as error:
        raise RefusedError("oncall_when", text=words[:40]) from error
    rows = desk.on_date(call.work, day) if day else desk.now_and_next(call.work)
    facts = {"rows": rows, "day": day.isoformat() if day else "", "phones": not call.in_group}
    return Answer("oncall", {**facts, **_common(call)})


@command(
    "swap 换班",
    (
        "[<who> <date> [<date of theirs>], or yes|no|cancel <number>]",
        "[<对方> <日期> [<对方的日期>]，或 同意|不同意|取消 <编号>]",
    ),
    (
        "Exchange duty: the other agrees by a button; the desk names both (`anna li 2026-12-01`) and decides",
        "换班：对方按键同意；服务台写两个人（如 anna li 2026-12-01）直接决定",
    ),
    example=("li 2026-12-01 2026-12-03", "li 2026-12-01 2026-12-03"),
)
def swap(call: Call) -> Answer:
    words = spans.plain(call.words)
    try:
        if words.casefold() in LIST:
            return Answer("swaps", {"swaps": swapping.listed(call.work), **_common(call)})
        if found := _AGREE.fullmatch(words) or _DECLINE.fullmatch(words):
            return _answered(call, int(found[1]), agreed=found.re is _AGREE)
        if found := _CANCEL.fullmatch(words):
            gone = swapping.cancel(call.work, int(found[1]), None if _is_desk(call) else call.speaker())
            return Answer("phrase", {"phrase": "swap_cancelled", **gone, **_common(call)})
        return _asked(call, words)
    except DutyError as error:
        raise RefusedError(error.key, **_common(call), **error.facts) from error


def _answered(call: Call, number: int, *, agreed: bool) -> Answer:
    row = swapping.answer(call.work, number, call.person, agreed=agreed)
    return Answer("phrase", {"phrase": "swap_agreed" if agreed else "swap_declined", **row, **_common(call)})


def _asked(call: Call, words: str) -> Answer:
    found = re.search(r"\d{4}-", words)
    who = words[: found.start()].split() if found else []
    if found is None or len(who) not in {1, 2}:
        raise RefusedError("usage")
    staff = people.staff(call.work.db)
    decreed = len(who) > 1
    if decreed and not _is_desk(call):
        raise RefusedError("refused", command="swap")
    person = named(staff, who[0]) if decreed else call.speaker()
    told = swapping.ask(call.work, person, named(staff, who[-1]), _days(words[found.start() :]), decreed=decreed)
    return Answer("phrase", {"phrase": "swap_agreed" if decreed else "swap_asked", **told, **_common(call)})


def _days(words: str) -> tuple[date, date]:
    """The one date or the two that words name. Raises RefusedError."""
    try:
        read = [spans.read_dates(one) for one in words.split()]
    except ValueError as error:
        raise RefusedError("oncall_when", text=words[:40]) from error
    if len(read) > 2 or any(first != last for first, last, _ in read):  # noqa: PLR2004
        raise RefusedError("usage")
    return read[0][0], read[-1][0]


def _is_desk(call: Call) -> bool:
    return call.person is None or bool(set(call.person.roles) & DESK)


@command(
    "accept 接班",
    ("", ""),
    ("You take over the duty; what is open came with the question", "确认接班；未完成的工单已随提醒列出"),
)
def accept(call: Call) -> Answer:
    if found := number_and_rest(call.words):  # she means a ticket that she was given
        raise RefusedError("accept_ticket", number=call.work.house.name_of(found[0]))
    asked = reachability.answered(call.work, call.speaker())
    return say("taken_over" if asked else "here_unasked")


@command(
    "back 销假 回来",
    ("[who]", "[人员]"),
    ("You are back before your absence ends; somebody else: the desk alone", "提前销假回岗；替别人须由服务台"),
)
def back(call: Call) -> Answer:
    person = _whose(call)
    rows = duty.absences(call.work.db, call.work.now)
    mine = next((row for row in rows if row.person_id == person.id and row.since_at <= call.work.now), None)
    if mine is None:
        return say("back_none", name=person.name or str(person.handle))
    gone = away.cancel(call.work, mine.id, None)
    return Answer("phrase", {"phrase": "back", **gone, **_common(call)})


def _whose(call: Call) -> Person:
    who = call.words.strip()
    if not who:
        return call.speaker()
    person = named(people.staff(call.work.db), who)
    if not _is_desk(call) and person.id != call.speaker().id:
        raise RefusedError("refused", command="back")
    return person
