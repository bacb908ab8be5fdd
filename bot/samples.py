"""Sample facts of every kind of message, for previews and tests; they show which facts each one needs."""

from __future__ import annotations

from typing import Any

from bot.samples_duty import digest, of_duty
from bot.samples_flows import of_flows
from bot.samples_hardware import of_hardware
from bot.samples_hotline import of_the_hotline
from bot.samples_people import of_people
from bot.samples_sheet import of_sheets
from bot.wording import known_locale

Facts = dict[str, Any]

NOW = "2026-11-23T01:02:00+00:00"
RESPONSE, RESOLVE, DISPATCH = "2026-11-23T02:02:00+00:00", "2026-11-23T06:02:00+00:00", "2026-11-23T01:12:00+00:00"
OPENING = "2026-11-24T01:00:00+00:00"

WORDS = {
    "zh": {
        "subject": "三楼打印机卡纸",
        "place": "机关大楼 3 楼",
        "requester": "王丽",
        "engineer": "张伟",
        "other": "李强",
        "desk": "陈静",
        "text": "三楼东侧的打印机从早上开始一直卡纸，\n重启过一次还是不行。\n\n急着打印会议材料，麻烦尽快。",
        "answer": "换了搓纸轮，连打 50 页正常。",
        "question": "打印机背面的资产标签号是多少？",
        "usage": "<工单>",
        "summary": "自己接下这张工单",
        "alias": "接单",
    },
    "en": {
        "subject": "printer jam on the third floor",
        "place": "head office, 3rd floor",
        "requester": "Anna Berg",
        "engineer": "Tom Reed",
        "other": "Li Qiang",
        "desk": "Chen Jing",
        "text": "The printer on the third floor has jammed since this morning.\nIt was restarted once.\n\nUrgent.",
        "answer": "New pickup roller, 50 test pages came out well.",
        "question": "What is the number on the asset label at its back?",
        "usage": "<ticket>",
        "summary": "take the ticket yourself",
        "alias": "接单",
    },
}


def samples(locale: str) -> dict[str, Facts]:
    """Kind → facts that it can be rendered with, in the words of the locale."""
    word = WORDS[known_locale(locale)]
    to_people = _to_requester(word) | _to_group(word) | _to_staff(word) | _of_staff(word) | _of_merging(word)
    to_people |= _of_wishes(word) | of_duty(word) | of_hardware(word) | of_people(word) | of_the_hotline(word)
    to_people |= of_sheets(word) | of_flows(word)
    kinds = to_people | _of_calendars() | _alerts(word) | _answers(word)
    return {kind: {"number": "FD-7", "now": NOW} | facts for kind, facts in kinds.items()}


def _to_requester(word: dict[str, str]) -> dict[str, Facts]:
    due = {"response_due": RESPONSE, "resolve_due": RESOLVE}
    answerable: Facts = {"ref": "fd.7.12." + "a" * 32, "in_copy": False}
    return {
        "confirmation": due
        | {
            "subject_line": word["subject"],
            "level": "advanced",
            "item": "general",
            "place": word["place"],
            "provisional": False,
            "open_now": True,
            "starts_at": OPENING,
            "onsite": False,
            "onsite_words": "on-site visit needed",
            "left_out": ["parts-omitted:3"],
            "related": "FD-3",
            "late": False,
            "asks_knowledge": False,
            "complaint": False,
            "missing": ["place", "device", "phone"],
            "engineer": "",
            "forwarded_by": "",
        },
        "joined": due | {"subject_line": word["subject"], "by": word["desk"]},
        "assigned": due | {"engineer": word["engineer"]},
        "reassigned": due | {"engineer": word["other"], "reason": "late"},
        "merged": due | {"engineer": word["engineer"], "former": "FD-9", "called_off": RESPONSE},
        "unmerged": due | {"former": "FD-3", "called_off": RESPONSE},
        "notice": {"text": word["answer"], "author": word["desk"], "scope": "outage", "name": "FD-4"},
        "known": {"again": False, "master": "FD-4", "others": 23, "engineer": word["engineer"], "due": RESOLVE},
        "late": {"engineer": word["engineer"], "reason": "late", "resolve_due": RESOLVE, "due": DISPATCH}
        | {"eta": RESPONSE},
        "visit": {"engineer": word["engineer"], "eta": RESPONSE, "again": False, "place": word["place"]},
        "visit_off": {"eta": RESPONSE},
        "onsite": {"over": False, "resolve_due": RESOLVE},
        "breach": {"target": "response", "due": RESPONSE, "engineer": word["engineer"], "resolve_due": RESOLVE}
        | {"extended": None},
        "question": {"text": word["question"], "author": word["engineer"], **answerable},
        "question_again": {"text": word["question"], "author": word["engineer"], "since": NOW, **answerable},
        "reply": {"text": word["answer"], "author": word["engineer"], **answerable},
        "solution": {"text": word["answer"], "author": word["engineer"], "reopen_days": 5, **answerable},
    }


