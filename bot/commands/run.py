"""From a stored chat message to its effect and its answer, in one transaction."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.commands import accounts, catalogue, dialogue, files  # noqa: F401  -- importing the catalogue declares the commands
from bot.commands.answers import put
from bot.commands.authorize import authorize
from bot.commands.base import (
    REGISTRY,
    Answer,
    Call,
    Command,
    RefusedError,
    may_be_named,
    number_and_rest,
    say,
    ticket_of,
)
from bot.commands.merging import BETWEEN
from bot.desk import cards, chats, undoing
from bot.desk.announce import AUTHORIZER
from bot.desk.authorizations import recognised
from bot.desk.cards import Place
from bot.desk.work import Actor, Work
from bot.domain.messages import IncomingChat
from bot.domain.text import with_slash
from bot.domain.ticket import MERGED, OPEN, MoveRefusedError, NotAuthorizedError
from storage import inbox, journal, outbox, people
from storage.actions import get as get_action
from storage.people import Person
from storage.tickets import Ticket, by_number, surviving
from storage.tickets import get as get_ticket

MOST_SHOWN = 40
"""Characters of a command that a button shows."""
LATE = timedelta(minutes=5)
"""So old, a command has waited through an outage, and things may have changed."""

AMOUNT = re.compile(
    r"\d{1,4}(?:\s*(?:min|mins|minutes?|hours?|hrs?|h|days?|secs?|seconds?|weeks?|pcs|pieces?|am|pm)\b|\s*%"
    r"|(?:分|小时|点|秒|天|号|楼|层|个|台|次|人|张|块|米|月|年|周|位|件))",
    re.IGNORECASE,
)
"""How words behind a command's name begin that name no ticket: "wait 5 min", 到5楼."""
SHOWING = ("ticket",)
OF_MERGED = ("ticket", "why", "merge", "approve", "counts", "requester", "undo")
"""Commands that a merged ticket still knows."""
ALWAYS_FRESH = (
    "take", "ticket", "assign", "counts", "requester", "cc", "undo", "send", "finish", "sheet", "done", "plan", "files",
    "came", "allow", "approve", "repair",
)  # fmt: skip
"""Commands that look at the ticket's state themselves, so that a press on an older card is no mistake."""
BESIDE = frozenset(
    "answered called confirmed eta lent looked on_site_wanted plan_begun plan_ended plan_ticked plan_unticked "
    "prolonged rated sheet_checked sheet_filled sheet_finished sheet_returned urged".split()
)
"""What raises a ticket's version (kinds of the journal) and leaves what its card shows as it is."""
UNSEEN = frozenset("acknowledged alarm contacted helped noted replied".split())
"""What does not even raise it."""


def obey(work: Work, row: Any) -> str:
    """Carries out one stored chat message and ends its inbox row. Gives the outcome."""
    chat = inbox.chat_of(row)
    chat = replace(chat, text=with_slash(chat.text))
    about_the_chat = chat.event not in {"", "media"}
    outcome = chats.happened(work, chat) if about_the_chat else _heard(work, row, chat)
    inbox.finish(work.db, row.id, outcome, work.now)
    return outcome


def _heard(work: Work, row: Any, chat: IncomingChat) -> str:
    """Words and presses: of staff they are commands, of others in private perhaps a code, else nothing."""
    private = chat.chat == chat.sender
    person = people.by_contact(work.db, chat.channel, chat.sender)
    group = None if private else people.group_at(work.db, chat.channel, chat.chat)
    if private and person and chat.event != "media":
        person = recognised(work, person)
    if private and chat.channel not in people.CONFIGURED and accounts.is_offer(work, chat):
        return accounts.offered(work, row.id, chat)
    if person and person.active and person.roles and (private or group):
        return _answer(work, row, chat, person, group)
    if private and chat.channel not in people.CONFIGURED:
        return accounts.offered(work, row.id, chat)
    if group:
        accounts.shown_by_a_stranger(work, row.id, chat, group.locale)
    return "ignored"


