"""From settings to what the use cases need: customers, staff and groups become rows, contracts become rules."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from bot.calendars import CalendarSource, build_calendars
from bot.config import Calendar, Customer, Level, Settings, Targets
from bot.config_rota import rota_of
from bot.config_vendors import Vendor as ConfiguredVendor
from bot.desk.calendars import remembered
from bot.desk.staff import ways
from bot.desk.work import Budgets, CustomerHouse, House
from bot.domain.assignment import Strengths
from bot.domain.calendar import WorkingCalendar
from bot.domain.calendar_versions import Calendars
from bot.domain.compensation import Terms
from bot.domain.failpoints import reach
from bot.domain.levels import DAYS, Rules
from bot.domain.plans import Plan
from bot.domain.repair import Vendor
from storage import links, people, tickets

CONSOLE, TELEGRAM = "console", "telegram"
PROMISED = {"response", "arrival", "resolve", "replacement", "satisfaction"}
EVERYBODY = Customer(key="default", name="", locale="zh", domains=["*"])


def calendars_of(settings: Settings, year: int, *, since: int | None = None) -> dict[str, WorkingCalendar]:
    """All calendars by name, and `always`, from the year before `since` (or `year`) on. Raises CalendarError."""
    years = range((since or year) - 1, year + 3)
    named = build_calendars({name: _source(one) for name, one in settings.calendars.items()}, years)
    return {"always": WorkingCalendar.round_the_clock(settings.desk.timezone), **named}


def first_year(db: Connection) -> int | None:
    """The year of the oldest ticket: promises since then must be reckoned as they were."""
    first = tickets.first_opened_at(db)
    return first.year if first else None


def keep_calendars(db: Connection, settings: Settings, now: datetime) -> Calendars:
    """The configured calendars with their former versions; a new version is journaled. Raises CalendarError."""
    return remembered(db, calendars_of(settings, now.year, since=first_year(db)), now)


def _source(calendar: Calendar) -> CalendarSource:
    return CalendarSource(
        timezone=calendar.timezone,
        weekly=calendar.weekly,
        country=calendar.country or None,
        ics=calendar.ics.read_bytes() if calendar.ics else None,
        holidays=calendar.holidays,
        extra=calendar.extra,
        official_years=frozenset(calendar.official_years),
    )


def rules_of(settings: Settings) -> Rules:
    """The contract's levels and amounts."""
    targets = settings.targets
    return Rules(
        levels={name: one.model_dump(include=PROMISED) for name, one in settings.levels.items()},
        item_levels={name: one.level for name, one in settings.items.items() if one.level},
        customer_levels={one.key: one.level for one in settings.customers if one.level},
        device_levels={kind.casefold(): level for kind, level in targets.devices.items()},
        immediate_places={name: tuple(one.immediate_for) for name, one in settings.places.items()},
        immediate_response=targets.immediate_response,
        immediate_resolve=targets.immediate_resolve,
        dispatch=targets.dispatch,
        confirm=targets.confirm,
        abnormal=targets.abnormal,
        delay=targets.delay,
        help=targets.help,
        response_ceiling=targets.response_ceiling,
        days=_days_of(targets),
        target_calendars={str(target): name for target, name in targets.calendars.items()},
        level_calendars={name: _calendars_of_level(one) for name, one in settings.levels.items()},
        place_calendars={name: one.calendar for name, one in settings.places.items() if one.calendar},
        customer_calendars={one.key: one.calendar for one in settings.customers if one.calendar},
    )


def _days_of(targets: Targets) -> dict[str, int]:
    """The amounts in days, weekends or the day of the month; a maker's own time comes with what is sent to him."""
    return {
        **DAYS,
        "sheet-check": targets.sheet_check,
        "complaint-answer": targets.complaint_answer,
        "complaint-settle": targets.complaint_settle,
        "vendor-15": targets.shop_repair,
        "vendor-weekend": targets.repair_weekend,
        "progress": targets.repair_progress,
        "monthly-report": targets.monthly_report,
        "repair-report": targets.repair_report,
        "major-report": targets.major_report,
    }


def _calendars_of_level(level: Level) -> dict[str, str]:
    """By target; those that are not said are not there."""
    own = {"response": level.calendar, "resolve": level.resolve_calendar or level.calendar}
    return {target: name for target, name in own.items() if name}


def enter(db: Connection, settings: Settings) -> tuple[CustomerHouse, ...]:
    """Writes customers, staff and groups of the configuration into the database; gives the customers with their ids."""
    customers = []
    for one in settings.customers or [EVERYBODY.model_copy(update={"locale": settings.desk.locale})]:
        customer_id = people.keep_customer(db, one.key, one.name, one.locale)
        domains = frozenset(domain.lower() for domain in one.domains)
        house = CustomerHouse(
            customer_id,
            one.key,
            one.name,
            one.locale,
            domains,
            it_department=frozenset(address.lower() for address in one.it_department),
            authorizers=tuple(address.lower() for address in one.authorizers),
            authorized_items=frozenset(one.authorized_items),
            compensation=Terms(
                {str(name): each for name, each in one.compensation.items()}, one.compensation_most, one.currency
            ),
        )
        customers.append(house)
    configured = {one.key for one in customers}
    former = (
        row for row in people.customers(db) if row.key not in configured
    )  # their tickets go on; no mail is theirs
    customers += [CustomerHouse(row.id, row.key, row.name, row.locale, frozenset()) for row in former]
    first = customers[0]
    people.keep_group(db, first.id, CONSOLE, "group", title="terminal", locale=settings.desk.locale, trusted=False)
    _enter_groups(db, settings, {one.key: one.id for one in customers})
    _enter_staff(db, settings)
    return tuple(customers)


