"""One mail of a ticket is another matter: it becomes a ticket of its own, from when it came; and that is taken back."""

from __future__ import annotations

from typing import Any

from bot.desk.announce import announce, readers_of
from bot.desk.journal import record
from bot.desk.merging import Merged, merge
from bot.desk.opening import Report, open_ticket, tell_opened
from bot.desk.work import Work
from bot.domain.language import language_of
from bot.domain.secrecy import SECURITY
from bot.domain.ticket import MERGED
from storage import inbox, journal, people, tickets
from storage.participants import Participant
from storage.tickets import Ticket

SPLIT, SPLIT_OFF, REJOINED = "split", "split_off", "rejoined"
LONGEST_SUBJECT = 60


class SplitError(Exception):
    """It is not done; `reason` is a short word: nothing, secret, merged, unsplit."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def later_mails(work: Work, ticket: Ticket) -> list[Any]:
    """The mails on a ticket that may be a matter of their own: all but its first, the oldest in front."""
    first, *others = [one for one in tickets.entries(work.db, ticket.id) if one.kind == "mail"] or [None]
    return others if first else []


def split(work: Work, ticket: Ticket, mail: Any) -> Ticket:
    """The mail (one of `later_mails`) becomes a ticket; whoever wrote it hears its number and answers there.

    Its promises count from when the mail came (sla-semantics 5). Raises SplitError.
    """
    if ticket.kind == SECURITY or ticket.state == MERGED:
        raise SplitError("secret" if ticket.kind == SECURITY else "merged")
    writer, came = _writer(work, ticket, mail), inbox.get(work.db, mail.inbox_id) if mail.inbox_id else None
    report = Report(
        address=writer.address,
        name=writer.name,
        subject=next((line.strip()[:LONGEST_SUBJECT] for line in mail.text.splitlines() if line.strip()), ""),
        text=mail.text,
        language=writer.locale or language_of(mail.text),
        received_at=mail.created_at,
        message_id=came.message_id if came else "",
        quiet=writer.quiet,
        person=people.by_id(work.db, writer.person_id),
        related=ticket,
        place=ticket.place,
        split_off=True,
    )
    opened = open_ticket(work, report)
    _move(work, mail, opened.ticket)
    ticket = tickets.change(work.db, ticket.id)
    record(work, ticket, (SPLIT, {"ticket": opened.ticket.id, "entry": mail.id}))
    record(work, opened.ticket, (SPLIT_OFF, {"ticket": ticket.id, "entry": mail.id}))
    tell_opened(work, opened, report)
    announce(work, ticket, "split")
    return tickets.get(work.db, opened.ticket.id)


def rejoin(work: Work, ticket: Ticket) -> Merged:
    """Undoes a split: the mail goes back, and the ticket is merged into the one it came from.

    Raises SplitError for a ticket that was not split off, MergeRefusedError, MoveRefusedError.
    """
    known = journal.newest_facts(work.db, SPLIT_OFF, [ticket.id]).get(ticket.id)
    if known is None or ticket.state == MERGED:
        raise SplitError("unsplit")
    original = tickets.surviving(work.db, tickets.get(work.db, known["ticket"]))
    merged = merge(work, ticket, original)
    mail = tickets.get_entry(work.db, known["entry"])
    if mail is not None:
        _move(work, mail, original)
    record(work, merged.ticket, (REJOINED, {"ticket": ticket.id}))
    return merged


def _move(work: Work, mail: Any, ticket: Ticket) -> None:
    """The mail with its files lies on another ticket from now on; what answers it goes there."""
    tickets.change_entry(work.db, mail.id, ticket_id=ticket.id)
    if mail.inbox_id:
        inbox.belongs_to(work.db, mail.inbox_id, ticket.id)


def _writer(work: Work, ticket: Ticket, mail: Any) -> Participant:
    """Who of those who take part wrote the mail; its requester where nothing says who."""
    requester, *others = readers_of(work, ticket)
    mine = (
        one for one in others if mail.author_id == one.person_id is not None or mail.author in {one.name, one.address}
    )
    return next(mine, requester)
