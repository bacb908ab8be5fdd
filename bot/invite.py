"""An invitation for a calendar (RFC 5545, RFC 5546)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.domain.headers import clean_address
from bot.domain.messages import Mailbox

PRODUCT = "-//Faultdesk//Faultdesk//EN"


@dataclass(frozen=True, slots=True)
class Invite:
    """A visit as a calendar takes it: `method` is REQUEST or CANCEL, `text` the calendar with lines ended by CRLF."""

    method: str
    text: str


def invite(facts: Mapping[str, Any], sender: Mailbox, reader: Mailbox, words: Mapping[str, str]) -> Invite:
    """Makes an invitation of its facts (see bot.desk.eta). `words`: summary, description, location."""
    from icalendar import Calendar, Event, vCalAddress  # noqa: PLC0415  -- a tenth of a second, for visits alone

    method = facts["method"]
    visit, calendar = Event(), Calendar()
    visit.add("uid", facts["uid"])
    visit.add("sequence", facts["sequence"])
    visit.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    for name, moment in (("dtstamp", "stamp"), ("dtstart", "start"), ("dtend", "end")):
        visit.add(name, datetime.fromisoformat(facts[moment]).astimezone(UTC))
    for name, value in words.items():
        if value:
            visit.add(name, _printable(value, "\n"))
    organizer = vCalAddress(f"mailto:{clean_address(sender.address)}")
    organizer.params["CN"] = _printable(sender.name).replace('"', "")
    visit.add("organizer", organizer)
    guest = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"}
    visit.add("attendee", f"mailto:{clean_address(reader.address)}", parameters=guest)
    for name, value in (("version", "2.0"), ("prodid", PRODUCT), ("calscale", "GREGORIAN"), ("method", method)):
        calendar.add(name, value)
    calendar.add_component(visit)
    return Invite(method, calendar.to_ical().decode())


def _printable(value: str, also: str = "") -> str:
    return "".join(one for one in value if one.isprintable() or one in also)
