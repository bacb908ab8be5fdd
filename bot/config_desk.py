"""The sections about the desk itself: who we are and how we work, and where its data lies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.config_forms import DATABASES, YEAR, Locale, Role, Section, Zone, of_form, readable


class Desk(Section):
    """Who we are and how we number."""

    organisation: str = Field("Faultdesk", description="Name that signs the mails.")
    prefix: Annotated[str, of_form("[A-Z]{1,10}", "FD: one to ten capital letters")] = Field(
        "FD", description="Tickets are called PREFIX-1, PREFIX-2, …"
    )
    hotline: str = Field("", description="Telephone round the clock, named in confirmations out of hours.")
    timezone: Zone = Field("Asia/Shanghai", description="IANA zone in which times are told.")
    locale: Locale = Field("zh", description="Language of groups and of whoever has none of her own.")
    reopen_days: int = Field(5, ge=1, le=60, description="Working days in which a reply reopens a solved ticket.")
    reply_seconds: int = Field(
        10,
        ge=0,
        le=120,
        description="Seconds that a reply in chat is shown to its writer before it is mailed; 0: none.",
    )
    acknowledge_minutes: int = Field(
        15, ge=1, le=240, description="Minutes after which an unseen warning to the project manager goes another way."
    )
    reachability: Annotated[
        str, of_form(r"shifts|off|([01]\d|2[0-3]):[0-5]\d", "shifts, off, or a time like 08:30")
    ] = Field(
        "shifts",
        description="When whoever is on duty is asked to press a button: as a shift begins, daily at a time, or off.",
    )
    reachability_roles: list[Role] = Field(["desk"], min_length=1, description="The roles whose holders are asked.")
    reachability_minutes: int = Field(
        15, ge=1, le=240, description="Minutes after which the others on duty, deputy and project manager are told."
    )
    handover: bool = Field(True, description="Tell whoever comes on duty what is open, with a button to take over.")
    onsite_words: list[str] = Field(
        ["需要现场", "on-site visit needed"],
        description="Words with which a requester orders somebody on site out of hours; none: only the desk may.",
    )
    assign_minutes: float = Field(
        9,
        ge=0,
        le=YEAR,
        description="Working minutes until a fault goes to the proposed engineer (urgent: at once); 0: never.",
    )
    digests: bool = Field(
        True, description="Tell the project manager each working morning and evening what is about to be missed."
    )
    wait_reminder: int = Field(2, ge=0, le=60, description="Working days until a user is reminded to answer; 0: never.")
    wait_days: int = Field(3, ge=0, le=60, description="Working days until people are asked what to do; 0: never.")
    callback_days: int = Field(2, ge=1, le=60, description="Working days until a user is called back (SP-4.2).")
    callback_sample: int = Field(10, ge=0, le=100, description="Percent of the satisfied users who are called, too.")
    major_children: int = Field(
        10, ge=0, le=1000, description="Tickets linked to an outage that make it a major event; 0: never by number."
    )
    quote_roles: list[Role] = Field(
        ["manager", "deputy"], min_length=1, description="The roles that approve or refuse a repair's price (SP-5.2)."
    )
    major_vip: bool = Field(True, description="A VIP's missed answer or solution is a major event.")
    templates: Path | None = Field(
        None, description="Folder of your own texts, relative to this file; ours replace missing or failing ones."
    )


class Data(Section):
    """Where things are kept."""

    folder: Path = Field(Path("var"), description="Folder of everything the daemon writes, relative to this file.")
    database: Annotated[
        str, of_form(r"|postgresql\+psycopg://.+|sqlite:///.+", DATABASES), AfterValidator(readable)
    ] = Field("", repr=False, description="SQLAlchemy URL; empty: SQLite in the folder.")
    backups: int = Field(7, ge=1, le=365, description="Daily backups that are kept whole.")
    old_backups: int = Field(
        28, ge=0, le=365, description="Older ones that are kept without attachments and original mails (SQLite only)."
    )
    spool_days: int = Field(14, ge=2, le=365, description="Days that raw mails stay in the spool outside the database.")
