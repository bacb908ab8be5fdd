"""Chooses and reads the parts of a mail that are its words, as against its files."""

from __future__ import annotations

import re

from bot.domain.text import safe_text
from bot.parsing import limits
from bot.parsing.charset import decode
from bot.parsing.embedded import embedded_files, without_files
from bot.parsing.header import Header
from bot.parsing.html import html_to_text
from bot.parsing.invitation import CALENDAR, invitation
from bot.parsing.nested import FORWARDED, SMIME, is_html, is_plain, is_text, mail_inside, tnef_inside
from bot.parsing.rtf import decompressed, rtf_to_text
from bot.parsing.signed import PGP_MESSAGE, signed_content, without_armour
from bot.parsing.structure import Part, Structure
from bot.parsing.tnef import Tnef, read_tnef

_SEALED = frozenset({"multipart/encrypted", "application/pgp-encrypted"})
"""Some servers make the first a mere multipart/mixed: then what lies in it tells (RFC 3156)."""
_STUB = re.compile(r"(?i)\bhtml\b")
_STUB_LENGTH = 300
_META_CHARSET = re.compile(rb"(?i)<meta[^>]{0,200}charset\s*=\s*[\"']?([a-z0-9_:.-]{2,40})")
_IS_HTML, _ENDS_HTML = re.compile(r"(?i)\s*+<(?:!doctype html|html)[\s>]"), re.compile(r"(?i)</html>\s*\Z")
"""A whole document that its sender calls plain text."""
_ENRICHED = frozenset({"text/enriched", "text/richtext"})
_PARAM = re.compile(r"(?i)<param>[^<]{0,200}</param>")
_ENRICHED_TAG = re.compile(r"</?[A-Za-z-]{1,60}>")
_LINE_ENDS = re.compile(r"\n+")
_SQUEEZE = re.compile(r"\W+")


class Body:
    """The words of a mail: `text`, the notes on what was cut, and the charset of its first text part."""

    def __init__(self, structure: Structure, depth: int = 0) -> None:
        self._structure = structure
        self._depth = depth
        self._opened = 0
        self.notes: list[str] = []
        text = self._read(structure.root)
        text = text if text.strip() else self._from_tnef() or self._from_named_parts()
        parts = [text.strip("\n"), *self._mails_in_tnef(), *self._invitations()]
        self.text = without_armour(safe_text("\n\n".join(filter(str.strip, parts)))).strip("\n")
        self.notes += _encryption(structure, self.text)
        if len(self.text) > limits.TEXT:
            self.text = self.text[: limits.TEXT]
            self.notes.append("text-cut")

    def _read(self, part: Part) -> str:
        if part.children:
            return self._alternative(part) if part.subtype == "alternative" else self._sequence(part)
        if not is_text(part):
            return self._inside(part)
        if is_html(part):
            return self._html(part)
        return self._plain(part) if is_plain(part) else ""

    def _inside(self, part: Part) -> str:
        """The words of a mail that this one forwards, below its headers, or that it wraps in a signature.

        What a delivery report returns are the words of the one who reads it: they are left out.
        """
        if self._depth >= len(limits.OPENED) or self._opened >= limits.OPENED[self._depth]:
            return ""
        inside = None if self._structure.root.subtype == "report" else mail_inside(self._structure, part)
        if inside is None:
            return ""
        self._opened += 1
        body = Body(inside, self._depth + 1)
        self.notes += body.notes
        return f"{_heading(inside)}\n\n{body.text}" if part.content_type == FORWARDED else body.text

    def _from_tnef(self) -> str:
        """The words in a winmail.dat: they count where the mail has no others."""
        for part in self._structure.root.leaves():
            found = tnef_inside(self._structure, part)
            if found and (text := _words_of(found)):
                return text
        return ""

    def _mails_in_tnef(self) -> list[str]:
        """The words of the mails that are packed in a winmail.dat: each is such a stream itself."""
        found = [tnef for part in self._structure.root.leaves() if (tnef := tnef_inside(self._structure, part))]
        inside = [mail for tnef in found for file in tnef.files if (mail := read_tnef(file.data))]
        return [_words_of(mail) for mail in inside[: limits.OPENED[0]]]

    def _from_named_parts(self) -> str:
        """Texts that are files by their name and words by their place: they count where the mail has no others."""
        leaves = list(self._structure.root.leaves())
        return "\n\n".join(self._plain(part) for part in leaves if is_plain(part) and part.disposition != "attachment")

    def _invitations(self) -> list[str]:
        parts = [part for part in self._structure.root.leaves() if part.content_type == CALENDAR][:1]
        return [invitation(decode(self._bytes(part), part.parameters.get("charset", ""))) for part in parts]

    def _alternative(self, part: Part) -> str:
        """The plain version, unless it is empty or only says that there is an HTML one."""
        versions = [(self._holds_html(child), child) for child in part.children]
        plain = "\n".join(filter(None, (self._read(child) for html, child in versions if not html))).strip("\n")
        if plain.strip() and not (len(plain) < _STUB_LENGTH and _STUB.search(plain)):
            return plain
        return next((text for html, child in versions if html and (text := self._read(child)).strip()), plain)

    def _holds_html(self, part: Part) -> bool:
        return any(is_html(leaf) and is_text(leaf) for leaf in part.leaves())

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
        data = without_files(data, embedded_files(data))
        text = decode(data, part.parameters.get("charset", "")).replace("\r\n", "\n")
        if part.content_type in _ENRICHED:
            return unenriched(text)
        if _IS_HTML.match(text) and _ENDS_HTML.search(text[-200:]):
            return html_to_text(text)
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


def _words_of(found: Tnef) -> str:
    if found.text.strip():
        return found.text.replace("\r\n", "\n")
    if found.html:
        return html_to_text(decode(found.html[: limits.TEXT]))
    return rtf_to_text(decompressed(found.rtf))


def _heading(inside: Structure) -> str:
    """Who wrote a forwarded mail, when and about what, as its own header names it."""
    header = Header(inside.root.fields, inside.root.parameters.get("charset", ""))
    sender, _problem = header.sender()
    who = " ".join(filter(None, [sender.name, sender.address and f"<{sender.address}>"]))
    lines = {"From": who, "Date": header.date(), "Subject": header.subject()}
    return "\n".join(f"{name}: {value}" for name, value in lines.items() if value)


def _encryption(structure: Structure, text: str) -> list[str]:
    """What we cannot open is said, and nothing is ever said to be signed (3 A 37)."""
    root = structure.root
    sealed = [part for part in root.leaves() if part.content_type in SMIME and _hides(structure, part)]
    kinds = {root.content_type, *_containers(root), *(part.content_type for part in root.leaves())}
    hidden = sealed or kinds & _SEALED or PGP_MESSAGE in text
    return ["encrypted-part"] if hidden else []


def _hides(structure: Structure, part: Part) -> bool:
    is_certificate = part.parameters.get("smime-type", "").lower() == "certs-only"
    return not is_certificate and signed_content(structure.content(part)) is None


def _containers(part: Part) -> set[str]:
    found = {part.content_type} if part.children else set()
    return found.union(*map(_containers, part.children))


def _squeezed(text: str) -> str:
    return _SQUEEZE.sub("", text)


def unenriched(text: str) -> str:
    """The words of text/enriched (RFC 1896): without its tags, and with its single line ends as blanks."""
    words = _PARAM.sub("", text).replace("<<", "\0")
    words = _ENRICHED_TAG.sub("", words).replace("\0", "<")
    return _LINE_ENDS.sub(lambda ends: "\n" * (len(ends[0]) - 1) or " ", words.strip("\n"))


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
