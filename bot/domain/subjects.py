"""What a subject says besides our tag: words that its writer chose, or a number written without brackets."""

from __future__ import annotations

import re

from bot.domain.mail import subject_tags
from bot.domain.plain_words import is_plain_word
from bot.domain.quote_patterns import FORWARD_SUBJECT, REPLY_SUBJECT

MOST_PREFIXES = 5


def without_tags(subject: str, prefix: str) -> str:
    """The subject without our tags `[FD-7]`: a new ticket's own tag must be the only one that its mails bear."""
    return " ".join(
        re.sub(rf"[\[【]\s*{re.escape(prefix)}-[0-9]{{1,12}}\s*[\]】]", " ", subject, flags=re.IGNORECASE).split()
    )


def own_words(subject: str, prefix: str) -> str:
    """The words that its writer gave to the subject; "" where it is that of a mail of ours which he answers."""
    if FORWARD_SUBJECT.match(subject):
        return ""
    rest = _unprefixed(subject)
    answers_ours = rest != subject.strip() and subject_tags(subject, prefix)
    return "" if answers_ours else without_tags(rest, prefix)


def number_named(subject: str, prefix: str) -> int | None:
    """The ticket that a subject names without brackets, at its beginning or beside a plain word: "FD-7 催办".

    "IT 2 rooms are dark" names none.
    """
    rest = _unprefixed(subject)
    found = re.search(
        rf"(?<![\w-]){re.escape(prefix)}\s?[-\uff0d]\s?([1-9][0-9]{{0,8}})(?![0-9A-Za-z])",
        rest,
        re.IGNORECASE | re.ASCII,
    )
    if found is None:
        return None
    others = f"{rest[: found.start()]} {rest[found.end() :]}"
    return int(found[1]) if not found.start() or is_plain_word(others) else None


def _unprefixed(subject: str) -> str:
    """Without "Re:", "回复:" and the like in front of it."""
    for _ in range(MOST_PREFIXES):
        found = REPLY_SUBJECT.match(subject)
        if found is None:
            break
        subject = subject[found.end() :]
    return subject.strip()
