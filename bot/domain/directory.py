"""Reads the directory of requesters from a spreadsheet: who they are, how they are reached, where they sit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.headers import clean_address
from bot.domain.spreadsheet import LineError, customer_of, read_entries

NAMES = {
    "address": ("address", "mail", "e-mail", "email", "邮箱", "电子邮箱"),
    "name": ("name", "姓名"),
    "phone": ("phone", "telephone", "电话", "手机"),
    "customer": ("customer", "客户", "单位"),
    "place": ("place", "location", "地点", "位置"),
    "vip": ("vip",),
    "language": ("language", "语言"),
}
"""Column → how its heading may be written, in any case."""

YES, NO = frozenset({"yes", "y", "1", "true", "是", "vip"}), frozenset({"", "no", "n", "0", "false", "否"})
LANGUAGES = {"": "", "zh": "zh", "中文": "zh", "en": "en", "english": "en", "英文": "en"}


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


def read_directory(data: bytes, customers: frozenset[str]) -> tuple[list[Entry], list[str]]:
    """The entries of a file (see `spreadsheet.read_entries`), and a line of text for each mistake.

    Where there is more than one customer, each line names hers.
    """

    def entry(line: int, values: Mapping[str, str]) -> Entry:
        return _entry(line, values, customers)

    return read_entries(data, NAMES, entry, lambda one: one.address)


def _entry(line: int, values: Mapping[str, str], customers: frozenset[str]) -> Entry:
    try:
        address = clean_address(values["address"].lower())
    except ValueError:
        raise LineError(f"address: {values['address']!r} is no mail address; write it like li@example.com") from None
    customer = customer_of(values, customers)
    vip, language = values["vip"].casefold(), values["language"].casefold()
    if vip not in YES | NO:
        raise LineError(f"vip: {vip!r} is neither yes nor no")
    if language not in LANGUAGES:
        raise LineError(f"language: {language!r} is neither zh nor en")
    return Entry(
        line, address, values["name"], values["phone"], customer, values["place"], vip in YES, LANGUAGES[language]
    )
