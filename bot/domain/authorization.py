"""What an administrator of the customer answers when she is asked whether work may begin (SP-10.2)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

_ALLOWED = r"授权|同意授权|同意|批准|authori[sz]ed?|approved?|agreed?|granted?"
_REFUSED = r"不授权|不同意|不批准|拒绝|refused?|not authori[sz]ed|declined?|no"
_UNTIL = r"(?:\s*[,，]?\s*(?:until|till|至|到)\s*(\d{4}-\d\d?-\d\d?))?"
_LINE = re.compile(rf"(?:(?P<no>{_REFUSED})|(?P<yes>{_ALLOWED}){_UNTIL})[\s.!。!]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Grant:
    """Whether it is allowed; with `until` all of the same service item, up to the end of that date."""

    allowed: bool
    until: date | None = None


def grant_of(text: str) -> Grant | None:
    """What the first line of an answer says, if it says nothing else; None for all other words."""
    first = unicodedata.normalize("NFKC", text.strip().partition("\n")[0]).strip()
    found = _LINE.fullmatch(first)
    if found is None:
        return None
    if found["no"]:
        return Grant(allowed=False)
    try:
        until = date(*map(int, found[3].split("-"))) if found[3] else None
    except ValueError:
        return None
    return Grant(allowed=True, until=until)
