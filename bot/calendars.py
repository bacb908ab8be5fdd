"""Builds the named working calendars from what is known: the holidays library, an ICS file, the configured lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.domain.calendar import CalendarError, WorkingCalendar

Days = dict[str, object]
"""ISO date → the hours of that date, or None for a holiday."""

LONGEST_EVENT = timedelta(days=62)
DECREED = ("CN",)  # where a yearly notice decides, and the library only guesses until it has make-up days of the year
# Apple's mark and titles, holiday-cn's titles and others; asked in this order, since "上班(补春节假期)" names both
WORKED = ("ALTERNATE-WORKDAY", "（班）", "(班)", "补班", "上班(补")
FREE = ("WORK-HOLIDAY", "（休）", "(休)", "假期")


@dataclass(frozen=True, slots=True)
class CalendarSource:
    """What the configuration says about one calendar.

    `weekly`, `holidays` and `extra` are as in `WorkingCalendar.from_mapping`. `country` is a code of the holidays
    library, with a part of the country where it matters ("CN", "DE-BE"). `ics` is the content of an ICS file.
    `official_years` are those whose complete arrangement the lists here hold.
    """

    timezone: str
    weekly: Mapping[str, Any]
    country: str | None = None
    ics: bytes | None = None
    holidays: Sequence[object] = ()
    extra: Sequence[object] = ()
    official_years: frozenset[int] = frozenset()


def build_calendars(sources: Mapping[str, CalendarSource], years: range) -> dict[str, WorkingCalendar]:
    """Builds all calendars by name; a CalendarError's field begins with the calendar's name."""
    calendars = {}
    for name, source in sources.items():
        try:
            calendars[name] = build_calendar(source, years)
        except CalendarError as error:
            raise CalendarError(f"{name}.{error.field}", error.problem) from error
    return calendars


def build_calendar(source: CalendarSource, years: range) -> WorkingCalendar:
    """Merges library, ICS file and lists, date by date: the later one wins.

    `years` bounds what is asked of the library, usually from the year before to two years ahead; a year outside of it,
    and one whose official arrangement no source knows, is provisional: its weekly hours hold, without guessed
    holidays. CalendarError for what a single source says wrongly.
    """
    configured = _configured(source).to_mapping()
    usual = next(iter(configured["weekly"].values()), None)
    free, worked = _library_days(source.country, years) if source.country else (set(), set())
    if _is_decreed(source.country):
        free = {day for day in free if day.year in _years(worked)}
    ics_free, ics_worked = _ics_days(source.ics) if source.ics is not None else (set(), set())
    return WorkingCalendar.from_mapping(
        configured
        | _merged(_days(free, worked, usual), _days(ics_free, ics_worked, usual), _listed(configured))
        | _certainty(source, years, _years(worked | ics_worked), _years(ics_free | ics_worked))
    )


def _certainty(source: CalendarSource, years: range, decreed: set[int], in_file: set[int]) -> dict[str, object]:
    """Which years are provisional; none without country and ICS file, since nobody promised any holidays then."""
    if not source.country and source.ics is None:
        return {}
    official = decreed if _is_decreed(source.country) else set(years) if source.country else in_file
    return {
        "provisional_years": [year for year in years if year not in official | source.official_years],
        "known_years": [years[0], years[-1]],
    }


def _is_decreed(country: str | None) -> bool:
    return bool(country) and str(country).partition("-")[0].upper() in DECREED


def _configured(source: CalendarSource) -> Any:
    """The lists alone: so that what they say wrongly is refused, whatever the other sources say."""
    own = {"timezone": source.timezone, "weekly": source.weekly}
    return WorkingCalendar.from_mapping(own | {"holidays": list(source.holidays), "extra": list(source.extra)})


def _listed(configured: Mapping[str, Any]) -> Days:
    free: Days = dict.fromkeys(configured["holidays"])
    return free | {item["date"]: item["hours"] for item in configured["extra"]}


def _days(free: set[date], worked: set[date], usual: object) -> Days:
    """Make-up days have the hours of the first weekday that has any; other hours are an `extra` of the lists."""
    return dict.fromkeys(map(str, free)) | dict.fromkeys(map(str, worked), usual)


def _merged(*sources: Days) -> dict[str, object]:
    days: Days = {}
    for source in sources:
        days |= source
    return {
        "holidays": [day for day, hours in days.items() if hours is None],
        "extra": [{"date": day, "hours": hours} for day, hours in days.items() if hours is not None],
    }


def _years(days: set[date]) -> set[int]:
    return {day.year for day in days}


def _library_days(country: str, years: range) -> tuple[set[date], set[date]]:
    """The days off and the make-up days of these years, as the holidays library has them."""
    import holidays  # noqa: PLC0415  -- a tenth of a second that a calendar without country does not pay

    code, _, part = country.partition("-")
    try:
        known = holidays.country_holidays(code.upper(), subdiv=part or None, years=years, expand=False)
    except NotImplementedError as error:
        raise CalendarError("country", f"{country!r} is not known to the holidays library") from error
    worked = {day for day in known.weekend_workdays if day.year in years}
    return {day for day in known if day.year in years} - worked, worked


def _ics_days(content: bytes) -> tuple[set[date], set[date]]:
    """The days off and the make-up days of an ICS file.

    Only events that say what they are count (Apple's mark, or words in the title), for holiday feeds list
    Valentine's Day too; a file without any such event is refused.
    """
    free: set[date] = set()
    worked: set[date] = set()
    for event in _events(content):
        text = f"{event.get('X-APPLE-SPECIAL-DAY', '')} {event.get('SUMMARY', '')}"
        if any(word in text for word in WORKED):
            worked |= _dates(event)
        elif any(word in text for word in FREE):
            free |= _dates(event)
    if both := free & worked:
        raise CalendarError("ics", f"{min(both)} is both a day off and a make-up day")
    if not free | worked:
        raise CalendarError("ics", "no event is marked as a day off or a make-up day")
    return free, worked


def _events(content: bytes) -> Iterator[Any]:
    from icalendar import Calendar  # noqa: PLC0415  -- a tenth of a second that a calendar without file does not pay

    try:
        calendars = Calendar.from_ical(content, multiple=True)
    except ValueError as error:
        raise CalendarError("ics", f"cannot be read: {error}") from error
    for calendar in calendars:
        yield from (event for event in calendar.walk("VEVENT") if event.get("STATUS") != "CANCELLED")


def _dates(event: Any) -> set[date]:
    """The dates of an all-day event; its end is exclusive (RFC 5545 3.6.1), and a missing one means one day."""
    name = f"ics {str(event.get('SUMMARY', ''))[:40]!r}"
    try:
        begin, end = event.start, event.end
    except ValueError as error:
        raise CalendarError(name, str(error)) from error
    if type(begin) is not date or type(end) is not date or "RRULE" in event:
        raise CalendarError(name, f"{begin}: must be an all-day event that does not recur")
    if not timedelta() < end - begin <= LONGEST_EVENT:
        raise CalendarError(name, f"{begin} to {end} is not a span of 1 to {LONGEST_EVENT.days} days")
    return {begin + timedelta(days=number) for number in range((end - begin).days)}
