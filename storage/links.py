"""One-time codes by which a chat account becomes a person's, wrong tries; chats that got another id or lie open."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from storage.chat_models import chat_move, link_code, link_try
from storage.models import action, card, chat_group, contact, meta, outbox, person
from storage.sql import fetch, insert_or_update

EXPOSED = "exposed:"
"""Begins the keys in `meta` of groups that strangers can read: channel and id follow."""

_exposed = select(meta).where(meta.c.key.like(bindparam("places")))


def keep_code(db: Connection, person_id: int, digest: str, until: datetime) -> None:
    """Keeps a person's code by its digest; it takes the place of an earlier one."""
    statement = insert_or_update(db, link_code, ("person_id",), ("digest", "expires_at"))
    db.execute(statement, {"person_id": person_id, "digest": digest, "expires_at": until})


def take_code(db: Connection, digest: str, now: datetime) -> int | None:
    """Whose code this is, if it still holds; whatever comes of it, it holds no more."""
    found = (
        delete(link_code).where(link_code.c.digest == digest).returning(link_code.c.person_id, link_code.c.expires_at)
    )
    row = db.execute(found).first()
    return int(row.person_id) if row and row.expires_at > now else None


def is_locked(db: Connection, channel: str, value: str, now: datetime) -> bool:
    """Whether this account has tried too many wrong codes."""
    mine = select(link_try.c.locked_until).where(link_try.c.channel == channel, link_try.c.value == value)
    until = db.execute(mine).scalar_one_or_none()
    return until is not None and until > now


def count_wrong(db: Connection, account: tuple[str, str], now: datetime, most: int, span: timedelta) -> None:
    """Counts a wrong code of an account; with the `most`-th within `span` it is locked for as long."""
    mine = (link_try.c.channel == account[0]) & (link_try.c.value == account[1])
    known = db.execute(select(link_try).where(mine)).first()
    tried = int(known[2]) if known else 0
    count = tried + 1 if known and known.last_at > now - span and tried < most else 1
    values: dict[str, Any] = {"count": count, "last_at": now, "locked_until": now + span if count >= most else None}
    if known:
        db.execute(update(link_try).where(mine).values(**values))
    else:
        db.execute(insert(link_try), {"channel": account[0], "value": account[1], **values})


def forget_wrong(db: Connection, channel: str, value: str) -> None:
    """A right code ends the count."""
    db.execute(delete(link_try).where(link_try.c.channel == channel, link_try.c.value == value))


def accounts(db: Connection, channel: str) -> list[str]:
    """All accounts on a channel that are linked to active staff."""
    theirs = select(contact.c.value).join(person, person.c.id == contact.c.person_id)
    staff = theirs.where(contact.c.channel == channel, person.c.active, person.c.handle.is_not(None))
    return list(db.execute(staff.order_by(contact.c.id)).scalars())


def link(db: Connection, person_id: int, channel: str, value: str) -> None:
    """The account is this person's, and her only one on the channel."""
    unlink(db, person_id, channel)
    db.execute(insert(contact), {"person_id": person_id, "channel": channel, "value": value})


def unlink(db: Connection, person_id: int, channel: str) -> str:
    """The person has no account on the channel any more; gives the one that she had, or ""."""
    gone = delete(contact).where(contact.c.person_id == person_id, contact.c.channel == channel)
    return db.execute(gone.returning(contact.c.value)).scalars().first() or ""


def moved(db: Connection, channel: str, value: str) -> str:
    """The id that a chat has now."""
    seen = {value}
    moves = select(chat_move.c.new_value).where(chat_move.c.channel == channel)
    while new := db.execute(moves.where(chat_move.c.old_value == value)).scalar_one_or_none():
        if new in seen:
            break
        seen.add(new)
        value = new
    return value


def move_chat(db: Connection, channel: str, old: str, new: str) -> bool:
    """Follows a chat to its new id: group, messages that wait, buttons; its cards hung in the old one.

    Gives whether that was news.
    """
    if moved(db, channel, old) == new:
        return False
    move = insert_or_update(db, chat_move, ("channel", "old_value"), ("new_value",))
    db.execute(move, {"channel": channel, "old_value": old, "new_value": new})
    db.execute(delete(chat_group).where(chat_group.c.channel == channel, chat_group.c.value == new))
    expose(db, (channel, new), exposed(db, channel).get(old, ""))
    expose(db, (channel, old), "")
    db.execute(update(chat_group).where(chat_group.c.channel == channel, chat_group.c.value == old).values(value=new))
    waiting = outbox.c.state.in_(("pending", "sending"))
    mine = (outbox.c.channel == channel) & (outbox.c.address == old)
    db.execute(update(outbox).where(mine, waiting).values(address=new))
    db.execute(update(action).where(action.c.channel == channel, action.c.address == old).values(address=new))
    db.execute(delete(card).where(card.c.channel == channel, card.c.address == old))
    return True


# ---- groups that strangers can read ----


def exposed(db: Connection, channel: str) -> dict[str, str]:
    """The groups on a channel that strangers can read, each with the reason."""
    found = fetch(db, _exposed, {"places": f"{EXPOSED}{channel}:%"})
    return {row.key.rpartition(":")[2]: row.value for row in found}


def expose(db: Connection, place: tuple[str, str], reason: str) -> bool:
    """Notes the reason for which strangers can read a group (channel, id), or "" that none does. Gives what is news."""
    known = exposed(db, place[0]).get(place[1], "")
    key = f"{EXPOSED}{place[0]}:{place[1]}"
    if known == reason:
        return False
    if reason:
        db.execute(insert_or_update(db, meta, ("key",), ("value",)), {"key": key, "value": reason})
    else:
        db.execute(delete(meta).where(meta.c.key == key))
    return True
