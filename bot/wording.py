"""The short words of one language: names of things, times, spans and sizes, as its phrases.toml writes them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FALLBACK = "en"
MINUTES_OF_HOUR, MINUTES_OF_DAY, DAYS_FROM = 60, 1440, 2880
KILO = 1024


@lru_cache(maxsize=1)
def locales() -> tuple[str, ...]:
    """Every language there is: one folder of `templates` each."""
    return tuple(sorted(f.name for f in files("templates").iterdir() if f.joinpath("phrases.toml").is_file()))


def known_locale(locale: str) -> str:
    """The folder for a language tag such as `zh-CN` or `en_GB.UTF-8`; English where we have none."""
    language = locale[:2].lower()
    return language if language in locales() else FALLBACK


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    words: dict[str, str] = {}
    for key, value in table.items():
        words |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: str(value)}
    return words


@lru_cache
def _ours(locale: str) -> Mapping[str, str]:
    return _flat(tomllib.loads(files("templates").joinpath(locale, "phrases.toml").read_text("utf-8")))


def read_phrases(locale: str, overrides: Path | None = None) -> dict[str, str]:
    """Key (`button.take`) → words. A customer's `<overrides>/<locale>/phrases.toml` wins key by key.

    Raises OSError, UnicodeDecodeError or tomllib.TOMLDecodeError for a customer's file that cannot be read.
    """
    words = dict(_ours(locale))
    own = overrides / locale / "phrases.toml" if overrides else None
    if own and own.is_file():
        words |= _flat(tomllib.loads(own.read_text("utf-8")))
    return words


def unknown_phrases(locale: str, overrides: Path) -> dict[str, str]:
    """The keys of a customer's phrases that stand for nothing, each with the one that may be meant ("" for none).

    Raises as `read_phrases` does.
    """
    ours = _ours(locale)
    strange = read_phrases(locale, overrides).keys() - ours.keys()
    return {key: next(iter(get_close_matches(key, ours, n=1)), "") for key in sorted(strange)}


@lru_cache(maxsize=1024)
def _local(moment: str, zone: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))


class Words:
    """One language's names and patterns."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self.phrases = phrases

    def tables(self) -> set[str]:
        """`level`, `target`, `state` … : the tables of names, each also a filter in the templates."""
        return {key.split(".", 1)[0] for key in self.phrases if "." in key}

    def name(self, table: str, key: object) -> str:
        """What the language calls `key`; the key itself where it has no word for it."""
        return self.phrases.get(f"{table}.{key}", str(key))

    def when(self, moment: str, zone: str, now: str = "") -> str:
        """An ISO 8601 instant as people of the zone say it; with the year where it is not the year of `now`."""
        return self._said("when", moment, zone, now)

    def on(self, moment: str, zone: str, now: str = "") -> str:
        """The date of an instant, said like the instant."""
        return self._said("on", moment, zone, now)

    def _said(self, pattern: str, moment: str, zone: str, now: str) -> str:
        local = _local(moment, zone)
        this_year = now and _local(now, zone).year == local.year
        return self.phrases[f"pattern.{pattern}" if this_year else f"pattern.{pattern}_year"].format(
            year=local.year,
            month=self.phrases[f"month.{local.month}"],
            day=local.day,
            weekday=self.phrases[f"weekday.{local.isoweekday()}"],
            time=f"{local:%H:%M}",
        )

    def time(self, moment: str, zone: str) -> str:
        """The hour and minute of an instant, where its date has just been said."""
        return f"{_local(moment, zone):%H:%M}"

    def zone(self, moment: str, zone: str) -> str:
        """What the zone's time is called at an instant: CET, or +04 where it has no name."""
        return f"{_local(moment, zone):%Z}"

    def span(self, minutes: float) -> str:
        """A length of time, without its sign; days only from 48 hours on, and then without minutes."""
        left = abs(int(minutes))
        days, left = divmod(left, MINUTES_OF_DAY) if left >= DAYS_FROM else (0, left)
        hours, left = divmod(left, MINUTES_OF_HOUR)
        parts = (("days", days), ("hours", hours), ("minutes", 0 if days else left))
        said = [self.phrases[f"pattern.{name}"].format(amount) for name, amount in parts if amount]
        return " ".join(said) or self.phrases["pattern.minutes"].format(0)

    def exactly(self, minutes: float) -> str:
        """A length of working time to the second, so that such lengths add up; no days, which have 24 hours nowhere."""
        left, seconds = divmod(round(abs(minutes) * 60), 60)
        hours, left = divmod(left, MINUTES_OF_HOUR)
        parts = (("hours", hours), ("minutes", left), ("seconds", seconds))
        said = [self.phrases[f"pattern.{name}"].format(f"{amount:,}") for name, amount in parts if amount]
        return " ".join(said) or self.phrases["pattern.minutes"].format(0)

    def size(self, amount: float) -> str:
        """Bytes as people read them: `640 B`, `12 KB`, `3.4 MB`."""
        if amount < KILO:
            return f"{amount:.0f} B"
        return f"{amount / KILO:.0f} KB" if amount < KILO * KILO else f"{amount / KILO / KILO:.1f} MB"

    def listed(self, things: Iterable[object]) -> str:
        """The things, with the language's own comma between them."""
        return self.phrases["pattern.comma"].join(str(thing) for thing in things)

    def label(self, name: str) -> str:
        """The name of a field before its value."""
        return self.phrases["pattern.label"].format(name)

    def note(self, code: str) -> str:
        """A note such as `parts-omitted:80` as a sentence; the note itself where there is none.

        A detail that says something else altogether (`signed-id:stranger`) has a sentence of its own.
        """
        name, _, detail = code.partition(":")
        phrases = self.phrases
        return phrases.get(f"note.{code}") or phrases.get(f"note.{name}", code).replace("{}", detail)