def _to_group(word: dict[str, str]) -> dict[str, Facts]:
    card = {
        "level": "advanced",
        "place": word["place"],
        "item": "general",
        "state": "dispatched",
        "opened_at": NOW,
        "assignee": word["engineer"],
        "next_due": {"target": "response", "due": RESPONSE, "left": 60},
        "was": RESOLVE,
        "late": ["confirm"],
        "immediate": True,
        "into": "",
        "is_master": True,
        "linked": 23,
        "master": "",
        "proposed": "FD-4",
        "engineer": {"name": word["engineer"], "traits": ["resident", "on_duty", "here"], "busy": 2},
        "extended": OPENING,
        "waits": [{"need": "part", "since": NOW, "until": None, "text": word["answer"]}],
    } | {"unauthorized": True, "in_copy": 2, "whereabouts": "site", "contact": word["desk"]}
    return {
        "card": card,
        "answer_group": {"trusted": False, "author": word["requester"], "text": word["text"], "unproven": True},
    }


def _details(word: dict[str, str]) -> Facts:
    return _ticket(word) | {
        "assignee": word["engineer"],
        "contact": word["desk"],
        "whole": False,
        "extended": OPENING,
        "attachments": [{"name": "photo.jpg", "size": 348_160, "state": "kept"}],
        "into": "FD-3",
        "master": "FD-4",
        "related": ["FD-5"],
        "needs": [{"need": "part", "since": RESPONSE, "text": word["answer"]}],
        "linked": 23,
        "others": [f"{word['other']} <li@example.com>"],
        "copied": ["ann@example.com"],
        "held": 1,
        "absorbed": [{"number": "FD-9", "opened_at": NOW, "requester_name": word["requester"]}],
        "unsent": [{"kind": "solution", "dead": False, "reason": "451 4.3.0 try later"}],
        "clocks": [
            {"target": "dispatch", "state": "met", "due": DISPATCH},
            {"target": "response", "state": "running", "due": RESPONSE},
            {"target": "resolve", "state": "paused", "due": None},
        ],
        "history": [
            {"at": NOW, "who": "requester", "kind": "opened", "what": ""},
            {"at": DISPATCH, "who": word["desk"], "kind": "noted", "what": word["question"]},
        ],
    }


