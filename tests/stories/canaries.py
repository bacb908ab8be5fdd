"""What no group may read: each name, address, telephone, subject and line of a mail is followed through a story's texts."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, and_, select

from bot.domain.messages import ParsedMail
from bot.domain.plain_words import wish_of
from bot.parsing.parse import parse
from storage.models import chat_group, contact, entry, outbox, payload, person, ticket

LOOKED_AT = {"stories": 0, "group texts": 0, "secrets": 0}
"""How much all stories together have looked at: a watch that sees nothing finds nothing."""

_HEADS = re.compile(r"(?:\[[^\]]*\]|(?:re|fw|fwd|回复|转发)\s*[:：]|\s)+", re.IGNORECASE)
_SHORTEST_NAME, _SHORTEST_LINE = 3, 8


def secrets_of(raw: bytes) -> set[str]:
    """What of a mail is personal: who wrote it, about what, and each line that says more than a word."""
    mail = parse(raw)
    people = {one for box in (*mail.to, *mail.cc) for one in (box.name, box.address)}
    return {one for one in (*_about(mail), *people) if len(one) >= _SHORTEST_NAME}


def _about(mail: ParsedMail) -> list[str]:
    subject = _HEADS.sub("", mail.subject, count=1)
    lines = [line.strip(" >") for line in (subject, *mail.text.splitlines())]
    long = [line for line in lines if len(line) >= _SHORTEST_LINE and wish_of(line) is None]
    return [mail.sender, mail.sender_name, *long]


def _kept(db: Connection) -> set[str]:
    """What the desk keeps of who reported a fault and of all words about it: by mail, by telephone or in a chat."""
    of_ticket = select(ticket.c.requester_name, ticket.c.requester_address, ticket.c.subject)
    said = select(entry.c.text).where(entry.c.kind != "reply")  # what staff write to many at once may be shown first
    texts = [line.strip(" >") for words in db.scalars(said) for line in words.splitlines()]
    found = {one.strip() for row in db.execute(of_ticket) for one in row if one}
    return {one for one in found if len(one) >= _SHORTEST_NAME} | {one for one in texts if len(one) >= _SHORTEST_LINE}


def leaks(db: Connection, secrets: set[str]) -> list[str]:
    """The texts and buttons in groups that hold something personal; staff's own names and addresses are not."""
    staff = set(db.scalars(select(person.c.name).where(person.c.handle.is_not(None))))
    staff |= set(db.scalars(select(contact.c.value).join(person).where(person.c.handle.is_not(None))))
    directory = select(person.c.name, person.c.phone).where(
        person.c.customer_id.is_not(None), person.c.handle.is_(None)
    )
    known = {one for row in db.execute(directory) for one in row if one}
    wanted = sorted((secrets | known | _kept(db)) - staff)
    texts = [_words(row) for row in db.execute(_to_groups)]
    for name, count in zip(LOOKED_AT, (1, len(texts), len(wanted)), strict=True):
        LOOKED_AT[name] += count
    return [f"{secret!r} in a group:\n{text}" for text in texts for secret in wanted if _says(text, secret)]


_to_groups = (
    select(outbox.c.facts, payload.c.raw)
    .join(payload, payload.c.outbox_id == outbox.c.id)
    .join(chat_group, and_(chat_group.c.channel == outbox.c.channel, chat_group.c.value == outbox.c.address))
    .where(chat_group.c.trusted.is_(False))
)


def _says(text: str, secret: str) -> bool:
    """Whether it stands there, as words of its own where it is written with blanks between words."""
    if secret not in text:
        return False
    return not secret.isascii() or re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", text) is not None


def _words(row: Any) -> str:
    return "\n".join((row.raw.decode(), *map(str, row.facts.get("labels", ()))))
