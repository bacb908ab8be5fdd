"""Sample facts of what is said about service sheets, call-backs and satisfaction."""

from __future__ import annotations

from typing import Any

Facts = dict[str, Any]

NOW, SOLVED, SILENCE = "2026-11-23T01:02:00+00:00", "2026-11-23T03:12:00+00:00", "2026-11-30T10:00:00+00:00"
LACKING = ["mode", "arrived", "left", "cause", "work"]

PICTURE = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI//////////////////////////////////////////"
    "//////////wAALCABaAKABAREA/8QAGAABAQEBAQAAAAAAAAAAAAAAAAMEAgH/xAAmEAEAAQIEBwEAAwAAAAAAAAAAAQIRBBMUcQMyM1JikaES"
    "ITFR/9oACAEBAAA/ANQAAAAAAAAAAAAAAOOJXl03tf8AlPUeP01Hj9NR4/TUeP01Hj9NR4/TUeP01Hj9U4XEzImbWs7AAACWI6cbswAA0Yblq3"
    "WAAASxHTjdmAAGjDctW6wAACWI6cbswAA0Yblq3WAAASxHTjdmAAGjDctW6wAACWI6cbswAA0Yblq3WAAASxHTjdmAAGjDctW6wAADyqmKotMX"
    "c5VHbBlUdsGVR2wyz/c7vGvKo7YMqjtgyqO2HVNMU8sWegAAAnxa6qLfmL3TzuJ2x6SmJmb2n0Wn/J9K53E7Y9KcKuquZ/UWUAAAAAAAAAAAAA"
    "AAH//Z"
)
"""A drawn screen as a JPEG, in base64."""


def sample_sheet(word: dict[str, str]) -> Facts:
    """A sheet that is filled in completely, in the words of a locale."""
    promise = {"due": SILENCE, "state": "met"}
    return {
        "number": "FD-7",
        "zone": "Asia/Shanghai",
        "now": NOW,
        "kind": "spare",
        "customer": "Acme",
        "requester_name": word["requester"],
        "requester_phone": "+86 10 5550 1234",
        "place": word["place"],
        "requester_address": "anna@example.com",
        "item": "general",
        "level": "advanced",
        "opened_at": NOW,
        "subject": word["subject"],
        "fault": word["text"],
        "engineer": word["engineer"],
        "contact": "",
        **dict.fromkeys(("assigned_at", "accepted_at", "contacted_at", "set_out_at", "arrived_at"), NOW),
        "left_at": SOLVED,
        "visits": [[NOW, SOLVED]],
        "solved_at": SOLVED,
        "promises": {"response": promise, "resolve": promise},
        "mode": "onsite",
        "vehicle": True,
        "cause": "hardware",
        "cause_words": word["question"],
        "parts": "HP RM2-5452 × 1",
        "pictures": [{"id": 1, "at": SOLVED, "words": word["subject"]}],
        "pictures_left": 1,
        "work": word["answer"],
        "sheet_state": "checked",
        "checked_at": SOLVED,
        "checked_by": word["desk"],
        "why": "",
        "confirmed": "",
        "confirmed_at": None,
        "silence_at": SILENCE,
        "score": 5,
        "missing": [],
    }


def of_sheets(word: dict[str, str]) -> dict[str, Facts]:
    """Kind of message → its facts, in the words of a locale."""
    row = {"label": word["subject"], "text": word["answer"], "wide": True}
    waiting = {"number": "FD-7", "engineer": word["engineer"], "returned": True, "missing": LACKING, "due": SOLVED}
    call = {"number": "FD-9", "reason": "low", "score": 2, "due": SOLVED, "tries": 1, "engineer": word["engineer"]}
    call |= {"requester_name": word["requester"], "requester_phone": "139", "requester_address": "", "subject": ""}
    figure = {"level": "vip", "solved": 4, "answered": 2, "answer_share": 50.0, "satisfied": 1, "share": 50.0}
    figure |= {"target": 100.0, "met": False}
    lines = [{"target": "resolve", "count": 2, "each": 200.0}]
    paid = {"customer": "Acme", "month": "2026-11", "lines": lines, "total": 400.0, "amount": 300.0, "currency": "CNY"}
    paid |= {"breached": [{"number": "FD-7", "target": "resolve", "due": SOLVED}] * 21}
    none = figure | {"level": "", "answered": 0, "share": None, "target": None, "met": None}
    calls = {"all": 3, "sample": 1, "made": 1, "unreached": 1, "waiting": 1, "over": 1}
    return {
        "sheet": {"sheet": sample_sheet(word), "sections": [{"title": word["place"], "rows": [row]}]}
        | {"pictures": [{"cid": "1.FD-7@pictures.invalid", "caption": word["subject"], "data": PICTURE}]}
        | {"document": 1, "unprinted": "", "ref": "fd.7.12." + "a" * 32},
        "sheet_returned": {"author": word["desk"], "text": word["question"], "missing": LACKING},
        "desk_work": {"tag": "[FD]", "sheets": [waiting], "sheets_total": 12, "calls": [call], "calls_total": 12}
        | {"held": [{"number": "FD-8", "count": 1}]},
        "compensation": {"rows": [paid], "granted": True, "first": "2026-11-01", "last": "2026-12-01"},
        "satisfaction": {"rows": [figure], "total": none, "calls": calls, "first": "2026-11-01", "last": "2026-12-01"},
    }


def sheet_phrases(word: dict[str, str]) -> dict[str, Facts]:
    """Phrase → its facts, in the words of a locale."""
    lacking = {"missing": LACKING}
    usage = {"usage": f"/mode {word['usage']}"}
    return {
        **dict.fromkeys(("lacks", "parts_noted", "finished", "check_what"), lacking),
        "no_such_cause": {"word": "moon", "kinds": ["hardware", "other"]},
        "cause_noted": lacking | {"cause": "hardware"},
        "no_such_mode": usage | {"word": "moon"},
        "mode_noted": lacking | {"mode": "onsite", "vehicle": True},
        "checked": lacking | {"closes": SILENCE},
        "callback_unreached": {"left": 2},
        "callback_how": usage,
        "callback_noted": {"score": 4},
        "which_period": {"word": "moon"},
        "pictures_noted": {"count": 2},
        "sheet.pictures_shown": {"count": 2, "left": 1},
        **{key: {"at": "2026-11-30 18:00"} for key in ("sheet.footer", "sheet.by_silence")},
    }
