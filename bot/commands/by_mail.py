"""Commands by mail: a member of staff answers a mail that we sent her, and the first line of her words is a command.

Who she is must be proved (reliability 3 A 17, 18 and 4): the one From is her address, our border says `dmarc=pass` for
its domain, and the mail answers a Message-ID that we signed for a message to her. Whatever lacks one of these, or is
no command, is a mail like any other. To pass on a user's mail the first two do: that opens a ticket, as any mail may,
and whom it is from is confirmed by a command.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.commands.base import REGISTRY, Answer, Call, RefusedError, number_and_rest
from bot.commands.run import TOLD, answered, run_line, send
from bot.desk import forwarding, mailroom
from bot.desk.announce import REQUESTER, TABLE
from bot.desk.delivery import CHATTER
from bot.desk.message_ids import message_id
from bot.desk.work import Actor, Work
from bot.domain.authentication import proves_domain
from bot.domain.forwarded import forward_mark
from bot.domain.mail import AUTHENTICATION, thread_id, verdict, verify_thread_id
from bot.domain.messages import ParsedMail
from bot.domain.text import one_line
from storage import inbox, outbox, people, tickets, waiting
from storage.people import Person

LONGEST_LINE = 5000
_A_REPLY = re.compile(r"(?:re|aw|sv|回复|回覆|答复|答覆)\s*[:：]", re.IGNORECASE)
_SLASHED = re.compile(r"[/／](?=\w++(?![/／\\.]))")
"""A slash before a word that is no path."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command that came by mail: who gives it, the outbox row that she answers, its words, and its ticket's number.

    `number` is that of the ticket which her line names, else that of the mail she answers.
    """

    person: Person
    row: Any
    line: str
    number: int


def take_in(work: Work, row: Any, mail: ParsedMail) -> str:
    """Makes of a stored mail what it is and ends its inbox row, in one transaction. Gives the outcome."""
    person = proved(work, mail)
    if person is None:
        return mailroom.take_in(work, row, mail)
    named = forward_mark(mail.text, work.house.forward_words)
    if named is not None and _written_by_hand(work, row, mail):
        speaker = Actor("person", row.channel, person, person.name or str(person.handle))
        return forwarding.take_in_forwarded(work.by(speaker), row, mail, named)
    order = command_of(work, row, mail, person)
    return _carry_out(work, row, mail, order) if order else mailroom.take_in(work, row, mail)


def proved(work: Work, mail: ParsedMail) -> Person | None:
    """Whose mail it is, if our border has proved that and she is staff; else None."""
    domain = mail.sender.rpartition("@")[2]
    if not proves_domain(mail.headers.get(AUTHENTICATION, ""), work.house.authserv_id, domain):
        return None
    person = people.by_contact(work.db, "mail", mail.sender)
    return person if person and person.active and person.roles else None


def command_of(work: Work, row: Any, mail: ParsedMail, person: Person) -> Order | None:
    """The command that a proved mail of staff is; None for every other mail."""
    ours = _answered_mail(work, mail, person)
    if ours is None or not _written_by_hand(work, row, mail):
        return None
    mail_row, number = ours
    alone = not outbox.carried_by(work.db, mail_row.id)  # a mail about several tickets stands for none of them
    line, named = command_line(mail.new_text, work.house.prefix, number if alone else None)
    known = named is not None and tickets.by_number(work.db, named) is not None
    return Order(person, mail_row, line, named if known and named else number) if line else None


def _written_by_hand(work: Work, row: Any, mail: ParsedMail) -> bool:
    """Whether an answer may go to it: no vacation reply, no list, nothing of our own (reliability 2.5)."""
    return verdict(mail, row.envelope_from, work.house.own_addresses, work.house.monitoring).may_answer


def _answered_mail(work: Work, mail: ParsedMail, person: Person) -> tuple[Any, int] | None:
    """The message to her that the mail answers, and its ticket's number: the newest signed id decides."""
    for one in mail.references:
        if signed := verify_thread_id(work.house.secret, one):
            ids = [one, thread_id(work.house.secret, *signed, work.house.host)]
            row = outbox.by_message_id(work.db, ids)
            hers = row is not None and row.person_id == person.id and row.audience != REQUESTER
            return (row, signed[0]) if hers else None
    return None


# ---- which words are a command ----


