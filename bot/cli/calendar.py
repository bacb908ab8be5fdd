"""`faultdesk calendar`: a year at a glance, and what a calendar makes of an amount or a span, with what it counted."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.cli.common import CliError, Parsers, settings_of, terminal_locale
from bot.cli.printing import print_json, width
from bot.domain.calendar import CalendarError, WorkingCalendar
from bot.wording import Words, read_phrases

if TYPE_CHECKING:
    from bot.cli.calendar_year import Year

OFFICE = "office"
AMOUNT = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?:in)?)?(?:(\d+)s)?", re.IGNORECASE)
MINUTES = re.compile(r"\d+(?:\.\d+)?")
DAYS = re.compile(r"(\d{1,5})d", re.IGNORECASE)
MOST = 40
"""Segments that are shown; of more, the first ones and the last one."""


class Counted(NamedTuple):
    """What was reckoned: from, until, and from when on it counts (of working days: from the date after the start)."""

    name: str
    calendar: WorkingCalendar
    begin: datetime
    end: datetime
    since: datetime

    @property
    def minutes(self) -> float:
        return self.calendar.elapsed(self.since, self.end)

    @property
    def pieces(self) -> list[tuple[datetime, datetime]]:
        return self.calendar.open_between(self.since, self.end)


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-commands."""
    parser = parsers.add_parser(
        "calendar",
        help="show a year of a working calendar, or try out what it makes of an amount or a span of time",
        epilog='example: faultdesk calendar show 2026, faultdesk calendar add "2026-02-13 16:00" 4h',
    )
    does = parser.add_subparsers(metavar="show|add|elapsed", required=True)
    show = does.add_parser("show", help="a year at a glance")
    show.add_argument("year", type=int)
    show.add_argument("--svg", metavar="FILE", type=Path, help="write it as a picture instead")
    amount = does.add_parser("add", help="when an amount of working time is used up, and what was counted")
    amount.add_argument("start", help='like "2026-02-13 16:00", in the zone of the calendar; or with an offset')
    amount.add_argument(
        "amount",
        help="4h, 90m, 1h30m, 45s, 240 (minutes); 15d are working days, the day of the start not counted; "
        "-4h and -15d reckon back",
    )
    amount._negative_number_matcher = re.compile(r"-\d")  # noqa: SLF001  -- argparse takes -4h for an option, not -4
    elapsed = does.add_parser("elapsed", help="how much working time passes between two instants")
    elapsed.add_argument("start", metavar="from")
    elapsed.add_argument("end", metavar="to")
    for one, work in ((show, show_year), (amount, show_sum), (elapsed, show_elapsed)):
        one.add_argument("--name", default=OFFICE, help="which calendar (default: office); always is round the clock")
        one.add_argument("--json", action="store_true", help="for scripts")
        one.set_defaults(do=work)


def show_year(arguments: argparse.Namespace) -> int:
    """Prints the year, or writes the picture."""
    from bot.cli.calendar_year import Year, shown_year  # noqa: PLC0415  -- only for who looks at one

    if not 1970 <= arguments.year <= 9000:  # noqa: PLR2004
        raise CliError(f"{arguments.year} is no year of a calendar here; write one like 2026", 2)
    first, last = date(arguments.year, 1, 1), date(arguments.year, 12, 31)
    year, words = Year(arguments.name, arguments.year, _calendar(arguments, first.year, last.year)), _words()
    if arguments.svg:
        from bot.cli.calendar_svg import svg_of  # noqa: PLC0415

        arguments.svg.write_text(svg_of(year, words), encoding="utf-8")
    elif arguments.json:
        print_json(_year_json(year))
    else:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        print("\n".join(shown_year(year, words, colour=colour)))
    return 0


def _year_json(year: Year) -> dict[str, Any]:
    days = {day.isoformat(): year.sort(day) for day in year.days()}
    return {"name": year.name, "year": year.year, "timezone": year.calendar.zone.key, "provisional": year.provisional,
            "working_days": year.working_days(), "working_minutes": year.working_minutes(), "days": days}  # fmt: skip


