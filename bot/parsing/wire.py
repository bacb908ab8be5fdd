"""ParsedMail as JSON and back: what the parsing child sends to the daemon."""

from __future__ import annotations

import json
from typing import Any

from bot.domain.messages import Attachment, Mailbox, ParsedMail


def to_json(mail: ParsedMail) -> bytes:
    """The mail as UTF-8 JSON."""
    fields: dict[str, Any] = {name: getattr(mail, name) for name in ParsedMail.__slots__}
    fields["to"] = [(box.name, box.address) for box in mail.to]
    fields["cc"] = [(box.name, box.address) for box in mail.cc]
    fields["attachments"] = [[getattr(file, name) for name in Attachment.__slots__] for file in mail.attachments]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def from_json(data: bytes) -> ParsedMail:
    """The mail that `to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    fields: dict[str, Any] = json.loads(data)
    for name in ("to", "cc"):
        fields[name] = tuple(Mailbox(*pair) for pair in fields[name])
    for name in ("references", "notes"):
        fields[name] = tuple(fields[name])
    fields["attachments"] = tuple(Attachment(*values) for values in fields["attachments"])
    return ParsedMail(**fields)
