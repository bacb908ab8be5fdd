"""What a command is, how its words are read, and what it answers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.desk.announce import AUTHORIZER
from bot.desk.authorizations import authorizes_for
from bot.desk.work import Work
from bot.domain.messages import IncomingChat
from bot.domain.nearest import nearest
from bot.domain.secrecy import SECURITY, may_see
from storage import tickets
from storage.people import Group, Person
from storage.tickets import Ticket

ENGINEERS = frozenset({"resident", "mobile", "senior"})
DESK = frozenset({"desk", "manager", "deputy"})
MANAGER = frozenset({"manager"})
STAFF = ENGINEERS | DESK | {"security"}
AUTHORIZERS = frozenset({AUTHORIZER})
"""Those of a customer who authorise work: no staff, and only in their private chats."""
KNOWN = STAFF | AUTHORIZERS
LONGEST_TEXT = 4000
UNDO = frozenset({"undo", "撤销", "恢复"})
"""Words that take a command back."""
SEEN = "LNPS"
"""Kinds of characters that show something: letters, numbers, punctuation, symbols."""


class RefusedError(Exception):
    """The command does nothing; the phrase `key` with its facts says why and what to do instead.

    `instead`: the command that was probably meant, to be pressed.
    """

    def __init__(self, key: str, *, instead: str = "", **facts: Any) -> None:
        super().__init__(key)
        self.key = key
        self.instead = instead
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Answer:
    """What the speaker reads: a phrase (`kind` "phrase") or a template of its own, with its facts.

    `private`: only into her private chat, whatever chat she asked in. `choices`: (label, command) to press next, about
    `ticket`; an answer to the message is about that ticket too. `presses`: the same
    by buttons' names. `printed`: with the sheet or picture that its facts hold. `offers`: the names of buttons (see
    buttons.COMMANDS) on the ticket `about`; `undo`: that of the button by which it can be taken back for a while.
    `told_by`: the kind of message about `ticket` that tells her the same and more; if one goes to the chat in which she
    is answered, it is the answer.
    """

    kind: str
    facts: dict[str, Any]
    private: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    ticket: Ticket | None = None
    presses: tuple[tuple[str, str], ...] = ()
    offers: tuple[str, ...] = ()
    about: Ticket | None = None
    undo: str = ""
    printed: bool = False
    told_by: str = ""


def say(key: str, **facts: Any) -> Answer:
    """A one-line answer from the catalogue of phrases."""
    return Answer("phrase", {"phrase": key, **facts})


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a command: who says it, where, in which language, and the words after its name.

    `chat` is what came in, where it came by a chat.
    """

    work: Work
    person: Person | None
    group: Group | None
    locale: str
    words: str = ""
    chat: IncomingChat | None = None

    @property
    def in_group(self) -> bool:
        return self.group is not None and not self.group.trusted

    def speaker(self) -> Person:
        """The person who speaks. Raises RefusedError where nobody in particular does (the bare command line)."""
        if self.person is None:
            raise RefusedError("no_person")
        return self.person