def _to_staff(word: dict[str, str]) -> dict[str, Facts]:
    clocks = [{"target": "response", "due": RESPONSE}, {"target": "resolve", "due": RESOLVE}]
    needs = [{"need": "part", "since": RESPONSE, "text": word["answer"]}]
    work = _ticket(word) | {"clocks": clocks, "by": word["desk"]}
    return {
        "details": _details(word),
        "assignment": work | {"engineer": word["engineer"], "traits": ["mobile", "on_duty", "skilled"], "busy": 2},
        "urgent": work | {"state": "new", "engineer": word["engineer"]},
        "onsite_call": work | {"state": "new", "why": word["text"], "over": False},
        "answer": {"author": word["requester"], "text": word["text"], "unproven": True, "left_out": ["encrypted-part"]},
        "forwarded": _ticket(word)
        | {"guess_name": word["requester"], "guess_address": "anna@example.com", "customer": "ACME", "known": True},
        "engineer_late": {"engineer": word["engineer"], "reason": "cannot", "due": DISPATCH, "text": word["question"]},
        "wait_over": _ticket(word)
        | {"since": DISPATCH, "text": word["question"], "reminded": True, "assignee": word["engineer"]},
        "help_wanted": {"engineer": word["engineer"], "due": DISPATCH, "text": word["question"]},
        "part_wanted": {"engineer": word["engineer"], "text": word["answer"], "what": "vendor"},
        "need": {"needs": needs, "assignee": word["engineer"], "over": False},
        "advice": {"author": word["desk"], "text": word["answer"]},
        "taken_back": {"by": word["desk"]},
        "reopened": {"clocks": clocks, "linked_solved": 2, "undo": True},
        "held": {"sender": "anna@example.com"},
        "undelivered": {"letters": _letters(), "total": 12, "rest": 10},
        "delayed": {"kind": "solution", "reason": "4.4.1 connection refused"},
        "unreadable": {},
        "mailbox": {"mailbox": "fault@mail.example.com/INBOX", "trouble": "login", "detail": "LOGIN failed"},
        "token": {
            "account": "fault@mail.example.com",
            "trouble": "secret",
            "until": NOW,
            "since": NOW,
            "well": False,
            "detail": "login.microsoftonline.com refuses (invalid_client AADSTS7000222)",
        },
        "secret_ends": {"account": "fault@mail.example.com", "last": "2026-12-24", "left": 7},
        "mails_missing": {"came": 1, "fewest": 14, "weeks": 8, "since": NOW, "until": NOW},
        "digest": digest(word),
        "backlog": {"count": 12, "first": "FD-3", "last": "FD-14"},
        "flood": {"count": 240, "first": "FD-601", "last": "FD-840"},
        "linked": {"tag": "[FD]", "name": word["engineer"], "handle": "tom"},
        "unlinked": {"tag": "[FD]", "name": word["engineer"], "handle": "tom", "why": "doubt"},
        "outage": {
            "outlet": "mail",
            "trouble": "the relay refuses our login",
            "detail": "535 5.7.8 authentication failed",
            "since": NOW,
            "waiting": 12,
            "well": False,
        },
        "chat_trouble": {"tag": "[FD]", "what": "removed", "chat": "-1001234567890", "reason": "bot was kicked"},
        "handed_over": {"engineer": word["other"], "reason": "late"},
        "canary": {},
        "canary_lost": {"at": NOW, "minutes": 10, "since": NOW, "well": False},
        "restored": {"at": NOW, "held": 3},
        "config_refused": {
            "lines": ["config.toml:7: desk.prefx: there is no such option; did you mean prefix?"],
            "rest": 2,
        },
    }


def _of_staff(word: dict[str, str]) -> dict[str, Facts]:
    return {
        "staff_added": {
            "tag": "[FD]",
            "name": word["engineer"],
            "handle": "tom",
            "roles": ["resident"],
            "by": word["desk"],
        },
        "staff_ended": {"tag": "[FD]", "name": word["engineer"], "handle": "tom", "tickets": ["FD-3", "FD-7"]},
    }


def _of_merging(word: dict[str, str]) -> dict[str, Facts]:
    return {
        "merged_away": {"into": "FD-3", "engineer": word["engineer"]},
        "absorbed": _ticket(word) | {"former": "FD-9", "resolve_due": RESOLVE},
    }


def _of_wishes(word: dict[str, str]) -> dict[str, Facts]:
    facts: Facts = {"wish": "complain", "score": 0, "engineer": word["engineer"], "reopen_days": 5, "state": "waiting"}
    facts |= {
        "response_due": RESPONSE,
        "resolve_due": RESOLVE,
        "answer_due": RESOLVE,
        "settle_due": RESOLVE,
        "question": word["question"],
    }
    said = {"text": word["answer"], "author": word["requester"]}
    return {
        "held_own": _ticket(word) | {"text": word["answer"]},
        "wish_answer": facts,
        "wish": _ticket(word) | facts | said,
    }


