"""Settings: each option, its default and its meaning. `bot.config_file` reads them from TOML and the environment."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.config_desk import Data, Desk
from bot.config_forms import YEAR, Domain, Locale, MailAddress, Role, Section, Zone, of_form
from bot.config_plans import Plan
from bot.config_vendors import Vendor
from bot.domain.staff import ADDRESS, HANDLE
from channels.imap_rules import ImapSettings
from channels.smtp_in import SmtpInSettings
from channels.smtp_out import SmtpOutSettings
from channels.telegram.settings import TelegramSettings

OFFICE_DAY = [["09:00", "12:00"], ["13:00", "18:00"]]


class Mail(Section):
    """The fault mailbox."""

    mailbox: MailAddress = Field(
        "fault@localhost", description="Address that people report faults to, and that we write from."
    )
    host: Annotated[str, of_form("[A-Za-z0-9.-]{1,253}", "desk.example.com")] = Field(
        "localhost", description="Domain in our Message-IDs."
    )
    own_addresses: list[MailAddress] = Field(
        [], description="Further addresses of ours: mail from them is never answered."
    )
    bounce_address: Annotated[str, of_form(f"|{ADDRESS}", "bounces@example.com")] = Field(
        "",
        description="Return address, made name+TAG@ for each mail, so that bounces are matched; empty: the mailbox.",
    )
    monitoring: list[MailAddress] = Field(
        [], description="Senders (UPS, anti-virus) whose automatic mails open tickets."
    )
    authserv_id: Annotated[str, of_form("[A-Za-z0-9._-]{0,253}", "mx.example.com")] = Field(
        "",
        description="Name of your mail server in Authentication-Results; allows commands by mail.",
    )
    usual_mails: int = Field(
        7, ge=0, description="Warn when far fewer mails than usual come, in hours that usually have so many; 0: never."
    )
    forward_words: list[str] = Field(
        ["/forward", "转报", "/转报"],
        description="First line that marks a user's mail forwarded by staff; none: staff cannot.",
    )
    smtp_in: SmtpInSettings | None = Field(SmtpInSettings(), description="Receiving by SMTP.")
    imap: list[ImapSettings] = Field([], description="Mailboxes that are read by IMAP.")
    relay: SmtpOutSettings | None = Field(
        None, description="Server that sends our mails; without it they are kept as files in the data folder."
    )

    @field_validator("smtp_in")
    @classmethod
    def _switched_off(cls, smtp_in: SmtpInSettings | None) -> SmtpInSettings | None:
        """None stands for an inlet that is not there: nothing of it is asked, opened or tried."""
        return smtp_in if smtp_in and smtp_in.enabled else None


class Chat(Section):
    """Where the engineers talk; without a service here, the terminal is their chat."""

    telegram: TelegramSettings | None = Field(None, description="A bot at Telegram, for groups and private chats.")


class Health(Section):
    """The address that says whether all is well."""

    host: str = Field("127.0.0.1", description="Address of /healthz.")
    port: int = Field(2526, ge=0, le=65535, description="Port of /healthz; 0 takes any free one.")
    heartbeat_url: Annotated[str, of_form(r"|https?://\S+", "https://hc.example.com/ping/…")] = Field(
        "", repr=False, description="Address outside that is called each minute while all is well; empty: none."
    )
    canary_minutes: int = Field(
        0,
        ge=0,
        le=1440,
        description="Minutes between test mails to ourselves, which must come back; 0: none.",
    )
    canary_within: int = Field(
        10, ge=1, le=1440, description="Minutes within which one must be back, or people are told."
    )


class Calendar(Section):
    """Working time of a customer, a level or a place."""

    timezone: Zone = Field("Asia/Shanghai", description="IANA zone of the hours.")
    weekly: dict[str, list[list[str]]] = Field(
        dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), OFFICE_DAY),
        description="Opening hours by day of the week, mon to sun; a day without hours is closed, overlaps count once.",
    )
    country: str = Field("CN", description="Public holidays of this country (and its make-up days); empty: none.")
    ics: Path | None = Field(None, description="ICS file with further days off and make-up days.")
    holidays: list[date | str] = Field([], description='Further days off, like "2027-02-05".')
    extra: list[dict[str, Any]] = Field(
        [], description='Make-up days and half days, like { date = "2027-02-06", hours = [["09:00", "12:00"]] }.'
    )
    official_years: list[Annotated[int, Field(ge=1970, le=9998)]] = Field(
        [], description="Years whose complete official arrangement stands in these two lists, like 2027."
    )


class Level(Section):
    """What a service level promises, in minutes of working time."""

    response: float = Field(gt=0, le=YEAR, description="Minutes to the first human answer.")
    resolve: float = Field(gt=0, le=YEAR, description="Minutes to the solution.")
    arrival: float = Field(
        0, ge=0, le=YEAR, description="Minutes until somebody is on site (no call will do); 0: no promise."
    )
    replacement: bool = Field(default=False, description="After the solution's time a replacement is due (SP-2.9).")
    satisfaction: float = Field(95, ge=0, le=100, description="Percent of ratings that should be satisfied.")
    calendar: str = Field("", description="Calendar of both, also always; empty: the place's, the customer's, office.")
    resolve_calendar: str = Field("", description="Another calendar for the solution; empty: the same.")


TargetName = Literal[
    "dispatch", "confirm", "response", "arrival", "resolve", "abnormal", "delay", "help", "sheet-check",
    "complaint-answer", "complaint-settle", "vendor-15", "vendor-maker", "vendor-weekend", "progress",
    "monthly-report", "repair-report", "major-report",
]  # fmt: skip


class Targets(Section):
    """The desk's own clocks: in minutes, or in what their meaning says."""

    dispatch: float = Field(10, gt=0, le=YEAR, description="Until an engineer is assigned (SP-3.3).")
    confirm: float = Field(30, gt=0, le=YEAR, description="Until the engineer confirms (SP-3.4).")
    abnormal: float = Field(20, gt=0, le=YEAR, description="Until the manager knows of an abnormal event (SP-3.7).")
    delay: float = Field(10, gt=0, le=YEAR, description="After a delay: user contacted, somebody else sent (SP-3.5).")
    immediate_response: float = Field(5, gt=0, le=YEAR, description="First answer at places served at once (SP-2.5).")
    immediate_resolve: float = Field(120, gt=0, le=YEAR, description="Solution at such places.")
    devices: dict[str, str] = Field(
        {},
        description='Level by kind of device while its warranty runs, like { server = "warranty-critical" } (SP-2.9).',
    )
    response_ceiling: float = Field(
        0, ge=0, le=YEAR, description="Most minutes to the first answer at any level; 0: as the level says (SP-2.10)."
    )
    help: float = Field(5, gt=0, le=YEAR, description="Help by telephone or chat, in minutes (SP-3.2).")
    sheet_check: int = Field(1, ge=1, le=250, description="Working days until a finished sheet is checked (SP-3.8).")
    complaint_answer: int = Field(
        1, ge=1, le=250, description="Working days until a person has answered a complaint (SP-4.4)."
    )
    complaint_settle: int = Field(5, ge=1, le=250, description="Working days until a complaint is settled (SP-4.4).")
    shop_repair: int = Field(
        15, ge=1, le=250, description="Working days for a paid repair, the loan swapped back (SP-5.2)."
    )
    repair_weekend: int = Field(
        2, ge=1, le=52, description="Before which weekend after it was sent a repaired device is back (SP-5.3)."
    )
    repair_progress: int = Field(
        3, ge=1, le=250, description="Working days between written reports on a warranty repair (SP-5.4)."
    )
    monthly_report: int = Field(
        5, ge=1, le=28, description="Day of the month until whose end the monthly report is sent (SP-8.1)."
    )
    repair_report: int = Field(
        10, ge=1, le=28, description="Day of the month until whose end the repair summary is sent (SP-8.2)."
    )
    major_report: int = Field(
        3, ge=1, le=250, description="Working days after a major event until its report is sent (SP-8.3)."
    )
    calendars: dict[TargetName, str] = Field(
        {}, description='Targets that run on a calendar of their own throughout, like { dispatch = "always" }.'
    )


