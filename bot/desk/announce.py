"""Who hears what: the one table of messages, and the rows it puts into the outbox. No other message is ever sent.

`docs/messages.md` shows the same table to people; a test holds the two together, and the stories hold it to the truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.desk import facts as about
from bot.desk.buttons import keep_buttons, offered
from bot.desk.message_ids import message_id
from bot.desk.roster import Recipient, Roster, addresses_of, by_account
from bot.desk.work import Work
from bot.domain.repair import TOLD
from bot.domain.secrecy import SECURITY
from storage import outbox, participants, people, tickets
from storage.participants import Participant
from storage.tickets import Ticket

REQUESTER, GROUP, ENGINEER, FORMER, DESK, ON_DUTY, MANAGER, SENIOR, SPEAKER, BOOKED, DEPUTY, STAND_IN = (
    "requester", "group", "engineer", "former engineer", "desk", "on duty", "manager", "senior", "speaker",
    "booked engineer", "deputy", "stand-in",
)  # fmt: skip
PARTNER, AUTHORIZER, IT_DEPARTMENT, VENDOR = "swap partner", "authorizer", "IT department", "vendor"


@dataclass(frozen=True, slots=True)
class Line:
    """One audience's message at an event: its kind, by mail or chat ("way": as the person prefers), with sound or not.

    `by_hand` marks a person's own words: they go out even where automatic mail does not.
    """

    audience: str
    kind: str
    channel: str
    sound: bool = True
    by_hand: bool = False


CARD = Line(GROUP, "card", "chat", sound=False)

CARD_ALONE = (
    "closed", "junked", "restored", "split", "accepted", "resumed", "kind", "released", "master", "parted",
    "at work", "on the way", "contact", "escalated", "level", "threshold", "rescheduled", "called", "issued",
)  # fmt: skip
"""Events that only the card shows."""

ECHO = Line(REQUESTER, "wish_answer", "mail")

CALL_ON_SITE = (
    Line(REQUESTER, "onsite", "mail"), CARD, Line(ENGINEER, "onsite_call", "way"), Line(ON_DUTY, "onsite_call", "way"),
)  # fmt: skip

AUTHORIZED = (Line(AUTHORIZER, "authorization_noted", "way"), Line(ENGINEER, "authorization", "way"))
NEED = (Line(ENGINEER, "need", "way", sound=False), Line(DESK, "need", "way", sound=False))
TABLE: dict[str, tuple[Line, ...]] = {
    "opened": (Line(REQUESTER, "confirmation", "mail"), Line(GROUP, "card", "chat")),
    **dict.fromkeys(("opened out of hours", "opened in an outage"), (Line(REQUESTER, "confirmation", "mail"), CARD)),
    "urgent": (Line(ON_DUTY, "urgent", "way"),),
    "supported": (Line(BOOKED, "urgent", "way"),),
    "assigned": (Line(REQUESTER, "assigned", "mail"), CARD, Line(ENGINEER, "assignment", "way")),
    "taken": (Line(REQUESTER, "assigned", "mail"), CARD, Line(ENGINEER, "assignment", "way", sound=False)),
    "reassigned": (
        Line(REQUESTER, "reassigned", "mail"),
        CARD,
        Line(ENGINEER, "assignment", "way"),
        Line(FORMER, "handed_over", "way"),
    ),
    "answered": (Line(GROUP, "answer_group", "chat", sound=False), Line(ENGINEER, "answer", "way")),
    "user asked": (ECHO,),
    **dict.fromkeys(("urged", "on site wanted", "knowledge wanted"), (ECHO, Line(ENGINEER, "wish", "way"))),
    "passed on": (ECHO, Line(ENGINEER, "wish", "way")),
    "user solved": (ECHO, CARD, Line(ENGINEER, "wish", "way", sound=False)),
    "withdrawn": (ECHO, CARD, Line(ENGINEER, "wish", "way")),
    "complained": (ECHO, CARD, Line(DESK, "wish", "way"), Line(MANAGER, "wish", "way")),
    "suggested": (Line(MANAGER, "wish", "way", sound=False),),
    "settled": (Line(REQUESTER, "settled", "mail", by_hand=True), CARD, Line(MANAGER, "wish", "way", sound=False)),
    "rated low": (ECHO, Line(DESK, "wish", "way"), Line(MANAGER, "wish", "way")),
    "confirmed": (ECHO,),
    "checked": (Line(REQUESTER, "sheet", "mail"),),
    "sheet returned": (Line(ENGINEER, "sheet_returned", "way"),),
    "held": (Line(DESK, "held", "way"),),
    "forwarded": (Line(ENGINEER, "forwarded", "way"),),
    "requester": (Line(REQUESTER, "confirmation", "mail"),),
    "joined": (Line(REQUESTER, "joined", "mail"), CARD),
    "held own": (Line(ENGINEER, "held_own", "way"),),
    "replied": (Line(REQUESTER, "reply", "mail", by_hand=True),),
    "asked": (Line(REQUESTER, "question", "mail", by_hand=True), CARD),
    "asked again": (Line(REQUESTER, "question_again", "mail"),),
    "wait over": (
        Line(ENGINEER, "wait_over", "way"),
        Line(DESK, "wait_over", "way"),
        Line(MANAGER, "wait_over", "way", sound=False),
    ),
    "solved": (Line(REQUESTER, "solution", "mail", by_hand=True), CARD),
    "reopened": (CARD, Line(ENGINEER, "reopened", "way")),
    "complaint reopened": (Line(MANAGER, "reopened", "way"),),
    **dict.fromkeys(CARD_ALONE, (CARD,)),
    "merged": (CARD, Line(FORMER, "merged_away", "way")),
    "absorbed": (Line(REQUESTER, "merged", "mail"), CARD, Line(ENGINEER, "absorbed", "way")),
    "unmerged": (Line(REQUESTER, "unmerged", "mail"), CARD, Line(ENGINEER, "reopened", "way")),
    "linked to master": (Line(REQUESTER, "known", "mail"), CARD),
    "lent": (Line(REQUESTER, "loan", "mail"),),
    "given": (Line(REQUESTER, "given", "mail"),),
    **dict.fromkeys(TOLD, (Line(REQUESTER, "repair", "mail"),)),
    "loan due": (Line(REQUESTER, "loan", "mail"), Line(ENGINEER, "loan_due", "way")),
    "loan overdue": (Line(ENGINEER, "loan_due", "way"), Line(DESK, "loan_due", "way", sound=False)),
    "progressed": (Line(REQUESTER, "progress", "mail", by_hand=True), Line(IT_DEPARTMENT, "progress", "mail")),
    "progress drafted": (Line(DESK, "progress_draft", "way"),),
    **dict.fromkeys(
        ("repair ordered", "vendor asked", "repair called off", "quote approved", "quote refused"),
        (Line(VENDOR, "vendor", "mail", by_hand=True),),
    ),
    "vendor reminded": (Line(VENDOR, "vendor", "mail"),),
    **dict.fromkeys(
        ("quoted", "quote waits"), (CARD, Line(MANAGER, "quote", "way"), Line(DESK, "quote", "way", sound=False))
    ),
    "quote decided": (
        CARD,
        Line(ENGINEER, "quote_decided", "way"),
    ),
    "vendor wrote": (Line(ENGINEER, "vendor_wrote", "way"), Line(DESK, "vendor_wrote", "way")),
    "notice": (Line(REQUESTER, "notice", "mail", by_hand=True),),
    "visit": (Line(REQUESTER, "visit", "mail"),),
    "visit off": (Line(REQUESTER, "visit_off", "mail"),),
    "help wanted": (CARD, Line(DESK, "help_wanted", "way")),
    "senior asked": (Line(SENIOR, "help_wanted", "way"),),
    **dict.fromkeys(("part wanted", "vendor wanted"), (CARD, Line(DESK, "part_wanted", "way"))),
    "need asked": NEED,
    "need lasts": (*NEED, Line(MANAGER, "need", "way", sound=False)),
    "need over": (CARD, NEED[0]),
    "helped": (Line(ENGINEER, "advice", "way"),),
    "undone": (CARD, Line(FORMER, "taken_back", "way")),
    "major": (CARD, Line(MANAGER, "major", "way"), Line(IT_DEPARTMENT, "major_notice", "mail")),
    **dict.fromkeys(
        ("major over", "major not"),
        (CARD, Line(MANAGER, "major", "way", sound=False), Line(IT_DEPARTMENT, "major_notice", "mail")),
    ),
    "security": (Line(MANAGER, "security", "way"), Line(IT_DEPARTMENT, "security_notice", "mail")),
    "plan begun": (Line(MANAGER, "plan", "way"),),
    "plan ended": (Line(MANAGER, "plan", "way", sound=False),),
    "onsite": CALL_ON_SITE,
    "authorization needed": (Line(AUTHORIZER, "authorization_request", "way"),),
    "authorized": (AUTHORIZED[0], CARD, AUTHORIZED[1]),
    "authorization refused": (*AUTHORIZED, Line(DESK, "authorization", "way")),
    "extended": (
        Line(REQUESTER, "extended", "mail", by_hand=True),
        CARD,
        Line(ENGINEER, "extension", "way", sound=False),
    ),
    "onsite ended": CALL_ON_SITE,
    "late": (Line(REQUESTER, "late", "mail"), CARD, Line(DESK, "engineer_late", "way")),
    "breached": (Line(REQUESTER, "breach", "mail"), CARD),
    "undelivered": (Line(ENGINEER, "undelivered", "way"), Line(DESK, "undelivered", "way")),
    "delayed": (Line(DESK, "delayed", "way", sound=False),),
    "unreadable": (Line(DESK, "unreadable", "way"),),
    "mailbox": (Line(DESK, "mailbox", "way"),),
    "mailbox well": (Line(DESK, "mailbox", "way", sound=False),),
    "token fails": (Line(DESK, "token", "way"), Line(MANAGER, "token", "way")),
    "token well": (Line(DESK, "token", "way", sound=False), Line(MANAGER, "token", "way", sound=False)),
    "secret ends": (Line(DESK, "secret_ends", "way"), Line(MANAGER, "secret_ends", "way")),
    "mails missing": (Line(DESK, "mails_missing", "way"), Line(MANAGER, "mails_missing", "way")),
    "backlog": (Line(DESK, "backlog", "way"),),
    "flood": (Line(DESK, "flood", "way"),),
    "alarm": tuple(Line(role, "alert", "way") for role in (ENGINEER, DESK, MANAGER, SENIOR)),
    "unacknowledged": (Line(MANAGER, "alert", "way"),),
    "linked": (Line(DESK, "linked", "way", sound=False),),
    "unlinked": (Line(DESK, "unlinked", "way", sound=False),),
    "staff added": (Line(DESK, "staff_added", "way", sound=False), Line(MANAGER, "staff_added", "way", sound=False)),
    "staff ended": (Line(DESK, "staff_ended", "way"), Line(MANAGER, "staff_ended", "way")),
    **dict.fromkeys(("booked", "booking cancelled", "booking soon"), (Line(BOOKED, "booking", "way"),)),
    "reach check": (Line(ON_DUTY, "reach_check", "way"),),
    "unreachable": tuple(Line(role, "unreachable", "way") for role in (ON_DUTY, DEPUTY, MANAGER)),
    "hand-over": (Line(ON_DUTY, "hand_over", "way"),),
    "not taken over": tuple(Line(role, "unreachable", "way") for role in (DESK, DEPUTY, MANAGER)),
    "duty empty": (Line(DESK, "duty_empty", "way"), Line(MANAGER, "duty_empty", "way")),
    **dict.fromkeys(("swap asked", "swap declined", "swap cancelled"), (Line(PARTNER, "swap", "way"),)),
    "swapped": (Line(PARTNER, "swap", "way"), Line(DESK, "swap", "way", sound=False)),
    "standing in": (Line(STAND_IN, "absence", "way"),),
    "absent": (Line(MANAGER, "absence", "way", sound=False),),
    "chat trouble": (Line(DESK, "chat_trouble", "way"),),
    "channel down": (Line(DESK, "outage", "way"), Line(MANAGER, "outage", "way")),
    "channel well": (Line(DESK, "outage", "way", sound=False), Line(MANAGER, "outage", "way", sound=False)),
    "reload refused": (Line(DESK, "config_refused", "way"), Line(MANAGER, "config_refused", "way")),
    "deadlines moved": (Line(MANAGER, "moved", "way"),),
    "holidays unknown": (Line(MANAGER, "holidays_unknown", "way", sound=False),),
    "database restored": (Line(DESK, "restored", "way"), Line(MANAGER, "restored", "way")),
    "canary": (Line("ourselves", "canary", "mail"),),
    "canary lost": (Line(DESK, "canary_lost", "way"), Line(MANAGER, "canary_lost", "way")),
    "canary back": (Line(DESK, "canary_lost", "way", sound=False), Line(MANAGER, "canary_lost", "way", sound=False)),
    "weekly": (Line(MANAGER, "weekly", "way", sound=False),),
    "morning": (Line(MANAGER, "digest", "way", sound=False),),
    "evening": (Line(MANAGER, "digest", "way", sound=False),),
    "desk work": (Line(DESK, "desk_work", "way", sound=False),),
    "command": (Line(SPEAKER, "the answer", "chat"), Line(SPEAKER, "the answer", "mail")),
}


@dataclass(frozen=True, slots=True)
class Occasion:
    """What there is to tell: an event on a ticket, and the facts that belong to it.

    `person` and `former` name engineers other than the assignee; `key` tells apart what happens twice at one version;
    `unheard` names audiences that shall hear nothing this time; it goes out `after` a while. `readers`: to these alone
    of those who report and take part goes a mail.
    """

    work: Work
    ticket: Ticket
    event: str
    facts: dict[str, Any] = field(default_factory=dict)
    person: int | None = None
    former: int | None = None
    key: str = ""
    unheard: frozenset[str] = frozenset()
    after: timedelta = timedelta()
    readers: tuple[Participant, ...] | None = None

    def dedup_key(self, line: Line, channel: str, address: str) -> str:
        """The same for the same message, whoever decides it and however often."""
        return f"{self.event}:{self.ticket.id}:{self.ticket.version}:{self.key}:{line.kind}:{channel}:{address}"


def announce(work: Work, ticket: Ticket, event: str, facts: dict[str, Any] | None = None, **more: Any) -> None:
    """Puts the messages of an event into the outbox, each once (see Occasion for `more`)."""
    after = more.get("after", timedelta())
    outbox.put(work.db, messages(work, ticket, event, facts, **more), work.now + after)


def messages(
    work: Work, ticket: Ticket, event: str, facts: dict[str, Any] | None = None, **more: Any
) -> list[dict[str, Any]]:
    """The messages of an event, as rows for the outbox (see Occasion for `more`)."""
    occasion = Occasion(work, ticket, event, facts or {}, **more)
    lines = [line for line in TABLE[event] if line.audience not in occasion.unheard]
    return [row for line in lines for row in _rows(occasion, line)]


def _rows(occasion: Occasion, line: Line) -> Iterator[dict[str, Any]]:
    if occasion.ticket.kind == SECURITY and line.audience in {GROUP, AUTHORIZER, FORMER}:
        return
    if line.audience == REQUESTER:
        readers = readers_of(occasion.work, occasion.ticket) if occasion.readers is None else occasion.readers
        yield from (_mail_row(occasion, line, who) for who in readers if _wants_mail(occasion.work, who, line))
    elif line.audience in {AUTHORIZER, IT_DEPARTMENT, VENDOR}:
        readers = occasion.readers or audience_of(occasion.work, occasion.ticket, line.audience)
        yield from (row for who in readers for row in _outside_rows(occasion, line, who))
    elif line.audience == GROUP:
        yield from _group_rows(occasion, line)
    else:
        anyhow = line.kind == "quote" or occasion.ticket.kind == SECURITY  # of a quote she is asked, too
        ordered = occasion.work.actor.kind == "person" and line.audience in {DESK, MANAGER}  # she has an answer
        did = occasion.work.actor.id if ordered and not anyhow else None
        yield from (staff_row(occasion, line, one) for one in _staff(occasion, line.audience) if one.person.id != did)


def readers_of(work: Work, ticket: Ticket) -> list[Participant]:
    """Who gets the ticket's mails: its requester, and those of the tickets that were merged into it."""
    requester = Participant(
        address=ticket.requester_address,
        name=ticket.requester_name,
        locale=ticket.locale,
        person_id=ticket.requester_id,
        quiet=ticket.quiet,
        known_sender=ticket.known_sender,
        first_message_id=ticket.first_message_id,
        last_message_id=ticket.last_message_id,
    )
    new = ticket.version == 1  # nothing was merged into it yet
    return [requester] if new else [requester, *participants.of_ticket(work.db, ticket.id)]