def _answer(work: Work, row: Any, chat: IncomingChat, person: Person, group: people.Group | None) -> str:
    work = work.by(Actor("person", chat.channel, person, person.name or str(person.handle)))
    locale = person.language or (group.locale if group else work.house.customers[0].locale)
    call = Call(work, person, group, locale, chat=chat)
    if group and accounts.shown_to_others(work, chat):
        answer, outcome = say("code_in_group"), "refused"
    elif chat.event == "media":
        return _with_file(call, row, chat)
    elif group and not _is_meant(call, chat):
        return "ignored"
    else:
        answer, outcome = answered(call, lambda: run_line(call, _line(call, chat)))
        answer = _marked_late(call, chat, answer) if outcome == "command" else answer
    put(call, row, chat, answer, refused=outcome == "refused")
    if outcome == "refused" and (ticket := _changed_since(call, chat)):
        place = Place(chat.channel, chat.chat, locale, private=group is None)
        cards.show_again(work, ticket, place, key=f"card:{row.id}")
    return outcome


def _is_meant(call: Call, chat: IncomingChat) -> bool:
    """Whether words in a group are for us: of a name with a typing mistake only where its number is a ticket's here."""
    if not _is_plain(chat):
        return True
    try:
        _, words = REGISTRY.find(chat.text)
    except RefusedError as refusal:
        found = number_and_rest(refusal.instead.partition(" ")[2])
        ticket = by_number(call.work.db, found[0]) if found else None
        return ticket is not None and may_be_named(call, ticket)
    return AMOUNT.match(words) is None


def _is_plain(chat: IncomingChat) -> bool:
    """Whether these are words, said without a slash and in answer to nothing of ours, where people talk."""
    said_to_us = chat.channel in people.CONFIGURED or chat.action or chat.reply_to or chat.text.startswith("/")
    return chat.chat != chat.sender and not said_to_us


def _must_be_to_us(chat: IncomingChat, line: str) -> None:
    """Words like "take 3, please, somebody" do nothing before she has pressed that button. Raises RefusedError."""
    if not _is_plain(chat) or files.names_a_ticket(line):
        return
    command, words = REGISTRY.find(line)
    found = number_and_rest(words) if command.usage["en"] == "<ticket>" else None
    if found and any(one.isalnum() for one in found[1]):
        raise RefusedError("to_us", instead=f"{command.name} {found[0]}")


def _with_file(call: Call, row: Any, chat: IncomingChat) -> str:
    """What stands below a file is done and answered as if it had been said; what becomes of the file is said, too."""
    if why := files.problem(call, chat):
        outcome, said = "refused", None
        if chat.text and not files.names_a_ticket(chat.text):
            said, outcome = answered(call, lambda: run_line(call, files.unless_mailed(_line(call, chat), why)))
            put(call, row, chat, said)
        if not said or said.facts.get("phrase") != why:
            put(call, row, replace(chat, text=""), say(why))
        return outcome
    told: list[Answer] = []
    answer, outcome = answered(call, lambda: _kept(call, row, chat, told))
    put(call, row, replace(chat, about="") if outcome == "command" else chat, answer)
    if outcome == "refused":
        inbox.forget_file(call.work.db, row.id)
    elif chat.about and chat.text:
        files.look_again(call, chat)
    for one in told[:1] if outcome == "command" else ():
        put(call, row, replace(chat, text="", about=""), one)
    return outcome


def _kept(call: Call, row: Any, chat: IncomingChat, told: list[Answer]) -> Answer:
    """Keeps the file with the words below it; `told` gets what is said of it beside their own answer."""
    line = _line(call, chat) if chat.text else ""
    if not line or files.names_a_ticket(line):
        return files.attach(call, row, chat, files.noted(call, chat, line))
    ticket = files.meant(call, line)
    before = files.newest_entry(call, ticket)
    answer = run_line(call, line)
    entry = files.newest_entry(call, ticket)
    where = (ticket, entry) if entry > before else files.noted(call, chat, str(ticket.number))
    told.append(files.attach(call, row, chat, where))
    return answer


