"""How far each mailbox is read, and which of its mails are stored."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from bot.domain.mailboxes import MailboxState
from bot.domain.uids import UidSet
from storage.models import inbox, mailbox
from storage.sql import insert_or_update

_known = select(mailbox).where(mailbox.c.key == bindparam("wanted"))
_stored = select(inbox.c.source).where(
    inbox.c.channel == "imap", inbox.c.source.in_(bindparam("sources", expanding=True))
)


def load(db: Connection, key: str) -> MailboxState | None:
    """What is known of a mailbox; None before its first start."""
    row = db.execute(_known, {"wanted": key}).first()
    return MailboxState(row.uidvalidity, UidSet(row.left), row.start_at) if row else None


def keep(db: Connection, key: str, state: MailboxState) -> None:
    """Remembers it."""
    values = {"uidvalidity": state.uidvalidity, "left": str(state.left), "start_at": state.start_at}
    db.execute(insert_or_update(db, mailbox, ("key",), tuple(values)), {"key": key, **values})


def stored(db: Connection, sources: Sequence[str]) -> set[str]:
    """Those of the sources whose mails are stored."""
    return set(db.execute(_stored, {"sources": list(sources)}).scalars())