class Item(Section):
    """A service item: its level, and the words that point to it."""

    level: str = Field("", description="Service level; empty: standard.")
    words: list[str] = Field([], description="Words in a mail that point to it.")


class Place(Section):
    """A place: the words that point to it, and what is served there at once."""

    words: list[str] = Field([], description="Words in a mail that point to it.")
    address: str = Field("", max_length=200, description="Its address, for whoever goes there: /mine shows it.")
    immediate_for: list[str] = Field([], description="Service items that are served here at once (SP-2.5).")
    calendar: str = Field("", description="Calendar of this place; empty: the customer's.")


class ChatGroup(Section):
    """A group of a chat service, pinned to a customer."""

    channel: Literal["telegram"] = Field("telegram", description="The chat service.")
    chat: int = Field(lt=0, description="The group's id there; the log names it when the bot leaves an unknown group.")
    trusted: bool = Field(
        default=False,
        description="Closed and self-hosted, so personal data may appear there; Telegram's groups are not.",
    )
    topics: bool = Field(
        default=False,
        description="One topic per ticket, in a group that is a forum; the bot must be allowed to manage topics.",
    )


class Customer(Section):
    """A customer and the mail domains that are his."""

    key: Annotated[str, of_form("[a-z0-9-]{1,40}", "acme-2: small letters, digits, dashes; 40 at most")] = Field(
        description="Short name, never changed."
    )
    name: str = Field("", description="Name in full.")
    locale: Locale = Field("zh", description="Language of his groups.")
    domains: list[Domain] = Field([], description='Mail domains; "*": whoever writes is his (for trying things out).')
    level: str = Field("", description="Service level of all his tickets; empty: by item.")
    calendar: str = Field("", description="Calendar of his tickets; empty: office.")
    it_department: list[MailAddress] = Field(
        [], description="Addresses of his IT department, which may order somebody on site by mail."
    )
    authorizers: list[MailAddress] = Field([], description="Addresses of those who authorise work for him.")
    authorized_items: list[str] = Field([], description='Service items whose work needs that; "*": all.')
    compensation: dict[Literal["response", "arrival", "resolve"], float] = Field(
        {},
        description="What his contract pays back for each missed promise, like { resolve = 200 } (SP-4.4).",
    )
    compensation_most: float = Field(0, ge=0, description="The most that it pays back for a month; 0: no limit.")
    currency: str = Field("CNY", max_length=20, description="The currency of both.")
    groups: list[ChatGroup] = Field([], description="A chat group in which his tickets are seen, and no others.")