def answered(call: Call, do: Callable[[], Answer]) -> tuple[Answer, str]:
    """Does it, or says why not: the answer, and what the inbox row's outcome is."""
    try:
        with call.work.db.begin_nested():  # what is refused leaves nothing behind
            return do(), "command"
    except RefusedError as refusal:
        meant = ((f"/{refusal.instead}", refusal.instead),) if refusal.instead else ()
        return replace(say(refusal.key, **refusal.facts), choices=meant), "refused"


def run_line(call: Call, line: str) -> Answer:
    """Does what a line of words says. Raises RefusedError with what to tell the speaker."""
    if dialogue.needs_words(call, line):
        return dialogue.begin(call, line)
    command, words = REGISTRY.find(line)
    call = replace(call, words=words)
    authorize(call, command, None)
    usage = f"/{command.name} {command.usage[call.locale]}".strip()
    try:
        if not command.on_ticket:
            return command.effect(call)
        ticket, _ = ticket_of(call)
        authorize(call, command, ticket)
        _must_go_on(call, command, ticket)
        return _done(call, command, ticket)
    except NotAuthorizedError as refusal:
        raise RefusedError("unauthorized", number=call.work.house.name_of(refusal.number)) from refusal
    except MoveRefusedError as refusal:
        raise RefusedError("not_now", command=command.name, state=refusal.state) from refusal
    except RefusedError as refusal:
        refusal.facts.setdefault("usage", usage)
        raise


def _done(call: Call, command: Command, ticket: Ticket) -> Answer:
    """The command's effect on a ticket, remembered where it can be taken back."""
    if not command.undo or call.person is None:
        return command.effect(call)
    was = undoing.before(call.work, ticket)
    answer = command.effect(call)
    after = undoing.keep(call.work, was, command.name)
    return replace(answer, undo=answer.undo or "revoke", about=after) if after else answer


def _must_go_on(call: Call, command: Command, ticket: Ticket) -> None:
    """What is done on a merged ticket would be done where nobody looks. Raises RefusedError with the number to use."""
    if ticket.state == MERGED and command.name not in OF_MERGED:
        name, other = call.work.house.name_of, surviving(call.work.db, ticket)
        rest = (number_and_rest(call.words) or (0, ""))[1]
        instead = f"{command.name} {other.number} {rest}".strip()
        if len(instead) > MOST_SHOWN or (rest and call.in_group):  # what is meant for the user stands in no group
            instead = ""
        raise RefusedError("merged_away", instead=instead, number=name(ticket.number), into=name(other.number))


def _line(call: Call, chat: IncomingChat) -> str:
    """The command that was meant. Raises RefusedError."""
    said = _pressed(call, chat) if chat.action else dialogue.completed(call)
    line = said or chat.text
    if chat.reply_to and not said:
        line = _about_answered(call, chat, line)
    if not said:
        _must_be_to_us(chat, line)
    if _is_late(call, chat):
        _still_as_it_was(call, chat, line)
    return line


def _about_answered(call: Call, chat: IncomingChat, line: str) -> str:
    """An answer to one of our messages is about its ticket: a command needs no number, other words are a note."""
    ticket_id = outbox.ticket_of_message(call.work.db, chat.channel, chat.chat, chat.reply_to)
    if ticket_id is None:
        return line
    number = get_ticket(call.work.db, ticket_id).number
    if AUTHORIZER in call.speaker().roles and not line.startswith("/"):
        return f"allow {number} {line}"
    try:
        one, words = REGISTRY.find(line)
    except RefusedError:
        if line.startswith("/"):
            raise
        return f"note {surviving(call.work.db, get_ticket(call.work.db, ticket_id)).number} {line}"
    if not one.on_ticket or (number_and_rest(words) and not BETWEEN.match(words)):  # "into 3" names the other ticket
        return line
    return f"{one.name} {number} {words}"


