"""How satisfied users are, by level against what the contract asks for (SP-2.1 to SP-2.3, SP-4.2)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.desk.call_backs import REOPENED, SAMPLE, UNREACHED
from bot.desk.work import Work
from bot.domain.sheet import SATISFIED, Sheet, read
from storage import call_backs, journal
from storage.outbox import batched


def figures(work: Work, first: date, last: date) -> dict[str, Any]:
    """The tickets solved on the dates from `first` to before `last`, in the desk's zone: by level, and all together.

    Levels that nobody has are left out; one of those that somebody may have stands there without answers, too.

    `share` (percent of the answers that are satisfied) is None where nobody has answered: no data is not 100 %.
    `calls` are the call-backs to their users, and how they went.
    """
    zone = ZoneInfo(work.house.zone)
    since, until = (datetime.combine(day, time(), zone) for day in (first, last))
    found = call_backs.solved_between(work.db, since, until)
    sheets = _sheets(work, [row.id for row in found])
    rules = work.house.rules
    by_level: dict[str, list[Sheet]] = {level: [] for level in rules.levels if level in rules.given}
    for row in found:
        by_level.setdefault(row.level, []).append(sheets[row.id])
    rows = [_row(level, some, rules.levels.get(level, {}).get("satisfaction")) for level, some in by_level.items()]
    return {"rows": rows, "total": _row("", list(sheets.values()), None), "calls": _calls(work, list(sheets)),
            "first": first.isoformat(), "last": last.isoformat()}  # fmt: skip


def _calls(work: Work, ticket_ids: list[int]) -> dict[str, int]:
    """How many users were to be called (some as a sample of the satisfied), were, were not reached, and wait."""
    rows = [row for some in batched(ticket_ids) for row in call_backs.of_tickets(work.db, some)]
    rows = [row for row in rows if row.outcome != REOPENED]
    waiting = [row for row in rows if row.done_at is None]
    unreached = sum(row.outcome == UNREACHED for row in rows)
    sample = sum(row.reason == SAMPLE for row in rows)
    return {"all": len(rows), "sample": sample, "made": len(rows) - len(waiting) - unreached, "unreached": unreached,
            "waiting": len(waiting), "over": sum(row.due_at <= work.now for row in waiting)}  # fmt: skip


def _sheets(work: Work, ticket_ids: list[int]) -> dict[int, Sheet]:
    found: dict[int, Sheet] = dict.fromkeys(ticket_ids, Sheet())
    for some in batched(ticket_ids):
        found.update((one, read(rows)) for one, rows in journal.of_tickets(work.db, some).items())
    return found


def _row(level: str, sheets: list[Sheet], target: float | None) -> dict[str, Any]:
    scores = [one.rating for one in sheets if one.rating]
    satisfied = sum(score >= SATISFIED for score in scores)
    share = round(100 * satisfied / len(scores), 1) if scores else None
    return {
        "level": level,
        "solved": len(sheets),
        "answered": len(scores),
        "answer_share": round(100 * len(scores) / len(sheets), 1) if sheets else None,
        "satisfied": satisfied,
        "share": share,
        "target": target,
        "met": None if share is None or target is None else share >= target,
    }
