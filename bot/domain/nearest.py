"""Which name was meant by a word with a typing mistake."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LETTERS, SIGNS = 0.7, 0.5
"""How alike words must be, 0 to 1: of letters; of Chinese signs, where one wrong sign of two is half the word."""


def nearest(word: str, names: Iterable[str]) -> str:
    """The name that is most like the word (in small letters), or "" where none is."""
    return next(iter(get_close_matches(word, names, n=1, cutoff=LETTERS if word.isascii() else SIGNS)), "")
