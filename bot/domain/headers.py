"""What may stand in a header that we send: one clean line, one plain address, one message id."""

from __future__ import annotations

import re

from bot.domain.text import one_line

LINE_LIMIT = 200
"""Characters of a header value, unless said otherwise."""

ADDRESS_LIMIT, LOCAL_LIMIT = 254, 64  # RFC 5321 4.5.3.1

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


def clean_header(text: str, limit: int = LINE_LIMIT) -> str:
    """One line without control, bidirectional or invisible characters, at most `limit` characters.

    Line breaks become a blank, so that a subject can neither add a header nor a second line (reliability 3 A 41 to 43).
    What is cut ends with an ellipsis.
    """
    line = one_line(text, limit + 2)  # one may be a blank that is stripped
    return line if len(line) <= limit else line[: limit - 1].rstrip(" ") + "…"


def clean_address(text: str) -> str:
    """The same text, if it is one plain addr-spec (RFC 5322 dot-atom, ASCII; no quotes, comments or literals).

    Raises ValueError for everything else: nothing is repaired, since two programs might repair it differently.
    """
    local = text.rpartition("@")[0]
    if len(text) > ADDRESS_LIMIT or len(local) > LOCAL_LIMIT or not _ADDRESS.fullmatch(text):
        raise ValueError(f"not a plain mail address: {text[:ADDRESS_LIMIT]!r}")
    return text
