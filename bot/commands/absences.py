"""The command about who is away."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from bot.commands import duty  # noqa: F401  -- /help lists its commands before this one
from bot.commands.base import DESK, Answer, Call, RefusedError, command, named
from bot.desk import absences as desk
from bot.desk.duty import DutyError
from bot.domain import spans
from storage import people
from storage.people import Person

CANCEL = re.compile(r"(?:cancel|back|取消|销假)\s*#?(\d{1,18})", re.IGNORECASE)
LIST = {"", "list", "列表"}
_STAND_IN = re.compile(r"\s*(?:stand-?in|代班|由)?\s*[:=：＝]?\s*(\S+)\s*", re.IGNORECASE)


@command(
    "absent 请假",
    (
        "[[<who>] <date, or first..last> [hours] [stand-in <who>], or cancel <number>]",
        "[[<人员>] <日期，或 首日..末日> [时段] [代班 <人员>]，或 取消 <编号>]",
    ),
    (
        "Who is away and who stands in; others than yourself the desk alone",
        "请假及代班；替别人登记须由服务台",
    ),
    example=("anna 2026-12-01..2026-12-05 stand-in ben", "anna 2026-12-01..2026-12-05 代班 ben"),
)
def absent(call: Call) -> Answer:
    words = spans.plain(call.words)
    try:
        if words.casefold() in LIST:
            return Answer("absences", {"absences": desk.listed(call.work), **_common(call)})
        if found := CANCEL.fullmatch(words):
            gone = desk.cancel(call.work, int(found[1]), None if _speaks_for_all(call) else call.person)
            return Answer("phrase", {"phrase": "absent_cancelled", **gone, **_common(call)})
        return _left(call, words)
    except DutyError as error:
        raise RefusedError(error.key, **_common(call), **error.facts) from error


def _left(call: Call, words: str) -> Answer:
    """Whoever begins with a date means herself."""
    staff = people.staff(call.work.db)
    who, _, rest = words.partition(" ")
    person, rest = (call.speaker(), words) if who[0].isdigit() else (named(staff, who), rest)
    if not _speaks_for_all(call) and (call.person is None or person.id != call.person.id):
        raise RefusedError("refused", command="absent")
    zone = ZoneInfo(call.work.house.zone)
    try:
        first, last, rest = spans.read_dates(rest.strip())
        hours, rest = spans.read_hours(rest)
    except ValueError as error:
        raise RefusedError("absent_when", text=rest[:40]) from error
    if hours and first != last:
        raise RefusedError("absent_when", text=words[:40])
    span = spans.on(first, hours, zone) if hours else spans.whole(first, last, zone)
    facts = desk.leave(call.work, person, span, _stand_in(staff, rest))
    return Answer("phrase", {"phrase": "absent_noted", **facts, **_common(call)})


def _stand_in(staff: list[Person], words: str) -> Person | None:
    """Whom the words name; None for no words. Raises RefusedError."""
    if not words:
        return None
    found = _STAND_IN.fullmatch(words)
    if found is None:
        raise RefusedError("usage")
    return named(staff, found[1])


def _speaks_for_all(call: Call) -> bool:
    return call.person is None or bool(set(call.person.roles) & DESK)


def _common(call: Call) -> dict[str, str]:
    return {"zone": call.work.house.zone, "now": call.work.now.isoformat()}
