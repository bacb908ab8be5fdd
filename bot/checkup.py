"""Tries out all that the configuration names, for `faultdesk check`: connections, database, words, calendars, roles."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from bot.config import Settings
from bot.config_checks import doubts
from bot.house import calendars_of
from bot.printing.press import TRIAL, PressError, advice, press
from bot.render import FAILURES, Renderer
from bot.samples import samples
from bot.samples_phrases import phrase_samples
from bot.starting import added_staff
from bot.wording import locales, unknown_phrases
from channels.base import Checkable, Finding, try_port
from storage.engine import begin_reading, reading_engine, sqlite_path
from storage.migrate import version_of
from storage.migrations import HEAD

LONGEST = 60.0
"""Seconds that trying one channel may take."""
RESIDENTS, MOBILES = 2, 1
"""SP-1.1: how many engineers a rota needs."""


class Checked(NamedTuple):
    """A finding, and the part of the configuration that it is about."""

    part: str
    finding: Finding


async def check_all(settings: Settings, database: str, renderer: Renderer, *, running: bool) -> AsyncIterator[Checked]:
    """Every finding, as it is made. `running`: this desk's daemon works at present."""
    for part, channel in channels_of(settings):
        for finding in await tried(channel, running=running):
            yield Checked(part, finding)
    for finding in await _groups(settings):
        yield Checked("customers.groups", finding)
    yield Checked("health", try_port(settings.health.host, settings.health.port, running=running))
    yield Checked("data", _folder(settings))
    yield Checked("data.database", await asyncio.to_thread(_database, database))
    for finding in _templates(renderer):
        yield Checked("templates", finding)
    yield Checked("documents", await _printing())
    for one in _calendars(settings, datetime.now(UTC).date()):
        yield one
    added = await asyncio.to_thread(added_staff, settings)
    for finding in _people(settings, added):
        yield Checked("people", finding)
    for line in doubts(settings, [role for one in added for role in one["roles"]]):
        if "the role manager" in line:
            continue  # said above, and louder
        part, _, text = line.partition(": ")
        yield Checked(part, Finding("advice", text))


# ---- channels ----


def channels_of(value: Any, name: str = "") -> Iterator[tuple[str, Checkable]]:
    """The settings that can try themselves, wherever they stand, with their place: `mail.relay`, `mail.imap[0]`."""
    if isinstance(value, Checkable):
        yield name, value
    if isinstance(value, BaseModel):
        for key in type(value).model_fields:
            yield from channels_of(getattr(value, key), f"{name}.{key}".lstrip("."))
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from channels_of(one, f"{name}.{key}")
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from channels_of(one, f"{name}[{place}]")


async def tried(channel: Checkable, *, running: bool) -> list[Finding]:
    """What trying a channel out finds, within LONGEST."""
    return await _in_time(channel.check(running=running))


async def _in_time(check: Awaitable[list[Finding]]) -> list[Finding]:
    try:
        async with asyncio.timeout(LONGEST):
            return await check
    except TimeoutError:
        return [Finding("wrong", f"no answer within {LONGEST:g} s: check address and port, and the firewall between")]


async def _groups(settings: Settings) -> list[Finding]:
    """Whether strangers can read the customers' groups, and what the bot is there."""
    chats = [group.chat for one in settings.customers for group in one.groups]
    telegram = settings.chat.telegram
    return await _in_time(telegram.check_groups(chats)) if telegram and chats else []


async def _printing() -> Finding:
    """Whether service sheets can be printed: the child, its package, a font with Chinese characters."""
    try:
        await press(TRIAL)
    except PressError as error:
        text = f"service sheets cannot be printed, and go out without their PDF: {error.reason}{advice(error.reason)}"
        return Finding("advice", text)
    return Finding("ok", "service sheets can be printed")


# ---- database ----


def _folder(settings: Settings) -> Finding:
    folder = settings.data.folder
    nearest = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        return Finding("wrong", f"cannot write in {nearest}: choose another folder or mend its rights")
    return Finding("ok", f"{folder} can be written" + ("" if nearest == folder else " (it is made at the first start)"))


def _database(url: str) -> Finding:
    path = sqlite_path(url)
    if path and not path.exists():
        return Finding("ok", f"{path} is made at the first start")
    engine = reading_engine(url)
    try:
        with engine.connect() as db:
            begin_reading(db)
            version, name = version_of(db), path or db.dialect.name
    except SQLAlchemyError as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        return Finding("wrong", f"cannot be read: {reason}; is it the right one, does its server run?")
    finally:
        engine.dispose()
    if version is None:
        return Finding("ok", f"{name} is empty: its tables are made at the first start")
    if version > HEAD:
        return Finding("wrong", f"{name} is of a newer Faultdesk (schema {version}; this one: {HEAD}): use that one")
    if version < HEAD:
        return Finding("advice", f"{name} has the old schema {version}: the next start backs it up and renews it")
    return Finding("ok", f"{name} can be read and has this version's schema")


# ---- words ----


