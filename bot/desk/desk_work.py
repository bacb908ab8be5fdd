"""What waits for the desk: service sheets to check, users to call, and mails that are held (SP-3.8, SP-4.2)."""

from __future__ import annotations

from typing import Any

from bot.desk.call_backs import queue
from bot.desk.held import undecided
from bot.desk.sheets import unchecked
from bot.desk.work import Work

MOST = 20


def waiting(work: Work, *, sheets: bool = True, calls: bool = True) -> dict[str, Any]:
    """All lists, or one of them, what is due first in front. Calls hold personal data: for private chats alone."""
    to_check = unchecked(work) if sheets else []
    to_call = queue(work) if calls else []
    return {
        "tag": f"[{work.house.prefix}]",
        "zone": work.house.zone,
        "now": work.now.isoformat(),
        "sheets": to_check[:MOST],
        "sheets_total": len(to_check),
        "calls": to_call[:MOST],
        "calls_total": len(to_call),
        "held": undecided(work)[:MOST] if sheets and calls else [],
    }
