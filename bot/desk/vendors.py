"""Letters to and from who repairs (SP-5.5, SP-5.7): the order with its sheet, reminders, and what is answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from bot.desk import documents
from bot.desk import facts as about
from bot.desk.announce import announce, messages
from bot.desk.journal import record
from bot.desk.papers import for_vendor, paper_facts
from bot.desk.repair_facts import told, warranty_over
from bot.desk.stock import StockError
from bot.desk.threads import Thread, named
from bot.desk.work import Work
from bot.domain import repair as rules
from bot.domain.messages import ParsedMail
from bot.domain.papers import REPAIR
from bot.domain.repair import Vendor
from storage import hardware, journal, outbox, tickets
from storage.participants import Participant
from storage.tickets import Ticket

ORDERED, ASKED, REMINDED, CALLED_OFF = "repair ordered", "vendor asked", "vendor reminded", "repair called off"
"""Events of the message table: one letter each to who repairs."""
REMINDING = frozenset({rules.SENT, rules.DIAGNOSED, rules.APPROVED, rules.REFUSED})
"""While a case stands so it is the vendor's turn."""
EVERY_DAYS = 2
"""Working days between two reminders, and after the vendor's own word."""
AT = time(9)
_WORD = r"(?<![\w-]){}(?![\w-])"


def of_case(work: Work, case: Any) -> Vendor | None:
    """Who repairs, if the configuration knows a mail address; None else."""
    return next((one for one in work.house.vendors if one.key == case.vendor and one.mail), None)


def order(work: Work, ticket: Ticket, case: Any) -> bool:
    """The order goes out with the send-out sheet as soon as that is printed. Gives whether there is an address."""
    vendor = of_case(work, case)
    if vendor:
        rows = _letter(work, case, vendor, ORDERED, {"days": vendor.days, "paper": REPAIR})
        documents.order(work, ticket, for_vendor(paper_facts(work, ticket, REPAIR)), rows)
    return bool(vendor)


def ask(work: Work, ticket: Ticket, case: Any, words: str) -> Vendor:
    """Somebody asks how it stands, in words of hers or in ours. Raises StockError where there is no address."""
    vendor = of_case(work, case)
    if vendor is None:
        raise StockError("vendor_no_mail", number=work.house.name_of(ticket.number))
    who = {"author_id": work.actor.id, "author": work.actor.name}
    note = {"ticket_id": ticket.id, "kind": "note", "text": words, "created_at": work.now, **who}
    facts = {"entry": tickets.add_entry(work.db, **note)} if words else {}
    record(work, ticket, ("vendor_asked", {"repair": case.id, **facts}))
    said = {"text": words, "author": work.actor.name}
    outbox.put(work.db, _letter(work, case, vendor, ASKED, said), work.now)
    return vendor


def call_off(work: Work, case: Any) -> None:
    """The order was a mistake."""
    vendor = of_case(work, case)
    if vendor and case.first_message_id:
        outbox.put(work.db, _letter(work, case, vendor, CALLED_OFF, {}), work.now)


def answer_quote(work: Work, case: Any, event: str, text: str) -> None:
    """His quote, in the words in which it was noted, is approved or refused."""
    vendor = of_case(work, case)
    if vendor:
        outbox.put(work.db, _letter(work, case, vendor, event, {"quoted": text}), work.now)


def remind(work: Work, case: Any) -> None:
    """It is to be back soon, or late, and nothing was heard."""
    vendor, ticket = of_case(work, case), tickets.get(work.db, case.ticket_id)
    if vendor and case.state in REMINDING:
        record(work, ticket, ("vendor_reminded", {"repair": case.id}))
        outbox.put(work.db, _letter(work, case, vendor, REMINDED, {}), work.now)


def _letter(work: Work, case: Any, vendor: Vendor, event: str, said: dict[str, Any]) -> list[dict[str, Any]]:
    """The row of a letter in the case's own thread; from now on the next letter answers it."""
    ticket, device = tickets.get(work.db, case.ticket_id), hardware.asset_by_tag(work.db, case.tag)
    facts = {"text": "", "author": "", "days": None, "serial": device.serial, "what_for": event}
    facts |= {"expired": warranty_over(work, device)}
    facts |= told(work, case) | said
    thread = (case.first_message_id, case.last_message_id)
    reader = Participant(vendor.mail, vendor.name, vendor.language, None, False, False, *thread)
    rows = messages(work, ticket, event, facts, key=f"{case.id}:{work.now.isoformat()}", readers=(reader,))
    sent = rows[0]["message_id"]
    first, nexts = case.first_message_id or sent, next_reminder(work, case)
    hardware.change_repair(work.db, case.id, first_message_id=first, last_message_id=sent, remind_at=nexts)
    return rows


