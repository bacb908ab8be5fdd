"""The files of a mail: its parts that are no words, and what is packed inside of them."""

from __future__ import annotations

import hashlib
from collections import Counter

from bot.domain.messages import WHOLE, Attachment
from bot.domain.text import one_line
from bot.parsing import limits
from bot.parsing.fields import read_fields
from bot.parsing.files import EXTENSIONS, safe_file_name, type_of
from bot.parsing.header import Header
from bot.parsing.nested import FORWARDED, files_inside, holds_a_mail, is_text, is_unread_winmail
from bot.parsing.structure import Part, Structure

INSIDE = 1_000
"""The n-th file inside of part p has the number (p + 1) * INSIDE + n; a mail has fewer parts than INSIDE."""

_HEAD = 4096
_ELSEWHERE = {"message/external-body": "file-elsewhere", "message/partial": "piece-of-a-mail"}


def attachments(structure: Structure) -> tuple[tuple[Attachment, ...], list[str]]:
    """The files, in order: what was sent, each before what was found inside of it (3 A 37); and notes on those that
    lack something.
    """
    found: list[Attachment] = []
    lacking: Counter[str] = Counter()
    opened = 0
    for part in structure.root.leaves():
        if not is_text(part) or part.file_name:  # words with a name are both: shown, and there as a file
            found.append(_attachment(structure, part, len(found) + 1))
            lacking["files-cut"] += structure.is_cut(part)
        lacking["winmail-unread"] += is_unread_winmail(structure, part)
        lacking[_ELSEWHERE.get(part.declared_type, "")] += 1
        opened += holds_a_mail(part)
        inside = files_inside(structure, part) if opened <= limits.OPENED[0] else []
        lacking["files-omitted"] += len(inside) > limits.FILES_INSIDE
        for number, file in enumerate(inside[: limits.FILES_INSIDE], 1):
            place = (part.index + 1) * INSIDE + number
            found.append(_described(file.data, (file.name, file.media_type), place, len(found) + 1))
            lacking["files-cut"] += file.is_cut
    lacking["files-empty"] += sum(not one.size and not one.inline for one in found)
    return tuple(found), [f"{name}:{count}" for name, count in sorted(lacking.items()) if name and count]


def extract(raw: bytes, part: int) -> bytes:
    """The bytes of an attachment, by the number that `Attachment.part` gave; KeyError where there is none such."""
    if part == WHOLE:
        return raw
    structure = Structure(raw)
    outer, number = divmod(part, INSIDE)
    found = structure.part(outer - 1 if outer else part)
    if found is None:
        raise KeyError(part)
    if not outer:
        return structure.content(found)
    inside = files_inside(structure, found)
    if not 0 < number <= min(len(inside), limits.FILES_INSIDE):
        raise KeyError(part)
    return inside[number - 1].data


def _attachment(structure: Structure, part: Part, number: int) -> Attachment:
    data = structure.content(part)
    name = part.file_name
    if not safe_file_name(name) and part.content_type == FORWARDED:
        subject = safe_file_name(Header(read_fields(data, 0, len(data)), "").subject()[: limits.FILE_NAME - 4])
        name = f"{subject}.eml" if subject else ""
    inline = part.disposition != "attachment" and part.fields.count("content-id") > 0
    return _described(data, (name, part.content_type), part.index, number, inline=inline)


def _described(data: bytes, declared: tuple[str, str], place: int, number: int, *, inline: bool = False) -> Attachment:
    """The file under its safe name, or under one made from its number, with the type that its bytes show."""
    name = safe_file_name(declared[0])
    media_type = type_of(data[:_HEAD], declared[1], name)
    return Attachment(
        name=name or f"attachment-{number}{EXTENSIONS.get(media_type, '')}",
        media_type=one_line(media_type, 100),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        part=place,
        inline=inline,
    )
