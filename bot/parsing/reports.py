"""Reads what a delivery report says by machine: which mail, which recipient, failed or only late (RFC 3464)."""

from __future__ import annotations

import re

from bot.domain.text import one_line
from bot.parsing import limits
from bot.parsing.structure import Part, Structure

_WANTED = {
    "report:action": ("action",),
    "report:status": ("status",),
    "report:recipient": ("final-recipient", "original-recipient"),
    "report:reason": ("diagnostic-code",),
}
_TYPED = frozenset({"report:recipient", "report:reason"})
"""Their values begin with a type: `rfc822; li@example.com`."""
_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/rfc822-headers"})
_ID_LINE = re.compile(
    r"(?im)^[ \t>]{0,8}message-id:\s{0,8}(<[^<>\s]{1,900}>)|"
    r"\"(?:smtp-id|message-id\"\s{0,4},\s{0,4}\"value)\"\s{0,4}:\s{0,4}\"(<[^<>\s\"]{1,900}>)"
)


def report_headers(structure: Structure, text: str) -> dict[str, str]:
    """The `report:…` entries for a mail's headers; empty for a mail that returns and reports nothing.

    Bounces that are no DSN (qmail, QQ, 163) quote the returned mail's headers in their text, sending services name its
    id in JSON (SendGrid `smtp-id`, Amazon SES `headers`): it is found there.
    """
    found: dict[str, str] = {}
    for part in structure.root.leaves():
        if part.content_type in {"message/delivery-status", "message/global-delivery-status"}:
            found |= _status(_start_of(structure, part))
        elif part.content_type in _RETURNED:
            found |= _returned_id(_start_of(structure, part))
    if not found and ("essage-" in text or '"smtp-id"' in text):
        found |= _returned_id(text[-limits.HTML :])
    return found


def _start_of(structure: Structure, part: Part) -> str:
    return structure.content(part, 4 * limits.REFERENCES).decode("utf-8", "replace").replace("\r\n", "\n")


def _returned_id(text: str) -> dict[str, str]:
    match = _ID_LINE.search(text)
    return {"report:message-id": one_line(match[1] or match[2])} if match else {}


def _status(text: str) -> dict[str, str]:
    found = {}
    for key, names in _WANTED.items():
        for name in names:
            match = re.search(rf"(?im)^{name}:[ \t]*([^\n]{{1,{limits.HEADER_VALUE}}})", text)
            if match:
                value = one_line(match[1].partition(";")[2] or match[1] if key in _TYPED else match[1])
                found[key] = value if key == "report:reason" else value.lower()
                break
    return found
