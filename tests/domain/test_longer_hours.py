"""Further hours of a ticket: the union with its calendar's, minute by minute, and what events make of them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import reachability, spans
from bot.domain.clocks import Event, derive
from bot.domain.longer_hours import Window, is_ordered, played, read, written
from bot.domain.rota import Booking, Rota, Shift
from tests.domain.journals import CALENDARS, OFFICE, POLICIES

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 20, tzinfo=UTC)
minutes = st.integers(0, 14 * 1440).map(lambda number: START + timedelta(minutes=number))
windows = st.lists(
    st.tuples(minutes, st.one_of(st.none(), st.integers(1, 3000))).map(
        lambda drawn: (drawn[0], drawn[1] and drawn[0] + timedelta(minutes=drawn[1]))
    ),
    min_size=1,
    max_size=4,
)


def at(local: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{local}").replace(tzinfo=SHANGHAI)


def brute(extra: list[Window], start: datetime, amount: int) -> datetime:
    """Minute by minute: open is what the office or a window opens."""
    now = start
    while amount:
        open_now = OFFICE.is_open(now) or any(since <= now and (end is None or now < end) for since, end in extra)
        amount -= open_now
        now += timedelta(minutes=1)
    return now


@given(minutes, st.integers(0, 600), windows)
def test_the_union_is_reckoned_as_minute_by_minute(start: datetime, amount: int, extra: list[Window]) -> None:
    wider = OFFICE.widened(extra)
    due = wider.add(start, amount)
    assert due == brute(extra, start, amount)
    assert due <= OFFICE.add(start, amount)
    assert wider.elapsed(start, due) == amount
    assert read(written(dict(zip("1234", extra, strict=False)))) == tuple(extra)


def test_events_open_and_close_the_windows() -> None:
    booked = {"booking": 3, "since": at("28 09:00").isoformat(), "until": at("28 17:00").isoformat()}
    first = played({}, "booked", at("27 10:00"), booked)
    assert first == {"3": (at("28 09:00"), at("28 17:00"))}
    assert played(first, "unbooked", at("27 11:00"), {"booking": 3}) == {}
    half = played(first, "unbooked", at("28 12:00"), {"booking": 3})
    assert half == {"3": (at("28 09:00"), at("28 12:00"))}
    assert played(first, "unbooked", at("28 12:00"), {"booking": 3, "void": True}) == {}
    ordered = played(first, "onsite", at("28 10:00"), {})
    assert played(ordered, "onsite", at("28 11:00"), {}) == ordered
    assert not is_ordered(ordered.values(), at("28 09:59"))
    assert is_ordered(ordered.values(), at("28 10:00"))


@pytest.mark.parametrize("ended", ["assigned", "solved"])
def test_what_has_ended_goes_by_the_hours_of_its_end(ended: str) -> None:
    """An order on Saturday moves nothing that was met on Friday evening."""
    journal = [
        Event("opened", at("27 17:55")),
        Event(ended, at("27 18:30"), {"assignee": 1}),
        Event("onsite", at("28 10:00")),
    ]
    clocks = {clock.target: clock for clock in derive(journal, POLICIES[2], CALENDARS)}
    assert clocks["dispatch"].due == at("28 09:05")
    assert clocks["dispatch"].windows == {}
    assert clocks["resolve"].windows == ({} if ended == "solved" else {"onsite": (at("28 10:00"), None)})
    assert clocks["resolve"].due == (at("30 09:55") if ended == "solved" else at("28 12:55"))


def test_dates_and_hours_as_people_write_them() -> None:
    first, last, rest = spans.read_dates(spans.plain("２０２６-10-01至2026-10-03 09：00-18：00 hq anna"))
    assert (first, last) == (date(2026, 10, 1), date(2026, 10, 3))
    assert spans.read_hours(rest) == ((time(9), time(18)), "hq anna")
    assert spans.read_hours("hq anna") == (None, "hq anna")
    assert spans.on(first, (time(22), time(6)), SHANGHAI)[1] == datetime(2026, 10, 1, 22, tzinfo=UTC)
    assert spans.read_hours("00:00-24:00 x")[0] == (time(), time())
    for words in ("soon", "2026-13-01", "2026-10-03..2026-10-01", "2026-10-01..2028-10-01"):
        with pytest.raises(ValueError, match=r"."):
            spans.read_dates(words)
    with pytest.raises(ValueError, match=r"."):
        spans.read_hours("25:00-26:00")


def test_whose_support_is_booked_is_on_duty_there_and_then() -> None:
    booking = Booking("anna", at("28 09:00"), at("28 17:00"), "hq")
    rota = Rota(SHANGHAI, (Shift("resident", "ben", frozenset({5}), time(), time()),), (), (booking,))
    everybody = ["anna", "ben"]
    assert rota.holders("resident", at("28 09:00"), everybody, "hq") == ["anna", "ben"]
    assert rota.holders("resident", at("28 17:00"), everybody, "hq") == ["ben"]
    assert rota.holders("resident", at("28 09:00"), everybody, "lab") == ["ben"]
    assert rota.holders("mobile", at("28 09:00"), [], "hq") == []


@pytest.mark.parametrize(
    ("begins", "asked"),
    [("24 07:00", "24 07:00"), ("24 21:59", "24 21:59"), ("24 22:00", "24 21:30"), ("24 00:00", "23 21:30"),
     ("24 06:59", "23 21:30")],
)  # fmt: skip
def test_nobody_is_asked_in_the_quiet_hours(begins: str, asked: str) -> None:
    """R17: 22:00 to 07:00."""
    assert reachability.asked_at(at(begins).astimezone(UTC), SHANGHAI) == at(asked)


def test_every_beginning_of_a_shift_is_asked_for_once() -> None:
    days = frozenset(range(7))
    rota = Rota(
        SHANGHAI, (Shift("desk", "dora", days, time(8), time(20)), Shift("desk", "eve", days, time(20), time(8)))
    )
    begin, end = at("23 00:00").astimezone(UTC), at("26 00:00").astimezone(UTC)
    asked = []
    while coming := reachability.following(rota, ("desk",), None, begin):
        if coming > end:
            break
        asked += [one[1] for one in reachability.checks(rota, ("desk",), begin, coming)]
        begin = coming
    assert asked == ["dora", "eve"] * 3
    assert reachability.daily(time(8, 30), SHANGHAI, at("23 08:30"), at("25 08:30")) == [at("24 08:30"), at("25 08:30")]
