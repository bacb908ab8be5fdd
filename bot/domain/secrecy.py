"""Security incidents: their kinds, and who may know of one (SP-10.4)."""

from __future__ import annotations

from collections.abc import Collection

SECURITY = "security"
"""The kind of a ticket that is a security incident."""
INSIDERS = frozenset({"manager", "security"})
"""The roles whose holders know of incidents, each but of one that is about herself."""

INCIDENTS = {
    "political": {"political", "政治"},
    "leak": {"leak", "泄密", "泄露"},
    "stolen": {"stolen", "窃取", "盗取"},
    "changed": {"changed", "change", "篡改"},
    "concealed": {"concealed", "concealment", "瞒报"},
    "exceeded": {"exceeded", "authority", "越权"},
    "other": {"other", "其他"},
}
"""Kinds of incidents (SP-10.4) by the words that name them: political, leak, stolen user data, unauthorised change of
data, concealment, exceeding authority."""


def may_see(kind: str, concerns_id: int | None, person_id: int | None, roles: Collection[str]) -> bool:
    """Whether somebody may know that a ticket is there: of an incident insiders alone, never whom it concerns."""
    return kind != SECURITY or (person_id != concerns_id and not INSIDERS.isdisjoint(roles))


def incident_of(word: str) -> str:
    """The kind of incident that a word names; "" for none."""
    return next((kind for kind, words in INCIDENTS.items() if word.strip().casefold() in words), "")
