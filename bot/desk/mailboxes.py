"""What the desk hears of mailboxes: that one cannot be read, that old mails came in, that very many come in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.desk.notices import notify
from bot.desk.work import Work
from storage import journal, marks

GATHERED = timedelta(minutes=2)
"""After this time one message tells of all old mails that have come until then."""


def tell_trouble(work: Work, mailbox: str, kind: str, text: str) -> None:
    """Tells the desk what is wrong with a mailbox ("" for nothing any more), each kind once a day."""
    event = "mailbox" if kind else "mailbox well"
    stamp = f"{work.now:%Y-%m-%d}" if kind else f"{work.now:%Y-%m-%dT%H:%M}"
    facts = {"mailbox": mailbox, "trouble": kind, "detail": text}
    notify(work, event, facts, key=f"{mailbox}:{kind}:{stamp}")


def tell_gathered(work: Work, event: str) -> None:
    """Sees to it that the desk hears of what comes in numbers, one message for that of ten minutes.

    Old mails (event backlog), or tickets that get no card of their own (flood).
    """
    span = f"{work.now.replace(minute=work.now.minute // 10 * 10):%Y-%m-%dT%H:%M}"
    if marks.get(work.db, event) != span:
        marks.put(work.db, event, span)
        notify(work, event, {"since": work.now.isoformat()}, key=span, after=GATHERED)


def gathered_since(work: Work, kind: str, since: str) -> dict[str, Any]:
    """How many tickets came of old mails (kind backlog) or without a card (flood), and the first and last of them."""
    happened = {"backlog": "listed", "flood": "gathered"}[kind]
    numbers = journal.tickets_since(work.db, happened, datetime.fromisoformat(since))
    names = [work.house.name_of(number) for number in (min(numbers, default=0), max(numbers, default=0))]
    return {"count": len(numbers), "first": names[0], "last": names[1]}
