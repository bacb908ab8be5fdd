"""What the desk writes down of a fault that somebody reports by telephone: who, where, what, and when she called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_PARTS = re.compile(r"\s*[;；|\n]\s*")
_AT = re.compile(r"(?:at|于)\s*(\d{1,2}):(\d\d)(?!\d)[\s,，:：]*", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@<>,;；，]+@[^\s@<>,;；，]+")
LONGEST_AGO = timedelta(hours=12)
_BEHIND_A_NAME = " \t\n:：,，"
FIELDS = ("who", "where", "what")


@dataclass(frozen=True, slots=True)
class Phoned:
    """A report by telephone, as far as it is known. `at` is when she called (aware), None for now."""

    who: str = ""
    where: str = ""
    what: str = ""
    at: datetime | None = None

    @property
    def missing(self) -> str:
        """The first field that nobody has said yet, "" if all are there. A dash says that there is nothing to say."""
        return next((name for name in FIELDS if not getattr(self, name)), "")


class PhonedError(ValueError):
    """The time of the call cannot be right."""


def read(words: str, places: Mapping[str, Sequence[str]], now: datetime, zone: ZoneInfo) -> Phoned:
    """Reads `anna@x; head office; printer jam`, or without semicolons `anna@x head office printer jam`.

    Without them the caller is the first word, and the place is one of `places` (name → its marks) or not said.
    `at 09:40` in front is when she called, today or, by night, yesterday. Raises PhonedError.
    """
    words, at = time_of(words.strip(), now, zone)
    if _PARTS.search(words):
        parts = [*_PARTS.split(words, maxsplit=2), "", ""]
        return Phoned(parts[0], _place(parts[1], places)[0] or parts[1], parts[2], at)
    who, _, rest = words.partition(" ")
    where, what = _place(rest, places)
    return Phoned(who, where or ("-" if what else ""), what, at)


def address_of(who: str) -> str:
    """The mail address among the words about the caller, else ""."""
    found = _ADDRESS.search(who)
    return found[0].lower() if found else ""


def spoken(phoned: Phoned) -> Phoned:
    """Without the dashes that stand for nothing."""
    return replace(phoned, who=phoned.who.strip("- "), where=phoned.where.strip("- "))


def time_of(words: str, now: datetime, zone: ZoneInfo) -> tuple[str, datetime | None]:
    """The words without the time of the call that they begin with, and that time, if there is one.

    It is today or, by night, yesterday, as clocks in the zone show it. Raises PhonedError.
    """
    plain = unicodedata.normalize("NFKC", words)
    found = _AT.match(plain)
    if found is None:
        return words, None
    try:
        at = now.astimezone(zone).replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    except ValueError:
        raise PhonedError(found[0].strip()) from None
    if at > now:
        at -= timedelta(days=1)
    if now - at > LONGEST_AGO:
        raise PhonedError(found[0].strip())
    return plain[found.end() :].strip(), at


def _place(words: str, places: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """The place that words begin with, by the longest of its marks, and the rest."""
    folded = words.casefold()
    marks = [(mark, name) for name, some in places.items() for mark in (name, *some) if mark]
    fitting = [(len(mark), name) for mark, name in marks if folded.startswith(mark.casefold())]
    if not fitting:
        return "", words
    length, name = max(fitting)
    return name, words[length:].lstrip(_BEHIND_A_NAME)
