"""The forms in which options are written, each with an error that says how, and what all sections share."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.domain.staff import ADDRESS

YEAR = 366 * 24 * 60  # minutes: no promise is longer
Locale = Literal["zh", "en"]
Role = Literal["resident", "mobile", "senior", "desk", "manager", "deputy", "security"]


def known_zone(value: str) -> str:
    """The zone's name. Raises ValueError for one that does not exist."""
    if value not in available_timezones():
        raise ValueError(f"there is no time zone {value!r}; write it like Asia/Shanghai")
    return value


def of_form(pattern: str, example: str) -> AfterValidator:
    """Takes only text that fits the pattern; the error says how to write it."""

    def fits(value: str) -> str:
        if re.fullmatch(pattern, value) is None:
            raise ValueError(f"write it like {example}")
        return value

    return AfterValidator(fits)


Zone = Annotated[str, AfterValidator(known_zone)]
MailAddress = Annotated[str, of_form(ADDRESS, "anna@example.com")]
Domain = Annotated[str, of_form(r"\*|[\w.-]+", 'example.com, or "*" for everybody')]
DATABASES = "postgresql+psycopg://user:password@host/name, or sqlite:////folder/file.db"


def readable(address: str) -> str:
    """The database's address. Raises ValueError, without a word of it (it may hold a password), if it is unreadable."""
    try:
        host = make_url(address).host if address else ""
    except (ArgumentError, ValueError):
        host = "@"
    if "@" in (host or ""):
        raise ValueError(f"write it like {DATABASES}; in a password, @ is %40, / is %2F, : is %3A") from None
    return address


class Section(BaseModel):
    """A table of the file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
