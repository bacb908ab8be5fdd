"""The fingerprint by which one mail is recognised however often it comes (promise P2)."""

from __future__ import annotations

import hashlib
import re
import sys

HEADER_LIMIT = 256 * 1024
"""Bytes of a header block that are looked at (reliability 2.2)."""

# What a mail picks up on its way, and what the receiving side's filters and mailboxes add to each copy.
_TRACE = re.compile(
    rb"(?im)^(?:received(?:-spf)?|x-received|return-path|delivered-to|x-delivered-to|x-original-to|envelope-to|"
    rb"x-envelope-[a-z-]+|x-apparently-to|x-forwarded-[a-z]+|apparently-to|arc-[a-z-]+|"
    rb"(?:x-)?(?:original-)?authentication-results(?:-original)?|"
    rb"x-(?:spam|virus|amavis|scanned|local|ms-exchange|microsoft-antispam|forefront|gm|google-smtp|getmail|"
    rb"fetchmail|mozilla|evolution|faultdesk)(?:-[a-z0-9-]+)?|x-(?:status|uid|uidl|keywords)|status|content-length|lines)"
    rb"[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z)"
)
_PIECE = 1024 * 1024
_END_OF_HEADERS = re.compile(rb"\n\r?\n")


def header_end(raw: bytes, start: int = 0, end: int = sys.maxsize) -> int:
    """Where the header block that begins at `start` ends: the place of its last line end, or the end of the mail.

    Nothing from `end` on is looked at: so each part of a mail is searched once, however many parts there are.
    """
    found = _END_OF_HEADERS.search(raw, start, end)
    return found.start() + 1 if found else min(len(raw), end)


def header_of(raw: bytes) -> bytes:
    """The mail without its body, as far as a header block is looked at."""
    return raw[: min(header_end(raw), HEADER_LIMIT)]


def mail_digest(raw: bytes) -> str:
    """SHA-256, as hex, of the mail less its trace headers; CRLF and LF, and blank lines at the end, make no difference.

    Linear in the size of the mail and cheap, since the daemon itself computes it on receipt.
    """
    end = header_end(raw)
    known = min(end, HEADER_LIMIT)
    digest = hashlib.sha256(_TRACE.sub(b"", raw[:known].replace(b"\r\n", b"\n")))
    stop = _end_of_words(raw, known)
    while known < stop:  # piece by piece, cut after a line end, so that a large mail is not copied whole
        line_end = raw.find(b"\n", known + _PIECE, stop) + 1 or stop
        digest.update(raw[known:line_end].replace(b"\r\n", b"\n"))
        known = line_end
    return digest.hexdigest()


def _end_of_words(raw: bytes, start: int) -> int:
    """Where the empty lines at the end begin."""
    end = len(raw)
    while start < end and raw.endswith((b"\r", b"\n"), start, end):
        tail = raw[max(start, end - _PIECE) : end]
        end -= len(tail) - len(tail.rstrip(b"\r\n"))
    return end