def audience_of(work: Work, ticket: Ticket, audience: str) -> list[Participant]:
    """Those of the customer who authorise work, or his IT department: each in a thread of her own."""
    customer = work.house.customer(ticket.customer_id)
    rest = ("", customer.locale, None, False, True, "", "")
    addresses = customer.authorizers if audience == AUTHORIZER else sorted(customer.it_department)
    hers = addresses_of(work, ticket.concerns_id)  # whom an incident is about does not hear of it (SP-10.4)
    return [Participant(one, *rest) for one in addresses if one not in hers]


def _outside_rows(occasion: Occasion, line: Line, who: Participant) -> Iterator[dict[str, Any]]:
    """To somebody of the customer, or a vendor: by mail or her linked account; not what she has just done there."""
    linked = by_account(occasion.work, who.address) if line.channel == "way" else None
    if not linked or linked.person.id != occasion.work.actor.id:
        yield staff_row(occasion, line, linked) if linked else _mail_row(occasion, line, who)


def _wants_mail(work: Work, reader: Participant, line: Line) -> bool:
    """Whether she can and shall get this mail."""
    address = reader.address
    return bool(address) and address not in work.house.own_addresses and (line.by_hand or not reader.quiet)


def _mail_row(occasion: Occasion, line: Line, reader: Participant) -> dict[str, Any]:
    """A mail to the requester or to whoever takes part, in her thread."""
    work, ticket = occasion.work, occasion.ticket
    key = occasion.dedup_key(line, "mail", reader.address)
    facts = {
        **about.common(work, ticket),
        **occasion.facts,
        "subject_line": ticket.subject if reader.known_sender else "",
        "recipient_name": reader.name,
        "by_hand": line.by_hand,
        "in_copy": reader.in_copy,
    }
    if reader.in_copy or not reader.known_sender:  # a visit is for her calendar who asked, if it is surely she
        facts.pop("invite", None)
    return {
        "dedup_key": key,
        "ticket_id": ticket.id,
        "event": occasion.event,
        "kind": line.kind,
        "audience": line.audience,
        "person_id": reader.person_id,
        "channel": "mail",
        "address": reader.address,
        "locale": reader.locale,
        "facts": facts,
        "message_id": message_id(work, ticket.number, key),
        "in_reply_to": reader.last_message_id,
        "references": list(dict.fromkeys(filter(None, (reader.first_message_id, reader.last_message_id)))),
    }


