"""The command that writes to many requesters at once: shown first, and sent on a second word."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.commands import merging  # noqa: F401  -- /help lists its commands before this one
from bot.commands.base import DESK, Answer, Call, RefusedError, command, say, text_of, ticket_of
from bot.desk.broadcast import CUSTOMER, OUTAGE, PLACE, Scope, SentAlreadyError, letters, send

KINDS = {"customer": CUSTOMER, "客户": CUSTOMER, "place": PLACE, "地点": PLACE}
_KIND = re.compile(rf"({'|'.join(KINDS)})[\s:：]*(.*)", re.IGNORECASE | re.DOTALL)
_YES = re.compile(r"(?:yes|发送|确认)(?:[\s:：,，]+|$)", re.IGNORECASE)
_AFTER_A_NAME = re.compile(r"[\s:：,，]+|$")


@command(
    "notice 通知",
    (
        "<master ticket>, or customer <name>, or place <place>, [yes] <words>",
        "<主单>，或 客户 <客户>，或 地点 <地点>，[发送] <内容>",
    ),
    (
        "Write to all who reported an outage, of a customer, or at a place; shown first, sent by the button or `yes`",
        "发通知给某故障、某客户或某地点的所有报障人；先预览，按按钮或写“发送”才发出",
    ),
    may=DESK,
    words=True,
    example=("17 The switch is being replaced.", "17 正在更换交换机。"),
)
def notice(call: Call) -> Answer:
    scope, called, rest = _scope(call)
    agreed = _YES.match(rest)
    words = text_of(rest[agreed.end() :] if agreed else rest)
    count = len(letters(call.work, scope))
    if not count:
        raise RefusedError("notice_nobody")
    if not agreed:
        facts = {"count": count, "scope": scope.kind, "name": scope.name, "called": called, "text": words}
        return Answer("notice_preview", facts, choices=((f"✉️ {count}", f"notice {called} yes {words}"),))
    try:
        return say("notice_sent", count=send(call.work, scope, words))
    except SentAlreadyError as refusal:
        raise RefusedError("notice_again") from refusal


def _scope(call: Call) -> tuple[Scope, str, str]:
    """Whom the words are for, how a command names them, and the words after that. Raises RefusedError."""
    named = _KIND.match(call.words)
    if not named:
        ticket, rest = ticket_of(call)
        name = call.work.house.name_of(ticket.number)
        if not ticket.is_master:
            raise RefusedError("notice_no_master", number=name)
        return Scope(OUTAGE, name, ticket=ticket), str(ticket.number), rest
    kind = KINDS[named[1].casefold()]
    return _customer(call, named[2]) if kind == CUSTOMER else _place(call, named[2])


def _customer(call: Call, words: str) -> tuple[Scope, str, str]:
    mine = [one for one in call.work.house.customers if call.group is None or call.group.customer_id == one.id]
    found = _first(words, ((one.key, (one.key, one.name)) for one in mine))
    if found is None:
        raise RefusedError("no_such_customer", names=[one.key for one in mine])
    one = next(one for one in mine if one.key == found[0])
    return Scope(CUSTOMER, one.name or one.key, customer_id=one.id), f"customer {one.key}", found[1]


def _place(call: Call, words: str) -> tuple[Scope, str, str]:
    known = call.work.house.place_words
    found = _first(words, ((name, (name, *marks)) for name, marks in known.items()))
    if found is None:
        raise RefusedError("no_such_place", word=words.split(maxsplit=1)[0][:40] if words else "", names=list(known))
    customer = call.group.customer_id if call.group else None
    return Scope(PLACE, found[0], customer_id=customer), f"place {found[0]}", found[1]


def _first(words: str, known: Iterable[tuple[str, Iterable[str]]]) -> tuple[str, str] | None:
    """The name that words begin with by any of its marks, the longest one, and the words after it."""
    folded = words.casefold()
    fitting = [
        (len(mark), name)
        for name, marks in known
        for mark in marks
        if mark and folded.startswith(mark.casefold()) and _AFTER_A_NAME.match(words, len(mark))
    ]
    if not fitting:
        return None
    length, name = max(fitting)
    return name, words[length:].lstrip(" \t\n:：,，")
