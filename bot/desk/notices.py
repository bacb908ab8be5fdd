"""Messages about the desk itself, on no ticket: who hears them stands in TABLE, as for all others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.desk.announce import DESK, MANAGER, TABLE, Line
from bot.desk.message_ids import plain_id
from bot.desk.roster import Recipient, Roster
from bot.desk.work import Work
from storage import outbox


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the desk itself that staff hears of; `key` tells apart what happens twice."""

    work: Work
    event: str
    facts: dict[str, Any]
    key: str

    def row(self, line: Line, one: Recipient, way: tuple[str, str] | None = None) -> dict[str, Any]:
        """A row for the outbox: to one of them, by this way (channel, address) or the one she prefers."""
        channel, value = way or one.ways[0]
        key = f"{self.event}:{self.key}:{channel}:{value}"
        return {
            "dedup_key": key,
            "person_id": one.person.id,
            "event": self.event,
            "kind": line.kind,
            "audience": line.audience,
            "channel": channel,
            "address": value,
            "locale": one.person.language or self.work.house.customers[0].locale,
            "facts": {**common(self.work), **self.facts},
            "silent": not line.sound,
            "message_id": plain_id(self.work, key) if channel == "mail" else "",
        }


def notify(
    work: Work,
    event: str,
    facts: dict[str, Any] | None = None,
    *,
    key: str = "",
    every_way: bool = False,
    but: str = "",
    knows: int | None = None,
    after: timedelta = timedelta(),
) -> int:
    """Tells desk and project manager, each person once; `every_way` by all the ways in which she can be reached.

    `key` tells apart what happens twice; without one, each instant is a new occurrence. It goes out `after` a while,
    not by the channel `but`, and not to the person who `knows`. Gives how many messages that makes.
    """
    rows = notices(work, event, facts, key=key, every_way=every_way, but=but, knows=knows)
    outbox.put(work.db, rows, work.now + after)
    return len(rows)


def common(work: Work) -> dict[str, Any]:
    """The facts that every such message has."""
    return {"tag": f"[{work.house.prefix}]", "zone": work.house.zone, "now": work.now.isoformat()}


def notices(
    work: Work,
    event: str,
    facts: dict[str, Any] | None = None,
    *,
    key: str = "",
    every_way: bool = False,
    but: str = "",
    knows: int | None = None,
) -> list[dict[str, Any]]:
    """The messages of `notify`, as rows for the outbox."""
    lines = {line.audience: line for line in TABLE[event]}
    told, _ = Roster(work).told(tuple(name for name in (DESK, MANAGER) if name in lines), None)
    notice, rows = Notice(work, event, facts or {}, key or work.now.isoformat()), []
    for one in (each for each in told if each.person.id != knows):
        line = lines.get(one.role) or lines.get(DESK) or next(iter(lines.values()))
        ways = [way for way in one.ways if way[0] != but]
        rows += [notice.row(line, one, way) for way in (ways if every_way else ways[:1])]
    return rows


def tell_person(work: Work, person_id: int, event: str, facts: dict[str, Any], *, key: str) -> None:
    """Tells one member of staff, or whoever stands in for her; where nobody does, the desk."""
    roster, notice = Roster(work), Notice(work, event, facts, key)
    one = roster.engineer(person_id)
    told = [one] if one else roster.told((DESK,), None)[0]
    outbox.put(work.db, [notice.row(TABLE[event][0], each) for each in told], work.now)


def tell_account(
    work: Work, account: tuple[str, str], key: str, locale: str, phrase: dict[str, Any], *, silent: bool = False
) -> None:
    """Says a phrase in the private chat of an account, whoever it is; part of the answer to a command or event."""
    row = {
        "dedup_key": key,
        "event": "command",
        "kind": "phrase",
        "audience": "speaker",
        "channel": account[0],
        "address": account[1],
        "locale": locale,
        "facts": phrase,
        "silent": silent,
    }
    outbox.put(work.db, [row], work.now)
