"""The commands that only show something."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

from bot.commands.base import (
    AUTHORIZERS,
    DESK,
    ENGINEERS,
    KNOWN,
    REGISTRY,
    Answer,
    Call,
    Command,
    RefusedError,
    command,
    may_be_named,
    number_and_rest,
    only_ticket_of,
)
from bot.desk import facts, held, incidents, majors, needs, plans, related, trace, waits
from bot.desk.authorizations import lacking, shown
from bot.desk.board import board
from bot.desk.documents import BOARD
from bot.desk.extensions import promises
from bot.desk.rota import rota
from bot.desk.work import Work
from bot.domain.rota import Rota
from bot.domain.secrecy import SECURITY
from bot.domain.ticket import OPEN, SOLVED
from storage import clocks, people, tickets
from storage.people import Person
from storage.tickets import Ticket

MOST = 30
MOST_EVERYDAY = 16
_FIRST_WORDS = re.compile(r"[^;:,；：，。]+")


ENGINEERS_DAY = "mine take way arrived wait reply solve late assist part note ticket due".split()
AUTHORIZERS_DAY, INSIDERS_DAY = "allow unlink".split(), "security list ticket due oncall note".split()
DESKS_DAY = "new list due ticket assign reply helped note contact merge level approve who oncall".split()
MANAGERS_DAY = "due ack extend calls who oncall list ticket assign staff".split()
"""What each role needs on most days, the first needed first; /help shows it on one screen of a telephone."""
PRIVATE_MATTERS = frozenset({"new", "ticket", "reply", "staff", "calls", "approve"})
"""Left out of the help in a group, since they show or hold what is personal."""
EVERYTHING = {"all", "全部"}
NEXT_IN_PRIVATE = ("reply", "ask", "solve")
"""The buttons below an open ticket's details: they need words that are not the group's business."""


@command(
    "help 帮助 start",
    ("[command, or all]", "[命令，或 全部]"),
    ("What you can do here, or how one command is used", "能做什么，或某个命令怎么用"),
    example=("take", "接单"),
    may=KNOWN,
)
def help_(call: Call) -> Answer:
    if call.words and call.words.casefold() not in EVERYTHING:
        one, _ = REGISTRY.find("assist" if number_and_rest(call.words) else call.words)  # help with a ticket is meant
        return Answer("help", {"commands": [_described(one, call.locale)], "brief": False, "total": 1})
    roles = set(call.person.roles) if call.person else None
    mine = [one for one in REGISTRY.commands if roles is None or roles & one.may]
    in_chat = call.chat is not None
    shown = everyday(mine, roles or {"manager"}, private=not call.in_group) if in_chat and not call.words else mine
    described = [_described(one, call.locale) for one in shown]
    return Answer("help", {"commands": described, "brief": in_chat, "total": len(mine)})


def everyday(mine: list[Command], roles: set[str], *, private: bool) -> list[Command]:
    """The commands that somebody of these roles needs on most days, here."""
    days = (
        (ENGINEERS_DAY, ENGINEERS),
        (DESKS_DAY, {"desk"}),
        (MANAGERS_DAY, {"manager", "deputy"}),
        (INSIDERS_DAY, {"security"}),
        (AUTHORIZERS_DAY, AUTHORIZERS),
    )
    turns = zip_longest(*(day for day, having in days if roles & having))  # of each role what is needed first
    names = dict.fromkeys(name for turn in turns for name in turn if name)
    by_name = {one.name: one for one in mine if private or one.name not in PRIVATE_MATTERS}
    return [by_name[name] for name in names if name in by_name][:MOST_EVERYDAY]


def brief(text: str) -> str:
    """The first words of a command's help."""
    found = _FIRST_WORDS.match(text)
    return found[0] if found else text


