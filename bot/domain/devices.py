"""Reads the list of devices from a spreadsheet: their labels, what they are, who uses them where, their warranty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.domain.headers import clean_address
from bot.domain.spreadsheet import LineError, customer_of, read_entries

NAMES = {
    "tag": ("tag", "asset tag", "资产标签", "资产编号", "标签"),
    "kind": ("kind", "type", "种类", "类型"),
    "model": ("model", "型号"),
    "serial": ("serial", "serial number", "序列号"),
    "place": ("place", "location", "地点", "位置"),
    "user": ("user", "owner", "使用人", "使用人邮箱"),
    "customer": ("customer", "客户", "单位"),
    "state": ("state", "状态"),
    "accepted": ("accepted", "acceptance", "验收", "验收日期"),
    "warranty": ("warranty", "warranty until", "保修", "保修至"),
}
"""Column → how its heading may be written, in any case."""

STATES = {"": "in use", "in use": "in use", "在用": "in use", "stock": "stock", "spare": "stock", "在库": "stock",
          "备机": "stock", "repair": "repair", "维修": "repair", "维修中": "repair", "retired": "retired",
          "报废": "retired", "已报废": "retired"}  # fmt: skip
WARRANTY_YEARS = 2
"""Of hardware, from acceptance, where the line gives no end (SP-2.9)."""
_DATE = re.compile(r"(\d{4})[-/.年](\d\d?)[-/.月](\d\d?)日?(?:[ T]00:00(?::00)?)?")
_SERIAL = re.compile(r"[2-7]\d{4}")
DAY_ZERO = date(1899, 12, 30)
"""A day whose cell is no date to Excel comes as its number: days since then (1954 to 2119 are read)."""
MOST_LABELS = 200
"""Words of one text that are looked up as labels: the first ones."""
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._+/-]{0,38}[A-Za-z0-9])?")
_TAG = re.compile(r"[\w.+/-]{1,40}")


@dataclass(frozen=True, slots=True)
class Device:
    """One device. Dates are ISO days, "" where there is none; `user` is a mail address of the directory's."""

    line: int
    tag: str
    kind: str = ""
    model: str = ""
    serial: str = ""
    place: str = ""
    user: str = ""
    customer: str = ""
    state: str = "in use"
    accepted_on: str = ""
    warranty_until: str = ""


def read_devices(data: bytes, customers: frozenset[str]) -> tuple[list[Device], list[str]]:
    """The devices of a file (see `spreadsheet.read_entries`), and a line of text for each mistake."""

    def entry(line: int, values: Mapping[str, str]) -> Device:
        return _device(line, values, customers)

    return read_entries(data, NAMES, entry, lambda one: one.tag.casefold())


def labels_in(text: str) -> list[str]:
    """What may be a device's label in somebody's words, in lower case and in their order: nothing but Latin letters."""
    return list(dict.fromkeys(found.casefold() for found in _LABEL.findall(text)))[:MOST_LABELS]


def _device(line: int, values: Mapping[str, str], customers: frozenset[str]) -> Device:
    if not _TAG.fullmatch(values["tag"]):
        raise LineError(f"tag: {values['tag']!r} is no label: letters, digits and -_./+ without blanks, at most 40")
    if values["state"].casefold() not in STATES:
        raise LineError(f"state: {values['state']!r} is none of: in use, stock, repair, retired")
    user = values["user"]
    if user:
        try:
            user = clean_address(user.lower())
        except ValueError:
            raise LineError(f"user: {user!r} is no mail address; write it like li@example.com") from None
    accepted, warranty = (_day(name, values[name]) for name in ("accepted", "warranty"))
    if accepted and not warranty:
        warranty = _years_after(accepted, WARRANTY_YEARS)
    known = {name: values[name] for name in ("tag", "kind", "model", "serial", "place")}
    state, dates = STATES[values["state"].casefold()], {"accepted_on": accepted, "warranty_until": warranty}
    return Device(line, **known, user=user, customer=customer_of(values, customers), state=state, **dates)


def _day(column: str, text: str) -> str:
    if not text:
        return ""
    found = _DATE.fullmatch(text)
    try:
        if _SERIAL.fullmatch(text):
            return date.fromordinal(DAY_ZERO.toordinal() + int(text)).isoformat()
        year, month, day = map(int, found.groups()) if found else (0, 0, 0)
        return date(year, month, day).isoformat()
    except ValueError:
        raise LineError(f"{column}: {text!r} is no day; write it like 2026-11-23") from None


def _years_after(day: str, years: int) -> str:
    """The day before the anniversary: the last one that the warranty covers."""
    first = date.fromisoformat(day)
    anniversary = date(first.year + years, first.month, min(first.day, 28) if first.month == 2 else first.day)  # noqa: PLR2004
    return date.fromordinal(anniversary.toordinal() - 1).isoformat()
