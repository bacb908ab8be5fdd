"""What an administrator wants to know of an installation: versions, room, clock, queues, backups, what is not well."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from bot import versions
from bot.checkup import Checked
from bot.config import Settings
from channels.base import Finding
from storage import people, restore
from storage.engine import sqlite_module, sqlite_path
from storage.migrate import BACKUPS
from storage.models import clock, event, inbox, outbox

NAMED = (
    "aiosmtpd",
    "aiosmtplib",
    "apscheduler",
    "imapclient",
    "jinja2",
    "pydantic",
    "python-telegram-bot",
    "sqlalchemy",
)
LEAST_ROOM = 512 * 2**20
SLACK = timedelta(minutes=1)
OLD_BACKUP, OLD_MAIL = timedelta(hours=36), timedelta(minutes=5)


def installation(settings: Settings) -> Iterator[Checked]:
    """Versions and room: what can be said without the database."""
    python, named = ".".join(map(str, sys.version_info[:3])), ", ".join(f"{one} {version(one)}" for one in NAMED)
    yield Checked("versions", Finding("ok", f"Faultdesk {version('faultdesk')}, Python {python}; {named}"))
    yield Checked("sqlite", _sqlite())
    for line in versions.doubts():
        yield Checked("versions", Finding("advice", line))
    yield Checked("disk", _room(settings.data.folder))


def _sqlite() -> Finding:
    """Which SQLite, and why in this mode (decisions, Storage)."""
    module = sqlite_module()
    source = "a wheel of its own" if module.__name__.startswith("pysqlite3") else "Python's own"
    found = versions.numbers(module.sqlite_version)
    why = "WAL with synchronous=FULL and one writing connection; readers are read-only and never checkpoint"
    if versions.is_safe(found, versions.SQLITE):
        return Finding("ok", f"SQLite {module.sqlite_version} ({source}), without the WAL-reset bug: {why}")
    return Finding(
        "advice", f"SQLite {module.sqlite_version} ({source}) has the WAL-reset bug, which this avoids: {why}"
    )


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    said = f"{free // 2**20} MiB are free in {folder}"
    return Finding("ok", said) if free > LEAST_ROOM else Finding("wrong", f"only {said}: make room")


def files(settings: Settings, url: str, now: datetime) -> Iterator[Checked]:
    """The database's size, the backups and their age, the spool."""
    path = sqlite_path(url)
    if path and path.exists():
        log = path.with_name(path.name + "-wal")
        size = f"{_mib(path)} MiB" + (f", its log {_mib(log)} MiB" if log.exists() else "")
        yield Checked("database", Finding("ok", f"{path}: {size}"))
    if path is None or path.exists():
        yield Checked("backups", _backups(settings.data.folder / "backups", now))
    spool = list((settings.data.folder / "spool").glob("*.spool"))
    yield Checked("spool", Finding("ok", f"{len(spool)} files, {sum(map(_mib, spool))} MiB"))
    mode = (settings.data.folder / "faultdesk.key").stat().st_mode if _has_key(settings) else 0
    if mode & 0o077:
        yield Checked("key", Finding("wrong", f"others can read {settings.data.folder / 'faultdesk.key'}: chmod 600"))


def _has_key(settings: Settings) -> bool:
    return (settings.data.folder / "faultdesk.key").exists()


def _mib(path: Path) -> int:
    return round(path.stat().st_size / 2**20)


def _backups(folder: Path, now: datetime) -> Finding:
    found = sorted(
        (path for kind in BACKUPS for path in folder.glob(f"*{kind}")), key=lambda path: path.stat().st_mtime
    )
    if not found:
        return Finding("advice", "there is none yet: the first is made in the night; one now: faultdesk backup")
    age = now - datetime.fromtimestamp(found[-1].stat().st_mtime, UTC)
    said = f"{len(found)} backups, the newest {_span(age)} old: {found[-1].name}"
    return Finding("ok", said) if age < OLD_BACKUP else Finding("wrong", f"{said}; why has none been made since?")


