"""Several people at the stock at the same instant: the books hold what each of them was told, and a device has one holder."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot.config import Person, Settings
from bot.control import command
from bot.desk import stock
from bot.desk.opening import Report, open_ticket, tell_opened
from bot.desk.work import Actor, House, Work
from bot.fsck import check
from bot.house import build_house, calendars_of, enter
from storage import hardware, tickets
from storage.store import Store
from tests.parts.postgres import Postgres
from tests.parts.tables import tables_at

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
STAFF = [Person(handle=one, roles=["desk", "resident"]) for one in ("anna", "ben", "dora")]
AT_FIRST = 3
ACTS = st.sampled_from(
    [f"issue {{{ticket}}} toner-{{x}} {amount}" for ticket in "ab" for amount in (1, 2)]
    + [f"return {{{ticket}}} toner-{{x}} 1" for ticket in "ab"]
    + [f"issue {{{ticket}}} LP-{{x}}" for ticket in "ab"]
    + [f"repair {{{ticket}}} LP-{{x}} house" for ticket in "ab"]
    + ["return LP-{x}", "repair {a} returned It runs.", "stock add toner-{x} 1", "fails: issue {a} toner-{x} 1"]
)
"""`x` and the tickets are an example's own. The last one is a program that breaks when all has been written."""


class BreaksError(Exception):
    """What a mistake of ours raises."""


class Desk:
    """A desk of three people; each example gets two tickets, a part and a device of its own."""

    def __init__(self, store: Store) -> None:
        self.store, self._examples = store, count(1)
        configured = Settings(people=STAFF, data={"folder": Path("unused")})
        calendars = calendars_of(configured, 2026)
        self.house: House = store.write_now(
            lambda db: build_house(configured, enter(db, configured), b"k" * 32, calendars)
        )

    def begin(self, db: Connection) -> dict[str, Any]:
        """The names in an example's words."""
        work, x = Work(db, self.house, NOW, Actor("admin", "cli")), next(self._examples)
        stock.add(work, stock.enter(work, f"toner-{x}"), AT_FIRST, "")
        hardware.keep_asset(db, None, f"LP-{x}", {"customer_id": self.house.customers[0].id, "state": "stock"})
        return {"x": x, "a": self._ticket(work), "b": self._ticket(work)}

    @staticmethod
    def _ticket(work: Work) -> int:
        report = Report("a@b.example", "", "x", "", "en", NOW)
        opened = open_ticket(work, report)
        tell_opened(work, opened, report)
        return opened.ticket.number

    def says(self, who: str, line: str) -> bool:
        """Somebody says something and waits for the answer; gives whether it was done."""

        def unit(db: Connection) -> bool:
            answer = command(db, self.house, NOW, (who, line.removeprefix("fails: "), "en"))
            if line.startswith("fails"):
                raise BreaksError
            return bool(answer["ok"])

        try:
            return self.store.write_now(unit)
        except BreaksError:
            return False


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        store = Store(server.tables())
    else:
        store = Store(tables_at(tmp_path / "desk.db"))
    yield Desk(store)
    store.close()


def test_what_people_were_told_at_the_same_instant_stands_in_the_books(desk: Desk) -> None:
    """SP-5.1."""
    with ThreadPoolExecutor(len(STAFF)) as people:

        @settings(max_examples=settings().max_examples // 4)  # each is a score of commits
        @given(st.lists(st.tuples(ACTS, ACTS, ACTS), min_size=1, max_size=6))
        def at_once(moments: list[tuple[str, str, str]]) -> None:
            names, done = desk.store.write_now(desk.begin), Counter[str]()
            for moment in moments:
                answers = people.map(
                    lambda one: desk.says(one[0].handle, one[1].format(**names)), zip(STAFF, moment, strict=True)
                )
                done.update(line for line, told in zip(moment, answers, strict=True) if told)
            desk.store.read_now(lambda db: agrees(db, names, done))

        at_once()
    assert not desk.store.read_now(lambda db: list(check(db, desk.house.calendars)))


def agrees(db: Connection, names: dict[str, Any], done: Counter[str]) -> None:
    """What is there is what was there, and what everybody who heard "done" has done to it."""
    got: dict[int, int] = {}
    for ticket in "ab":
        taken = sum(amount * done[f"issue {{{ticket}}} toner-{{x}} {amount}"] for amount in (1, 2))
        row = tickets.by_number(db, names[ticket])
        assert row is not None
        got[row.id] = taken - done[f"return {{{ticket}}} toner-{{x}} 1"]
        assert sum(hardware.issued_on(db, row.id).values()) == got[row.id] >= 0
    part = hardware.part_by_code(db, f"toner-{names['x']}")
    assert part.quantity == AT_FIRST + done["stock add toner-{x} 1"] - sum(got.values()) >= 0
    device = hardware.asset_by_tag(db, f"LP-{names['x']}")
    lent = sum(done[f"issue {{{ticket}}} LP-{{x}}"] for ticket in "ab") - done["return LP-{x}"]
    sent = sum(done[f"repair {{{ticket}}} LP-{{x}} house"] for ticket in "ab") - done["repair {a} returned It runs."]
    assert len(hardware.open_loans(db, asset_id=device.id)) == lent
    assert len(hardware.repairs(db, asset_id=device.id)) == sent
    assert lent + sent <= 1
