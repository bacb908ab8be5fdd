"""The return path of each mail of its own (VERP), so that a bounce names it even where it quotes nothing of it.

`bounces@desk.example` becomes `bounces+b345.TAG@desk.example` for the outbox row 345. The tag is HMAC-SHA256 cut to 80
bits: nobody can make us believe that a mail came back which he has not seen.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

_MARK = re.compile(r"b([1-9][0-9]{0,17})\.([a-z2-7]{16})", re.ASCII)
_TAG_BYTES = 10


def return_path(secret: bytes, address: str, row: int) -> str:
    """The envelope sender of the outbox row `row`, made of the configured address."""
    local, _, domain = address.rpartition("@")
    return f"{local}+b{row}.{_tag(secret, row)}@{domain}"


def returned_row(secret: bytes, address: str, recipients: Iterable[str]) -> int | None:
    """The outbox row whose return path is among a mail's recipients; None where none is, or its tag is not ours."""
    local, _, domain = address.lower().rpartition("@")
    for one in recipients:
        name, _, place = one.lower().rpartition("@")
        base, _, mark = name.rpartition("+")
        found = _MARK.fullmatch(mark) if local and (base, place) == (local, domain) else None
        if found and hmac.compare_digest(found[2], _tag(secret, int(found[1]))):
            return int(found[1])
    return None


def _tag(secret: bytes, row: int) -> str:
    signed = hmac.digest(secret, f"return path {row}".encode(), hashlib.sha256)
    return base64.b32encode(signed[:_TAG_BYTES]).decode("ascii").lower()
