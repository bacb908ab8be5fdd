"""A stored mail becomes exactly one thing: ticket, comment, held comment, automatic, bounce or duplicate (P1 to P3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.desk import facts as about
from bot.desk import incidents, own_files
from bot.desk.announce import REQUESTER, announce
from bot.desk.authorizations import answer_of, take_answer
from bot.desk.bounces import take_in_bounce
from bot.desk.copied import propose
from bot.desk.journal import record, settle
from bot.desk.moves import answers, is_over
from bot.desk.onsite import ordered_at_once, ordered_by_department, ordered_by_mail
from bot.desk.opening import Report, collecting_ticket, open_ticket, tell_opened
from bot.desk.threads import (
    DEPARTMENT,
    OWN,
    STAFF,
    STRANGER,
    UNPROVEN,
    Thread,
    about_a_device,
    answers_a_notice,
    find_thread,
    takes_part,
    who_wrote,
)
from bot.desk.vendors import is_vendor, letter_of, wrote
from bot.desk.wishes import FOR_ALL, Asked, fulfil, may_be_done, tell_kind
from bot.desk.work import Actor, Work
from bot.domain.courtesy import is_courtesy
from bot.domain.mail import Verdict, is_canary_id, verdict
from bot.domain.messages import ParsedMail
from bot.domain.plain_words import (
    COMPLAINT,
    FAULT,
    KNOWLEDGE,
    QUESTION,
    SUGGESTION,
    Wish,
    kind_of,
    wish_of,
    words_of_answer,
)
from bot.domain.quotes import MARKER, adds_nothing, is_reply
from bot.domain.secrecy import SECURITY
from bot.domain.subjects import own_words, without_tags
from bot.domain.ticket import CLOSED, WAITING
from bot.domain.ticket import SOLVED as IS_SOLVED
from storage import inbox, participants, people, tickets
from storage.tickets import Ticket

MAILBOX = "imap"
"""The channel of mails that lay in a mailbox: what came by SMTP was accepted by us, however long ago."""

HEADERS_ABOVE = 2000
"""Characters above a mail of ours that is quoted, which may be no more than its headers."""

NO_ID = "@no-message-id.invalid>"
"""How the parser ends the id that it makes for a mail without one: no server knows it, so no answer may name it."""


def take_in(work: Work, row: Any, mail: ParsedMail) -> str:
    """Turns the mail into what it is and ends its inbox row, in one transaction. Gives the outcome."""
    work = work.by(Actor("requester", row.channel, people.by_contact(work.db, "mail", mail.sender), mail.sender_name))
    meaning = verdict(mail, row.envelope_from, work.house.own_addresses, work.house.monitoring)
    if answers_a_notice(work, mail) and is_courtesy(mail.new_text, mail.sender_name):
        meaning = Verdict("automatic", ("thanks",))
    outcome, ticket, rules = _sort(work, row, mail, meaning)
    facts = {"ticket_id": ticket.id if ticket else None, "reasons": [*meaning.reasons, *rules]}
    inbox.finish(work.db, row.id, outcome, work.now, message_id=mail.message_id, **facts)
    return outcome


def take_in_unreadable(work: Work, row: Any, reason: str, head: ParsedMail | None) -> Ticket:
    """A mail that broke the reader twice: a ticket that says so, the original kept (P4).

    `head` is what its header alone says; None where that broke the reader, too. It is never answered.
    """
    work = work.by(Actor("requester", row.channel, people.by_contact(work.db, "mail", head.sender if head else "")))
    report = Report(
        address=head.sender if head else "",
        name=head.sender_name if head else "",
        subject=head.subject if head else "",
        text="",
        language=head.language if head else "zh",
        received_at=row.received_at,
        quiet=True,
        person=work.actor.person,
        notes=(f"unreadable:{reason}",),
    )
    opened = open_ticket(work, report)
    ticket = opened.ticket
    tell_opened(work, opened, report)
    entry = tickets.add_entry(
        work.db, ticket_id=ticket.id, inbox_id=row.id, kind="mail", text="", notes=[reason], created_at=row.received_at
    )
    record(work, ticket, ("unreadable", {"entry": entry, "inbox": row.id}))
    announce(work, ticket, "unreadable", {"reason": reason, "inbox": row.id})
    inbox.finish(work.db, row.id, "ticket", work.now, ticket_id=ticket.id, reasons=[f"unreadable:{reason}"])
    return ticket


def _sort(work: Work, row: Any, mail: ParsedMail, meaning: Verdict) -> tuple[str, Ticket | None, tuple[str, ...]]:
    """What the mail is, its ticket, and the rules that said so (beside those of the verdict)."""
    if again := same_words_again(work, row, mail):
        return "duplicate", again, ("same-words",)
    thread = find_thread(work, mail)
    mail, ours = own_files.without(work, mail, thread.ticket if thread else None)
    rules = (thread.rule, *ours) if thread else ()
    if meaning.kind in {"automatic", "bounce"}:
        return (*_file(work, row, mail, meaning, thread), rules)
    obeyed, word = _obeyed(work, row, mail, meaning, thread)
    if word:
        return "comment", obeyed, (*rules, f"word:{word}")
    apart = thread and _is_a_suggestion(mail, thread)
    if thread and not apart and (not is_over(thread.ticket) or _is_but_a_note(work, mail, thread)):
        return (*_comment(work, row, mail, thread), rules)
    if rest := None if thread else collecting_ticket(work, mail.sender):
        entry = _keep(work, row, mail, rest, "mail")
        record(work, rest, ("collected", {"entry": entry}), at=row.received_at)
        return "comment", rest, ("collected",)
    quiet = meaning.kind != "human" or not mail.sender or is_vendor(work, mail.sender)
    return "ticket", open_of(work, row, mail, quiet=quiet, thread=thread), rules


def _is_but_a_note(work: Work, mail: ParsedMail, thread: Thread) -> bool:
    """Whether it reports nothing new to a ticket that is over: thanks, an answer about a device, a colleague's copy."""
    if thread.trust == STRANGER:
        return False
    known = thread.trust in {STAFF, DEPARTMENT} or about_a_device(work, mail)
    return known or is_courtesy(mail.new_text, mail.sender_name)


