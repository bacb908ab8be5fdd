"""Splits a header block into its fields, and a field into value and parameters: on bytes, linear, never raising."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes, unquote_to_bytes

from bot.domain.digest import HEADER_LIMIT, header_end
from bot.parsing import limits
from bot.parsing.charset import decode
from bot.parsing.words import decode_words

_FIELD = re.compile(rb"([!-9;-~]{1,100}+)[ \t]*+:[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
_LINE = re.compile(rb"[^\n]*+(?:\n|\Z)")
_KNOWN = re.compile(
    rb"(?i)(?:from|to|cc|bcc|date|subject|sender|reply-to|message-id|in-reply-to|references|received|return-path|"
    rb"mime-version|content-[a-z-]+|x-[a-z0-9-]+|list-[a-z-]+|precedence|importance|priority|dkim-signature|"
    rb"delivered-to|user-agent|thread-[a-z]+)[ \t]*+:"
)
_PARAMETER = re.compile(r'(?:;|\s)\s*+([^\s=;"]{1,64})\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^;]*+))', re.DOTALL)
_ENCODED_WHOLE = re.compile(r"(?:\A|(?<=;))\s*+=\?[\w*-]{1,40}\?[BbQq]\?[^?\s;]*+\?=")
_UNFOLDED = re.compile(rb"(?i)(?:boundary|charset|(?:file)?name|format|protocol|report-type|type)[*\d]{0,4}=[^\n]*+")
"""A parameter on a line of its own that some programs forget to indent, below a field that ends in ";"."""
_MAIN = re.compile(r"[;\s]")
_ESCAPED = re.compile(r'\\(["\\])')
_SECTION = re.compile(r"(.+?)(?:\*(\d{1,3}))?(\*)?\Z")


@dataclass(frozen=True, slots=True)
class Fields:
    """A header block: its fields by lower-case name, each with all its values, and where the body begins."""

    values: dict[str, list[bytes]] = field(default_factory=dict)
    body: int = 0
    notes: tuple[str, ...] = ()

    def first(self, name: str, limit: int = limits.HEADER_VALUE) -> bytes:
        """The first value of this name, unfolded and cut at `limit` bytes; b"" where there is none."""
        found = self.values.get(name)
        return found[0].translate(None, b"\r\n")[:limit].strip() if found else b""

    def count(self, name: str) -> int:
        return len(self.values.get(name, ()))

    def is_longer(self, name: str, limit: int) -> bool:
        return self.count(name) > 0 and len(self.values[name][0]) > limit


def read_fields(raw: bytes, start: int, end: int) -> Fields:
    """The header block that begins at `start` and lies before `end`."""
    if raw.startswith((b"\n", b"\r\n"), start):
        return Fields(body=min(end, raw.index(b"\n", start) + 1))
    stop = header_end(raw, start, end)
    limit = min(stop, start + HEADER_LIMIT)
    values: dict[str, list[bytes]] = {}
    at, count, last = start, 0, [b""]
    while at < limit and count < limits.FIELDS:
        match = _FIELD.match(raw, at, limit)
        if match:
            last = values.setdefault(match[1].lower().decode("ascii"), [])
            last.append(match[2])
            count += 1
        elif last[-1].endswith(b";") and (parameter := _UNFOLDED.match(raw, at, limit)):
            last[-1] += b"\n " + parameter[0]
        elif not _is_junk(raw, at, limit):
            return Fields(values, at, ("no-blank-line-after-headers",))
        at = match.end() if match else _end_of_line(raw, at, limit)
    cut = ("headers-cut",) if at < stop else ()
    return Fields(values, min(end, _after_blank_line(raw, stop)), cut)


def _is_junk(raw: bytes, at: int, limit: int) -> bool:
    """Whether the line here, which is no field, is only a stray one among fields; else the body has begun."""
    if raw.startswith((b"From ", b">From "), at):
        return True
    following = _end_of_line(raw, at, limit)
    return following < limit and _KNOWN.match(raw, following, limit) is not None


def _end_of_line(raw: bytes, at: int, limit: int) -> int:
    found = _LINE.match(raw, at, limit)
    return found.end() if found else limit


def _after_blank_line(raw: bytes, stop: int) -> int:
    if raw.startswith(b"\r\n", stop):
        return stop + 2
    return stop + 1 if raw.startswith(b"\n", stop) else stop


def split_parameters(value: bytes, hint: str = "") -> tuple[str, dict[str, str]]:
    """A Content-Type or Content-Disposition: its main value in lower case, and its parameters, decoded, by name.

    RFC 2231 continuations and charsets, RFC 2047 words (forbidden here, and common) and raw 8-bit bytes all decode; of
    two equal names the first counts. Some programs leave the main value out, or encode it or a parameter whole.
    """
    text = _ENCODED_WHOLE.sub(lambda word: decode_words(word[0], hint), decode(value, hint=hint))
    main = _MAIN.split(text.strip(), maxsplit=1)[0].lower()
    if "=" in main:
        main, text = "", f";{text}"
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(text):
        found = _ESCAPED.sub(r"\1", match[2]) if match[2] is not None else match[3].strip().strip('"')
        section = _SECTION.match(match[1].lower())
        if section is None or (section[2] is None and section[3] is None):
            plain.setdefault(match[1].lower(), decode_words(found, hint))
        else:
            pieces.setdefault(section[1], []).append((int(section[2] or 0), section[3] is not None, found))
    return main, plain | {name: joined for name, found in pieces.items() if (joined := _joined(found))}


def _joined(pieces: list[tuple[int, bool, str]]) -> str:
    """The value of an RFC 2231 parameter from its numbered sections: charset'language'percent-encoded.

    Some programs cut between the characters of one percent sign, so all sections are joined first.
    """
    charset, data = "", ""
    for place, (_number, encoded, text) in enumerate(sorted(pieces, key=lambda piece: piece[0])):
        rest = text
        if encoded and place == 0 and text.count("'") >= 2:  # noqa: PLR2004  -- the two quotes of RFC 2231
            charset, _language, rest = text.split("'", 2)
        data += rest if encoded else quote_from_bytes(rest.encode("utf-8", "surrogatepass"), safe=b"")
    return decode_words(decode(unquote_to_bytes(data), charset), "")
