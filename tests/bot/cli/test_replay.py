"""faultdesk replay: stored mails and words with fake time, nothing sent and nothing of the desk touched."""

import json
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

TAKE = '{"at": "2026-11-23T09:03:00+08:00", "who": "anna", "text": "take 1"}\n'


def mail(at: str, subject: str) -> bytes:
    message = EmailMessage()
    message["Received"] = f"from mx.example by desk.example; {at}"
    message["From"], message["To"], message["Subject"] = "Bob <bob@customer.example>", "fault@localhost", subject
    message["Date"] = "Sun, 01 Jan 2023 00:00:00 +0000"
    message.set_content("It hums.")
    return message.as_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mails = tmp_path / "mails"
    mails.mkdir()
    (mails / "b.eml").write_bytes(mail("Mon, 23 Nov 2026 09:00:00 +0800", "Printer jam"))
    (mails / "a.eml").write_bytes(mail("Mon, 23 Nov 2026 09:10:00 +0800", "No network"))
    (mails / "chat.jsonl").write_text(TAKE)
    return mails


def replay(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", "replay", str(folder), *words]
    place = folder.parent / "elsewhere"
    place.mkdir(exist_ok=True)
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert list(place.iterdir()) == []  # nothing of a desk is made where one stands
    return done


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_what_would_have_been_said_and_who_warned_when(folder: Path) -> None:
    told = rows(replay(folder, "--until", "2026-11-23 09:20", "--json"))
    assert [(one["at"][11:16], one["who"], one["text"]) for one in told if one["kind"] == "in"] == [
        ("09:00", "mail", "b.eml"), ("09:03", "anna", "take 1"), ("09:10", "mail", "a.eml"),
    ]  # fmt: skip
    assert [one["who"] for one in told if one["kind"] == "confirmation"] == ["bob@customer.example"] * 2
    warned = [(one["at"][11:16], one["who"][:4], one["text"][:4]) for one in told if one["kind"] == "alert"]
    assert warned == [
        ("09:15", "Dora", "🟡 FD"),
        ("09:18", "Paul", "🟠 FD"),
    ]
    given = [one["at"][11:16] for one in told if one["kind"] == "assignment"]
    assert given[-1:] == ["09:19"], "nobody has taken it: it goes to whoever is proposed, before the promise lapses"


def test_with_a_clock_the_first_comes_then_and_the_others_as_long_after(folder: Path) -> None:
    done = replay(folder, "--clock", "2026-11-27 17:50", "--until", "2026-11-30 09:06", "--alerts")
    assert [line[:20] for line in done.stdout.splitlines() if "alert" in line][:1] == ["Mon 2026-11-30 09:05"]
    assert "mails in: 2;" in done.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [(["--clock", "noon"], "'noon' is no time; write it like 2026-11-23 09:00"), ([], "chat.jsonl:2: write it like")],
)
def test_what_cannot_be_read_is_said_in_one_line(folder: Path, words: list[str], reason: str) -> None:
    (folder / "chat.jsonl").write_text(TAKE + "{}\n")
    done = replay(folder, *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert reason in done.stderr


def test_words_of_a_stranger_and_an_end_before_the_beginning_are_said(folder: Path) -> None:
    done = replay(folder, "--until", "2026-11-22 09:00")
    assert (done.returncode, done.stderr) == (
        1,
        "faultdesk: nothing comes until then; the first is b.eml at 2026-11-23 09:00\n",
    )
    (folder / "chat.jsonl").write_text(TAKE.replace("anna", "zoe"))
    done = replay(folder)
    assert (done.returncode, "nobody has the handle 'zoe'; there are anna, ben" in done.stderr) == (2, True)


def test_what_comes_after_the_end_is_left_out(folder: Path) -> None:
    told = rows(replay(folder, "--until", "2026-11-23 09:05", "--json"))
    assert [one["text"] for one in told if one["kind"] == "in"] == ["b.eml", "take 1"]


def test_a_folder_without_anything_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = replay(tmp_path / "empty")
    assert (done.returncode, "there is no .eml file and no chat.jsonl" in done.stderr) == (2, True)
