"""Whatever has happened to a ticket: a command that is taken back at once leaves everything as it was before."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot.control import command
from bot.desk import call_backs, stock
from bot.desk.call_backs import LOW
from bot.desk.sheet_facts import sheet_of
from bot.desk.work import Actor, House, Work
from bot.domain.ladder import OF_THE_FAULT
from bot.domain.ticket import SOLVED
from storage import clocks, tickets
from storage.store import Store
from tests.bot.test_any_journal import START, Undo, begun, days, play, ring

TAKEN = ("take 1",)
LINES: dict[str, tuple[str, ...]] = {
    "take 1": (), "assign 1 ben": (), "junk 1": (),
    "kind 1 question": (), "kind 1 suggestion": (), "kind 1 complaint": (),
    "wait 1 Which one?": TAKEN, "solve 1 Done.": TAKEN, "way 1": TAKEN, "arrived 1": TAKEN,
    "left 1": ("take 1", "arrived 1"), "reopen 1": ("take 1", "solve 1 Done."),
    "works 1 She works with it.": ("take 1", "issue 1 toner"),
    "works 1 not": ("take 1", "issue 1 toner", "works 1"),
}  # fmt: skip
"""What is said and taken back → what is said before, so that it can be."""
OF_THE_DESK = ("assign", "junk", "kind", "reopen")
FLEETING = {"id", "version"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, House]]:
    yield from begun(tmp_path_factory)


def says(work: Work, line: str, speaker: str = "anna") -> str:
    """Somebody says it; gives the phrase that answers."""
    return str(command(work.db, work.house, work.now, (speaker, line, "en"))["facts"]["phrase"])


def stands(work: Work) -> dict[str, Any]:
    """All that a command may change and that is no history."""
    ring(work)
    ticket = tickets.get(work.db, 1)
    silent = OF_THE_FAULT if ticket.master_id else ()  # its master speaks for it: when it would ring has no meaning
    promised = [
        {name: value for name, value in row._asdict().items() if name != "next_alarm_at" or row.target not in silent}
        for row in clocks.of_ticket(work.db, 1)
    ]
    own = {name: getattr(ticket, name) for name in type(ticket).__slots__ if name not in FLEETING}
    return {"ticket": own, "clocks": promised, "sheet": sheet_of(work, ticket), "calls": call_backs.queue(work)}


def taken_back(db: Connection, house: House, day: list[tuple[str, int, bool]], line: str) -> str:
    """Says a line at the end of such a day and takes it back. Gives what is answered to that."""
    work = Work(db, house, START, Actor("admin", "cli"))
    stock.add(work, stock.enter(work, "toner"), 9, "")
    play(db, house, day)
    end = START + timedelta(minutes=sum(gap for _, gap, _ in day))
    for first in LINES[line]:
        says(Work(db, house, end), first)
    work = Work(db, house, end + timedelta(minutes=1))  # too late to take those back
    if tickets.get(db, 1).state == SOLVED:
        call_backs.open_one(work, tickets.get(db, 1), LOW)
    before, speaker = stands(work), "dora" if line.startswith(OF_THE_DESK) else "anna"
    says(work, line, speaker)
    answer = says(work, "undo 1", speaker)
    assert answer != "taken_back" or stands(work) == before
    return answer


@settings(max_examples=settings().max_examples // 2)
@example(day=[("critical all along", 0, False), ("vip all along", 0, False)], line="arrived 1")
@given(day=days, line=st.sampled_from(sorted(LINES)))
def test_what_is_taken_back_never_was(desk: tuple[Store, House], day: list[tuple[str, int, bool]], line: str) -> None:
    in_vain(desk, day, line)


@pytest.mark.parametrize("line", LINES)
def test_each_of_them_can_be_taken_back(desk: tuple[Store, House], line: str) -> None:
    assert in_vain(desk, [], line) == "taken_back"


def in_vain(desk: tuple[Store, House], day: list[tuple[str, int, bool]], line: str) -> str:
    """`taken_back` on a ticket that is gone afterwards."""
    store, house = desk
    answers = []

    def unit(db: Connection) -> None:
        answers.append(taken_back(db, house, day, line))
        raise Undo

    with pytest.raises(Undo):
        store.write_now(unit)
    return answers[0]
