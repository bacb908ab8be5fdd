"""Makes text from outside safe to store and to show (reliability 2.2 "Text hygiene", 3 A 16, 34, 41, 42)."""

from __future__ import annotations

import re
import unicodedata

_SURROGATE = re.compile("[\ud800-\udfff]")
_NEWLINE = re.compile("\r\n?|\u2028|\u2029|\x85")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
# Direction marks, overrides and isolates, zero-width space, line and tag characters that nobody sees: they make one
# line look like another. The joiners U+200C and U+200D stay, since Persian and emoji need them.
_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_JOINERS = "\u200c\u200d"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MARKS = re.compile(r"[^\w\s\x00-\x7f]{31,}+")
_MOST_MARKS = 30
_SLASH = re.compile(r"\s*(?:／|、(?=\w)|/(?=[ \t]))[ \t]*")
_SPACES = re.compile("[ \t\n\x0b\x0c\r\x1c-\x1f\x85\xa0\u2028\u2029]+")


def safe_text(text: str) -> str:
    r"""The same words without what breaks a database, a terminal or a log.

    Lone surrogates become U+FFFD, all line ends become \n, control characters other than \n and \t go, and the rest
    is put into NFC.
    """
    if not text.isascii():
        text = _SURROGATE.sub("\ufffd", text)
        text = _MARKS.sub(_with_few_marks, text)
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
    return _CONTROL.sub("", _NEWLINE.sub("\n", text))


def with_slash(text: str) -> str:
    """The words of a command with the slash that was meant: Chinese keyboards have ／ and 、 on that key."""
    return _SLASH.sub("/", text, count=1) if _SLASH.match(text) else text


def shown(text: str) -> str:
    r"""The text with nothing in it that a terminal obeys (reliability 3 A 42).

    Escape sequences, control characters and direction overrides are shown, as `\x1b` or `\u202e`; new lines stay, a tab
    becomes spaces.
    """
    if text.isprintable():
        return text
    return "".join(map(_visible, text.replace("\r\n", "\n").expandtabs(4)))


def _visible(char: str) -> str:
    if char == "\n" or char in _JOINERS or unicodedata.category(char) not in _HIDDEN:
        return char
    return char.encode("unicode_escape").decode("ascii")


def _with_few_marks(run: re.Match[str]) -> str:
    """No more than 30 combining marks in a row (UAX #15 13.2): putting a long row into order takes quadratic time."""
    kept, marks = [], 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def one_line(text: str, limit: int = 1000) -> str:
    """The same words as one clean line of at most `limit` characters: for subjects, names and header values.

    Every run of blanks and line ends becomes one blank, so nothing in it can begin a header line of its own.
    """
    line = safe_text(_SPACES.sub(" ", text))
    if not line.isascii():
        line = _UNSEEN.sub("", line)
    if "  " in line:  # around a character that is gone
        line = _SPACES.sub(" ", line)
    return line.strip(" ")[:limit].rstrip(" ")
