"""The inbox: what came in, raw, before anything is made of it (P1, P2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, case, delete, func, insert, select, text, update

from bot.domain.messages import ChatFile, IncomingChat, IncomingMail
from storage.models import INBOX_OPEN, inbox, raw_mail, ticket
from storage.sql import change_row, fetch, insert_new, run

WAITING, WORKING, DONE, QUARANTINED = "waiting", "working", "done", "quarantined"
LARGE = 64 * 1024
"""Bytes above which a mail is not loaded with its row: many such rows may be in hand at once, and few large mails."""

UNREAD = 200
"""So many mails that are not read yet are looked through for a Message-ID."""

_count_copy = update(inbox).where(inbox.c.digest == bindparam("known")).values(copies=inbox.c.copies + 1)
_keep_raw = insert(raw_mail)
SUSPECT = 2
"""A mail that was in hand at so many ends of the process may be what ends it, or may only have been near."""

_waiting = (
    select(inbox.c.id)
    .where(text(INBOX_OPEN), inbox.c.state == WAITING, inbox.c.kind == "mail")
    .order_by(inbox.c.attempts, inbox.c.id)
    .limit(bindparam("most"))
)
_suspects = _waiting.where(inbox.c.attempts >= SUSPECT)
_said = (
    select(inbox.c.id, inbox.c.attempts)
    .where(text(INBOX_OPEN), inbox.c.state == WAITING, inbox.c.kind == "chat")
    .order_by(inbox.c.id)
    .limit(bindparam("most"))
)


def _taking(ids: Select[int]) -> Any:
    taken = update(inbox).where(inbox.c.id.in_(ids)).values(state=WORKING, attempts=inbox.c.attempts + 1)
    return taken.returning(inbox.c.id)


_claim_these = update(inbox).where(inbox.c.id.in_(bindparam("ids", expanding=True)), inbox.c.state == WAITING)
_claim_these = _claim_these.values(state=WORKING, attempts=inbox.c.attempts + 1).returning(inbox.c.id)
_claim, _claim_suspects = _taking(_waiting), _taking(_suspects)
_claimed = (
    select(inbox, case((func.length(raw_mail.c.raw) <= LARGE, raw_mail.c.raw)).label("raw"))
    .outerjoin(raw_mail)
    .where(inbox.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(inbox.c.id)
)
_known = select(inbox.c.ticket_id).where(
    inbox.c.message_id == bindparam("wanted"), inbox.c.message_id != "", inbox.c.ticket_id.is_not(None)
)
_known = _known.order_by(inbox.c.id)


def keep_mail(db: Connection, mail: IncomingMail, digest: str) -> int | None:
    """Stores a mail, or counts one more copy of a known one (same digest). Gives its id if it is new."""
    row = {
        "channel": mail.channel,
        "kind": "mail",
        "source": mail.source or None,
        "digest": digest,
        "received_at": mail.received_at,
        "envelope_from": mail.envelope_from,
        "envelope_to": list(mail.envelope_to),
        "whole_size": mail.whole_size,
        "state": WAITING,
    }
    new = run(db, insert_new(db, inbox, "id"), row).scalar_one_or_none()
    if new is None:
        if run(db, _count_copy, {"known": digest}).rowcount:
            return None
        row["source"] = None  # its server has given a name to a second mail: the mail counts, not its name (P1)
        new = run(db, insert_new(db, inbox, "id"), row).scalar_one()
    run(db, _keep_raw, {"inbox_id": new, "raw": mail.raw})
    return int(new)


def keep_chat(db: Connection, chat: IncomingChat) -> int | None:
    """Stores a chat message once per source (P10). Gives its id if it is new."""
    facts = {name: value for name, value in asdict(chat).items() if name not in {"received_at", "channel", "source"}}
    row = {
        "channel": chat.channel,
        "kind": "chat",
        "source": chat.source,
        "received_at": chat.received_at,
        "chat": facts,
        "state": WAITING,
    }
    return run(db, insert_new(db, inbox, "id"), row).scalar_one_or_none()


def chat_of(row: Any) -> IncomingChat:
    """The chat message that a row holds."""
    facts = {**row.chat, "file": ChatFile(**row.chat["file"]) if row.chat.get("file") else None}
    return IncomingChat(channel=row.channel, source=row.source, received_at=row.received_at, **facts)


def keep_file(db: Connection, row: Any, file: ChatFile, data: bytes | None) -> Any:
    """Keeps the bytes of a chat's file, or why there are none, with the row in hand; gives the row as it is now."""
    if data is not None:
        run(db, _keep_raw, {"inbox_id": row.id, "raw": data})
    facts = {**row.chat, "file": asdict(file)}
    change_row(db, inbox, row.id, {"chat": facts})
    return _with_raw(db, [row.id])[0]


