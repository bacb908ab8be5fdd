"""A calendar's year as an SVG picture: months in four columns, a legend, and a hatching over what is provisional."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from html import escape

from bot.cli.calendar_year import (
    CLOSED,
    HOLIDAY,
    MAKE_UP,
    OTHER,
    WORKING,
    Year,
    lists_of,
    month_name,
    title_of,
    total_of,
    week_heads,
)
from bot.cli.printing import width
from bot.wording import Words

CELL, GAP, LEFT, TOP, COLUMNS = 26, 30, 28, 112, 4
MONTH = 7 * CELL
MONTH_HIGH = 8 * CELL + 16
WIDE = 2 * LEFT + COLUMNS * MONTH + (COLUMNS - 1) * GAP
LINE, LINE_CHARACTERS = 20, 118
STYLE = """
text{font-family:system-ui,'Noto Sans','Noto Sans CJK SC',sans-serif;font-size:12px;fill:#374151}
.title{font-size:22px;font-weight:600}.month{font-size:14px;font-weight:600}
.head{font-size:10px;fill:#6b7280;text-anchor:middle}.day{text-anchor:middle}.warning{fill:#b45309}
rect.working{fill:#dbeafe}rect.closed{fill:#f3f4f6}rect.holiday{fill:#fecaca}
rect.make_up{fill:#86efac;stroke:#15803d;stroke-width:1.5}rect.other{fill:#a5f3fc;stroke:#0e7490;stroke-width:1.5}
rect.provisional{fill:url(#provisional)}
text.working{fill:#1e3a5f}text.closed{fill:#9ca3af}text.holiday{fill:#991b1b}
text.make_up{fill:#14532d;font-weight:700}text.other{fill:#155e75;font-weight:700}
"""
HATCHING = (
    '<defs><pattern id="provisional" width="8" height="8" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="8" stroke="#f59e0b" stroke-width="2" '
    'stroke-opacity="0.45"/></pattern></defs>'
)


def svg_of(year: Year, words: Words) -> str:
    """The picture."""
    notes = [piece for line in [total_of(year, words), *lists_of(year, words)] for piece in _pieces(line, words)]
    high = TOP + 3 * MONTH_HIGH + LINE * len(notes) + 24
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high}" width="{WIDE}" role="img">',
            f"<title>{escape(title_of(year, words))}</title><style>{STYLE}</style>{HATCHING}",
            f'<rect width="{WIDE}" height="{high}" fill="#ffffff"/>',
            _text(LEFT, 38, title_of(year, words), "title"),
            *_legend(year, words),
            *(line for month in range(1, 13) for line in _month(year, month, words)),
            *(_text(LEFT, TOP + 3 * MONTH_HIGH + LINE * (number + 1), note) for number, note in enumerate(notes)),
            "</svg>\n",
        ]
    )


def _legend(year: Year, words: Words) -> Iterator[str]:
    x = LEFT
    for sort in (WORKING, CLOSED, HOLIDAY, MAKE_UP, OTHER):
        name = words.name("day", sort)
        yield _square(x, 58, 16, sort)
        yield _text(x + 22, 71, name)
        x += 46 + 7 * width(name)
    if year.provisional:
        yield _square(x, 58, 16, "provisional")
        yield _text(x + 22, 71, words.phrases["pattern.year_provisional"], "warning")


def _month(year: Year, month: int, words: Words) -> Iterator[str]:
    row, column = divmod(month - 1, COLUMNS)
    x, y = LEFT + column * (MONTH + GAP), TOP + row * MONTH_HIGH
    yield _text(x, y + 2, month_name(month, words), "month")
    for number, head in enumerate(week_heads(words)):
        yield _text(x + number * CELL + CELL // 2, y + 20, head, "head")
    for place, day in enumerate(year.month(month)):
        if day is not None:
            yield from _day(year, day, x + place % 7 * CELL, y + 26 + place // 7 * CELL)


def _day(year: Year, day: date, x: int, y: int) -> Iterator[str]:
    sort = year.sort(day)
    yield _square(x + 1, y + 1, CELL - 2, sort)
    if year.provisional:
        yield _square(x + 1, y + 1, CELL - 2, "provisional")
    yield _text(x + CELL // 2, y + CELL // 2 + 4, str(day.day), f"day {sort}")


def _square(x: int, y: int, size: int, sort: str) -> str:
    return f'<rect class="{sort}" x="{x}" y="{y}" width="{size}" height="{size}" rx="3"/>'


def _text(x: int, y: int, text: str, sort: str = "") -> str:
    css = f' class="{sort}"' if sort else ""
    return f'<text{css} x="{x}" y="{y}">{escape(text)}</text>'


def _pieces(line: str, words: Words) -> Iterator[str]:
    """A long list in lines that fit the picture, broken at commas."""
    comma = words.phrases["pattern.comma"]
    kept = ""
    for part in line.split(comma):
        longer = f"{kept}{comma}{part}" if kept else part
        if width(longer) > LINE_CHARACTERS and kept:
            yield kept + comma
            longer = part
        kept = longer
    yield kept
