"""The commands of the hotline: a fault that was phoned in, and who stays its first contact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.commands import dialogue, visits  # noqa: F401  -- /help lists these commands last
from bot.commands.base import DESK, Answer, Call, RefusedError, command, named, say, text_of, ticket_of
from bot.desk import hotline as desk
from bot.desk import moves, similar
from bot.domain.phoned import FIELDS, Phoned, PhonedError, read, spoken, time_of
from storage import people

SHOWN_FIRST = "?"
"""How the words of /new begin in a dialogue: then the ticket is shown before it is opened."""


@command(
    "new 报障 新建",
    (
        "[at 09:40] [<caller>; <place>; <what is wrong>]",
        "[于 09:40] [<报障人>；<地点>；<故障现象>]",
    ),
    (
        "A fault that was phoned in, asked for step by step or all on one line; - for what is not known",
        "登记电话报障：逐项询问，或一行写全；不清楚的写 -",
    ),
    may=DESK,
    words=True,
    example=("anna@example.com; hq; Printer jam", "anna@example.com；机关大楼；打印机卡纸"),
)
def new(call: Call) -> Answer:
    house, words = call.work.house, call.words.removeprefix(SHOWN_FIRST).strip()
    first_shown = call.words.startswith(SHOWN_FIRST) or not words
    if first_shown and words and not {";", "；"} & set(words):
        words = f"{words};"  # she was asked for one thing, of however many words
    try:
        phoned = read(words, house.place_words, call.work.now, house.office.zone)
    except PhonedError as error:
        raise RefusedError("new_time", text=str(error)) from error
    if phoned.missing:
        return _ask(call, phoned)
    phoned = replace(spoken(phoned), what=text_of(phoned.what))
    return _preview(call, phoned) if first_shown else _opened(call, phoned)


def _ask(call: Call, phoned: Phoned) -> Answer:
    """The next question of the dialogue."""
    if call.chat is None:
        raise RefusedError("words_missing")
    said = [getattr(phoned, name) for name in FIELDS[: FIELDS.index(phoned.missing)]]
    return dialogue.ask(call, _line(call, phoned, [*said, ""], SHOWN_FIRST), f"new_{phoned.missing}")


def _line(call: Call, phoned: Phoned, parts: list[str], mark: str = "") -> str:
    at = f"at {phoned.at.astimezone(call.work.house.office.zone):%H:%M} " if phoned.at else ""
    return f"new {mark}{at}{'; '.join(one.replace(';', ',').replace('；', '，') for one in parts)}".rstrip()


def _preview(call: Call, phoned: Phoned) -> Answer:
    person, address, name = desk.caller(call.work, phoned.who)
    facts: dict[str, Any] = {
        "name": name,
        "address": address,
        "known": person is not None,
        "place": phoned.where or (person.place if person else ""),
        "text": phoned.what,
        "at": phoned.at.isoformat() if phoned.at else "",
        "zone": call.work.house.zone,
    }
    line = _line(call, phoned, [phoned.who or "-", phoned.where or "-", phoned.what])
    return Answer("phoned_preview", facts, private=True, presses=(("open", line),))


def _opened(call: Call, phoned: Phoned) -> Answer:
    ticket = desk.take_call(call.work, phoned)
    facts = {
        "number": call.work.house.name_of(ticket.number),
        "level": ticket.level,
        "place": ticket.place,
        "address": ticket.requester_address,
        **moves.promised(call.work, ticket),
        "helping": phoned.at is None,
        "alike": similar.like(call.work, ticket),
        "zone": call.work.house.zone,
    }
    return Answer("phoned", facts, private=True, offers=("solve", "assign", "take"), about=ticket)


@command(
    "called 已致电 致电",
    ("<ticket> [at 09:40] <what was said>", "<工单> [于 09:40] <通话内容>"),
    (
        "You have spoken with the user on the telephone, now or at that time; counts as the response",
        "已与报障人通话（可写通话时间）；计为响应",
    ),
    own=True,
    words=True,
    undo=True,
    example=("17 at 09:40 She is in room 3 until noon", "17 于 09:40 用户中午前在 3 号房间"),
)
def called(call: Call) -> Answer:
    ticket, rest = ticket_of(call)
    work, number = call.work, call.work.house.name_of(ticket.number)
    try:
        words, at = time_of(rest, work.now, work.house.office.zone)
    except PhonedError as error:
        raise RefusedError("new_time", text=str(error)) from error
    if at and at < ticket.opened_at:
        raise RefusedError("called_before", number=number, at=ticket.opened_at.isoformat(), zone=work.house.zone)
    moves.called(work, ticket, text_of(words), at or work.now)
    return say("called", number=number)


@command(
    "contact 首问",
    ("<ticket> <who>", "<工单> <人员>"),
    ("Hand over who had first contact", "把首问责任人移交给他人"),
    may=DESK,
)
def contact(call: Call) -> Answer:
    ticket, who = ticket_of(call)
    person = named(people.staff(call.work.db), who)
    desk.hand_contact_over(call.work, ticket, person)
    return say("contact_set", number=call.work.house.name_of(ticket.number), name=person.name or person.handle)
