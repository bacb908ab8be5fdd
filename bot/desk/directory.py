"""The directory of requesters: a file's entries become people, all of them or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from bot.desk.journal import record
from bot.desk.work import Work
from bot.domain.directory import Entry
from storage import people

KEPT = ("name", "phone", "place", "language", "vip")


def import_people(work: Work, entries: Sequence[Entry], *, dry_run: bool) -> tuple[dict[str, int], list[str]]:
    """Enters and renews people by their addresses. Gives how many are new, changed and the same, and the mistakes.

    With a mistake, or with `dry_run`, nothing is written. An address of staff, or of another customer's person, is a
    mistake: nobody moves between customers by a file.
    """
    ids = {one.key: one.id for one in work.house.customers}
    ids[""] = work.house.customers[0].id
    counts: Counter[str] = Counter({"new": 0, "changed": 0, "same": 0})
    mistakes, writing = [], []
    for entry in entries:
        known = people.by_contact(work.db, "mail", entry.address)
        if known and (known.handle or known.customer_id != ids[entry.customer]):
            whose = "a member of staff" if known.handle else "a person of another customer"
            mistakes.append(f"line {entry.line}: {entry.address} is the address of {whose}")
            continue
        facts: dict[str, Any] = {name: getattr(entry, name) for name in KEPT}
        same = known and all(getattr(known, name) == value for name, value in facts.items())
        counts["same" if same else "changed" if known else "new"] += 1
        if not same:
            writing.append((entry.address, facts | {"customer_id": ids[entry.customer]}))
    if not mistakes and not dry_run:
        for address, facts in writing:
            people.keep_requester(work.db, address, facts)
        record(work, None, ("directory imported", dict(counts)))
    return dict(counts), mistakes