def show_sum(arguments: argparse.Namespace) -> int:
    """When the amount is used up, or from when on it is until the instant."""
    calendar, start = _reckoned(arguments, arguments.start)
    back, amount = arguments.amount.startswith("-"), arguments.amount.removeprefix("-")
    days = DAYS.fullmatch(amount)
    try:
        if days:
            title, told = "days_title", {"count": days[1]}
            begin, since, end = (_days_before if back else _days_after)(calendar, start, int(days[1]))
        else:
            minutes = _minutes(amount)
            title, told = "title", {"amount": _words().exactly(float(minutes))}
            begin, end = (calendar.subtract(start, minutes), start) if back else (start, calendar.add(start, minutes))
            since = begin
    except CalendarError as error:
        raise CliError(str(error), 2) from error
    counted, words = Counted(arguments.name, calendar, begin, end, since), _words()
    title, result, found = (f"back_{title}", "since", begin) if back else (f"add_{title}", "due", end)
    told |= {"start": _when(start, calendar, words)}
    _answer(arguments, counted, (title, told), (result, {result: _when(found, calendar, words)}))
    return 0


def _days_after(calendar: WorkingCalendar, start: datetime, days: int) -> tuple[datetime, datetime, datetime]:
    return start, _next_date(start, calendar), calendar.add_working_days(start, days)


def _days_before(calendar: WorkingCalendar, start: datetime, days: int) -> tuple[datetime, datetime, datetime]:
    today = calendar.local_date(start)
    begin = calendar.subtract_working_days(today, days)
    return begin, begin, max(begin, datetime.combine(today, time(), calendar.zone))


def show_elapsed(arguments: argparse.Namespace) -> int:
    """How much working time passed."""
    calendar, start = _reckoned(arguments, arguments.start)
    end = _instant(arguments.end, calendar)
    counted, words = Counted(arguments.name, calendar, start, end, start), _words()
    total = words.exactly(max(0.0, (end - start).total_seconds() / 60))
    answer = {"amount": words.exactly(counted.minutes), "total": total}
    _answer(arguments, counted, ("elapsed_title", {"end": _when(end, calendar, words)}), ("elapsed", answer))
    return 0


# ---- what was asked ----


def _reckoned(arguments: argparse.Namespace, text: str) -> tuple[WorkingCalendar, datetime]:
    """The calendar, with the holidays of the years that the question is about and one before, and the instant."""
    years = [int(found) for found in re.findall(r"\b(\d{4})-", f"{text} {getattr(arguments, 'end', '')}")]
    calendar = _calendar(arguments, min(years, default=1970) - 1, max(years, default=1970))
    return calendar, _instant(text, calendar)


def _calendar(arguments: argparse.Namespace, first: int, last: int) -> WorkingCalendar:
    from bot.house import calendars_of  # noqa: PLC0415  -- it brings the database along

    settings, year = settings_of(arguments.config), datetime.now(UTC).year
    try:
        calendars = calendars_of(settings, max(year, last), since=min(year, first))
    except (CalendarError, OSError) as error:
        raise CliError(f"configuration: calendars.{error}", 2) from error
    if arguments.name not in calendars:
        raise CliError(f"there is no calendar {arguments.name!r}; there are {', '.join(sorted(calendars))}", 2)
    return calendars[arguments.name]


def _instant(text: str, calendar: WorkingCalendar) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return at if at.tzinfo else at.replace(tzinfo=calendar.zone)
    except ValueError as error:
        raise CliError(f'{text!r} is no instant ({error}); write it like "2026-02-13 16:00"', 2) from error


def _next_date(at: datetime, calendar: WorkingCalendar) -> datetime:
    return datetime.combine(calendar.local_date(at) + timedelta(days=1), time(), calendar.zone)


def _minutes(text: str) -> Fraction:
    if MINUTES.fullmatch(text):
        return Fraction(text)
    found = AMOUNT.fullmatch(text.replace(" ", ""))
    if not found or not any(found.groups()):
        raise CliError(f"{text!r} is no amount; write it like 4h, 90m, 1h30m, 45s, or 15d for working days", 2)
    hours, minutes, seconds = (Fraction(part or 0) for part in found.groups())
    return hours * 60 + minutes + seconds / 60


# ---- what is answered ----


