"""Whatever people do to stock, loans and repairs, in any order: right books, never negative, one holder a device."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, event

from bot.config import Settings
from bot.desk import loans, repairs, stock
from bot.desk.inventory import import_devices
from bot.desk.opening import Report, open_ticket, tell_opened
from bot.desk.work import Actor, House, Work
from bot.domain.devices import Device
from bot.domain.repair import HOUSE, RETURNED
from bot.fsck import check
from bot.house import build_house, calendars_of, enter
from storage import hardware, tickets
from storage.migrate import bring_up
from storage.store import Store

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
ACTS = st.tuples(
    st.sampled_from(("add", "count", "issue", "give_back", "lend", "give", "take_back", "send", "get back")),
    st.sampled_from((1, 2)),
    st.sampled_from(("toner", "disk")),
    st.integers(0, 5),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, House]]:
    folder = tmp_path_factory.mktemp("books")
    store = Store(f"sqlite:///{folder / 'desk.db'}")
    bring_up(store.writing)
    settings = Settings(data={"folder": Path("unused")})
    house: House = store.write_now(
        lambda db: build_house(settings, enter(db, settings), b"k" * 32, calendars_of(settings, 2026))
    )

    def begin(db: Connection) -> None:
        work = Work(db, house, NOW)
        for number in (1, 2):
            report = Report(f"a{number}@b.example", "", "x", "", "en", NOW)
            tell_opened(work, open_ticket(work, report), report)
        for code in ("toner", "disk"):
            stock.enter(work, code)
        for tag in ("LP-1", "LP-2"):
            hardware.keep_asset(db, None, tag, {"customer_id": house.customers[0].id, "state": "stock"})

    store.write_now(begin)
    yield store, house
    store.close()


class Undo(Exception):  # noqa: N818  -- it is no error
    """Ends one example; nothing of it is kept."""


@given(st.lists(ACTS, max_size=25))
def test_the_books_agree_with_a_plain_reckoning(
    desk: tuple[Store, House], acts: list[tuple[str, int, str, int]]
) -> None:
    store, house = desk

    def played(db: Connection) -> None:
        held: dict[str, int] = {"toner": 0, "disk": 0}
        got: dict[tuple[int, str], int] = {}
        lent: dict[str, int] = {}
        kept: dict[str, bool] = {}
        for step, (act, number, code, amount) in enumerate(acts):
            work = Work(db, house, NOW + timedelta(minutes=step), Actor("admin", "cli"))
            ticket, part = tickets.by_number(db, number), stock.part(work, code)
            assert ticket is not None
            tag = "LP-1" if code == "toner" else "LP-2"
            before = dict(held), dict(got), dict(lent), dict(kept)
            if act in {"add", "count", "issue", "give_back"}:
                reckon(act, (number, code, amount), held, got)
            else:
                reckon_device(act, (number, tag), lent, kept)
            possible = (
                before != (held, got, lent, kept)
                or act in {"add", "count"}
                or (act in {"issue", "give_back"} and amount == 0)
            )
            act_it(act, work, ticket, part, tag, amount, possible=possible)
            assert {one.code: one.quantity for one in hardware.parts(db)} == held
            away = {one.tag: one.number for one in hardware.open_loans(db)}
            assert away | {f"repair {one.tag}": one.number for one in hardware.repairs(db)} == lent
        for number in (1, 2):
            ticket = tickets.by_number(db, number)
            assert ticket is not None
            codes = {one.id: one.code for one in hardware.parts(db)}
            issued = {codes[part]: count for part, count in hardware.issued_on(db, ticket.id).items()}
            assert issued == {code: count for (one, code), count in got.items() if one == number and count}
        assert not list(check(db, house.calendars))
        raise Undo

    with pytest.raises(Undo):
        store.write_now(played)


def reckon(act: str, what: tuple[int, str, int], held: dict[str, int], got: dict[Any, int]) -> None:
    """What an act with parts means, where it is possible."""
    number, code, amount = what
    if act == "add":
        held[code] += amount
    elif act == "count":
        held[code] = amount
    elif act == "issue" and amount <= held[code]:
        held[code] -= amount
        got[number, code] = got.get((number, code), 0) + amount
    elif act == "give_back" and amount <= got.get((number, code), 0):
        held[code] += amount
        got[number, code] = got.get((number, code), 0) - amount


def reckon_device(act: str, what: tuple[int, str], lent: dict[str, int], kept: dict[str, bool]) -> None:
    """The same with a device: `kept` are those that their users keep, and whether nothing has happened to them since."""
    number, tag = what
    away = {tag, f"repair {tag}"} & set(lent)
    if act == "lend" and not away and tag not in kept:
        lent[tag] = number
    elif act == "give" and (lent.get(tag) == number or not (away or tag in kept)):
        lent.pop(tag, None)
        kept[tag] = True
    elif act == "send" and not away and number not in in_repair(lent).values():
        lent[f"repair {tag}"] = number
        kept |= {tag: False} if tag in kept else {}
    elif act == "get back" and number in in_repair(lent).values():
        lent.pop(next(one for one, on in in_repair(lent).items() if on == number))
    elif act == "take_back" and (tag in lent or kept.get(tag)):
        lent.pop(tag, None)
        kept.pop(tag, None)


def in_repair(away: dict[str, int]) -> dict[str, int]:
    return {one: number for one, number in away.items() if one.startswith("repair ")}


def act_it(act: str, work: Work, ticket: Any, part: Any, tag: str, amount: int, *, possible: bool) -> None:
    """Does it; what is impossible is refused."""
    device = stock.device(work, tag)
    doing: dict[str, Any] = {
        "add": lambda: stock.add(work, part, amount, ""),
        "count": lambda: stock.count(work, part, amount, ""),
        "issue": lambda: stock.issue(work, ticket, part, amount),
        "give_back": lambda: stock.give_back(work, ticket, part, amount),
        "lend": lambda: loans.lend(work, ticket, device),
        "give": lambda: loans.give(work, ticket, device),
        "take_back": lambda: loans.take_back(work, device),
        "send": lambda: repairs.send(work, ticket, device, HOUSE, None),
        "get back": lambda: repairs.step(work, ticket, RETURNED, "It runs."),
    }
    if possible:
        doing[act]()
    else:
        with pytest.raises(stock.StockError):
            doing[act]()


def test_a_long_list_of_devices_asks_for_those_that_are_there_once(desk: tuple[Store, House]) -> None:
    """Ten thousand lines hold the writer for seconds, not for minutes: each line costs a row, not a search."""
    store, house = desk
    entries = [Device(line, f"PC-{line}", kind="PC") for line in range(2, 42)]
    asked: list[str] = []

    def note(_db: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    def renewed(db: Connection) -> dict[str, int]:
        event.listen(db, "before_cursor_execute", note)
        return import_devices(Work(db, house, NOW), [*entries, Device(99, "PC-42")], dry_run=False)[0]

    assert store.write_now(lambda db: import_devices(Work(db, house, NOW), entries, dry_run=False)[0])["new"] == 40
    assert store.write_now(renewed) == {"new": 1, "changed": 0, "same": 40}
    assert sum("FROM asset" in one for one in asked) == 1
