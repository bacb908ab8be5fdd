"""Taking back, within a day, what brought tickets together or apart: a merge, a link, a relation, a master, a split."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.desk import linking, merging, related, splitting
from bot.desk.journal import standing
from bot.desk.work import Work
from storage import journal, tickets
from storage.tickets import Ticket

WINDOW = timedelta(days=1)
JOININGS = {
    "merged": "merge", "absorbed": "merge", "known": "child", "mastered": "master", related.RELATED: "related",
    splitting.SPLIT: "split", splitting.SPLIT_OFF: "split",
}  # fmt: skip
"""Event → the command that made it."""


def newest(work: Work, ticket: Ticket) -> Any | None:
    """What somebody did last to the ticket, if that brought it together with another or apart, within a day.

    None where somebody has done anything else to it since: then the command's own `undo` is meant, if at all.
    """
    rows = [row for row in standing(journal.of_ticket(work.db, ticket.id)) if row.actor == "person"]
    last = rows[-1] if rows else None
    if last is None or work.now - last.recorded_at > WINDOW:
        return None
    at_once = [row for row in rows if row.recorded_at == last.recorded_at and row.actor_id == last.actor_id]
    joining = next((row for row in reversed(at_once) if row.kind in JOININGS), None)
    return joining if joining is None or not _is_over(at_once, joining) else None


def _is_over(rows: list[Any], joining: Any) -> bool:
    """Whether it was already undone in the same instant."""
    ends = {"unmerged", "released", "parted", "unmastered", related.APART, splitting.REJOINED}
    return any(row.id > joining.id and row.kind in ends for row in rows)


def take_back(work: Work, ticket: Ticket, joining: Any) -> str:
    """Undoes it, with all that follows for mails and clocks; gives the command that it was.

    Raises MergeRefusedError, LinkRefusedError, SplitError, MoveRefusedError.
    """
    other = joining.facts.get("ticket")
    if joining.kind in {"merged", "absorbed"}:
        merging.unmerge(work, ticket if joining.kind == "merged" else tickets.get(work.db, other))
    elif joining.kind == "known":
        linking.part(work, ticket)
    elif joining.kind == related.RELATED:
        related.relate(work, ticket, tickets.get(work.db, joining.facts["other"]), apart=True)
    elif joining.kind == "mastered":
        linking.unmark(work, ticket)
    else:
        splitting.rejoin(work, ticket if joining.kind == splitting.SPLIT_OFF else tickets.get(work.db, other))
    return JOININGS[joining.kind]
