"""What tickets are and what commands do to them, as people understand it: a model that knows nothing of the program."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from storage import journal, models, people, tickets

DESK = {"dora"}
OPEN = {"new", "dispatched", "accepted", "waiting"}


@dataclass
class Model:
    """A ticket as people understand it."""

    state: str = "new"
    holder: str = ""
    version: int = 0
    on_the_way: bool = False
    unconfirmed: bool = field(default=False, compare=False)
    history: list[tuple[str, str]] = field(default_factory=list)

    def does(self, who: str, command: str, words: str) -> bool:
        """Whether the command is accepted; then it has happened."""
        if command in {"wait", "solve", "way"} and who not in DESK and self.holder not in {"", who}:
            return False
        return bool(getattr(self, f"_{command}")(who, words))

    def _becomes(self, state: str, *happened: tuple[str, str], holder: str | None = None) -> bool:
        self.state, self.version = state, self.version + 1
        self.holder = self.holder if holder is None else holder
        self.history += happened
        return True

    def _note(self, _who: str, words: str) -> bool:
        self.history.append(("noted", words))
        return True

    def _take(self, who: str, _words: str) -> bool:
        if self.holder == who:
            return not self.unconfirmed or self.state not in OPEN or self._confirms()
        if self.state not in OPEN or (self.holder and who not in DESK):
            return False
        self.on_the_way = self.unconfirmed = False
        return self._becomes("accepted", ("assigned", who), ("accepted", who), holder=who)

    def _confirms(self) -> bool:
        self.unconfirmed = False
        return self._becomes("waiting" if self.state == "waiting" else "accepted", ("accepted", self.holder))

    def _assign(self, who: str, words: str) -> bool:
        if who not in DESK or self.state not in OPEN:
            return False
        self.on_the_way, self.unconfirmed = False, True
        return self._becomes("dispatched", ("assigned", words), holder=words)

    def _wait(self, who: str, words: str) -> bool:
        if self.state not in {"dispatched", "accepted"}:
            return False
        confirmed = [("accepted", who)] if self.state == "dispatched" and self.holder == who else []
        self.unconfirmed = self.unconfirmed and not confirmed
        return self._becomes("waiting", *confirmed, ("waiting", words))

    def _solve(self, _who: str, words: str) -> bool:
        if self.state not in OPEN:
            return False
        self.on_the_way = self.unconfirmed = False
        return self._becomes("solved", ("solved", words))

    def _reopen(self, _who: str, _words: str) -> bool:
        return self.state == "solved" and self._becomes("accepted" if self.holder else "new", ("reopened", ""))

    def _junk(self, _who: str, words: str) -> bool:
        if words == "undo":
            back = "accepted" if self.holder else "new"
            return self.state == "junk" and self._becomes(back, ("restored", ""))
        if self.state == "junk":
            return True  # it is said so, and nothing happens
        self.on_the_way = self.on_the_way and self.state not in OPEN
        return self.state in OPEN and self._becomes("junk", ("junked", ""))

    def _way(self, _who: str, _words: str) -> bool:
        if self.on_the_way:
            return True
        if self.state not in {"dispatched", "accepted"}:
            return False
        self.on_the_way, self.unconfirmed = True, False
        confirmed = [("accepted", self.holder)] if self.state == "dispatched" else []
        return self._becomes("accepted", *confirmed, ("set_out", self.holder))


FRESH = {"take", "assign"}
"""Behind a button they look at the ticket themselves, so that an older card does not matter."""
HAPPENED = ("noted", "assigned", "accepted", "waiting", "solved", "reopened", "junked", "restored", "set_out")
"""What the model writes into a ticket's history."""


@dataclass
class Said:
    """What somebody said or pressed, as the model knows it; a button was shown after so many commands were `done`."""

    who: str
    number: int
    command: str
    words: str = ""
    done: int | None = None


def done(db: Connection) -> list[Any]:
    """The chat messages that are done, in the order in which they came."""
    rows = select(models.inbox).where(models.inbox.c.kind == "chat", models.inbox.c.state == "done")
    return list(db.execute(rows.order_by(models.inbox.c.id)))


def history(db: Connection, ticket: tickets.Ticket) -> list[tuple[str, str]]:
    """What has happened to a ticket, as the model writes it down."""
    names = {one.id: str(one.handle) for one in people.staff(db)}
    texts = {one.id: one.text for one in tickets.entries(db, ticket.id)}
    rows = [row for row in journal.of_ticket(db, ticket.id) if row.kind in HAPPENED]
    facts = [row.facts for row in rows]
    words = [
        names.get(one.get("assignee", one.get("engineer")), "") or texts.get(one.get("entry"), "") for one in facts
    ]
    return [(row.kind, said) for row, said in zip(rows, words, strict=True)]


def as_it_is(db: Connection, number: int) -> Model:
    """A ticket of the desk in the model's words."""
    ticket = tickets.by_number(db, number)
    assert ticket is not None
    holder = people.by_id(db, ticket.assignee_id)
    name = str(holder.handle) if holder else ""
    return Model(ticket.state, name, on_the_way=bool(ticket.whereabouts), history=history(db, ticket))


def differences(db: Connection, said: Mapping[str, Said]) -> list[str]:
    """All in which the desk differs from the model, which is told what was `said` (by its id) in the order it was stored.

    Each thing said must be stored once, and nothing else.
    """
    rows = done(db)
    stored = [row.source for row in rows]
    found = [] if sorted(stored) == sorted(said) else [f"stored {stored}, said {list(said)}"]
    desk = {one.number: Model() for one in said.values()}
    versions = [dict.fromkeys(desk, 0)]
    for row in rows:
        accepted = _happens(desk[said[row.source].number], said[row.source], versions)
        versions.append({number: one.version for number, one in desk.items()})
        if row.outcome != ("command" if accepted else "refused"):
            found.append(f"{said[row.source]}: {row.outcome}")
    pairs = [(number, as_it_is(db, number), dataclasses.replace(one, version=0)) for number, one in desk.items()]
    return [*found, *(f"FD-{number}: {is_so}, and not {shall}" for number, is_so, shall in pairs if is_so != shall)]


def _happens(ticket: Model, said: Said, versions: list[dict[int, int]]) -> bool:
    """Whether it is accepted. A button does nothing on a ticket that is not as it was when the button was shown."""
    stale = said.done is not None and versions[said.done][said.number] != ticket.version
    return not (stale and said.command not in FRESH) and ticket.does(said.who, said.command, said.words)