def _letters() -> list[Facts]:
    letter = {"kind": "confirmation", "reason": "550 5.1.1 no such user"}
    return [letter | {"number": "FD-7"}, letter | {"number": "FD-9", "kind": "reply", "counted": True}]


def _of_calendars() -> dict[str, Facts]:
    move = {"number": "FD-7", "target": "resolve", "from": RESOLVE, "to": OPENING}
    return {
        "moved": {"moves": [move], "total": 3, "rest": 2, "calendars": ["office"]},
        "holidays_unknown": {"year": "2027", "calendars": ["office"], "open_deadlines": 4},
    }


def _ticket(word: dict[str, str]) -> Facts:
    return {
        "requester_name": word["requester"],
        "requester_address": "anna@example.com",
        "requester_phone": "+86 10 5550 1234",
        "place": word["place"],
        "item": "general",
        "level": "advanced",
        "state": "dispatched",
        "subject": word["subject"],
        "subject_line": word["subject"],
        "text": word["text"],
        "guess": "",
        "left_out": [],
    }


def _alerts(word: dict[str, str]) -> dict[str, Facts]:
    base = {"level": "advanced", "also_told": [word["desk"]], "late": False, "provisional": False, "why": ""}
    base["linked"] = 0
    alerts = [
        base | {"number": "FD-4", "target": "resolve", "rung": "BREACH", "due": NOW, "minutes_left": -12}
        | {"assignee": word["engineer"], "late": True, "linked": 23, "extended": OPENING}
        | {"tried": [{"at": NOW, "who": word["engineer"], "kind": "noted", "what": word["answer"]}]},
        base | {"number": "FD-7", "target": "dispatch", "rung": "W80", "due": DISPATCH, "minutes_left": 2}
        | {"assignee": "", "also_told": []},
        base | {"number": "FD-5", "target": "response", "rung": "W50", "due": RESPONSE, "minutes_left": 30}
        | {"assignee": word["other"], "provisional": True},
    ]  # fmt: skip
    warnings = {"mailbox_not_read": True, "unacknowledged": True, "empty_roles": ["desk", "senior"]}
    return {
        "alert": {"alerts": alerts, "total": 15, "rest": 12} | warnings,
        "alert_list": {"alerts": alerts, "total": 3},
    }


def _answers(word: dict[str, str]) -> dict[str, Facts]:
    due = {"target": "response", "due": RESPONSE}
    row: Facts = {"number": "FD-7", "subject": word["subject"], "state": "dispatched", "level": "advanced"}
    row |= {"linked": 23, "master": "", "unauthorized": True, "site": word["place"], "address": "1 Main St"}
    tickets = [row | {"assignee": word["engineer"], "due": due, "lapsed": ["response"]}]
    tickets += [row | {"number": "FD-8", "state": "new", "assignee": "", "due": None, "linked": 0, "master": "FD-7"}]
    command = {"name": "take", "aliases": [word["alias"]], "usage": word["usage"], "summary": word["summary"]}
    command["brief"] = word["summary"]
    person = {"name": word["engineer"], "roles": ["resident"], "handle": "@tom", "on_duty": True, "open_tickets": 2}
    ahead: Facts = {
        "at": RESPONSE,
        "number": "FD-7",
        "target": "response",
        "rung": "BREACH",
        "level": "vip",
        "due": RESPONSE,
    }
    ahead |= {"provisional": False, "unacknowledged": False, "people": [word["desk"], word["other"]]}
    first = 'python3 -c "import smtplib; …"'
    return {
        "greeting": {"folder": "var", "command": first, "relay": False},
        "ticket_list": {"title": "open", "tickets": tickets, "total": 5},
        "why": _why(),
        "trace": _trace(),
        "forecast": {
            "alarms": [ahead, ahead | {"unacknowledged": True}, ahead | {"given": True}],
            "total": 5,
            "until": OPENING,
        },
        "help": {"commands": [command | {"example": "/take 7"}, command | {"name": "mine", "example": ""}]}
        | {"brief": False, "total": 60},
        "who": {"people": [person, person | {"name": word["desk"], "roles": ["desk", "manager"], "on_duty": False}]},
        "whoami": person,
        "reply_preview": {
            "name": word["engineer"],
            "address": "anna@example.com",
            "text": word["answer"],
            "seconds": 10,
        },
        "files": {
            "shown": [
                {"place": 1, "name": "photo.jpg", "size": 348_160, "state": "unscanned", "sent": True},
                {"place": 2, "name": "video.mp4", "size": 61_000_000, "state": "unscanned", "sent": False},
                {"place": 3, "name": "log.zip", "size": 19_000_000, "state": "unscanned", "sent": False},
            ],
            "total": 3,
            "in_chat": True,
            "most": 52_428_800,
        },
        "held_mails": {"rows": [{"at": NOW, "who": "cy@example.com", "text": word["answer"]}]},
        "notice_preview": {"count": 2, "scope": "outage", "name": "FD-4", "text": word["answer"], "called": "4"},
        "staff": {"people": [person | {"mail": "tom@example.com", "accounts": ["telegram"], "from": "command"}]},
        "command_answer": {
            "subject": f"Re: [FD-7] {word['subject']}",
            "text": word["answer"],
            "said": "/take 7",
            "files": 2,
            "choices": [{"label": word["engineer"], "command": "/assign 7 tom"}],
        },
    }


