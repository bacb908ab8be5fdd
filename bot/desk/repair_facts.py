"""A repair as texts tell it: which device, where it is, how far, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.desk import facts as about
from bot.desk.stock import StockError
from bot.desk.work import Work
from bot.domain.repair import TRANSPORT
from storage import clocks, hardware, tickets
from storage.tickets import Ticket

PROGRESS = "progress"
BESIDE = ("vendor-15", "vendor-maker", "vendor-weekend", PROGRESS)
"""The clocks of a repair: they run beside the ticket's own and stop nothing (R10)."""


def case_of(work: Work, ticket: Ticket) -> Any:
    """The ticket's open case. Raises StockError where there is none."""
    found = hardware.repairs(work.db, ticket_id=ticket.id)
    if not found:
        raise StockError("repair_none", number=work.house.name_of(ticket.number))
    return found[0]


def running(work: Work, ticket: Ticket) -> list[dict[str, Any]]:
    """The open clocks of a ticket's repair, the earliest first."""
    rows = clocks.open_of(work.db, [ticket.id]).get(ticket.id, [])
    return [about.clock_facts(row) for row in rows if row.target in BESIDE]


def told(work: Work, case: Any) -> dict[str, Any]:
    """A case as texts tell it: the device, where it is, how far, and when it is to be back ("due", None for open)."""
    dues = [one for one in running(work, tickets.get(work.db, case.ticket_id)) if one["target"] != PROGRESS]
    names: Mapping[str, str] = {one.key: one.name for one in work.house.vendors}
    return {
        "device": case.tag,
        "what": f"{case.device} {case.model}".strip(),
        "number": work.house.name_of(case.number),
        "at": case.kind,
        "vendor": names.get(case.vendor, case.vendor),
        "case": case.state,
        "since": about.iso(case.opened_at),
        "due": dues[0]["due"] if dues else None,
        "over": any(one["due"] and one["due"] < about.iso(work.now) for one in dues),
    }


def warranty_over(work: Work, device: Any) -> str:
    """The last day of a device's warranty that is over; "" while it runs, or nobody knows of one (SP-2.9)."""
    last = device.warranty_until
    return last.isoformat() if last and last < work.house.office.local_date(work.now) else ""


def transport(work: Work, case: Any) -> str:
    """Who carries the device and how, as somebody wrote it last; "" where nothing is arranged."""
    moved = [one for one in hardware.movements(work.db, asset_id=case.asset_id) if one.ticket_id == case.ticket_id]
    return next((str(one.why) for one in reversed(moved) if one.what == TRANSPORT), "")


def under_way(work: Work, words: str = "") -> list[dict[str, Any]]:
    """All devices in repair, or those that words name."""
    wanted = words.casefold()
    found = [one for one in hardware.repairs(work.db) if wanted in f"{one.tag} {one.device} {one.model}".casefold()]
    return [told(work, one) for one in found]


def of_device(work: Work, device: Any) -> dict[str, Any] | None:
    """The open case of a device, as texts tell it."""
    found = hardware.repairs(work.db, asset_id=device.id)
    return told(work, found[0]) if found else None
