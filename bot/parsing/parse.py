"""Reads one raw mail: bytes in, `ParsedMail` out. It never raises for what a mail contains; it notes and goes on."""

from __future__ import annotations

from bot.domain.digest import mail_digest
from bot.domain.language import language_of
from bot.domain.messages import ParsedMail
from bot.domain.quotes import is_reply, new_words
from bot.domain.text import one_line
from bot.parsing.attachments import attachments, extract
from bot.parsing.body import Body
from bot.parsing.header import Header
from bot.parsing.invitation import CALENDAR
from bot.parsing.reports import report_headers
from bot.parsing.structure import Part, Structure

__all__ = ["extract", "parse"]


def parse(raw: bytes) -> ParsedMail:
    """What the mail says. `new_text` is without old words only where the mail is an answer (see `is_reply`)."""
    structure = Structure(raw)
    root = structure.root
    body = Body(structure)
    header = Header(root.fields, root.parameters.get("charset", ""))
    references = header.references()
    subject = header.subject()
    sender, problem = header.sender()
    new_text = new_words(body.text, sender.name) if is_reply(subject, references) else body.text
    files, lacking = attachments(structure)
    notes = (*structure.notes, *header.notes(), *body.notes, *lacking)
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
        headers=header.kept() | report_headers(structure, body.text) | _calendar(root),
        content_type=one_line(root.declared_type, 100),
        report_type=one_line(root.parameters.get("report-type", "").lower(), 100),
        attachments=files,
        notes=tuple(dict.fromkeys(notes)),
    )


def _calendar(root: Part) -> dict[str, str]:
    """What a calendar part does (RFC 6047 2.4): REQUEST, REPLY, CANCEL and others."""
    method = next((one.parameters.get("method", "") for one in root.leaves() if one.content_type == CALENDAR), "")
    return {"calendar:method": one_line(method.upper(), 20)} if method else {}
