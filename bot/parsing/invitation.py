"""Tells a calendar invitation in one line: what is asked, what about, when and where (RFC 5545, RFC 5546)."""

from __future__ import annotations

import re

from bot.domain.text import one_line

CALENDAR = "text/calendar"

_LOOKED_AT = 64 * 1024
_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"([A-Za-z-]{1,40})((?:;[^:;\"\n]{0,200}(?:\"[^\"\n]{0,200}\")?){0,8}):(.{0,2000})")
_ZONE = re.compile(r";TZID=\"?([^;\":]{1,60})", re.IGNORECASE)
_ANSWER = re.compile(r";PARTSTAT=\"?([A-Za-z-]{1,20})", re.IGNORECASE)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z?))?")
_ESCAPED = re.compile(r"\\([\\;,nN])")


def invitation(text: str) -> str:
    """`REQUEST: summary, 2026-11-02 09:00 – 2026-11-02 10:00 (Asia/Shanghai), place`; "" where no event is in it.

    An answer says which: `REPLY (DECLINED): …`.
    """
    method, inside = "", False
    found: dict[str, tuple[str, str]] = {}
    for line in _FOLD.sub("", text[:_LOOKED_AT]).splitlines():
        match = _LINE.fullmatch(line.rstrip())
        if not match:
            continue
        name, value = match[1].upper(), match[3]
        inside = (inside or (name, value.upper()) == ("BEGIN", "VEVENT")) and (name, value.upper()) != ("END", "VEVENT")
        if name == "METHOD":
            method = value.strip().upper()
        elif inside:
            found.setdefault(name, (match[2], value))
    return _told(method, found) if found else ""


def _told(method: str, found: dict[str, tuple[str, str]]) -> str:
    times = [_time(*found[name]) for name in ("DTSTART", "DTEND") if name in found]
    zone = _ZONE.search(found.get("DTSTART", ("", ""))[0])
    when = " – ".join(filter(None, times)) + (f" ({zone[1]})" if zone else "")
    words = [_plain(found[name][1]) for name in ("SUMMARY", "LOCATION") if name in found]
    told = ", ".join(filter(None, [*words[:1], when, *words[1:]]))
    answer = _ANSWER.search(found.get("ATTENDEE", ("", ""))[0]) if method == "REPLY" else None
    method = f"{method} ({answer[1].upper()})" if answer else method
    return one_line(f"{method}: {told}" if method else told)


def _time(_parameters: str, value: str) -> str:
    match = _TIME.match(value)
    if not match:
        return ""
    day = f"{match[1]}-{match[2]}-{match[3]}"
    return f"{day} {match[4]}:{match[5]}{' UTC' if match[6] else ''}" if match[4] else day


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], value).strip()
