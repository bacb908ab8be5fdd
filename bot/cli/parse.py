"""`faultdesk parse FILE…`: what stored mails would be taken for, without a desk, a database or a daemon."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.common import Parsers, settings_of
from bot.cli.mailbox_files import Stored, holds_more, stored_mails
from bot.cli.printing import Row, cut, padded, print_json_line
from bot.domain.text import shown

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.domain.messages import ParsedMail

AT_ONCE = 64
NOT_READ = "cannot be read"
FIRST = b"\n" + "Příliš žluťoučký kůň úpěl ďábelské ódy. ".encode("cp1250") * 2
"""A mail whose charset has to be guessed: a child loads what does that when it first needs it, in 40 ms."""


def add(parsers: Parsers[argparse.ArgumentParser]) -> None:
    """Declares the sub-command."""
    parser = parsers.add_parser(
        "parse",
        help="read stored mails and say what each would be taken for",
        description="Reads raw mails, in the children that the daemon reads them in, and says what each would be taken "
        "for if it came alone: nothing is kept or sent. Our own addresses come from the configuration, if any. "
        "Exit status 1 when a file could not be read.",
        epilog="example: faultdesk parse mails/*.eml --jsonl",
    )
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        type=Path,
        help="a raw mail, a folder of them, or an mbox by its name (.mbox)",
    )
    parser.add_argument("--jsonl", action="store_true", help="for scripts: a line of JSON for each mail")
    parser.set_defaults(do=parse)


def parse(arguments: argparse.Namespace) -> int:
    """0 when every file could be read."""
    settings = settings_of(arguments.config)
    show = print_json_line if arguments.jsonl else _print
    return asyncio.run(_parse_all(settings, stored_mails(arguments.files, _most(settings)), show))


async def _parse_all(settings: Settings, mails: Iterator[Stored], show: Any) -> int:
    status = 0
    async for row in _rows(settings, mails):
        if row["reasons"] and row["reasons"][0].startswith(NOT_READ):
            status = 1
        show(row)
    return status


async def _rows(settings: Settings, mails: Iterator[Stored]) -> AsyncIterator[Row]:
    """A row each, in order."""
    from bot.parsing.pool import ParserPool  # noqa: PLC0415  -- only for those who parse

    size = max(2, os.cpu_count() or 2)
    pool, free = ParserPool(size), asyncio.Semaphore(size)

    async def one(mail: Stored) -> Row:
        async with free:
            return await _row(settings, pool, mail)

    await pool.start()
    try:
        await asyncio.gather(*(pool.parse(FIRST) for _ in range(size)))  # so that no mail's time is that of a start
        while some := list(itertools.islice(mails, AT_ONCE)):
            for row in await asyncio.gather(*map(one, some)):
                yield row
    finally:
        await pool.close()


async def _row(settings: Settings, pool: Any, stored: Stored) -> Row:
    from bot.parsing.pool import ParseFailed  # noqa: PLC0415

    try:
        raw = await asyncio.to_thread(stored.read)
    except OSError as error:
        return _empty(stored.name, "error", "", [f"{NOT_READ}: {error.strerror}"])
    refused = _refused(settings, raw)
    if len(raw) > _most(settings):
        return _empty(stored.name, "rejected", "human", [refused])
    begin = time.perf_counter()
    try:
        mail = await pool.parse(raw)
    except ParseFailed as failure:  # the daemon makes a ticket of it that says so
        return _empty(stored.name, "error", "human", [f"unreadable: {failure}"]) | {"seconds": _since(begin)}
    row = _told(settings, stored.name, mail) | {"seconds": _since(begin)}
    if holds_more(raw):
        row["reasons"].append("more mails follow in this file: under a name that ends in .mbox each is read")
    return row | {"outcome": "rejected", "reasons": [refused, *row["reasons"]]} if refused else row


def _since(begin: float) -> float:
    return round(time.perf_counter() - begin, 6)


def _refused(settings: Settings, raw: bytes) -> str:
    """Why it would be refused by SMTP; "" where it would be taken. Of line ends a stored file says nothing."""
    if len(raw) > (most := _most(settings)):
        return f"552: larger than {most} bytes"
    return "554: a NUL byte" if b"\0" in raw else ""


def _most(settings: Settings) -> int:
    """The size that SMTP takes, in bytes; a mail above it is not read."""
    from bot.config import Mail  # noqa: PLC0415  -- read with the settings, by now

    smtp = settings.mail.smtp_in or Mail().smtp_in
    assert smtp is not None  # noqa: S101  -- the default is there
    return smtp.max_size


def _told(settings: Settings, name: str, mail: ParsedMail) -> Row:
    """What the mail is, by the daemon's own rules."""
    from bot.domain.mail import verdict  # noqa: PLC0415

    ours = settings.mail
    own = frozenset(one.lower() for one in (ours.mailbox, *ours.own_addresses))
    meaning = verdict(mail, None, own, frozenset(one.lower() for one in ours.monitoring))
    files = [{"name": one.name, "type": one.media_type, "size": one.size} for one in mail.attachments]
    return {
        **_empty(name, "ticket" if meaning.opens_ticket else "ignored", meaning.kind, [*meaning.reasons, *mail.notes]),
        "subject": mail.subject,
        "sender": mail.sender or likely_sender(mail),
        "text": mail.new_text,
        "quoted": left_out(mail.text, mail.new_text),
        "attachments": files,
        "auto": meaning.kind in {"automatic", "bounce"},
        "bounce": meaning.kind == "bounce",
        "language": mail.language,
    }


