"""The commands about duty: support that is booked ahead, and whether whoever is on duty can be reached."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.commands import onsite  # noqa: F401  -- /help lists its command before these
from bot.commands.base import DESK, Answer, Call, RefusedError, command, named, say
from bot.desk import duty as desk
from bot.desk import reachability
from bot.desk.roster import ROLES
from bot.domain import spans
from storage import people
from storage.people import Person

ADD = re.compile(r"(?:add|添加|新增)\s+", re.IGNORECASE)
CANCEL = re.compile(r"(?:cancel|取消)\s*#?(\d{1,18})", re.IGNORECASE)
LIST = {"", "list", "列表"}
MOST_DATES = 31


@command(
    "book 预约",
    (
        "[<date, or first..last> <hours, else the office's> <place> <who>, or cancel <number>]",
        "[<日期，或 首日..末日> <时段，不写则为办公时间> <地点> <工程师>，或 取消 <编号>]",
    ),
    (
        "Book holiday support: an engineer at a place, its hours are working hours there; without words, the list",
        "预约节假日现场支持：该时段在该地点按工作时间计；不写内容则列出",
    ),
    may=DESK,
    example=("2026-10-01..2026-10-03 09:00-18:00 hq anna", "2026-10-01..2026-10-03 09:00-18:00 机关大楼 anna"),
)
def book(call: Call) -> Answer:
    words = spans.plain(call.words)
    try:
        if words.casefold() in LIST:
            return Answer("bookings", _shown(call, desk.booked(call.work)))
        if found := CANCEL.fullmatch(words):
            return _cancelled(call, int(found[1]))
        return _booked(call, ADD.sub("", words, count=1))
    except desk.DutyError as error:
        raise RefusedError(error.key, **_common(call), **error.facts) from error


@command(
    "here 在岗 到",
    ("", ""),
    ("You are on duty and can be reached", "我在岗，可以联系到"),
)
def here(call: Call) -> Answer:
    asked = reachability.answered(call.work, call.speaker())
    return say("here" if asked else "here_unasked")


@command(
    "reach 查岗",
    ("[who]", "[工程师]"),
    ("Ask whoever is on duty, or somebody, to press a button", "请值班人员（或某人）按键确认在岗"),
    may=DESK,
)
def reach(call: Call) -> Answer:
    work = call.work
    if who := call.words.strip():
        person = named(people.staff(work.db), who)
        due = [(person, person.roles[0])]
    else:
        due = reachability.holders(work, work.house.reachability_roles)
    if not due:
        raise RefusedError("reach_nobody", roles=list(work.house.reachability_roles))
    reachability.ask_now(work, due)
    names = [one.name or str(one.handle) for one, _ in due]
    return say("reach_asked", names=names, minutes=work.house.reachability_minutes)


def _booked(call: Call, words: str) -> Answer:
    zone = ZoneInfo(call.work.house.zone)
    try:
        first, last, rest = spans.read_dates(words)
        hours, rest = spans.read_hours(rest)
    except ValueError as error:
        raise RefusedError("book_when", text=words[:40]) from error
    if len(dates := spans.days(first, last)) > MOST_DATES:
        raise RefusedError("book_when", text=words[:40])
    place, _, who = rest.rpartition(" ")
    if not place.strip() or not who:
        raise RefusedError("usage")
    person = engineer(call, who)
    place = _place(call, place)
    booked = [spans.on(day, hours or _office_hours(call, day), zone) for day in dates]
    numbers = desk.book(call.work, person, place, booked)
    mine = [one for one in desk.booked(call.work) if one["booking"] in numbers]
    return Answer("bookings", _shown(call, mine) | {"fresh": True})


def _office_hours(call: Call, day: date) -> tuple[time, time]:
    """From the office's first hour to its last, as on the working date before."""
    office = call.work.house.office
    worked = office.working_date(day, -1)
    begins, ends = office.opening(worked), office.closing(worked)
    return begins.astimezone(office.zone).time(), ends.astimezone(office.zone).time()


def _cancelled(call: Call, number: int) -> Answer:
    row = desk.cancel(call.work, number)
    name = next((one.name or one.handle for one in people.ever_staff(call.work.db) if one.id == row.person_id), "")
    facts = {"booking": row.id, "place": row.place, "name": name, "since": row.starts_at.isoformat()}
    return Answer("phrase", {"phrase": "book_cancelled", **_common(call), **facts})


def engineer(call: Call, who: str) -> Person:
    """The engineer whom a word names. Raises RefusedError with all handles."""
    return named(people.with_role(call.work.db, *ROLES["engineer"], "senior"), who)


def _place(call: Call, words: str) -> str:
    known = call.work.house.place_words
    for name, marks in known.items():
        if words.strip().casefold() in {name.casefold(), *(mark.casefold() for mark in marks)}:
            return name
    raise RefusedError("book_place", word=words.strip()[:40], names=list(known))


def _shown(call: Call, bookings: list[dict[str, Any]]) -> dict[str, Any]:
    return {"bookings": bookings, "fresh": False, **_common(call)}


def _common(call: Call) -> dict[str, str]:
    return {"zone": call.work.house.zone, "now": call.work.now.isoformat()}
