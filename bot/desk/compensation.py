"""What is due to each customer for lapsed promises, where his contract grants it (SP-4.4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.desk import facts as about
from bot.desk.work import CustomerHouse, Work
from bot.domain.compensation import month
from bot.domain.day_targets import month_after
from storage import figures


def due(work: Work, first: date, last: date) -> dict[str, Any]:
    """From `first` to before `last`, in the desk's zone: a row for each month of a customer in which something is due.

    A breach counts in the month in which its promise lapsed; one that the project manager extended does, too (A).
    """
    granted = [one for one in work.house.customers if one.compensation.rates]
    rows = [row for start in _months(first, last) for one in granted for row in _rows(work, one, start)]
    return {"rows": rows, "granted": bool(granted), "first": first.isoformat(), "last": last.isoformat()}


def _months(first: date, last: date) -> Iterator[date]:
    while first < last:
        yield first
        first = month_after(first)


def _rows(work: Work, customer: CustomerHouse, start: date) -> Iterator[dict[str, Any]]:
    zone, terms = ZoneInfo(work.house.zone), customer.compensation
    since, until = (datetime.combine(day, time(), zone) for day in (start, month_after(start)))
    found = figures.breaches(work.db, customer.id, [*terms.rates], (since, min(until, work.now)))
    made = month([row.target for row in found], terms)
    if made.lines:
        lines = [{"target": one.target, "count": one.count, "each": one.each} for one in made.lines]
        name = work.house.name_of
        breached = [{"number": name(one.number), "target": one.target, "due": about.iso(one.due_at)} for one in found]
        amounts = {"total": made.total, "amount": made.amount, "currency": terms.currency}
        whose = {"customer": customer.name or customer.key, "month": f"{start:%Y-%m}"}
        yield {**whose, **amounts, "lines": lines, "breached": breached}
