"""Reads a user's mail that staff has forwarded: who wrote it, what about, and where the words of each begin.

Mail programs put the headers of what they forward above it, in the reader's language; a mail that is forwarded as an
attachment stands in the text in the same way (`bot/parsing/body.py`). What is found is a guess until it is confirmed.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain import quote_patterns as patterns
from bot.domain.headers import clean_address
from bot.domain.quotes import LIMIT, LINE_LIMIT, is_header_block, new_words, top_of_block
from bot.domain.signatures import has_words
from bot.domain.text import one_line

_LONGEST_LINE, _LONGEST_NAME = 600, 80
_HEADERS_WITHIN = 14
"""Lines in which the headers of a forwarded mail stand; long lists of recipients are folded."""

_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:；：@]{1,64}@[^\s<>()\[\]\",;:；：@]{1,253}")
_BEFORE_ADDRESS = re.compile(r"[<\[(]|mailto:|[^\s<>()\[\]\",;:；：@]{1,64}@", re.IGNORECASE)
_PREFIX = re.compile(r"(?:[^\s:：]{1,8}\s?[:：]\s*){1,5}")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The mail inside: its writer as its header names her ("" where that is not beyond doubt), her subject and words.

    `comment` is what whoever forwards it has written above, without the marker and a signature.
    """

    name: str
    address: str
    subject: str
    text: str
    comment: str


def forward_mark(text: str, marks: Iterable[str]) -> str | None:
    """What stands beside the mark on the first line of a mail (an address, or ""); None where there is no mark.

    The mark must be all that the line says, so that a sentence which begins with it forwards nothing.
    """
    line = unicodedata.normalize("NFKC", text.lstrip()[:_LONGEST_LINE].partition("\n")[0]).strip()
    for mark in marks:
        wanted = unicodedata.normalize("NFKC", mark).strip()
        rest = line[len(wanted) :]
        if wanted and line.casefold().startswith(wanted.casefold()) and (not rest.strip() or _is_beside(rest)):
            return plain_address(rest)
    return None


def _is_beside(rest: str) -> bool:
    return rest[0] in " \t:" and plain_address(rest) != ""


def plain_address(text: str) -> str:
    """The text as one plain address in lower case, or ""."""
    try:
        return clean_address(text.strip(" \t:<>").lower())
    except ValueError:
        return ""


def read_forwarded(text: str, subject: str) -> Forwarded:
    """What a mail forwards whose first line is the mark. `subject` is its own, for where those inside name none."""
    plain = text.lstrip()[:LIMIT].replace("\xa0", " ").replace("&nbsp;", " ")
    lines = [line[:_LONGEST_LINE] for line in plain.split("\n", LINE_LIMIT)[1:]]
    outer = _PREFIX.sub("", subject, count=1) if patterns.FORWARD_SUBJECT.match(subject) else subject
    at = next((at for at, line in enumerate(lines) if patterns.header_kind(line) and is_header_block(lines, at)), None)
    if at is None:
        return Forwarded("", "", outer, "\n".join(lines).strip(), "")
    values, end = _headers(lines, at)
    name, address = writer(values.get("from", ""))
    words = "\n".join(_unquoted(lines[end:])).strip()
    about = one_line(values.get("subject", ""), 300) or outer
    return Forwarded(name, address, about, words, _comment(lines[: top_of_block(lines, at)]))


def _headers(lines: Sequence[str], at: int) -> tuple[dict[str, str], int]:
    """The first value of each header in the block that begins here, and the line after it."""
    values: dict[str, str] = {}
    end, open_kind = at, ""
    for place, line in enumerate(lines[at : at + _HEADERS_WITHIN], at):
        kind = patterns.header_kind(line)
        if kind:
            end, open_kind = place + 1, "" if kind in values else kind
            values.setdefault(kind, html.unescape(patterns.header_value(line)))
        elif not line.strip(" \t>"):
            if len(values) > 2 and patterns.header_kind("".join(lines[place + 1 : place + 2])) in {"", *values}:  # noqa: PLR2004  -- a block is three headers or more
                break
        elif open_kind and not values[open_kind] and line.strip():  # a table: the value stands below its label
            values[open_kind], end = line.strip(), place + 1
    return values, end


def writer(value: str) -> tuple[str, str]:
    """Name and address in the value of a From header as mail programs show it; no address where there are two."""
    shown = value.replace("mailto:", "")
    found = dict.fromkeys(plain_address(one.strip("*'\"")) for one in _ADDRESS.findall(shown))
    address = next(iter(found)) if len(found) == 1 else ""
    name = _BEFORE_ADDRESS.split(shown, maxsplit=1)[0] if found else shown
    return one_line(name, _LONGEST_NAME).strip("*\"'“” ;；,"), address


def _unquoted(lines: Sequence[str]) -> Sequence[str]:
    """Her words without the ">" before each line, which some programs put before all that they forward."""
    there = [line for line in lines if line.strip()]
    if not there or not all(line.startswith(">") for line in there):
        return lines
    return [line.removeprefix(">").removeprefix(" ") for line in lines]


def _comment(lines: Sequence[str]) -> str:
    own = [line for line in lines if not patterns.is_separator(line)]
    return new_words("\n".join(own)) if has_words(own) else ""
