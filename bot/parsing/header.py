"""Reads the header of a whole mail, field by field and each within its limit."""

from __future__ import annotations

import re

from bot.domain.mail import AUTHENTICATION, KEPT_HEADERS
from bot.domain.messages import Mailbox
from bot.domain.text import one_line
from bot.parsing import limits
from bot.parsing.addresses import mailboxes, one_mailbox
from bot.parsing.charset import decode
from bot.parsing.fields import Fields
from bot.parsing.words import decode_header, decode_words

_ID = re.compile(r"<[^<>\s]{1,996}>")
_LONGEST = {
    "subject": limits.SUBJECT,
    "from": limits.ORIGINATOR,
    "to": limits.RECIPIENTS,
    "cc": limits.RECIPIENTS,
    "references": limits.REFERENCES,
}
_ONCE = ("from", "subject", "message-id", "date", "sender")


class Header:
    """A mail's header. `hint` is the charset that raw bytes in it may be in."""

    def __init__(self, fields: Fields, hint: str) -> None:
        self._fields = fields
        self._hint = hint

    def subject(self) -> str:
        cut = self._fields.is_longer("subject", limits.SUBJECT)
        return one_line(decode_header(self._fields.first("subject", limits.SUBJECT), self._hint, was_cut=cut))

    def sender(self) -> tuple[Mailbox, str]:
        """The From header's mailbox, and why it identifies nobody ("" where it does)."""
        value = self._fields.first("from", limits.ORIGINATOR)
        if not value:
            return Mailbox("", ""), "no From header"
        mailbox, problem = one_mailbox(decode(value, hint=self._hint))
        if self._fields.count("from") > 1:
            problem = "two From headers"
        elif self._fields.is_longer("from", limits.ORIGINATOR):
            problem = "the From header is too long"
        return Mailbox(mailbox.name, "" if problem else mailbox.address), problem

    def recipients(self, name: str) -> tuple[Mailbox, ...]:
        value = self._fields.first(name, limits.RECIPIENTS)
        return mailboxes(decode(value, hint=self._hint), limits.MAILBOXES)[0] if value else ()

    def references(self) -> tuple[str, ...]:
        """The ids of In-Reply-To and then of References, newest first, each once, at most 20."""
        ids = self._ids("in-reply-to")[:3] + self._ids("references")[::-1]
        return tuple(dict.fromkeys(ids))[: limits.IDS]

    def _ids(self, name: str) -> list[str]:
        values = self._fields.values.get(name, ())
        text = values[0][-limits.REFERENCES :].decode("ascii", "replace") if values else ""
        return [one_line(found) for found in _ID.findall(text)]

    def message_id(self, digest: str) -> str:
        """The mail's own id; one made from the digest where it has none, several, or one that is no id."""
        value = self._fields.first("message-id", limits.MESSAGE_ID + 1).decode("ascii", "replace")
        clean = one_line(value)
        return clean if clean == value and _ID.fullmatch(value) else f"<{digest}@no-message-id.invalid>"

    def date(self) -> str:
        """The Date header as it stands."""
        return one_line(self._fields.first("date", limits.MESSAGE_ID).decode("ascii", "replace"), 60)

    def kept(self) -> dict[str, str]:
        """The headers that rules ask about. One that is there and empty is there; how many Received is counted."""
        found = {name: self._text(name) for name in KEPT_HEADERS if name in self._fields.values}
        found["received-count"] = str(self._fields.count("received"))
        if AUTHENTICATION in found:
            found[AUTHENTICATION] = self._verbatim(AUTHENTICATION, limits.AUTHENTICATION)
        return found

    def _verbatim(self, name: str, limit: int) -> str:
        """A header that proves something, as it stands; "" if it is too long. Cut or decoded, it could say what its
        writer did not.
        """
        whole = not self._fields.is_longer(name, limit)
        return one_line(self._fields.first(name, limit).decode("ascii", "replace"), limit) if whole else ""

    def _text(self, name: str) -> str:
        return one_line(decode_words(decode(self._fields.first(name), hint=self._hint)))

    def notes(self) -> list[str]:
        cut = [f"header-cut:{name}" for name, limit in _LONGEST.items() if self._fields.is_longer(name, limit)]
        twice = [f"header-twice:{name}" for name in _ONCE if self._fields.count(name) > 1]
        return cut + twice
