"""What the user of a broken device reads of its repair: that it goes, that nothing comes of it, that it is back.

What happens within a few minutes is one mail: the device goes and a loan comes, it is back and the loan is fetched,
it was a mistake.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.desk import facts as about
from bot.desk.announce import announce, messages
from bot.desk.repair_facts import BESIDE, PROGRESS, running, told
from bot.desk.work import Work
from bot.domain import repair as rules
from bot.domain.ticket import OPEN
from storage import hardware, journal, outbox, tickets
from storage.tickets import Ticket

HOLD = timedelta(minutes=5)
"""So long a mail waits for what comes next."""
AWAY, STAYS, DEAR, AGREED, BEYOND, BACK, LOAN_BACK, LATE = rules.TOLD
STEPS = {rules.REFUSED: DEAR, rules.APPROVED: AGREED, rules.IRREPARABLE: BEYOND, rules.RETURNED: BACK}
"""What a case has come to → the event, if its user is to hear of it."""
KIND = "repair"


def sent(work: Work, ticket: Ticket, case: Any) -> bool:
    """The device goes to who repairs it. Gives whether somebody is told."""
    return case.kind != rules.HOUSE and _tell(work, ticket, AWAY, case)


def stepped(work: Work, ticket: Ticket, before: str, case: Any) -> bool:
    """The case is so far, after the state `before`. Gives whether somebody is told."""
    event = STEPS.get(case.state)
    replaced = before == rules.IRREPARABLE
    if event is None or (event != BEYOND and not _was_missed(work, ticket, case)):
        return False
    if event == AGREED and not _was_refused(work, ticket, case):
        return False  # of a price she has heard nothing
    if event == BACK and replaced and _has_another(work, ticket) and not _lent(work, ticket):
        return False  # what she keeps was told as she got it
    outcome = "replaced" if replaced else "as it was" if before == rules.REFUSED else ""
    return _tell(work, ticket, event, case, outcome=outcome)


def undone(work: Work, ticket: Ticket, case: Any) -> bool:
    """It does not go after all. Gives whether somebody is told: only who has read that it goes."""
    if _drop(work, ticket) or case.kind == rules.HOUSE:
        return False
    return _tell(work, ticket, STAYS, case)


def loan_back(work: Work, ticket: Ticket, tag: str, swapped: Any) -> bool:
    """A loan device is with us again; `swapped`: the case that ends by it, if one does. Gives whether she is told."""
    held = _held(work, ticket)
    if held:  # with what it says already, and the loans that are left
        _drop(work, ticket)
        facts = held[0].facts
        return _put(work, ticket, held[0].event, _kept(facts) | {"loans_back": [*facts["loans_back"], tag]})
    going_on = hardware.repairs(work.db, ticket_id=ticket.id)
    case = swapped or (going_on[0] if going_on else None)
    return _tell(work, ticket, BACK if swapped else LOAN_BACK, case, loans_back=[tag])


def late(work: Work, clock: Any) -> None:
    """It is not back by the day that she was told: she reads so at once, once for each such day (SP-3.9)."""
    ticket = tickets.get(work.db, clock.ticket_id)
    case = next(iter(hardware.repairs(work.db, ticket_id=ticket.id)), None)
    if clock.target not in BESIDE or clock.target == PROGRESS or case is None or case.device_was == "stock":
        return
    ahead = [one["due"] for one in running(work, ticket) if one["target"] != PROGRESS]
    facts = _facts(work, ticket, case)
    facts["due"] = next((due for due in ahead if due and due > about.iso(work.now)), None)
    facts |= {"over": False, "promised": about.iso(clock.due_at), "step": LATE, "loans": _lent(work, ticket)}
    announce(work, ticket, LATE, facts, key=f"{case.id}:{clock.due_at.isoformat()}")


def lent_meanwhile(work: Work, ticket: Ticket) -> None:
    """Before such a mail has left she got another device: it says so. If she keeps that one, she has read of it."""
    held = _held(work, ticket)
    if not held:
        return
    _drop(work, ticket)
    done = held[0].event == BEYOND or held[0].facts["outcome"] == "replaced"
    if not (done and _has_another(work, ticket) and not _lent(work, ticket)):
        _put(work, ticket, held[0].event, _kept(held[0].facts))


def solved(work: Work, ticket: Ticket) -> None:
    """The solution has just told her of all that is done; what she has to give back is told besides."""
    held = _held(work, ticket)
    if _drop(work, ticket) and not (held[0].event in {BACK, LOAN_BACK} and not _lent(work, ticket)):
        _put(work, ticket, held[0].event, _kept(held[0].facts) | {"open": False})


def _was_missed(work: Work, ticket: Ticket, case: Any) -> bool:
    """Whether she has noticed that her device was away: what we had in house, and lent her nothing for, she has not."""
    return case.kind != rules.HOUSE or bool(hardware.open_loans(work.db, ticket_id=ticket.id, ended=True))


def _was_refused(work: Work, ticket: Ticket, case: Any) -> bool:
    refused = journal.newest_facts(work.db, "repair_refused", [ticket.id]).get(ticket.id, {})
    return bool(refused.get("repair") == case.id)


def _has_another(work: Work, ticket: Ticket) -> bool:
    moved = hardware.movements(work.db, ticket_id=ticket.id)
    last = {one.asset_id: one.what for one in moved if one.asset_id}
    return "given" in last.values()


def _lent(work: Work, ticket: Ticket) -> list[dict[str, Any]]:
    return [
        {"device": one.tag, "what": f"{one.kind} {one.model}".strip(), "due": about.iso(one.due_at)}
        for one in hardware.open_loans(work.db, ticket_id=ticket.id)
    ]


def _tell(work: Work, ticket: Ticket, event: str, case: Any, **said: Any) -> bool:
    """Tells it of a device of hers; of one out of the stock nobody but us misses anything."""
    if case is not None and case.device_was == "stock":
        return False
    held = _held(work, ticket)
    before = held[0].facts["loans_back"] if held else []
    _drop(work, ticket)
    facts = _facts(work, ticket, case) | said
    return _put(work, ticket, event, facts | {"loans_back": [*before, *facts["loans_back"]]})


def _facts(work: Work, ticket: Ticket, case: Any) -> dict[str, Any]:
    progress = next((one["due"] for one in running(work, ticket) if one["target"] == PROGRESS), None)
    if progress and progress <= about.iso(work.now):  # that is late itself
        progress = None
    facts: dict[str, Any] = {"outcome": "", "progress_due": progress, "loans_back": [], "open": ticket.state in OPEN}
    facts |= {"case": "", "device": "", "what": "", "due": None, "over": False}
    return facts | (told(work, case) if case else {})


def _put(work: Work, ticket: Ticket, event: str, facts: dict[str, Any]) -> bool:
    facts |= {"loans": _lent(work, ticket), "step": event}
    moved = hardware.movements(work.db, ticket_id=ticket.id)[-1].id
    rows = messages(work, ticket, event, facts, key=str(moved))
    outbox.put(work.db, rows, work.now + HOLD)
    return bool(rows)


def _kept(facts: dict[str, Any]) -> dict[str, Any]:
    """What a mail that has not left says of the case."""
    names = ("outcome", "progress_due", "loans_back", "case", "open", "device", "what", "at", "vendor", "due", "over")
    return {name: facts[name] for name in (*names, "since") if name in facts}


def _held(work: Work, ticket: Ticket) -> list[Any]:
    """The mails that wait for what comes next, one for each reader."""
    return hardware.mails_that_wait(work.db, ticket.id, KIND, work.now)


def _drop(work: Work, ticket: Ticket) -> bool:
    """Gives whether there was one."""
    ids = [one.id for one in _held(work, ticket)]
    if ids:
        outbox.drop(work.db, ids, "something newer tells it", work.now)
    return bool(ids)