def _is_a_suggestion(mail: ParsedMail, thread: Thread) -> bool:
    """Whether it is one that answers no question of ours: then it stands for itself, on the list of suggestions."""
    said = wish_of(_new_words(mail)) if thread.trust == OWN and thread.ticket.state != WAITING else None
    return said is not None and said.kind == SUGGESTION


def _obeyed(
    work: Work, row: Any, mail: ParsedMail, meaning: Verdict, thread: Thread | None
) -> tuple[Ticket | None, str]:
    """Does what a proved mail asks for with a plain word; gives its ticket and that word, "" for all other mails.

    What a vendor writes of a repair is a note on its ticket, whatever its words.
    """
    if ordered := ordered_by_department(work, mail, row.received_at):
        _keep(work, row, mail, ordered, "mail")
        return ordered, "on-site"
    if letter := letter_of(work, mail, thread):
        entry = _keep(work, row, mail, letter.ticket, "note")
        wrote(work, letter, mail, entry, [*_cut_off(row), *about.left_out(mail.notes)])
        return letter.ticket, "vendor"
    if thread is None:
        return None, ""
    if grant := answer_of(work, mail, thread.ticket):
        _keep(work, row, mail, thread.ticket, "mail")
        take_answer(work, thread.ticket, grant, (mail.sender_name or mail.sender, "mail"))
        return thread.ticket, "authorize"
    wish = _wish(work, mail, meaning, thread)
    if wish:
        _fulfil(work, row, mail, thread, wish, mute=not meaning.may_answer)
    return thread.ticket, wish.kind if wish else ""


def _file(work: Work, row: Any, mail: ParsedMail, meaning: Verdict, thread: Thread | None) -> tuple[str, Ticket | None]:
    """Files a machine's mail; nobody answers it. One that answers a letter to a repairer is a note on the ticket."""
    if meaning.kind == "bounce":
        return meaning.kind, take_in_bounce(work, mail, row.envelope_to)
    if is_canary_id(work.house.secret, mail.message_id):
        return "canary", None
    if (letter := letter_of(work, mail, thread)) and letter.proven:  # the number under which he has it, perhaps
        entry = _keep(work, row, mail, letter.ticket, "note")
        record(work, letter.ticket, ("noted", {"entry": entry}), at=row.received_at)
        return "comment", letter.ticket
    return meaning.kind, thread.ticket if thread and thread.trust == OWN else None


def same_words_again(work: Work, row: Any, mail: ParsedMail) -> Ticket | None:
    """A copy through a list: same Message-ID, same sender, same words. The same id with other words is kept (P3)."""
    words = (mail.text or _said(work, mail)).split()
    for known in inbox.tickets_of_message(work.db, mail.message_id):
        ticket = tickets.get(work.db, known)
        mails = (one for one in tickets.entries(work.db, known) if one.inbox_id and one.inbox_id != row.id)
        same = [one for one in mails if (one.full_text or one.text).split() == words]
        passed_on = any(about.FORWARDED in one.notes and one.author_id == work.actor.id for one in same)
        if same and (passed_on or takes_part(work, ticket, mail.sender)):
            return ticket
    return None


