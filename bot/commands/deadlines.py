"""The commands that explain deadlines: how one came about, and who will be alerted when."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.commands.base import DESK, Answer, Call, RefusedError, command, ticket_of
from bot.desk import why
from bot.desk.forecast import forecast
from bot.domain.targets import TARGETS

MOST = 30
AHEAD = timedelta(days=7)
FARTHEST = timedelta(days=366)
TARGET_WORDS = {"派单": "dispatch", "确认": "confirm", "响应": "response", "到场": "arrival", "解决": "resolve",
                "异常": "abnormal", "延迟": "delay"}  # fmt: skip
_ALL = re.compile(r"(?:all|全部)\b\s*", re.IGNORECASE)
_UNTIL = re.compile(r"(?:until|till|至|到)\s*(.*)", re.IGNORECASE | re.DOTALL)


@command(
    "why 为什么 依据",
    ("<ticket> [target]", "<工单> [时限]"),
    ("How its deadlines come about, minute by minute", "时限是如何算出来的，逐段说明"),
)
def why_(call: Call) -> Answer:
    found, target = ticket_of(call)
    wanted = TARGET_WORDS.get(target.casefold(), target.casefold())
    if wanted not in {"", *(one.name for one in TARGETS)}:
        raise RefusedError("which_target", target=target[:40], targets=[one.name for one in TARGETS])
    return Answer("why", why.explain(call.work, found, wanted), ticket=found)


@command(
    "forecast 预测 预报",
    ("[ticket|all] [until 2026-11-27 18:00]", "[工单|全部] [至 2026-11-27 18:00]"),
    ("Who would be alerted when, if nobody did anything", "如果无人处理，谁会在何时收到提醒"),
)
def forecast_(call: Call) -> Answer:
    whose, rest = _whose(call)
    until = _until(call, rest)
    alarms = forecast(call.work, until, **whose)
    facts: dict[str, Any] = {"alarms": alarms[:MOST], "total": len(alarms), "until": until.isoformat()}
    return Answer("forecast", {**facts, "zone": call.work.house.zone, "now": call.work.now.isoformat()})


def _whose(call: Call) -> tuple[dict[str, int | None], str]:
    """Of which tickets it is about, and the words after that: one, or all (an engineer's: her own)."""
    customer = call.group.customer_id if call.group else None
    if found := _ALL.match(call.words):
        return {"customer_id": customer}, call.words[found.end() :]
    if call.words and not _UNTIL.match(call.words):
        ticket, rest = ticket_of(call)
        return {"ticket_id": ticket.id}, rest
    person = call.person
    own = person.id if person and not set(person.roles) & DESK else None
    return {"customer_id": customer, "assignee_id": own}, call.words


def _until(call: Call, words: str) -> datetime:
    """The instant that the words name, in the desk's zone; a week from now where they name none."""
    now = call.work.now.astimezone(ZoneInfo(call.work.house.zone))
    text = unicodedata.normalize("NFKC", words).strip()
    if found := _UNTIL.match(text):
        text = found[1].strip()
    if not text:
        return now + AHEAD
    try:
        until = instant(text, now)
    except ValueError as error:
        raise RefusedError("which_time", text=text[:40]) from error
    if not now < until <= now + FARTHEST:
        raise RefusedError("which_time", text=text[:40])
    return until


def instant(text: str, now: datetime) -> datetime:
    """`18:00` is the next one; a date alone means its end."""
    if re.fullmatch(r"\d{1,2}:\d\d", text):
        hour, minute = map(int, text.split(":"))
        at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return at if at > now else at + timedelta(days=1)
    until = datetime.fromisoformat(text)
    if len(text) == len("2026-11-27"):
        until = datetime.combine(until.date() + timedelta(days=1), time())
    return until if until.tzinfo else until.replace(tzinfo=now.tzinfo)
