"""What the desk hears of mailboxes: that one cannot be read, and that old mails were taken in without a word."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.desk.announce import DESK, TABLE, message_id
from bot.desk.roster import Recipient, Roster
from bot.desk.work import Work
from storage import journal, outbox

GATHERED = timedelta(minutes=2)
"""After this time one message tells of all old mails that have come until then."""


def tell_trouble(work: Work, mailbox: str, kind: str, text: str) -> None:
    """Tells the desk what is wrong with a mailbox ("" for nothing any more), each kind once a day."""
    event = "mailbox" if kind else "mailbox well"
    stamp = f"{work.now:%Y-%m-%d}" if kind else f"{work.now:%Y-%m-%dT%H:%M}"
    facts = {"mailbox": mailbox, "trouble": kind, "detail": text}
    _tell_desk(work, event, f"{event}:{mailbox}:{kind}:{stamp}", facts)


def tell_backlog(work: Work) -> None:
    """Sees to it that the desk hears of the old mails that come now: one message for those of ten minutes."""
    span = work.now.replace(minute=work.now.minute // 10 * 10)
    _tell_desk(work, "backlog", f"backlog:{span:%Y-%m-%dT%H:%M}", {"since": work.now.isoformat()}, after=GATHERED)


def backlog_since(work: Work, since: str) -> dict[str, Any]:
    """How many old mails have become tickets since an instant, and the first and last of those tickets."""
    numbers = journal.tickets_listed_since(work.db, datetime.fromisoformat(since))
    names = [work.house.name_of(number) for number in (min(numbers, default=0), max(numbers, default=0))]
    return {"count": len(numbers), "first": names[0], "last": names[1]}


def _tell_desk(work: Work, event: str, key: str, facts: dict[str, Any], after: timedelta = timedelta()) -> None:
    (line,) = TABLE[event]
    told, _ = Roster(work).told((DESK,), None)
    rows = [_row(work, (event, line.kind, f"{key}:{one.person.id}"), one, facts) for one in told]
    outbox.put(work.db, [{**row, "silent": not line.sound} for row in rows], work.now + after)


def _row(work: Work, what: tuple[str, str, str], one: Recipient, facts: dict[str, Any]) -> dict[str, Any]:
    event, kind, key = what
    channel, address = one.ways[0]
    return {
        "dedup_key": key,
        "event": event,
        "kind": kind,
        "audience": DESK,
        "person_id": one.person.id,
        "channel": channel,
        "address": address,
        "locale": one.person.language or work.house.customers[0].locale,
        "facts": {"zone": work.house.zone, **facts},
        "message_id": message_id(work, 0, key) if channel == "mail" else "",
    }