def open_of(
    work: Work, row: Any, mail: ParsedMail, *, quiet: bool, thread: Thread | None = None, guessed: bool = False
) -> Ticket:
    """The ticket of a mail that reports something, with everything that follows from it (`guessed`: see Report)."""
    kind = _kind(mail, thread)
    report = Report(
        address=mail.sender,
        name=mail.sender_name,
        subject=_subject(work, mail, thread),
        text=mail.new_text if guessed else mail.text,
        language=mail.language,
        received_at=row.received_at,
        message_id="" if guessed or mail.message_id.endswith(NO_ID) else mail.message_id,
        quiet=quiet,
        old=row.channel == MAILBOX and work.now - row.received_at > timedelta(hours=work.house.backlog_hours),
        person=people.by_contact(work.db, "mail", mail.sender) if guessed else work.actor.person,
        related=thread.ticket if thread else None,
        notes=(*_cut_off(row), *about.left_out(mail.notes)),
        kind=QUESTION if kind == KNOWLEDGE else kind,
        asks_knowledge=kind == KNOWLEDGE,
        guessed=guessed,
    )
    opened = open_ticket(work, report)
    entry = _keep(work, row, mail, opened.ticket, "mail", whole=not guessed)
    propose(work, opened.ticket, mail, row.envelope_to)
    if kind == COMPLAINT and not report.old:
        record(work, opened.ticket, ("complained", {"entry": entry}), at=report.received_at)
        settle(work, opened.ticket)
    tell_opened(work, ordered_at_once(work, opened, report), report)
    if kind in {COMPLAINT, SUGGESTION} and not report.old:
        tell_kind(work, opened.ticket, report.text, key=str(entry), unheard=frozenset({REQUESTER}))
    if kind == SECURITY:
        incidents.tell(work, opened.ticket, {"entry": entry, "what": incidents.OTHER})
    return opened.ticket


def _comment(work: Work, row: Any, mail: ParsedMail, thread: Thread) -> tuple[str, Ticket]:
    ticket, said = thread.ticket, _said(work, mail)
    mail = replace(mail, new_text=said)
    if thread.trust == STRANGER:
        entry = _keep(work, row, mail, ticket, "held")
        record(work, ticket, ("held", {"entry": entry}), at=row.received_at)
        announce(work, ticket, "held", {"entry": entry, "sender": mail.sender or mail.sender_name}, key=str(entry))
        return "held", ticket
    if thread.trust == STAFF and work.actor.person:
        entry = _keep(work, row, mail, ticket, "held")
        record(work, ticket, ("held", {"entry": entry}), at=row.received_at)
        own = {"text": mail.new_text[: about.EXCERPT]}
        announce(work, ticket, "held own", own, key=str(entry), person=work.actor.person.id)
        return "held", ticket
    entry = _keep(work, row, mail, ticket, "mail")
    author = who_wrote(work, ticket, mail.sender)
    device = about_a_device(work, mail)
    if thread.trust == OWN:
        propose(work, ticket, mail, row.envelope_to)
        ticket = _wrote(work, ticket, author.address if author else "", mail.message_id)
        reopens = not device and not is_courtesy(said, mail.sender_name)
        ticket = answers(work, ticket, entry, row.received_at, reopens=reopens)
        if author and not author.in_copy:
            ticket = ordered_by_mail(work, ticket, mail.new_text, row.received_at)
    else:
        record(work, ticket, ("mentioned", {"entry": entry}), at=row.received_at)
    name = author.name if author else mail.sender_name or mail.sender
    facts = {"text": mail.new_text[: about.EXCERPT], "author": name, "unproven": thread.trust == UNPROVEN}
    facts["department"] = mail.sender if thread.trust == DEPARTMENT else ""
    facts["stays_solved"] = device and ticket.state == IS_SOLVED
    facts["is_closed"] = ticket.state == CLOSED
    facts["left_out"] = [*_cut_off(row), *about.left_out(mail.notes)]
    announce(work, ticket, "answered", facts, key=str(entry))
    return "comment", ticket


