"""What is remembered of a mailbox between two starts, and what can be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.uids import UidSet

FUTURE = timedelta(minutes=5)
"""A server's clock that runs further ahead of ours is not believed."""

LOGIN, TOKEN, GRANT, ISSUER, AWAY, TLS, UNSAFE, PROTOCOL, START, FOLDER, MOVE, UNREADABLE = (
    "login", "token", "grant", "issuer", "away", "tls", "unsafe", "protocol", "start", "folder", "move", "unreadable",
)  # fmt: skip
"""What can be wrong: refused our login, no token to be had, its provider gives us none,
the provider's service does not answer, not reachable, its certificate not to be trusted, would
have the password in clear, talks nonsense, waits for `start`, the folder not to be opened, mails not to be moved, a
mail not to be had."""


@dataclass(slots=True)
class MailboxState:
    """A mailbox as far as we have read it.

    `uidvalidity` makes its UIDs mean something (RFC 3501 2.3.1.1). `left` are UIDs that lie there and are done with:
    from before the start, or stored where the server cannot move. Mails from before `start_at` are not ours, wherever
    their UIDs are lost; None: all are.
    """

    uidvalidity: int
    left: UidSet
    start_at: datetime | None = None


def received(stamp: datetime | None, now: datetime) -> datetime:
    """When a mail came (rule R1): the server's stamp, unless it has none or its clock runs ahead of ours."""
    return now if stamp is None or stamp > now + FUTURE else stamp
