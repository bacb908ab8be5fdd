"""Reads address headers strictly: whoever cannot be told beyond doubt is nobody (reliability 3 A 4, 14-16)."""

from __future__ import annotations

import re

from bot.domain.messages import Mailbox
from bot.domain.text import one_line
from bot.parsing import limits
from bot.parsing.words import decode_words

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_ADDRESS = re.compile(rf"(?:{_ATEXT}|\.){{1,64}}+@(?=[^@]{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_LOOKS_LIKE_ONE = re.compile(r"[^\s<>()\",;:@]@[^\s<>()\",;:@]")
# A quote that never closes runs to the end: so each of these is tried once at each place, and stays linear.
_QUOTED = re.compile(r'"((?:[^"\\]|\\.?)*+)"?', re.DOTALL)
_PIECE = re.compile(r'"(?:[^"\\]|\\.?)*+"?|[^"(),;<>]++|.', re.DOTALL)
_COMMENT_DEPTH = 10
_NAME_LIMIT = 200


def strict_address(text: str) -> str:
    """The address in lower case where the text is one plain ASCII addr-spec (RFC 5322 3.4.1), else ""."""
    text = text.strip()
    return text.lower() if text.isascii() and _ADDRESS.fullmatch(text) else ""


def one_mailbox(text: str) -> tuple[Mailbox, str]:
    """The one mailbox of a From header, and why it identifies nobody ("" where it does).

    Comments, quoted names and encoded words may say what they like: only one `<addr-spec>`, or a header that is one
    addr-spec alone, counts, and no other address may stand unquoted beside it.
    """
    bare, comments = _without_comments(text)
    if comments is None:
        return Mailbox(_shown(text), ""), "unbalanced comments"
    named = _QUOTED.sub(" ", bare)
    brackets = named.count("<")
    if brackets > 1 or brackets != named.count(">"):
        return Mailbox(_shown(bare.partition("<")[0]), ""), "angle brackets do not pair"
    if brackets:
        before, _, rest = bare.rpartition("<")
        inside, _, after = rest.partition(">")
        name, beside = _shown(before) or _shown(comments), f"{_QUOTED.sub(' ', before)} {after} {comments}"
    else:
        inside, name, beside = bare, _shown(comments), comments
    address = strict_address(inside)
    if not address:
        return Mailbox(name or _shown(bare), ""), _no_address(inside)
    if _LOOKS_LIKE_ONE.search(beside) and strict_address(beside.strip(" '")) != address:
        return Mailbox(name, ""), "another address beside it"
    return Mailbox(name, address), ""


def _no_address(text: str) -> str:
    if "@" not in text:
        return "no address"
    if not text.isascii():
        return "the address is not ASCII"
    return "more than one address" if text.count("@") > 1 else "not one plain address"


def mailboxes(text: str, limit: int) -> tuple[tuple[Mailbox, ...], int]:
    """The first `limit` mailboxes of a To or Cc header, and how many there are in all; groups lose their name."""
    entries = [entry for entry in _entries(text) if entry.strip()]
    return tuple(one_mailbox(entry[: limits.ORIGINATOR])[0] for entry in entries[:limit]), len(entries)


def _entries(text: str) -> list[str]:
    """The header cut at commas, and at the marks of a group, that stand outside of quotes, comments and brackets."""
    entries, current, depth, angle = [], "", 0, False
    for piece in _PIECE.findall(text):
        depth = max(0, depth + (piece == "(") - (piece == ")"))
        angle = (angle or piece == "<") and piece != ">"
        if piece in {",", ";"} and not depth and not angle:
            entries.append(current)
            current = ""
        else:
            current += piece
    return [_without_group(entry) for entry in [*entries, current]]


def _without_group(entry: str) -> str:
    head, colon, rest = entry.partition(":")
    return rest if colon and not set('"<@([') & set(head) else entry


def _without_comments(text: str) -> tuple[str, str | None]:
    """The text without its (comments), and the words of those; None where they do not close or nest too deep."""
    if "(" not in text:
        return text, ""
    kept: list[str] = []
    comments: list[str] = []
    depth = 0
    for piece in _PIECE.findall(text):
        if piece == "(":
            depth += 1
            if depth > _COMMENT_DEPTH:
                return text, None
        elif piece == ")" and depth:
            depth -= 1
            comments.append(" ")
        else:
            (comments if depth else kept).append(piece)
    return ("".join(kept), "".join(comments)) if depth == 0 else (text, None)


def _shown(name: str) -> str:
    """A display name as people read it: unquoted, decoded, on one line."""
    name = _QUOTED.sub(lambda match: re.sub(r"\\(.)", r"\1", match[1]), name)
    return one_line(decode_words(name), _NAME_LIMIT).strip("\"' ")
