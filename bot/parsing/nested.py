"""Mails and files inside the parts of a mail: forwarded mails, signed ones, winmail.dat, files in a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bot.parsing import limits
from bot.parsing.embedded import embedded_files
from bot.parsing.signed import signed_content
from bot.parsing.structure import TNEF_SIGNATURE, Part, Structure
from bot.parsing.tnef import Tnef, TnefFile, read_tnef

FORWARDED = "message/rfc822"
SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef", "application/x-tnef"})
_PLAIN = frozenset({"text/plain", "text/enriched", "text/richtext", "text/x-plain", "text/markdown"})
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_UNKNOWN = "application/octet-stream"
_NOT_SHOWN = frozenset({"text/x-amp-html", "text/watch-html"})


@dataclass(frozen=True, slots=True)
class Inner:
    """A file found inside a part: its name and declared type as they stand, its bytes, and whether some are missing."""

    name: str
    media_type: str
    data: bytes
    is_cut: bool = False


def is_plain(part: Part) -> bool:
    return part.content_type in _PLAIN


def is_html(part: Part) -> bool:
    return part.content_type in _HTML


def is_text(part: Part) -> bool:
    """Whether the part is words of the mail, not a file."""
    if part.disposition == "attachment":
        return False
    if part.content_type in _NOT_SHOWN:
        return not part.file_name
    return (is_plain(part) or is_html(part)) and (not part.file_name or part.index == 0)


def holds_a_mail(part: Part) -> bool:
    return part.content_type == FORWARDED or part.content_type in SMIME


def mail_inside(structure: Structure, part: Part) -> Structure | None:
    """The mail that this part forwards, or that it only wraps in a signature; None where it does neither."""
    if part.content_type == FORWARDED:
        return Structure(structure.content(part))
    if part.content_type in SMIME:
        content = signed_content(structure.content(part))
        return Structure(content) if content else None
    return None


def tnef_inside(structure: Structure, part: Part) -> Tnef | None:
    """What the part holds if it is a winmail.dat with words or files."""
    if not is_winmail(part) or structure.content(part, len(TNEF_SIGNATURE)) != TNEF_SIGNATURE:
        return None
    found = read_tnef(structure.content(part))
    return found if found and not found.is_empty else None


def is_winmail(part: Part) -> bool:
    return part.content_type in _TNEF or part.file_name.lower().endswith("winmail.dat")


def is_unread_winmail(structure: Structure, part: Part) -> bool:
    """Whether it is a winmail.dat that breaks off, or that only calls itself so: what it holds nobody can tell."""
    if not is_winmail(part):
        return False
    found = read_tnef(structure.content(part))
    return found is None or found.is_cut


def files_inside(structure: Structure, part: Part) -> list[Inner]:
    """The files inside this part, at most 100 of them and one more where there are more; forwarded mails are opened
    two levels deep.
    """
    return list(islice(_files_inside(structure, part, 0), limits.FILES_INSIDE + 1))


def _files_inside(structure: Structure, part: Part, depth: int) -> Iterator[Inner]:
    if is_text(part):
        yield from _files_of_text(structure, part)
    elif tnef := tnef_inside(structure, part):
        yield from _files_of_tnef(tnef.files, depth)
    elif depth < len(limits.OPENED) and (inside := mail_inside(structure, part)):
        yield from _files_of_mail(inside, depth)


def _files_of_tnef(files: list[TnefFile], depth: int) -> Iterator[Inner]:
    """Its files, then those of mails inside: a mail in a winmail.dat is such a stream itself."""
    for one in files:
        yield Inner(one.name, one.media_type or _UNKNOWN, one.data)
    for one in files if depth < len(limits.OPENED) else ():
        inside = read_tnef(one.data)
        if inside:
            yield from _files_of_tnef(inside.files, depth + 1)


def _files_of_text(structure: Structure, part: Part) -> Iterator[Inner]:
    for file in embedded_files(structure.content(part)) if structure.holds(part, b"begin") else ():
        yield Inner(file.name, _UNKNOWN, file.data, file.is_cut)


def _files_of_mail(inside: Structure, depth: int) -> Iterator[Inner]:
    """Its files, and those of the mails inside it; of these mails themselves only those that have a name."""
    opened = 0
    for leaf in inside.root.leaves():
        if is_text(leaf):
            continue
        if (leaf.content_type != FORWARDED or leaf.file_name) and not tnef_inside(inside, leaf):
            yield Inner(leaf.file_name, leaf.content_type, inside.content(leaf))
        opened += holds_a_mail(leaf)
        if opened <= limits.OPENED[-1]:
            yield from _files_inside(inside, leaf, depth + 1)