def refused_of_album(db: Connection, chat: IncomingChat, since: datetime) -> list[Any]:
    """The files of an album that came before this one of it and belong to no ticket so far."""
    recent = select(inbox).where(inbox.c.received_at >= since, inbox.c.kind == "chat", inbox.c.channel == chat.channel)
    rows = db.execute(recent.where(inbox.c.outcome == "refused").order_by(inbox.c.id))
    same = {"about": chat.about, "chat": chat.chat, "sender": chat.sender, "event": "media", "text": ""}
    return [row for row in rows if same.items() <= row.chat.items() and row.chat.get("file")]


def hear_again(db: Connection, row: Any) -> None:
    """A chat message with a file waits once more, and its file is brought anew."""
    facts = {**row.chat, "file": {**row.chat["file"], "sha256": ""}}
    change_row(db, inbox, row.id, {"state": WAITING, "attempts": 0, "outcome": "", "done_at": None, "chat": facts})


def forget_file(db: Connection, inbox_id: int) -> None:
    """The bytes of a chat's file that belongs to no ticket go."""
    db.execute(delete(raw_mail).where(raw_mail.c.inbox_id == inbox_id))


def claim(db: Connection, most: int, first: Sequence[int] = ()) -> list[Any]:
    """Takes waiting mails, oldest first, counting the attempt before anything is tried (P4).

    Those named by `first`, at most so many, go before the oldest. The `raw` of a LARGE mail is None: see `raw_of`.
    """
    taken = list(db.execute(_claim_these, {"ids": list(first)}).scalars()) if first else []
    if len(taken) < most:
        taken += run(db, _claim, {"most": most - len(taken)}).scalars()
    return _with_raw(db, taken)


def claim_said(db: Connection, most: int) -> list[Any]:
    """Takes waiting chat messages in the order in which they came, counting the attempt before anything is tried (P4).

    One that was tried before is taken alone and overtaken by none: what follows may rest on it.
    """
    rows = list(run(db, _said, {"most": most}))
    tried_before = rows[:1] if rows and rows[0].attempts else []
    ids = [row.id for row in tried_before or takewhile(lambda row: not row.attempts, rows)]
    return _with_raw(db, db.execute(_claim_these, {"ids": ids}).scalars()) if ids else []


def suspect_waits(db: Connection) -> bool:
    """Whether a mail waits that was in hand at SUSPECT ends of the process, or failed so often."""
    return bool(fetch(db, _suspects, {"most": 1}))


def claim_suspect(db: Connection) -> list[Any]:
    """`claim` of one such mail, the one that was tried least."""
    return _with_raw(db, run(db, _claim_suspects, {"most": 1}).scalars())


def _with_raw(db: Connection, claimed: Iterable[int]) -> list[Any]:
    ids = sorted(claimed)
    return fetch(db, _claimed, {"ids": ids}) if ids else []


def release(db: Connection, inbox_id: int, *, uncount: bool = False) -> None:
    """Puts a row in hand back into the queue; `uncount` takes the attempt back, when it was not to blame."""
    values = {"state": WAITING} | ({"attempts": inbox.c.attempts - 1} if uncount else {})
    db.execute(_in_hand(inbox_id).values(values))


def _in_hand(inbox_id: int) -> Update:
    return update(inbox).where(inbox.c.id == inbox_id, inbox.c.state == WORKING)


def release_all(db: Connection) -> None:
    """At start: what a dead process had in hand waits again."""
    db.execute(update(inbox).where(text(INBOX_OPEN), inbox.c.state == WORKING).values(state=WAITING))