def _empty(name: str, outcome: str, kind: str, reasons: list[str]) -> Row:
    row: Row = {
        "file": name,
        "outcome": outcome,
        "kind": kind,
        "subject": "",
        "sender": "",
        "text": "",
        "quoted": "",
    }
    row |= {"attachments": [], "auto": False, "bounce": False, "language": ""}
    return row | {"reasons": reasons, "seconds": 0.0}


_HOST = r"(?:\[[0-9A-Fa-f.:]{2,60}\]|[^\s<>()\[\],;:\"@]{1,253})"
_ADDRESS = re.compile(rf"(?:\"[^\"<>@]{{1,64}}\"|[^\s<>()\[\],;:\"@]{{1,64}}+)@{_HOST}")
_ASIDE = re.compile(r"\"[^\"]{0,200}\"(?!@)|\([^()]{0,200}\)")
_AROUND_AT = re.compile(r"[ \t]{1,5}@[ \t]{1,5}")
_DISGUISED = re.compile(r"\s*([\w.+-]{1,64})(?: at |\(a\)|\(at\))([\w-]{1,63}(?:\.[\w-]{1,63})+)\b.*", re.ASCII)
_LOCAL = re.compile(r"[\w.+-]{1,64}", re.ASCII)


def likely_sender(mail: ParsedMail) -> str:
    """Whom an ordinary mail program would show as the sender, though the header identifies nobody.

    The first address of From, else of Sender, Reply-To or Return-Path: of several, beside another one, or broken. It
    proves nothing, and is only for reading.
    """
    for name in ("from", "sender", "reply-to", "return-path"):
        if found := _first_address(mail.headers.get(name, "")):
            return found
    return ""


def _first_address(header: str) -> str:
    """The one in angle brackets where the first mailbox has such; a name may be or hold an address too."""
    if "@" not in header:
        disguised = _DISGUISED.fullmatch(header)
        local = _LOCAL.fullmatch(header.strip(" <>"))
        return f"{disguised[1]}@{disguised[2]}".lower() if disguised else local[0].lower() if local else ""
    whole = _AROUND_AT.sub("@", header)
    bare = _ASIDE.sub(" ", whole)
    text = bare if _ADDRESS.search(bare) else whole
    first = _ADDRESS.search(text)
    if first is None:
        return ""
    mailbox = re.split("[,;]", text[first.start() :], maxsplit=1)[0]
    is_name = "<" not in text[: first.start()] and "<" in mailbox
    bracketed = _ADDRESS.search(mailbox, mailbox.find("<")) if is_name else None
    return (bracketed or first)[0].lower().strip("'")


def left_out(whole: str, kept: str) -> str:
    """The lines of the whole text that are not among those that were kept, in order: quotes and signature."""
    wanted = [words for line in kept.splitlines() if (words := _plain(line))]
    rest, at = [], 0
    for line in whole.splitlines():
        if at < len(wanted) and _plain(line) == wanted[at]:
            at += 1
        else:
            rest.append(line)
    return "\n".join(rest).strip()


def _plain(line: str) -> str:
    return " ".join(line.replace("&nbsp;", " ").split())


def _print(row: Row) -> None:
    """One mail on one line, and why."""
    why = "; ".join(row["reasons"])
    words = shown(f"{row['subject']}  {'(' + why + ')' if why else ''}".strip().replace("\n", " "))
    columns = ((Path(row["file"]).name, 28), (row["outcome"], 8), (row["kind"], 9), (shown(row["sender"]), 30))
    print(" ".join([*(padded(text, size) for text, size in columns), cut(words, 80)]).rstrip())