Effect = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its names (the first is the real one), who may, usage and help by language, and what it does.

    `on_ticket`: its first argument is a ticket. `own`: an engineer may use it on her own and unassigned tickets only.
    `words`: it ends with words of hers, which in a mail may go on below the first line. `undo`: whoever used it can
    take it back for half a minute. `example`: its words by language, where the usage alone does not make one.
    """

    names: tuple[str, ...]
    may: frozenset[str]
    usage: dict[str, str]
    help: dict[str, str]
    effect: Effect
    on_ticket: bool
    own: bool = False
    words: bool = False
    undo: bool = False
    example: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.names[0]


@dataclass(slots=True)
class Registry:
    """All commands by each of their names."""

    commands: list[Command] = field(default_factory=list)
    by_name: dict[str, Command] = field(default_factory=dict)

    def add(self, command: Command) -> None:
        """Enters a command; two with one name are a mistake of ours."""
        for name in command.names:
            if name in self.by_name:
                raise ValueError(f"two commands are called {name}")
            self.by_name[name] = command
        self.commands.append(command)

    def find(self, line: str) -> tuple[Command, str]:
        """The command that a line names, and the words after it. Raises RefusedError with the nearest name."""
        said = line.strip().removeprefix("/").removeprefix("／")
        text = unicodedata.normalize("NFKC", said)
        head = re.match(r"[^\s\d@]+", text)
        word = head[0].casefold() if head else ""
        names = (word, re.split(r"[:,、#]", word)[0])
        if name := next((one for one in names if one in self.by_name), ""):
            return self.by_name[name], said[len(name) :].lstrip(" \t\n:：,，、").rstrip()
        rest = text[len(head[0]) :].strip() if head else ""
        on_ticket = (name for name, one in self.by_name.items() if one.on_ticket)
        near = nearest(word, on_ticket) if number_and_rest(rest) else ""
        suggestion = near or nearest(word, self.by_name) or "help"
        instead = f"{near} {rest}" if near else ""
        raise RefusedError("unknown_command", instead=instead, word=text[:40], suggestion=suggestion)


REGISTRY = Registry()


def command(
    names: str,
    usage: tuple[str, str],
    text: tuple[str, str],
    *,
    may: Iterable[str] = STAFF,
    own: bool = False,
    words: bool = False,
    undo: bool = False,
    example: tuple[str, str] = ("", ""),
) -> Callable[[Effect], Effect]:
    """Declares a command. `usage` and `text` are (English, Chinese); one whose usage begins with <ticket> is on one."""

    def declare(effect: Effect) -> Effect:
        on_ticket = usage[0].startswith("<ticket>")
        how, what, sample = ({"en": english, "zh": chinese} for english, chinese in (usage, text, example))
        more: dict[str, Any] = {
            "on_ticket": on_ticket,
            "own": own,
            "words": words,
            "undo": undo,
            "example": sample if example[0] else {},
        }
        REGISTRY.add(Command(tuple(names.split()), frozenset(may), how, what, effect, **more))
        return effect

    return declare


_NUMBER = re.compile(
    r"\s*([\"'“‘<＜《「【\[(（])?(?:[A-Za-z]{1,10}-?|[#＃])?\s*([0-9]{1,18})(?![0-9]|[:：][0-9]|(?<=[0-9]{4})-[0-9]{1,2}-[0-9])"
    r"(?(1)[\"'”’>＞》」】\])）]?)(.*)",
    re.DOTALL,
)


def number_and_rest(words: str) -> tuple[int, str] | None:
    """The ticket number that words begin with (17, FD-17, #17, １７, “17”; no date, no time), and what follows it."""
    digits = "".join(unicodedata.normalize("NFKC", one) if one.isdigit() else one for one in words)
    found = _NUMBER.fullmatch(digits)
    return (int(found[2]), found[3].strip()) if found else None


def ticket_of(call: Call) -> tuple[Ticket, str]:
    """The ticket that the call's words name, and the words after it. Raises RefusedError."""
    found = number_and_rest(call.words)
    if found is None:
        raise RefusedError("which_ticket")
    number, rest = found
    ticket = tickets.by_number(call.work.db, number)
    if ticket is None or not may_be_named(call, ticket):
        raise RefusedError("not_found", number=call.work.house.name_of(number))
    return ticket, rest


def may_be_named(call: Call, ticket: Ticket) -> bool:
    """Whether the speaker, here, may know that there is such a ticket (SP-10.1, SP-10.4)."""
    if call.group and (call.group.customer_id != ticket.customer_id or ticket.kind == SECURITY):
        return False
    if call.person is None:
        return True
    if AUTHORIZER in call.person.roles:
        return ticket.kind != SECURITY and authorizes_for(call.work, call.person, ticket.customer_id)
    return may_see(ticket.kind, ticket.concerns_id, call.person.id, call.person.roles)


_ONE_MORE = re.compile(r"[^\w#]*(?:(?:and|和)\s*)?(?:[A-Za-z]{1,10}-|#)?[0-9]{1,18}(?!\w)")
_TIME = re.compile(r"\W*\d{1,3}[:：]\d")


def only_ticket_of(call: Call) -> tuple[Ticket, str]:
    """`ticket_of` for a command that takes no words: two are refused, lest people believe both done."""
    ticket, rest = ticket_of(call)
    if _TIME.match(rest):
        raise RefusedError("no_time")
    if _ONE_MORE.match(rest):
        raise RefusedError("one_ticket")
    return ticket, rest


def text_of(rest: str) -> str:
    """Words that a command needs. Raises RefusedError when none can be seen, or there are too many for one message."""
    if not any(unicodedata.category(one)[0] in SEEN for one in rest):
        raise RefusedError("words_missing")
    if len(rest) > LONGEST_TEXT:
        raise RefusedError("words_too_many", most=LONGEST_TEXT)
    return rest.strip()


def named(known: Iterable[Person], who: str) -> Person:
    """Whom of these a word names, by handle or name. Raises RefusedError with all handles."""
    known, wanted = list(known), who.strip().removeprefix("@").casefold()
    found = [one for one in known if wanted in {str(one.handle).casefold(), one.name.casefold()}]
    if len(found) != 1:
        raise RefusedError("who_is_that", who=who[:40], names=[str(one.handle) for one in known])
    return found[0]