def finish(db: Connection, inbox_id: int, outcome: str, at: datetime, **facts: Any) -> None:
    """Ends a row with what it was taken for; in the transaction that has made that of it."""
    change_row(db, inbox, inbox_id, {"state": DONE, "outcome": outcome, "done_at": at, **facts})


def quarantine(db: Connection, inbox_id: int, reason: str, at: datetime) -> None:
    """Parks a row in hand that broke the program, with the reason; `faultdesk quarantine` lists and replays it."""
    values = {"state": QUARANTINED, "outcome": "quarantine", "reasons": [reason], "done_at": at}
    db.execute(_in_hand(inbox_id).values(**values))


def replay(db: Connection, inbox_id: int) -> bool:
    """Puts a parked row back into the queue with fresh attempts. Gives whether there was one."""
    parked = update(inbox).where(inbox.c.id == inbox_id, inbox.c.state == QUARANTINED)
    return db.execute(parked.values(state=WAITING, attempts=0, outcome="").returning(inbox.c.id)).first() is not None


def raw_of(db: Connection, inbox_id: int) -> bytes | None:
    """The mail as it came."""
    return db.execute(select(raw_mail.c.raw).where(raw_mail.c.inbox_id == inbox_id)).scalar_one_or_none()


def waiting_count(db: Connection) -> int:
    """How many rows wait or are being worked on."""
    return db.execute(select(func.count()).select_from(inbox).where(text(INBOX_OPEN))).scalar_one()


def tickets_of_message(db: Connection, message_id: str) -> list[int]:
    """The tickets that mails with this Message-ID went to, the first in front: an id may be used twice (P3)."""
    return list(dict.fromkeys(row.ticket_id for row in fetch(db, _known, {"wanted": message_id}))) if message_id else []


def get(db: Connection, inbox_id: int) -> Any:
    """One thing that came in. Raises NoResultFound."""
    return db.execute(select(inbox).where(inbox.c.id == inbox_id)).one()


def belongs_to(db: Connection, inbox_id: int, ticket_id: int) -> None:
    """What came in went to another ticket than it was taken for."""
    change_row(db, inbox, inbox_id, {"ticket_id": ticket_id})


def of_ticket(db: Connection, ticket_id: int) -> list[Any]:
    """All that came in and went to a ticket, oldest first."""
    return list(db.execute(select(inbox).where(inbox.c.ticket_id == ticket_id).order_by(inbox.c.id)))


def of_message(db: Connection, message_id: str) -> list[Any]:
    """The mails with a Message-ID, oldest first; of those that are not read yet, or were parked, by their raw bytes."""
    read = select(inbox).where(inbox.c.message_id == message_id, text("message_id <> ''"))
    unread = select(inbox, raw_mail.c.raw).join(raw_mail).where(inbox.c.state != DONE, inbox.c.message_id == "")
    needle = message_id.encode()
    parked = [row for row in db.execute(unread.order_by(inbox.c.id.desc()).limit(UNREAD)) if needle in bytes(row.raw)]
    return [*db.execute(read.order_by(inbox.c.id)), *parked]


def everything(db: Connection, *, most: int | None = None) -> Iterator[Any]:
    """The rows (only the newest `most`) with their tickets' numbers, oldest first."""
    rows = select(inbox, ticket.c.number).outerjoin(ticket).order_by(inbox.c.id)
    if most:
        rows = rows.where(inbox.c.id.in_(select(inbox.c.id).order_by(inbox.c.id.desc()).limit(most)))
    yield from db.execute(rows, execution_options={"yield_per": 500})


def mails_in(db: Connection, spans: Sequence[tuple[datetime, datetime]]) -> tuple[datetime | None, list[int]]:
    """When our first mail came, and how many came in each of these spans (UTC, the end left out); no canaries."""
    at, ours = inbox.c.received_at, (inbox.c.kind == "mail", inbox.c.outcome != "canary")
    first = db.execute(select(at).where(*ours).order_by(at).limit(1)).scalar_one_or_none()
    counts = [select(func.count()).where(*ours, at >= since, at < until).scalar_subquery() for since, until in spans]
    return first, [int(one) for one in db.execute(select(*counts)).one()]


def quarantined(db: Connection) -> list[Any]:
    """The parked rows."""
    return list(db.execute(select(inbox).where(inbox.c.state == QUARANTINED).order_by(inbox.c.id)))
