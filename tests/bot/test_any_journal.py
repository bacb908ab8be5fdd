"""Whatever people do to a ticket, in any order: its stored clocks are what its journal gives, and no rung is told twice."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from bot.config import Customer, Person, Place, Settings
from bot.desk import alarms, delays, levels, linking, merging, moves, visits
from bot.desk.calendars import recompute, remembered
from bot.desk.journal import record, settle
from bot.desk.opening import Report, open_ticket, tell_opened
from bot.desk.work import Actor, House, Work
from bot.domain.calendar import WorkingCalendar
from bot.domain.ladder import next_repeat
from bot.domain.targets import CORRECTION, FROM_NOW
from bot.domain.ticket import MoveRefusedError
from bot.fsck import check
from bot.house import build_house, calendars_of, enter
from storage import models, people, tickets
from storage.clocks import breach_acknowledged, of_ticket
from storage.migrate import bring_up
from storage.store import Store
from storage.tickets import Ticket
from tests.domain.journals import KINDS

START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
STAFF = [
    Person(handle="anna", name="Anna", roles=["resident"]),
    Person(handle="ben", name="Ben", roles=["resident"]),
    Person(handle="dora", name="Dora", roles=["desk"]),
    Person(handle="paul", name="Paul", roles=["manager"], mail="paul@desk.example"),
    Person(handle="sam", name="Sam", roles=["senior"]),
]
Act = Callable[[Work, Ticket], Any]


def _person(work: Work, handle: str) -> people.Person:
    person = people.by_handle(work.db, handle)
    assert person is not None
    return person


def _by(handle: str, act: Callable[[Work, Ticket, people.Person], Any]) -> Act:
    def acted(work: Work, ticket: Ticket) -> None:
        person = _person(work, handle)
        act(work.by(Actor("person", "console", person, handle)), ticket, person)

    return acted


def _level(level: str, how: str) -> Act:
    return lambda work, ticket: levels.set_level(work, ticket, level, how, "so")


def _answered(work: Work, ticket: Ticket) -> None:
    entry = tickets.add_entry(work.db, ticket_id=ticket.id, kind="mail", text="Yes", created_at=work.now)
    moves.answers(work, ticket, entry, work.now - timedelta(minutes=1), reopens=True)


def _reported_again(minutes: int, *happens: str) -> Act:
    """Somebody else has reported it so long before, and that ticket is merged into this one."""

    def acted(work: Work, ticket: Ticket) -> None:
        report = Report("li@acme.example", "Li", "Mine, too", "", "en", work.now - timedelta(minutes=minutes))
        opened = open_ticket(work, report)
        tell_opened(work, opened, report)
        for name in happens:
            ACTS[name](work, tickets.get(work.db, opened.ticket.id))
        ring(work)
        merging.merge(work, tickets.get(work.db, opened.ticket.id), ticket)

    return acted


def _parted(work: Work, ticket: Ticket) -> None:
    for other in tickets.absorbed_by(work.db, ticket.id):
        merging.unmerge(work, other)


def _part_of_an_outage(work: Work, ticket: Ticket) -> None:
    report = Report("li@acme.example", "Li", "Mine, too", "", "en", work.now)
    opened = open_ticket(work, report)
    tell_opened(work, opened, report)
    linking.link(work, ticket, linking.mark(work, opened.ticket))


def _outage_over(work: Work, ticket: Ticket) -> None:
    if ticket.master_id is None:
        raise linking.LinkRefusedError("not_linked", ticket)
    linking.solve_all(work, tickets.get(work.db, ticket.master_id), "A new switch.")


def _happens(kind: str) -> Act:
    def acted(work: Work, ticket: Ticket) -> None:
        record(work, ticket, (kind, {"days": 7}))
        settle(work, ticket)

    return acted


DONE_BY_ACTS = frozenset("junked restored reopened solved escalated".split())
"""What these write into the journal hangs together with more than the clocks; the acts below do all of it."""
ACTS: dict[str, Act] = {
    **{f"{kind} happens": _happens(kind) for kind in KINDS if kind not in DONE_BY_ACTS},
    "anna takes it": _by("anna", moves.take),
    "ben takes it": _by("ben", moves.take),
    "ben gets it": _by("dora", lambda work, ticket, _: moves.assign(work, ticket, _person(work, "ben"))),
    "reply": _by("anna", lambda work, ticket, _: moves.reply(work, ticket, "I come.")),
    "wait": _by("anna", lambda work, ticket, _: moves.wait(work, ticket, "Which?")),
    "answered": _answered,
    "solve": _by("anna", lambda work, ticket, _: moves.solve(work, ticket, "Done.")),
    "reopen": _by("anna", lambda work, ticket, _: moves.reopen(work, ticket, "")),
    "escalate": lambda work, ticket: moves.escalate(work, ticket, "Smoke", technical=True),
    "acknowledge": _by("paul", alarms.acknowledge),
    "late": lambda work, ticket: delays.notice(work, ticket, "Train", delays.LATE),
    "junk": moves.junk,
    "restore": moves.restore,
    "close": moves.close,
    "vip now": _level("vip", FROM_NOW),
    "standard now": _level("standard", FROM_NOW),
    "critical now": _level("warranty-critical", FROM_NOW),
    "critical all along": _level("warranty-critical", CORRECTION),
    "anna arrives": _by("anna", lambda work, ticket, _: visits.step(work, ticket, visits.ARRIVE)),
    "vip all along": _level("vip", CORRECTION),
    "advanced all along": _level("advanced", CORRECTION),
    "merged with a later one": _reported_again(0),
    "merged with an earlier one": _reported_again(300, "anna takes it", "wait"),
    "merged with an abnormal one": _reported_again(30, "escalate"),
    "merged with a VIP's": _reported_again(10, "vip all along"),
    "merged with a critical one": _reported_again(10, "critical all along"),
    "parted": _parted,
    "part of an outage": _part_of_an_outage,
    "not part of it": linking.part,
    "the outage is over": _outage_over,
    "another item": lambda work, ticket: levels.set_facts(work, ticket, item="antivirus"),
    "at headquarters": lambda work, ticket: levels.set_facts(work, ticket, place="hq"),
    "nowhere": lambda work, ticket: levels.set_facts(work, ticket, place=""),
}
days = st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 400), st.booleans()), max_size=14)


BY_HAND = {"assign_minutes": 0}
"""Nothing goes to anybody by itself: what is drawn is all that happens."""


class Undo(Exception):  # noqa: N818  -- it is no error
    """Nothing of an example stays."""


def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, House]]:
    """A desk on which nothing has happened."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('any') / 'desk.db'}")
    bring_up(store.writing)
    customers = [Customer(key="acme", domains=["acme.example"], locale="en")]
    places = {"hq": Place(immediate_for=["general"])}
    configured = Settings(
        customers=customers, people=STAFF, places=places, data={"folder": Path("unused")}, desk=BY_HAND
    )
    house = store.write_now(
        lambda db: build_house(configured, enter(db, configured), b"k" * 32, calendars_of(configured, 2026))
    )
    yield store, house
    store.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, House]]:
    yield from begun(tmp_path_factory)


