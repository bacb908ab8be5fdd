"""An invitation for a calendar (RFC 5545, RFC 5546): written by hand, as mails are, since few properties are needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.domain.headers import clean_address
from bot.domain.messages import Mailbox

OCTETS = 74  # RFC 5545 3.1 allows 75 a line
PRODUCT = "-//Faultdesk//Faultdesk//EN"


@dataclass(frozen=True, slots=True)
class Invite:
    """A visit as a calendar takes it: `method` is REQUEST or CANCEL, `text` the calendar with lines ended by CRLF."""

    method: str
    text: str


def invite(facts: Mapping[str, Any], sender: Mailbox, reader: Mailbox, words: Mapping[str, str]) -> Invite:
    """Makes an invitation of its facts (see bot.desk.eta). `words`: summary, description, location."""
    cancelled = facts["method"] == "CANCEL"
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", f"METHOD:{facts['method']}",
        "BEGIN:VEVENT", f"UID:{facts['uid']}", f"SEQUENCE:{facts['sequence']}", f"DTSTAMP:{_instant(facts['stamp'])}",
        f"DTSTART:{_instant(facts['start'])}", f"DTEND:{_instant(facts['end'])}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        *(f"{name.upper()}:{_text(value)}" for name, value in words.items() if value),
        f"ORGANIZER;CN={_parameter(sender.name)}:mailto:{clean_address(sender.address)}",
        f"ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:{clean_address(reader.address)}",
        "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return Invite(facts["method"], "".join(f"{folded}\r\n" for line in lines for folded in _folded(line)))


def _instant(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """TEXT as RFC 5545 3.3.11 has it."""
    value = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "".join(one for one in value.replace("\n", "\\n") if one.isprintable())


def _parameter(value: str) -> str:
    """A quoted parameter, which knows no escapes (3.2)."""
    return '"' + "".join(one for one in value if one.isprintable() and one != '"') + '"'


def _folded(line: str) -> Iterator[str]:
    """The line in pieces of whole characters, each further one behind a blank (3.1)."""
    piece, size = "", 0
    for one in line:
        more = len(one.encode())
        if size + more > OCTETS:
            yield piece
            piece, size = " ", 1
        piece, size = piece + one, size + more
    yield piece
