"""What we sent comes back with an answer that quotes it: the same bytes are no news, and are not kept again."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from bot.desk.work import Work
from bot.domain.messages import File, ParsedMail
from storage import sent_files, tickets
from storage.tickets import Ticket

RULE = "own-files"
"""What the trace of such a mail says, with how many there were."""


def remember(work: Work, ticket_id: int | None, files: tuple[File, ...]) -> None:
    """Files that go out with a mail on a ticket."""
    if ticket_id and files:
        sent_files.add(work.db, ticket_id, {sha256(one.data).hexdigest() for one in files})


def without(work: Work, mail: ParsedMail, ticket: Ticket | None) -> tuple[ParsedMail, tuple[str, ...]]:
    """The mail without the files that went out on its ticket, or on one that was merged into it; and the rule."""
    if ticket is None or not mail.attachments:
        return mail, ()
    ids = [ticket.id, *(one.id for one in tickets.absorbed_by(work.db, ticket.id))]
    ours = sent_files.among(work.db, ids, [one.sha256 for one in mail.attachments])
    kept = tuple(one for one in mail.attachments if one.sha256 not in ours)
    count = len(mail.attachments) - len(kept)
    return (replace(mail, attachments=kept), (f"{RULE}:{count}",)) if count else (mail, ())
