"""Mails of ours that come back, or come late: which message it was, and who has to hear of it (P5, RFC 3464)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.desk.announce import announce
from bot.desk.delivery import give_up, go_another_way
from bot.desk.journal import record
from bot.desk.work import Work
from bot.domain import machine_mail
from bot.domain.messages import ParsedMail
from bot.domain.verp import returned_row
from storage import outbox, tickets
from storage.tickets import Ticket

_LATE = re.compile(r"delay|延迟|延遲|稍后|仍在", re.IGNORECASE)
REASON = 200


def take_in_bounce(work: Work, mail: ParsedMail, recipients: Sequence[str]) -> Ticket | None:
    """What a delivery report changes. Gives the ticket whose mail it was; None for a mail that we never sent.

    It is known by the return path that the report went to (`recipients`: of its envelope), else by the Message-ID in
    it. Both are signed: who names one has got that mail. So the report proves nothing but needs no proof: all that
    follows is that people are told.
    """
    row = _returned(work, mail, recipients)
    if row is None:
        return None
    what = _action(mail)
    if what == "failed":
        _came_back(work, row, mail)
    elif what == "delayed":
        _is_late(work, row, mail)
    return tickets.get(work.db, row.ticket_id) if row.ticket_id else None


def _returned(work: Work, mail: ParsedMail, recipients: Sequence[str]) -> Any | None:
    addressed = (*recipients, *(one.address for one in mail.to))
    number = returned_row(work.house.secret, work.house.bounce_address, addressed)
    if number is not None and (row := outbox.by_message_id(work.db, (), row=number)):
        return row
    named = [mail.headers.get("report:message-id", ""), *mail.references]
    return outbox.by_message_id(work.db, [form for one in named if one for form in {one, one.lower()}])


def _action(mail: ParsedMail) -> str:
    """What the delivery report says; without a machine-readable part, subject or words say whether it is final."""
    word = mail.headers.get("report:action", "").split(" ")[0]
    return word or ("delayed" if _LATE.search(mail.subject) or machine_mail.is_only_late(mail.text) else "failed")


def _came_back(work: Work, row: Any, mail: ParsedMail) -> None:
    """Another way for staff, else a dead letter; once, however often it is reported."""
    if row.state in {outbox.DEAD, outbox.DROPPED}:
        return
    outbox.returned(work.db, row.id, _status(mail), work.now)
    reason = _reason(mail)
    if not (_to_staff(row) and go_another_way(work, row, reason)):
        give_up(work, row, _status(mail), reason)


def _is_late(work: Work, row: Any, mail: ParsedMail) -> None:
    """Noted, and told without a sound; what is urgent goes another way at once."""
    if row.state != outbox.SENT or row.event in {"delayed", "undelivered"}:
        return
    if row.urgent and _to_staff(row) and go_another_way(work, row, _reason(mail)):
        outbox.returned(work.db, row.id, _status(mail), work.now)
        return
    if row.ticket_id:
        ticket = tickets.get(work.db, row.ticket_id)
        record(work, ticket, ("delayed", {"outbox": row.id, "kind": row.kind}))
        announce(work, ticket, "delayed", {"kind": row.kind, "reason": _reason(mail)}, key=str(row.id))


def _to_staff(row: Any) -> bool:
    return row.audience != "requester" and row.person_id is not None


def _status(mail: ParsedMail) -> str:
    return mail.headers.get("report:status", "") or machine_mail.status_in(mail.text)


def _reason(mail: ParsedMail) -> str:
    """What the other server said, as far as it is known; else the subject."""
    words = (mail.headers.get(f"report:{name}", "") for name in ("status", "reason"))
    told = " ".join(filter(None, words)) or machine_mail.reason_in(mail.text)
    return (told or mail.subject)[:REASON]