def _group_rows(occasion: Occasion, line: Line) -> Iterator[dict[str, Any]]:
    work, ticket = occasion.work, occasion.ticket
    groups = people.groups(work.db, ticket.customer_id)
    for group in (one for one in groups if one.channel in work.house.chats):
        facts: dict[str, Any] = {"number": work.house.name_of(ticket.number)}
        if line.kind != "card":  # a card's face and buttons are made when it is sent
            facts |= {**about.common(work, ticket), **occasion.facts, "trusted": group.trusted}
            facts |= keep_buttons(work, ticket, (group.channel, group.value), ("details",))
        yield {
            "dedup_key": occasion.dedup_key(line, group.channel, group.value),
            "ticket_id": ticket.id,
            "event": occasion.event,
            "kind": line.kind,
            "audience": GROUP,
            "channel": group.channel,
            "address": group.value,
            "locale": group.locale,
            "facts": facts,
            "silent": not line.sound,
        }


def _staff(occasion: Occasion, audience: str) -> list[Recipient]:
    roster = Roster(occasion.work)
    if occasion.ticket.kind == SECURITY:
        return roster.insiders(occasion.ticket.concerns_id)
    if audience == ENGINEER:
        engineer = roster.recipient(occasion.person or in_charge(occasion.work, occasion.ticket) or 0, "engineer")
        return [engineer] if engineer else roster.told(("desk",), None)[0]
    if audience == FORMER:
        former = roster.recipient(occasion.former or 0, "engineer")
        return [former] if former else []
    if audience == ON_DUTY:
        on_duty = roster.holders("engineer", occasion.ticket.place) or roster.told(("desk",), None)[0]
        return [one for one in on_duty if one.person.id != occasion.ticket.assignee_id]  # she has been told herself
    if audience == BOOKED:
        return roster.booked(occasion.ticket.place)
    return roster.told((audience,), None)[0]


