"""What every use case gets: the open transaction, the time, who acts, and the house rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.assignment import Strengths
from bot.domain.calendar import WorkingCalendar
from bot.domain.compensation import NONE as NO_COMPENSATION
from bot.domain.compensation import Terms
from bot.domain.levels import Rules
from bot.domain.plans import Plan
from bot.domain.repair import Vendor
from bot.domain.rota import Rota
from storage.people import Person


@dataclass(frozen=True, slots=True)
class CustomerHouse:
    """A customer as the rules see it. `domains` may hold "*": everybody who writes belongs to it (trial mode)."""

    id: int
    key: str
    name: str
    locale: str
    domains: frozenset[str]
    it_department: frozenset[str] = frozenset()
    authorizers: tuple[str, ...] = ()
    """Mail addresses of those who authorise work for him (SP-10.2)."""
    authorized_items: frozenset[str] = frozenset()
    """Service items whose work they want to authorise; "*" stands for all."""
    compensation: Terms = NO_COMPENSATION


@dataclass(frozen=True, slots=True)
class Budgets:
    """Bounds of what strangers can make us send and open (reliability 2.5)."""

    confirmations_known_hour: int = 30
    confirmations_ten_minutes: int = 1
    confirmations_hour: int = 5
    confirmations_day: int = 20
    confirmations_domain_hour: int = 60
    tickets_hour: int = 20
    cards_hour: int = 600


@dataclass(frozen=True, slots=True)
class House:
    """What the configuration says, as the use cases need it. A reload makes a new one.

    `epoch` changes with each restore of a backup, so that no Message-ID of the time that was lost is given out again.
    """

    prefix: str
    zone: str
    host: str
    mailbox: str
    secret: bytes
    calendars: Mapping[str, WorkingCalendar]
    rules: Rules
    customers: tuple[CustomerHouse, ...]
    authserv_id: str = ""
    bounce_address: str = ""
    """What the return path of each mail is made of (`bot/domain/verp.py`); "": it is the mailbox."""
    own_addresses: frozenset[str] = frozenset()
    monitoring: frozenset[str] = frozenset()
    item_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    place_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    default_item: str = "general"
    reopen_days: int = 5
    reply_seconds: int = 10
    budgets: Budgets = field(default_factory=Budgets)
    acknowledge_minutes: int = 15
    backlog_hours: int = 24
    digests: bool = True
    wait_reminder: int = 2
    wait_days: int = 3
    callback_days: int = 2
    callback_sample: int = 10
    """Percent of the satisfied users who are called back."""
    ways: tuple[str, ...] = ("console", "mail")
    """The channels by which staff is reached in private, the preferred first."""
    chats: tuple[str, ...] = ("console",)
    """The channels whose groups see cards."""
    bot: str = ""
    """The bot's user name at Telegram, once that has said it: for links to its private chat."""
    epoch: str = ""
    onsite_words: tuple[str, ...] = ()
    """Words by which a requester orders somebody on site out of hours."""
    forward_words: tuple[str, ...] = ()
    """What the first line of a mail says with which staff forwards a user's."""
    reachability: str = "off"
    """When whoever is on duty is asked whether she can be reached: shifts, a time of day like 08:30, or off."""
    reachability_roles: tuple[str, ...] = ("desk",)
    reachability_minutes: int = 15
    rota: Rota = field(default_factory=Rota)
    strengths: Mapping[str, Strengths] = field(default_factory=dict)
    """What engineers are for, by handle."""
    vendors: tuple[Vendor, ...] = ()
    """Makers and repair shops."""
    quote_roles: tuple[str, ...] = ("manager", "deputy")
    """The roles whose holders decide on what a repair costs."""
    plans: tuple[Plan, ...] = ()
    """Emergency plans."""
    major_children: int = 0
    """Open tickets linked to a master that make it a major event; 0: none do."""
    major_vip: bool = False
    """Whether a VIP's lapsed promise makes one."""
    handover: bool = False
    """Whether whoever comes on duty gets what is open and takes over."""
    assign_minutes: float = 0
    """Working minutes after which a ticket goes to the proposed engineer by itself, one that cannot wait at once."""

    @property
    def office(self) -> WorkingCalendar:
        """The customer's office hours."""
        return self.calendars[self.rules.office]

    def customer(self, customer_id: int) -> CustomerHouse:
        """The customer with this id."""
        return next(one for one in self.customers if one.id == customer_id)

    def zone_of(self, customer_id: int, place: str) -> str:
        """The zone in which times are told of a ticket: that of the hours by which customer and place work."""
        named = self.rules.hours(self.customer(customer_id).key, place)
        return self.calendars[named].zone.key if named else self.zone

    def name_of(self, number: int) -> str:
        """What people call the ticket: FD-7."""
        return f"{self.prefix}-{number}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: a person, or the daemon itself (`kind` system), or the administrator at the command line."""

    kind: str
    channel: str
    person: Person | None = None
    name: str = ""

    @property
    def id(self) -> int | None:
        return self.person.id if self.person else None


SYSTEM = Actor("system", "daemon")


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction's surroundings."""

    db: Connection
    house: House
    now: datetime
    actor: Actor = SYSTEM

    def by(self, actor: Actor) -> Work:
        """The same transaction, with somebody else acting."""
        return replace(self, actor=actor)
