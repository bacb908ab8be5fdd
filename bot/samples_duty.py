"""Sample facts of what is said about duty: orders on site, bookings, reachability, absences, digests, who was told."""

from __future__ import annotations

from typing import Any

Facts = dict[str, Any]

NOW, RESPONSE = "2026-11-23T01:02:00+00:00", "2026-11-23T02:02:00+00:00"
RESOLVE, OPENING = "2026-11-23T06:02:00+00:00", "2026-11-24T01:00:00+00:00"


def of_duty(word: dict[str, str]) -> dict[str, Facts]:
    """Kind of message → its facts, in the words of a locale."""
    span = {"since": OPENING, "until": RESOLVE}
    booking = {"spans": [span], "numbers": [3], "place": word["place"], "what": "booked", "by": word["desk"]}
    row = {"booking": 3, "place": word["place"], "name": word["engineer"], **span}
    silent = {"name": word["engineer"], "phone": "139", "role": "desk", "asked_at": NOW}
    check = {"role": "desk", "until": RESPONSE}
    listed = {"bookings": [row], "fresh": True}
    away = {"number": 2, "name": word["engineer"], "stand_in": word["other"], **span}
    word_of = away | {"what": "absent", "you": True, "by": word["desk"]}
    told = {"at": NOW, "to": word["desk"], "group": False, "kind": "alert", "target": "resolve", "rung": "W75"}
    told |= {"channel": "mail", "state": "pending", "reason": "no answer", "seen_at": NOW}
    gone: dict[str, Facts] = {"absence": word_of, "absences": {"absences": [away]}}
    gone |= {"told": {"rows": [told, told | {"rung": "", "state": "sent", "seen_at": None}], "total": 5}}
    return gone | {"reach_check": check, "unreachable": silent, "booking": booking, "bookings": listed}


def digest(word: dict[str, str]) -> Facts:
    """The facts of the digest at the end of a working day."""
    row: Facts = {"number": "FD-7", "target": "resolve", "state": "running", "due": RESOLVE, "provisional": False}
    row |= {"linked": 23, "level": "advanced", "assignee": word["engineer"], "late": False, "unacknowledged": False}
    late = row | {"number": "FD-4", "target": "response", "due": NOW, "late": True, "unacknowledged": True}
    facts: Facts = {"when": "evening", "closes": RESOLVE, "reopens": OPENING, "open": 5, "unassigned": 1, "linked": 23}
    booked = {"booking": 3, "place": "hq", "name": word["engineer"], "since": OPENING, "until": RESOLVE}
    short = {"code": "toner-85a", "name": "HP 85A", "left": 1, "minimum": 2}
    quote = {"number": "FD-7", "device": "PC-0117", "vendor": "Dell", "quoted_at": NOW, "text": word["answer"]}
    return facts | {"rows": [row, late], "total": 12, "bookings": [booked], "short": [short], "quotes": [quote]}


def duty_phrases(word: dict[str, str]) -> dict[str, Facts]:
    """Phrase → its facts, in the words of a locale."""
    away = {"name": word["engineer"], "since": NOW, "until": OPENING}
    hole = {"role": "desk", "since": NOW, "until": OPENING}
    return {
        "onsite_ordered": {"clocks": [{"target": "resolve", "due": RESOLVE}]},
        "onsite_ended": {"void": True, "clocks": [{"target": "resolve", "due": RESOLVE}]},
        "onsite_none": {},
        "allowed": {"allowed": True, "until": "2026-12-31"},
        "allow_how": {"text": "perhaps"},
        "onsite_already": {"since": NOW},
        "onsite_open": {"until": RESOLVE},
        "book_when": {"text": "tomorrow", "usage": f"/book {word['usage']}"},
        "absent_noted": away | {"number": 2, "stand_in": "", "holes": [hole], "bookings": [3]},
        "absent_cancelled": away,
        "absent_when": {"text": "tomorrow"},
        "absent_past": {"until": NOW},
        "absent_stand_in": away,
        "absent_none": {"number": 9},
        "reach_asked": {"names": [word["desk"]], "minutes": 15},
        "reach_nobody": {"roles": ["desk"]},
        "book_past": {"since": NOW},
        "book_place": {"word": "moon", "names": ["hq"]},
        "book_absent": away,
        "book_twice": away | {"booking": 3, "place": "hq"},
        "book_none": {"booking": 9},
        "book_cancelled": away | {"booking": 3, "place": "hq"},
    }
