"""The commands that change what a ticket is promised."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bot.commands import lists, tickets  # noqa: F401  -- /help lists their commands before these
from bot.commands.base import DESK, Answer, Call, RefusedError, command, say, text_of, ticket_of
from bot.desk.levels import Changed, set_facts, set_level
from bot.domain.targets import CORRECTION, FROM_NOW

HOW = {"correction": CORRECTION, "更正": CORRECTION, "now": FROM_NOW, "即刻": FROM_NOW}
LEVELS = {"标准": "standard", "高级": "advanced", "贵宾": "vip", "保修": "warranty", "关键保修": "warranty-critical"}
"""What the contract's levels are called in Chinese; other levels go by their names in the configuration."""
NOWHERE = frozenset({"none", "无"})
_HOW_AND_WHY = re.compile(rf"({'|'.join(HOW)})(?:[\s:：,，]+|$)(.*)", re.IGNORECASE | re.DOTALL)


@command(
    "level 级别",
    ("<ticket> <level> correction/now <why>", "<工单> <级别> 更正/即刻 <原因>"),
    (
        "Set the service level: `correction` if it was wrong from the start, `now` if it counts from now on",
        "改服务级别：一开始就定错了写“更正”，从现在起升级写“即刻”",
    ),
    may=DESK,
    words=True,
)
def level(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    named, *others = rest.split(maxsplit=1) or [""]
    wanted = LEVELS.get(named, named.casefold())
    if wanted not in call.work.house.rules.levels:
        raise RefusedError("no_such_level", word=named[:40], names=list(call.work.house.rules.levels))
    found = _HOW_AND_WHY.match("".join(others))
    if found is None:
        raise RefusedError("level_how")
    changed = set_level(call.work, ticket, wanted, HOW[found[1].casefold()], text_of(found[2]))
    return _told(call, "level_set", changed)


@command(
    "item 服务项",
    ("<ticket> <item>", "<工单> <服务项>"),
    ("Correct the service item; level and deadlines follow it", "更正服务项；级别和时限随之改正"),
    may=DESK,
)
def item(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    house = call.work.house
    known = {name: (name,) for name in (house.default_item, *house.rules.item_levels)} | {
        name: (name, *words) for name, words in house.item_words.items()
    }
    return _told(call, "item_set", set_facts(call.work, ticket, item=_named(known, rest, "no_such_item")))


@command(
    "place 地点",
    ("<ticket> <place>", "<工单> <地点>"),
    ("Correct the place; some are served at once. `none` for no place", "更正地点；个别地点须立即响应。没有地点写“无”"),
    may=DESK,
)
def place(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    nowhere = rest.casefold() in NOWHERE
    named = "" if nowhere else _named(call.work.house.place_words, rest, "no_such_place")
    return _told(call, "place_set", set_facts(call.work, ticket, place=named))


def _named(known: Mapping[str, Iterable[str]], words: str, refusal: str) -> str:
    """The name that the words stand for: itself, or one of its marks. Raises RefusedError with all names."""
    wanted = words.strip().casefold()
    for name, marks in known.items():
        if wanted and wanted in {mark.casefold() for mark in marks}:
            return name
    raise RefusedError(refusal, word=words.strip()[:40], names=list(known))


def _told(call: Call, phrase: str, changed: Changed) -> Answer:
    ticket, house = changed.ticket, call.work.house
    facts = {"level": ticket.level, "former": changed.former, "item": ticket.item, "place": ticket.place}
    now = call.work.now.isoformat()
    return say(phrase, number=house.name_of(ticket.number), moved=changed.moved, zone=house.zone, now=now, **facts)
