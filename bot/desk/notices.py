"""Messages to staff that belong to no ticket: who was linked, what keeps us from working in a group."""

from __future__ import annotations

from typing import Any

from bot.desk.announce import TABLE, Line, message_id
from bot.desk.roster import Recipient, Roster
from bot.desk.work import Work
from storage import outbox


def notify_desk(work: Work, event: str, key: str, facts: dict[str, Any]) -> None:
    """Tells the service desk, each of its people once by `key`."""
    rows = [
        _row(work, (event, line), key, facts, one)
        for line in TABLE[event]
        for one in Roster(work).told(("desk",), None)[0]
    ]
    outbox.put(work.db, rows, work.now)


def _row(work: Work, told: tuple[str, Line], key: str, facts: dict[str, Any], one: Recipient) -> dict[str, Any]:
    event, line = told
    channel, value = one.ways[0]
    dedup_key = f"{event}:{key}:{channel}:{value}"
    return {
        "dedup_key": dedup_key,
        "event": event,
        "kind": line.kind,
        "audience": line.audience,
        "person_id": one.person.id,
        "channel": channel,
        "address": value,
        "locale": one.person.language or work.house.customers[0].locale,
        "facts": {**facts, "tag": f"[{work.house.prefix}]", "zone": work.house.zone, "now": work.now.isoformat()},
        "silent": not line.sound,
        "message_id": message_id(work, 0, dedup_key) if channel == "mail" else "",
    }


def tell_account(work: Work, account: tuple[str, str], key: str, locale: str, phrase: dict[str, Any]) -> None:
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
    }
    outbox.put(work.db, [row], work.now)
