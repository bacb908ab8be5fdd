"""What the daemon is run with: libraries with known holes are refused, what it can live with is said at the start."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import version
from itertools import takewhile

from storage.engine import sqlite_module

Version = tuple[int, ...]

LOWEST = {
    "aiosmtpd": ((1, 4, 6), "CVE-2024-34083: commands injected before STARTTLS"),
    "Jinja2": ((3, 1, 6), "CVE-2025-27516: a way out of the sandbox"),
}
PYTHON = {(3, 11): 15, (3, 12): 13, (3, 13): 12, (3, 14): 3}
"""Minor version → the first release without CVE-2026-1299."""
SQLITE = {(3, 44): 6, (3, 50): 7, (3, 51): 3}
"""Minor version → the first release without the WAL-reset bug; all later ones are without it."""


class VersionError(Exception):
    """A library has a known hole; the text is one line that says what to do."""


def refuse_holes() -> None:
    """Raises VersionError for a library below its lowest safe version."""
    for name, (lowest, hole) in LOWEST.items():
        found = numbers(version(name))
        if found < lowest:
            wanted = ".".join(map(str, lowest))
            raise VersionError(f"{name} {version(name)} has a known hole ({hole}): install {name}>={wanted}")


def doubts() -> Iterator[str]:
    """What is not refused, since Faultdesk has a guard of its own: a line each."""
    python = sys.version_info[:3]
    if not is_safe(python, PYTHON):
        told = ".".join(map(str, python))
        yield f"Python {told} has CVE-2026-1299 (headers added by line breaks); ours are cleaned, but update it"
    sqlite = numbers(sqlite_module().sqlite_version)
    if not is_safe(sqlite, SQLITE):
        told = ".".join(map(str, sqlite))
        yield f"SQLite {told} has the WAL-reset bug, which one writing connection does not meet: let nobody else write"


def is_safe(found: Version, first_safe: dict[tuple[int, int], int]) -> bool:
    """Whether a release holds the repair: by its own line, or by coming after the newest repaired line."""
    line = found[:2]
    if line in first_safe:
        return found[2] >= first_safe[line]
    return line > max(first_safe)


def numbers(text: str) -> Version:
    """1.4.6rc1 → (1, 4, 6): the leading number of each of the first three parts."""
    parts = [*text.partition("+")[0].split("."), "0", "0"][:3]
    return tuple(int("".join(takewhile(str.isdigit, part)) or 0) for part in parts)
