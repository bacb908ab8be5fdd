"""How the sub-commands show things: JSON for scripts, aligned columns for people, a stranger's words made harmless."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.text import shown

Row = dict[str, Any]
WIDEST = 60
"""Places that a column takes at most."""


def print_json(value: Any) -> None:
    """Prints for scripts. Times are ISO 8601 in UTC."""
    print(_json(value))


def print_json_line(value: Any) -> None:
    """Prints for scripts that read line by line."""
    print(_json(value, indent=None), flush=True)


def print_json_list(rows: Iterable[Row]) -> None:
    """Prints a list for scripts, a row at a time: it may be longer than what fits into memory."""
    before = "[\n"
    for row in rows:
        print(before + _json(row), end="")
        before = ",\n"
    print("\n]" if before != "[\n" else "[]")


def _json(value: Any, *, indent: int | None = 2) -> str:
    plain = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
    return json.dumps(value, ensure_ascii=plain, indent=indent, default=datetime.isoformat)


def table(rows: Sequence[Row], columns: Sequence[str], zone: str, *, indent: str = "") -> None:
    """Prints rows in aligned columns, times in the zone; columns that are empty throughout are left out."""
    texts = {name: [cell(row.get(name), zone) for row in rows] for name in columns}
    used = [name for name in columns if any(texts[name])]
    sizes = {name: max(map(width, (name, *texts[name]))) for name in used}
    for line in [used, *([texts[name][place] for name in used] for place in range(len(rows)))]:
        cells = (text + " " * (sizes[name] - width(text)) for name, text in zip(used, line, strict=True))
        print((indent + "  ".join(cells)).rstrip())


def cell(value: Any, zone: str) -> str:
    """One value in a column, on one line and not too wide."""
    if isinstance(value, datetime):
        return local(value, zone)
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    if isinstance(value, dict):
        value = ", ".join(f"{name} {said}" for name, said in value.items() if said not in {None, ""})
    return cut(" ".join(shown("" if value is None else str(value)).split()), WIDEST)


def local(at: datetime, zone: str) -> str:
    """An instant to the minute, in the zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def local_with_weekday(at: datetime, zone: str) -> str:
    """An instant to the minute with its day of the week, in the zone; seconds where there are any."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%a %Y-%m-%d %H:%M:%S}" if there.second else f"{there:%a %Y-%m-%d %H:%M}"


def span(minutes: float) -> str:
    """A length of time: 2 h 5 min, 30 s; days of 24 h from two of them on."""
    seconds = round(minutes * 60)
    days, seconds = divmod(seconds, 86_400) if seconds >= 2 * 86_400 else (0, seconds)
    hours, seconds = divmod(seconds, 3600)
    left, seconds = divmod(seconds, 60)
    parts = ((days, "d"), (hours, "h"), (left, "min"), (seconds, "s"))
    return " ".join(f"{amount} {unit}" for amount, unit in parts if amount) or "0 min"


def width(text: str) -> int:
    """How many places a text takes on a screen: a Chinese character two, a combining mark none."""
    return len(text) if text.isascii() else sum(_places(one) for one in text)


def _places(one: str) -> int:
    if unicodedata.combining(one) or one in "\u200b\u200d\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(one) in "WF" else 1


def cut(text: str, size: int) -> str:
    """The text in at most so many places, with … where it was cut."""
    if width(text) <= size:
        return text
    room, kept = size - 1, ""
    for one in text:
        room -= _places(one)
        if room < 0:
            break
        kept += one
    return kept.rstrip() + "…"


def padded(text: str, size: int) -> str:
    """The text, cut or filled to so many places."""
    text = cut(text, size)
    return text + " " * (size - width(text))
