"""Makes the bytes of an outgoing mail: by hand, since every value is clean and the library's way costs many times more.

What is written is read again by the standard library before it leaves: the headers found must be the headers meant.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import format_datetime
from hashlib import sha256
from urllib.parse import quote

from bot.domain.headers import clean_address, clean_header
from bot.domain.messages import File, Mailbox
from bot.invite import Invite
from bot.render import Texts

LINE_BYTES = 990  # RFC 5322 2.1.1 allows 998
REFERENCES_LIMIT = 20
NAME_LIMIT = 80  # characters of a file name: percent-encoded, it still fits a line
LANGUAGES = {"zh": "zh-CN"}

Headers = list[tuple[str, str]]

_MESSAGE_ID = re.compile(r"<[^\s<>\x00-\x20\x7f-\U0010ffff]{1,250}>")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*(?:; charset=[a-z0-9-]+)?")
_SIMPLE_NAME = re.compile(r"[\w .()-]+", re.ASCII)
_PLAIN = re.compile(r"[ !-<>-~]*")  # printable ASCII less "=", which could begin an encoded word
_NEWLINE = re.compile("\r\n?")
_PLAIN_WORDS = re.compile(r"(?:[!-<>-~]+ )*")
_CUTS = {
    "plain": re.compile(r".{1,240}(?:\s|$)|.{1,240}"),
    "html": re.compile(r".{1,240}(?: |$)|[^ ]+ ?"),
}
"""Where a line that is too long is cut: at blanks; plain text without blanks anywhere between characters."""

_WORD_BYTES = 36  # of an encoded word: "=?utf-8?b?", 48 of base64, "?=", so that a line stays within 76 characters
_HEAD = 8  # plain characters that fit before it
_PARSER = BytesHeaderParser(policy=compat32)


class ComposeError(Exception):
    """The mail cannot be written as it is meant; sending it again would not help."""


@dataclass(frozen=True, slots=True)
class MailFacts:
    """Everything of a mail that is not its words.

    `references` is oldest first, as the header has it; what is no message id there or in `in_reply_to` is left out,
    since strangers wrote it. `auto_submitted` is "auto-replied", "auto-generated" or, for a person's words, "".
    `date` needs a time zone. Replies go to `reply_to`, or to the sender.
    """

    sender: Mailbox
    recipient: Mailbox
    message_id: str
    date: datetime
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    auto_submitted: str = ""
    locale: str = "en"
    files: tuple[File, ...] = ()
    reply_to: str = ""
    invite: Invite | None = None


def compose(texts: Texts, envelope: MailFacts) -> bytes:
    """The mail, its lines ended by CRLF: the same bytes for the same arguments (P6).

    Raises ComposeError for an address or message id of ours that is not one, and if a second reading differs.
    """
    content_headers, body = _content(texts, envelope)
    try:
        headers = [*_headers(texts.subject, envelope), ("MIME-Version", "1.0"), *content_headers]
        written = _head(headers)
    except ValueError as error:
        raise ComposeError(str(error)) from error
    found = _PARSER.parsebytes(written).items()
    if found != headers:
        raise ComposeError(f"the headers read are not those written: {found!r}")
    return written + body


def _head(headers: Headers) -> bytes:
    return ("".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n").encode("ascii")


def _headers(subject: str, envelope: MailFacts) -> Headers:
    if not _MESSAGE_ID.fullmatch(envelope.message_id) or envelope.date.tzinfo is None:
        raise ValueError(f"no message id or no time zone: {envelope.message_id!r}, {envelope.date}")
    own = clean_address(envelope.sender.address)
    headers = [
        ("From", _mailbox(envelope.sender)),
        ("To", _mailbox(envelope.recipient)),
        ("Subject", _words(clean_header(subject))),
        ("Date", format_datetime(envelope.date)),
        ("Message-ID", envelope.message_id),
        ("Reply-To", clean_address(envelope.reply_to or own)),
        ("Content-Language", LANGUAGES.get(envelope.locale, envelope.locale)),
    ]
    return headers + _thread(envelope) + _automatic(envelope.auto_submitted, own)


def _thread(envelope: MailFacts) -> Headers:
    ids = [each for each in envelope.references if _MESSAGE_ID.fullmatch(each)][-REFERENCES_LIMIT:]
    headers = []
    if _MESSAGE_ID.fullmatch(envelope.in_reply_to):
        headers.append(("In-Reply-To", envelope.in_reply_to))
    if ids:
        headers.append(("References", "\r\n ".join(ids)))
    return headers


def _automatic(kind: str, own: str) -> Headers:
    """What keeps other machines from answering (RFC 3834; reliability 2.5)."""
    if not kind:
        return []
    if kind not in {"auto-replied", "auto-generated"}:
        raise ValueError(f"not a kind of automatic mail: {kind!r}")
    return [("Auto-Submitted", kind), ("X-Auto-Response-Suppress", "All"), ("X-Faultdesk-Loop", own)]


def _mailbox(mailbox: Mailbox) -> str:
    address, name = clean_address(mailbox.address), clean_header(mailbox.name)
    if not name:
        return address
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' if _PLAIN.fullmatch(name) else _encoded(name)
    return f"{quoted} <{address}>"


def _words(line: str) -> str:
    """The line as unstructured header text: what is plain before the first other word stays readable (RFC 2047)."""
    if _PLAIN.fullmatch(line):
        return line
    plain = _PLAIN_WORDS.match(line)
    head = plain[0] if plain else ""
    rest = _encoded(line[len(head) :])
    return head + rest if len(head) <= _HEAD else head.rstrip(" ") + "\r\n " + rest


def _encoded(text: str) -> str:
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(chunk).decode()}?=" for chunk in _chunks(text))


def _chunks(text: str) -> Iterator[bytes]:
    """UTF-8 in pieces of whole characters."""
    chunk = b""
    for character in text:
        more = character.encode()
        if len(chunk) + len(more) > _WORD_BYTES:
            yield chunk
            chunk = b""
        chunk += more
    yield chunk


def _content(texts: Texts, envelope: MailFacts) -> tuple[Headers, bytes]:
    """Content headers and body: text, text and HTML with what it shows, or either with files."""
    content = _text_part("plain", texts.text)
    shown, beside = ([one for one in envelope.files if bool(one.cid) is wanted] for wanted in (True, False))
    if texts.html:
        html = _text_part("html", texts.html)
        if shown:
            html = _multipart("related", [html, *map(_file_part, shown)], envelope.message_id)
        parts = [content, html, *(_calendar_part(one) for one in (envelope.invite,) if one)]
        content = _multipart("alternative", parts, envelope.message_id)
    if beside:
        content = _multipart("mixed", [content, *map(_file_part, beside)], envelope.message_id)
    return content


def _text_part(subtype: str, text: str) -> tuple[Headers, bytes]:
    lines = _NEWLINE.sub("\n", text).replace("\0", "").encode("utf-8", "replace").split(b"\n")
    if max(map(len, lines)) > LINE_BYTES:
        lines = [piece for line in lines for piece in _pieces(line, subtype)]
    body, encoding = b"\r\n".join(lines).rstrip() + b"\r\n", "8bit"
    if max(map(len, lines)) > LINE_BYTES:
        body, encoding = _base64(body), "base64"
    return [("Content-Type", f"text/{subtype}; charset=utf-8"), ("Content-Transfer-Encoding", encoding)], body


def _pieces(line: bytes, subtype: str) -> list[bytes]:
    if len(line) <= LINE_BYTES:
        return [line]
    return [piece.rstrip().encode() for piece in _CUTS[subtype].findall(line.decode())]


def _calendar_part(invite: Invite) -> tuple[Headers, bytes]:
    """An alternative of the words, where mail programs look for an invitation (RFC 6047)."""
    kind = f"text/calendar; charset=utf-8; method={invite.method}"
    return [("Content-Type", kind), ("Content-Transfer-Encoding", "base64")], _base64(invite.text.encode())


def _file_part(file: File) -> tuple[Headers, bytes]:
    kind, name = file.media_type.lower(), _short(file.name)
    kind = kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"
    headers = [
        ("Content-Type", kind if _SIMPLE_NAME.fullmatch(name) else f'{kind};\r\n name="{_encoded(name)}"'),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", f"{'inline' if file.cid else 'attachment'};\r\n {_file_name(name)}"),
    ]
    return headers + ([("Content-ID", f"<{file.cid}>")] if file.cid else []), _base64(file.data)


def _short(name: str) -> str:
    """The name as we write it, its ending kept where it is cut."""
    name = clean_header(name, 1000).replace("/", "_").replace("\\", "_") or "attachment"
    if len(name) > NAME_LIMIT:
        stem, dot, ending = name.rpartition(".")
        ending = dot + ending if stem and len(ending) < 10 else ""  # noqa: PLR2004  -- longer is no file ending
        name = name[: NAME_LIMIT - len(ending)] + ending
    return name


def _file_name(name: str) -> str:
    """The parameter for a name (RFC 2231). Programs that do not know that form look for encoded words at the type."""
    return f'filename="{name}"' if _SIMPLE_NAME.fullmatch(name) else f"filename*=utf-8''{quote(name, safe='')}"


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _multipart(subtype: str, parts: list[tuple[Headers, bytes]], message_id: str) -> tuple[Headers, bytes]:
    boundary = f"=_{subtype}_{sha256(message_id.encode()).hexdigest()[:32]}"
    while any(boundary.encode() in body for _, body in parts):
        boundary = f"=_{subtype}_{sha256(boundary.encode()).hexdigest()[:32]}"
    line = f"--{boundary}\r\n".encode()
    body = b"".join(line + _head(headers) + content for headers, content in parts) + f"--{boundary}--\r\n".encode()
    root = '\r\n type="text/html";' if subtype == "related" else ""  # RFC 2387
    return [("Content-Type", f'multipart/{subtype};{root}\r\n boundary="{boundary}"')], body
