"""The service sheet: what stands on it, read from a ticket's journal, and what it still lacks (SP-4.1, SP-4.5)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

CAUSES = (
    "hardware", "software", "network", "virus", "account", "power", "supplies", "handling", "damage", "environment",
    "none", "other",
)  # fmt: skip
"""The catalogue of causes. `damage` (by people) is kept apart since it decides whether a repair is free (SP-2.9)."""
HOTLINE, REMOTE, ONSITE = "hotline", "remote", "onsite"
MODES = (HOTLINE, REMOTE, ONSITE)
"""SP-2.8."""
DAILY, SPARE, REPAIR, THIRD, SPECIAL, SUPPORT = "daily", "spare", "repair", "third", "special", "support"
"""The kind of service (SP-2.8, SP-4.5): on site or remote, with a spare part, with a repair, with one by a third party,
a special request, other support."""
OPEN, FINISHED, RETURNED, CHECKED = "open", "finished", "returned", "checked"
"""Where a sheet stands: being filled in, waiting for the check, given back with a word, accepted."""
BY_WORD, BY_RATING, BY_CALL, BY_SILENCE = "word", "rating", "call", "silence"
"""How the requester has confirmed that it works."""
SATISFIED = 4
"""A rating of so many points of five, or more, is satisfied (SP-4.2)."""

_CAUSE_WORDS = {
    "hardware": "硬件 硬件故障", "software": "软件 软件故障 系统", "network": "网络 网络故障",
    "virus": "病毒 malware", "account": "账号 帐号 权限 password", "power": "电源 供电",
    "supplies": "耗材 consumables toner", "handling": "操作 操作问题 使用", "damage": "人为 人为损坏 损坏",
    "environment": "环境", "none": "无故障 正常", "other": "其他 其它",
}  # fmt: skip
_MODE_WORDS = {HOTLINE: "电话 热线 phone", REMOTE: "远程 远程桌面", ONSITE: "现场 上门 on-site on_site site"}
_VEHICLE = frozenset("车 用车 车辆 派车 vehicle van car".split())


def _by_word(words: dict[str, str]) -> dict[str, str]:
    return {word: name for name, others in words.items() for word in (name, *others.split())}


_CAUSES, _MODES = _by_word(_CAUSE_WORDS), _by_word(_MODE_WORDS)
_FIRST = re.compile(r"([^\s:：,，]+)[\s:：,，]*(.*)", re.DOTALL)


def cause_of(words: str) -> tuple[str, str]:
    """The cause that words begin with and the words after it; ("", words) where they name none."""
    found = _FIRST.fullmatch(words.strip())
    name = _CAUSES.get(_plain(found[1])) if found else None
    return (name, found[2].strip()) if found and name else ("", words.strip())


def mode_of(words: str) -> tuple[str, bool] | None:
    """The mode that words name, and whether a vehicle was used; None for other words."""
    named = [_plain(word) for word in re.split(r"[\s,，、+]+", words.strip()) if word]
    modes = [_MODES[word] for word in named if word in _MODES]
    if len(modes) != 1 or any(word not in _MODES and word not in _VEHICLE for word in named):
        return None
    return modes[0], any(word in _VEHICLE for word in named)


def dispatched(words: str) -> tuple[str, dict[str, Any]]:
    """Whom words name, and how she is sent: mode and vehicle stand behind the name (a vehicle goes on site)."""
    who, how = words.split(), dict[str, Any]()
    while len(who) > 1 and (word := _plain(who[-1])) in _MODES.keys() | _VEHICLE:
        how |= {"vehicle": True} if word in _VEHICLE else {"mode": _MODES[word]}
        who.pop()
    return " ".join(who), {"mode": ONSITE, "vehicle": False} | how if how else {}


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()


class Row(Protocol):
    """A row of the journal, as the sheet reads it."""

    @property
    def id(self) -> int: ...

    @property
    def kind(self) -> str: ...

    @property
    def at(self) -> datetime: ...

    @property
    def actor_id(self) -> int | None: ...

    @property
    def facts(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """A ticket's sheet. Words of people, and what came with pictures, are ids of entries.
    Instants are UTC, None for what has not happened.

    `state` is one of OPEN, FINISHED, RETURNED, CHECKED; `confirmed` one of BY_*, or ""; `score` (hers, by
    mail) and `call_score` (what she said when she was called) 0 for no rating.
    `visits`: arrival and leaving of those before the last one; None where it was not said that she left.
    `mode` is as `planned` at dispatch until somebody says how it was, or arrives.
    """

    state: str = OPEN
    assigned_at: datetime | None = None
    accepted_at: datetime | None = None
    contacted_at: datetime | None = None
    set_out_at: datetime | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    visits: tuple[tuple[datetime, datetime | None], ...] = ()
    solved_at: datetime | None = None
    solved_by: int | None = None
    work: int | None = None
    cause: str = ""
    cause_words: int | None = None
    parts: int | None = None
    pictures: tuple[int, ...] = ()
    mode: str = ""
    planned: str = ""
    vehicle: bool = False
    checked_at: datetime | None = None
    checked_by: int | None = None
    returned_why: int | None = None
    confirmed: str = ""
    confirmed_at: datetime | None = None
    score: int = 0
    call_score: int = 0
    own_word: bool = False
    called: bool = False

    @property
    def rating(self) -> int:
        """How satisfied she is: her own word by mail, which nobody calls better; else what she said when called."""
        return self.score or self.call_score

    @property
    def missing(self) -> tuple[str, ...]:
        """What must stand on it and does not, in the order of the page."""
        lacking = {
            "mode": not self.mode,
            "arrived": self.mode == ONSITE and self.arrived_at is None,
            "left": self.mode == ONSITE and self.left_at is None,
            "cause": not self.cause,
            "work": self.work is None or self.own_word,
        }
        return tuple(name for name, holds in lacking.items() if holds)


def read(rows: Iterable[Row]) -> Sheet:
    """The sheet that a ticket's journal makes, its rows in the order in which they were recorded.

    A reopened ticket is filled in, checked and confirmed anew; what stood on its sheet stays until it is said anew.
    What was taken back never was.
    """
    rows, sheet = list(rows), Sheet()
    void = {one for row in rows if row.kind == "undone" for one in row.facts["events"]}
    for row in rows:
        if row.id not in void:
            sheet = replace(sheet, **_said(sheet, row))
    return replace(sheet, mode=sheet.mode or sheet.planned)


_STAMPS = {"assigned": "assigned_at", "accepted": "accepted_at", "set_out": "set_out_at", "left_site": "left_at"}
"""Event → what its instant is called on the sheet; the last one counts."""


def _said(sheet: Sheet, row: Row) -> dict[str, Any]:
    """What a row of the journal changes on the sheet."""
    facts = row.facts
    if row.kind in _STAMPS:
        sent = {"planned": facts.get("mode", ""), "vehicle": facts.get("vehicle", sheet.vehicle)}
        return {_STAMPS[row.kind]: row.at, **(sent if row.kind == "assigned" else {})}
    if row.kind == "arrived":
        before = ((sheet.arrived_at, sheet.left_at),) if sheet.arrived_at else ()
        return {"arrived_at": row.at, "left_at": None, "mode": sheet.mode or ONSITE, "visits": sheet.visits + before}
    if row.kind == "contacted":
        return {} if sheet.contacted_at else {"contacted_at": row.at}
    if row.kind == "solved":
        left = {"left_at": row.at} if sheet.arrived_at and not sheet.left_at else {}  # who solves it there goes then
        return {**left, "solved_at": row.at, "solved_by": row.actor_id, "work": facts.get("entry"), "own_word": False}
    if row.kind == "reopened":
        fresh = dict.fromkeys(("solved_at", "checked_at", "checked_by", "returned_why", "confirmed_at"))
        return {**fresh, "state": OPEN, "confirmed": "", "score": 0, "call_score": 0, "called": False}
    return _filled(row) or _looked_over(row) or _answered(sheet, row)


def _filled(row: Row) -> dict[str, Any]:
    facts = row.facts
    if row.kind != "sheet_filled":
        return {}
    if facts["field"] == "cause":
        return {"cause": facts["value"], "cause_words": facts.get("entry")}
    if facts["field"] == "mode":
        return {"mode": facts["value"], "vehicle": bool(facts.get("vehicle"))}
    if facts["field"] == "pictures":
        return {"pictures": tuple(facts["entries"])}
    return {facts["field"]: facts["entry"], **({"own_word": False} if facts["field"] == "work" else {})}


def _looked_over(row: Row) -> dict[str, Any]:
    if row.kind == "sheet_finished":
        return {"state": FINISHED, "returned_why": None, **({"own_word": True} if row.facts.get("by_user") else {})}
    if row.kind == "sheet_checked":
        return {"state": CHECKED, "checked_at": row.at, "checked_by": row.actor_id, "returned_why": None}
    if row.kind == "sheet_returned":
        return {"state": RETURNED, "returned_why": row.facts["entry"]}
    return {}


def _answered(sheet: Sheet, row: Row) -> dict[str, Any]:
    if row.kind in {"rated", "called_back"}:
        called, score = row.kind == "called_back", row.facts["score"]
        said: dict[str, Any] = {"called": True, "call_score": score} if called else {"score": score}
        good = score >= SATISFIED and not sheet.confirmed
        how = {"confirmed": BY_CALL if called else BY_RATING, "confirmed_at": row.at}
        return {**said, **how} if good else said
    if row.kind == "confirmed" and not sheet.confirmed:
        return {"confirmed": row.facts["how"], "confirmed_at": row.at}
    return {}
