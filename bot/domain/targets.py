"""The table of promises: what starts, satisfies, puts off and calls off each; a new clock is a new row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.domain.ladder import DAYS, MINUTES, MONTHLY, WEEKENDS
from bot.domain.longer_hours import BOOKED, LENGTHENING, OFFSITE, ONSITE, UNBOOKED


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the table: which events start the clock, which satisfy it, which put it off, and which call it off.

    `met_by`: any of these satisfies it; `needs`: all of these, in any order (R11).
    `again`: each further start begins a new arming and calls off the one before (re-dispatch, R11); `in_turn`: only
    once the one before has ended; `renewed_by`: meets the arming that runs and begins the next (progress).
    `resumed_by`: arms it anew with the used time kept (R15). `waits`: waiting for the user stops it (R6).
    `own_amount`: the starting event names the days; without them nothing is promised.
    `newer`: tickets stamped before this row was there, or of a level without it, have no such promise.
    `longer`: these events give it further hours (an order on site, booked support: SP-2.7).
    """

    name: str
    type: str
    starts: frozenset[str]
    met_by: frozenset[str]
    needs: frozenset[str] = frozenset()
    ended_by: frozenset[str] = frozenset()
    renewed_by: frozenset[str] = frozenset()
    unit: str = MINUTES
    again: bool = False
    in_turn: bool = False
    resumed_by: frozenset[str] = frozenset()
    waits: bool = False
    own_amount: bool = False
    newer: bool = False
    longer: frozenset[str] = frozenset()


SOLVED, WAITING, RESUMED = "solved", "waiting", "resumed"
CALLED_OFF = frozenset({"junked", "merged", "listed", "withdrawn"})
"""`listed`: a mail of the backlog, which was too old when it came for any promise to be kept.
`withdrawn`: the requester needs it no more."""
SUGGESTED, UNSUGGESTED, UNCOMPLAINED = "suggested", "unsuggested", "uncomplained"
BROUGHT_BACK = {"restored": "junked", "unmerged": "merged", UNSUGGESTED: SUGGESTED}
"""Event → the event that it undoes: what that called off goes on as if nothing had been."""
ABSORBED, RELEASED = "absorbed", "released"
"""Another ticket was merged into this one, or stands for itself again; `ticket` in the facts is its id. Of the first,
`promised` holds what was promised there and not kept yet, by target: `start`, `pauses`, and the limit `from`,
`minutes`, `calendar`; `onsite` is when somebody was ordered on site there, if so."""
COVERED, PARTED = "covered", "parted"
"""A master's engineer has what is linked to it in hand; it stands for itself again, as if that never had been (R16)."""
LEVEL, CORRECTION, FROM_NOW = "level", "correction", "now"
"""The event of a changed level; its facts hold the new `policy` and `how` it is to be understood (R13)."""


def _row(name: str, kind: str, starts: str, met_by: str, **more: Any) -> Target:
    sets = {key: frozenset(value.split()) for key, value in more.items() if isinstance(value, str) and key != "unit"}
    return Target(name, kind, frozenset(starts.split()), frozenset(met_by.split()), **(more | sets))


_new, _days = partial(_row, newer=True), partial(_row, newer=True, unit=DAYS)
SUPPORT, VOID = f"{BOOKED} {UNBOOKED}", "repair_undone"
AT_ALL_HOURS = f"{ONSITE} {OFFSITE} {SUPPORT}"
"""An order on site is about the work, not about the answer: the response keeps its hours (decisions, Clocks)."""

TARGETS: tuple[Target, ...] = (
    _row("dispatch", "OLA", "opened", "assigned covered solved", ended_by=SUGGESTED, longer=AT_ALL_HOURS),
    _row("confirm", "OLA", "assigned", "accepted solved", ended_by=SUGGESTED, again=True, longer=AT_ALL_HOURS),
    _row("response", "SLA", "opened", "contacted arrived solved", longer=SUPPORT),
    _new("arrival", "SLA", "opened level", "arrived solved", ended_by=SUGGESTED, longer=AT_ALL_HOURS),
    _row("resolve", "SLA", "opened", "solved at_work", ended_by=SUGGESTED, resumed_by="reopened stuck", waits=True,
         longer=AT_ALL_HOURS),
    _row("abnormal", "OLA", "escalated", "informed", again=True),
    _new("delay", "OLA", "late", "solved", needs="contacted assigned", in_turn=True, longer=AT_ALL_HOURS),
    _new("help", "OLA", "helping", "helped assigned solved", in_turn=True),
    _days("sheet-check", "OLA", "sheet_finished", "sheet_checked sheet_returned", ended_by="reopened", again=True),
    _days("complaint-answer", "SLA", "complained", "contacted arrived settled solved", ended_by=UNCOMPLAINED,
          in_turn=True),
    _days("complaint-settle", "SLA", "complained", "settled solved", ended_by=UNCOMPLAINED, in_turn=True),
    _days("vendor-15", "UC", "sent_to_shop", "", needs="returned swapped_back", ended_by=VOID, in_turn=True),
    _days("vendor-maker", "UC", "sent_to_maker", "returned", ended_by=VOID, in_turn=True, own_amount=True),
    _new("vendor-weekend", "UC", "sent_to_shop sent_to_maker", "delivered", ended_by=VOID, unit=WEEKENDS, in_turn=True),
    _days("progress", "SLA", "sent_to_maker", "", ended_by=f"returned delivered {VOID}", renewed_by="progressed",
          in_turn=True),
    _new("monthly-report", "SLA", "report_due", "report_sent", unit=MONTHLY, in_turn=True),
    _new("repair-report", "SLA", "repair_report_due", "repair_report_sent", unit=MONTHLY, in_turn=True),
    _days("major-report", "SLA", "major_over", "major_reported", ended_by="reopened major major_void", again=True),
)  # fmt: skip
"""R5, R6, R11, R12, R15, R18, R19, R21 as a table. A new clock is a new row; its amount comes with the policy."""

TO_REQUESTER = ("response", "arrival", "resolve")
"""What she is promised when her fault is confirmed; of the others she need not know."""
UNITS = {target.name: target.unit for target in TARGETS}
RETOLD = frozenset({ABSORBED, RELEASED, PARTED, LEVEL})
"""What changes how the events before it are to be read."""
_ANY = CALLED_OFF | BROUGHT_BACK.keys() | LENGTHENING | {ABSORBED, LEVEL}
HEARD = {
    one.name: _ANY.union(one.starts, one.met_by, one.needs, one.ended_by, one.renewed_by, one.resumed_by)
    | ({WAITING, RESUMED} if one.waits else set())
    for one in TARGETS
}  # fmt: skip
"""What of a journal each target looks at: most of what happens concerns few of them, and much of it none."""
KINDS = RETOLD.union(*HEARD.values())
"""All that any of them looks at."""