def _enter_staff(db: Connection, settings: Settings) -> None:
    for person in settings.people:
        facts = {"name": person.name, "phone": person.phone, "language": person.language, "roles": list(person.roles)}
        people.keep_staff(db, person.handle, facts, ways(person.handle, person.mail, person.prefers))
    people.retire_staff(db, [person.handle for person in settings.people])


def taken_over(db: Connection, settings: Settings) -> list[str]:
    """What `enter` is about to take from staff added by command, since the configuration wins: a line each."""
    lines = []
    for person in settings.people:
        known, holder = people.by_handle(db, person.handle), people.by_contact(db, "mail", person.mail.lower())
        if known and known.by_command:
            lines.append(f"{person.handle} was added by command; from now on the configuration says who that is")
        if holder and holder.active and holder.by_command and holder.handle != person.handle:
            lines.append(f"the mail address of {holder.handle} is {person.handle}'s now: the configuration says so")
    return lines


def _enter_groups(db: Connection, settings: Settings, customers: Mapping[str, int]) -> None:
    """The groups at Telegram, each under the id that it has by now."""
    kept = []
    for one in settings.customers:
        for group in one.groups:
            value = links.moved(db, TELEGRAM, str(group.chat))
            facts = {"locale": one.locale, "trusted": group.trusted, "topics": group.topics}
            people.keep_group(db, customers[one.key], TELEGRAM, value, **facts)
            kept.append(value)
    people.retire_groups(db, TELEGRAM, kept)


def chats_of(settings: Settings, *, terminal: bool = False) -> tuple[str, ...]:
    """The channels whose groups see cards: Telegram if it is there, and the terminal if somebody sits at it."""
    if settings.chat.telegram is None:
        return (CONSOLE,)
    return (TELEGRAM, CONSOLE) if terminal else (TELEGRAM,)


def build_house(
    settings: Settings,
    customers: tuple[CustomerHouse, ...],
    secret: bytes,
    calendars: Mapping[str, WorkingCalendar],
    *,
    terminal: bool = False,
    epoch: str = "",
) -> House:
    """What the use cases get to know of the configuration. `terminal`: somebody sits at one."""
    mail = settings.mail
    return House(
        prefix=settings.desk.prefix,
        zone=settings.desk.timezone,
        host=mail.host,
        mailbox=mail.mailbox,
        secret=secret,
        calendars=calendars,
        rules=rules_of(settings),
        customers=customers,
        authserv_id=mail.authserv_id,
        bounce_address=mail.bounce_address,
        own_addresses=frozenset(one.lower() for one in (mail.mailbox, mail.bounce_address, *mail.own_addresses) if one),
        monitoring=frozenset(one.lower() for one in mail.monitoring),
        item_words={name: tuple(one.words) for name, one in settings.items.items() if one.words},
        place_words={name: (name, *one.words) for name, one in settings.places.items()},
        addresses={name: one.address for name, one in settings.places.items()},
        reopen_days=settings.desk.reopen_days,
        reply_seconds=settings.desk.reply_seconds,
        budgets=Budgets(**settings.budgets.model_dump()),
        acknowledge_minutes=settings.desk.acknowledge_minutes,
        digests=settings.desk.digests,
        wait_reminder=settings.desk.wait_reminder,
        wait_days=settings.desk.wait_days,
        callback_days=settings.desk.callback_days,
        callback_sample=settings.desk.callback_sample,
        ways=(CONSOLE if settings.chat.telegram is None else TELEGRAM, "mail"),
        chats=chats_of(settings, terminal=terminal),
        epoch=epoch,
        onsite_words=tuple(settings.desk.onsite_words),
        forward_words=tuple(mail.forward_words),
        reachability=settings.desk.reachability,
        reachability_roles=tuple(settings.desk.reachability_roles),
        reachability_minutes=settings.desk.reachability_minutes,
        rota=rota_of(settings),
        strengths={one.handle: Strengths(frozenset(one.places), frozenset(one.skills)) for one in settings.people},
        vendors=tuple(_vendor(settings, one) for one in settings.vendors),
        quote_roles=tuple(settings.desk.quote_roles),
        plans=tuple(Plan(one.key, one.name or one.key, one.when, tuple(one.steps)) for one in settings.plans),
        major_children=settings.desk.major_children,
        major_vip=settings.desk.major_vip,
        handover=settings.desk.handover,
        assign_minutes=settings.desk.assign_minutes,
    )


def _vendor(settings: Settings, one: ConfiguredVendor) -> Vendor:
    """Who repairs; without a language of his own he reads the desk's."""
    language = one.language or settings.desk.locale
    return Vendor(one.key, one.name or one.key, one.kind, one.mail, one.days, language)


def read_secret(path: Path) -> bytes:
    """The key that signs our thread tokens: made at the first start, for its owner only, never in the database."""
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(32))
        reach("key.written")
        fresh.replace(path)
    return path.read_bytes()
