"""The demo plays its day on the real daemon, succeeds only if its books are right, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.cli.printing import padded
from bot.demo import books
from bot.demo.day import DemoFailedError, play
from bot.demo.timeline import Timeline, wrapped
from tests.parts.patience import PATIENCE


def start(folder: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    """`faultdesk demo` with its scratch folder in this one. A user's own settings must not matter."""
    surroundings = {**os.environ, "TMPDIR": str(folder), "FAULTDESK_MAIL__MAILBOX": "mine@mine.example", **environment}
    command = [sys.executable, "-m", "bot", "demo", *words]
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)  # tests in the background ignore it, and so would the demo
    try:
        return subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("lang", "books_title"), [("zh_CN.UTF-8", "晚上：对账"), ("en_US.UTF-8", "Evening: the books")]
)
def test_the_day_ends_well(tmp_path: Path, lang: str, books_title: str) -> None:
    demo = start(tmp_path, "--fast", LC_ALL=lang, PYTHONUTF8="1")
    shown, errors = demo.communicate(timeout=PATIENCE)
    assert (demo.returncode, errors) == (0, "")
    evening = shown[shown.index(books_title) :]
    assert evening.count("✔") == 5
    assert "✘" not in evening
    assert "\x1b" not in shown
    assert list(tmp_path.iterdir()) == []


def test_wrong_books_are_a_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(books, "CLIMB", books.CLIMB[:-1])
    for number in (signal.SIGTERM, signal.SIGHUP):  # the demo sets them
        monkeypatch.setattr(signal, "signal", lambda *_: None) if number else None
    with pytest.raises(DemoFailedError, match="warnings of the neglected fault"):
        play(Timeline("en", fast=True))
    assert capsys.readouterr().out.count("✘") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    demo = start(tmp_path)
    assert demo.stdout is not None
    while not demo.stdout.readline().startswith("09:02"):  # the first mail is on its way
        assert demo.poll() is None
    (lock,) = tmp_path.glob("*/faultdesk.lock")
    daemon = int(lock.read_text())
    assert alive(daemon)
    demo.send_signal(number)
    _, errors = demo.communicate(timeout=PATIENCE)
    assert (demo.returncode, errors) == (130, "")
    assert list(tmp_path.iterdir()) == []
    assert not alive(daemon)


def test_a_reader_that_goes_away_leaves_nothing_behind(tmp_path: Path) -> None:
    demo = start(tmp_path, "--fast")
    assert demo.stdout is not None
    demo.stdout.readline()
    demo.stdout.close()
    assert demo.wait(PATIENCE) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", ["short"]),
        ("one two three", ["one two", "three"]),
        ("打印机卡纸急", ["打印机卡", "纸急"]),
        ("打印机卡。纸", ["打印机", "卡。纸"]),
        ("one two three four five", ["one two", "three …"]),
    ],
)
def test_words_are_wrapped_by_places_and_cut(text: str, lines: list[str]) -> None:
    assert wrapped(text, 9, 2) == lines


def test_names_take_their_places() -> None:
    assert [padded(one, 6) for one in ("李", "Bob Miller")] == ["李    ", "Bob M…"]


def test_times_stand_once_and_colour_only_where_it_is_wanted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from datetime import UTC, datetime

    at = datetime(2026, 11, 23, 1, 2, tzinfo=UTC)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for expected in (True, False):
        timeline = Timeline("en", fast=True)
        timeline.show(at, "say", "anna", "one")
        timeline.show(at, "say", "anna", "two")
        first, second = capsys.readouterr().out.splitlines()
        assert "09:02  »" in first
        assert "09:02" not in second
        assert ("\x1b[" in first) is expected
        monkeypatch.setenv("NO_COLOR", "1")


def test_fast_means_without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    monkeypatch.setattr(time, "sleep", rests.append)
    Timeline("en", fast=True).pause()
    assert rests == []
    Timeline("en", fast=False).pause()
    assert len(rests) == 1