def _templates(renderer: Renderer) -> Iterator[Finding]:
    """Every message and phrase in every language, rendered from its sample."""
    count, wrong = 0, False
    failed: list[str] = []
    renderer = renderer.reporting(lambda where, why: failed.append(f"{where}: {why}"))
    for locale in locales():
        words = [(kind, renderer.render, facts) for kind, facts in samples(locale).items()]
        for kind, render, facts in words:
            count += 1
            try:
                render(locale, kind, facts)
            except FAILURES as error:
                wrong = True
                yield Finding(
                    "wrong", f"templates/{locale}/{kind}.j2 cannot be written: {type(error).__name__}: {error}"
                )
        for key, facts in phrase_samples(locale).items():
            count += 1
            try:
                renderer.phrase(locale, key, **facts)
            except FAILURES as error:
                wrong = True
                text = f"templates/{locale}/phrases.toml: {key} cannot be written: {type(error).__name__}: {error}"
                yield Finding("wrong", text)
    for one in failed:
        yield Finding("wrong", f"your own text of {one}; ours is used instead")
    yield from _own_texts(renderer)
    if not (wrong or failed):
        yield Finding("ok", f"{count} messages and phrases can be written, in {' and '.join(locales())}")


def _own_texts(renderer: Renderer) -> Iterator[Finding]:
    """The folder of own texts: whether it exists, and which of its files replace nothing."""
    folder = renderer.folder
    if folder is None:
        return
    if not folder.is_dir():
        yield Finding("wrong", f"there is no folder {folder}: make it, or take desk.templates out")
        return
    known = {f"{locale}/{kind}.j2" for locale in locales() for kind in samples(locale)}
    known |= {f"{locale}/phrases.toml" for locale in locales()} | {"_layout.text.j2", "_layout.html.j2"}
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
    for name in names:
        if name not in known and not name.rpartition("/")[2].startswith("_"):  # a part that others take in
            near = next(iter(get_close_matches(name, known, n=1)), "en/confirmation.j2")
            yield Finding("advice", f"{folder / name} stands for no text; is {near} meant?")
        elif "/" in name and name.endswith(".j2"):
            yield from _changes_little(renderer, folder / name)
        elif name.startswith("_layout."):
            yield from _lacks(folder / name)
        elif name.endswith("/phrases.toml"):
            with suppress(*FAILURES):  # that it cannot be read was said
                for key, near in unknown_phrases(name.partition("/")[0], folder).items():
                    meant = f"; is {near} meant?" if near else ""
                    yield Finding("advice", f"{folder / name}: {key} stands for no phrase{meant}")


def _lacks(path: Path) -> Iterator[Finding]:
    """A layout of one's own without what every mail needs of it."""
    source = path.read_bytes()
    if b"ours/_layout" in source:
        return
    if b"content" not in source:
        yield Finding("wrong", f"{path} takes in no {{{{ content }}}}: every mail would be empty")
    if b"marker" not in source:
        yield Finding(
            "advice", f"{path} takes in no {{{{ marker }}}}: what is quoted below an answer is known less surely"
        )


def _changes_little(renderer: Renderer, path: Path) -> Iterator[Finding]:
    """A text of one's own that changes nothing, or not what most people see."""
    with suppress(*FAILURES):  # that it fails was said
        own, ours = renderer.blocks(path.parent.name, path.stem)
        if own.isdisjoint(ours):
            yield Finding("advice", f"{path} has none of the blocks {', '.join(sorted(ours))}: it changes nothing")
        elif "text" in own and "html" in ours - own:
            text = "changes the plain text; its block html, which most mail programs show, is still ours"
            yield Finding("advice", f"{path} {text}")


# ---- time and people ----


def _calendars(settings: Settings, today: date) -> Iterator[Checked]:
    for name, calendar in calendars_of(settings, today.year).items():
        if name == "always":
            continue
        part, unknown = f"calendars.{name}", [str(year) for year in calendar.unknown_years(today)]
        if unknown:
            text = (
                f"the official holidays of {', '.join(unknown)} are not known: deadlines there are called provisional; "
                "list them under holidays, extra and official_years, or name an ICS file"
            )
            yield Checked(part, Finding("advice", text))
        else:
            yield Checked(part, Finding("ok", f"the holidays of {today.year} are known"))


def _people(settings: Settings, added: Sequence[dict[str, Any]] = ()) -> Iterator[Finding]:
    """SP-1.1: who must be there for the contract; `added` is the staff by command."""
    staff = [(one.handle, one.roles, one.mail) for one in settings.people]
    named = {one.handle for one in settings.people}
    staff += [(one["handle"], one["roles"], one["mail"]) for one in added if one["handle"] not in named]
    roles = [role for _, held, _ in staff for role in held]
    if "manager" not in roles:
        yield Finding("wrong", "nobody is manager: warnings before a deadline lapses reach nobody who answers for it")
    if roles.count("resident") < RESIDENTS or roles.count("mobile") < MOBILES:
        text = f"{roles.count('resident')} resident and {roles.count('mobile')} mobile engineers"
        yield Finding("advice", f"{text}: the contract wants at least two and one (SP-1.1)")
    unreachable = [handle for handle, held, mail in staff if "manager" in held and not mail]
    if unreachable:
        text = f"{', '.join(unreachable)} has no mail address: where the chat fails, a warning has no other way"
        yield Finding("advice", text)
    by_command = f", {len(staff) - len(named)} of them by command" if len(staff) > len(named) else ""
    yield Finding("ok", f"{len(staff)} people are named{by_command}")