def ring(work: Work) -> None:
    """The alarm loop's sweep until nothing is due."""
    while alarms.raise_due(work, 1000) or alarms.take_second_way(work):
        pass


def play(db: Connection, house: House, day: list[tuple[str, int, bool]]) -> None:
    """A ticket opens and all of it happens; the alarm loop runs before some of it, as if it had been down at others."""
    now = START
    report = Report("wang@acme.example", "Wang", "It is broken", "", "en", now)
    opened = open_ticket(Work(db, house, now), report)
    tell_opened(Work(db, house, now), opened, report)
    number = opened.ticket.id
    for name, gap, alarms_run in [*day, ("noted happens", 0, True)]:
        now += timedelta(minutes=gap)
        work = Work(db, house, now)
        if alarms_run:
            ring(work)
        try:
            with db.begin_nested():
                ACTS[name](work, tickets.get(db, number))
        except (MoveRefusedError, merging.MergeRefusedError, linking.LinkRefusedError):
            continue


def findings(db: Connection, house: House) -> list[str]:
    wrong, rows = list(check(db, house.calendars)), of_ticket(db, 1)
    linked = rows if tickets.get(db, 1).master_id else []  # its master speaks for it
    quiet = breach_acknowledged(db, [row.id for row in rows]) | {row.id for row in linked}
    for row in rows:
        if len(row.passed) != len(set(row.passed)):
            wrong.append(f"{row.target}: a rung passed twice: {row.passed}")
        if row.ended_at is not None and row.next_alarm_at is not None:
            wrong.append(f"{row.target}: has ended, and would ring")
        if row.next_alarm_at is None and next_repeat(row.passed) and row.state == "running" and row.id not in quiet:
            wrong.append(f"{row.target}: has lapsed, nobody has acknowledged that, and it is told no more")
    told = db.execute(select(models.alarm.c.clock_id, models.alarm.c.rung, models.alarm.c.person_id))
    return wrong + [f"told twice: {key}" for key, count in Counter(tuple(row) for row in told).items() if count > 1]


