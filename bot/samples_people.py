"""Sample facts of what is said about who works: proposals, new promises, calls, hand-overs, authorisations."""

from __future__ import annotations

from typing import Any

Facts = dict[str, Any]

NOW, OPENING = "2026-11-23T01:02:00+00:00", "2026-11-24T01:00:00+00:00"
RESOLVE = "2026-11-23T06:02:00+00:00"


def of_people(word: dict[str, str]) -> dict[str, Facts]:
    """Kind of message → its facts, in the words of a locale."""
    proposal = {"name": word["engineer"], "traits": ["resident", "on_duty"], "busy": 2}
    callee = {"role": "requester", "name": word["requester"], "phone": "139"}
    granted: Facts = {"what": "authorized", "given_by": word["requester"], "how": "mail", "by": word["desk"]}
    promise = {"until": OPENING, "text": word["answer"], "author": word["desk"]}
    row: Facts = {
        "number": "FD-7",
        "state": "waiting",
        "level": "vip",
        "assignee": word["engineer"],
        "extended": OPENING,
    }
    row |= {"due": {"target": "resolve", "due": OPENING}}
    swapped = {"number": "3", "name": word["engineer"], "other": word["other"], "day": "2026-12-01", "by": word["desk"]}
    swapped |= {"other_day": "2026-12-03", "state": "asked", "what": "swap asked", "tag": "[FD]"}
    held = {"since": NOW, "until": OPENING, "people": [{"name": word["engineer"], "phone": "139"}]}
    duty = {"role": "resident", "planned": True, "stretches": [held, held | {"people": []}]}
    return {
        "board": _board(word),
        "hand_over": {
            "role": "desk",
            "until": OPENING,
            "from": [word["other"]],
            "rows": [row],
            "total": 12,
            "tag": "[FD]",
        }
        | {"unassigned": 1, "waiting": 2, "late": 1},
        "duty_empty": {"role": "desk", "until": OPENING, "tag": "[FD]"},
        "swap": swapped,
        "swaps": {"swaps": [swapped]},
        "oncall": {"rows": [duty, duty | {"planned": False}], "day": "", "phones": True},
        "authorization_request": {
            "subject_line": word["subject"],
            "requester_name": word["requester"],
            "item": "general",
        }
        | {"place": word["place"], "customer": "ACME", "ref": "fd.7.12." + "a" * 32},
        "authorization_noted": granted,
        "authorization": granted,
        "authorizations": {"rows": [{"number": "3", "customer": "acme", "item": "", "until": OPENING, **granted}]},
        "weekly": {"since": NOW, "until": OPENING, "opened": 12, "solved": 9, "open": 5, "late": 1}
        | {
            "days": [
                {"at": NOW, "opened": 12, "solved": 9, "bar": "████"},
                {"at": NOW, "opened": 0, "solved": 0, "bar": ""},
            ]
        }
        | {"promises": [{"target": "response", "kept": 11, "all": 12}], "hour": {"kept": 10, "all": 12}}
        | {"first_line": {"desk": 4, "all": 9}},
        "proposals": {"proposals": [proposal, proposal | {"traits": ["mobile", "on_duty", "elsewhere"]}]},
        "extended": promise | {"engineer": word["engineer"]},
        "extension": promise,
        "calls": {"people": [callee, callee | {"role": "engineer", "phone": ""}]},
    }


def _board(word: dict[str, str]) -> Facts:
    row: Facts = {
        "number": "FD-7",
        "target": "resolve",
        "state": "running",
        "due": RESOLVE,
        "provisional": True,
    }
    row |= {"linked": 23, "level": "advanced", "assignee": word["engineer"], "late": False, "unacknowledged": False}
    duty = [{"role": "desk", "names": [word["desk"]]}, {"role": "engineer", "names": []}]
    return {
        "trouble": "late",
        "open": 5,
        "linked": 23,
        "states": [{"state": "new", "count": 2}, {"state": "waiting", "count": 1}],
        "duty": duty,
        "empty": ["engineer"],
        "soon": 1,
        "ahead": [row],
        "later": 3,
        "late": [row | {"number": "FD-4", "late": True}],
        "late_total": 7,
        "waiting": [{"number": "FD-5", "need": "user", "since": NOW, "until": OPENING, "assignee": word["engineer"]}],
        "waiting_total": 6,
        "unauthorized": ["FD-3"],
        "quotes": ["FD-7"],
        "provisional": {"years": [2027], "deadlines": 3},
    }


def people_phrases(word: dict[str, str]) -> dict[str, Facts]:
    """Phrase → its facts, in the words of a locale."""
    swapped = {"number": "3", "name": word["engineer"], "other": word["other"], "day": "2026-12-01"}
    swapped["other_day"] = "2026-12-03"
    return {
        **dict.fromkeys(("swap_asked", "swap_agreed", "swap_declined", "swap_cancelled", "swap_nothing"), swapped),
        "authorized_standing": {"number": "3", "until": OPENING},
        "authorize_when": {"text": "soon"},
        "back": {"name": word["engineer"], "until": OPENING},
        "back_none": {"name": word["engineer"]},
        "oncall_when": {"text": "soon"},
        "extended": {"until": OPENING, "told": True},
        "extend_when": {"text": "soon", "usage": f"/extend {word['usage']}"},
    }