def _answer(
    arguments: argparse.Namespace, counted: Counted, title: tuple[str, dict[str, str]], end: tuple[str, dict[str, str]]
) -> None:
    """Title, segments, result; or the same for scripts."""
    if arguments.json:
        print_json(_json(counted))
        return
    words, calendar = _words(), counted.calendar
    offset = f"{counted.end.astimezone(calendar.zone):%z}"
    common = {"start": _when(counted.begin, calendar, words), "zone": calendar.zone.key,
              "offset": f"{offset[:3]}:{offset[3:]}"}  # fmt: skip
    print(f"{counted.name}: {words.phrases[f'pattern.{title[0]}'].format(**{**common, **title[1]})}")
    if counted.since == counted.begin and not calendar.is_open(counted.begin) and counted.minutes:
        print(words.phrases["pattern.opens"].format(at=_when(calendar.next_open(counted.begin), calendar, words)))
    print()
    print("\n".join(_segments(counted, words)))
    print(f"\n{words.phrases[f'pattern.{end[0]}'].format(**common, **end[1])}")
    for year in _unknown(counted):
        print(words.phrases["pattern.provisional_due"].format(year=year))


def _json(counted: Counted) -> dict[str, Any]:
    zone = counted.calendar.zone
    return {
        "calendar": counted.name,
        "timezone": zone.key,
        "from": counted.begin.astimezone(zone),
        "to": counted.end.astimezone(zone),
        "minutes": counted.minutes,
        "provisional_years": list(_unknown(counted)),
        "segments": [{"from": begin.astimezone(zone), "to": end.astimezone(zone)} for begin, end in counted.pieces],
    }


def _unknown(counted: Counted) -> Iterator[int]:
    first, last = (counted.calendar.local_date(at).year for at in (counted.begin, counted.end))
    return (year for year in range(first, last + 1) if counted.calendar.year_is_provisional(year))


def _segments(counted: Counted, words: Words) -> Iterator[str]:
    """One line for each open piece: its day, its hours, how long it is, and what is special about the day."""
    pieces = counted.pieces
    if not pieces:
        yield f"  {words.phrases['pattern.nothing_counted']}"
        return
    rows = [_segment(begin, end, counted, words) for begin, end in _folded(pieces)]
    sizes = [max(width(row[place]) for row in rows) for place in range(3)]
    for number, row in enumerate(rows):
        if number == len(rows) - 1 and len(pieces) > len(rows):
            yield "  " + words.phrases["pattern.segments_more"].format(count=len(pieces) - len(rows))
        cells = [text + " " * (size - width(text)) for text, size in zip(row, sizes, strict=False)]
        yield "  " + "  ".join([*cells, row[3]]).rstrip()


def _folded(pieces: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    return list(pieces) if len(pieces) <= MOST else [*pieces[: MOST - 1], pieces[-1]]


def _segment(begin: datetime, end: datetime, counted: Counted, words: Words) -> tuple[str, str, str, str]:
    from bot.cli.calendar_year import HOLIDAY, MAKE_UP, OTHER, Year  # noqa: PLC0415

    day, last = counted.calendar.local_date(begin), counted.calendar.local_date(end - timedelta(microseconds=1))
    sort = Year(counted.name, day.year, counted.calendar).sort(day)
    special = words.name("day", sort) if sort in {HOLIDAY, MAKE_UP, OTHER} else ""
    until = _clock(end, counted.calendar) if last == day else _when(end, counted.calendar, words)
    if last == day and until.startswith("00:00"):
        until = "24:00"
    minutes = (end - begin).total_seconds() / 60
    return _date(day, words), f"{_clock(begin, counted.calendar)} – {until}", words.exactly(minutes), special


def _when(at: datetime, calendar: WorkingCalendar, words: Words) -> str:
    """An instant with its weekday, in the calendar's zone."""
    return f"{_date(at.astimezone(calendar.zone).date(), words)} {_clock(at, calendar)}"


def _date(day: date, words: Words) -> str:
    return f"{words.name('weekday', day.isoweekday())} {day}"


def _clock(at: datetime, calendar: WorkingCalendar) -> str:
    there = at.astimezone(calendar.zone)
    return f"{there:%H:%M:%S}" if there.second else f"{there:%H:%M}"


def _words() -> Words:
    return Words(read_phrases(terminal_locale()))