def _described(one: Command, locale: str) -> dict[str, Any]:
    usage, text = one.usage[locale], one.help[locale]
    chinese = next((name for name in one.names if not name.isascii()), "")
    name = chinese if locale == "zh" and chinese else one.name
    example = one.example.get(locale) or (
        usage.replace("<ticket>", "17").replace("<工单>", "17").replace("<who>", "anna").replace("<工程师>", "anna")
    )
    return {"brief": brief(text), "name": one.name, "aliases": list(one.names[1:]), "usage": usage, "summary": text,
            "example": f"/{one.name} {example}".strip(), "localname": name}  # fmt: skip


@command(
    "list 列表 工单",
    ("[all]", "[全部]"),
    ("The tickets that are not closed; `all` shows every one", "未关闭的工单；“全部”显示所有"),
)
def list_(call: Call) -> Answer:
    everything = call.words.casefold() in {"all", "全部"}
    customer = call.group.customer_id if call.group else None
    return listing(call, "open", tickets.find(call.work.db, customer_id=customer, ended=everything))


@command(
    "board 看板",
    ("", ""),
    (
        "Today at a glance: what is open, who is on duty, what is due next or missed, what waits",
        "今日一览：未结工单、值班人员、即将到期和已超时、等待中",
    ),
)
def board_(call: Call) -> Answer:
    found = board(call.work, call.group.customer_id if call.group else None)
    facts_of_it = {**found, "paper": BOARD, "zone": call.work.house.zone, "now": call.work.now.isoformat()}
    return Answer("board", facts_of_it, printed=call.chat is not None)


@command(
    "mine 我的",
    ("", ""),
    (
        "Your own tickets: the most urgent first, those at one place together",
        "我的工单：最先到期的在前，同一地点的排在一起",
    ),
)
def mine(call: Call) -> Answer:
    customer = call.group.customer_id if call.group else None
    mine_all = tickets.find(call.work.db, customer_id=customer, assignee_id=call.speaker().id, secret=True)
    found = [one for one in mine_all if may_be_named(call, one) and (one.master_id is None or one.state == SOLVED)]
    return _listed(call, "mine", _by_site(_rows(call, found), call.work), len(found))


@command("due 到期", ("[all]", "[全部]"), ("What is due next: yours, or all", "接下来到期的：我的，或全部"))
def due(call: Call) -> Answer:
    everything = call.words.casefold() in {"all", "全部"} or call.person is None or set(call.person.roles) & DESK
    own = None if everything or call.person is None else call.person.id
    customer = call.group.customer_id if call.group else None
    lapsing = clocks.lapsing(call.work.db, call.work.now, customer_id=customer, assignee_id=own)
    first = [one.ticket_id for one in lapsing[:MOST]]
    shown = tickets.get_many(call.work.db, first)
    return _listed(call, "due", _rows(call, [shown[one] for one in first]), len(lapsing))


def listing(call: Call, title: str, found: list[Ticket]) -> Answer:
    """Tickets as a list."""
    return _listed(call, title, _rows(call, found[:MOST]), len(found))


def _rows(call: Call, found: list[Ticket]) -> list[dict[str, Any]]:
    lack = lacking(call.work, found)
    waiting = {call.work.house.name_of(one.number) for one in found if one.id in lack}
    rows = facts.listed(call.work, found, subjects=not call.in_group)
    return [row | {"unauthorized": row["number"] in waiting} for row in rows]


def _listed(call: Call, title: str, rows: list[dict[str, Any]], total: int) -> Answer:
    shown = {"title": title, "tickets": rows[:MOST], "total": total}
    return Answer("ticket_list", {**shown, "zone": call.work.house.zone, "now": call.work.now.isoformat()})


def _by_site(rows: list[dict[str, Any]], work: Work) -> list[dict[str, Any]]:
    """What lapses first in front, all of one place together: the place of what lapses first is the first to go to.

    The first of each place bears it as its `site`, with its `address`. What waits for its user has nothing that lapses
    and comes last.
    """
    now = work.now.isoformat()
    order = sorted(rows, key=lambda row: (not row["due"], *(_savable(row, now) if row["due"] else (False, ""))))
    sites = dict.fromkeys(row["place"] for row in order)
    grouped = [[row for row in order if row["place"] == site] for site in sites]
    heads = {rows[0]["number"]: {"site": site, "address": work.house.addresses.get(site, "")}
             for site, rows in zip(sites, grouped, strict=True)}  # fmt: skip
    return [row | heads.get(row["number"], {}) for rows in grouped for row in rows]


