"""Sample facts of what is said about major events and emergency plans."""

from __future__ import annotations

from typing import Any

Facts = dict[str, Any]

NOW, DUE = "2026-11-23T01:02:00+00:00", "2026-11-26T10:00:00+00:00"


def of_flows(word: dict[str, str]) -> dict[str, Facts]:
    """Kind of message → its facts, in the words of a locale."""
    steps = [{"step": 1, "text": word["answer"], "at": NOW, "by": word["desk"]}]
    steps.append({"step": 2, "text": word["question"], "at": None, "by": ""})
    plan = {"plan": "network", "steps": steps, "done": 1, "begun_at": NOW, "ended_at": None}
    major = {"rule": "hand", "text": word["answer"], "author": word["desk"], "report_due": None, "opened_at": NOW}
    about = {"linked": 12, "level": "vip", "item": "general", "place": word["place"]}
    settled = {"text": word["answer"], "author": word["desk"], "reopen_days": 5, "ends": False}
    incident = {"incident": "leak", "concerned": word["engineer"], "opened_at": NOW, "text": word["answer"]}
    return {
        "security": incident | {"requester_name": word["requester"], "requester_phone": "139"},
        "security_notice": incident,
        "settled": settled,
        "checklist": plan,
        "plan": plan | {"when": word["question"]},
        **dict.fromkeys(("major", "major_notice"), major | about),
    }


def flow_phrases() -> dict[str, Facts]:
    """Phrase → its facts."""
    return {
        **{f"kind_{key}": {"matter": "suggestion"} for key in ("which", "set", "same", "settled")},
        "security_reported": {"exposed": True},
        "left_out": {"count": 1},
        "split_which": {"rows": [{"place": 2, "at": NOW, "who": "Li", "text": "And the scanner."}]},
        "split_done": {"into": "FD-9", "told": True},
        "rejoined": {"into": "FD-3"},
        "parted_again": {"command": "merge"},
        "picture.title": {"open": 3},
        "picture.due": {"due": DUE},
        "picture.duty": {"role": "desk", "names": ["Li"]},
        "complaint_settled": {"ends": True, "untold": False},
        "major_declared": {"department": True, "plan": True, "due": None},
        "major_ended": {"due": DUE},
        "plan_which": {"when": [["network", "no network"]]},
        "plan_unknown": {"word": "netwrk", "names": ["network"]},
    }