def _why() -> Facts:
    part = {"since": NOW, "until": RESPONSE, "kind": "counted", "minutes": 60.0, "same_day": True}
    closed = {"since": RESOLVE, "until": OPENING, "kind": "night", "minutes": 0.0, "same_day": False}
    rest = {"kind": "left_out", "count": 4, "minutes": 960.0, "until": OPENING}
    parts = [part, part | {"kind": "break", "minutes": 0.0}, part | {"kind": "paused"}, closed, rest]
    told = {"rung": "W50", "at": RESPONSE, "given": True, "people": ["Tom"]}
    rungs = [told, {"rung": "BREACH", "at": RESOLVE, "given": False, "people": []}]
    clock: Facts = {"target": "resolve", "type": "SLA", "state": "running", "minutes": 240.0, "calendar": "office"}
    clock |= {"since": NOW, "upgraded": True, "due": RESOLVE, "ended_at": None, "provisional": False, "used": 60.0}
    clock |= {"parts": [*parts, part | {"kind": "extra"}], "rungs": rungs, "unit": "minutes"}
    paused = clock | {"state": "paused", "due": None, "parts": []}
    dates = [part | {"kind": kind, "days": days} for kind, days in (("started", 0), ("rest", 0), ("counted", 15))]
    repair = clock | {"target": "vendor-15", "unit": "days", "minutes": 21_600.0, "parts": dates}
    outage = {"into": "FD-3", "master": "FD-4", "linked": 23, "absorbed": [{"number": "FD-9", "opened_at": NOW}]}
    known = {"level": "advanced", "rule": {"by": "item", "name": "general"}, "contact": "Chen Jing"}
    return outage | known | {"clocks": [clock, paused, repair], "extensions": [{"at": NOW, "until": OPENING}]}


def _trace() -> Facts:
    came: Facts = {"way": "in", "at": NOW, "done": RESPONSE, "who": "Li Wei", "channel": "imap", "outcome": "ticket"}
    came |= {"number": "FD-7", "rules": ["signed-id:own", "Precedence: bulk"], "copies": 1, "inbox": 12}
    left: Facts = {"way": "out", "at": NOW, "done": RESPONSE, "who": "user@example.com", "channel": "mail"}
    left |= {"kind": "confirmation", "state": "dead", "outcome": "550 no such user", "attempts": 2}
    return {"of": "FD-7", "lines": [came, left, came | {"outcome": "quarantine", "who": ""}], "left_out": 3}
