"""How much two faults have in common: words that they share, the same place, the same service item (SP-3.6, SP-6)."""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z0-9]{3,}|[\u3400-\u9fff]+")
COMMON = frozenset(
    "the and for not with has have was are you but this that does please from can 请问 你好 您好 谢谢 麻烦".split()
)


def marks(text: str) -> frozenset[str]:
    """What a text is known by: its words of three letters and more, and each two neighbouring Chinese characters."""
    found: set[str] = set()
    for word in _WORD.findall(text.casefold()):
        if word.isascii():
            found.add(word)
        else:
            found.update(word[place : place + 2] for place in range(len(word) - 1))
    return frozenset(found - COMMON)


def likeness(mine: frozenset[str], other: frozenset[str], *, place: bool, item: bool) -> int:
    """0 where they share no word; else the words count two each, the same place and the same item one."""
    shared = len(mine & other)
    return 2 * shared + place + item if shared else 0
