"""Chooses and reads the parts of a mail that are its words, as against its files."""

from __future__ import annotations

import re

from bot.domain.text import safe_text
from bot.parsing import limits
from bot.parsing.charset import decode
from bot.parsing.html import html_to_text
from bot.parsing.structure import Part, Structure

_PLAIN = frozenset({"text/plain", "text/enriched", "text/richtext", "text/x-plain", "text/markdown"})
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_LEFT_OUT = frozenset({"text/x-amp-html", "text/watch-html"})
_STUB = re.compile(r"(?i)\bhtml\b")
_STUB_LENGTH = 300
_META_CHARSET = re.compile(rb"(?i)<meta[^>]{0,200}charset\s*=\s*[\"']?([a-z0-9_:.-]{2,40})")
_SQUEEZE = re.compile(r"\W+")


def is_text(part: Part) -> bool:
    """Whether the part is words of the mail, not a file."""
    if part.disposition == "attachment":
        return False
    if part.content_type in _LEFT_OUT:
        return not part.file_name
    return (part.content_type in _PLAIN or part.content_type in _HTML) and (not part.file_name or part.index == 0)


class Body:
    """The words of a mail: `text`, the notes on what was cut, and the charset of its first text part."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self.notes: list[str] = []
        self.text = safe_text(self._read(structure.root)).strip("\n")
        if len(self.text) > limits.TEXT:
            self.text = self.text[: limits.TEXT]
            self.notes.append("text-cut")

    def _read(self, part: Part) -> str:
        if part.children:
            return self._alternative(part) if part.subtype == "alternative" else self._sequence(part)
        if not is_text(part):
            return ""
        if part.content_type in _HTML:
            return self._html(part)
        return self._plain(part) if part.content_type in _PLAIN else ""

    def _alternative(self, part: Part) -> str:
        """The plain version, unless it is empty or only says that there is an HTML one."""
        versions = [(self._holds_html(child), child) for child in part.children]
        plain = "\n".join(filter(None, (self._read(child) for html, child in versions if not html))).strip("\n")
        if plain.strip() and not (len(plain) < _STUB_LENGTH and _STUB.search(plain)):
            return plain
        return next((text for html, child in versions if html and (text := self._read(child)).strip()), plain)

    def _holds_html(self, part: Part) -> bool:
        return any(leaf.content_type in _HTML and is_text(leaf) for leaf in part.leaves())

    def _sequence(self, part: Part) -> str:
        """All texts one after the other; an HTML copy of what was said already is left out."""
        texts: list[str] = []
        for child in part.children:
            text = self._read(child)
            is_copy = bool(texts) and self._holds_html(child) and _squeezed(text) in _squeezed("".join(texts))
            if text.strip() and not is_copy:
                texts.append(text.strip("\n"))
        return "\n\n".join(texts)

    def _plain(self, part: Part) -> str:
        data = self._bytes(part)
        text = decode(data, part.parameters.get("charset", "")).replace("\r\n", "\n")
        if part.parameters.get("format", "").lower() == "flowed":
            return unflowed(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
        return text

    def _html(self, part: Part) -> str:
        data = self._bytes(part)
        declared = part.parameters.get("charset", "")
        if not declared and not data.isascii():
            meta = _META_CHARSET.search(data[:2048])
            declared = meta[1].decode("ascii") if meta else ""
        return html_to_text(decode(data, declared))

    def _bytes(self, part: Part) -> bytes:
        data = self._structure.content(part, limits.TEXT + 1)
        if len(data) > limits.TEXT:
            self.notes.append("text-cut")
        return data[: limits.TEXT]


def _squeezed(text: str) -> str:
    return _SQUEEZE.sub("", text)


def unflowed(text: str, *, delete_space: bool) -> str:
    """Joins the lines that format=flowed (RFC 3676) broke: those of one quoting depth that end in a blank."""
    lines: list[str] = []
    joins = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ") if depth else line.removeprefix(" ") if line.startswith(" ") else line
        if joins == depth and words and line != "-- ":
            lines[-1] += words
        else:
            lines.append(f"{'>' * depth} {words}" if depth else words)
        flows = words.endswith(" ") and words != "-- "
        joins = depth if flows else -1
        if flows and delete_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(line.rstrip() if line != "-- " else line for line in lines)