def command_line(text: str, prefix: str, number: int | None) -> tuple[str, int | None]:
    """The command that the first line of the text is, and the number of the ticket that it names; "" for other words.

    With a slash the line is always one, if only to be told what is wrong with it (but a path is none). Without a slash
    it must leave no doubt: `wait 5 minutes` is none. What stands below belongs to a command that takes words. A command
    that needs a ticket and names none gets `number`, that of the mail which is answered (None: it is about several).
    """
    first, _, below = text.strip().partition("\n")
    first = one_line(first, LONGEST_LINE)
    slash = _SLASHED.match(first)
    try:
        command, words = REGISTRY.find(first[1:] if slash else first)
    except RefusedError:
        return (first, None) if slash else ("", None)
    named = _named(words, prefix) if command.on_ticket else None
    if not slash and not _beyond_doubt(named, words, below.strip(), number):
        return "", None
    takes_more = command.usage["en"] != "<ticket>"  # else words that are no ticket are a mistake
    if command.on_ticket and named is None and number is not None and (takes_more or not words):
        named, words = (number, words), f"{number} {words}"
    below = f"\n{below.strip()}" if command.words else ""
    return f"/{command.name} {words}".rstrip() + below.rstrip(), named[0] if named else None


def _named(words: str, prefix: str) -> tuple[int, str] | None:
    """The ticket that the words begin with (17, #17, FD-17, １７) and the rest. `Room 5` names none."""
    plain = unicodedata.normalize("NFKC", words)
    begins = re.match(rf"(?:{prefix}\s?-?\s?|#)?[0-9]", plain, re.IGNORECASE)
    return number_and_rest(words) if begins else None


def _beyond_doubt(named: tuple[int, str] | None, words: str, below: str, number: int | None) -> bool:
    """Whether a line without a slash can only be a command: nothing but its name, or its name and a ticket; words may
    follow on the line where that is the ticket of the mail.
    """
    if named:
        return not named[1] or named[0] == number
    return not words and not below


# ---- carrying it out ----


def _carry_out(work: Work, row: Any, mail: ParsedMail, order: Order) -> str:
    key = _key(mail, order)
    ticket = tickets.by_number(work.db, order.number)
    facts = {"message_id": mail.message_id, "ticket_id": ticket.id if ticket else None}
    if outbox.ids_of(work.db, [key]):
        inbox.finish(work.db, row.id, "duplicate", work.now, **facts)
        return "duplicate"
    person = order.person
    work = work.by(Actor("person", row.channel, person, person.name or str(person.handle)))
    call = Call(work, person, None, order.row.locale)
    answer, outcome = answered(call, lambda: run_line(call, order.line))
    _put(call, key, mail, order, answer)
    inbox.finish(work.db, row.id, outcome, work.now, **facts)
    return outcome


def _key(mail: ParsedMail, order: Order) -> str:
    """The same for a copy of the mail, whatever a relay or somebody who replays it has put into other headers."""
    same = (mail.sender, str(order.row.id), mail.headers.get("date", ""), mail.new_text)
    return f"command:mail:{hashlib.sha256(chr(0).join(same).encode()).hexdigest()}"


def _put(call: Call, key: str, mail: ParsedMail, order: Order, answer: Answer) -> None:
    """The answer, in the thread, as one more mail that she may answer; beyond the budget it is kept and not sent."""
    work, (_, line) = call.work, TABLE["command"]
    hour = work.now - timedelta(hours=1)
    sent = outbox.sent_since(work.db, mail.sender, sorted(CHATTER), hour)
    facts = {
        **answer.facts,
        "reply_subject": mail.subject if _A_REPLY.match(mail.subject) else f"Re: {mail.subject}".rstrip(),
        "recipient_name": order.person.name,
        "said": order.line.partition("\n")[0],
        "choices": [{"label": label, "command": f"/{command}"} for label, command in answer.choices],
        "files": len(mail.attachments),
    }
    message: dict[str, Any] = {
        "dedup_key": key,
        "event": "command",
        "kind": answer.kind,
        "audience": line.audience,
        "person_id": order.person.id,
        "channel": line.channel,
        "address": mail.sender,
        "locale": call.locale,
        "facts": facts,
        "message_id": message_id(work, order.number, key),
        "in_reply_to": mail.message_id,
        "references": [order.row.message_id, mail.message_id],
    }
    send(work, answer, message)
    twin = _same_and_more(call, answer, mail.sender)
    if twin:
        waiting.put_in_thread(work.db, twin.id, message["in_reply_to"], message["references"])
        outbox.drop(work.db, list(outbox.ids_of(work.db, [key]).values()), TOLD, work.now)
    elif sent >= work.house.budgets.confirmations_known_hour:
        outbox.drop(work.db, list(outbox.ids_of(work.db, [key]).values()), "the hour's budget is used up", work.now)


def _same_and_more(call: Call, answer: Answer, address: str) -> Any | None:
    """The mail to her that waits and tells all that the answer does, if there is one."""
    if answer.ticket is None or not answer.told_by:
        return None
    return waiting.untried(call.work.db, answer.ticket.id, answer.told_by, ("mail", address))