def _savable(row: dict[str, Any], now: str) -> tuple[bool, str]:
    """What can still be kept comes first, the soonest in front; what has lapsed comes after it."""
    return row["due"]["due"] <= now, row["due"]["due"]


@command(
    "ticket 详情 t",
    ("<ticket> [full]", "<工单> [全文]"),
    (
        "Everything about a ticket; `full`: its newest mail with all old words; always to your private chat",
        "工单全部内容；“全文”显示最新邮件连同引用的原文；只发到您的私聊",
    ),
)
def ticket(call: Call) -> Answer:
    found, rest = only_ticket_of(call)
    told = facts.private(call.work, found) | {"extended": promises(call.work, [found]).get(found.id)}
    told["held"] = len(held.waiting(call.work, found))
    told |= {"authorization": shown(call.work, found), "unauthorized": bool(lacking(call.work, [found]))}
    told |= {"major": majors.state_of(call.work, found), "plan": plans.shown(call.work, found)}
    told |= {"needs": needs.shown(call.work, found), "related": related.shown(call.work, found)}
    if wait := waits.of_tickets(call.work, [found]).get(found.id):
        told |= {"waits_since": facts.iso(wait.since), "waits_until": facts.iso(wait.until)}
    if rest.strip().casefold() in {"full", "全文"}:
        told |= facts.newest_mail(call.work, found)
    offers = (*(NEXT_IN_PRIVATE if found.state in OPEN else ()), *(("files",) if told["attachments"] else ()))
    if found.kind == SECURITY:
        told |= incidents.shown(call.work, found)
    return Answer("details", told, private=True, ticket=found, offers=offers, about=found)


@command(
    "trace 追踪",
    ("<ticket or Message-ID>", "<工单或邮件的 Message-ID>"),
    (
        "The story of a mail: what it was taken for and why, and what was sent",
        "一封邮件的来龙去脉：判为何类、依据、发出了什么",
    ),
    example=("FD-1", "FD-1"),
)
def trace_(call: Call) -> Answer:
    words = call.words.strip()
    if found := re.search(r"<[^\s<>]+>|[^\s<>]+@[^\s<>]+", words):
        story = trace.of_mail(call.work, f"<{found[0].strip('<>')}>", call.group.customer_id if call.group else None)
        if story is None:
            raise RefusedError("mail_not_seen", message_id=words[:200])
        return Answer("trace", story, private=True)
    ticket, _ = only_ticket_of(call)
    return Answer("trace", trace.of_ticket(call.work, ticket), private=True, ticket=ticket)


@command("who 人员", ("", ""), ("Who is there, and how much each has to do", "有哪些人，各有多少工单"))
def who(call: Call) -> Answer:
    staff = people.staff(call.work.db)
    busy = tickets.open_counts(call.work.db, [one.id for one in staff])
    plan = rota(call.work)
    shown = [_presented(call, plan, one, busy) for one in staff]
    return Answer("who", {"people": shown})


def _presented(call: Call, plan: Rota, one: Person, busy: dict[int, int]) -> dict[str, Any]:
    handle = one.handle or ""
    on_duty = any(handle in plan.holders(role, call.work.now, [handle]) for role in one.roles)
    on_duty = on_duty or handle in plan.booked(call.work.now, None)
    return {"name": one.name or handle, "handle": handle, "roles": list(one.roles),
            "on_duty": on_duty, "open_tickets": busy.get(one.id, 0)}  # fmt: skip


@command("whoami 我是谁", ("", ""), ("How Faultdesk knows you", "系统里您的身份"), may=KNOWN)
def whoami(call: Call) -> Answer:
    person = call.speaker()
    busy = tickets.open_counts(call.work.db, [person.id])
    return Answer("whoami", _presented(call, rota(call.work), person, busy))