@settings(max_examples=60)
@example(day=[("critical now", 0, True), ("vip all along", 200, True)])
@example(day=[("merged with a critical one", 0, True), ("parted", 200, True), ("merged with a critical one", 9, True)])
@given(day=days)
def test_the_stored_clocks_are_what_the_journal_gives(
    desk: tuple[Store, House], day: list[tuple[str, int, bool]]
) -> None:
    store, house = desk
    found: list[str] = []

    def unit(db: Connection) -> None:
        play(db, house, day)
        found.extend(findings(db, house))
        raise Undo

    with pytest.raises(Undo):
        store.write_now(unit)
    assert found == []


@pytest.mark.parametrize("pair", [("junk", "restore"), ("part of an outage", "not part of it")])
def test_what_has_lapsed_is_told_on_after_a_time_in_silence(desk: tuple[Store, House], pair: tuple[str, str]) -> None:
    """R10: half an hour after it was told."""
    store, house = desk

    def unit(db: Connection) -> None:
        silent, loud = pair
        play(db, house, [("noted happens", 400, True), (silent, 10, True), (loud, 10, False)])
        told = next(row for row in of_ticket(db, 1) if row.target == "response")
        assert (told.passed[-1], told.next_alarm_at) == ("BREACH", START + timedelta(minutes=430))
        raise Undo

    with pytest.raises(Undo):
        store.write_now(unit)


def no_lunch(work: Work, _: Ticket) -> None:
    """The office's calendar is edited while all promises run on."""
    office: dict[str, Any] = work.house.calendars["office"].to_mapping()
    through = {day: [["09:00", "18:00"]] for day in office["weekly"]}
    edited = WorkingCalendar.from_mapping(office | {"weekly": through})
    before = remembered(work.db, work.house.calendars, START)
    after = remembered(work.db, {**before, "office": edited}, work.now)
    recompute(replace(work, house=replace(work.house, calendars=after)))


@pytest.mark.parametrize(
    ("target", "changes", "minutes"),
    [
        ("response", ACTS["critical now"], 330),  # what had lapsed before goes on as it was promised (R13)
        ("response", ACTS["critical all along"], 270),
        ("resolve", ACTS["onsite happens"], 280),  # round the clock from the order on
        ("resolve", no_lunch, 270),
    ],
)
def test_a_repeat_goes_by_the_hours_that_hold_now(
    desk: tuple[Store, House], target: str, changes: Act, minutes: int
) -> None:
    """R10, R20: half an hour of the hours in force after it was told at noon, be it lunch or not."""
    store, house = desk

    def row(db: Connection) -> tuple[str, datetime]:
        return next((one.passed[-1], one.next_alarm_at) for one in of_ticket(db, 1) if one.target == target)

    def unit(db: Connection) -> None:
        play(db, house, [("vip all along", 0, False), ("noted happens", 240, True)])
        assert row(db) == ("BREACH", START + timedelta(hours=5, minutes=30))
        changes(Work(db, house, START + timedelta(hours=4, minutes=10)), tickets.get(db, 1))
        assert row(db) == ("BREACH", START + timedelta(minutes=minutes))
        raise Undo

    with pytest.raises(Undo):
        store.write_now(unit)


@pytest.mark.parametrize("name", sorted(ACTS))
def test_every_act_can_happen_at_all(desk: tuple[Store, House], name: str) -> None:
    """None of them is refused always, which would prove nothing."""
    outage = {"not part of it": ["part of an outage"], "the outage is over": ["part of an outage"]}
    states = {"parted": ["merged with a VIP's"], "restore": ["junk"], "reopen": ["solve"], "close": ["solve"]}
    before = (outage | states).get(name, [])
    taken = [] if name in {"anna takes it", "junk", "restore"} else ["anna takes it"]
    store, house = desk

    def unit(db: Connection) -> None:
        work = Work(db, house, START + timedelta(hours=2))
        report = Report("wang@acme.example", "Wang", "It is broken", "", "en", START)
        number = open_ticket(work, report).ticket.id
        for each in [*taken, *before, name]:
            ACTS[each](work, tickets.get(db, number))
        raise Undo

    with pytest.raises(Undo):
        store.write_now(unit)
