"""Files that people sent in a chat, or want to see there, and the mails that carry them: rows of `attachment`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, text

from bot.domain.messages import WHOLE
from storage.models import attachment, entry, inbox, outbox, raw_mail
from storage.outbox import PENDING
from storage.sql import change_row, insert_and_give, run

LATELY = 50
"""Among so many of the newest files the others of an album are looked for: they come within seconds."""


def keep(db: Connection, row: dict[str, Any]) -> int:
    """Keeps what is known of one file; gives its id."""
    return int(run(db, insert_and_give(attachment, "id"), row).scalar_one())


def named(db: Connection, ids: Sequence[int]) -> list[Any]:
    """These files, in the order of their ids."""
    return list(db.execute(select(attachment).where(attachment.c.id.in_(list(ids))).order_by(attachment.c.id)))


def of_entry(db: Connection, entry_id: int) -> list[Any]:
    """The files of one thing that was written."""
    return list(db.execute(select(attachment).where(attachment.c.entry_id == entry_id).order_by(attachment.c.id)))


def sent_to(db: Connection, ticket_id: int, media_types: Sequence[str]) -> list[Any]:
    """The files of these types that staff has sent in a chat to a ticket, with the entries they came with."""
    columns = (attachment.c.id, attachment.c.entry_id, attachment.c.size, entry.c.text, entry.c.created_at)
    found = select(*columns).join(entry, entry.c.id == attachment.c.entry_id).order_by(attachment.c.id)
    wanted = entry.c.ticket_id == ticket_id, attachment.c.part == WHOLE, attachment.c.media_type.in_(media_types)
    return list(db.execute(found.where(*wanted)))


def whole(db: Connection, attachment_id: int) -> bytes:
    """The bytes of a file that came by a chat; none where they are pruned."""
    found = select(raw_mail.c.raw).join(attachment, attachment.c.inbox_id == raw_mail.c.inbox_id)
    return db.execute(found.where(attachment.c.id == attachment_id)).scalar_one_or_none() or b""


def entry_of_album(db: Connection, place: tuple[str, str], album: str) -> Any | None:
    """The entry to which another file of the same album of a chat went (channel, id)."""
    newest = select(attachment.c.entry_id, attachment.c.inbox_id).order_by(attachment.c.id.desc()).limit(LATELY)
    some = newest.subquery()
    rows = select(some.c.entry_id, inbox.c.chat).join(inbox, inbox.c.id == some.c.inbox_id)
    for row in db.execute(rows.where(inbox.c.kind == "chat", inbox.c.channel == place[0])):
        if row.chat.get("about") == album and row.chat.get("chat") == place[1]:
            return db.execute(select(entry).where(entry.c.id == row.entry_id)).first()
    return None


def go_along(db: Connection, ticket_id: int, entry_id: int, file_id: int) -> int:
    """Mails of this entry's words that have not left carry the file, too; gives how many do."""
    waiting = select(outbox.c.id, outbox.c.facts).where(
        outbox.c.ticket_id == ticket_id, outbox.c.event == "replied", text(f"state = '{PENDING}'")
    )
    mails = [row for row in db.execute(waiting) if row.facts.get("entry") == entry_id]
    for row in mails:
        carried = [*row.facts.get("attached", ()), file_id]
        change_row(db, outbox, row.id, {"facts": {**row.facts, "attached": carried}})
    return len(mails)
