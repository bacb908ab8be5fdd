"""Reads one raw mail: bytes in, `ParsedMail` out. It never raises for what a mail contains; it notes and goes on."""

from __future__ import annotations

import hashlib
import re

from bot.domain.digest import mail_digest
from bot.domain.language import language_of
from bot.domain.mail import AUTHENTICATION, KEPT_HEADERS
from bot.domain.messages import Attachment, Mailbox, ParsedMail
from bot.domain.quotes import is_reply, new_words
from bot.domain.text import one_line
from bot.parsing import limits
from bot.parsing.addresses import mailboxes, one_mailbox
from bot.parsing.body import Body, is_text
from bot.parsing.charset import decode
from bot.parsing.fields import Fields, read_fields
from bot.parsing.files import EXTENSIONS, safe_file_name, type_of
from bot.parsing.reports import report_headers
from bot.parsing.structure import Part, Structure
from bot.parsing.words import decode_header, decode_words

_ID = re.compile(r"<[^<>\s]{1,996}>")
_ENCRYPTED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_LONGEST = {
    "subject": limits.SUBJECT,
    "from": limits.ORIGINATOR,
    "to": limits.RECIPIENTS,
    "cc": limits.RECIPIENTS,
    "references": limits.REFERENCES,
}
_ONCE = ("from", "subject", "message-id", "date", "sender")


def parse(raw: bytes) -> ParsedMail:
    """What the mail says. `new_text` is without old words only where the mail is an answer (see `is_reply`)."""
    structure = Structure(raw)
    root = structure.root
    body = Body(structure)
    header = _Header(root.fields, root.parameters.get("charset", ""))
    references = header.references()
    subject = header.subject()
    new_text = new_words(body.text) if is_reply(subject, references) else body.text
    files = _attachments(structure)
    sender, problem = header.sender()
    notes = (*structure.notes, *header.notes(), *body.notes, *_encryption(root))
    digest = mail_digest(raw)
    return ParsedMail(
        digest=digest,
        message_id=header.message_id(digest),
        sender=sender.address,
        sender_name=sender.name,
        sender_problem=problem,
        subject=subject,
        text=body.text,
        new_text=new_text,
        language=language_of(new_text, subject),
        references=references,
        to=header.recipients("to"),
        cc=header.recipients("cc"),
        headers=header.kept() | report_headers(structure, body.text),
        content_type=one_line(root.declared_type, 100),
        report_type=one_line(root.parameters.get("report-type", "").lower(), 100),
        attachments=files,
        notes=tuple(dict.fromkeys(notes)),
    )


def extract(raw: bytes, part: int) -> bytes:
    """The bytes of an attachment, by the number that `Attachment.part` gave; KeyError where there is none such."""
    structure = Structure(raw)
    found = structure.part(part)
    if found is None:
        raise KeyError(part)
    return structure.content(found)


class _Header:
    """The header of the whole mail, read field by field within its limits. `hint` is the charset of raw bytes."""

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


def _attachments(structure: Structure) -> tuple[Attachment, ...]:
    files = [part for part in structure.root.leaves() if not is_text(part)]
    return tuple(_attachment(structure, part, number) for number, part in enumerate(files, 1))


def _attachment(structure: Structure, part: Part, number: int) -> Attachment:
    data = structure.content(part)
    name = safe_file_name(part.file_name)
    if not name and part.content_type == "message/rfc822":
        subject = _Header(read_fields(data, 0, len(data)), "").subject()
        name = safe_file_name(subject[: limits.FILE_NAME - 4] + ".eml") if subject else ""
    media_type = type_of(data[:4096], part.content_type, name)
    return Attachment(
        name=name or f"attachment-{number}{EXTENSIONS.get(media_type, '')}",
        media_type=one_line(media_type, 100),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        part=part.index,
        inline=part.disposition != "attachment" and part.fields.count("content-id") > 0,
    )


def _encryption(root: Part) -> list[str]:
    """What we cannot open is said, and nothing is ever said to be signed (3 A 37)."""
    types = {root.content_type, *(part.content_type for part in root.leaves())}
    return ["encrypted-part"] if types & _ENCRYPTED else []