def database(db: Connection, now: datetime) -> Iterator[Checked]:
    """The clock against what was written, and what waits."""
    newest = db.execute(select(func.max(event.c.recorded_at))).scalar_one()
    if newest and newest > now + SLACK:
        told = f"stands {_span(newest - now)} before the newest entry: it was put back, or was wrong then"
        yield Checked("clock", Finding("wrong", told))
    else:
        yield Checked("clock", Finding("ok", f"{now:%Y-%m-%d %H:%M:%S} UTC, behind the newest entry"))
    yield from _queues(db, now)
    for group in people.exposed_groups(db):
        said = f"strangers can read {group.channel}'s {group.value} ({group.exposed}): nothing is said there"
        yield Checked("groups", Finding("wrong", f"{said}; make it private, and part it from its channel"))
    for name, size in restore.kept_aside(db):
        said = f"what a restore replaced is kept in schema {name}, {round(size / 2**20)} MiB"
        yield Checked("restore", Finding("advice", f"{said}; when nobody needs it: drop schema {name} cascade"))
    if found := restore.restored(db):
        said = f"restored at {found.at:%Y-%m-%d %H:%M} UTC: {restore.held_count(db)} messages are held"
        yield Checked(
            "restore", Finding("wrong", f"{said}; look at them with faultdesk outbox --held, then faultdesk release")
        )


def _queues(db: Connection, now: datetime) -> Iterator[Checked]:
    """The oldest of what waits, and what ended badly."""
    taken = select(func.count(), func.min(inbox.c.received_at)).where(inbox.c.state.in_(("waiting", "working")))
    leaving = select(func.count(), func.min(outbox.c.created_at)).where(outbox.c.state.in_(restore.OPEN))
    for part, question in (("inbox", taken), ("outbox", leaving)):
        count, oldest = db.execute(question).one()
        said = f"{count} wait" + (f", the oldest for {_span(now - oldest)}" if oldest else "")
        stuck = oldest is not None and now - oldest > OLD_MAIL
        yield Checked(part, Finding("advice" if stuck else "ok", said + (f": see faultdesk {part}" if stuck else "")))
    parked = db.execute(select(func.count()).where(inbox.c.state == "quarantined")).scalar_one()
    if parked:
        yield Checked(
            "quarantine", Finding("wrong", f"{parked} items broke the program: see faultdesk quarantine list")
        )
    dead = select(func.count()).where(outbox.c.state == "dead", outbox.c.ended_at > now - timedelta(days=1))
    if count := db.execute(dead).scalar_one():
        yield Checked("outbox", Finding("advice", f"{count} messages could not be delivered in the last day"))
    late = db.execute(select(func.min(clock.c.next_alarm_at))).scalar_one()
    if late and late < now - SLACK:
        yield Checked("alarms", Finding("wrong", f"the next is overdue by {_span(now - late)}: does the daemon run?"))


def daemon(state: dict[str, Any] | None) -> Iterator[Checked]:
    """What the running daemon says of itself."""
    if state is None:
        yield Checked(
            "daemon", Finding("wrong", "none runs in this folder: faultdesk run, or systemctl start faultdesk")
        )
        return
    loops = f"process {state['process']} runs, {len(state['loops'])} loops"
    if state["stale"]:
        yield Checked("daemon", Finding("wrong", f"{loops}; these stand still: {', '.join(state['stale'])}"))
    else:
        yield Checked("daemon", Finding("ok", f"{loops}, all of them well"))
    for problem in state["problems"]:
        yield Checked("daemon", Finding("wrong", str(problem)))


def _span(time: timedelta) -> str:
    minutes = round(time.total_seconds() / 60)
    for size, name in ((1440, "d"), (60, "h")):
        if minutes >= 2 * size:
            return f"{minutes // size} {name}"
    return f"{minutes} min"