def in_charge(work: Work, ticket: Ticket) -> int | None:
    """The ticket's engineer; where a linked one has none, the master's."""
    if ticket.assignee_id is None and ticket.master_id is not None:
        return tickets.get(work.db, ticket.master_id).assignee_id
    return ticket.assignee_id


def staff_row(occasion: Occasion, line: Line, one: Recipient, *, way: int = 0) -> dict[str, Any]:
    """A message to a member of staff, in private: by the way she prefers, or a later one."""
    work, ticket = occasion.work, occasion.ticket
    channel, value = one.ways[min(way, len(one.ways) - 1)]
    key = occasion.dedup_key(line, channel, value)
    said = {"guess": occasion.facts.get("guess_address", ""), "quote": occasion.facts.get("quote", "")}
    names = offered(work, line.kind, ticket, one.person.roles, occasion.facts) if channel != "mail" else ()
    buttons = keep_buttons(work, ticket, (channel, value), names, **said) if names else {}
    return {
        "dedup_key": key,
        "ticket_id": ticket.id,
        "event": occasion.event,
        "kind": line.kind,
        "audience": line.audience,
        "person_id": one.person.id,
        "channel": channel,
        "address": value,
        "locale": one.person.language or work.house.customer(ticket.customer_id).locale,
        "facts": {**about.common(work, ticket), **about.requester(work, ticket), **occasion.facts, **buttons},
        "silent": not line.sound,
        "message_id": message_id(work, ticket.number, key) if channel == "mail" else "",
    }
