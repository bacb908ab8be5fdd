"""bot.versions: a library with a known hole is refused; an old Python or SQLite is named."""

import sys

import pytest

from bot import versions
from bot.versions import PYTHON, SQLITE, VersionError, doubts, is_safe, numbers, refuse_holes


def test_what_is_installed_here_has_no_known_hole() -> None:
    refuse_holes()


@pytest.mark.parametrize(("name", "found"), [("aiosmtpd", "1.4.5"), ("Jinja2", "3.1.5"), ("Jinja2", "2.11")])
def test_an_old_library_is_refused_by_name(name: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "version", lambda asked: found if asked == name else "99.0")
    with pytest.raises(VersionError, match=rf"{name} {found} .*CVE.*install {name}>="):
        refuse_holes()


@pytest.mark.parametrize(
    ("found", "safe"),
    [
        ((3, 11, 14), False),
        ((3, 11, 15), True),
        ((3, 12, 12), False),
        ((3, 13, 12), True),
        ((3, 14, 2), False),
        ((3, 15, 0), True),
    ],
)
def test_which_python_is_patched(found: tuple[int, ...], *, safe: bool) -> None:
    assert is_safe(found, PYTHON) is safe


@pytest.mark.parametrize(
    ("found", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 46, 0), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_which_sqlite_has_no_wal_reset_bug(found: tuple[int, ...], *, safe: bool) -> None:
    assert is_safe(found, SQLITE) is safe


def test_an_unpatched_python_is_named_with_its_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 12, 1, "final", 0))
    assert any("Python 3.12.1 has CVE-2026-1299" in line for line in doubts())


@pytest.mark.parametrize(
    ("text", "found"), [("1.4.6", (1, 4, 6)), ("3.1", (3, 1, 0)), ("2.0.0rc1", (2, 0, 0)), ("1.5.dev3+x", (1, 5, 0))]
)
def test_versions_are_read(text: str, found: tuple[int, ...]) -> None:
    assert numbers(text) == found