def _wish(work: Work, mail: ParsedMail, meaning: Verdict, thread: Thread | None) -> Wish | None:
    """What a proved answer asks for with a plain word, if that can be done now."""
    if thread is None or thread.trust != OWN or not meaning.opens_ticket:
        return None
    subject = own_words(mail.subject, work.house.prefix)
    wish = wish_of(_new_words(mail), subject if not _new_words(mail) or not is_reply(mail.subject, ()) else "")
    if wish is None or not may_be_done(thread.ticket, wish):
        return None
    writer = who_wrote(work, thread.ticket, mail.sender)  # what is asked for is the requester's to ask
    return None if wish.kind not in FOR_ALL and writer and writer.in_copy else wish


def _fulfil(work: Work, row: Any, mail: ParsedMail, thread: Thread, wish: Wish, *, mute: bool) -> None:
    entry = _keep(work, row, replace(mail, new_text=_said(work, mail)), thread.ticket, "mail")
    writer = who_wrote(work, thread.ticket, mail.sender)
    if writer:
        ticket = _wrote(work, thread.ticket, writer.address, mail.message_id)
        writer = replace(writer, last_message_id=mail.message_id)
        fulfil(Asked(work, ticket, wish, entry, writer, row.received_at, mute=mute))


def _wrote(work: Work, ticket: Ticket, address: str, message_id: str) -> Ticket:
    """The newest mail of her thread: what we write to her answers it."""
    if address != ticket.requester_address:
        participants.wrote(work.db, ticket.id, address, message_id)
        return tickets.change(work.db, ticket.id)
    return tickets.change(work.db, ticket.id, last_message_id=message_id)


def _keep(work: Work, row: Any, mail: ParsedMail, ticket: Ticket, kind: str, *, whole: bool = False) -> int:
    """Keeps the mail's words and what is known of its files. A first mail is kept `whole`: nothing is stripped."""
    text = mail.text if whole else mail.new_text
    entry = tickets.add_entry(
        work.db,
        ticket_id=ticket.id,
        inbox_id=row.id,
        author_id=work.actor.id,
        author=mail.sender_name or mail.sender,
        kind=kind,
        text=text,
        full_text=mail.text if mail.text != text else "",
        notes=[*_cut_off(row), *mail.notes],
        created_at=row.received_at,
    )
    files = [
        {"entry_id": entry, "inbox_id": row.id, "part": one.part, "name": one.name, "media_type": one.media_type,
         "size": one.size, "sha256": one.sha256, "inline": one.inline}
        for one in mail.attachments
    ]  # fmt: skip
    tickets.add_files(work.db, files)
    return entry


def _cut_off(row: Any) -> tuple[str, ...]:
    """Whether the mail was too large to be read whole (reliability 3 A 9)."""
    return (f"rest-omitted:{row.whole_size / 2**20:.0f}",) if row.whole_size else ()


def _new_words(mail: ParsedMail) -> str:
    """Her words; "" where there is nothing but a mail of ours that she quotes, or its token."""
    words = words_of_answer(mail.new_text).strip()
    above, ours, _ = mail.text.partition(MARKER)
    quotes = ours and len(above) <= HEADERS_ABOVE and is_reply(mail.subject, mail.references)
    return "" if quotes and adds_nothing(above + ours, mail.sender_name) else words


def _said(work: Work, mail: ParsedMail) -> str:
    """What she wrote: with the words that she gave to the subject, where that is no answer's or all that there is."""
    text, own = _new_words(mail), own_words(mail.subject, work.house.prefix)
    if not text:
        return own or mail.new_text
    new = not (mail.references or is_reply(mail.subject, ()) or text != mail.new_text.strip())
    return f"{own}\n{text}" if new and own.casefold() not in text.casefold() else text


def _kind(mail: ParsedMail, thread: Thread | None) -> str:
    """What a new ticket is by how its mail begins; an answer to one that is over says it in its words."""
    kind = kind_of(mail.subject, mail.new_text)
    said = wish_of(_new_words(mail)) if thread and kind == FAULT else None
    return said.kind if said and said.kind in {QUESTION, SUGGESTION} else kind


def _subject(work: Work, mail: ParsedMail, thread: Thread | None) -> str:
    """What it is about: an answer, what the answered ticket is about; else its own words, without our tags."""
    hers = thread is not None and thread.trust in {OWN, UNPROVEN}
    if thread and hers and (is_reply(mail.subject, ()) or not own_words(mail.subject, work.house.prefix)):
        says_what = _kind(mail, thread) in {COMPLAINT, QUESTION, SUGGESTION}
        return _first_line(mail.new_text) if says_what else thread.ticket.subject
    return without_tags(mail.subject, work.house.prefix) or _first_line(mail.text)


def _first_line(text: str) -> str:
    return next((line.strip()[:60] for line in text.splitlines() if line.strip()), "")