def _is_late(call: Call, chat: IncomingChat) -> bool:
    return call.work.now - chat.received_at > LATE


def _still_as_it_was(call: Call, chat: IncomingChat, line: str) -> None:
    """What was said before an outage is done only if nothing has happened to the ticket since (reliability 3 C 68)."""
    one, words = REGISTRY.find(line)
    authorize(call, one, None)
    found = number_and_rest(words) if one.on_ticket and one.name not in SHOWING else None
    ticket = by_number(call.work.db, found[0]) if found else None
    if ticket is None or not may_be_named(call, ticket):
        return
    history = journal.of_ticket(call.work.db, ticket.id)
    others = [row for row in history if row.recorded_at > chat.received_at and row.actor_id != call.speaker().id]
    if any(row.kind != "alarm" for row in others):
        raise _stale(call, ticket)


def _marked_late(call: Call, chat: IncomingChat, answer: Answer) -> Answer:
    if not _is_late(call, chat) or answer.kind != "phrase" or "number" not in answer.facts:
        return answer
    return say("done_late", at=chat.received_at.isoformat(), number=answer.facts["number"], zone=call.work.house.zone)


def _pressed(call: Call, chat: IncomingChat) -> str:
    """The command behind a button, if the ticket is as it was when the button was shown."""
    line, ticket, shown = _behind(call, chat)
    if ticket is None:
        return line
    if not may_be_named(call, ticket):
        return line
    if not line.startswith(ALWAYS_FRESH) and not dialogue.is_talk(line) and _stands_otherwise(call, ticket, shown):
        raise _stale(call, ticket)
    return line


def _stands_otherwise(call: Call, ticket: Ticket, shown: Any) -> bool:
    """Whether the ticket has changed since the button was shown, by more than what leaves the card as it is."""
    raised = ticket.version - shown.version
    if not raised:
        return False
    later = [row.kind for row in journal.of_ticket(call.work.db, ticket.id) if row.recorded_at > shown.created_at]
    return not set(later) <= BESIDE | UNSEEN or sum(kind in BESIDE for kind in later) < raised


def _behind(call: Call, chat: IncomingChat) -> tuple[str, Ticket | None, Any]:
    """The command behind a button, its ticket (if any) and the row in which it is kept, bound to the chat.

    Who may not use it, or sits in another customer's group, does not hear how the ticket stands (reliability 3 D).
    """
    token, _, place = chat.action.partition(":")
    found = get_action(call.work.db, token)
    if found is None or (found.channel, found.address) != (chat.channel, chat.chat) or not place.isdecimal():
        raise RefusedError("button_unknown")
    if int(place) >= len(found.commands):
        raise RefusedError("button_unknown")
    line = str(found.commands[int(place)])
    authorize(call, REGISTRY.find(line)[0], None)
    return line, get_ticket(call.work.db, found.ticket_id) if found.ticket_id else None, found


def _stale(call: Call, ticket: Ticket) -> RefusedError:
    """The ticket is not as it was when this was said or shown: how it stands, and who has it."""
    holder = people.by_id(call.work.db, ticket.assignee_id) if ticket.state in OPEN else None
    name = (holder.name or str(holder.handle)) if holder else ""
    return RefusedError("stale", number=call.work.house.name_of(ticket.number), state=ticket.state, name=name)


def _changed_since(call: Call, chat: IncomingChat) -> Ticket | None:
    """The ticket behind a button, if it has changed since and staff may see it here: who is late sees it afresh."""
    if not chat.action or AUTHORIZER in call.speaker().roles:
        return None
    try:
        _, ticket, shown = _behind(call, chat)
    except RefusedError:
        return None
    if ticket is None:
        return None
    return ticket if may_be_named(call, ticket) and shown.version != ticket.version else None
