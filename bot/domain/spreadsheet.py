"""Reads a spreadsheet saved as CSV: its columns by their headings, each mistake by its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar

from bot.domain.text import one_line

LONGEST = 200
"""Characters of one value."""

MOST_BYTES, MOST_ROWS = 10 * 2**20, 50_000
FORMULA = ("=", "@", "\t")
Names = Mapping[str, tuple[str, ...]]
"""Column → how its heading may be written, in any case. The first column is needed: it tells the entries apart."""


class Entered(Protocol):
    """An entry knows the line on which it stands."""

    @property
    def line(self) -> int: ...


E = TypeVar("E", bound=Entered)


class LineError(ValueError):
    """What is wrong with one line of the file, and what to do about it."""


def read_entries(
    data: bytes, names: Names, entry: Callable[[int, Mapping[str, str]], E], key: Callable[[E], str]
) -> tuple[list[E], list[str]]:
    """The entries of a file, and a line of text for each mistake (`line 7: …`).

    The file is UTF-8, UTF-16 with its mark, or GB 18030; columns are separated by comma, semicolon or tab, and named in
    the first line. `entry` makes one of a line's cleaned values or raises LineError; no two have the same `key`.
    """
    if len(data) > MOST_BYTES:
        return [], [f"the file has {len(data)} bytes, at most {MOST_BYTES} are read: split it"]
    try:
        text = decoded(data)
    except ValueError as error:
        return [], [str(error)]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    entries: dict[str, E] = {}
    mistakes: list[str] = []
    try:
        for line, row in _rows(reader, names):
            if len(entries) + len(mistakes) >= MOST_ROWS:
                mistakes.append(f"line {line}: more than {MOST_ROWS} lines: split the file")
                break
            try:
                one = entry(line, {column: _value(column, row.get(column, "")) for column in names})
            except LineError as error:
                mistakes.append(f"line {line}: {error}")
                continue
            first = entries.setdefault(key(one), one)
            if first is not one:
                mistakes.append(f"line {line}: {key(one)} is in line {first.line} already")
    except (csv.Error, LineError) as error:
        mistakes.append(f"line {max(reader.line_num, 1)}: {error}")
    return list(entries.values()), mistakes


def decoded(data: bytes) -> str:
    """The file's text. Raises ValueError when it is none of the encodings that spreadsheets write."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    for charset in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    raise ValueError("the file is neither UTF-8 nor UTF-16 nor GB 18030: save it as CSV UTF-8")


def _delimiter(text: str) -> str:
    heading = text.split("\n", 1)[0]
    return max(",;\t", key=heading.count)


def _rows(reader: Iterator[list[str]], names: Names) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line with its values by column. Raises LineError for a heading that cannot be used."""
    columns: list[str] | None = None
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        if columns is None:
            columns = _columns(row, names)
            continue
        yield reader.line_num, dict(zip(columns, row, strict=False))  # type: ignore[attr-defined]


def _columns(heading: list[str], names: Names) -> list[str]:
    known = {name: column for column, called in names.items() for name in called}
    columns = [known.get(cell.strip().casefold(), "") for cell in heading]
    needed = next(iter(names))
    if needed not in columns:
        raise LineError(f"there is no column {needed}; the first line names the columns: {', '.join(names)}")
    twice = next((one for one in columns if one and columns.count(one) > 1), "")
    if twice:
        raise LineError(f"the column {twice} is there twice")
    return columns


def _value(column: str, cell: str) -> str:
    if len(cell) > LONGEST:
        raise LineError(f"{column}: has {len(cell)} characters, at most {LONGEST}")
    if cell.startswith(FORMULA):
        raise LineError(f"{column}: begins with {cell[0]!r}, which spreadsheets take for a formula")
    return one_line(cell, LONGEST)


def customer_of(values: Mapping[str, str], customers: frozenset[str]) -> str:
    """The customer's key that a line names, "" for the only one there is. Raises LineError for another."""
    customer = values["customer"]
    if customer not in customers and not (customer == "" and len(customers) == 1):
        known = ", ".join(sorted(customers))
        raise LineError(f"customer: there is no customer {customer!r}; the configuration names {known}")
    return customer