class Person(Section):
    """A member of staff."""

    handle: Annotated[str, of_form(HANDLE, "anna: small letters, digits, . _ -; 32 at most")] = Field(
        description="Short name for commands: /assign 17 anna."
    )
    name: str = Field("", description="Name that requesters read.")
    roles: list[Role] = Field(
        min_length=1,
        description="Resident, mobile or senior engineer, desk, project manager, deputy, security officer.",
    )
    language: Literal["zh", "en", ""] = Field("", description="zh or en; empty: as the group.")
    phone: str = Field("", description="Telephone.")
    mail: Annotated[str, of_form(f"|{ADDRESS}", "anna@example.com")] = Field(
        "", description="Mail address: another way to reach her, and to give commands from."
    )
    prefers: Literal["chat", "mail"] = Field("chat", description="The way that is tried first: chat or mail.")
    places: list[str] = Field([], description="Places where an engineer usually is; empty: anywhere.")
    skills: list[str] = Field([], description="Service items that an engineer is for; empty: all.")


class Shift(Section):
    """When somebody is on duty in a role."""

    role: Role = Field(description="The role; one without any shift is always held by everybody who has it.")
    person: str = Field(description="Handle of who is on duty.")
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(
        ["mon", "tue", "wed", "thu", "fri"], min_length=1, description="Days of the week on which it begins."
    )
    hours: Annotated[str, of_form(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", "08:00-18:00")] = Field(
        "00:00-00:00", description="From, until: 22:00-06:00 ends on the next day, 00:00-00:00 is a whole one."
    )
    by_command: bool = Field(
        default=False, description="The person is staff by command (/staff add), so that [[people]] does not name her."
    )
    first: date | None = Field(None, description="First date on which it begins.")
    last: date | None = Field(None, description="Last date on which it begins.")


class Absence(Section):
    """When somebody is away."""

    person: str = Field(description="Handle of who is away.")
    since: datetime = Field(description="From then on, in the desk's zone.")
    until: datetime = Field(description="Back from then on.")
    stand_in: str = Field("", description="Handle of who takes her duty over; empty: the next higher role.")


class Budgets(Section):
    """Limits on what strangers can make us send and open."""

    confirmations_known_hour: int = Field(30, ge=1, description="Confirmations an hour to one known address.")
    confirmations_ten_minutes: int = Field(1, ge=1, description="The same in ten minutes to an unknown one.")
    confirmations_hour: int = Field(5, ge=1, description="In an hour to an unknown one.")
    confirmations_day: int = Field(20, ge=1, description="In a day to an unknown one.")
    confirmations_domain_hour: int = Field(60, ge=1, description="In an hour to all addresses of an unknown domain.")
    tickets_hour: int = Field(20, ge=1, description="Tickets an hour from one unknown address; the rest is collected.")
    cards_hour: int = Field(
        600,
        ge=1,
        description="New tickets an hour that get a card each; of more the desk gets one message now and then.",
    )


LEVELS = {
    "standard": Level(response=120, resolve=240),
    "advanced": Level(response=60, resolve=240),
    "vip": Level(response=60, resolve=120, satisfaction=100),
    "warranty": Level(response=240, resolve=1440, replacement=True, calendar="always"),
    "warranty-critical": Level(response=120, arrival=120, resolve=360, calendar="always"),
}
ITEMS = {
    "antivirus": Item(level="standard", words=["杀毒", "病毒", "防病毒", "antivirus", "anti-virus", "virus"]),
    "general": Item(level="advanced"),
}
SAMPLE_STAFF = [
    Person(handle="anna", name="Anna 安娜", roles=["resident"]),
    Person(handle="ben", name="Ben 本", roles=["resident"]),
    Person(handle="mo", name="Mo 莫", roles=["mobile"]),
    Person(handle="desk", name="Dora 朵拉", roles=["desk"]),
    Person(handle="pm", name="Paul 保罗", roles=["manager"], mail="pm@example.com"),
    Person(handle="sam", name="Sam 山姆", roles=["senior"]),
]


class Settings(BaseSettings):
    """All options. The environment (FAULTDESK_MAIL__RELAY__PASSWORD=…) wins over the file."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="FAULTDESK_", env_nested_delimiter="__", validate_default=False
    )

    desk: Desk = Field(Desk(), description="Who we are and how we number.")
    data: Data = Field(Data(), description="Where things are kept.")
    mail: Mail = Field(Mail(), description="The fault mailbox.")
    chat: Chat = Field(Chat(), description="Where the engineers talk; without a service here, the terminal.")
    health: Health = Field(Health(), description="The address that says whether all is well.")
    calendars: dict[str, Calendar] = Field(
        {"office": Calendar()},
        description="Working time by name: office where nothing else is said; always is built in, round the clock.",
    )
    levels: dict[str, Level] = Field(LEVELS, description="Service levels by name; standard, advanced, vip are needed.")
    targets: Targets = Field(Targets(), description="The desk's own clocks.")
    items: dict[str, Item] = Field(ITEMS, description="Service items by name; general is needed.")
    places: dict[str, Place] = Field({}, description="Places by name.")
    customers: list[Customer] = Field([], description="Customers; none: everybody who writes is one.")
    vendors: list[Vendor] = Field([], description="Makers and repair shops.")
    plans: list[Plan] = Field([], description="Emergency plans.")
    people: list[Person] = Field(SAMPLE_STAFF, description="Staff.")
    shifts: list[Shift] = Field([], description="Who is on duty when; without shifts everybody is, always.")
    absences: list[Absence] = Field([], description="Who is away, and who stands in.")
    budgets: Budgets = Field(Budgets(), description="Limits on what strangers can make us send and open.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what it is called with: `bot.config_file` reads the environment itself, to name what is wrong there."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)
