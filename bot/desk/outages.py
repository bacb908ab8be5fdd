"""What stays broken, and who hears of it: once it lasts, again every few hours, and once more when it is well (P9)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.desk.notices import notify
from bot.desk.work import Work
from storage import outages

log = logging.getLogger("faultdesk.outages")
PATIENCE = timedelta(minutes=5)
"""What is well again within this time is told to nobody; messages that cannot wait have taken other ways by then."""
AGAIN = timedelta(hours=4)
"""How often it is said again."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Something that does not work, by name.

    `event` is told while it lasts, `over` when it is well; not by the channel `sick`, `every_way` by all others.
    """

    name: str
    event: str
    over: str
    facts: dict[str, Any] = field(default_factory=dict)
    sick: str = ""
    every_way: bool = False
    patience: timedelta = PATIENCE


def goes_on(work: Work, outage: Outage) -> bool:
    """The outage lasts: tells people when it is time to. Gives whether anybody was told now."""
    known = outages.load(work.db, outage.name) or {"since": work.now.isoformat(), "told": ""}
    known |= {"over": outage.over, "facts": outage.facts}
    is_time = _is_time(work.now, known, outage.patience)
    if is_time:
        facts = {**outage.facts, "since": known["since"], "well": False}
        known["told"] = work.now.isoformat()
        if not notify(work, outage.event, facts, but=outage.sick, every_way=outage.every_way):
            log.critical(
                "nobody can be told: every way to desk and manager is this one", extra={"channel": outage.name}
            )
    outages.keep(work.db, outage.name, known)
    return is_time


def is_over(work: Work, name: str) -> bool:
    """The outage is over: tells those who were told of it. Gives whether anybody was told now."""
    known = outages.load(work.db, name)
    if known is None:
        return False
    outages.end(work.db, name)
    if known["told"]:
        facts = {**known["facts"], "since": known["since"], "well": True}
        notify(work, known["over"], facts)
    return bool(known["told"])


def facts_of(db: Connection, name: str) -> dict[str, Any]:
    """What was known of it last, perhaps by an earlier run; empty when all was well."""
    known = outages.load(db, name)
    return dict(known["facts"]) if known else {}


def has_news(db: Connection, name: str, now: datetime, *, well: bool) -> bool:
    """Whether there is anything to tell of something that is not told of with patience."""
    known = outages.load(db, name)
    return known is not None if well else _is_time(now, known or {"since": now.isoformat(), "told": ""}, timedelta())


def _is_time(now: datetime, known: dict[str, Any], patience: timedelta) -> bool:
    if known["told"]:
        return now >= datetime.fromisoformat(known["told"]) + AGAIN
    return now >= datetime.fromisoformat(known["since"]) + patience
