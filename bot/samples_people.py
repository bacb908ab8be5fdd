"""Sample facts of what is said about who works: proposals, new promises, calls, hand-overs, authorisations."""

from __future__ import annotations

from typing import Any

Facts = dict[str, Any]

NOW, OPENING = "2026-11-23T01:02:00+00:00", "2026-11-24T01:00:00+00:00"


def of_people(word: dict[str, str]) -> dict[str, Facts]:
    """Kind of message → its facts, in the words of a locale."""
    proposal = {"name": word["engineer"], "traits": ["resident", "on_duty"], "busy": 2}
    callee = {"role": "requester", "name": word["requester"], "phone": "139"}
    promise = {"until": OPENING, "text": word["answer"], "author": word["desk"]}
    return {
        "proposals": {"proposals": [proposal, proposal | {"traits": ["mobile", "on_duty", "elsewhere"]}]},
        "extended": promise | {"engineer": word["engineer"]},
        "extension": promise,
        "calls": {"people": [callee, callee | {"role": "engineer", "phone": ""}]},
    }


def people_phrases(word: dict[str, str]) -> dict[str, Facts]:
    """Phrase → its facts, in the words of a locale."""
    return {
        "extended": {"until": OPENING, "told": True},
        "extend_when": {"text": "soon", "usage": f"/extend {word['usage']}"},
    }
