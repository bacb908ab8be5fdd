"""When the next thing is due that nobody asks for: what rows name an instant of, and what comes by the hour."""

from __future__ import annotations

from datetime import datetime

from bot.desk import digests, handover, reachability, waits, weekly
from bot.desk.work import Work
from storage.idle import next_deadline


def next_at(work: Work) -> datetime | None:
    """The first of these instants (in the past: it is overdue); None where nothing is to come. No message is meant."""
    by_the_hour = [one.next_at(work) for one in (digests, reachability, handover, weekly, waits)]
    return min((at for at in (next_deadline(work.db), *by_the_hour) if at), default=None)
