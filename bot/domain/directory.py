"""Reads the directory of requesters from a CSV file: who they are, how they are reached, where they sit."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.domain.headers import clean_address
from bot.domain.text import one_line

NAMES = {
    "name": ("name", "姓名"),
    "address": ("address", "mail", "e-mail", "email", "邮箱", "电子邮箱"),
    "phone": ("phone", "telephone", "电话", "手机"),
    "customer": ("customer", "客户", "单位"),
    "place": ("place", "location", "地点", "位置"),
    "vip": ("vip",),
    "language": ("language", "语言"),
}
"""Column → how its heading may be written, in any case."""

NEEDED = ("address",)
YES, NO = frozenset({"yes", "y", "1", "true", "是", "vip"}), frozenset({"", "no", "n", "0", "false", "否"})
LANGUAGES = {"": "", "zh": "zh", "中文": "zh", "en": "en", "english": "en", "英文": "en"}
LONGEST = 200
"""Characters of one value."""

MOST_BYTES, MOST_ROWS = 10 * 2**20, 50_000
FORMULA = ("=", "@", "\t")


@dataclass(frozen=True, slots=True)
class Entry:
    """One requester. `customer` is his key, "" for the only one there is; `line` is where she stands in the file."""

    line: int
    address: str
    name: str = ""
    phone: str = ""
    customer: str = ""
    place: str = ""
    vip: bool = False
    language: str = ""


class LineError(ValueError):
    """What is wrong with one line of the file, and what to do about it."""


def read_directory(data: bytes, customers: frozenset[str]) -> tuple[list[Entry], list[str]]:
    """The entries of a file, and a line of text for each mistake (`line 7: …`).

    The file is UTF-8, UTF-16 with its mark, or GB 18030; columns are separated by comma, semicolon or tab, and named in
    the first line (see NAMES). Where there is more than one customer, each line names hers.
    """
    if len(data) > MOST_BYTES:
        return [], [f"the file has {len(data)} bytes, at most {MOST_BYTES} are read: split it"]
    try:
        text = decoded(data)
    except ValueError as error:
        return [], [str(error)]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    entries: dict[str, Entry] = {}
    mistakes: list[str] = []
    try:
        for line, row in _rows(reader):
            if len(entries) + len(mistakes) >= MOST_ROWS:
                mistakes.append(f"line {line}: more than {MOST_ROWS} people: split the file")
                break
            _enter(entries, mistakes, (line, row), customers)
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


def _rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line with its values by column. Raises LineError for a heading that cannot be used."""
    columns: list[str] | None = None
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        if columns is None:
            columns = _columns(row)
            continue
        yield reader.line_num, dict(zip(columns, row, strict=False))  # type: ignore[attr-defined]


def _columns(heading: list[str]) -> list[str]:
    known = {name: column for column, names in NAMES.items() for name in names}
    columns = [known.get(cell.strip().casefold(), "") for cell in heading]
    for column in NEEDED:
        if column not in columns:
            raise LineError(f"there is no column {column}; the first line names the columns: {', '.join(NAMES)}")
    twice = next((one for one in columns if one and columns.count(one) > 1), "")
    if twice:
        raise LineError(f"the column {twice} is there twice")
    return columns


def _enter(
    entries: dict[str, Entry], mistakes: list[str], numbered: tuple[int, Mapping[str, str]], customers: frozenset[str]
) -> None:
    line, row = numbered
    try:
        entry = _entry(line, row, customers)
    except LineError as error:
        mistakes.append(f"line {line}: {error}")
        return
    first = entries.setdefault(entry.address, entry)
    if first is not entry:
        mistakes.append(f"line {line}: {entry.address} is in line {first.line} already")


def _entry(line: int, row: Mapping[str, str], customers: frozenset[str]) -> Entry:
    values = {column: _value(column, row.get(column, "")) for column in NAMES}
    try:
        address = clean_address(values["address"].lower())
    except ValueError:
        raise LineError(f"address: {values['address']!r} is no mail address; write it like li@example.com") from None
    customer = values["customer"]
    if customer not in customers and not (customer == "" and len(customers) == 1):
        known = ", ".join(sorted(customers))
        raise LineError(f"customer: there is no customer {customer!r}; the configuration names {known}")
    vip, language = values["vip"].casefold(), values["language"].casefold()
    if vip not in YES | NO:
        raise LineError(f"vip: {vip!r} is neither yes nor no")
    if language not in LANGUAGES:
        raise LineError(f"language: {language!r} is neither zh nor en")
    return Entry(
        line, address, values["name"], values["phone"], customer, values["place"], vip in YES, LANGUAGES[language]
    )


def _value(column: str, cell: str) -> str:
    if len(cell) > LONGEST:
        raise LineError(f"{column}: has {len(cell)} characters, at most {LONGEST}")
    if cell.startswith(FORMULA):
        raise LineError(f"{column}: begins with {cell[0]!r}, which spreadsheets take for a formula")
    return one_line(cell, LONGEST)
