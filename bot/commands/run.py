"""From a stored chat message to its effect and its answer, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.commands import lists, tickets  # noqa: F401  -- importing them declares the commands
from bot.commands.authorize import authorize
from bot.commands.base import REGISTRY, Answer, Call, RefusedError, say, ticket_of
from bot.desk.announce import TABLE, keep_commands
from bot.desk.work import Actor, Work
from bot.domain.messages import IncomingChat
from bot.domain.ticket import MoveRefusedError
from storage import inbox, outbox, people
from storage.people import Person
from storage.tickets import get as get_ticket

ALWAYS_FRESH = ("take", "ticket", "assign")
"""Commands that look at the ticket's state themselves, so that a press on an older card is no mistake."""


def obey(work: Work, row: Any) -> str:
    """Carries out one stored chat message and ends its inbox row. Gives the outcome."""
    chat = IncomingChat(channel=row.channel, source=row.source, received_at=row.received_at, **row.chat)
    person = people.by_contact(work.db, chat.channel, chat.sender)
    group = people.group_at(work.db, chat.channel, chat.chat) if chat.chat != chat.sender else None
    heard = group is not None or chat.chat == chat.sender
    outcome = "ignored"
    if person and person.active and person.roles and heard:
        outcome = _answer(work, row, chat, person, group)
    inbox.finish(work.db, row.id, outcome, work.now)
    return outcome


def _answer(work: Work, row: Any, chat: IncomingChat, person: Person, group: people.Group | None) -> str:
    work = work.by(Actor("person", chat.channel, person, person.name or str(person.handle)))
    locale = person.language or (group.locale if group else work.house.customers[0].locale)
    call = Call(work, person, group, locale)
    answer, outcome = answered(call, lambda: _pressed(call, chat) if chat.action else chat.text)
    _put(call, row, chat, answer)
    return outcome


def answered(call: Call, line: Callable[[], str]) -> tuple[Answer, str]:
    """Does what the line says, or says why not: the answer, and what the inbox row's outcome is."""
    try:
        with call.work.db.begin_nested():  # what is refused leaves nothing behind
            return run_line(call, line()), "command"
    except RefusedError as refusal:
        return say(refusal.key, **refusal.facts), "refused"


def run_line(call: Call, line: str) -> Answer:
    """Does what a line of words says. Raises RefusedError with what to tell the speaker."""
    command, words = REGISTRY.find(line)
    call = Call(call.work, call.person, call.group, call.locale, words)
    authorize(call, command, None)
    usage = f"/{command.name} {command.usage[call.locale]}".strip()
    try:
        if command.on_ticket:
            ticket, _ = ticket_of(call)
            authorize(call, command, ticket)
        return command.effect(call)
    except MoveRefusedError as refusal:
        raise RefusedError("not_now", command=command.name, state=refusal.state) from refusal
    except RefusedError as refusal:
        refusal.facts.setdefault("usage", usage)
        raise


def _pressed(call: Call, chat: IncomingChat) -> str:
    """The command behind a button: looked up here, bound to the chat and to the ticket as it was (reliability 3 D).

    Who may not use it, or sits in another customer's group, does not hear how the ticket stands.
    """
    token, _, place = chat.action.partition(":")
    found = outbox.get_action(call.work.db, token)
    if found is None or (found.channel, found.address) != (chat.channel, chat.chat) or not place.isdecimal():
        raise RefusedError("button_unknown")
    if int(place) >= len(found.commands):
        raise RefusedError("button_unknown")
    line = str(found.commands[int(place)])
    authorize(call, REGISTRY.find(line)[0], None)
    ticket = get_ticket(call.work.db, found.ticket_id)
    if call.group and call.group.customer_id != ticket.customer_id:
        return line
    if found.version != ticket.version and not line.startswith(ALWAYS_FRESH):
        raise RefusedError("stale", number=call.work.house.name_of(ticket.number), state=ticket.state)
    return line


def _put(call: Call, row: Any, chat: IncomingChat, answer: Answer) -> None:
    """The answer goes where the question came from; private ones to the speaker's own chat."""
    line = TABLE["command"][0]
    address = chat.sender if answer.private else chat.chat
    facts = {**answer.facts, "buttons": [], "action": ""}
    if answer.choices and answer.ticket:
        commands = [line for _, line in answer.choices]
        facts["action"] = keep_commands(call.work, answer.ticket, (chat.channel, address), commands)
        facts["labels"] = [label for label, _ in answer.choices]
    message = {
        "dedup_key": f"command:{row.id}",
        "event": "command",
        "kind": answer.kind,
        "audience": line.audience,
        "person_id": call.speaker().id,
        "channel": chat.channel,
        "address": address,
        "locale": call.locale,
        "facts": facts,
    }
    outbox.put(call.work.db, [message], call.work.now)
