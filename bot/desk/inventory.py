"""The devices of a spreadsheet become those of the desk, all of them or none (SP-7.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from bot.desk.journal import record
from bot.desk.work import Work
from bot.domain.devices import Device, labels_in
from storage import hardware, people

PLAIN = ("kind", "model", "serial", "place")
HANDS_OFF = ("loaned", "repair")
"""Where a device is by its tickets: a file does not say otherwise."""


def import_devices(work: Work, entries: Sequence[Device], *, dry_run: bool) -> tuple[dict[str, int], list[str]]:
    """Enters and renews devices by their tags. Gives how many are new, changed and the same, and the mistakes.

    With a mistake, or with `dry_run`, nothing is written. The file's columns that are empty leave what is known.
    """
    ids = {one.key: one.id for one in work.house.customers}
    ids[""] = work.house.customers[0].id
    counts: Counter[str] = Counter({"new": 0, "changed": 0, "same": 0})
    mistakes, writing = [], []
    there = {str(one.tag).casefold(): one for one in hardware.assets(work.db)}
    for entry in entries:
        known = there.get(entry.tag.casefold())
        user = people.by_contact(work.db, "mail", entry.user) if entry.user else None
        if known and known.customer_id != ids[entry.customer]:
            mistakes.append(f"line {entry.line}: {entry.tag} is a device of another customer")
        elif entry.user and (user is None or user.customer_id != ids[entry.customer]):
            mistakes.append(f"line {entry.line}: {entry.user} is not in the customer's directory (faultdesk people)")
        else:
            facts = _facts(entry, known, user.id if user else None) | {"customer_id": ids[entry.customer]}
            same = known and all(getattr(known, name) == value for name, value in facts.items())
            counts["same" if same else "changed" if known else "new"] += 1
            if not same:
                writing.append((known.id if known else None, entry.tag, facts))
    if not mistakes and not dry_run:
        note = {"at": work.now, "what": "imported", "actor_id": work.actor.id}
        kept = [hardware.keep_asset(work.db, *one) for one in writing]
        hardware.note(work.db, *({**note, "asset_id": one} for one in kept))
        record(work, None, ("devices imported", dict(counts)))
    return dict(counts), mistakes


def under_warranty(work: Work, customer_id: int, words: str, at: datetime) -> tuple[str, str]:
    """Label and kind of the customer's device that the words name first, of those whose warranty gives a level then."""
    levels, day = work.house.rules.device_levels, work.house.office.local_date(at)
    labels = labels_in(words) if levels else []
    found = hardware.assets_by_tags(work.db, customer_id, labels) if labels else []
    rows = {row.tag.casefold(): row for row in found}
    for row in (rows[label] for label in labels if label in rows):
        if row.kind.casefold() in levels and row.warranty_until and row.warranty_until >= day:
            return row.tag, row.kind
    return "", ""


def is_known(work: Work, customer_id: int, words: str, person_id: int | None) -> bool:
    """Whether it is clear which device is meant: the words name one of the customer's, or the person has just one."""
    labels = labels_in(words)
    if labels and hardware.assets_by_tags(work.db, customer_id, labels):
        return True
    return person_id is not None and hardware.count_of_user(work.db, person_id) == 1


def _facts(entry: Device, known: Any, user: int | None) -> dict[str, Any]:
    """What the file says of a device, without what it leaves open or may not say."""
    facts: dict[str, Any] = {name: getattr(entry, name) for name in PLAIN if getattr(entry, name) or not known}
    for name in ("accepted_on", "warranty_until"):
        if getattr(entry, name):
            facts[name] = date.fromisoformat(getattr(entry, name))
    if not (known and known.state in HANDS_OFF):
        facts["state"] = entry.state
        if user is not None:
            facts["user_id"] = user
    return facts