def _after(work: Work) -> datetime:
    office = work.house.office
    return datetime.combine(office.working_date(office.local_date(work.now), EVERY_DAYS), AT, office.zone)


def next_reminder(work: Work, case: Any) -> datetime | None:
    """On the morning of the working day before it is to be back, later every EVERY_DAYS; None: nobody is reminded."""
    due, office = told(work, case)["due"], work.house.office
    if case.state not in REMINDING or of_case(work, case) is None:
        return None
    if due is None:
        return _after(work)
    day = office.working_date(office.local_date(datetime.fromisoformat(due)), -1)
    return max(datetime.combine(day, AT, office.zone), _after(work))


# ---- what they write ----


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail from who repairs: its case, and the ticket that goes on with it; `proven` by our signature in it."""

    case: Any
    ticket: Ticket
    proven: bool


def letter_of(work: Work, mail: ParsedMail, thread: Thread | None) -> Letter | None:
    """The case that a vendor's mail is about; None for other people's mails, and where it names none.

    It answers one of our letters, or its subject bears the ticket's tag or names the device; else its words name one.
    """
    writers = {one.key for one in work.house.vendors if _is_his(one, mail.sender, same_house=thread is not None)}
    if not writers:
        return None
    proven = thread is not None and thread.rule.startswith("signed-id")
    ticket = thread.ticket if thread else named(work, mail)
    found = _cases(work, ticket) if ticket else hardware.repairs(work.db)
    cases = [one for one in found if one.vendor in writers and (ticket or _names(mail.subject, one.tag))]
    cases.sort(key=lambda one: one.first_message_id in mail.references)  # the one that it answers comes last
    if not cases and (elsewhere := _named_in(work, mail, writers)):
        return Letter(elsewhere, tickets.get(work.db, elsewhere.ticket_id), proven=False)
    return Letter(cases[-1], ticket or tickets.get(work.db, cases[-1].ticket_id), proven) if cases else None


def is_vendor(work: Work, sender: str) -> bool:
    """Whether it is the address of somebody who repairs for us."""
    return any(_is_his(one, sender, same_house=False) for one in work.house.vendors)


def _named_in(work: Work, mail: ParsedMail, writers: set[str]) -> Any:
    """The one case of his whose device his words name, where he writes below a wrong mark; None for none or several."""
    words = f"{mail.subject}\n{mail.new_text}"
    found = [one for one in hardware.repairs(work.db) if one.vendor in writers and _names(words, one.tag)]
    return found[0] if len(found) == 1 else None


def _cases(work: Work, ticket: Ticket) -> list[Any]:
    """The repairs of a ticket and, before them, of those that were merged into it."""
    merged = [case for one in tickets.absorbed_by(work.db, ticket.id) for case in _cases(work, one)]
    return [*merged, *hardware.repairs(work.db, ticket_id=ticket.id, ended=True)]


def _is_his(vendor: Vendor, sender: str, *, same_house: bool) -> bool:
    """Whether it is his address; where the mail proves that it answers ours, also that of a colleague of his."""
    known = vendor.mail.casefold()
    return bool(known) and (sender == known or (same_house and sender.partition("@")[2] == known.partition("@")[2]))


def _names(subject: str, tag: str) -> bool:
    return re.search(_WORD.format(re.escape(tag)), subject, re.IGNORECASE) is not None


def last_word(work: Work, case: Any) -> dict[str, Any]:
    """What who repairs wrote last of the case, and when; "" where he did not."""
    said = journal.newest_facts(work.db, "vendor_wrote", [case.ticket_id]).get(case.ticket_id, {})
    entry = tickets.get_entry(work.db, said["entry"]) if said.get("repair") == case.id else None
    return {"heard": entry.text[: about.EXCERPT], "heard_at": about.iso(entry.created_at)} if entry else {"heard": ""}


def wrote(work: Work, letter: Letter, mail: ParsedMail, entry: int, left_out: list[str]) -> None:
    """The vendor's words are a note on the ticket: engineer and desk hear of them, the requester does not."""
    case, ticket = letter.case, letter.ticket
    record(work, ticket, ("vendor_wrote", {"repair": case.id, "entry": entry, "proven": letter.proven}))
    later = {"remind_at": max(case.remind_at, _after(work))} if case.remind_at else {}
    hardware.change_repair(work.db, case.id, last_message_id=mail.message_id, **later)
    said = {"text": mail.new_text[: about.EXCERPT], "author": mail.sender_name or mail.sender, "left_out": left_out}
    shown = {"number": work.house.name_of(ticket.number), "unproven": not letter.proven}
    announce(work, ticket, "vendor wrote", {**told(work, case), **said, **shown}, key=str(entry))
